#pragma once
// SimClock and SeededRandom: the time and the chance of a simulated world.
//
// Time stands still while code runs; only SimIo::wait() and the test move it. The calendar runs
// beside it and may be stepped, as an administrator or NTP would. Equal seeds give equal bytes.
//
// Threads: one.

#include <cstdint>
#include <span>

#include "base/assert.h"
#include "base/time.h"
#include "rt/clock.h"

namespace junctor::sim {

inline constexpr Time kStart{std::chrono::hours{1}};
inline constexpr WallTime kWallStart{std::chrono::seconds{1'785'231'000}};  // 2026-07-28T09:30:00Z

class SimClock final : public rt::Clock {
 public:
  [[nodiscard]] Time now() noexcept override { return now_; }
  [[nodiscard]] WallTime wall_now() noexcept override {
    return kWallStart + (now_ - kStart) + wall_step_;
  }

  // Never backwards.
  void move_to(Time time) noexcept {
    JUNCTOR_ASSERT(time >= now_ && time != kNever);
    now_ = time;
  }
  // The calendar alone jumps, either way.
  void step_wall(Duration by) noexcept { wall_step_ += by; }

 private:
  Time now_ = kStart;
  Duration wall_step_{0};
};

// The SplitMix64 generator: small, quick, and good enough for dice. It guards no secret.
class SeededRandom final : public rt::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) noexcept : state_{seed} {}
  void fill(std::span<unsigned char> bytes) noexcept override;

  // True in `percent` of 100 cases.
  [[nodiscard]] bool chance(unsigned percent) noexcept {
    return percent > 0 && below(100) < percent;
  }
  // Uniform in [low, high].
  [[nodiscard]] std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept;
  [[nodiscard]] Duration between(Duration low, Duration high) noexcept;

 private:
  std::uint64_t state_;
};

}  // namespace junctor::sim
