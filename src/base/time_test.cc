// Goal: the printed form of a time is RFC 3339 in UTC, of one length, whatever the time.
// Method: known points in time, also before 1970, on leap days and with parts of a microsecond.
#include "base/time.h"

#include <type_traits>

#include <gtest/gtest.h>

namespace junctor {
namespace {

using namespace std::chrono_literals;

static_assert(!std::is_convertible_v<Time, WallTime> && !std::is_convertible_v<WallTime, Time>);

struct Case {
  const char* name;
  Duration since_epoch;
  const char* text;
};

const Case kCases[] = {
    {"epoch", 0s, "1970-01-01T00:00:00.000000Z"},
    {"microseconds", 1'785'231'000s + 123us, "2026-07-28T09:30:00.000123Z"},
    {"nanoseconds_are_cut", 999ns, "1970-01-01T00:00:00.000000Z"},
    {"leap_day", 951'782'400s, "2000-02-29T00:00:00.000000Z"},
    {"last_second_of_a_year", 1'798'761'599s + 999'999us, "2026-12-31T23:59:59.999999Z"},
    {"before_the_epoch", -1ns, "1969-12-31T23:59:59.999999Z"},
};

TEST(Rfc3339, PrintsUtcWithSixDecimals) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(rfc3339(WallTime{one.since_epoch}), one.text);
  }
}

TEST(Never, IsLaterThanAnyDeadline) {
  EXPECT_GT(kNever, Time{Duration{std::chrono::hours{24 * 365 * 200}}});
}

}  // namespace
}  // namespace junctor
