// Goal: values compare and order as CEL says, whatever they are made of. Method: tables of pairs,
// looked at from both sides; JSON beside arrays of values.

#include "lang/cel/value.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "lang/cel/containers.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

TEST(Value, NumbersAreEqualByValue) {
  const Value five[] = {Value::int64(5), Value::uint64(5), Value::float64(5.0)};
  for (const Value& a : five) {
    for (const Value& b : five) {
      EXPECT_TRUE(is_equal(a, b));
      EXPECT_EQ(compare(a, b), std::partial_ordering::equivalent);
    }
  }
}

TEST(Value, OrderIsThatOfOneNumberLine) {
  struct Case {
    const char* name = "";
    Value less;
    Value more;
  };
  const Case cases[] = {
      {"int_uint", Value::int64(-1), Value::uint64(0)},
      {"int_large_uint", Value::int64(INT64_MAX), Value::uint64(UINT64_MAX)},
      {"int_double", Value::int64(1), Value::float64(1.5)},
      {"double_int", Value::float64(-1.5), Value::int64(-1)},
      {"uint_double", Value::uint64(1), Value::float64(1e300)},
      {"infinite", Value::float64(-HUGE_VAL), Value::int64(INT64_MIN)},
      {"strings", Value::string("a"), Value::string("b")},
      {"prefix", Value::string("a"), Value::string("aa")},
      {"bytes_are_unsigned", Value::bytes("\x7F"), Value::bytes("\x80")},
      {"bools", Value::boolean(false), Value::boolean(true)},
      {"durations", Value::duration({-1, -500}), Value::duration({-1, 0})},
      {"timestamps", Value::timestamp({1, 0}), Value::timestamp({1, 1})},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(compare(c.less, c.more), std::partial_ordering::less) << c.name;
    EXPECT_EQ(compare(c.more, c.less), std::partial_ordering::greater) << c.name;
    EXPECT_FALSE(is_equal(c.less, c.more)) << c.name;
    EXPECT_TRUE(sorts_before(c.less, c.more)) << c.name;
  }
}

TEST(Value, NoNumberEqualsNothing) {
  const Value nan = Value::float64(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(is_equal(nan, nan));
  EXPECT_EQ(compare(nan, Value::int64(1)), std::partial_ordering::unordered);
  EXPECT_TRUE(sorts_before(nan, Value::float64(-HUGE_VAL)));
  EXPECT_FALSE(sorts_before(nan, nan));
}

TEST(Value, OtherKindsHaveNoOrderBetweenThem) {
  EXPECT_EQ(compare(Value::string("1"), Value::int64(1)), std::nullopt);
  EXPECT_EQ(compare(Value{}, Value{}), std::nullopt);
  EXPECT_EQ(compare(Value::list({}), Value::list({})), std::nullopt);
  EXPECT_FALSE(is_equal(Value::string("a"), Value::bytes("a")));
  EXPECT_FALSE(is_equal(Value{}, Value::boolean(false)));
}

TEST(Value, JsonEqualsWhatItSays) {
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"a": [1, "x", null, true], "b": 2.5, "a": [1.0, "x", null, true]})"));
  const Value of_a[] = {Value::int64(1), Value::string("x"), Value{}, Value::boolean(true)};
  const MapEntry entries[] = {{Value::string("b"), Value::float64(2.5)},
                              {Value::string("a"), Value::list(of_a)}};
  Arena arena;
  const Value map = Value::map(*make_map(arena, entries));
  EXPECT_TRUE(is_equal(Value::json(tree.root()), map));
  EXPECT_TRUE(is_equal(map, Value::json(tree.root())));
}

TEST(Value, JsonNumbersAreWhatIsDeclared) {
  struct Case {
    const char* json = "";
    JsonNumbers numbers = JsonNumbers::float64;
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"5", JsonNumbers::float64, "5.0"},
      {"5", JsonNumbers::int64, "5"},
      {"5.0", JsonNumbers::int64, "5"},
      {"5e2", JsonNumbers::int64, "500"},
      {"5.5", JsonNumbers::int64, "error(bad_conversion)"},
      {"9223372036854775807", JsonNumbers::int64, "9223372036854775807"},
      {"9223372036854775808", JsonNumbers::int64, "error(bad_conversion)"},
      {"18446744073709551615", JsonNumbers::uint64, "18446744073709551615u"},
      {"18446744073709551616", JsonNumbers::uint64, "error(bad_conversion)"},
      {"-1", JsonNumbers::uint64, "error(bad_conversion)"},
      {"1e400", JsonNumbers::float64, "Infinity"},
      {"-1e400", JsonNumbers::float64, "-Infinity"},
      {"1e-400", JsonNumbers::float64, "0.0"},
  };
  for (const Case& c : kCases) {
    JsonTree tree;
    ASSERT_TRUE(tree.fill(c.json));
    EXPECT_EQ(to_text(Value::json(tree.root(), c.numbers)), c.expected) << c.json;
  }
}

TEST(Value, ComparisonSpendsNoMoreThanItMay) {
  // Thirty lists, each of which holds the one before twice: 2^30 values to walk.
  std::vector<std::array<Value, 2>> lists(30);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const Value before = i == 0 ? Value::int64(1) : Value::list(lists[i - 1]);
    lists[i] = {before, before};
  }
  const Value whole = Value::list(lists.back());
  std::uint64_t steps = 10'000;
  EXPECT_FALSE(is_equal(whole, whole, steps));
  EXPECT_EQ(steps, 0U);
}

}  // namespace
}  // namespace junctor::lang::cel
