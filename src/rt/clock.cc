#include "rt/clock.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.h"

namespace junctor::rt {

Time SystemClock::now() noexcept {
  return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall_now() noexcept {
  return std::chrono::system_clock::now();
}

std::uint64_t Random::next() noexcept {
  std::uint64_t value = 0;
  fill({reinterpret_cast<unsigned char*>(&value), sizeof value});
  return value;
}

// A remainder, without a second draw: the bias is too small to matter where one of a few is picked.
std::uint64_t Random::below(std::uint64_t bound) noexcept {
  JUNCTOR_ASSERT(bound > 0);
  return next() % bound;
}

// One system call fills the block that many ids are then cut from.
void SystemRandom::refill() noexcept {
  std::size_t filled = 0;
  while (filled < sizeof block_) {
    const ssize_t got = getrandom(block_ + filled, sizeof block_ - filled, 0);
    JUNCTOR_ASSERT(got > 0 || errno == EINTR);  // It cannot fail otherwise for sizes like this.
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  used_ = 0;
}

void SystemRandom::fill(std::span<unsigned char> bytes) noexcept {
  while (!bytes.empty()) {
    if (used_ == sizeof block_) refill();
    const std::size_t part = std::min(bytes.size(), sizeof block_ - used_);
    std::memcpy(bytes.data(), block_ + used_, part);
    std::memset(block_ + used_, 0, part);  // What was handed out is not left in memory.
    used_ += part;
    bytes = bytes.subspan(part);
  }
}

}  // namespace junctor::rt
