#pragma once
// Quota: how much of a bounded thing is in use, how much was ever, and how often it was refused.
//
// The invariant is used <= max whenever a take succeeds; set_max() below what is in use refuses
// further takes until enough was given back, and takes nothing away. Counters saturate in no
// lifetime of a process.
//
// Errors:  try_take() refuses; what a refusal means (unavailable, too_large) is the caller's to
//          say.
// Threads: one owner at a time; each shard has its own.

#include <algorithm>
#include <cstdint>

#include "base/assert.h"

namespace junctor {

class Quota {
 public:
  explicit constexpr Quota(std::uint64_t max) noexcept : max_{max} {}

  // Takes `amount`, or nothing and counts a refusal.
  [[nodiscard]] constexpr bool try_take(std::uint64_t amount = 1) noexcept {
    if (used_ >= max_ ? amount > 0 : amount > max_ - used_) {
      ++refusals_;
      return false;
    }
    used_ += amount;
    used_peak_ = std::max(used_peak_, used_);
    return true;
  }
  // Gives back what try_take() gave.
  constexpr void give(std::uint64_t amount = 1) noexcept {
    JUNCTOR_ASSERT(amount <= used_);
    used_ -= amount;
  }
  constexpr void set_max(std::uint64_t max) noexcept { max_ = max; }

  [[nodiscard]] constexpr std::uint64_t max() const noexcept { return max_; }
  [[nodiscard]] constexpr std::uint64_t used() const noexcept { return used_; }
  [[nodiscard]] constexpr std::uint64_t used_peak() const noexcept { return used_peak_; }
  [[nodiscard]] constexpr std::uint64_t refusals() const noexcept { return refusals_; }

 private:
  std::uint64_t max_;
  std::uint64_t used_ = 0;
  std::uint64_t used_peak_ = 0;
  std::uint64_t refusals_ = 0;
};

}  // namespace junctor
