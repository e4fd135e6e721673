// Goal: small numbers compare and divide as Decimal says. Method: every pair of a table of written
// numbers, asked of both.

#include "lang/schema/small_number.h"

#include <gtest/gtest.h>

#include <string>

#include "lang/decimal.h"

namespace junctor::lang::schema {
namespace {

TEST(SmallNumber, AgreesWithDecimal) {
  constexpr const char* kNumbers[] = {
      "0",    "-0",    "0.0",   "1",   "-1",     "10",     "0.1",  "0.10",
      "0.01", "19.99", "-19.9", "0.3", "999999", "1e0",    "7.0",  "123456789012345678",
      "3",    "0.5",   "1.5",   "4.5", "-4.5",   "100.25", "0.25", "0.0000000000000001",
  };
  for (const char* one : kNumbers) {
    for (const char* other : kNumbers) {
      SCOPED_TRACE(std::string{one} + " and " + other);
      const auto a = SmallNumber::parse(one);
      const auto b = SmallNumber::parse(other);
      if (!a || !b) continue;
      EXPECT_EQ(*a <=> *b, Decimal{one} <=> Decimal{other});
      if (b->mantissa == 0) continue;
      EXPECT_EQ(a->is_multiple_of(*b), Decimal{one}.is_multiple_of(Decimal{other}));
    }
  }
}

TEST(SmallNumber, LeavesTheRestToDecimal) {
  for (const char* none : {"1e2", "1E-2", "1234567890123456789", "0.123456789012345678"})
    EXPECT_FALSE(SmallNumber::parse(none)) << none;
  EXPECT_TRUE(SmallNumber::parse("-123456789012345678"));
}

}  // namespace
}  // namespace junctor::lang::schema
