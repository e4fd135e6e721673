// The parts of timestamps and durations.

#include "lang/cel/library.h"
#include "lang/cel/moment.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

using Part = std::int64_t (*)(const CivilTime&);

std::int64_t full_year(const CivilTime& time) {
  return time.year;
}
std::int64_t month(const CivilTime& time) {
  return time.month - 1;
}
std::int64_t date(const CivilTime& time) {
  return time.day;
}
std::int64_t day_of_month(const CivilTime& time) {
  return time.day - 1;
}
std::int64_t day_of_week(const CivilTime& time) {
  return time.day_of_week;
}
std::int64_t day_of_year(const CivilTime& time) {
  return time.day_of_year;
}
std::int64_t hours(const CivilTime& time) {
  return time.hour;
}
std::int64_t minutes(const CivilTime& time) {
  return time.minute;
}
std::int64_t seconds(const CivilTime& time) {
  return time.second;
}

template <Part kPart>
Value in_utc(Machine& /*machine*/, Arguments a) {
  return Value::int64(kPart(civil_time(a[0].moment().seconds)));
}

template <Part kPart>
Value in_zone(Machine& machine, Arguments a) {
  const std::string_view name = a[1].text();
  const std::int64_t at = a[0].moment().seconds;
  const std::optional<std::int64_t> offset =
      machine.zones() == nullptr ? fixed_offset(name) : machine.zones()->offset(name, at);
  if (!offset)
    return machine.fail_with(Fault::invalid_argument,
                             "there is no time zone " + quote(name.substr(0, 64)));
  return Value::int64(kPart(civil_time(at, *offset)));
}

Value timestamp_milliseconds(Machine& /*machine*/, Arguments a) {
  return Value::int64(a[0].moment().nanos / 1'000'000);
}

// A zone is moved by whole seconds; it must be one all the same.
Value timestamp_milliseconds_in(Machine& machine, Arguments a) {
  const Value checked = in_zone<seconds>(machine, a);
  return checked.is_error() ? checked : Value::int64(a[0].moment().nanos / 1'000'000);
}

template <std::int64_t kUnit>
Value duration_in(Machine& /*machine*/, Arguments a) {
  return Value::int64(a[0].moment().seconds / kUnit);
}

// The part below a second alone.
Value duration_milliseconds(Machine& /*machine*/, Arguments a) {
  return Value::int64(a[0].moment().nanos / 1'000'000);
}

constexpr auto kMethod = CallStyle::method;
constexpr std::string_view kUtc = "timestamp -> int";
constexpr std::string_view kZone = "timestamp, string -> int";
constexpr std::string_view kLength = "duration -> int";

constexpr FunctionRow kTimes[] = {
    {"getFullYear", kMethod, kUtc, in_utc<full_year>},
    {"getFullYear", kMethod, kZone, in_zone<full_year>},
    {"getMonth", kMethod, kUtc, in_utc<month>},
    {"getMonth", kMethod, kZone, in_zone<month>},
    {"getDate", kMethod, kUtc, in_utc<date>},
    {"getDate", kMethod, kZone, in_zone<date>},
    {"getDayOfMonth", kMethod, kUtc, in_utc<day_of_month>},
    {"getDayOfMonth", kMethod, kZone, in_zone<day_of_month>},
    {"getDayOfWeek", kMethod, kUtc, in_utc<day_of_week>},
    {"getDayOfWeek", kMethod, kZone, in_zone<day_of_week>},
    {"getDayOfYear", kMethod, kUtc, in_utc<day_of_year>},
    {"getDayOfYear", kMethod, kZone, in_zone<day_of_year>},
    {"getHours", kMethod, kUtc, in_utc<hours>},
    {"getHours", kMethod, kZone, in_zone<hours>},
    {"getMinutes", kMethod, kUtc, in_utc<minutes>},
    {"getMinutes", kMethod, kZone, in_zone<minutes>},
    {"getSeconds", kMethod, kUtc, in_utc<seconds>},
    {"getSeconds", kMethod, kZone, in_zone<seconds>},
    {"getMilliseconds", kMethod, kUtc, timestamp_milliseconds},
    {"getMilliseconds", kMethod, kZone, timestamp_milliseconds_in},
    {"getHours", kMethod, kLength, duration_in<3600>},
    {"getMinutes", kMethod, kLength, duration_in<60>},
    {"getSeconds", kMethod, kLength, duration_in<1>},
    {"getMilliseconds", kMethod, kLength, duration_milliseconds},
};

}  // namespace

std::span<const FunctionRow> time_functions() noexcept {
  return kTimes;
}

}  // namespace junctor::lang::cel
