// Goal: processes are counted by upstream and in total, and those of former settings keep nobody
// out but by the total. Method: the budget by hand.

#include "agent/child_budget.h"

#include <gtest/gtest.h>

namespace junctor::agent {
namespace {

Settings settings_of(std::size_t total_max, std::size_t children_max, std::string word = "a") {
  Settings settings;
  settings.limits.children_max = total_max;
  settings.upstreams.resize(2);
  settings.upstreams[0].name = UpstreamName{"program"};
  settings.upstreams[0].stdio.command = {std::move(word)};
  settings.upstreams[0].stdio.children_max = children_max;
  settings.upstreams[1].name = UpstreamName{"url"};
  return settings;
}

TEST(ChildBudget, RefusesBeyondTheUpstreamsOwnLimitAndBeyondTheTotal) {
  ChildBudget budget{settings_of(3, 2)};
  const auto share = budget.share_of("program");
  EXPECT_TRUE(budget.try_take(*share));
  EXPECT_FALSE(budget.is_full(*share));
  EXPECT_TRUE(budget.try_take(*share));
  EXPECT_TRUE(budget.is_full(*share));
  EXPECT_FALSE(budget.try_take(*share));
  budget.give(*share);
  EXPECT_TRUE(budget.try_take(*share));

  ChildBudget small{settings_of(1, 2)};
  const auto other = small.share_of("program");
  EXPECT_TRUE(small.try_take(*other));
  EXPECT_FALSE(small.try_take(*other)) << "the total";
  EXPECT_FALSE(small.is_full(*other)) << "it is not its own limit that is reached";
}

TEST(ChildBudget, OnlyProgramsHaveAShare) {
  ChildBudget budget{settings_of(3, 2)};
  for (const auto* name : {"url", "nobody"}) {
    const auto share = budget.share_of(name);
    EXPECT_FALSE(budget.try_take(*share)) << name;
  }
}

TEST(ChildBudget, UnchangedSettingsKeepTheirShare) {
  ChildBudget budget{settings_of(9, 2)};
  const auto before = budget.share_of("program");
  budget.apply(settings_of(9, 2));
  EXPECT_EQ(budget.share_of("program"), before);
}

TEST(ChildBudget, ChangedSettingsGetAnotherShareAndTheTotalCountsBoth) {
  ChildBudget budget{settings_of(3, 2)};
  const auto before = budget.share_of("program");
  EXPECT_TRUE(budget.try_take(*before));
  EXPECT_TRUE(budget.try_take(*before));
  budget.apply(settings_of(3, 2, "b"));
  const auto after = budget.share_of("program");
  ASSERT_NE(after, before);
  EXPECT_TRUE(budget.try_take(*after)) << "processes of before are no hindrance";
  EXPECT_FALSE(budget.try_take(*after)) << "but in the total";
  budget.give(*before);
  EXPECT_TRUE(budget.try_take(*after));
  budget.give(*before);
  EXPECT_FALSE(budget.try_take(*after)) << "its own limit";
}

TEST(ChildBudget, AnUpstreamThatIsGoneGivesBackWhatItHas) {
  ChildBudget budget{settings_of(1, 1)};
  const auto before = budget.share_of("program");
  EXPECT_TRUE(budget.try_take(*before));
  Settings none;
  none.limits.children_max = 1;
  budget.apply(none);
  budget.apply(settings_of(1, 1));
  const auto after = budget.share_of("program");
  EXPECT_FALSE(budget.try_take(*after));
  budget.give(*before);
  EXPECT_TRUE(budget.try_take(*after));
}

}  // namespace
}  // namespace junctor::agent
