#include "lang/json_tree.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "base/text.h"
#include "wire/json_text.h"

namespace junctor::lang {
namespace {

constexpr bool is_between_values(char byte) noexcept {
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' || byte == ',' || byte == ':';
}

// The second pass, over a text that was found valid: so that nothing has to be checked.
class Filler {
 public:
  Filler(std::string_view text, std::vector<JsonCell>& cells, std::string& unescaped) noexcept
      : at_{text.data()}, end_{text.data() + text.size()}, cells_{cells}, unescaped_{unescaped} {}

  // False: over kCellsMax.
  bool run();

 private:
  void open(JsonKind kind);
  void close();
  void string();
  void scalar(JsonKind kind);
  JsonCell& add(JsonKind kind);
  void count();

  const char* at_;
  const char* end_;
  std::vector<JsonCell>& cells_;
  std::string& unescaped_;
  std::array<std::size_t, wire::kJsonDepthMax> open_{};  // The containers that have not ended.
  std::size_t depth_ = 0;
  bool is_name_ = false;  // The next string.
};

JsonCell& Filler::add(JsonKind kind) {
  JsonCell& cell = cells_.emplace_back();
  cell.at = at_;
  cell.kind = kind;
  return cell;
}

// A name is no element of its own.
void Filler::count() {
  if (depth_ == 0) return;
  JsonCell& holder = cells_[open_[depth_ - 1]];
  if (holder.kind == JsonKind::array) {
    ++holder.count;
  } else {
    if (is_name_) ++holder.count;
    is_name_ = !is_name_;
  }
}

void Filler::open(JsonKind kind) {
  count();
  JUNCTOR_ASSERT(depth_ < open_.size());
  open_[depth_++] = cells_.size();
  add(kind);
  is_name_ = kind == JsonKind::object;
  ++at_;
}

void Filler::close() {
  ++at_;
  const std::size_t index = open_[--depth_];
  JsonCell& cell = cells_[index];
  cell.next = static_cast<std::uint32_t>(cells_.size() - index);
  cell.bytes = static_cast<std::uint32_t>(at_ - cell.at);
  is_name_ = depth_ != 0 && cells_[open_[depth_ - 1]].kind == JsonKind::object;
}

// The room for what had escapes was made beforehand: a view into it stays where it is.
void Filler::string() {
  count();
  const char* const quote = at_++;
  JsonCell& cell = add(JsonKind::string);
  bool is_plain = true;
  while (*at_ != '"') {
    at_ = wire::json_plain_end(at_, end_);
    if (*at_ == '\\') {
      is_plain = false;
      at_ += 2;
    } else if (*at_ != '"') {
      ++at_;  // A byte of another character than ASCII.
    }
  }
  cell.bytes = static_cast<std::uint32_t>(at_ - cell.at);
  ++at_;
  if (is_plain) return;
  const std::size_t before = unescaped_.size();
  unescaped_ += wire::unescape_json_string({quote, static_cast<std::size_t>(at_ - quote)});
  cell.at = unescaped_.data() + before;
  cell.bytes = static_cast<std::uint32_t>(unescaped_.size() - before);
  cell.is_plain = false;
}

void Filler::scalar(JsonKind kind) {
  count();
  JsonCell& cell = add(kind);
  while (at_ != end_ && !is_between_values(*at_) && *at_ != ']' && *at_ != '}') ++at_;
  cell.bytes = static_cast<std::uint32_t>(at_ - cell.at);
}

bool Filler::run() {
  while (at_ != end_) {
    if (cells_.size() >= JsonTree::kCellsMax) return false;
    switch (*at_) {
      case ' ':
      case '\n':
      case '\r':
      case '\t':
      case ',':
      case ':': ++at_; break;
      case '{': open(JsonKind::object); break;
      case '[': open(JsonKind::array); break;
      case '}':
      case ']': close(); break;
      case '"': string(); break;
      case 't':
      case 'f': scalar(JsonKind::boolean); break;
      case 'n': scalar(JsonKind::null); break;
      default: scalar(JsonKind::number);
    }
  }
  return true;
}

// For people: what is wrong at the place that is named in front.
std::string sentence(std::string_view text, const wire::ScanResult& scanned) {
  switch (scanned.fault) {
    case wire::JsonFault::number:
      return "a number is written like -1.5e3, without + or zeros in front";
    case wire::JsonFault::utf8: return "these bytes are not UTF-8";
    case wire::JsonFault::depth:
      return "more than " + std::to_string(wire::kJsonDepthMax) +
             " arrays and objects within one another";
    case wire::JsonFault::trailing:
      return "the value ends in front of this, and nothing may follow";
    default: break;
  }
  if (scanned.offset >= text.size()) return "the text ends too early";
  const std::size_t bytes =
      wire::utf8_sequence_bytes(text.data() + scanned.offset, text.data() + text.size());
  return "not expected here: " +
         safe_for_log(text.substr(scanned.offset, std::max(bytes, std::size_t{1})));
}

std::unexpected<Error> bad_json(std::string_view text, const wire::ScanResult& scanned) {
  const TextPlace place = place_in(text, scanned.offset);
  return fail(ErrorKind::invalid_argument, "bad_json",
              "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) +
                  ": no valid JSON: " + sentence(text, scanned));
}

}  // namespace

JsonNode JsonNode::find(std::string_view name) const noexcept {
  JsonNode found;
  for (const JsonNamed each : members()) {
    if (each.name == name) found = each.value;
  }
  return found;
}

JsonNode JsonNode::element(std::size_t index) const noexcept {
  if (!is_array() || index >= size()) return {};
  const JsonCell* at = cell_ + 1;
  while (index-- != 0) at += at->next;
  return JsonNode{at};
}

Result<> JsonTree::fill(std::string_view text) {
  cells_.clear();
  unescaped_.clear();
  if (text.size() > std::numeric_limits<std::uint32_t>::max())
    return fail(ErrorKind::too_large, "json_too_large", "the JSON text is longer than 4 GiB");
  const wire::ScanResult scanned = wire::scan_json(text);
  if (!scanned) return bad_json(text, scanned);
  // Unescaped text is never longer, and must not move while it grows.
  if (text.contains('\\')) unescaped_.reserve(text.size());
  if (Filler{scanned.root.raw, cells_, unescaped_}.run()) return {};
  cells_.clear();
  return fail(ErrorKind::too_large, "json_too_large",
              "the JSON text has more than " + std::to_string(kCellsMax) + " values and names");
}

TextPlace place_in(std::string_view text, std::size_t offset) noexcept {
  TextPlace place;
  for (const char byte : text.substr(0, std::min(offset, text.size()))) {
    const bool goes_on = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    if (byte == '\n') {
      place = {.line = place.line + 1, .column = 1};
    } else if (!goes_on) {
      ++place.column;
    }
  }
  return place;
}

}  // namespace junctor::lang
