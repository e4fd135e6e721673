// Goal: what is constant is computed when the program is made, what fails is left where it stands,
// and common comparisons have operations of their own. Method: expressions, and the nodes of their
// plans.

#include "lang/cel/planner.h"

#include <gtest/gtest.h>

#include "lang/cel/plan.h"
#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

const Plan& plan_of(std::string_view expression, std::shared_ptr<const Program>& program) {
  Environment environment = testing::environment_with({{"s", "string"}, {"n", "int"}});
  (void)environment.define("host", CallStyle::function, "-> int",
                           [](Machine&, std::span<const Value>) { return Value::int64(1); });
  program = compile(expression, environment).value();
  return program->plan();
}

TEST(Planner, FoldsConstants) {
  for (const char* expression : {"1 + 2", "['a', 'b']", "{'a': [1, {}]}", "duration('1h')",
                                 "cidr('10.0.0.0/8')", "size('abc')", "'%s'.format([1 + 2])"}) {
    std::shared_ptr<const Program> program;
    const Plan& plan = plan_of(expression, program);
    EXPECT_EQ(plan.nodes.size(), 1U) << expression;
    EXPECT_EQ(plan.nodes.back().op, Op::constant) << expression;
  }
}

TEST(Planner, LeavesWhatFailsOrIsNotItsOwn) {
  for (const char* expression :
       {"1 / 0", "duration('x')", "host()", "{'a': 1, 'a': 2}", "n + 1", "lists.range(1000000)"}) {
    std::shared_ptr<const Program> program;
    const Plan& plan = plan_of(expression, program);
    EXPECT_NE(plan.nodes.back().op, Op::constant) << expression;
  }
}

TEST(Planner, ChoosesOperations) {
  struct Case {
    const char* expression = "";
    Op op = Op::call;
  };
  constexpr Case kCases[] = {
      {"s == 'a'", Op::equal_text},    {"'a' != s", Op::equal_text},
      {"n == 1", Op::equal},           {"s in ['a']", Op::member},
      {"s.matches('a.b')", Op::match}, {"s.matches(s)", Op::call},
      {"n + 1", Op::arithmetic},       {"s == 'a' && n > 1", Op::conjunction},
  };
  for (const Case& c : kCases) {
    std::shared_ptr<const Program> program;
    EXPECT_EQ(plan_of(c.expression, program).nodes.back().op, c.op) << c.expression;
  }
}

TEST(Planner, NodesKnowTheirPlace) {
  std::shared_ptr<const Program> program;
  const Plan& plan = plan_of("n > 1 && s == 'abc'", program);
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    EXPECT_LE(plan.places[i].begin, plan.places[i].end);
    EXPECT_LE(plan.places[i].end, plan.text.size());
  }
}

}  // namespace
}  // namespace junctor::lang::cel
