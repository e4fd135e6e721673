// Goal: a Quota never gives more than its max, counts what it refuses, and takes back what it gave.
// Method: the edges by hand, then a random walk that watches the invariant.
#include "base/limits.h"

#include <random>

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(Quota, GivesUpToItsMaxAndCountsRefusals) {
  Quota quota{3};
  EXPECT_TRUE(quota.try_take());
  EXPECT_TRUE(quota.try_take(2));
  EXPECT_FALSE(quota.try_take());
  EXPECT_EQ(quota.used(), 3U);
  EXPECT_EQ(quota.refusals(), 1U);
}

TEST(Quota, TakesAllOrNothing) {
  Quota quota{3};
  EXPECT_FALSE(quota.try_take(4));
  EXPECT_EQ(quota.used(), 0U);
  EXPECT_FALSE(quota.try_take(UINT64_MAX));
  EXPECT_EQ(quota.used(), 0U);
}

TEST(Quota, NothingIsAlwaysGranted) {
  Quota quota{0};
  EXPECT_TRUE(quota.try_take(0));
  EXPECT_FALSE(quota.try_take(1));
}

TEST(Quota, GivingBackMakesRoom) {
  Quota quota{2};
  ASSERT_TRUE(quota.try_take(2));
  quota.give();
  EXPECT_TRUE(quota.try_take());
  EXPECT_EQ(quota.used_peak(), 2U);
}

TEST(Quota, LoweringTheMaxTakesNothingAway) {
  Quota quota{4};
  ASSERT_TRUE(quota.try_take(4));
  quota.set_max(2);
  EXPECT_EQ(quota.used(), 4U);
  quota.give(1);
  EXPECT_FALSE(quota.try_take());
  EXPECT_TRUE(quota.try_take(0));
  quota.give(2);
  EXPECT_TRUE(quota.try_take());
}

TEST(QuotaDeathTest, TakesBackNoMoreThanItGave) {
  Quota quota{4};
  ASSERT_TRUE(quota.try_take());
  EXPECT_DEATH(quota.give(2), "assertion failed");
}

TEST(Quota, NeverExceedsItsMaxOverARandomWalk) {
  std::minstd_rand random{1};
  Quota quota{100};
  std::uint64_t held = 0;
  for (int step = 0; step < 10'000; ++step) {
    const std::uint64_t amount = random() % 40;
    if (random() % 2 == 0) {
      held += quota.try_take(amount) ? amount : 0;
    } else {
      quota.give(std::min(amount, held));
      held -= std::min(amount, held);
    }
    ASSERT_EQ(quota.used(), held);
    ASSERT_LE(quota.used(), quota.max());
    ASSERT_GE(quota.used_peak(), quota.used());
  }
}

}  // namespace
}  // namespace junctor
