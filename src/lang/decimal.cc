#include "lang/decimal.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/assert.h"

namespace junctor::lang {
namespace {

using Wide = unsigned __int128;

// 10^exponent modulo `divisor`.
std::uint64_t power_of_ten(std::uint64_t exponent, std::uint64_t divisor) noexcept {
  std::uint64_t result = 1 % divisor;
  std::uint64_t base = 10 % divisor;
  for (; exponent != 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = static_cast<std::uint64_t>(Wide{result} * base % divisor);
    base = static_cast<std::uint64_t>(Wide{base} * base % divisor);
  }
  return result;
}

// Of a number written in decimal digits, most significant first, each a value of 0 to 9.
// True: a >= b, both without zeros in front.
bool is_at_least(const std::string& a, const std::string& b) noexcept {
  return a.size() != b.size() ? a.size() > b.size() : a >= b;
}

void subtract(std::string& a, const std::string& b) {
  int borrowed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    char& digit = a[a.size() - 1 - i];
    const int taken = (i < b.size() ? b[b.size() - 1 - i] - '0' : 0) + borrowed;
    borrowed = digit - '0' < taken ? 1 : 0;
    digit = static_cast<char>(digit - taken + 10 * borrowed);
  }
  a.erase(0, std::min(a.find_first_not_of('0'), a.size()));
}

// Long division, of which only the rest is wanted.
void append_digit(std::string& rest, char digit, const std::string& divisor) {
  if (!rest.empty() || digit != '0') rest.push_back(digit);
  while (is_at_least(rest, divisor)) subtract(rest, divisor);
}

}  // namespace

// The digits without the point.
class Decimal::Digits {
 public:
  explicit Digits(const Decimal& of) noexcept : at_{of.written_.begin()}, left_{of.digits_} {}
  [[nodiscard]] bool is_over() const noexcept { return left_ == 0; }
  // '0' behind the last one.
  char next() noexcept {
    if (left_ == 0) return '0';
    --left_;
    if (*at_ == '.') ++at_;
    return *at_++;
  }

 private:
  const char* at_;
  std::size_t left_;
};

Decimal::Decimal(std::string_view token) noexcept {
  JUNCTOR_ASSERT(!token.empty());
  is_negative_ = token.front() == '-';
  if (is_negative_) token.remove_prefix(1);
  const std::size_t e = token.find_first_of("eE");
  std::int64_t written_exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view power = token.substr(e + 1);
    const bool is_below = power.front() == '-';
    if (power.front() == '-' || power.front() == '+') power.remove_prefix(1);
    for (const char digit : power)
      written_exponent = std::min(written_exponent * 10 + (digit - '0'), kExponentMax);
    if (is_below) written_exponent = -written_exponent;
    token = token.substr(0, e);
  }
  // Byte by byte: numbers are short, and the library asks for each byte among all wanted ones.
  const auto is_significant = [](char c) { return c >= '1' && c <= '9'; };
  const auto first =
      static_cast<std::size_t>(std::ranges::find_if(token, is_significant) - token.begin());
  if (first == token.size()) {
    is_negative_ = false;
    return;
  }
  std::size_t last = token.size() - 1;
  while (!is_significant(token[last])) --last;
  const std::size_t point = std::min(token.find('.'), token.size());
  written_ = token.substr(first, last + 1 - first);
  digits_ = written_.size() - (first < point && point < last ? 1 : 0);
  // Of the last digit: 0 is the place in front of the point.
  const auto place = last < point ? static_cast<std::int64_t>(point - last - 1)
                                  : -static_cast<std::int64_t>(last - point);
  exponent_ = written_exponent + place;
}

std::optional<std::int64_t> Decimal::to_int64() const noexcept {
  if (is_zero()) return 0;
  if (exponent_ < 0 || exponent_ > 18 || digits_ > 19) return std::nullopt;
  Wide value = 0;
  Digits digits{*this};
  const std::size_t count = digits_ + static_cast<std::size_t>(exponent_);
  if (count > 19) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i)
    value = value * 10 + static_cast<unsigned>(digits.next() - '0');
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  if (value > kMost + (is_negative_ ? 1 : 0)) return std::nullopt;
  const auto magnitude = static_cast<std::uint64_t>(value);
  return static_cast<std::int64_t>(is_negative_ ? 0 - magnitude : magnitude);
}

// Both have no zeros at their end, so the smaller power of ten would have to come from the divisor.
bool Decimal::is_multiple_of(const Decimal& divisor) const {
  if (is_zero()) return true;
  if (divisor.is_zero() || exponent_ < divisor.exponent_) return false;
  if (divisor.digits_ > kDivisorDigitsMax) return false;
  const auto shift = static_cast<std::uint64_t>(exponent_ - divisor.exponent_);
  Digits digits{*this};
  Digits of_divisor{divisor};
  if (divisor.digits_ <= 18) {
    std::uint64_t by = 0;
    while (!of_divisor.is_over()) by = by * 10 + static_cast<unsigned>(of_divisor.next() - '0');
    Wide rest = 0;
    while (!digits.is_over()) rest = (rest * 10 + static_cast<unsigned>(digits.next() - '0')) % by;
    return rest * power_of_ten(shift, by) % by == 0;
  }
  // What follows of zeros can only take away the divisor's factors of 2 and 5: as many as it has
  // bits are enough.
  const std::uint64_t zeros = std::min<std::uint64_t>(shift, divisor.digits_ * 4);
  std::string by;
  while (!of_divisor.is_over()) by.push_back(of_divisor.next());
  std::string rest;
  while (!digits.is_over()) append_digit(rest, digits.next(), by);
  for (std::uint64_t i = 0; i < zeros && !rest.empty(); ++i) append_digit(rest, '0', by);
  return rest.empty();
}

std::uint64_t Decimal::digest() const noexcept {
  std::uint64_t digest = 0xCBF2'9CE4'8422'2325;
  const auto add = [&digest](std::uint64_t more) {
    digest = (digest ^ more) * 0x0000'0100'0000'01B3;
  };
  for (Digits digits{*this}; !digits.is_over();) add(static_cast<unsigned char>(digits.next()));
  add(static_cast<std::uint64_t>(exponent_));
  add(is_negative_ ? 1 : 0);
  return digest;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) noexcept {
  const int sign_a = a.is_zero() ? 0 : (a.is_negative_ ? -1 : 1);
  const int sign_b = b.is_zero() ? 0 : (b.is_negative_ ? -1 : 1);
  if (sign_a != sign_b || sign_a == 0) return sign_a <=> sign_b;
  const Decimal& low = sign_a > 0 ? a : b;
  const Decimal& high = sign_a > 0 ? b : a;
  // By the place of the first digit, then digit by digit.
  const auto first = [](const Decimal& of) {
    return of.exponent_ + static_cast<std::int64_t>(of.digits_);
  };
  if (first(low) != first(high)) return first(low) <=> first(high);
  Decimal::Digits of_low{low};
  Decimal::Digits of_high{high};
  while (!of_low.is_over() || !of_high.is_over()) {
    const char digit_low = of_low.next();
    const char digit_high = of_high.next();
    if (digit_low != digit_high) return digit_low <=> digit_high;
  }
  return std::strong_ordering::equal;
}

}  // namespace junctor::lang
