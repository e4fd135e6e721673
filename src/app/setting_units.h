#pragma once
// Durations as the bounds of settings have them: nanoseconds.
//
// Threads: constants.

#include <cstdint>

namespace junctor::app {

consteval std::uint64_t milliseconds(std::uint64_t count) {
  return count * 1'000'000;
}
consteval std::uint64_t seconds(std::uint64_t count) {
  return milliseconds(count * 1000);
}
consteval std::uint64_t hours(std::uint64_t count) {
  return seconds(count * 3600);
}

}  // namespace junctor::app
