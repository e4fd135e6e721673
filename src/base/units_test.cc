// Goal: sizes and durations are read as documented, and printed so that they read back the same.
// Method: tables of good and bad texts; round trips over the edges and over random values.
#include "base/units.h"

#include <random>

#include <gtest/gtest.h>

namespace junctor {
namespace {

using namespace std::chrono_literals;

static_assert(64_KiB == 65'536 && 16_MiB == 16'777'216 && 1_GiB == 1'073'741'824);

struct DurationCase {
  const char* text;
  Duration value;
  const char* printed;
};
const DurationCase kDurations[] = {
    {"0", 0s, "0s"},
    {"0ms", 0s, "0s"},
    {"1ns", 1ns, "1ns"},
    {"1000ns", 1us, "1us"},
    {"250ms", 250ms, "250ms"},
    {"30s", 30s, "30s"},
    {"90s", 90s, "90s"},
    {"120s", 2min, "2m"},
    {"5m", 5min, "5m"},
    {"1h", 1h, "1h"},
    {"24h", 24h, "1d"},
    {"007s", 7s, "7s"},
    {"9223372036854775807ns", Duration::max(), "9223372036854775807ns"},
};

TEST(ParseDuration, ReadsAWholeNumberAndAUnit) {
  for (const auto& one : kDurations) {
    SCOPED_TRACE(one.text);
    const auto value = parse_duration(one.text);
    ASSERT_TRUE(value);
    EXPECT_EQ(*value, one.value);
    EXPECT_EQ(format_duration(*value), one.printed);
  }
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text :
       {"", "s", "30", "1.5s", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1sec", "1h30m", "0x1s",
        "9223372036854775808ns", "999999999d", "1e3s", "18446744073709551616ns"}) {
    SCOPED_TRACE(text);
    const auto value = parse_duration(text);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(value.error().reason(), "invalid_duration");
  }
}

struct BytesCase {
  const char* text;
  std::uint64_t value;
  const char* printed;
};
const BytesCase kSizes[] = {
    {"0", 0, "0"},
    {"1", 1, "1"},
    {"1023", 1023, "1023"},
    {"1024", 1024, "1KiB"},
    {"64KiB", 65'536, "64KiB"},
    {"1536KiB", 1'572'864, "1536KiB"},
    {"16MiB", 16'777'216, "16MiB"},
    {"2GiB", 2'147'483'648, "2GiB"},
    {"0KiB", 0, "0"},
    {"18446744073709551615", UINT64_MAX, "18446744073709551615"},
};

TEST(ParseBytes, ReadsBytesOrBinaryUnits) {
  for (const auto& one : kSizes) {
    SCOPED_TRACE(one.text);
    const auto value = parse_bytes(one.text);
    ASSERT_TRUE(value);
    EXPECT_EQ(*value, one.value);
    EXPECT_EQ(format_bytes(*value), one.printed);
  }
}

TEST(ParseBytes, RefusesEverythingElse) {
  for (const char* text : {"", "KiB", "1KB", "1kib", "1K", "1.5MiB", "-1", "1 KiB", "1B", "1TiB",
                           "18446744073709551616", "17179869184GiB"}) {
    SCOPED_TRACE(text);
    const auto value = parse_bytes(text);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().reason(), "invalid_size");
  }
}

TEST(Units, WhatIsPrintedReadsBack) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    ASSERT_EQ(parse_bytes(format_bytes(value)).value(), value);
    const Duration duration{static_cast<Duration::rep>(value >> 1U)};
    ASSERT_EQ(parse_duration(format_duration(duration)).value(), duration);
  }
}

}  // namespace
}  // namespace junctor
