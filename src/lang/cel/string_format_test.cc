// Goal: format() is bounded in what it makes, whatever it is given. Method: values that are large
// in themselves, deep, or an error; the texts it makes are in library_test.cc and the official
// tests.

#include "lang/cel/string_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace junctor::lang::cel {
namespace {

TEST(StringFormat, ResultIsBounded) {
  Arena arena;
  PatternCache patterns;
  Machine machine{arena, patterns, nullptr, 1'000'000};
  const std::string large(kFormatBytesMax, 'a');
  const Value list[] = {Value::string(large), Value::string("b")};
  const Value made = format_string(machine, "%s%s", Value::list(list));
  EXPECT_EQ(made.fault(), Fault::memory_exceeded);
  EXPECT_TRUE(machine.is_stopped());
}

TEST(StringFormat, DoublesHaveTheDigitsThatMatter) {
  struct Case {
    double value = 0;
    std::string text;
  };
  const Case kCases[] = {
      {0.1, "0.1"},
      {-2.5, "-2.5"},
      {1e21, "1000000000000000000000"},
      {-1.5e20, "-150000000000000000000"},
      {1e308, "1" + std::string(308, '0')},
      {9007199254740993.0, "9007199254740992"},
      {1e-7, "0.0000001"},
  };
  for (const Case& c : kCases) {
    Arena arena;
    PatternCache patterns;
    Machine machine{arena, patterns, nullptr, 1'000'000};
    const Value list[] = {Value::float64(c.value)};
    EXPECT_EQ(format_string(machine, "%s", Value::list(list)).text(), c.text);
  }
}

TEST(StringFormat, DepthIsBounded) {
  Arena arena;
  PatternCache patterns;
  Machine machine{arena, patterns, nullptr, 1'000'000};
  std::vector<Value> lists(kValueDepthMax + 10);
  for (std::size_t i = 1; i < lists.size(); ++i) lists[i] = Value::list({&lists[i - 1], 1});
  const Value made = format_string(machine, "%s", Value::list({&lists.back(), 1}));
  EXPECT_EQ(made.fault(), Fault::invalid_argument);
}

TEST(StringFormat, AnErrorAmongTheValuesComesOut) {
  Arena arena;
  PatternCache patterns;
  Machine machine{arena, patterns, nullptr, 1'000'000};
  const Value list[] = {Value::error(Fault::bad_conversion, "1.5")};
  EXPECT_EQ(format_string(machine, "%s", Value::list(list)).fault(), Fault::bad_conversion);
}

}  // namespace
}  // namespace junctor::lang::cel
