#include "lang/cel/moment.h"

#include <fmt/format.h>

#include <array>

namespace junctor::lang::cel {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;

// A reader of fixed forms.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_{text} {}

  [[nodiscard]] bool is_at_end() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] char peek() const noexcept { return is_at_end() ? '\0' : text_[at_]; }
  bool take(char wanted) noexcept {
    if (peek() != wanted || is_at_end()) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool is_digit() const noexcept { return peek() >= '0' && peek() <= '9'; }
  int digit() noexcept { return text_[at_++] - '0'; }
  // Exactly so many digits; -1 when there are not.
  std::int64_t digits(int count) noexcept {
    std::int64_t value = 0;
    for (; count != 0; --count) {
      if (!is_digit()) return -1;
      value = value * 10 + digit();
    }
    return value;
  }
  bool take(std::string_view wanted) noexcept {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

std::int64_t days_in_month(std::int64_t year, std::int64_t month) noexcept {
  constexpr std::array<std::int64_t, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// The fraction behind a point, in nanoseconds; -1 when there is no digit.
std::int64_t fraction(Reader& reader) noexcept {
  if (!reader.is_digit()) return -1;
  std::int64_t nanos = 0;
  std::int64_t unit = kNanosPerSecond / 10;
  for (; reader.is_digit(); unit /= 10) nanos += reader.digit() * unit;
  return nanos;
}

// Seconds east of Greenwich; nothing when it is not written so.
std::optional<std::int64_t> offset(Reader& reader) noexcept {
  if (reader.take('Z')) return 0;
  const bool is_west = reader.peek() == '-';
  if (!reader.take('-') && !reader.take('+')) return std::nullopt;
  const std::int64_t hours = reader.digits(2);
  if (hours < 0 || hours > 23 || !reader.take(':')) return std::nullopt;
  const std::int64_t minutes = reader.digits(2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  const std::int64_t seconds = hours * 3600 + minutes * 60;
  return is_west ? -seconds : seconds;
}

// Nanoseconds of one unit; 0 when there is none.
std::int64_t take_unit(Reader& reader) noexcept {
  if (reader.take("ns")) return 1;
  if (reader.take("us") || reader.take("\u00b5s") || reader.take("\u03bcs")) return 1000;
  if (reader.take("ms")) return 1'000'000;
  if (reader.take("s")) return kNanosPerSecond;
  if (reader.take("m")) return 60 * kNanosPerSecond;
  if (reader.take("h")) return 3600 * kNanosPerSecond;
  return 0;
}

using Nanos = __int128;

// Of a length of time: both parts have its sign.
Moment of_nanos(Nanos nanos) noexcept {
  return {.seconds = static_cast<std::int64_t>(nanos / kNanosPerSecond),
          .nanos = static_cast<std::int32_t>(nanos % kNanosPerSecond)};
}

Nanos nanos_of(Moment moment) noexcept {
  return static_cast<Nanos>(moment.seconds) * kNanosPerSecond + moment.nanos;
}

// Of a point in time: nanoseconds are not negative.
Moment point_of(Nanos nanos) noexcept {
  Moment moment = of_nanos(nanos);
  if (moment.nanos < 0) {
    moment.nanos += kNanosPerSecond;
    --moment.seconds;
  }
  return moment;
}

std::string fraction_text(std::int32_t nanos) {
  if (nanos == 0) return {};
  std::string text = fmt::format(".{:09}", nanos);
  text.resize(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
  // Years begin in March, so that the leap day is the last one.
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  constexpr std::int64_t kDaysPerEra = 146'097;
  constexpr std::int64_t kDaysTo1970 = 719'468;
  return era * kDaysPerEra + day_of_era - kDaysTo1970;
}

CivilTime civil_time(std::int64_t seconds, std::int64_t offset) noexcept {
  seconds += offset;
  std::int64_t days = seconds / kSecondsPerDay;
  std::int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  CivilTime time{.hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60};
  time.day_of_week = ((days + 4) % 7 + 7) % 7;
  const std::int64_t shifted = days + 719'468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t day_of_era = shifted - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t from_march =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * from_march + 2) / 153;
  time.day = from_march - (153 * month_from_march + 2) / 5 + 1;
  time.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  time.year = year_of_era + era * 400 + (time.month <= 2 ? 1 : 0);
  time.day_of_year = days - days_of(time.year, 1, 1);
  return time;
}

ParsedMoment parse_timestamp(std::string_view text) {
  Reader reader{text};
  const std::int64_t year = reader.digits(4);
  if (year < 0 || !reader.take('-')) return {};
  const std::int64_t month = reader.digits(2);
  if (month < 1 || month > 12 || !reader.take('-')) return {};
  const std::int64_t day = reader.digits(2);
  if (day < 1 || day > days_in_month(year, month) || !reader.take('T')) return {};
  const std::int64_t hour = reader.digits(2);
  if (hour < 0 || hour > 23 || !reader.take(':')) return {};
  const std::int64_t minute = reader.digits(2);
  if (minute < 0 || minute > 59 || !reader.take(':')) return {};
  const std::int64_t second = reader.digits(2);
  if (second < 0 || second > 59) return {};
  const std::int64_t nanos = reader.take('.') ? fraction(reader) : 0;
  if (nanos < 0) return {};
  const std::optional<std::int64_t> east = offset(reader);
  if (!east || !reader.is_at_end()) return {};
  const Moment moment{.seconds = days_of(year, month, day) * kSecondsPerDay + hour * 3600 +
                                 minute * 60 + second - *east,
                      .nanos = static_cast<std::int32_t>(nanos)};
  if (!fits_timestamp(moment)) return {.moment = {}, .is_out_of_range = true};
  return {.moment = moment};
}

ParsedMoment parse_duration(std::string_view text) {
  Reader reader{text};
  const bool is_negative = reader.peek() == '-';
  if (!reader.take('-')) (void)reader.take('+');
  if (reader.is_at_end()) return {};
  constexpr Nanos kNanosMax = static_cast<Nanos>(kDurationSecondsMax + 1) * kNanosPerSecond;
  Nanos total = 0;
  bool is_out_of_range = false;
  bool is_zero = false;
  while (!reader.is_at_end()) {
    Nanos whole = 0;
    bool has_digits = false;
    for (; reader.is_digit(); has_digits = true) {
      whole = whole * 10 + reader.digit();
      if (whole > kNanosMax) is_out_of_range = true, whole = kNanosMax;
    }
    // The fraction is of the unit, in billionths.
    std::int64_t billionths = 0;
    if (reader.take('.')) {
      const std::int64_t read = fraction(reader);
      if (read < 0 && !has_digits) return {};
      billionths = read < 0 ? 0 : read;
      has_digits = true;
    }
    if (!has_digits) return {};
    const std::int64_t unit = take_unit(reader);
    if (unit == 0) {
      // "0" alone needs no unit.
      is_zero = total == 0 && whole == 0 && billionths == 0 && reader.is_at_end();
      if (!is_zero) return {};
      break;
    }
    total += whole * unit + static_cast<Nanos>(billionths) * unit / kNanosPerSecond;
    if (total >= kNanosMax) is_out_of_range = true, total = kNanosMax;
  }
  if (is_out_of_range) return {.moment = {}, .is_out_of_range = true};
  return {.moment = of_nanos(is_negative ? -total : total)};
}

std::string timestamp_text(Moment timestamp) {
  const CivilTime time = civil_time(timestamp.seconds);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", time.year, time.month, time.day,
                     time.hour, time.minute, time.second, fraction_text(timestamp.nanos));
}

std::string duration_text(Moment duration) {
  const bool is_negative = duration.seconds < 0 || duration.nanos < 0;
  const Moment length = is_negative ? negate(duration) : duration;
  return fmt::format("{}{}{}s", is_negative ? "-" : "", length.seconds,
                     fraction_text(length.nanos));
}

Moment timestamp_plus(Moment timestamp, Moment duration) noexcept {
  return point_of(nanos_of(timestamp) + nanos_of(duration));
}

Moment timestamp_minus(Moment timestamp, Moment duration) noexcept {
  return point_of(nanos_of(timestamp) - nanos_of(duration));
}

Moment difference(Moment later, Moment earlier) noexcept {
  return of_nanos(nanos_of(later) - nanos_of(earlier));
}

Moment duration_plus(Moment a, Moment b) noexcept {
  return of_nanos(nanos_of(a) + nanos_of(b));
}

Moment negate(Moment duration) noexcept {
  return {.seconds = -duration.seconds, .nanos = -duration.nanos};
}

}  // namespace junctor::lang::cel
