// Goal: numbers are compared and divided by their exact value, however they are written and however
// large they are. Method: tables of written numbers, each pair looked at from both sides.

#include "lang/decimal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace junctor::lang {
namespace {

TEST(Decimal, OrderIsThatOfValues) {
  struct Case {
    const char* less = "";
    const char* more = "";
  };
  constexpr Case kCases[] = {
      {"0", "1"},
      {"-1", "0"},
      {"-2", "-1"},
      {"9", "10"},
      {"0.1", "0.11"},
      {"0.09", "0.1"},
      {"99", "1e2"},
      {"-1e2", "-99"},
      {"1e400", "2e400"},
      {"1e399", "1e400"},
      {"-1e400", "1e-400"},
      {"0", "1e-400"},
      {"9223372036854775807", "9223372036854775808"},
      {"0.1e1", "1.0000000000000000000000000001"},
      {"1e99999999999999999998", "1.1e99999999999999999999"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.less);
    EXPECT_LT(Decimal{c.less}, Decimal{c.more});
    EXPECT_GT(Decimal{c.more}, Decimal{c.less});
    EXPECT_NE(Decimal{c.less}, Decimal{c.more});
  }
}

TEST(Decimal, WritingDoesNotMatter) {
  struct Case {
    const char* one = "";
    const char* other = "";
  };
  constexpr Case kCases[] = {
      {"0", "-0.0e5"},   {"1", "1.0"},           {"100", "1e2"},    {"100", "1.00E+2"},
      {"-0.5", "-5e-1"}, {"1234.5", "12345e-1"}, {"0.001", "1e-3"}, {"10.10", "101e-1"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.one);
    EXPECT_EQ(Decimal{c.one}, Decimal{c.other});
    EXPECT_EQ(Decimal{c.one}.digest(), Decimal{c.other}.digest());
  }
}

TEST(Decimal, KnowsWholeNumbers) {
  for (const char* whole : {"0", "-7", "1.0", "1.50e1", "1e400", "0.000e-9"})
    EXPECT_TRUE(Decimal{whole}.is_integer()) << whole;
  for (const char* other : {"0.5", "1e-1", "-10.01", "15e-1", "1e-400"})
    EXPECT_FALSE(Decimal{other}.is_integer()) << other;
}

TEST(Decimal, KnowsWhatIsBelowOne) {
  for (const char* text :
       {"0", "-0.0", "0e9", "0.9", "-0.99999", "1e-1", "99e-2", "1e-400", "0.00"})
    EXPECT_TRUE(Decimal{text}.is_below_one()) << text;
  for (const char* text : {"1", "-1", "1.0", "10e-1", "0.1e1", "1e400", "-0.001e4"})
    EXPECT_FALSE(Decimal{text}.is_below_one()) << text;
}

TEST(Decimal, BecomesAnIntegerWhereItFits) {
  EXPECT_EQ(Decimal{"-9223372036854775808"}.to_int64(), INT64_MIN);
  EXPECT_EQ(Decimal{"9223372036854775807"}.to_int64(), INT64_MAX);
  EXPECT_EQ(Decimal{"9223372036854775808"}.to_int64(), std::nullopt);
  EXPECT_EQ(Decimal{"-9223372036854775809"}.to_int64(), std::nullopt);
  EXPECT_EQ(Decimal{"1.2e3"}.to_int64(), 1200);
  EXPECT_EQ(Decimal{"1e18"}.to_int64(), 1'000'000'000'000'000'000);
  EXPECT_EQ(Decimal{"1e19"}.to_int64(), std::nullopt);
  EXPECT_EQ(Decimal{"0.5"}.to_int64(), std::nullopt);
  EXPECT_EQ(Decimal{"0e7"}.to_int64(), 0);
}

TEST(Decimal, MultiplesAreExact) {
  struct Case {
    const char* value = "";
    const char* divisor = "";
    bool is_multiple = false;
  };
  constexpr Case kCases[] = {
      {"0.0075", "0.0001", true},
      {"0.00751", "0.0001", false},
      {"4.5", "1.5", true},
      {"0", "7", true},
      {"7", "0", false},
      {"35", "1.5", false},
      {"-6", "3", true},
      {"6", "-3", true},
      {"1e308", "0.123456789", false},
      {"1e308", "0.5", true},
      {"1e400", "3", false},
      {"3e400", "3", true},
      {"12391239123", "1e-8", true},
      {"1", "1e400", false},
      {"1e99999999999999999999", "7", false},
      {"246913578024691357802469135780", "123456789012345678901234567890", true},
      {"246913578024691357802469135781", "123456789012345678901234567890", false},
      {"1e60", "1152921504606846976", true},  // 2^60, of 19 digits.
      {"1e59", "1152921504606846976", false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string{c.value} + " / " + c.divisor);
    EXPECT_EQ(Decimal{c.value}.is_multiple_of(Decimal{c.divisor}), c.is_multiple);
  }
}

// No number costs more than its own digits.
TEST(Decimal, HostileDivisorsAreNotDividedBy) {
  const std::string nines(100'000, '9');
  EXPECT_FALSE(Decimal{nines}.is_multiple_of(Decimal{nines}));
  EXPECT_TRUE(Decimal{nines}.is_multiple_of(Decimal{"9"}));
}

}  // namespace
}  // namespace junctor::lang
