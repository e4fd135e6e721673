#include "lang/cel/value_json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "lang/cel/containers.h"
#include "lang/cel/moment.h"
#include "lang/cel/network.h"
#include "wire/json_write.h"

namespace junctor::lang::cel {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end.ptr};
}

std::string key_text(const Value& key) {
  switch (key.kind()) {
    case Kind::boolean: return key.as_boolean() ? "true" : "false";
    case Kind::int64: return std::to_string(key.as_int64());
    case Kind::uint64: return std::to_string(key.as_uint64());
    default: return std::string{key.text()};
  }
}

class JsonText {
 public:
  explicit JsonText(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}

  Result<> write(const Value& value, std::size_t depth);
  std::string take() { return std::move(out_); }

 private:
  // Of so many bytes more, at least.
  Result<> check(std::size_t bytes) const {
    if (bytes <= bytes_max_ && out_.size() <= bytes_max_ - bytes) return {};
    return fail(ErrorKind::too_large, "json_too_large",
                fmt::format("the value has more than {} bytes as JSON", bytes_max_));
  }
  // A number, a word: what is short.
  Result<> add(std::string_view text) {
    JUNCTOR_CHECK(check(text.size()));
    out_ += text;
    return {};
  }
  Result<> add_string(std::string_view text) {
    JUNCTOR_CHECK(check(text.size()));
    return add(wire::quoted_json(text));
  }
  Result<> add_bytes(std::string_view bytes) {
    JUNCTOR_CHECK(check(bytes.size()));
    return add_string(base64_encode(bytes));
  }
  Result<> write_list(const Value& list, std::size_t depth);
  Result<> write_map(const Value& map, std::size_t depth);
  Result<> write_object(const Value& object, std::size_t depth);

  std::string out_;
  std::size_t bytes_max_;
};

Result<> JsonText::write_list(const Value& list, std::size_t depth) {
  std::string_view before = "[";
  Value each;
  for (ListCursor cursor{list}; cursor.next(each); before = ",") {
    JUNCTOR_CHECK(add(before));
    JUNCTOR_CHECK(write(each, depth - 1));
  }
  return add(before == "[" ? "[]" : "]");
}

// The members of an object of the input that count: the last of each name. (MapCursor finds them
// too, but in time quadratic in their number.)
std::vector<JsonNamed> members_that_count(JsonNode object) {
  std::vector<JsonNamed> members;
  std::unordered_map<std::string_view, std::size_t> last;
  for (const JsonNamed& member : object.members()) {
    last[member.name] = members.size();
    members.push_back(member);
  }
  std::size_t index = 0;
  std::erase_if(members, [&](const JsonNamed& member) { return last[member.name] != index++; });
  return members;
}

Result<> JsonText::write_object(const Value& object, std::size_t depth) {
  std::string_view before = "{";
  for (const JsonNamed& member : members_that_count(object.node())) {
    JUNCTOR_CHECK(add(before));
    JUNCTOR_CHECK(add_string(member.name));
    JUNCTOR_CHECK(add(":"));
    JUNCTOR_CHECK(write(Value::json(member.value, object.numbers()), depth - 1));
    before = ",";
  }
  return add(before == "{" ? "{}" : "}");
}

Result<> JsonText::write_map(const Value& map, std::size_t depth) {
  if (map.is_json()) return write_object(map, depth);
  std::string_view before = "{";
  Value key;
  Value value;
  for (MapCursor cursor{map}; cursor.next(key, value); before = ",") {
    const std::string name = key_text(key);
    // Keys that are no texts differ among themselves, and so do their texts.
    if (!key.is(Kind::string) && find(map, name))
      return fail(ErrorKind::invalid_argument, "duplicate_key",
                  fmt::format("two keys of a map are \"{}\" as JSON", name));
    JUNCTOR_CHECK(add(before));
    JUNCTOR_CHECK(add_string(name));
    JUNCTOR_CHECK(add(":"));
    JUNCTOR_CHECK(write(value, depth - 1));
  }
  return add(before == "{" ? "{}" : "}");
}

Result<> JsonText::write(const Value& value, std::size_t depth) {
  const bool is_container = value.is(Kind::list) || value.is(Kind::map);
  if (depth == 0 || (is_container && depth == 1))
    return fail(ErrorKind::too_large, "json_too_large",
                fmt::format("the value is nested more than {} deep", kJsonValueDepthMax));
  switch (value.kind()) {
    case Kind::null: return add("null");
    case Kind::boolean: return add(value.as_boolean() ? "true" : "false");
    case Kind::int64: return add(std::to_string(value.as_int64()));
    case Kind::uint64: return add(std::to_string(value.as_uint64()));
    case Kind::float64: return add(number_text(value.as_float64()));
    case Kind::string:
    case Kind::type: return add_string(value.text());
    case Kind::bytes: return add_bytes(value.text());
    case Kind::list: return write_list(value, depth);
    case Kind::map: return write_map(value, depth);
    case Kind::timestamp: return add_string(timestamp_text(value.moment()));
    case Kind::duration: return add_string(duration_text(value.moment()));
    case Kind::ip: return add_string(address_text(value.address()));
    case Kind::cidr: return add_string(network_text(value.address()));
    case Kind::optional:
      return value.held() == nullptr ? add("null") : write(*value.held(), depth - 1);
    case Kind::error: break;
  }
  // A number of the input that does not fit the type that was declared for it.
  return fail(ErrorKind::invalid_argument, fault_name(value.fault()),
              fmt::format("a part of the value is an error: {}", value.text()));
}

}  // namespace

Result<std::string> to_json(const Value& value, std::size_t bytes_max) {
  JsonText text{bytes_max};
  JUNCTOR_CHECK(text.write(value, kJsonValueDepthMax + 1));
  return text.take();
}

}  // namespace junctor::lang::cel
