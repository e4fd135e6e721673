#pragma once
// TimeZones: what the caller loaded of the time zone database, to ask for offsets by name.
//
// The room reads no files: the caller gives the bytes of each zone. "UTC" and fixed offsets
// ("+02:00", "-09:30", "02:00") are known without.
//
// Source:  RFC 8536 (TZif, versions 1 to 4) and its footer, the TZ string of POSIX; CEL language
//          definition, "Timezones".
// Limits:  kZoneBytesMax a zone, kZonesMax zones.
// Errors:  invalid_argument "bad_time_zone"; too_large "time_zones_too_large". A name that is not
//          there: nullopt.
// Threads: immutable once filled; then safe from all.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace junctor::lang::cel {

// One zone, as read.
class TimeZone {
 public:
  [[nodiscard]] static Result<TimeZone> read(std::string_view tzif);
  // Seconds east of Greenwich at that time (seconds since 1970, UTC).
  [[nodiscard]] std::int64_t offset_at(std::int64_t seconds) const noexcept;

 private:
  // When daylight saving begins or ends in a year: day and second of the day, in local time.
  struct Change {
    enum class Form : std::uint8_t { julian, day_of_year, month_week_day };
    Form form = Form::month_week_day;
    std::int64_t month = 0;
    std::int64_t week = 0;
    std::int64_t day = 0;
    std::int64_t seconds = 0;
    [[nodiscard]] std::int64_t second_of(std::int64_t year) const noexcept;
  };
  // What holds behind the last transition.
  struct Rule {
    std::int64_t standard = 0;
    std::int64_t daylight = 0;
    bool has_daylight = false;
    Change begin;
    Change end;
    [[nodiscard]] std::int64_t offset_at(std::int64_t seconds) const noexcept;
  };
  class RuleReader;
  class FileReader;

  std::vector<std::int64_t> transitions_;  // Ascending.
  std::vector<std::int32_t> offsets_;      // From each of them on.
  std::int32_t first_offset_ = 0;
  std::optional<Rule> rule_;
};

class TimeZones {
 public:
  static constexpr std::size_t kZoneBytesMax = std::size_t{1024} * 1024;
  static constexpr std::size_t kZonesMax = 4096;

  // `name` as in the database: "Europe/Paris". The bytes are read, and not kept.
  [[nodiscard]] Result<> add(std::string_view name, std::string_view tzif);
  [[nodiscard]] bool knows(std::string_view name) const noexcept;
  // Seconds east of Greenwich.
  [[nodiscard]] std::optional<std::int64_t> offset(std::string_view name,
                                                   std::int64_t seconds) const noexcept;

 private:
  std::map<std::string, TimeZone, std::less<>> zones_;
};

// "UTC", "+02:00", "02:00", "-09:30"; nullopt for another name.
[[nodiscard]] std::optional<std::int64_t> fixed_offset(std::string_view name) noexcept;

}  // namespace junctor::lang::cel
