// Goal: a group loses no child: join() waits for all, the first failure cancels the others, a wish
// to end passes through, and a full or cancelled group behaves as stated. Method: children that
// wait for events, on a shard whose time stands still.

#include "rt/task_group.h"

#include <gtest/gtest.h>

#include <vector>

#include "rt/event.h"
#include "support.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

Task<void> wait_and_note(Event& event, std::vector<Wake>& into) {
  into.push_back(co_await event.wait(kNever));
}

Task<Result<>> wait_or_fail(Event& event, std::string_view reason) {
  if (co_await event.wait(kNever) == Wake::cancelled) co_return fail(ErrorKind::cancelled);
  co_return fail(ErrorKind::unavailable, reason);
}

Task<Result<>> succeed() {
  co_return Result<>{};
}

Task<Result<>> join(TaskGroup& group) {
  co_return co_await group.join();
}

TEST(TaskGroup, ChildRunsAtOnceUntilItFirstWaits) {
  support::StillLoop loop;
  TaskGroup group;
  Event event;
  std::vector<Wake> seen;
  const auto child = [](Event& awaited, bool& started) -> Task<void> {
    started = true;
    (void)co_await awaited.wait(kNever);
  };
  bool started = false;
  group.spawn(child(event, started));
  EXPECT_TRUE(started);
  EXPECT_EQ(group.size(), 1);
  event.set();
  EXPECT_TRUE(loop.run(join(group)));
  EXPECT_EQ(group.size(), 0);
}

TEST(TaskGroup, JoinWaitsForAllInWhateverOrderTheyEnd) {
  support::StillLoop loop;
  TaskGroup group;
  std::vector<Wake> seen;
  Event first;
  Event second;
  Event third;
  for (Event* event : {&first, &second, &third}) group.spawn(wait_and_note(*event, seen));
  bool joined = false;
  const auto watch = [](TaskGroup& watched, bool& done) -> Task<void> {
    EXPECT_TRUE(co_await watched.join());
    done = true;
  };
  loop.spawn(watch(group, joined));
  for (Event* event : {&second, &third, &first}) {
    EXPECT_FALSE(joined);
    event->set();
    loop.settle();
  }
  EXPECT_TRUE(joined);
  EXPECT_EQ(seen, (std::vector{Wake::ready, Wake::ready, Wake::ready}));
}

TEST(TaskGroup, JoinOfAnEmptyGroupEndsAtOnce) {
  support::StillLoop loop;
  TaskGroup group;
  EXPECT_TRUE(loop.run(join(group)));
  group.spawn(succeed());
  EXPECT_TRUE(loop.run(join(group)));
}

TEST(TaskGroup, FirstFailureCancelsTheOthersAndIsTheResult) {
  support::StillLoop loop;
  TaskGroup group;
  Event never;
  Event fails;
  std::vector<Wake> seen;
  group.spawn(wait_and_note(never, seen));
  group.spawn(wait_or_fail(fails, "first"));
  group.spawn(wait_or_fail(never, "second"));
  group.spawn(succeed());
  fails.set();
  const auto result = loop.run(join(group));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason(), "first");
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
}

TEST(TaskGroup, FailureBeforeJoinIsNotLost) {
  support::StillLoop loop;
  TaskGroup group;
  const auto fails = []() -> Task<Result<>> { co_return fail(ErrorKind::corrupt, "early"); };
  group.spawn(fails());
  EXPECT_EQ(group.size(), 0);
  EXPECT_EQ(loop.run(join(group)).error().reason(), "early");
}

TEST(TaskGroup, CancelledJoinPassesTheWishOnAndStillWaits) {
  support::StillLoop loop;
  TaskGroup group;
  Event never;
  Event cleaned_up;
  std::vector<Wake> seen;
  const auto takes_its_time = [](Event& awaited, Event& done,
                                 std::vector<Wake>& into) -> Task<void> {
    into.push_back(co_await awaited.wait(kNever));
    done.set();
  };
  group.spawn(takes_its_time(never, cleaned_up, seen));
  Cancellation scope;
  bool joined = false;
  const auto outer = [](Cancellation& in, TaskGroup& joins, bool& done) -> Task<void> {
    (void)co_await in.run(join(joins));
    done = true;
  };
  loop.spawn(outer(scope, group, joined));
  scope.request();
  EXPECT_FALSE(joined);
  loop.run_until([&] { return joined; });
  EXPECT_TRUE(cleaned_up.is_set());
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
}

TEST(TaskGroup, JoinInAScopeThatIsCancelledAlreadyCancelsAndWaits) {
  support::StillLoop loop;
  TaskGroup group;
  Event never;
  std::vector<Wake> seen;
  group.spawn(wait_and_note(never, seen));
  Cancellation scope;
  scope.request();
  const auto outer = [](Cancellation& in, TaskGroup& joins) -> Task<void> {
    (void)co_await in.run(join(joins));
  };
  loop.run(outer(scope, group));
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
}

TEST(TaskGroup, ChildOfACancelledGroupSeesItAtItsFirstWait) {
  support::StillLoop loop;
  TaskGroup group;
  Event never;
  std::vector<Wake> seen;
  group.cancel();
  group.spawn(wait_and_note(never, seen));
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
  EXPECT_EQ(group.size(), 0);
  EXPECT_TRUE(loop.run(join(group)));
}

TEST(TaskGroup, CancelReachesGroupsWithinGroups) {
  support::StillLoop loop;
  std::vector<Wake> seen;
  Event never;
  const auto nested = [](Event& awaited, std::vector<Wake>& into) -> Task<void> {
    TaskGroup inner;
    inner.spawn(wait_and_note(awaited, into));
    inner.spawn(wait_and_note(awaited, into));
    (void)co_await inner.join();
  };
  TaskGroup group;
  group.spawn(nested(never, seen));
  group.spawn(nested(never, seen));
  group.cancel();
  EXPECT_TRUE(loop.run(join(group)));
  EXPECT_EQ(seen, std::vector<Wake>(4, Wake::cancelled));
}

TEST(TaskGroup, ChildMayCancelItsOwnGroup) {
  support::StillLoop loop;
  TaskGroup group;
  Event never;
  std::vector<Wake> seen;
  const auto cancels = [](TaskGroup& own, Event& awaited, std::vector<Wake>& into) -> Task<void> {
    own.cancel();
    into.push_back(co_await awaited.wait(kNever));
  };
  group.spawn(wait_and_note(never, seen));
  group.spawn(cancels(group, never, seen));
  EXPECT_TRUE(loop.run(join(group)));
  EXPECT_EQ(seen.size(), 2);
}

TEST(TaskGroup, SaysWhenItIsFull) {
  support::StillLoop loop;
  TaskGroup group{2};
  Event event;
  std::vector<Wake> seen;
  group.spawn(wait_and_note(event, seen));
  EXPECT_FALSE(group.full());
  group.spawn(wait_and_note(event, seen));
  EXPECT_TRUE(group.full());
  event.set();
  EXPECT_TRUE(loop.run(join(group)));
  EXPECT_FALSE(group.full());
}

TEST(TaskGroup, HoldsManyChildren) {
  support::StillLoop loop;
  TaskGroup group;
  std::vector<Wake> seen;
  Event event;
  for (int i = 0; i < 10'000; ++i) group.spawn(wait_and_note(event, seen));
  event.set();
  EXPECT_TRUE(loop.run(join(group)));
  EXPECT_EQ(seen.size(), 10'000);
}

TEST(TaskGroup, DestructionWithAChildLeftIsDeadly) {
  EXPECT_DEATH(
      {
        support::StillLoop loop;
        Event never;
        std::vector<Wake> seen;
        TaskGroup group;
        group.spawn(wait_and_note(never, seen));
      },
      "assertion failed");
}

}  // namespace
}  // namespace junctor::rt
