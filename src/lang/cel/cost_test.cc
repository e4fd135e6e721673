// Goal: the estimate of cost bounds what evaluations really cost when inputs are as assumed.
// Method: expressions with inputs of the assumed size, measured and compared.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

TEST(Cost, EstimateHoldsForInputsAsAssumed) {
  constexpr SizeAssumptions kAssumed{.elements = 10, .bytes = 64};
  const char* const json =
      R"({"l": [1,2,3,4,5,6,7,8,9,10], "s": "0123456789", "m": {"a": {"b": 1}}})";
  const Environment environment =
      testing::environment_with({{"l", "dyn"}, {"s", "dyn"}, {"m", "dyn"}});
  constexpr const char* kExpressions[] = {
      "1",
      "m.a.b == 1",
      "m.a.b == 1 && s == 'x'",
      "m.a.b == 2 || s.contains('5') || 3.0 in l",
      "s == 'x' ? l.size() : l.map(x, x * 2.0).size()",
      "l.all(x, l.exists(y, x == y))",
      "l.filter(x, x > 3).map(x, string(x)).size()",
      "[1, 2, 3].map(x, x + 1)",
      "cel.bind(z, l, z.exists_one(x, x == 4.0))",
      "s.matches('[0-9]+') && has(m.a)",
      "m.?a.optMap(x, x.b).orValue(0)",
      "l.sortBy(x, -x)[0]",
      "{'a': s, 'b': l}",
  };
  for (const char* expression : kExpressions) {
    const auto program = compile(expression, environment);
    ASSERT_TRUE(program) << expression << program.error().detail();
    JsonTree tree;
    ASSERT_TRUE(tree.fill(json));
    Activation activation{**program};
    for (const JsonNamed& member : tree.root().members())
      activation.bind(member.name, member.value);
    Scratch scratch;
    const Measured measured = evaluate_measured(**program, activation, scratch);
    ASSERT_TRUE(measured.value) << expression << measured.value.error().detail();
    const CostRange estimate = estimate_cost(**program, kAssumed);
    EXPECT_LE(estimate.least, measured.cost) << expression;
    EXPECT_GE(estimate.most, measured.cost) << expression;
  }
}

TEST(Cost, NestedLoopsMultiply) {
  const Environment environment = testing::environment_with({{"l", "list(int)"}});
  const auto one = compile("l.all(x, x > 0)", environment);
  const auto three = compile("l.all(x, l.all(y, l.all(z, x + y > z)))", environment);
  ASSERT_TRUE(one && three);
  const SizeAssumptions assumed{.elements = 1000, .bytes = 100};
  EXPECT_LT(estimate_cost(**one, assumed).most, 20'000U);
  EXPECT_GT(estimate_cost(**three, assumed).most, 1'000'000'000U);
}

}  // namespace
}  // namespace junctor::lang::cel
