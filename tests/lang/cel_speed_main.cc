// How long an evaluation takes: policies as gateways have them, over JSON that is parsed already.
//
// usage: cel_speed_main CASES.json [SECONDS]     (default: 0.3 for each of all cases)
//        cel_speed_main hostile
//
// CASES.json (cel_speed_cases.json) has the input, whose members are the variables, and the
// expressions, which must come to true. Prints for each its name, the nanoseconds, at best of
// several rounds, of one evaluate(), the allocations of one, and the nanoseconds of compiling it.
// "hostile" prints how long each case of cel_hostile.h takes at the default limits: to compile it
// and to evaluate it, and what came of it.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "cel_hostile.h"
#include "lang/cel/program.h"
#include "lang/cel/value_text.h"
#include "lang/json_tree.h"
#include "stopwatch.h"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const memory = std::malloc(bytes)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

namespace junctor::lang::cel {
namespace {

std::optional<std::string> read_file(const char* path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path, "rb"), &std::fclose};
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), file.get()))
    text.append(piece.data(), size);
  return text;
}

Environment environment_of(JsonNode input) {
  Environment environment;
  environment.enable(Extensions::all());
  for (const JsonNamed& each : input.members()) {
    if (!environment.declare(each.name, "map(string, dyn)")) std::abort();
  }
  return environment;
}

bool run_case(JsonNode each, JsonNode input, const Environment& environment, double seconds) {
  const std::string_view expression = each.find("expression").text();
  const auto program = compile(expression, environment);
  if (!program) {
    fmt::print("{}\n", program.error().detail());
    return false;
  }
  Activation activation{**program};
  for (const JsonNamed& variable : input.members()) activation.bind(variable.name, variable.value);
  Scratch scratch;
  const Measured first = evaluate_measured(**program, activation, scratch);
  if (!first.value || !first.value->is_true()) {
    fmt::print("{}: does not come to true\n", each.find("name").text());
    return false;
  }
  const std::size_t before = allocations;
  bool is_true = evaluate(**program, activation, scratch)->is_true();
  const std::size_t allocated = allocations - before;
  const double evaluating = nanoseconds(seconds, [&] {
    const auto value = evaluate(**program, activation, scratch);
    is_true = value->is_true() && is_true;
  });
  const double compiling = nanoseconds(
      seconds, [&] { is_true = compile(expression, environment).has_value() && is_true; });
  fmt::print("{:<10} {:>12.1f} {:>12} {:>8} {:>12.0f}\n", each.find("name").text(), evaluating,
             allocated, first.cost, compiling);
  return is_true;
}

int run(const char* path, double seconds) {
  const auto text = read_file(path);
  JsonTree tree;
  if (!text || !tree.fill(*text)) {
    fmt::print(stderr, "{} cannot be read\n", path);
    return 2;
  }
  const JsonNode input = tree.root().find("input");
  const Environment environment = environment_of(input);
  fmt::print("{:<10} {:>12} {:>12} {:>8} {:>12}\n", "case", "evaluate ns", "allocations", "steps",
             "compile ns");
  for (const JsonNode each : tree.root().find("cases").elements()) {
    if (!run_case(each, input, environment, seconds)) return 1;
  }
  return 0;
}

int run_hostile() {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  Environment environment;
  environment.enable(Extensions::all());
  for (const char* name : {"x", "y"}) {
    if (!environment.declare(name, "dyn")) return 2;
  }
  fmt::print("{:<34} {:>10} {:>11}  result\n", "case", "compile ms", "evaluate ms");
  for (const HostileCase& each : hostile_cases()) {
    JsonTree tree;
    if (!tree.fill(each.input)) return 2;
    const auto start = Clock::now();  // tidy: allow a yardstick has no other clock
    const auto program = compile(each.expression, environment);
    const Milliseconds compiling = Clock::now() - start;  // tidy: allow a yardstick
    Milliseconds evaluating{};
    std::string result;
    if (program) {
      Activation activation{**program};
      for (const JsonNamed& variable : tree.root().members())
        activation.bind(variable.name, variable.value);
      Scratch scratch;
      const auto begin = Clock::now();  // tidy: allow a yardstick
      const auto value = evaluate(**program, activation, scratch);
      evaluating = Clock::now() - begin;  // tidy: allow a yardstick
      result = value ? to_text(*value, 32) : std::string{value.error().reason()};
    } else {
      result = std::string{program.error().reason()};
    }
    fmt::print("{:<34} {:>10.3f} {:>11.3f}  {}\n", each.name, compiling.count(), evaluating.count(),
               result);
  }
  return 0;
}

}  // namespace
}  // namespace junctor::lang::cel

int main(int count, char** arguments) {
  if (count > 1 && std::string_view{arguments[1]} == "hostile")
    return junctor::lang::cel::run_hostile();
  if (count < 2) {
    fmt::print(stderr, "usage: cel_speed_main CASES.json [SECONDS] | hostile\n");
    return 2;
  }
  return junctor::lang::cel::run(arguments[1], count > 2 ? std::atof(arguments[2]) : 0.3);
}
