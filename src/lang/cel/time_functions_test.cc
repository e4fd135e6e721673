// Goal: parts of a time are those of the zone that is asked for, and parts of a duration its whole
// units. Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(TimeFunctions, PartsInUtc) {
  constexpr Row kRows[] = {
      {"year", "timestamp('2024-02-29T12:30:45.678Z').getFullYear()", "2024"},
      {"month_from_zero", "timestamp('2024-02-29T12:30:45.678Z').getMonth()", "1"},
      {"date_from_one", "timestamp('2024-02-29T12:30:45.678Z').getDate()", "29"},
      {"day_from_zero", "timestamp('2024-02-29T12:30:45.678Z').getDayOfMonth()", "28"},
      {"day_of_week", "timestamp('2024-02-29T12:30:45.678Z').getDayOfWeek()", "4"},
      {"sunday", "timestamp('2024-03-03T00:00:00Z').getDayOfWeek()", "0"},
      {"day_of_year", "timestamp('2024-12-31T00:00:00Z').getDayOfYear()", "365"},
      {"day_of_short_year", "timestamp('2023-12-31T00:00:00Z').getDayOfYear()", "364"},
      {"hours", "timestamp('2024-02-29T12:30:45.678Z').getHours()", "12"},
      {"minutes", "timestamp('2024-02-29T12:30:45.678Z').getMinutes()", "30"},
      {"seconds", "timestamp('2024-02-29T12:30:45.678Z').getSeconds()", "45"},
      {"milliseconds", "timestamp('2024-02-29T12:30:45.678Z').getMilliseconds()", "678"},
      {"before_1970", "timestamp('1969-12-31T23:59:59.5Z').getMilliseconds()", "500"},
  };
  expect_all(kRows);
}

TEST(TimeFunctions, PartsInAZone) {
  constexpr Row kRows[] = {
      {"year", "timestamp('2024-12-31T23:30:00Z').getFullYear('+01:00')", "2025"},
      {"month", "timestamp('2024-12-31T23:30:00Z').getMonth('+01:00')", "0"},
      {"date", "timestamp('2024-12-31T23:30:00Z').getDate('+01:00')", "1"},
      {"day", "timestamp('2024-12-31T23:30:00Z').getDayOfMonth('+01:00')", "0"},
      {"day_of_week", "timestamp('2024-03-03T00:00:00Z').getDayOfWeek('-01:00')", "6"},
      {"day_of_year", "timestamp('2024-12-31T23:30:00Z').getDayOfYear('+01:00')", "0"},
      {"hours", "timestamp(0).getHours('-02:30')", "21"},
      {"minutes", "timestamp(0).getMinutes('-02:30')", "30"},
      {"without_sign", "timestamp(0).getHours('02:00')", "2"},
      {"utc", "timestamp(0).getHours('UTC')", "0"},
      {"no_zone", "timestamp(0).getMilliseconds('x')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

TEST(TimeFunctions, Durations) {
  constexpr Row kRows[] = {
      {"hours", "duration('-90m').getHours()", "-1"},
      {"minutes", "duration('3730s').getMinutes()", "62"},
      {"seconds", "duration('3730.9s').getSeconds()", "3730"},
      {"milliseconds_of_the_second", "duration('61.5s').getMilliseconds()", "500"},
  };
  expect_all(kRows);
}

TEST(TimeFunctions, Sums) {
  constexpr Row kRows[] = {
      {"add", "timestamp(0) + duration('1h') == timestamp(3600)", "true"},
      {"add_reversed", "duration('1h') + timestamp(0) == timestamp(3600)", "true"},
      {"subtract", "timestamp(3600) - duration('1h') == timestamp(0)", "true"},
      {"between", "timestamp(60) - timestamp(0) == duration('1m')", "true"},
      {"durations", "duration('1h') - duration('1m') + duration('1m') == duration('60m')", "true"},
      {"order", "timestamp(0) < timestamp(1) && duration('1m') > duration('59s')", "true"},
      {"too_late", "timestamp('9999-12-31T23:59:59Z') + duration('1s')", "error: out_of_range"},
      {"too_early", "timestamp('0001-01-01T00:00:00Z') - duration('1s')", "error: out_of_range"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
