// Dates, times and durations.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "lang/schema/formats.h"

namespace junctor::lang::schema {
namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// A number of exactly so many digits; taken from the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_if(std::string_view& text, char c) noexcept {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_letter(std::string_view& text, char upper) noexcept {
  return take_if(text, upper) || take_if(text, static_cast<char>(upper - 'A' + 'a'));
}

int days_in(int year, int month) noexcept {
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays.at(static_cast<std::size_t>(month - 1)) + (month == 2 && is_leap ? 1 : 0);
}

bool take_date(std::string_view& text) noexcept {
  const auto year = take_number(text, 4);
  if (!year || !take_if(text, '-')) return false;
  const auto month = take_number(text, 2);
  if (!month || *month < 1 || *month > 12 || !take_if(text, '-')) return false;
  const auto day = take_number(text, 2);
  return day && *day >= 1 && *day <= days_in(*year, *month);
}

// "12:30", in minutes.
std::optional<int> take_minutes(std::string_view& text) noexcept {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_if(text, ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return *hour * 60 + *minute;
}

// Digits and one of the letters, of which only those behind the last may follow.
class DurationParts {
 public:
  explicit DurationParts(std::string_view& text) noexcept : text_{text} {}

  // The parts are a run out of `units`, as RFC 3339 nests them; false when there is none.
  bool take(std::string_view units) noexcept {
    std::size_t next = std::string_view::npos;
    while (!text_.empty() && is_digit(text_.front())) {
      const auto digits =
          static_cast<std::size_t>(std::ranges::find_if_not(text_, is_digit) - text_.begin());
      if (digits == text_.size()) return false;
      const std::size_t unit = units.find(text_[digits]);
      if (unit == std::string_view::npos) return false;
      if (next != std::string_view::npos && unit != next) return false;
      next = unit + 1;
      text_.remove_prefix(digits + 1);
    }
    return next != std::string_view::npos;
  }

 private:
  std::string_view& text_;
};

}  // namespace

bool is_date(std::string_view text) noexcept {
  return take_date(text) && text.empty();
}

// A leap second is the last of a day in UTC.
bool is_time(std::string_view text) noexcept {
  const auto minutes = take_minutes(text);
  if (!minutes || !take_if(text, ':')) return false;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return false;
  if (take_if(text, '.')) {
    const auto* const end = std::ranges::find_if_not(text, is_digit);
    if (end == text.begin()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  int offset = 0;
  if (!take_letter(text, 'Z')) {
    const bool is_ahead = text.starts_with('+');
    if (!is_ahead && !text.starts_with('-')) return false;
    text.remove_prefix(1);
    const auto away = take_minutes(text);
    if (!away) return false;
    offset = is_ahead ? *away : -*away;
  }
  if (!text.empty()) return false;
  constexpr int kDay = 24 * 60;
  return *second != 60 || (*minutes - offset + kDay) % kDay == kDay - 1;
}

bool is_date_time(std::string_view text) noexcept {
  return take_date(text) && take_letter(text, 'T') && is_time(text);
}

bool is_duration(std::string_view text) noexcept {
  if (!take_if(text, 'P')) return false;
  if (text.ends_with('W')) return DurationParts{text}.take("W") && text.empty();
  const bool has_date = !text.starts_with('T');
  if (has_date && !DurationParts{text}.take("YMD")) return false;
  if (take_if(text, 'T') && !DurationParts{text}.take("HMS")) return false;
  return text.empty();
}

}  // namespace junctor::lang::schema
