// How long a validation takes: typical arguments of tools, against schemas as servers declare them.
//
// usage: schema_speed_main [SECONDS [CASE]]     (default: 0.3 for each of all cases)
//        schema_speed_main hostile [CASE]
//        schema_speed_main cases
//        schema_speed_main lines SECONDS < CASES
//
// "cases" prints the cases as lines of JSON: "name", "schema" and "instance". "lines" measures such
// lines, whoever wrote them, and prints a line of JSON for each, as the peers of schema_bench.py
// do. "hostile" prints how long each case of schema_hostile.h takes at the default limits: to
// compile it and to validate with it.
//
// Prints for each case the bytes of the instance and the nanoseconds, at best of several rounds, of
// one validate() on a value that is parsed already, of parsing it, and of compiling the schema.

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "input_lines.h"
#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/schema.h"
#include "lang/schema/validate.h"
#include "schema_cases.h"
#include "schema_hostile.h"
#include "stopwatch.h"

namespace junctor::lang::schema {
namespace {

struct Figures {
  bool is_valid = false;  // False as well when the schema does not compile.
  double validate_ns = 0;
  double parse_ns = 0;
  double compile_ns = 0;
};

Figures measure(std::string_view schema_text, std::string_view text, double seconds) {
  Figures figures;
  const auto schema = Schema::compile(schema_text, {});
  JsonTree tree;
  Scratch scratch;
  if (!schema || !tree.fill(text)) return figures;
  figures.is_valid = validate(**schema, tree.root(), scratch) == Verdict::valid;
  const Schema& compiled = **schema;
  const auto hold = [&](bool is_so) { figures.is_valid = is_so && figures.is_valid; };
  figures.validate_ns = nanoseconds(
      seconds, [&] { hold(validate(compiled, tree.root(), scratch) == Verdict::valid); });
  JsonTree other;
  figures.parse_ns = nanoseconds(seconds, [&] { hold(other.fill(text).has_value()); });
  figures.compile_ns =
      nanoseconds(seconds, [&] { hold(Schema::compile(schema_text, {}).has_value()); });
  return figures;
}

std::string on_one_line(std::string_view json) {
  std::string text{json};
  std::erase(text, '\n');
  return text;
}

int run(double seconds, std::string_view only) {
  fmt::print("{:<8} {:>6} {:>12} {:>12} {:>12}\n", "case", "bytes", "validate ns", "parse ns",
             "compile ns");
  for (const SpeedCase& each : kSpeedCases) {
    if (!only.empty() && only != each.name) continue;
    const std::string text = on_one_line(each.instance);
    const Figures figures = measure(each.schema, text, seconds);
    if (!figures.is_valid) {
      fmt::print("{}: the case is broken\n", each.name);
      return 1;
    }
    fmt::print("{:<8} {:>6} {:>12.0f} {:>12.0f} {:>12.0f}\n", each.name, text.size(),
               figures.validate_ns, figures.parse_ns, figures.compile_ns);
  }
  return 0;
}

int print_cases() {
  for (const SpeedCase& each : kSpeedCases)
    fmt::print("{{\"name\": \"{}\", \"schema\": {}, \"instance\": {}}}\n", each.name,
               on_one_line(each.schema), on_one_line(each.instance));
  return 0;
}

int run_lines(double seconds) {
  InputLines lines;
  while (const auto line = lines.next()) {
    JsonTree tree;
    if (!tree.fill(*line)) return 1;
    const JsonNode schema = tree.root().find("schema");
    const JsonNode instance = tree.root().find("instance");
    if (!schema || !instance) return 1;
    const Figures figures = measure(schema.text(), instance.text(), seconds);
    fmt::print(
        "{{\"name\": \"{}\", \"valid\": {}, \"validate_ns\": {:.1f}, \"compile_ns\": {:.1f}}}\n",
        tree.root().find("name").text(), figures.is_valid, figures.validate_ns, figures.compile_ns);
  }
  return 0;
}

int run_hostile(std::string_view only) {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  for (const HostileCase& each : hostile_cases()) {
    if (!only.empty() && only != each.name) continue;
    const auto start = Clock::now();  // tidy: allow a yardstick has no other clock
    const auto schema = Schema::compile(each.schema, {.formats = FormatUse::check});
    const Milliseconds compiling = Clock::now() - start;  // tidy: allow a yardstick
    JsonTree tree;
    Scratch scratch;
    Milliseconds validating{};
    if (schema && tree.fill(each.instance)) {
      const auto begin = Clock::now();  // tidy: allow a yardstick
      (void)validate(**schema, tree.root(), scratch);
      validating = Clock::now() - begin;  // tidy: allow a yardstick
    }
    Milliseconds describing{};
    if (schema && tree.root()) {
      const auto begin = Clock::now();  // tidy: allow a yardstick
      (void)describe(**schema, tree.root(), OutputFormat::basic);
      describing = Clock::now() - begin;  // tidy: allow a yardstick
    }
    fmt::print("{:<40} compile {:>9.3f}  validate {:>9.3f}  describe {:>9.3f} ms\n", each.name,
               compiling.count(), validating.count(), describing.count());
  }
  return 0;
}

}  // namespace
}  // namespace junctor::lang::schema

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  if (mode == "hostile") return junctor::lang::schema::run_hostile(count > 2 ? arguments[2] : "");
  if (mode == "cases") return junctor::lang::schema::print_cases();
  if (mode == "lines" && count > 2)
    return junctor::lang::schema::run_lines(std::atof(arguments[2]));
  return junctor::lang::schema::run(count > 1 ? std::atof(arguments[1]) : 0.3,
                                    count > 2 ? arguments[2] : "");
}
