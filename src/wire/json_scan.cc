#include "wire/json_scan.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The first so many bytes of a word, as they stand in memory.
constexpr auto kHeadMasks = [] {
  std::array<std::uint64_t, KeyNode::kWordBytes> masks{};
  std::array<unsigned char, KeyNode::kWordBytes> bytes{};
  for (std::size_t size = 0; size < masks.size(); ++size) {
    masks[size] = std::bit_cast<std::uint64_t>(bytes);
    bytes[size] = 0xFF;
  }
  return masks;
}();

constexpr bool is_blank(char byte) noexcept {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}
constexpr bool is_digit(char byte) noexcept {
  return byte >= '0' && byte <= '9';
}
constexpr bool is_hex(char byte) noexcept {
  return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

// KeyNode::word_of() of bytes within a text: read at once when as many stand there.
std::uint64_t key_word(std::string_view key, const char* text_end) noexcept {
  constexpr std::size_t kBytes = KeyNode::kWordBytes;
  const bool is_long = key.size() >= kBytes;
  const char* const from = is_long ? key.end() - kBytes : key.data();
  if (text_end - from < static_cast<std::ptrdiff_t>(kBytes)) [[unlikely]]
    return KeyNode::word_of(key);
  std::uint64_t word = 0;
  std::memcpy(&word, from, kBytes);
  return is_long ? word : word & kHeadMasks[key.size()];
}

// Of two keys of one size and word, whether the bytes in front of that word are the same too.
bool same_head(std::string_view a, std::string_view b) noexcept {
  constexpr std::size_t kBytes = KeyNode::kWordBytes;
  if (a.size() <= kBytes) return true;
  if (a.size() > 2 * kBytes) return a == b;
  return std::memcmp(a.data(), b.data(), kBytes) == 0;  // One word again.
}

// The cursor is passed and returned by value, never kept in the object, so that it stays in a
// register, and the frequent steps are inlined into walk(). A null cursor says that a fault was
// recorded.
//
// In a text that ends in a closing bracket no token but a string can run over its last byte, so the
// end need be looked for only in strings and behind closing brackets. That saves a tenth of the
// instructions. What ends otherwise is a scalar, or broken, or has blanks behind it.
enum class TextEnd : std::uint8_t { bracket, any };

template <TextEnd kEnd>
class Scanner {
 public:
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): frames_ is 3 KiB, mostly unused.
  Scanner(std::string_view text, std::span<const KeyNode> tree, std::span<JsonValue> slots) noexcept
      : begin_{text.data()}, end_{text.data() + text.size()}, tree_{tree}, slots_{slots} {}

  ScanResult run() noexcept;

 private:
  using Keys = std::span<const KeyNode>;
  struct Frame {
    JsonValue* captured;  // The container's slot, or null.
    const Keys* keys;     // Of its members, or null.
    bool is_object;
  };

  const char* walk(const char* at) noexcept;
  const char* scalar(const char* at) noexcept;
  const char* open(const char* at) noexcept;
  const char* member(const char* at) noexcept;
  const char* after_value(const char* at) noexcept;
  const char* string_end(const char* at) noexcept;
  const char* string_rest(const char* at) noexcept;
  const char* escape_end(const char* at) noexcept;
  const char* multibyte_end(const char* at) noexcept;
  const char* number_end(const char* at) noexcept;
  const char* literal_end(const char* at, std::string_view word) noexcept;
  void match_key(std::string_view raw, std::span<const KeyNode> keys) noexcept;
  void match_escaped_key(std::string_view raw, std::span<const KeyNode> keys) noexcept;
  void found_key(const KeyNode& node, const char* at) noexcept;
  const char* failed(JsonFault fault, const char* at) noexcept;

  bool is_outside() const noexcept { return top_ == frames_.begin(); }
  // The next value is not captured.
  void forget() noexcept {
    captured_ = nullptr;
    keys_ = nullptr;
  }
  // For a cursor that is not behind a closing bracket.
  bool at_end(const char* at) const noexcept { return kEnd == TextEnd::any && at == end_; }
  bool stands(char byte, const char* at) const noexcept { return !at_end(at) && *at == byte; }
  // Most senders write no blanks: one comparison tells.
  [[gnu::always_inline]] const char* skip_blanks(const char* at) const noexcept {
    while (!at_end(at) && static_cast<unsigned char>(*at) <= ' ' && is_blank(*at)) ++at;
    return at;
  }
  const char* skip_blanks_to_end(const char* at) const noexcept {
    while (at != end_ && is_blank(*at)) ++at;
    return at;
  }
  const char* skip_digits(const char* at) const noexcept {
    while (!at_end(at) && is_digit(*at)) ++at;
    return at;
  }

  const char* begin_;
  const char* end_;
  std::span<const KeyNode> tree_;
  std::span<JsonValue> slots_;
  // Of the next value: where it is captured, or null, and which of its members are.
  JsonValue* captured_ = nullptr;
  const Keys* keys_ = nullptr;
  bool has_escape_ = false;  // A string since this was cleared.
  JsonFault fault_ = JsonFault::none;
  const char* fault_at_ = nullptr;
  const char* duplicate_at_ = nullptr;  // The first captured key that was seen before.
  // The root has no slot of the caller's, who would have to make room for it in every tree.
  JsonValue root_{};
  std::array<Frame, kJsonDepthMax> frames_;
  Frame* top_ = frames_.data();  // Behind the innermost container's.
};

// The first fault ends the scan, so there is never a second one to choose from.
template <TextEnd kEnd>
const char* Scanner<kEnd>::failed(JsonFault fault, const char* at) noexcept {
  JUNCTOR_ASSERT(fault_ == JsonFault::none && at >= begin_ && at <= end_);
  fault_ = fault;
  fault_at_ = at;
  return nullptr;
}

// `at` is at the backslash. A surrogate needs no other half: half a pair is legal JSON.
template <TextEnd kEnd>
const char* Scanner<kEnd>::escape_end(const char* at) noexcept {
  JUNCTOR_ASSERT(*at == '\\');
  if (end_ - at < 2) return failed(JsonFault::syntax, end_);
  switch (at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return at + 2;
    case 'u': break;
    default: return failed(JsonFault::syntax, at + 1);
  }
  const char* const digits_end = at + 6;
  for (at += 2; at != digits_end; ++at) {
    if (at == end_ || !is_hex(*at)) return failed(JsonFault::syntax, at);
  }
  return at;
}

template <TextEnd kEnd>
const char* Scanner<kEnd>::multibyte_end(const char* at) noexcept {
  // Stay here as long as such characters follow: text in most languages has runs of them.
  do {
    const std::size_t bytes = utf8_sequence_bytes(at, end_);
    if (bytes == 0) return failed(JsonFault::utf8, at);
    at += bytes;
  } while (at != end_ && static_cast<unsigned char>(*at) >= 0x80);
  return at;
}

// `at` is behind the opening quote; the end is behind the closing one.
template <TextEnd kEnd>
[[gnu::always_inline]] inline const char* Scanner<kEnd>::string_end(const char* at) noexcept {
  // A bracket at the end is plain and no quote, so that there is always a byte to look at.
  at = json_plain_end(at, kEnd == TextEnd::bracket ? end_ - 1 : end_);
  if (!at_end(at) && *at == '"') [[likely]]
    return at + 1;
  return string_rest(at);
}

// The same from where the plain bytes may have ended.
template <TextEnd kEnd>
const char* Scanner<kEnd>::string_rest(const char* at) noexcept {
  while (true) {
    at = json_plain_end(at, end_);
    if (at == end_) return failed(JsonFault::syntax, at);
    if (*at == '"') return at + 1;
    if (*at == '\\') {
      has_escape_ = true;
      at = escape_end(at);
    } else if (static_cast<unsigned char>(*at) >= 0x80) {
      at = multibyte_end(at);
    } else {
      return failed(JsonFault::syntax, at);  // A bare control byte.
    }
    if (at == nullptr) return nullptr;
  }
}

// Checks the digits and converts nothing: a value that no type of ours can hold is relayed as it
// is. What must not follow a number (a letter, a second point) is found by whoever reads on.
template <TextEnd kEnd>
const char* Scanner<kEnd>::number_end(const char* at) noexcept {
  if (*at == '-') ++at;
  if (at_end(at) || !is_digit(*at)) return failed(JsonFault::number, at);
  if (*at == '0') {
    ++at;
    if (!at_end(at) && is_digit(*at)) return failed(JsonFault::number, at);
  } else {
    at = skip_digits(at);
  }
  if (!at_end(at) && *at == '.') {
    const char* const digits = at + 1;
    at = skip_digits(digits);
    if (at == digits) return failed(JsonFault::number, at);
  }
  if (!at_end(at) && (*at == 'e' || *at == 'E')) {
    ++at;
    if (!at_end(at) && (*at == '+' || *at == '-')) ++at;
    const char* const digits = at;
    at = skip_digits(digits);
    if (at == digits) return failed(JsonFault::number, at);
  }
  return at;
}

// What follows the word is judged by whoever reads on: "nullx" fails there.
template <TextEnd kEnd>
const char* Scanner<kEnd>::literal_end(const char* at, std::string_view word) noexcept {
  const auto left = static_cast<std::size_t>(end_ - at);
  if (left < word.size() || std::memcmp(at, word.data(), word.size()) != 0) {
    return failed(JsonFault::syntax, at);
  }
  return at + word.size();
}

// Takes the node of that key, if there is one, for the next value. Most keys are told apart, and
// the short ones known in full, by one word.
template <TextEnd kEnd>
[[gnu::always_inline]] inline void Scanner<kEnd>::match_key(
    std::string_view raw, std::span<const KeyNode> keys) noexcept {
  if (has_escape_) [[unlikely]]
    return match_escaped_key(raw, keys);
  const std::string_view body{raw.data() + 1, raw.size() - 2};
  const std::uint64_t word = key_word(body, end_);
  const KeyNode* const keys_end = keys.data() + keys.size();
  for (const KeyNode* node = keys.data(); node != keys_end; ++node) {
    if (node->word == word && node->key.size() == body.size() && same_head(body, node->key)) {
      return found_key(*node, raw.data());
    }
  }
}

// An escape hides the word's bytes, so every key is compared in full; senders that escape keys are
// rare, and are not to be missed.
template <TextEnd kEnd>
void Scanner<kEnd>::match_escaped_key(std::string_view raw,
                                      std::span<const KeyNode> keys) noexcept {
  for (const KeyNode& node : keys) {
    if (json_string_equals(raw, node.key)) return found_key(node, raw.data());
  }
}

// The first of two stays. That there are two is told at the end, when nothing else is wrong.
template <TextEnd kEnd>
[[gnu::always_inline]] inline void Scanner<kEnd>::found_key(const KeyNode& node,
                                                            const char* at) noexcept {
  JUNCTOR_ASSERT(node.slot < slots_.size());
  JsonValue& slot = slots_[node.slot];
  if (!slot) {
    captured_ = &slot;
    keys_ = node.children.empty() ? nullptr : &node.children;
  } else if (duplicate_at_ == nullptr) {
    duplicate_at_ = at;
  }
}

template <TextEnd kEnd>
[[gnu::always_inline]] inline const char* Scanner<kEnd>::scalar(const char* at) noexcept {
  const char* const begin = at;
  JsonKind kind = JsonKind::none;
  switch (*at) {
    case '"': kind = JsonKind::string, at = string_end(at + 1); break;
    case 't': kind = JsonKind::boolean, at = literal_end(at, "true"); break;
    case 'f': kind = JsonKind::boolean, at = literal_end(at, "false"); break;
    case 'n': kind = JsonKind::null, at = literal_end(at, "null"); break;
    default:
      if (*at != '-' && !is_digit(*at)) return failed(JsonFault::syntax, at);
      kind = JsonKind::number, at = number_end(at);
  }
  if (captured_ != nullptr && at != nullptr) {
    *captured_ = {{begin, static_cast<std::size_t>(at - begin)}, kind};
  }
  return at;
}

// Enters a container; returns the first byte within it that is no blank.
template <TextEnd kEnd>
[[gnu::always_inline]] inline const char* Scanner<kEnd>::open(const char* at) noexcept {
  if (top_ == frames_.end()) return failed(JsonFault::depth, at);
  const bool is_object = *at == '{';
  *top_++ = {captured_, keys_, is_object};
  if (captured_ != nullptr) {
    // The kind is set at once: a second member of that name is then seen as one.
    *captured_ = {std::string_view{at, at}, is_object ? JsonKind::object : JsonKind::array};
    forget();
  }
  at = skip_blanks(at + 1);
  return at_end(at) ? failed(JsonFault::syntax, at) : at;
}

// Reads a key and its colon; returns where the value stands.
template <TextEnd kEnd>
[[gnu::always_inline]] inline const char* Scanner<kEnd>::member(const char* at) noexcept {
  if (at_end(at) || *at != '"') return failed(JsonFault::syntax, at);
  const char* const key = at;
  has_escape_ = false;
  at = string_end(at + 1);
  if (at == nullptr) return nullptr;
  const Frame& frame = top_[-1];
  if (frame.keys != nullptr) match_key({key, static_cast<std::size_t>(at - key)}, *frame.keys);
  if (!stands(':', at)) at = skip_blanks(at);
  if (!stands(':', at)) return failed(JsonFault::syntax, at);
  return skip_blanks(at + 1);
}

// Behind a value: leaves the containers that end here, until one has another value; returns where
// that stands, or the end of the document with no container left.
template <TextEnd kEnd>
[[gnu::always_inline]] inline const char* Scanner<kEnd>::after_value(const char* at) noexcept {
  if (!stands(',', at)) at = skip_blanks(at);
  while (!is_outside()) {
    if (at_end(at)) return failed(JsonFault::syntax, at);
    const Frame& frame = top_[-1];
    if (*at == ',') {
      at = skip_blanks(at + 1);
      forget();
      return frame.is_object ? member(at) : at;
    }
    if (*at != (frame.is_object ? '}' : ']')) return failed(JsonFault::syntax, at);
    ++at;
    --top_;
    if (frame.captured != nullptr) {
      std::string_view& raw = frame.captured->raw;
      raw = {raw.data(), static_cast<std::size_t>(at - raw.data())};
    }
    at = skip_blanks_to_end(at);
    if (at == end_ && !is_outside()) return failed(JsonFault::syntax, at);
  }
  return at;
}

// From the first byte of the document to behind its last.
template <TextEnd kEnd>
const char* Scanner<kEnd>::walk(const char* at) noexcept {
  while (true) {
    if (at_end(at)) return failed(JsonFault::syntax, at);
    if (*at == '{' || *at == '[') {
      const bool is_object = *at == '{';
      at = open(at);
      if (at == nullptr) return nullptr;
      const bool is_empty = *at == (is_object ? '}' : ']');
      if (!is_empty) {
        if (is_object) at = member(at);
        if (at == nullptr) return nullptr;
        continue;
      }
    } else {
      at = scalar(at);
      if (at == nullptr) return nullptr;
    }
    at = after_value(at);
    if (at == nullptr || is_outside()) return at;
  }
}

// Slots are cleared here and not by the caller: a slot left over from another text would be a span
// into memory that is gone.
template <TextEnd kEnd>
ScanResult Scanner<kEnd>::run() noexcept {
  std::ranges::fill(slots_, JsonValue{});
  const std::string_view text{begin_, static_cast<std::size_t>(end_ - begin_)};
  const char* at = begin_ + (text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  captured_ = &root_;
  keys_ = tree_.empty() ? nullptr : &tree_;
  at = walk(skip_blanks(at));
  if (at != nullptr) {
    JUNCTOR_ASSERT(is_outside() && root_);
    at = skip_blanks_to_end(at);
    if (at != end_) {
      failed(JsonFault::trailing, at);
    } else if (duplicate_at_ != nullptr) {
      // Last of all: broken text must be called broken whatever else it is, and the answer to a
      // duplicate needs the id, which may stand behind it.
      failed(JsonFault::duplicate_key, duplicate_at_);
    }
  }
  if (fault_ == JsonFault::none) return {JsonFault::none, 0, root_};
  return {fault_, static_cast<std::size_t>(fault_at_ - begin_), root_};
}

// The end of a validated value that begins at `at`.
const char* skip_valid_value(const char* at, const char* end) noexcept {
  const auto skip_string = [end](const char* from) {
    while (*from != '"') from += *from == '\\' ? 2 : 1;
    JUNCTOR_ASSERT(from < end);
    return from + 1;
  };
  if (*at == '"') return skip_string(at + 1);
  if (*at != '{' && *at != '[') {
    while (at != end && std::memchr(",]} \n\r\t", *at, 7) == nullptr) ++at;
    return at;
  }
  std::size_t depth = 0;
  while (true) {
    JUNCTOR_ASSERT(at < end);
    const char byte = *at++;
    if (byte == '"') at = skip_string(at);
    if (byte == '{' || byte == '[') ++depth;
    if (byte == '}' || byte == ']') --depth;
    if (depth == 0) return at;
  }
}

// In a validated text the first byte tells.
JsonKind kind_at(char first) noexcept {
  switch (first) {
    case '{': return JsonKind::object;
    case '[': return JsonKind::array;
    case '"': return JsonKind::string;
    case 't':
    case 'f': return JsonKind::boolean;
    case 'n': return JsonKind::null;
    default: return JsonKind::number;
  }
}

}  // namespace

std::string_view json_fault_name(JsonFault fault) noexcept {
  switch (fault) {
    case JsonFault::none: return "none";
    case JsonFault::syntax: return "syntax";
    case JsonFault::number: return "number";
    case JsonFault::utf8: return "utf8";
    case JsonFault::depth: return "depth";
    case JsonFault::trailing: return "trailing";
    case JsonFault::duplicate_key: return "duplicate_key";
    case JsonFault::too_large: return "too_large";
  }
  std::unreachable();
}

ScanResult scan_json(std::string_view text, std::span<const KeyNode> tree,
                     std::span<JsonValue> slots) noexcept {
  if (text.ends_with('}') || text.ends_with(']')) {
    return Scanner<TextEnd::bracket>{text, tree, slots}.run();
  }
  return Scanner<TextEnd::any>{text, tree, slots}.run();
}

ScanResult scan_json(std::string_view text) noexcept {
  return scan_json(text, {}, {});
}

// Anything but a container has no members; callers need not ask for the kind first.
JsonMembers::Iterator::Iterator(const JsonValue& container) noexcept : container_{container.kind} {
  if (container_ != JsonKind::object && container_ != JsonKind::array) return;
  JUNCTOR_ASSERT(container.raw.size() >= 2);
  at_ = container.raw.data() + 1;
  end_ = container.raw.data() + container.raw.size() - 1;
  read();
}

JsonMembers::Iterator& JsonMembers::Iterator::operator++() noexcept {
  JUNCTOR_ASSERT(member_.value);
  read();
  return *this;
}

// The text was validated: between two values there is nothing but blanks and a comma or a colon.
void JsonMembers::Iterator::read() noexcept {
  const auto skip_to_value = [this] {
    while (at_ != end_ && (is_blank(*at_) || *at_ == ',' || *at_ == ':')) ++at_;
  };
  const auto take = [this]() -> std::string_view {
    const char* const begin = at_;
    at_ = skip_valid_value(at_, end_);
    return {begin, static_cast<std::size_t>(at_ - begin)};
  };
  member_ = {};
  skip_to_value();
  if (at_ == end_) return;
  if (container_ == JsonKind::object) {
    member_.key = take();
    skip_to_value();
  }
  JUNCTOR_ASSERT(at_ != end_);
  const JsonKind kind = kind_at(*at_);
  member_.value = {take(), kind};
}

JsonValue json_value(std::string_view raw) noexcept {
  return raw.empty() ? JsonValue{} : JsonValue{raw, kind_at(raw.front())};
}

// The first of that name. Only members named in a tree were checked to be unique.
JsonValue json_member(const JsonValue& object, std::string_view key) noexcept {
  if (object.kind != JsonKind::object) return {};
  for (const JsonMember& member : JsonMembers{object}) {
    if (json_string_equals(member.key, key)) return member.value;
  }
  return {};
}

std::optional<std::string> json_text_member(const JsonValue& object, std::string_view key) {
  const JsonValue value = json_member(object, key);
  if (value.kind != JsonKind::string) return std::nullopt;
  return unescape_json_string(value.raw);
}

}  // namespace junctor::wire
