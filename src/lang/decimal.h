#pragma once
// Decimal: the exact value of a JSON number, whatever its size, to be compared and divided.
//
// A view: the digits stay where they were written, and nothing is converted. 1e400, 2^63 and 0.0001
// are what they say, which no double is.
//
// Source:  RFC 8259 section 6; JSON Schema 2020-12 core 4.2.2 (equality), validation 6.2.1
//          (multipleOf).
// Limits:  exponents beyond +-kExponentMax count as that, so that no number costs more than its
//          digits; divisors of more than kDivisorDigitsMax digits are no divisors of anything but
//          0.
// Threads: values; safe from all.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace junctor::lang {

class Decimal {
 public:
  static constexpr std::int64_t kExponentMax = std::int64_t{1} << 40U;
  static constexpr std::size_t kDivisorDigitsMax = 400;

  // A valid JSON number token, which must live as long as this.
  explicit Decimal(std::string_view token) noexcept;

  [[nodiscard]] bool is_zero() const noexcept { return digits_ == 0; }
  // By its amount: -0.5 is.
  [[nodiscard]] bool is_below_one() const noexcept {
    return is_zero() || exponent_ + static_cast<std::int64_t>(digits_) <= 0;
  }
  // Also 1.0 and 1e2.
  [[nodiscard]] bool is_integer() const noexcept { return is_zero() || exponent_ >= 0; }
  [[nodiscard]] std::optional<std::int64_t> to_int64() const noexcept;
  [[nodiscard]] bool is_multiple_of(const Decimal& divisor) const;
  // Equal values have equal digests.
  [[nodiscard]] std::uint64_t digest() const noexcept;

  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) noexcept;
  friend bool operator==(const Decimal& a, const Decimal& b) noexcept { return (a <=> b) == 0; }

 private:
  // The significant digits, one after the other, without zeros at either end.
  class Digits;

  std::string_view written_;  // From the first significant digit to the last; perhaps with a point.
  std::size_t digits_ = 0;    // So many of them are digits.
  std::int64_t exponent_ = 0;  // Value = digits * 10^exponent.
  bool is_negative_ = false;
};

}  // namespace junctor::lang
