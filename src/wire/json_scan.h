#pragma once
// The validating scan: one pass over a JSON text that checks all of it and captures raw spans.
//
// Nothing is built and nothing is converted: what the gateway needs is where the id, the method and
// a few parameters stand, so that they can be read, replaced or forwarded as the sender wrote them.
// The caller describes the members it wants as a static tree of keys; each captured member goes to
// its slot. Keys are compared after unescaping ("n\u0061me" is "name"). A captured key that occurs
// twice in its object is a fault, because two readers of the same text could take different ones.
// Invariant: a span captured from a text without fault is itself a valid JSON text of the same
//            kind.
//
// Source:  RFC 8259, strictly; a byte order mark in front is skipped; lone surrogate escapes are
//          legal.
// Limits:  kJsonDepthMax nested containers. The caller bounds the size of the text.
// Errors:  JsonFault with the offset of the byte that broke the rule. After a fault the
//          slots hold what was captured before it; a duplicate key is reported only when all else
//          is valid, so that the slots are complete then (the first of the duplicates is kept).
// Threads: pure; safe from all. Iterative; allocates nothing. Needs no padding behind the text.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace junctor::wire {

inline constexpr std::size_t kJsonDepthMax = 128;

enum class JsonKind : std::uint8_t { none, object, array, string, number, boolean, null };

// A value as it stands in the text: the token without surrounding blanks, strings with their
// quotes.
struct JsonValue {
  std::string_view raw;
  JsonKind kind = JsonKind::none;

  explicit operator bool() const noexcept { return kind != JsonKind::none; }
};

// A member to capture. `children` are searched when its value is an object. Every node of a tree
// has a slot of its own.
struct KeyNode {
  std::string_view key;
  std::uint8_t slot = 0;
  std::span<const KeyNode> children = {};
  // Follows from the key: the whole of a short one, the end of a long one.
  std::uint64_t word = word_of(key);

  static constexpr std::size_t kWordBytes = sizeof(word);
  // The last eight bytes as a word; fewer have zeros behind them.
  [[nodiscard]] static constexpr std::uint64_t word_of(std::string_view key) noexcept {
    std::array<char, kWordBytes> bytes{};
    const auto taken = key.substr(key.size() - std::min(key.size(), kWordBytes));
    std::ranges::copy(taken, bytes.begin());
    return std::bit_cast<std::uint64_t>(bytes);
  }
};

enum class JsonFault : std::uint8_t {
  none,
  syntax,         // Not RFC 8259; also a text that ends too early or is empty.
  number,         // A malformed number.
  utf8,           // Bytes in a string that are not UTF-8.
  depth,          // Over kJsonDepthMax.
  trailing,       // Something follows the document.
  duplicate_key,  // A captured key occurs twice in its object.
  too_large,      // Over a limit of the caller of json_stream.h.
};

// A stable word for logs and messages.
[[nodiscard]] std::string_view json_fault_name(JsonFault fault) noexcept;

struct ScanResult {
  JsonFault fault = JsonFault::none;
  std::size_t offset = 0;  // Of the fault.
  JsonValue root = {};     // The document; only its kind is set when the scan failed inside of it.

  explicit operator bool() const noexcept { return fault == JsonFault::none; }
};

// `slots` is at least as large as the largest slot of the tree; it is cleared first. The tree is
// searched when the document is an object.
[[nodiscard]] ScanResult scan_json(std::string_view text, std::span<const KeyNode> tree,
                                   std::span<JsonValue> slots) noexcept;
// Validates alone.
[[nodiscard]] ScanResult scan_json(std::string_view text) noexcept;

struct JsonMember {
  std::string_view key;  // Raw, with quotes: see json_string_equals(), unescape_json_string().
  JsonValue value;
};

// The members of a validated object or the elements of a validated array, in order, for cold paths:
//   for (const JsonMember& member : JsonMembers{value}) …
// An array's elements have an empty key. A value of another kind is an empty range.
class JsonMembers {
 public:
  struct End {};
  class Iterator {
   public:
    explicit Iterator(const JsonValue& container) noexcept;
    const JsonMember& operator*() const noexcept { return member_; }
    const JsonMember* operator->() const noexcept { return &member_; }
    Iterator& operator++() noexcept;
    bool operator==(End /*end*/) const noexcept { return !member_.value; }

   private:
    void read() noexcept;

    const char* at_ = nullptr;
    const char* end_ = nullptr;
    JsonKind container_ = JsonKind::none;
    JsonMember member_;
  };

  explicit JsonMembers(const JsonValue& container) noexcept : container_{container} {}
  [[nodiscard]] Iterator begin() const noexcept { return Iterator{container_}; }
  [[nodiscard]] static End end() noexcept { return {}; }

 private:
  JsonValue container_;
};

// The first member of that name of a validated object; none when there is none.
// A value of which only the text was kept, again: validated, without blanks around it. An empty
// text is none.
[[nodiscard]] JsonValue json_value(std::string_view raw) noexcept;
[[nodiscard]] JsonValue json_member(const JsonValue& object, std::string_view key) noexcept;
// Its text, unescaped; nothing when it is absent or no string.
[[nodiscard]] std::optional<std::string> json_text_member(const JsonValue& object,
                                                          std::string_view key);

}  // namespace junctor::wire
