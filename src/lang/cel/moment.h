#pragma once
// Points in time and lengths of time: how they are written, added and taken apart.
//
// A Moment holds seconds and nanoseconds apart, because the range of CEL does not fit 64 bits of
// nanoseconds. The calendar is the proleptic Gregorian one without leap seconds.
//
// Source:  RFC 3339; CEL language definition, "Overflow", "Date/Time Functions"; the range of
//          google.protobuf.Duration (+-315,576,000,000 s and less than one more).
// Limits:  timestamps of the years 1 to 9999.
// Errors:  nullopt: not written so, or out of range; fits_timestamp() and fits_duration() tell
//          which.
// Threads: functions of their arguments; safe from all.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lang/cel/value.h"

namespace junctor::lang::cel {

inline constexpr std::int64_t kTimestampSecondsMin = -62'135'596'800;
inline constexpr std::int64_t kTimestampSecondsMax = 253'402'300'799;
inline constexpr std::int64_t kDurationSecondsMax = 315'576'000'000;
inline constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

[[nodiscard]] constexpr bool fits_timestamp(Moment moment) noexcept {
  return moment.seconds >= kTimestampSecondsMin && moment.seconds <= kTimestampSecondsMax;
}
[[nodiscard]] constexpr bool fits_duration(Moment moment) noexcept {
  return moment.seconds >= -kDurationSecondsMax && moment.seconds <= kDurationSecondsMax;
}

struct ParsedMoment {
  std::optional<Moment> moment;
  bool is_out_of_range = false;  // It is well written, but is no moment of CEL.
};
// "2009-02-13T23:31:30.5+01:00". Digits of a second behind the ninth are dropped.
[[nodiscard]] ParsedMoment parse_timestamp(std::string_view text);
// "1h30m", "-1.5s", "0": h, m, s, ms, us, ns.
[[nodiscard]] ParsedMoment parse_duration(std::string_view text);
// In UTC; without zeros at the end of the fraction.
[[nodiscard]] std::string timestamp_text(Moment timestamp);
// In seconds: "5400s", "-0.5s".
[[nodiscard]] std::string duration_text(Moment duration);

// Of two moments of these kinds; the caller checks the range.
[[nodiscard]] Moment timestamp_plus(Moment timestamp, Moment duration) noexcept;
[[nodiscard]] Moment timestamp_minus(Moment timestamp, Moment duration) noexcept;
[[nodiscard]] Moment difference(Moment later, Moment earlier) noexcept;
[[nodiscard]] Moment duration_plus(Moment a, Moment b) noexcept;
[[nodiscard]] Moment negate(Moment duration) noexcept;

struct CivilTime {
  std::int64_t year = 1970;
  std::int64_t month = 1;  // From 1.
  std::int64_t day = 1;    // From 1.
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t day_of_week = 4;  // From 0, a Sunday.
  std::int64_t day_of_year = 0;  // From 0.
};
// At so many seconds east of Greenwich.
[[nodiscard]] CivilTime civil_time(std::int64_t seconds, std::int64_t offset = 0) noexcept;
// Days since 1970-01-01.
[[nodiscard]] std::int64_t days_of(std::int64_t year, std::int64_t month,
                                   std::int64_t day) noexcept;
[[nodiscard]] constexpr bool is_leap_year(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

}  // namespace junctor::lang::cel
