#include "app/commands/cel.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/read_file.h"
#include "base/text.h"
#include "lang/cel/lexer.h"
#include "lang/cel/program.h"
#include "lang/cel/time_zones.h"
#include "lang/cel/value_json.h"
#include "lang/json_tree.h"

namespace junctor::app {
namespace {

namespace cel = lang::cel;

constexpr std::string_view kZoneFolder = "/usr/share/zoneinfo/";

CelOutcome failed(std::string_view sentence) {
  return {.exit_code = 1, .out = {}, .err = fmt::format("junctor: {}\n", sentence)};
}

bool is_zone_name(std::string_view name) noexcept {
  const auto is_allowed = [](char c) {
    return cel::is_identifier_start(c) || cel::is_digit(c) || c == '+' || c == '-' || c == '/';
  };
  return !name.empty() && !name.starts_with('/') && std::ranges::all_of(name, is_allowed);
}

// Those that the expression names; what is no zone is left to it.
std::shared_ptr<const cel::TimeZones> zones_of_blocking(std::string_view expression) {
  auto zones = std::make_shared<cel::TimeZones>();
  cel::Lexer lexer{expression};
  for (cel::Token token = lexer.next(); token.kind != cel::TokenKind::end; token = lexer.next()) {
    if (token.kind == cel::TokenKind::bad) break;
    if (token.kind != cel::TokenKind::string_literal) continue;
    const std::string name = cel::literal_text(token).value;
    if (!is_zone_name(name)) continue;
    const auto data =
        read_file_blocking(std::string{kZoneFolder} + name, cel::TimeZones::kZoneBytesMax);
    if (data) (void)zones->add(name, *data);
  }
  return zones;
}

bool is_identifier(std::string_view name) noexcept {
  const auto is_allowed = [](char c) { return cel::is_identifier_start(c) || cel::is_digit(c); };
  return !name.empty() && cel::is_identifier_start(name.front()) &&
         std::ranges::all_of(name, is_allowed) && !cel::is_reserved(name) && !cel::is_keyword(name);
}

// A member whose name is no identifier cannot be spoken of.
Result<cel::Environment> environment_of(lang::JsonNode input) {
  cel::Environment environment;
  environment.enable(cel::Extensions::all());
  for (const lang::JsonNamed& member : input.members()) {
    if (is_identifier(member.name) && environment.variable(member.name) == nullptr)
      JUNCTOR_CHECK(environment.declare(member.name, "dyn"));
  }
  return environment;
}

// The parts that something came to, indented as they are nested.
std::string explanation_of(std::string_view expression, const std::vector<cel::Explained>& parts) {
  std::string text;
  for (const cel::Explained& part : parts) {
    const lang::TextPlace place = lang::place_in(expression, part.begin);
    const std::string times = part.count > 1 ? fmt::format(" (the last of {})", part.count) : "";
    text += fmt::format("{}:{}: {:{}}{} -> {}{}\n", place.line, place.column, "", part.depth * 2,
                        safe_for_log(part.text),
                        part.count == 0 ? "not evaluated" : safe_for_log(part.value), times);
  }
  return text;
}

CelOutcome evaluated(const cli::CelUse& wishes, lang::JsonNode input) {
  auto environment = environment_of(input);
  if (!environment) return failed(environment.error().detail());
  environment->set_time_zones(zones_of_blocking(wishes.expression));
  const auto program = cel::compile(wishes.expression, *environment);
  if (!program) return failed(program.error().detail());
  cel::Activation activation{**program};
  for (const lang::JsonNamed& member : input.members()) activation.bind(member.name, member.value);
  cel::Scratch scratch;
  CelOutcome outcome;
  if (wishes.explains)
    outcome.out = explanation_of(wishes.expression, cel::explain(**program, activation, scratch));
  const auto value = cel::evaluate(**program, activation, scratch);
  auto json = value ? cel::to_json(*value) : std::unexpected{value.error()};
  if (!json) {
    outcome.exit_code = 1;
    outcome.err = fmt::format("junctor: {}\n", json.error().detail());
  } else {
    outcome.out += *std::move(json) + "\n";
  }
  return outcome;
}

}  // namespace

CelOutcome cel_blocking(const cli::CelUse& wishes) {
  if (wishes.input.empty()) return evaluated(wishes, {});
  const auto text = read_input_blocking(wishes.input, kCelInputBytesMax);
  if (!text) return failed(text.error().detail());
  lang::JsonTree tree;
  const std::string file = safe_for_log(wishes.input == "-" ? "standard input" : wishes.input);
  if (const auto filled = tree.fill(*text); !filled)
    return failed(file + ", " + filled.error().detail());
  if (!tree.root().is_object())
    return failed(file + " must hold a JSON object, whose members are the variables");
  return evaluated(wishes, tree.root());
}

}  // namespace junctor::app
