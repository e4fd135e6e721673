#include "lang/cel/time_zones.h"

#include <algorithm>
#include <utility>

#include "lang/cel/moment.h"

namespace junctor::lang::cel {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::size_t kHeaderBytes = 44;

std::unexpected<Error> bad_zone(std::string_view what) {
  return fail(ErrorKind::invalid_argument, "bad_time_zone",
              "these bytes are no time zone (TZif): " + std::string{what});
}

std::int64_t read_big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  if (bytes.size() == 4) return static_cast<std::int32_t>(value);
  return static_cast<std::int64_t>(value);
}

std::int64_t day_of_month_week(std::int64_t year, std::int64_t month, std::int64_t week,
                               std::int64_t day) noexcept {
  const std::int64_t first = days_of(year, month, 1);
  const std::int64_t weekday = ((first + 4) % 7 + 7) % 7;
  std::int64_t found = first + (day - weekday + 7) % 7 + (week - 1) * 7;
  const std::int64_t next = month == 12 ? days_of(year + 1, 1, 1) : days_of(year, month + 1, 1);
  while (found >= next) found -= 7;
  return found;
}

}  // namespace

// Reads "CET-1CEST,M3.5.0,M10.5.0/3".
class TimeZone::RuleReader {
 public:
  explicit RuleReader(std::string_view text) noexcept : text_{text} {}

  std::optional<Rule> read() {
    Rule rule;
    if (!name() || !time(rule.standard)) return std::nullopt;
    rule.standard = -rule.standard;
    if (at_ == text_.size()) return rule;
    if (!name()) return std::nullopt;
    rule.has_daylight = true;
    rule.daylight = rule.standard + 3600;
    if (at_ < text_.size() && text_[at_] != ',') {
      if (!time(rule.daylight)) return std::nullopt;
      rule.daylight = -rule.daylight;
    }
    if (!change(rule.begin) || !change(rule.end) || at_ != text_.size()) return std::nullopt;
    return rule;
  }

 private:
  bool take(char wanted) noexcept {
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool name() noexcept {
    const std::size_t begin = at_;
    if (take('<')) {
      while (at_ < text_.size() && text_[at_] != '>') ++at_;
      return take('>');
    }
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (at_ < text_.size() && is_letter(text_[at_])) ++at_;
    return at_ - begin >= 3;
  }
  bool number(std::int64_t& value) noexcept {
    const std::size_t begin = at_;
    value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - begin < 4)
      value = value * 10 + (text_[at_++] - '0');
    return at_ != begin;
  }
  // [+-]hh[:mm[:ss]]
  bool time(std::int64_t& seconds) noexcept {
    const bool is_negative = take('-');
    if (!is_negative) (void)take('+');
    std::int64_t part = 0;
    if (!number(part) || part > 167) return false;
    seconds = part * 3600;
    for (std::int64_t unit = 60; unit != 0 && take(':'); unit = unit == 60 ? 1 : 0) {
      if (!number(part) || part > 59) return false;
      seconds += part * unit;
    }
    if (is_negative) seconds = -seconds;
    return true;
  }
  bool change(Change& change) noexcept {
    if (!take(',')) return false;
    if (take('M')) {
      if (!number(change.month) || !take('.') || !number(change.week) || !take('.') ||
          !number(change.day) || change.month < 1 || change.month > 12 || change.week < 1 ||
          change.week > 5 || change.day > 6)
        return false;
    } else {
      change.form = take('J') ? Change::Form::julian : Change::Form::day_of_year;
      if (!number(change.day) || change.day > 365) return false;
    }
    change.seconds = std::int64_t{2} * 3600;
    return !take('/') || time(change.seconds);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// In seconds since 1970, of local time.
std::int64_t TimeZone::Change::second_of(std::int64_t year) const noexcept {
  std::int64_t days = 0;
  if (form == Form::month_week_day) {
    days = day_of_month_week(year, month, week, day);
  } else {
    days = days_of(year, 1, 1) + day;
    // Julian days count from 1, and never count the leap day.
    if (form == Form::julian) days += is_leap_year(year) && day >= 60 ? 0 : -1;
  }
  return days * kSecondsPerDay + seconds;
}

std::int64_t TimeZone::Rule::offset_at(std::int64_t seconds) const noexcept {
  if (!has_daylight) return standard;
  const std::int64_t year = civil_time(seconds, standard).year;
  const std::int64_t begins = begin.second_of(year) - standard;
  const std::int64_t ends = end.second_of(year) - daylight;
  const bool is_daylight =
      begins < ends ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends;
  return is_daylight ? daylight : standard;
}

class TimeZone::FileReader {
 public:
  explicit FileReader(std::string_view bytes) noexcept : bytes_{bytes} {}

  Result<TimeZone> read() {
    JUNCTOR_CHECK(header());
    std::size_t time_bytes = 4;
    if (version_ >= '2') {
      // The first block is for readers of version 1.
      const std::size_t skipped = block_bytes(4);
      if (bytes_.size() < skipped) return bad_zone("it ends in its first block");
      bytes_.remove_prefix(skipped);
      JUNCTOR_CHECK(header());
      time_bytes = 8;
    }
    if (bytes_.size() < block_bytes(time_bytes)) return bad_zone("it ends in its data");
    TimeZone zone;
    JUNCTOR_CHECK(block(zone, time_bytes));
    if (version_ >= '2') JUNCTOR_CHECK(footer(zone));
    return zone;
  }

 private:
  Result<> header() {
    if (bytes_.size() < kHeaderBytes || !bytes_.starts_with("TZif"))
      return bad_zone("it does not begin with a header");
    version_ = bytes_[4];
    const auto count = [this](std::size_t index) {
      return static_cast<std::uint32_t>(read_big_endian(bytes_.substr(20 + index * 4, 4)));
    };
    utc_ = count(0);
    standard_ = count(1);
    leaps_ = count(2);
    times_ = count(3);
    types_ = count(4);
    characters_ = count(5);
    bytes_.remove_prefix(kHeaderBytes);
    if (types_ == 0 || types_ > 256) return bad_zone("it has no types of local time");
    return {};
  }
  [[nodiscard]] std::size_t block_bytes(std::size_t time_bytes) const noexcept {
    return times_ * (time_bytes + 1) + types_ * 6 + characters_ + leaps_ * (time_bytes + 4) +
           standard_ + utc_;
  }
  Result<> block(TimeZone& zone, std::size_t time_bytes) {
    const std::string_view indices = bytes_.substr(times_ * time_bytes, times_);
    const std::string_view types = bytes_.substr(times_ * (time_bytes + 1), types_ * 6);
    const auto offset_of = [types](std::size_t type) {
      return static_cast<std::int32_t>(read_big_endian(types.substr(type * 6, 4)));
    };
    zone.first_offset_ = offset_of(0);
    for (std::size_t i = 0; i < times_; ++i) {
      const auto type = static_cast<unsigned char>(indices[i]);
      if (type >= types_) return bad_zone("a transition names no type of local time");
      zone.transitions_.push_back(read_big_endian(bytes_.substr(i * time_bytes, time_bytes)));
      zone.offsets_.push_back(offset_of(type));
    }
    if (!std::ranges::is_sorted(zone.transitions_)) return bad_zone("its transitions are unsorted");
    bytes_.remove_prefix(block_bytes(time_bytes));
    return {};
  }
  Result<> footer(TimeZone& zone) {
    if (bytes_.empty() || bytes_.front() != '\n') return bad_zone("it has no footer");
    const std::size_t end = bytes_.find('\n', 1);
    if (end == std::string_view::npos) return bad_zone("its footer does not end");
    const std::string_view rule = bytes_.substr(1, end - 1);
    if (rule.empty()) return {};
    zone.rule_ = RuleReader{rule}.read();
    if (!zone.rule_) return bad_zone("its footer is no rule of POSIX");
    return {};
  }

  std::string_view bytes_;
  char version_ = 0;
  std::size_t utc_ = 0;
  std::size_t standard_ = 0;
  std::size_t leaps_ = 0;
  std::size_t times_ = 0;
  std::size_t types_ = 0;
  std::size_t characters_ = 0;
};

Result<TimeZone> TimeZone::read(std::string_view tzif) {
  return FileReader{tzif}.read();
}

std::int64_t TimeZone::offset_at(std::int64_t seconds) const noexcept {
  const auto behind = std::ranges::upper_bound(transitions_, seconds);
  if (behind == transitions_.end() && rule_) return rule_->offset_at(seconds);
  if (behind == transitions_.begin()) return first_offset_;
  return offsets_[static_cast<std::size_t>(behind - transitions_.begin()) - 1];
}

Result<> TimeZones::add(std::string_view name, std::string_view tzif) {
  if (tzif.size() > kZoneBytesMax || zones_.size() >= kZonesMax)
    return fail(ErrorKind::too_large, "time_zones_too_large",
                "there are too many time zones, or one is too large: " + std::string{name});
  JUNCTOR_TRY(TimeZone zone, TimeZone::read(tzif));
  zones_.insert_or_assign(std::string{name}, std::move(zone));
  return {};
}

bool TimeZones::knows(std::string_view name) const noexcept {
  return zones_.contains(name) || fixed_offset(name).has_value();
}

std::optional<std::int64_t> TimeZones::offset(std::string_view name,
                                              std::int64_t seconds) const noexcept {
  if (const auto fixed = fixed_offset(name)) return fixed;
  const auto found = zones_.find(name);
  if (found == zones_.end()) return std::nullopt;
  return found->second.offset_at(seconds);
}

std::optional<std::int64_t> fixed_offset(std::string_view name) noexcept {
  if (name == "UTC" || name == "Z") return 0;
  const bool is_west = name.starts_with('-');
  if (is_west || name.starts_with('+')) name.remove_prefix(1);
  const auto is_digit = [name](std::size_t at) { return name[at] >= '0' && name[at] <= '9'; };
  if (name.size() != 5 || name[2] != ':' || !is_digit(0) || !is_digit(1) || !is_digit(3) ||
      !is_digit(4))
    return std::nullopt;
  const std::int64_t hours = (name[0] - '0') * 10 + (name[1] - '0');
  const std::int64_t minutes = (name[3] - '0') * 10 + (name[4] - '0');
  if (hours > 23 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return is_west ? -seconds : seconds;
}

}  // namespace junctor::lang::cel
