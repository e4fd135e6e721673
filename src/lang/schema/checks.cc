#include "lang/schema/checks.h"

#include <algorithm>
#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"
#include "lang/code_points.h"
#include "lang/decimal.h"
#include "lang/schema/formats.h"
#include "lang/schema/small_number.h"
#include "wire/json_scan.h"

namespace junctor::lang::schema {
namespace {

// Nothing: the bound is too long for that.
std::optional<SmallNumber> small_bound(const Instruction& bound) noexcept {
  if ((bound.flags & kSmall) == 0) return std::nullopt;
  return SmallNumber{.mantissa = bound.number, .exponent = bound.exponent};
}

bool is_whole(std::string_view text, std::uint8_t flags) noexcept {
  if (text.find_first_of(".eE") == std::string_view::npos) return true;
  return (flags & kWritten) == 0 && Decimal{text}.is_integer();
}

std::strong_ordering compared(const Program& program, const Instruction& bound,
                              std::string_view text) noexcept {
  if (const auto limit = small_bound(bound)) {
    if (const auto value = SmallNumber::parse(text)) return *value <=> *limit;
  }
  return Decimal{text} <=> Decimal{program.values[bound.first].text()};
}

bool is_multiple(const Program& program, const Instruction& divisor, std::string_view text,
                 std::int64_t& cost) {
  if (const auto small = small_bound(divisor)) {
    if (const auto value = SmallNumber::parse(text)) return value->is_multiple_of(*small);
  }
  // Long division: each digit of the one meets each of the other.
  const std::string_view by = program.values[divisor.first].text();
  constexpr std::size_t kWordDigits = 18;
  const std::size_t digits = std::min(by.size(), Decimal::kDivisorDigitsMax);
  cost -= static_cast<std::int64_t>(digits <= kWordDigits ? text.size() * 2
                                                          : (text.size() + digits * 4) * digits);
  if (cost < 0) return false;
  return Decimal{text}.is_multiple_of(Decimal{by});
}

bool passes_number(const Program& program, const Instruction& instruction, std::string_view text,
                   std::int64_t& cost) {
  cost -= static_cast<std::int64_t>(text.size() / 16);
  if (cost < 0) return false;
  switch (instruction.op) {
    case Op::integer: return is_whole(text, instruction.flags);
    case Op::minimum: return compared(program, instruction, text) >= 0;
    case Op::maximum: return compared(program, instruction, text) <= 0;
    case Op::exclusive_minimum: return compared(program, instruction, text) > 0;
    case Op::exclusive_maximum: return compared(program, instruction, text) < 0;
    default: break;
  }
  return is_multiple(program, instruction, text, cost);
}

// So long as the answer does not follow from the number of bytes, the characters are counted.
bool has_length(const Instruction& instruction, std::string_view text, std::int64_t& cost) {
  const auto bytes = static_cast<std::int64_t>(text.size());
  constexpr std::int64_t kCharacterBytesMax = 4;
  if (instruction.op == Op::max_length) {
    if (bytes <= instruction.number) return true;
    if (bytes / kCharacterBytesMax > instruction.number) return false;
  } else {
    if (bytes < instruction.number) return false;
    if (bytes / kCharacterBytesMax >= instruction.number) return true;
  }
  cost -= bytes / 16;
  const auto count = static_cast<std::int64_t>(count_code_points(text));
  return instruction.op == Op::max_length ? count <= instruction.number
                                          : count >= instruction.number;
}

bool matches(const Pattern& pattern, std::string_view text, std::int64_t& cost) {
  cost -= static_cast<std::int64_t>(pattern.cost(text.size()));
  return cost >= 0 && pattern.matches(text);
}

bool has_content(const Instruction& instruction, std::string_view text) {
  std::string decoded;
  if ((instruction.flags & kBase64) != 0) {
    auto bytes = base64_decode(text);
    if (!bytes) return false;
    decoded = *std::move(bytes);
    text = decoded;
  }
  return (instruction.flags & kJson) == 0 || bool{wire::scan_json(text)};
}

bool passes_string(const Program& program, const Instruction& instruction, std::string_view text,
                   std::int64_t& cost) {
  switch (instruction.op) {
    case Op::min_length:
    case Op::max_length: return has_length(instruction, text, cost);
    case Op::pattern: return matches(program.patterns[instruction.first], text, cost);
    default: break;
  }
  cost -= static_cast<std::int64_t>(text.size());
  if (cost < 0) return false;
  if (instruction.op == Op::content) return has_content(instruction, text);
  return has_format(static_cast<Format>(instruction.first), text);
}

bool is_one_of(const Program& program, const Instruction& instruction, JsonNode value,
               Equality& equality, std::int64_t& cost) {
  if (value.is_string()) {
    cost -= static_cast<std::int64_t>(value.text().size() / kComparedPerStep);
    return instruction.table != kNone &&
           program.tables[instruction.table].find(value.text()) != NameTable::kAbsent;
  }
  for (std::uint32_t i = 0; i < instruction.count; ++i) {
    if (equality.are_equal(value, program.values[instruction.first + i], cost)) return true;
    if (--cost < 0) return false;
  }
  return false;
}

}  // namespace

bool is_of_types(JsonNode value, Types types, std::uint8_t flags) noexcept {
  const Types possible = kTypesOfKind.at(static_cast<std::size_t>(value.kind()));
  if ((types & possible) == 0) return false;
  const bool is_undecided = possible == kNumberType && (types & kNumberType) == kIntegerType;
  return !is_undecided || is_whole(value.text(), flags);
}

bool passes_numbers(const Program& program, std::span<const Instruction> code, JsonNode value,
                    Equality& equality, std::int64_t& cost) {
  const auto number = SmallNumber::parse(value.text());
  for (const Instruction& each : code) {
    --cost;
    const bool is_small = number && (each.flags & kSmall) != 0;
    if (!is_small) {
      const bool is_plain = number && number->exponent == 0 && each.op == Op::integer;
      if (!is_plain && !passes(program, each, value, equality, cost)) return false;
      continue;
    }
    const SmallNumber bound{.mantissa = each.number, .exponent = each.exponent};
    bool is_passed = false;
    switch (each.op) {
      case Op::minimum: is_passed = *number >= bound; break;
      case Op::maximum: is_passed = *number <= bound; break;
      case Op::exclusive_minimum: is_passed = *number > bound; break;
      case Op::exclusive_maximum: is_passed = *number < bound; break;
      default: is_passed = number->is_multiple_of(bound); break;
    }
    if (!is_passed) return false;
  }
  return cost >= 0;
}

bool passes_strings(const Program& program, std::span<const Instruction> code, JsonNode value,
                    Equality& equality, std::int64_t& cost) {
  const std::string_view text = value.text();
  for (const Instruction& each : code) {
    --cost;
    bool is_passed = false;
    switch (each.op) {
      case Op::enumeration:
        cost -= static_cast<std::int64_t>(text.size() / kComparedPerStep);
        is_passed = program.tables[each.table].find(text) != NameTable::kAbsent;
        break;
      case Op::min_length:
      case Op::max_length: is_passed = has_length(each, text, cost); break;
      case Op::pattern: is_passed = matches(program.patterns[each.first], text, cost); break;
      default: is_passed = passes(program, each, value, equality, cost); break;
    }
    if (!is_passed) return false;
  }
  return cost >= 0;
}

bool passes(const Program& program, const Instruction& instruction, JsonNode value,
            Equality& equality, std::int64_t& cost) {
  const auto size = static_cast<std::int64_t>(value.size());
  switch (instruction.op) {
    case Op::fail: return false;
    case Op::type: return is_of_types(value, instruction.types, instruction.flags);
    case Op::constant: return equality.are_equal(value, program.values[instruction.first], cost);
    case Op::enumeration: return is_one_of(program, instruction, value, equality, cost);
    case Op::integer:
    case Op::minimum:
    case Op::maximum:
    case Op::exclusive_minimum:
    case Op::exclusive_maximum:
    case Op::multiple_of:
      return !value.is_number() || passes_number(program, instruction, value.text(), cost);
    case Op::min_length:
    case Op::max_length:
    case Op::pattern:
    case Op::format:
    case Op::content:
      return !value.is_string() || passes_string(program, instruction, value.text(), cost);
    case Op::min_items: return !value.is_array() || size >= instruction.number;
    case Op::max_items: return !value.is_array() || size <= instruction.number;
    case Op::unique_items: return !value.is_array() || equality.are_unique(value, cost);
    case Op::min_properties: return !value.is_object() || size >= instruction.number;
    case Op::max_properties: return !value.is_object() || size <= instruction.number;
    case Op::note: return true;
    default: break;
  }
  JUNCTOR_ASSERT(instruction.op == Op::note);
  return true;
}

}  // namespace junctor::lang::schema
