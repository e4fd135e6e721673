#include "lang/cel/checker_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "lang/cel/lexer.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

std::string call_text(std::string_view function, CallStyle style,
                      std::span<const std::string> types) {
  if (style == CallStyle::method && !types.empty())
    return fmt::format("{}.{}({})", types[0], function, fmt::join(types.subspan(1), ", "));
  if (is_word(function)) return fmt::format("{}({})", function, fmt::join(types, ", "));
  if (function == "_[_]" || function == "_[?_]")
    return fmt::format("{}[{}{}]", types[0], function == "_[_]" ? "" : "?", types[1]);
  const std::string symbol = operator_text(function);
  if (types.size() == 1) return symbol + types[0];
  return fmt::format("{} {} {}", types[0], symbol, types[1]);
}

}  // namespace

bool is_word(std::string_view function) noexcept {
  return !function.empty() && std::ranges::all_of(function, [](char c) {
    return is_identifier_start(c) || is_digit(c) || c == '.';
  });
}

std::string operator_text(std::string_view function) {
  if (is_word(function)) return std::string{function};
  std::string text;
  for (const char c : function) {
    if (c != '_' && c != '@') text += c;
  }
  return text;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const auto near = did_you_mean(word, known);
  return near ? fmt::format(": did you mean \"{}\"?", *near) : std::string{};
}

std::string mismatch_text(std::string_view function, CallStyle style,
                          std::span<const Value> arguments) {
  std::vector<std::string> types;
  KindMask kinds = 0;
  for (const Value& each : arguments) {
    types.emplace_back(type_name(each));
    kinds |= mask_of(each.kind());
  }
  std::string text = call_text(function, style, types);
  const bool is_mixed = arguments.size() == 2 && (kinds & mask_of(Kind::float64)) != 0 &&
                        (kinds & (mask_of(Kind::int64) | mask_of(Kind::uint64))) != 0;
  const bool is_arithmetic = !is_word(function) && operator_text(function).size() == 1;
  if (is_mixed && is_arithmetic) text += "; numbers of JSON are double: write 1.0 for 1, or int(x)";
  return text;
}

std::string overload_message(std::string_view function, CallStyle style,
                             std::span<const std::string> found,
                             std::span<const Overload* const> overloads) {
  constexpr std::size_t kShown = 12;
  std::vector<std::string> expected;
  for (const Overload* const overload : overloads) {
    if (overload->style != style) continue;
    std::vector<std::string> types;
    types.reserve(overload->parameters.size());
    for (const Type* parameter : overload->parameters) types.push_back(type_text(parameter));
    expected.push_back(call_text(function, style, types));
  }
  const bool is_cut = expected.size() > kShown;
  if (is_cut) expected.resize(kShown);
  const std::vector<std::string> given{found.begin(), found.end()};
  return fmt::format(
      "there is no {}: expected {}{}",
      given.empty() ? fmt::format("{}()", function) : call_text(function, style, given),
      fmt::join(expected, " or "), is_cut ? " or others" : "");
}

}  // namespace junctor::lang::cel
