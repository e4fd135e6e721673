// Goal: an Event wakes everybody who waits, once, whatever ends the wait first; and may go as soon
// as they have been told. Method: waiters on a shard whose time stands still.

#include "rt/event.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "support.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

Task<void> note(Event& event, Time deadline, std::vector<Wake>& into) {
  into.push_back(co_await event.wait(deadline));
}

TEST(Event, WakesAllWhoWait) {
  support::StillLoop loop;
  Event event;
  std::vector<Wake> seen;
  for (int i = 0; i < 3; ++i) loop.spawn(note(event, kNever, seen));
  event.set();
  EXPECT_TRUE(seen.empty());  // Through the run queue.
  loop.settle();
  EXPECT_EQ(seen, std::vector<Wake>(3, Wake::ready));
}

TEST(Event, StaysSetUntilReset) {
  support::StillLoop loop;
  Event event;
  std::vector<Wake> seen;
  event.set();
  loop.run(note(event, kNever, seen));
  EXPECT_TRUE(event.is_set());
  event.reset();
  loop.spawn(note(event, kNever, seen));
  loop.settle();
  EXPECT_EQ(seen.size(), 1);
  event.set();
  loop.settle();
  EXPECT_EQ(seen.size(), 2);
}

TEST(Event, WaitEndsAtItsDeadlineNeverBefore) {
  support::StillLoop loop;
  Event event;
  std::vector<Wake> seen;
  const Time deadline = loop.now() + 1234567us;
  loop.run(note(event, deadline, seen));
  EXPECT_EQ(seen, std::vector{Wake::timeout});
  EXPECT_GE(loop.now(), deadline);
  EXPECT_LE(loop.now(), deadline + TimerWheel::kTick);
}

TEST(Event, DeadlineInThePastEndsSoon) {
  support::StillLoop loop;
  Event event;
  std::vector<Wake> seen;
  const Time before = loop.now();
  loop.run(note(event, before - 1h, seen));
  EXPECT_EQ(seen, std::vector{Wake::timeout});
  EXPECT_LE(loop.now(), before + 2 * TimerWheel::kTick);
}

TEST(Event, SetIsReadyThoughTheDeadlineHasPassed) {
  support::StillLoop loop;
  Event event;
  event.set();
  std::vector<Wake> seen;
  loop.run(note(event, loop.now() - 1h, seen));
  EXPECT_EQ(seen, std::vector{Wake::ready});
}

TEST(Event, WaitersLeaveTheListInAnyOrder) {
  support::StillLoop loop;
  Event event;
  std::vector<Wake> seen;
  const Time start = loop.now();
  for (const int ms : {30, 100, 500, 60}) {
    loop.spawn(note(event, start + std::chrono::milliseconds{ms}, seen));
  }
  loop.run_until([&] { return seen.size() == 3; });
  EXPECT_EQ(seen, std::vector<Wake>(3, Wake::timeout));
  event.set();
  loop.settle();
  ASSERT_EQ(seen.size(), 4);
  EXPECT_EQ(seen.back(), Wake::ready);
}

TEST(Event, MayBeDestroyedAfterSetBeforeItsWaitersHaveRun) {
  support::StillLoop loop;
  auto event = std::make_unique<Event>();
  std::vector<Wake> seen;
  loop.spawn(note(*event, loop.now() + 1min, seen));
  loop.spawn(note(*event, kNever, seen));
  event->set();
  event.reset();
  loop.settle();
  EXPECT_EQ(seen, std::vector<Wake>(2, Wake::ready));
}

TEST(Event, DestructionUnderAWaiterIsDeadly) {
  EXPECT_DEATH(
      {
        support::StillLoop loop;
        std::vector<Wake> seen;
        Event event;
        loop.spawn(note(event, kNever, seen));
      },
      "assertion failed");
}

TEST(SleepUntil, TakesItsTimeOverSeveralTurnsOfTheWheel) {
  support::StillLoop loop;
  for (const Duration duration :
       {Duration{1ns}, Duration{8ms}, Duration{8192ms}, Duration{59min}}) {
    const Time deadline = loop.now() + duration;
    EXPECT_EQ(loop.run(sleep_until(deadline)), Wake::timeout);
    EXPECT_GE(loop.now(), deadline);
    EXPECT_LE(loop.now(), deadline + TimerWheel::kTick);
  }
}

}  // namespace
}  // namespace junctor::rt
