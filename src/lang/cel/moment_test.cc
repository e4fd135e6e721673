// Goal: timestamps and durations are read strictly, written shortly, and added exactly. Method:
// tables of texts; the calendar against days counted one by one.

#include "lang/cel/moment.h"

#include <gtest/gtest.h>

namespace junctor::lang::cel {
namespace {

TEST(Moment, TimestampsReadAsRfc3339Says) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"2009-02-13T23:31:30Z", "2009-02-13T23:31:30Z"},
      {"2009-02-13T23:31:30.120Z", "2009-02-13T23:31:30.12Z"},
      {"2009-02-13T23:31:30.1234567899Z", "2009-02-13T23:31:30.123456789Z"},
      {"2009-02-14T01:01:30+01:30", "2009-02-13T23:31:30Z"},
      {"2009-02-13T23:31:30-00:00", "2009-02-13T23:31:30Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
      {"0000-01-01T00:00:00Z", "range"},
      {"0001-01-01T00:00:00+00:01", "range"},
      {"1900-02-29T00:00:00Z", "none"},
      {"2009-02-13", "none"},
      {"2009-02-13t23:31:30Z", "none"},
      {"2009-02-13T23:31:30", "none"},
      {"2009-02-13T24:00:00Z", "none"},
      {"2009-02-13T23:60:00Z", "none"},
      {"2009-02-13T23:31:60Z", "none"},
      {"2009-13-01T00:00:00Z", "none"},
      {"2009-02-13T23:31:30.Z", "none"},
      {"2009-02-13T23:31:30Zx", "none"},
      {"2009-02-13T23:31:30+1:00", "none"},
      {"10000-01-01T00:00:00Z", "none"},
      {"", "none"},
  };
  for (const Case& c : kCases) {
    const ParsedMoment parsed = parse_timestamp(c.text);
    const std::string found = parsed.moment            ? timestamp_text(*parsed.moment)
                              : parsed.is_out_of_range ? "range"
                                                       : "none";
    EXPECT_EQ(found, c.expected) << c.text;
  }
}

TEST(Moment, DurationsReadUnitByUnit) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"1h30m", "5400s"},
      {"-1.5s", "-1.5s"},
      {"+2m", "120s"},
      {"0", "0s"},
      {"-0", "0s"},
      {"1h1m1s1ms1us1ns", "3661.001001001s"},
      {".5h", "1800s"},
      {"1.s", "1s"},
      {"100us", "0.0001s"},
      {"100\u00b5s", "0.0001s"},
      {"315576000000s999999999ns", "315576000000.999999999s"},
      {"315576000001s", "range"},
      {"-99999999999999999999999999999999h", "range"},
      {"1", "none"},
      {"s", "none"},
      {".s", "none"},
      {"1d", "none"},
      {"1h 1m", "none"},
      {"--1s", "none"},
      {"", "none"},
      {"-", "none"},
      {"1s0", "none"},
  };
  for (const Case& c : kCases) {
    const ParsedMoment parsed = parse_duration(c.text);
    const std::string found = parsed.moment            ? duration_text(*parsed.moment)
                              : parsed.is_out_of_range ? "range"
                                                       : "none";
    EXPECT_EQ(found, c.expected) << c.text;
  }
}

TEST(Moment, TheCalendarCountsEveryDay) {
  CivilTime before = civil_time(days_of(-1, 12, 31) * 86'400);
  for (std::int64_t day = days_of(0, 1, 1); day < days_of(2500, 1, 1); ++day) {
    const CivilTime now = civil_time(day * 86'400);
    ASSERT_EQ(days_of(now.year, now.month, now.day), day);
    ASSERT_EQ(now.day_of_week, (before.day_of_week + 1) % 7);
    const bool is_new_year = now.year != before.year;
    ASSERT_EQ(now.day_of_year, is_new_year ? 0 : before.day_of_year + 1);
    if (is_new_year) ASSERT_EQ(before.day_of_year, is_leap_year(before.year) ? 365 : 364);
    before = now;
  }
}

TEST(Moment, SumsCarryNanoseconds) {
  const Moment point{.seconds = 10, .nanos = 600'000'000};
  const Moment length{.seconds = 1, .nanos = 500'000'000};
  EXPECT_EQ(timestamp_plus(point, length), (Moment{12, 100'000'000}));
  EXPECT_EQ(timestamp_minus(point, length), (Moment{9, 100'000'000}));
  EXPECT_EQ(timestamp_minus({0, 0}, {0, 1}), (Moment{-1, 999'999'999}));
  EXPECT_EQ(difference({0, 0}, {0, 1}), (Moment{0, -1}));
  EXPECT_EQ(duration_plus(length, negate(length)), (Moment{0, 0}));
}

TEST(Moment, OffsetsMoveTheCivilTime) {
  const CivilTime time = civil_time(0, -3600);
  EXPECT_EQ(time.year, 1969);
  EXPECT_EQ(time.month, 12);
  EXPECT_EQ(time.day, 31);
  EXPECT_EQ(time.hour, 23);
}

}  // namespace
}  // namespace junctor::lang::cel
