// Goal: a broken invariant stops the process; a survivable bug is counted, said once, and survived.
// Method: death tests for the first; the counter and the captured stderr for the second.
#include "base/assert.h"

#include <string>

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(AssertDeathTest, StopsTheProcessAndSaysWhereAndWhat) {
  EXPECT_DEATH(JUNCTOR_ASSERT(1 + 1 == 3), "assert_test.cc:[0-9]+: assertion failed: 1 \\+ 1 == 3");
}

TEST(Assert, PassesWhatHoldsAndEvaluatesItOnce) {
  int evaluated = 0;
  JUNCTOR_ASSERT(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(AssertDeathTest, BugAbortsInTestsThatAskForIt) {
  EXPECT_DEATH(
      {
        set_on_bug(OnBug::abort);
        [[maybe_unused]] const bool bug = JUNCTOR_BUG(true);
      },
      "bug: true");
}

TEST(BugDeathTest, IsCountedEachTimeAndPrintedOncePerPlace) {
  // In a child: the counter begins at zero there, and survival is not what other tests want.
  EXPECT_EXIT(
      {
        set_on_bug(OnBug::survive);
        int survived = 0;
        for (int i = 0; i < 3; ++i) survived += JUNCTOR_BUG(i >= 0) ? 1 : 0;
        std::exit(survived == 3 && bugs_seen() == 3 ? 7 : 1);
      },
      testing::ExitedWithCode(7), "assert_test.cc:[0-9]+: bug: i >= 0\n$");
}

TEST(Bug, IsNotCountedWhenItIsNotThere) {
  const auto before = bugs_seen();
  EXPECT_FALSE(JUNCTOR_BUG(false));
  EXPECT_EQ(bugs_seen(), before);
}

}  // namespace
}  // namespace junctor
