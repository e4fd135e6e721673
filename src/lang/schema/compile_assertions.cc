// Keywords that look at the value alone.

#include <algorithm>
#include <bitset>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lang/decimal.h"
#include "lang/schema/compiler.h"
#include "lang/schema/formats.h"
#include "lang/schema/small_number.h"

namespace junctor::lang::schema {
namespace {

struct TypeName {
  std::string_view name;
  Types types;
};
constexpr TypeName kTypeNames[] = {
    {"object", kObjectType}, {"array", kArrayType},     {"string", kStringType},
    {"number", kNumberType}, {"integer", kIntegerType}, {"boolean", kBooleanType},
    {"null", kNullType},
};
constexpr std::string_view kTypeMust =
    "must be one or several of \"object\", \"array\", \"string\", \"number\", \"integer\", "
    "\"boolean\" and \"null\"";

const TypeName* type_named(JsonNode name) noexcept {
  if (!name.is_string()) return nullptr;
  const auto* const found = std::ranges::find(kTypeNames, name.text(), &TypeName::name);
  return found == std::end(kTypeNames) ? nullptr : found;
}

Op op_of(Keyword keyword) noexcept {
  switch (keyword) {
    case Keyword::minimum: return Op::minimum;
    case Keyword::maximum: return Op::maximum;
    case Keyword::exclusive_minimum: return Op::exclusive_minimum;
    case Keyword::exclusive_maximum: return Op::exclusive_maximum;
    case Keyword::multiple_of: return Op::multiple_of;
    case Keyword::min_length: return Op::min_length;
    case Keyword::max_length: return Op::max_length;
    case Keyword::min_items: return Op::min_items;
    case Keyword::max_items: return Op::max_items;
    case Keyword::min_properties: return Op::min_properties;
    case Keyword::max_properties: return Op::max_properties;
    default: break;
  }
  return Op::fail;
}

}  // namespace

std::uint32_t Compiler::add_value(JsonNode value) {
  program_.values.push_back(value);
  return static_cast<std::uint32_t>(program_.values.size() - 1);
}

Result<> Compiler::type(Source& source, const Entry& entry) {
  Types types = 0;
  std::bitset<std::size(kTypeNames)> named;
  const auto add = [&](JsonNode name) -> Result<> {
    const TypeName* const found = type_named(name);
    if (found == nullptr) return bad(source, entry.name, kTypeMust, entry.value);
    const auto index = static_cast<std::size_t>(found - std::begin(kTypeNames));
    if (named[index]) return bad(source, entry.name, "must name each type once", entry.value);
    named[index] = true;
    types |= found->types;
    return {};
  };
  if (entry.value.is_array() && entry.value.size() != 0) {
    for (const JsonNode each : entry.value.elements()) JUNCTOR_CHECK(add(each));
  } else {
    JUNCTOR_CHECK(add(entry.value));
  }
  Instruction& instruction = emit(source, entry, Op::type);
  instruction.types = types;
  // Draft-04 knows integers by how they are written.
  if (source.rules.dialect == Dialect::draft4) instruction.flags = kWritten;
  return {};
}

Result<> Compiler::enumeration(Source& source, const Entry& entry) {
  if (!entry.value.is_array())
    return bad(source, entry.name, "must be an array of values", entry.value);
  if (entry.value.size() == 0 && source.rules.dialect <= Dialect::draft6)
    return bad(source, entry.name, "must have at least one value", entry.value);
  const auto first = static_cast<std::uint32_t>(program_.values.size());
  NameTable strings;
  for (const JsonNode each : entry.value.elements()) {
    add_value(each);
    if (each.is_string()) strings.add(each.text());
  }
  strings.build();
  Instruction& instruction = emit(source, entry, Op::enumeration);
  instruction.first = first;
  instruction.count = static_cast<std::uint32_t>(program_.values.size()) - first;
  if (strings.size() != 0) {
    instruction.table = static_cast<std::uint32_t>(program_.tables.size());
    program_.tables.push_back(std::move(strings));
  }
  return {};
}

Result<> Compiler::constant(Source& source, const Entry& entry) {
  emit(source, entry, Op::constant).first = add_value(entry.value);
  return {};
}

Result<> Compiler::bound(Source& source, const Entry& entry) {
  const bool is_draft4 = source.rules.dialect == Dialect::draft4;
  const bool is_exclusive =
      entry.keyword == Keyword::exclusive_minimum || entry.keyword == Keyword::exclusive_maximum;
  if (is_draft4 && is_exclusive) {
    if (!entry.value.is_boolean())
      return bad(source, entry.name, "must be true or false in draft-04", entry.value);
    return {};
  }
  if (!entry.value.is_number()) return bad(source, entry.name, "must be a number", entry.value);
  const Decimal value{entry.value.text()};
  if (entry.keyword == Keyword::multiple_of && !(value > Decimal{"0"}))
    return bad(source, entry.name, "must be a number greater than 0", entry.value);
  Op op = op_of(entry.keyword);
  if (is_draft4 && op == Op::minimum && source.place.node.find("exclusiveMinimum").is_true())
    op = Op::exclusive_minimum;
  if (is_draft4 && op == Op::maximum && source.place.node.find("exclusiveMaximum").is_true())
    op = Op::exclusive_maximum;
  const std::uint32_t index = add_value(entry.value);
  Instruction& instruction = emit(source, entry, op);
  instruction.first = index;
  if (const auto small = SmallNumber::parse(entry.value.text())) {
    instruction.flags = kSmall;
    instruction.number = small->mantissa;
    instruction.exponent = small->exponent;
  }
  return {};
}

Result<std::int64_t> Compiler::count_value(const Source& source, std::string_view keyword,
                                           JsonNode value) const {
  constexpr std::string_view kMust = "must be a whole number of at least 0";
  if (!value.is_number()) return bad(source, keyword, kMust, value);
  const Decimal number{value.text()};
  if (!number.is_integer() || number < Decimal{"0"}) return bad(source, keyword, kMust, value);
  // Nothing has more than that.
  return number.to_int64().value_or(std::numeric_limits<std::int64_t>::max());
}

Result<> Compiler::count(Source& source, const Entry& entry) {
  JUNCTOR_TRY(const std::int64_t number, count_value(source, entry.name, entry.value));
  emit(source, entry, op_of(entry.keyword)).number = number;
  return {};
}

Result<std::uint32_t> Compiler::pattern_index(const Source& source, std::string_view keyword,
                                              std::string_view text) {
  if (const auto found = pattern_indexes_.find(text); found != pattern_indexes_.end())
    return found->second;
  auto compiled = Pattern::compile(text, options_.limits.patterns);
  if (!compiled) return std::unexpected{within(source, keyword, compiled.error())};
  pattern_instructions_ += compiled->instructions();
  if (pattern_instructions_ > options_.limits.pattern_instructions_max)
    return fail(
        ErrorKind::too_large, "pattern_too_large",
        fmt::format("the schema at {}: the patterns of the schema have more than {} "
                    "instructions together (pattern_instructions_max)",
                    registry_.shown(source.place), options_.limits.pattern_instructions_max));
  if (compiled->instructions() != 0 && ++engines_ > options_.limits.engines_max)
    return fail(ErrorKind::too_large, "pattern_too_large",
                fmt::format("the schema at {}: more than {} patterns of the schema are not simple "
                            "(engines_max)",
                            registry_.shown(source.place), options_.limits.engines_max));
  const auto index = static_cast<std::uint32_t>(program_.patterns.size());
  program_.patterns.push_back(*std::move(compiled));
  pattern_indexes_.emplace(text, index);
  return index;
}

Result<> Compiler::pattern(Source& source, const Entry& entry) {
  if (!entry.value.is_string())
    return bad(source, entry.name, "must be a string with a regular expression", entry.value);
  JUNCTOR_TRY(const std::uint32_t index, pattern_index(source, entry.name, entry.value.text()));
  emit(source, entry, Op::pattern).first = index;
  return {};
}

Result<> Compiler::format(Source& source, const Entry& entry) {
  if (!entry.value.is_string())
    return bad(source, entry.name, "must be a string with the name of a format", entry.value);
  note(source, entry);
  const bool is_asserted = (source.rules.vocabularies & kFormatAssertion) != 0;
  if (!is_asserted && options_.formats != FormatUse::check) return {};
  const auto known = format_named(entry.value.text());
  if (!known) {
    // The vocabulary wants it refused; those who only asked for checks get what can be checked.
    if (is_asserted && source.rules.since(Dialect::draft2020_12))
      return bad(source, entry.name, "must be a format that is known", entry.value);
    return {};
  }
  emit(source, entry, Op::format).first = static_cast<std::uint32_t>(*known);
  return {};
}

// Only draft-07 lets a validator look into the content of strings.
Result<> Compiler::content(Source& source, const Entry& entry) {
  if (!entry.value.is_string()) return bad(source, entry.name, "must be a string", entry.value);
  note(source, entry);
  if (source.rules.dialect != Dialect::draft7 || options_.formats != FormatUse::check) return {};
  const JsonNode schema = source.place.node;
  const JsonNode encoding = schema.find("contentEncoding");
  const bool is_base64 = encoding.is_string() && encoding.text() == "base64";
  const JsonNode media = schema.find("contentMediaType");
  const bool is_json = media.is_string() && media.text() == "application/json";
  if (entry.keyword == Keyword::content_encoding && is_base64)
    emit(source, entry, Op::content).flags = kBase64;
  // JSON in an encoding that is not known cannot be looked at.
  if (entry.keyword == Keyword::content_media_type && is_json && (!encoding || is_base64))
    emit(source, entry, Op::content).flags =
        static_cast<std::uint8_t>(is_base64 ? kJson | kBase64 : kJson);
  return {};
}

Result<> Compiler::unique_items(Source& source, const Entry& entry) {
  if (!entry.value.is_boolean())
    return bad(source, entry.name, "must be true or false", entry.value);
  if (entry.value.is_true()) emit(source, entry, Op::unique_items);
  return {};
}

Result<> Compiler::add_names(const Source& source, const Entry& entry, JsonNode names,
                             std::string_view must) {
  if (!names.is_array()) return bad(source, entry.name, must, names);
  std::vector<std::string_view> sorted;
  for (const JsonNode each : names.elements()) {
    if (!each.is_string()) return bad(source, entry.name, must, names);
    program_.names.emplace_back(each.text());
    sorted.push_back(each.text());
  }
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return bad(source, entry.name, "must name each member once", names);
  return {};
}

Result<> Compiler::required(Source& source, const Entry& entry) {
  const auto first = static_cast<std::uint32_t>(program_.names.size());
  JUNCTOR_CHECK(add_names(source, entry, entry.value, "must be an array of names"));
  if (entry.value.size() == 0 && source.rules.dialect == Dialect::draft4)
    return bad(source, entry.name, "must name at least one member", entry.value);
  Instruction& instruction = emit(source, entry, Op::required);
  instruction.first = first;
  instruction.count = static_cast<std::uint32_t>(program_.names.size()) - first;
  return {};
}

Result<> Compiler::dependent_required(Source& source, const Entry& entry) {
  constexpr std::string_view kMust = "must be an object whose members are arrays of names";
  if (!entry.value.is_object()) return bad(source, entry.name, kMust, entry.value);
  const auto first = static_cast<std::uint32_t>(program_.dependencies.size());
  for (const JsonNamed each : entry.value.members()) {
    Dependency dependency{.name = std::string{each.name}};
    dependency.first_name = static_cast<std::uint32_t>(program_.names.size());
    JUNCTOR_CHECK(add_names(source, entry, each.value, kMust));
    dependency.name_count =
        static_cast<std::uint32_t>(program_.names.size()) - dependency.first_name;
    program_.dependencies.push_back(std::move(dependency));
  }
  Instruction& instruction = emit(source, entry, Op::dependent_required);
  instruction.first = first;
  instruction.count = static_cast<std::uint32_t>(program_.dependencies.size()) - first;
  return {};
}

}  // namespace junctor::lang::schema
