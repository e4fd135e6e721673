#include "base/units.h"

#include <limits>
#include <optional>
#include <span>

#include "base/assert.h"
#include "base/text.h"

namespace junctor {
namespace {

// A unit of the text form and how many of the smallest it holds.
struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: the first that divides a value is the one it is printed in.
constexpr Unit kDurationUnits[] = {
    {"d", 86'400'000'000'000},
    {"h", 3'600'000'000'000},
    {"m", 60'000'000'000},
    {"s", 1'000'000'000},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
};
constexpr Unit kByteUnits[] = {{"GiB", 1_GiB}, {"MiB", 1_MiB}, {"KiB", 1_KiB}, {"", 1}};
static_assert(kDurationUnits[0].factor == Duration{std::chrono::days{1}}.count());

// nullopt: not of the form, or over `max`.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                            std::uint64_t max) noexcept {
  // No sign, blank or fraction survives: what is not a digit must be the unit's name.
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_unsigned(text.substr(0, digits));
  if (!count) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    if (*count > max / unit.factor) return std::nullopt;
    return *count * unit.factor;
  }
  return std::nullopt;
}

std::string format_quantity(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    // Zero is divided by all; it is printed in the smallest unit.
    if (value % unit.factor != 0 || (value == 0 && unit.factor != 1)) continue;
    return std::to_string(value / unit.factor).append(unit.name);
  }
  JUNCTOR_ASSERT(false);  // Every table ends with a factor of 1, which divides all.
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  // Zero is the same in every unit, and people write it bare.
  if (text == "0") return Duration::zero();
  constexpr auto kMax = static_cast<std::uint64_t>(Duration::max().count());
  const auto value = parse_quantity(text, kDurationUnits, kMax);
  if (!value) {
    return fail(ErrorKind::invalid_argument, "invalid_duration",
                "expected a whole number and a unit, as in 250ms, 30s, 5m or 1h");
  }
  return Duration{static_cast<Duration::rep>(*value)};
}

std::string format_duration(Duration duration) {
  JUNCTOR_ASSERT(duration >= Duration::zero());
  // Rather than "0ns", which nobody would write.
  if (duration == Duration::zero()) return "0s";
  return format_quantity(static_cast<std::uint64_t>(duration.count()), kDurationUnits);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  const auto value = parse_quantity(text, kByteUnits, kMax);
  if (!value) {
    return fail(ErrorKind::invalid_argument, "invalid_size",
                "expected a whole number of bytes, or one with KiB, MiB or GiB, as in 16MiB");
  }
  return *value;
}

std::string format_bytes(std::uint64_t bytes) {
  return format_quantity(bytes, kByteUnits);
}

}  // namespace junctor
