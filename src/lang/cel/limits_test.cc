// Goal: no expression and no input makes an evaluation run long, use much memory or go too deep: it
// is refused, or stopped with a clear error. Method: hostile expressions at default limits, each
// with the error that must come; how long they take is what their cost and the arena bound, and is
// looked at with a wide margin, because tests also run slowed down.

#include <gtest/gtest.h>

#include <string>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

std::string repeat(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

// The reason for which it does not compile or does not run.
std::string reason_of(std::string_view expression, std::string_view json = "{}") {
  return testing::run(expression, testing::environment_with({{"x", "dyn"}, {"y", "dyn"}}), json);
}

TEST(Limits, DeepNestingIsRefused) {
  struct Case {
    const char* name = "";
    const char* open = "";
    const char* close = "";
  };
  constexpr Case kCases[] = {
      {"parentheses", "(", ")"}, {"lists", "[", "]"},         {"maps", "{1:", "}"},
      {"not", "!", ""},          {"minus", "-", ""},          {"calls", "f(", ")"},
      {"index", "x[", "]"},      {"fields", "", ".a"},        {"conditions", "x ? x : ", ""},
      {"sums", "", " + 1"},      {"loops", "x.all(x, ", ")"},
  };
  for (const Case& c : kCases) {
    const std::string text = repeat(c.open, 10'000) + "1" + repeat(c.close, 10'000);
    const std::string reason = reason_of(text.substr(0, 60'000));
    EXPECT_EQ(reason, "error: bad_expression") << c.name;
  }
}

TEST(Limits, LoopsWithinLoopsStopAtTheCost) {
  std::string list = "[";
  for (int i = 0; i < 100; ++i) list += (i == 0 ? "" : ", ") + std::to_string(i);
  list += "]";
  std::string text = "true";
  for (int level = 0; level < 7; ++level)
    text = list + ".all(v" + std::to_string(level) + ", " + text + ")";
  EXPECT_EQ(reason_of(text), "error: cost_exceeded");
  EXPECT_EQ(reason_of("lists.range(1000).map(a, lists.range(1000)).flatten().size() > 0"),
            "error: cost_exceeded");
}

TEST(Limits, NoErrorOfALimitIsAbsorbed) {
  EXPECT_EQ(reason_of("lists.range(1000).all(a, lists.range(1000).all(b, a + b >= 0)) || true"),
            "error: cost_exceeded");
  EXPECT_EQ(
      reason_of("cel.bind(z, lists.range(1000).all(a, lists.range(1000).all(b, true)), true)"),
      "error: cost_exceeded");
}

TEST(Limits, TextsDoNotGrowWithoutBound) {
  const std::string doubled = repeat(".map(s, s + s)", 60);
  const std::string reason = reason_of("['0123456789abcdef']" + doubled + "[0].size()");
  EXPECT_TRUE(reason == "error: memory_exceeded" || reason == "error: cost_exceeded") << reason;
  const std::string replaced = repeat(".replace('a', 'aaaaaaaaaaaaaaaaaaaa')", 30);
  const std::string other = reason_of("'a'" + replaced + ".size()");
  EXPECT_TRUE(other == "error: memory_exceeded" || other == "error: cost_exceeded") << other;
  const std::string formatted = repeat(".map(s, '%s%s%s%s'.format([s, s, s, s]))", 30);
  const std::string third = reason_of("['abcdefgh']" + formatted + "[0].size()");
  EXPECT_TRUE(third == "error: memory_exceeded" || third == "error: cost_exceeded") << third;
}

TEST(Limits, ListsDoNotGrowWithoutBound) {
  const std::string reason = reason_of("[[1]]" + repeat(".map(l, l + l)", 60) + "[0].size()");
  EXPECT_TRUE(reason == "error: memory_exceeded" || reason == "error: cost_exceeded") << reason;
}

TEST(Limits, SharedPartsAreNotWalkedForever) {
  // Sixty levels of lists that hold the one before twice: 2^60 values, in little memory.
  const std::string shared = "[1]" + repeat(".map(l, [l, l])", 60);
  for (const std::string& text :
       {shared + " == " + shared, "[" + shared + "].distinct() == [x]",
        "'%s'.format([" + shared + "]).size()", shared + ".flatten(64).size()",
        "sets.contains([" + shared + "], [" + shared + "])", shared + " in [" + shared + "]"}) {
    const std::string reason = reason_of("cel.bind(x, dyn(1), " + text + ")");
    EXPECT_TRUE(reason == "error: memory_exceeded" || reason == "error: cost_exceeded" ||
                reason == "error: too_deep" || reason == "false")
        << text.substr(text.size() - 40) << ": " << reason;
  }
}

TEST(Limits, PatternsAreBounded) {
  EXPECT_EQ(reason_of("'a'.matches('" + std::string(2000, 'a') + "')"), "error: bad_expression");
  EXPECT_EQ(reason_of("'a'.matches(x)", "{\"x\": \"" + std::string(1'000'000, 'a') + "\"}"),
            "error: invalid_argument");
  EXPECT_EQ(reason_of("'a'.matches(x)", "{\"x\": \"" + std::string(2'000, 'a') + "\"}"),
            "error: invalid_argument");
  EXPECT_EQ(reason_of("'a'.matches(x)", R"({"x": "((a{1,100}){1,100}){1,100}"})"),
            "error: invalid_argument");
  EXPECT_EQ(reason_of("x.matches('(x+x+)+y')", "{\"x\": \"" + std::string(100'000, 'x') + "\"}"),
            "false");
}

TEST(Limits, LongTextsAreSearchedWithinTheCost) {
  const std::string json = "{\"x\": \"" + std::string(1'000'000, 'a') + "\", \"y\": \"" +
                           std::string(500'000, 'a') + "b\"}";
  EXPECT_EQ(reason_of("x.contains(y)", json), "false");
  EXPECT_EQ(reason_of("x.lastIndexOf(y + y)", json), "error: cost_exceeded");
  EXPECT_EQ(reason_of("x.split('').size()", json), "error: cost_exceeded");
  EXPECT_EQ(reason_of("x.contains('b')", json), "false");
}

TEST(Limits, LargeObjectsAreGoneThroughWithinTheCost) {
  std::string json = "{\"x\": {";
  for (int i = 0; i < 20'000; ++i) json += (i == 0 ? "\"k" : ", \"k") + std::to_string(i) + "\": 1";
  json += "}}";
  EXPECT_EQ(reason_of("x.all(k, true)", json), "error: cost_exceeded");
  EXPECT_EQ(reason_of("x.k19999 == 1", json), "true");
}

TEST(Limits, LimitsAreTheCallers) {
  Environment environment = testing::environment_with();
  environment.set_limits({.cost_max = 10});
  EXPECT_EQ(testing::run("1 + 1 == 2", environment), "true");
  EXPECT_EQ(testing::run("lists.range(100).size()", environment), "100");  // Folded when compiled.
  EXPECT_EQ(testing::run("[1, 2, 3, 4, 5, 6].all(x, x > 0)", environment), "error: cost_exceeded");
  environment.set_limits({.memory_bytes_max = 100});
  EXPECT_EQ(testing::run("[1, 2, 3, 4, 5, 6].map(x, [x])", environment), "error: memory_exceeded");
}

}  // namespace
}  // namespace junctor::lang::cel
