// Property: what simdjson accepts is valid, and what is valid simdjson accepts, except as below; a
// blank behind a text, which turns off the fast path for texts that end in a bracket, changes
// nothing;
// what is captured is itself valid JSON of the same kind and lies in the text; a walk over the
// document meets the members in order; a string token unescapes to what equals it.
//
// Allowed differences: simdjson refuses lone surrogate escapes and numbers that its types cannot
// hold, both legal JSON and relayed as they are. Its older releases do not skip a byte order mark,
// so one is taken off here; it counts depth otherwise (an empty container is none), so the limit of
// depth is ours alone; it does not look at duplicate keys.

#include <simdjson.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace {

using junctor::wire::JsonFault;
using junctor::wire::JsonKind;
using junctor::wire::JsonMember;
using junctor::wire::JsonMembers;
using junctor::wire::JsonValue;
using junctor::wire::KeyNode;
using junctor::wire::ScanResult;

constexpr std::size_t kSimdjsonDepthMax = 1024;  // Far over ours.
constexpr KeyNode kInner[] = {{.key = "a", .slot = 3}, {.key = "resultType", .slot = 4}};
constexpr KeyNode kTree[] = {{.key = "a", .slot = 0},
                             {.key = "id", .slot = 1},
                             {.key = "result", .slot = 2, .children = kInner}};

bool simdjson_accepts(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  simdjson::dom::parser parser;
  if (parser.allocate(text.size() + 1, kSimdjsonDepthMax) != simdjson::SUCCESS) {
    return false;
  }
  const simdjson::padded_string padded{text};
  return parser.parse(padded).error() == simdjson::SUCCESS;
}

// An integer of more than 64 bits, or a fraction that is no finite double.
bool is_beyond_types(std::string_view number) {
  constexpr std::size_t kDigitsThatAlwaysFit = 18;
  if (junctor::wire::is_json_integer(number)) return number.size() > kDigitsThatAlwaysFit;
  return std::isinf(std::strtod(std::string{number}.c_str(), nullptr));
}

// Something that simdjson refuses although it is legal, anywhere in the value.
bool is_refused_though_legal(const JsonValue& value) {
  if (value.kind == JsonKind::number) return is_beyond_types(value.raw);
  if (value.kind == JsonKind::string) {
    return !junctor::wire::is_valid_utf8(junctor::wire::unescape_json_string(value.raw));
  }
  for (const JsonMember& member : JsonMembers{value}) {
    const JsonValue key{.raw = member.key,
                        .kind = member.key.empty() ? JsonKind::none : JsonKind::string};
    if (is_refused_though_legal(key) || is_refused_though_legal(member.value)) return true;
  }
  return false;
}

void check_value(const JsonValue& value, std::string_view text) {
  JUNCTOR_ASSERT(value.raw.data() >= text.data());
  JUNCTOR_ASSERT(value.raw.data() + value.raw.size() <= text.data() + text.size());
  const ScanResult again = junctor::wire::scan_json(value.raw);
  JUNCTOR_ASSERT(again && again.root.raw == value.raw && again.root.kind == value.kind);
  if (value.kind == JsonKind::string) {
    const std::string text_of_value = junctor::wire::unescape_json_string(value.raw);
    JUNCTOR_ASSERT(junctor::wire::json_string_equals(value.raw, text_of_value));
  }
  const char* last = value.raw.data();
  for (const JsonMember& member : JsonMembers{value}) {
    JUNCTOR_ASSERT(member.value.raw.data() > last);
    last = member.value.raw.data();
    JUNCTOR_ASSERT(junctor::wire::scan_json(member.value.raw));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::array<JsonValue, 5> slots;
  const ScanResult result = junctor::wire::scan_json(text, kTree, slots);
  JUNCTOR_ASSERT(result.offset <= size);
  const ScanResult plain = junctor::wire::scan_json(text);
  std::array<JsonValue, 5> padded_slots;
  const std::string padded = std::string{text} + " ";
  const ScanResult slow = junctor::wire::scan_json(padded, kTree, padded_slots);
  JUNCTOR_ASSERT(slow.root.kind == result.root.kind);
  JUNCTOR_ASSERT(static_cast<bool>(slow) == static_cast<bool>(result));
  for (std::size_t i = 0; result && i < slots.size(); ++i) {
    JUNCTOR_ASSERT(padded_slots[i].raw == slots[i].raw && padded_slots[i].kind == slots[i].kind);
  }
  const bool is_duplicate = result.fault == JsonFault::duplicate_key;
  JUNCTOR_ASSERT(static_cast<bool>(plain) == (result || is_duplicate));
  if (plain) {
    check_value(plain.root, text);
    for (const JsonValue& slot : slots) {
      if (slot) check_value(slot, text);
    }
  }
  const bool is_accepted = simdjson_accepts(text);
  if (is_accepted) JUNCTOR_ASSERT(plain || plain.fault == JsonFault::depth);
  if (plain && !is_accepted) JUNCTOR_ASSERT(is_refused_though_legal(plain.root));
  return 0;
}
