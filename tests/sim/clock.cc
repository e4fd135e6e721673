#include "sim/clock.h"

namespace junctor::sim {

void SeededRandom::fill(std::span<unsigned char> bytes) noexcept {
  std::size_t used = sizeof(std::uint64_t);
  std::uint64_t word = 0;
  for (unsigned char& byte : bytes) {
    if (used == sizeof word) {
      state_ += 0x9E3779B97F4A7C15U;
      word = state_;
      word = (word ^ (word >> 30U)) * 0xBF58476D1CE4E5B9U;
      word = (word ^ (word >> 27U)) * 0x94D049BB133111EBU;
      word ^= word >> 31U;
      used = 0;
    }
    byte = static_cast<unsigned char>(word >> (8U * used++));
  }
}

std::uint64_t SeededRandom::between(std::uint64_t low, std::uint64_t high) noexcept {
  JUNCTOR_ASSERT(low <= high && high - low < UINT64_MAX);
  return low + below(high - low + 1);
}

Duration SeededRandom::between(Duration low, Duration high) noexcept {
  JUNCTOR_ASSERT(low <= high);
  return low + Duration{static_cast<std::int64_t>(
                   below(static_cast<std::uint64_t>((high - low).count()) + 1))};
}

}  // namespace junctor::sim
