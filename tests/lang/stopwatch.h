#pragma once
// nanoseconds(): how long something takes, for the yardsticks.
//
// Threads: one.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>

namespace junctor::lang {

// At best of several rounds, which take about so many seconds together: what others do on the
// machine only ever adds.
template <class Work>
double nanoseconds(double seconds, Work work) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 30;
  std::size_t times = 1;
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < kRounds;) {
    const auto start = Clock::now();  // tidy: allow a yardstick has no other clock
    for (std::size_t i = 0; i < times; ++i) work();
    const std::chrono::duration<double> took = Clock::now() - start;  // tidy: allow a yardstick
    if (took.count() < seconds / kRounds) {
      times = times * 2;
      continue;
    }
    best = std::min(best, took.count() * 1e9 / static_cast<double>(times));
    ++round;
  }
  return best;
}

}  // namespace junctor::lang
