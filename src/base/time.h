#pragma once
// The three words for time: how long, when by the monotonic clock, when by the calendar.
//
// Nothing here reads a clock: a time is an argument, and whoever needs "now" is given a clock. A
// Time and a WallTime never mix: deadlines and timeouts are Time, what is shown or sealed is
// WallTime.
//
// Source:  RFC 3339 section 5.6 (the printed form, always in UTC).
// Errors:  none; a WallTime outside the years 1677 to 2262 cannot be represented.
// Threads: values; safe from all.

#include <chrono>
#include <string>

namespace junctor {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

// A deadline that does not come.
inline constexpr Time kNever = Time::max();

// "2026-07-28T09:30:00.000123Z", always with six decimals, so that lines sort as text.
[[nodiscard]] std::string rfc3339(WallTime time);

}  // namespace junctor
