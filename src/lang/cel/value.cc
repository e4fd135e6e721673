#include "lang/cel/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "lang/cel/containers.h"
#include "lang/decimal.h"

namespace junctor::lang::cel {

Value Value::json_number(std::string_view token, JsonNumbers numbers) noexcept {
  if (numbers == JsonNumbers::float64) {
    // Few digits alone are a double exactly.
    constexpr std::size_t kExactDigits = 15;
    if (token.size() <= kExactDigits) {
      std::int64_t whole = 0;
      std::size_t at = 0;
      for (; at < token.size() && token[at] >= '0' && token[at] <= '9'; ++at)
        whole = whole * 10 + (token[at] - '0');
      if (at == token.size()) return float64(static_cast<double>(whole));
    }
    double value = 0;
    const auto [end, fault] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (fault == std::errc::result_out_of_range) {
      // Too large for a double, or too small: what the nearest double is follows from its size.
      value = Decimal{token}.is_below_one() ? 0 : (token.front() == '-' ? -HUGE_VAL : HUGE_VAL);
    }
    return float64(value);
  }
  const Decimal exact{token};
  if (numbers == JsonNumbers::int64) {
    if (const auto value = exact.to_int64()) return int64(*value);
  } else if (exact >= Decimal{"0"} && exact.is_integer()) {
    if (const auto value = exact.to_int64()) return uint64(static_cast<std::uint64_t>(*value));
    // Above 2^63 - 1: only what is written in digits alone is read.
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (fault == std::errc{} && end == token.data() + token.size()) return uint64(value);
  }
  return error(Fault::bad_conversion, token);
}

Value Value::of_address(Kind kind, const IpAddress& address) noexcept {
  Value made{kind};
  made.uint64_ = address.high;
  made.size_ = address.low;
  made.detail_ = address.family;
  made.prefix_ = address.prefix_bits;
  return made;
}

IpAddress Value::address() const noexcept {
  return {.high = uint64_, .low = size_, .family = detail_, .prefix_bits = prefix_};
}

std::string_view fault_name(Fault fault) noexcept {
  switch (fault) {
    case Fault::none: return "none";
    case Fault::no_such_overload: return "no_such_overload";
    case Fault::no_such_key: return "no_such_key";
    case Fault::no_field_selection: return "no_field_selection";
    case Fault::index_out_of_range: return "index_out_of_range";
    case Fault::divide_by_zero: return "divide_by_zero";
    case Fault::modulus_by_zero: return "modulus_by_zero";
    case Fault::overflow: return "overflow";
    case Fault::out_of_range: return "out_of_range";
    case Fault::invalid_argument: return "invalid_argument";
    case Fault::bad_conversion: return "bad_conversion";
    case Fault::duplicate_key: return "duplicate_key";
    case Fault::unsupported_key: return "unsupported_key";
    case Fault::no_value: return "no_value";
    case Fault::undeclared: return "undeclared";
    case Fault::unbound: return "unbound";
    case Fault::too_deep: return "too_deep";
    case Fault::cost_exceeded: return "cost_exceeded";
    case Fault::memory_exceeded: return "memory_exceeded";
  }
  return "unknown";
}

namespace {

std::partial_ordering compare_numbers(std::int64_t a, std::uint64_t b) noexcept {
  return a < 0 ? std::partial_ordering::less : static_cast<std::uint64_t>(a) <=> b;
}

// An integer is rounded to the nearest double first, as other implementations and the official
// tests have it.
std::partial_ordering compare_numbers(std::int64_t a, double b) noexcept {
  return static_cast<double>(a) <=> b;
}

std::partial_ordering compare_numbers(std::uint64_t a, double b) noexcept {
  return static_cast<double>(a) <=> b;
}

std::partial_ordering reverse(std::partial_ordering order) noexcept {
  return 0 <=> order;
}

std::partial_ordering compare_numbers(const Value& a, const Value& b) noexcept {
  switch (a.kind()) {
    case Kind::int64:
      if (b.is(Kind::int64)) return a.as_int64() <=> b.as_int64();
      if (b.is(Kind::uint64)) return compare_numbers(a.as_int64(), b.as_uint64());
      return compare_numbers(a.as_int64(), b.as_float64());
    case Kind::uint64:
      if (b.is(Kind::uint64)) return a.as_uint64() <=> b.as_uint64();
      if (b.is(Kind::int64)) return reverse(compare_numbers(b.as_int64(), a.as_uint64()));
      return compare_numbers(a.as_uint64(), b.as_float64());
    default: break;
  }
  if (b.is(Kind::float64)) return a.as_float64() <=> b.as_float64();
  if (b.is(Kind::int64)) return reverse(compare_numbers(b.as_int64(), a.as_float64()));
  return reverse(compare_numbers(b.as_uint64(), a.as_float64()));
}

// What is left to spend on one comparison.
struct Allowance {
  std::uint64_t& steps;
  std::size_t depth;  // How much deeper it may go.

  [[nodiscard]] Allowance below() const noexcept { return {.steps = steps, .depth = depth - 1}; }
};

bool is_equal(const Value& a, const Value& b, Allowance allowance) noexcept;

bool is_equal_text(std::string_view a, std::string_view b, Allowance allowance) noexcept {
  constexpr std::uint64_t kBytesPerStep = 32;
  if (a.size() != b.size()) return false;
  const std::uint64_t cost = a.size() / kBytesPerStep;
  if (cost > allowance.steps) {
    allowance.steps = 0;
    return false;
  }
  allowance.steps -= cost;
  return a == b;
}

bool is_equal_list(const Value& a, const Value& b, Allowance allowance) noexcept {
  if (size_of(a) != size_of(b)) return false;
  ListCursor of_a{a};
  ListCursor of_b{b};
  Value one;
  Value other;
  while (of_a.next(one) && of_b.next(other)) {
    if (!is_equal(one, other, allowance)) return false;
  }
  return true;
}

// Every name of a JSON object is looked for among its others.
bool can_afford(const Value& map, Allowance allowance) noexcept {
  constexpr std::uint64_t kNamesPerStep = 16;
  if (!map.is_json()) return true;
  const std::uint64_t size = map.node().size();
  const std::uint64_t cost = size * size / kNamesPerStep;
  if (cost > allowance.steps) allowance.steps = 0;
  allowance.steps -= std::min(cost, allowance.steps);
  return allowance.steps != 0;
}

bool is_equal_map(const Value& a, const Value& b, Allowance allowance) noexcept {
  if (!can_afford(a, allowance) || !can_afford(b, allowance)) return false;
  if (size_of(a) != size_of(b)) return false;
  Value key;
  Value value;
  for (MapCursor cursor{a}; cursor.next(key, value);) {
    const std::optional<Value> other = find(b, key);
    if (!other || !is_equal(value, *other, allowance)) return false;
  }
  return true;
}

bool is_equal(const Value& a, const Value& b, Allowance allowance) noexcept {
  if (allowance.steps == 0) return false;
  --allowance.steps;
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == 0;
  if (a.kind() != b.kind() || allowance.depth == 0) return false;
  switch (a.kind()) {
    case Kind::null: return true;
    case Kind::boolean: return a.as_boolean() == b.as_boolean();
    case Kind::string:
    case Kind::bytes:
    case Kind::type: return is_equal_text(a.text(), b.text(), allowance);
    case Kind::list: return is_equal_list(a, b, allowance.below());
    case Kind::map: return is_equal_map(a, b, allowance.below());
    case Kind::timestamp:
    case Kind::duration: return a.moment() == b.moment();
    case Kind::optional:
      if (a.held() == nullptr || b.held() == nullptr) return a.held() == b.held();
      return is_equal(*a.held(), *b.held(), allowance.below());
    case Kind::ip:
    case Kind::cidr: return a.address() == b.address();
    default: return false;
  }
}

}  // namespace

bool is_equal(const Value& a, const Value& b, std::uint64_t& steps) noexcept {
  return is_equal(a, b, Allowance{.steps = steps, .depth = kValueDepthMax});
}

bool is_equal(const Value& a, const Value& b) noexcept {
  std::uint64_t steps = ~std::uint64_t{0};
  return is_equal(a, b, steps);
}

std::optional<std::partial_ordering> compare(const Value& a, const Value& b) noexcept {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::boolean: return a.as_boolean() <=> b.as_boolean();
    case Kind::string:
    case Kind::bytes: return a.text() <=> b.text();
    case Kind::timestamp:
    case Kind::duration: return a.moment() <=> b.moment();
    default: return std::nullopt;
  }
}

bool has_order(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean:
    case Kind::int64:
    case Kind::uint64:
    case Kind::float64:
    case Kind::string:
    case Kind::bytes:
    case Kind::timestamp:
    case Kind::duration: return true;
    default: return false;
  }
}

bool sorts_before(const Value& a, const Value& b) noexcept {
  const auto is_nan = [](const Value& value) {
    return value.is(Kind::float64) && std::isnan(value.as_float64());
  };
  if (is_nan(a) || is_nan(b)) return is_nan(a) && !is_nan(b);
  return compare(a, b) == std::partial_ordering::less;
}

}  // namespace junctor::lang::cel
