#pragma once
// Clock and Random: time and chance as parameters, so that a test can run any hour with any dice.
//
// The kernel's implementations are here too; the simulated ones live in tests/sim. Nothing else in
// the house reads a clock or draws a random number (tools/tidy.py).
//
// Threads: SystemClock from all; a Random belongs to one shard.

#include <cstdint>
#include <span>

#include "base/time.h"

namespace junctor::rt {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() noexcept = 0;
  [[nodiscard]] virtual WallTime wall_now() noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() noexcept override;
  [[nodiscard]] WallTime wall_now() noexcept override;
};

class Random {
 public:
  virtual ~Random() = default;
  // Unpredictable bytes: session ids, nonces, span ids.
  virtual void fill(std::span<unsigned char> bytes) noexcept = 0;

  [[nodiscard]] std::uint64_t next() noexcept;
  // Uniform in [0, bound); bound > 0. The bias of the remainder is below 2^-32 for bounds below
  // 2^32.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;
};

// getrandom(2) in blocks of 512 bytes, each byte handed out once.
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> bytes) noexcept override;

 private:
  void refill() noexcept;

  unsigned char block_[512] = {};
  std::size_t used_ = sizeof block_;
};

}  // namespace junctor::rt
