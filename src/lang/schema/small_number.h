#pragma once
// SmallNumber: a number as most are written, as an integer and a power of ten, to be compared and
// divided without looking at its digits again.
//
// Exact, or not at all: what has more digits, or an exponent, is for Decimal.
//
// Source:  RFC 8259 section 6.
// Limits:  kDigitsMax digits; so two of them, brought to one power of ten, fit into 128 bits.
// Threads: values; safe from all.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace junctor::lang::schema {

// The value of a number token that is digits alone; nothing for others, and for long ones.
[[nodiscard]] constexpr std::optional<std::int64_t> plain_integer(std::string_view text) noexcept {
  constexpr std::size_t kPlainDigitsMax = 18;
  if (text.size() > kPlainDigitsMax) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

struct SmallNumber {
  static constexpr std::size_t kDigitsMax = 18;

  std::int64_t mantissa = 0;
  std::int32_t exponent = 0;  // 0 to -kDigitsMax.

  // A valid JSON number token.
  [[nodiscard]] static constexpr std::optional<SmallNumber> parse(std::string_view text) noexcept {
    const bool is_negative = text.front() == '-';
    if (is_negative) text.remove_prefix(1);
    if (text.size() > kDigitsMax) return std::nullopt;
    SmallNumber number;
    std::size_t point = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c >= '0' && c <= '9') {
        number.mantissa = number.mantissa * 10 + (c - '0');
      } else if (c == '.') {
        point = i + 1;
      } else {
        return std::nullopt;
      }
    }
    number.exponent = -static_cast<std::int32_t>(text.size() - point);
    if (is_negative) number.mantissa = -number.mantissa;
    return number;
  }

  // The other is not 0.
  [[nodiscard]] constexpr bool is_multiple_of(const SmallNumber& other) const noexcept {
    const Wide of_this = scaled(other.exponent);
    const Wide of_other = other.scaled(exponent);
    const auto short_this = static_cast<std::int64_t>(of_this);
    const auto short_other = static_cast<std::int64_t>(of_other);
    if (of_other == 1) return true;
    // A division of 128 bits takes ten times as long, and is seldom needed.
    if (short_this == of_this && short_other == of_other) return short_this % short_other == 0;
    return of_this % of_other == 0;
  }
  friend constexpr std::strong_ordering operator<=>(const SmallNumber& a,
                                                    const SmallNumber& b) noexcept {
    if (a.exponent == b.exponent || b.mantissa == 0) return a.mantissa <=> b.mantissa;
    return a.scaled(b.exponent) <=> b.scaled(a.exponent);
  }
  friend constexpr bool operator==(const SmallNumber& a, const SmallNumber& b) noexcept {
    return (a <=> b) == 0;
  }

 private:
  using Wide = __int128;

  // The mantissa at the lower of both powers of ten.
  [[nodiscard]] constexpr Wide scaled(std::int32_t other) const noexcept {
    static constexpr auto kPowers = [] {
      std::array<std::int64_t, kDigitsMax + 1> powers{};
      powers[0] = 1;
      for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
      return powers;
    }();
    return exponent <= other ? Wide{mantissa}
                             : Wide{mantissa} * kPowers[static_cast<std::size_t>(exponent - other)];
  }
};

}  // namespace junctor::lang::schema
