// Goal: values are equal as JSON Schema means it, and equality costs what it should. Method: tables
// of pairs, compared both ways and as the elements of arrays.

#include "lang/schema/equality.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::lang::schema {
namespace {

TEST(Equality, IsThatOfValues) {
  struct Case {
    const char* one = "";
    const char* other = "";
    bool are_equal = false;
  };
  constexpr Case kCases[] = {
      {"1", "1.0", true},
      {"1", "true", false},
      {"0", "false", false},
      {"\"a\"", "\"\\u0061\"", true},
      {"[1,[2]]", "[1.0,[2e0]]", true},
      {"[1,2]", "[2,1]", false},
      {R"({"a":{"c":1},"b":2})", R"({"b":2,"a":{"c":1}})", true},
      {R"({"a":1})", R"({"a":1,"b":1})", false},
      {R"({"a":2,"a":1})", R"({"a":1})", true},
      {R"({"a":1})", R"({"b":1})", false},
      {"{}", "[]", false},
      {R"({"a":1,"b":[{}]})", R"({"b":[{}],"a":1e0})", true},
      {R"("\u00e9")", "\"\xC3\xA9\"", true},
      {"null", "false", false},
      {"[[0]]", "[[false]]", false},
  };
  Equality equality;
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string{c.one} + " and " + c.other);
    JsonTree one;
    JsonTree other;
    ASSERT_TRUE(one.fill(c.one) && other.fill(c.other));
    std::int64_t cost = 1'000;
    EXPECT_EQ(equality.are_equal(one.root(), other.root(), cost), c.are_equal);
    EXPECT_EQ(equality.are_equal(other.root(), one.root(), cost), c.are_equal);
    // Few elements and many go different ways.
    for (const char* more : {"", ",10,11,12,13,14,15,16,17,18,19"}) {
      JsonTree array;
      const std::string text = std::string{"["} + c.one + "," + c.other + more + "]";
      ASSERT_TRUE(array.fill(text));
      EXPECT_EQ(equality.are_unique(array.root(), cost), !c.are_equal);
    }
    EXPECT_GT(cost, 0);
  }
}

TEST(Equality, PaysForWhatItLooksAt) {
  std::string text = "[0";
  for (int i = 1; i < 1'000; ++i) text += "," + std::to_string(i);
  text += "]";
  JsonTree tree;
  ASSERT_TRUE(tree.fill(text));
  Equality equality;
  std::int64_t cost = 1'000'000;
  EXPECT_TRUE(equality.are_unique(tree.root(), cost));
  EXPECT_LT(cost, 1'000'000 - 1'000);
  EXPECT_GT(cost, 1'000'000 - 100'000);  // Far from each with each.
  cost = 10;
  (void)equality.are_unique(tree.root(), cost);
  EXPECT_LT(cost, 0);
}

}  // namespace
}  // namespace junctor::lang::schema
