#include "cli/tool_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/buffer.h"
#include "base/text.h"
#include "wire/header_sentinel.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::cli {
namespace {

using wire::JsonKind;
using wire::JsonMembers;
using wire::JsonValue;

constexpr std::size_t kShownBytesMax = 64;
constexpr JsonValue kStringSchema{R"({"type":"string"})", JsonKind::object};

std::unexpected<Error> wrong(std::string sentence) {
  return fail(ErrorKind::invalid_argument, "bad_arguments", std::move(sentence));
}

std::string shown(std::string_view text) {
  return safe_for_log(text, kShownBytesMax);
}

// The types that the schema names, in its order; none when it names none that we know.
std::vector<std::string> types_of(const JsonValue& schema) {
  const JsonValue type = wire::json_member(schema, "type");
  std::vector<std::string> types;
  if (type.kind == JsonKind::string) types.push_back(wire::unescape_json_string(type.raw));
  for (const auto& each : JsonMembers{type}) {
    if (each.value.kind == JsonKind::string) {
      types.push_back(wire::unescape_json_string(each.value.raw));
    }
  }
  return types;
}

// Keywords under which properties may come that `properties` does not name.
bool may_take_others(const JsonValue& schema) {
  constexpr std::string_view kKeywords[] = {
      "patternProperties", "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if"};
  const JsonValue additional = wire::json_member(schema, "additionalProperties");
  if (additional.kind == JsonKind::object || additional.raw == "true") return true;
  return std::ranges::any_of(kKeywords, [&schema](std::string_view keyword) {
    return static_cast<bool>(wire::json_member(schema, keyword));
  });
}

// Numbers of JSON Schema are integers by value: 1.0 and 1e3 are.
bool is_integer_value(std::string_view raw) {
  if (wire::is_json_integer(raw)) return true;
  double value = 0;
  const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return read.ec == std::errc{} && std::trunc(value) == value;
}

bool fits(const JsonValue& value, std::string_view type) {
  if (type == "integer") return value.kind == JsonKind::number && is_integer_value(value.raw);
  if (type == "number") return value.kind == JsonKind::number;
  if (type == "boolean") return value.kind == JsonKind::boolean;
  if (type == "null") return value.kind == JsonKind::null;
  if (type == "array") return value.kind == JsonKind::array;
  return type == "object" && value.kind == JsonKind::object;
}

std::unexpected<Error> unknown_key(const Parameters& parameters, std::string_view key) {
  std::vector<std::string_view> names;
  names.reserve(parameters.list.size());
  for (const Parameter& each : parameters.list) names.emplace_back(each.name);
  if (const auto near = did_you_mean(key, names)) {
    return wrong(
        fmt::format("there is no argument \"{}\"; did you mean \"{}\"?", shown(key), shown(*near)));
  }
  std::string listed;
  for (const auto name : names) listed += (listed.empty() ? "" : ", ") + shown(name);
  return wrong(fmt::format("there is no argument \"{}\"; {}", shown(key),
                           listed.empty() ? "none are taken" : "there are: " + listed));
}

Result<> nothing_is_missing(const Parameters& parameters, std::span<const std::string> keys) {
  std::string missing;
  for (const Parameter& each : parameters.list) {
    if (!each.is_required || std::ranges::find(keys, each.name) != keys.end()) continue;
    missing +=
        fmt::format("{}{} ({})", missing.empty() ? "" : ", ", shown(each.name), type_text(each));
  }
  if (missing.empty()) return {};
  return wrong("missing: " + missing);
}

// Walks the properties of a schema beside the value that they describe.
class FieldCollector {
 public:
  Result<> collect(const JsonValue& schema, const JsonValue& value, std::size_t depth) {
    if (depth > kSchemaDepthMax) return {};
    for (const auto& property : JsonMembers{wire::json_member(schema, "properties")}) {
      const JsonValue& inner = property.value;
      const JsonValue given = wire::json_member(value, wire::unescape_json_string(property.key));
      if (const JsonValue header = wire::json_member(inner, "x-mcp-header")) {
        JUNCTOR_CHECK(add(header, inner, given));
      }
      JUNCTOR_CHECK(collect(inner, given, depth + 1));
    }
    return {};
  }
  std::vector<McpCall::Field> fields;

 private:
  Result<> add(const JsonValue& header, const JsonValue& schema, const JsonValue& given) {
    const std::string name =
        header.kind == JsonKind::string ? wire::unescape_json_string(header.raw) : std::string{};
    const std::vector<std::string> types = types_of(schema);
    const bool is_plain = types.size() == 1 &&
                          (types[0] == "string" || types[0] == "integer" || types[0] == "boolean");
    const bool is_taken = std::ranges::any_of(
        names_, [&](const auto& each) { return equals_ignoring_case(each, name); });
    if (!wire::http1::is_token(name) || !is_plain || is_taken) {
      return wrong(
          fmt::format("the tool's annotation x-mcp-header \"{}\" is not valid, so it must "
                      "not be called",
                      shown(name)));
    }
    names_.push_back(name);
    JUNCTOR_ASSERT(!name.empty());
    if (!given || given.kind == JsonKind::null) return {};
    Buffer value;
    if (given.kind == JsonKind::string) {
      wire::append_header_value(value, wire::unescape_json_string(given.raw));
    } else {
      value.append(given.raw);
    }
    fields.push_back({std::string{wire::kParamHeaderPrefix} + name, std::string{value.view()}});
    return {};
  }

  std::vector<std::string> names_;
};

}  // namespace

const Parameter* Parameters::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(list, name, &Parameter::name);
  return found == list.end() ? nullptr : &*found;
}

Parameters tool_parameters(const JsonValue& input_schema) {
  const JsonValue properties = wire::json_member(input_schema, "properties");
  const JsonValue required = wire::json_member(input_schema, "required");
  Parameters parameters;
  for (const auto& property : JsonMembers{properties}) {
    if (parameters.list.size() == kParametersMax) break;
    parameters.list.push_back(
        {.name = wire::unescape_json_string(property.key), .schema = property.value});
  }
  const bool is_cut = parameters.list.size() == kParametersMax;
  const bool is_closed = wire::json_member(input_schema, "additionalProperties").raw == "false";
  if (!is_cut && (properties.kind == JsonKind::object || is_closed) &&
      !may_take_others(input_schema)) {
    parameters.others = Parameters::Others::refused;
  }
  for (const auto& each : JsonMembers{required}) {
    if (each.value.kind != JsonKind::string || parameters.list.size() >= 2 * kParametersMax)
      continue;
    const std::string name = wire::unescape_json_string(each.value.raw);
    const auto found = std::ranges::find(parameters.list, name, &Parameter::name);
    if (found != parameters.list.end()) {
      found->is_required = true;
    } else {
      parameters.list.push_back({.name = name, .schema = {}, .is_required = true});
    }
  }
  return parameters;
}

Parameters prompt_parameters(const JsonValue& arguments) {
  Parameters parameters{.list = {}, .others = Parameters::Others::refused};
  for (const auto& each : JsonMembers{arguments}) {
    const JsonValue name = wire::json_member(each.value, "name");
    if (name.kind != JsonKind::string || parameters.list.size() == kParametersMax) continue;
    parameters.list.push_back(
        {.name = wire::unescape_json_string(name.raw),
         .schema = kStringSchema,
         .is_required = wire::json_member(each.value, "required").raw == "true"});
  }
  return parameters;
}

std::string type_text(const Parameter& parameter) {
  std::string text;
  for (const std::string& type : types_of(parameter.schema)) {
    text += (text.empty() ? "" : " or ") + shown(type);
  }
  return text.empty() ? "any" : text;
}

Result<std::string> typed_value(const Parameter& parameter, std::string_view text) {
  const wire::ScanResult scan = wire::scan_json(text);
  const JsonValue value = scan ? scan.root : JsonValue{};
  const std::vector<std::string> types = types_of(parameter.schema);
  if (types.empty()) return value ? std::string{value.raw} : wire::quoted_json(text);
  for (const std::string& type : types) {
    if (value && fits(value, type)) return std::string{value.raw};
  }
  if (std::ranges::find(types, "string") != types.end()) return wire::quoted_json(text);
  return wrong(fmt::format("{} has to be {}, not \"{}\"", shown(parameter.name),
                           type_text(parameter), shown(text)));
}

Result<std::string> typed_arguments(const Parameters& parameters,
                                    std::span<const std::string> pairs) {
  std::vector<std::string> keys;
  std::string members;
  for (const std::string_view pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return wrong(fmt::format("expected key=value, not \"{}\"", shown(pair)));
    }
    const std::string key{pair.substr(0, equals)};
    if (std::ranges::find(keys, key) != keys.end()) {
      return wrong(fmt::format("{} is given twice", shown(key)));
    }
    const Parameter* known = parameters.find(key);
    if (known == nullptr && parameters.others == Parameters::Others::refused) {
      return unknown_key(parameters, key);
    }
    const Parameter other{.name = key};
    JUNCTOR_TRY(const std::string value,
                typed_value(known == nullptr ? other : *known, pair.substr(equals + 1)));
    members += fmt::format("{}{}:{}", members.empty() ? "" : ",", wire::quoted_json(key), value);
    keys.push_back(key);
  }
  JUNCTOR_CHECK(nothing_is_missing(parameters, keys));
  std::string object = "{" + members + "}";
  // Each value is JSON by itself; only their depth can be too much inside one more object.
  if (!wire::scan_json(object)) return wrong("the arguments are nested too deeply");
  return object;
}

//= mcp 2026-07-28 basic/transports/streamable-http#custom-headers-from-tool-parameters MUST
Result<std::vector<McpCall::Field>> parameter_fields(const JsonValue& input_schema,
                                                     const JsonValue& arguments) {
  JUNCTOR_ASSERT(arguments.kind == JsonKind::object);
  FieldCollector collector;
  JUNCTOR_CHECK(collector.collect(input_schema, arguments, 0));
  return std::move(collector.fields);
}

}  // namespace junctor::cli
