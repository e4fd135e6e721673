// Goal: values are written as people write them, and never longer than asked. Method: tables.

#include "lang/cel/value_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace junctor::lang::cel {
namespace {

TEST(ValueText, DoublesAreTheShortestThatReadTheSame) {
  struct Case {
    double value = 0;
    const char* plain = "";
    const char* literal = "";
  };
  const Case cases[] = {
      {0, "0", "0.0"},
      {-0.0, "-0", "-0.0"},
      {1, "1", "1.0"},
      {0.1, "0.1", "0.1"},
      {123.456, "123.456", "123.456"},
      {-0.0045, "-0.0045", "-0.0045"},
      {999999, "999999", "999999.0"},
      {1e6, "1e+06", "1e+06"},
      {6.02214e23, "6.02214e+23", "6.02214e+23"},
      {0.0001, "0.0001", "0.0001"},
      {0.00001, "1e-05", "1e-05"},
      {HUGE_VAL, "Infinity", "Infinity"},
      {-HUGE_VAL, "-Infinity", "-Infinity"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN", "NaN"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(double_text(c.value), c.plain);
    EXPECT_EQ(double_text(c.value, DoubleText::literal), c.literal);
  }
}

TEST(ValueText, ValuesReadAsExpressions) {
  const Value held = Value::int64(1);
  const Value list[] = {Value{},
                        Value::boolean(true),
                        Value::uint64(2),
                        Value::string("a\"\n"),
                        Value::bytes("\xFF\x01z"),
                        Value::some(held),
                        Value::none()};
  EXPECT_EQ(to_text(Value::list(list)),
            R"([null, true, 2u, "a\"\n", b"\xff\x01z", optional.of(1), optional.none()])");
  EXPECT_EQ(to_text(Value::duration({1, 500'000'000})), R"(duration("1.5s"))");
  EXPECT_EQ(to_text(Value::timestamp({0, 0})), R"(timestamp("1970-01-01T00:00:00Z"))");
  EXPECT_EQ(to_text(Value::type("list")), "list");
}

TEST(ValueText, LongTextIsCutAtACharacter) {
  const std::string text = "\u20ac\u20ac\u20ac\u20ac";
  EXPECT_EQ(to_text(Value::string(text), 6), "\"\u20ac...");
  EXPECT_EQ(to_text(Value::string(text), 100), "\"" + text + "\"");
}

TEST(ValueText, WhatIsTooDeepIsCut) {
  std::vector<Value> lists(kValueDepthMax + 10);
  for (std::size_t i = 1; i < lists.size(); ++i) lists[i] = Value::list({&lists[i - 1], 1});
  EXPECT_TRUE(to_text(lists.back(), 10'000).contains("[...]"));
}

}  // namespace
}  // namespace junctor::lang::cel
