// Goal: clocks go forward, and dice are fair, in range and handed out once.
// Method: many draws, counted; a scripted Random for the derived functions.

#include "rt/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace junctor::rt {
namespace {

class CountingRandom final : public Random {
 public:
  void fill(std::span<unsigned char> bytes) noexcept override {
    for (unsigned char& byte : bytes) byte = next_byte++;
  }
  unsigned char next_byte = 1;
};

TEST(SystemClock, NeverGoesBack) {
  SystemClock clock;
  Time before = clock.now();
  for (int i = 0; i < 10'000; ++i) {
    const Time now = clock.now();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(SystemClock, KnowsTheCentury) {
  SystemClock clock;
  EXPECT_GT(clock.wall_now(), WallTime{std::chrono::sys_days{std::chrono::January / 1 / 2025}});
}

TEST(Random, NextTakesEightBytesInTheirOrder) {
  CountingRandom random;
  EXPECT_EQ(random.next(), 0x0807060504030201U);
  EXPECT_EQ(random.next(), 0x100F0E0D0C0B0A09U);
}

TEST(Random, BelowStaysBelowAndReachesEverything) {
  SystemRandom random;
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) ++seen.at(random.below(7));
  for (const int count : seen) EXPECT_GT(count, 700);  // 1000 expected; 700 is ten deviations off.
  EXPECT_EQ(random.below(1), 0);
}

TEST(SystemRandom, FillsAnyLengthAcrossItsBlocks) {
  SystemRandom random;
  for (const std::size_t length : {0U, 1U, 511U, 512U, 513U, 5000U}) {
    std::vector<unsigned char> bytes(length, 0);
    random.fill(bytes);
    if (length < 500) continue;
    std::array<bool, 256> seen{};
    for (const unsigned char byte : bytes) seen.at(byte) = true;
    EXPECT_GT(std::ranges::count(seen, true), 150);
  }
}

TEST(SystemRandom, HandsNothingOutTwice) {
  SystemRandom first;
  SystemRandom second;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(seen.insert(first.next()).second);
    EXPECT_TRUE(seen.insert(second.next()).second);
  }
}

}  // namespace
}  // namespace junctor::rt
