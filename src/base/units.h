#pragma once
// Sizes and durations as people write them: literals for code, and the text forms of the
// configuration.
//
// What is printed parses back to the same value, and uses the largest unit that loses nothing:
// 65536 is "64KiB", 90 s is "90s", 120 s is "2m". There are no fractions and no decimal kilobytes.
//
// Limits:  sizes below 2^64 bytes, durations below 2^63 nanoseconds (292 years), neither negative.
// Errors:  invalid_argument; the detail says what is expected, without repeating the input.
// Threads: values; safe from all.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace junctor {

inline namespace literals {

consteval std::uint64_t operator""_KiB(unsigned long long count) {
  if (count > UINT64_MAX >> 10U) throw "more than 64 bits";
  return count << 10U;
}
consteval std::uint64_t operator""_MiB(unsigned long long count) {
  if (count > UINT64_MAX >> 20U) throw "more than 64 bits";
  return count << 20U;
}
consteval std::uint64_t operator""_GiB(unsigned long long count) {
  if (count > UINT64_MAX >> 30U) throw "more than 64 bits";
  return count << 30U;
}

}  // namespace literals

// A whole number followed by ns, us, ms, s, m, h or d, as in "250ms"; a bare "0" needs no unit.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
// Expects duration >= 0.
[[nodiscard]] std::string format_duration(Duration duration);

// A whole number of bytes, or one followed by KiB, MiB or GiB, as in "16MiB".
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace junctor
