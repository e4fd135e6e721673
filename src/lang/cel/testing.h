#pragma once
// For tests: an expression run in one line, and what came of it as text.
//
// Threads: functions of their arguments.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "lang/cel/program.h"
#include "lang/cel/value_text.h"
#include "lang/json_tree.h"

namespace junctor::lang::cel::testing {

// One expression and what it is to give.
struct Row {
  const char* name = "";
  const char* expression = "";
  const char* expected = "";
};

struct Declared {
  std::string_view name;
  std::string_view type;
};

// With all extensions; `variables` are the members of the JSON object of that name.
inline Environment environment_with(const std::vector<Declared>& variables = {}) {
  Environment environment;
  environment.enable(Extensions::all());
  for (const Declared& each : variables) {
    if (!environment.declare(each.name, each.type)) return environment;
  }
  return environment;
}

// The value as to_text() writes it, or "error: " and the reason.
inline std::string run(std::string_view expression, const Environment& environment,
                       std::string_view json = "{}") {
  const auto program = compile(expression, environment);
  if (!program) return "error: " + std::string{program.error().reason()};
  JsonTree tree;
  if (!tree.fill(json)) return "bad JSON";
  Activation activation{**program};
  for (const JsonNamed& member : tree.root().members()) activation.bind(member.name, member.value);
  Scratch scratch;
  const auto value = evaluate(**program, activation, scratch);
  return value ? to_text(*value) : "error: " + std::string{value.error().reason()};
}

inline std::string run(std::string_view expression) {
  return run(expression, environment_with());
}

inline void expect_all(std::span<const Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(run(row.expression), row.expected) << row.name;
}

}  // namespace junctor::lang::cel::testing
