// Goal: a wish to end reaches the innermost wait of its chain and nobody else, whenever it is
// uttered, and never resumes anything from within request(). Method: scopes around waits for events
// and time, on a shard whose time stands still.

#include "rt/cancel.h"

#include <gtest/gtest.h>

#include <vector>

#include "rt/event.h"
#include "support.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

Task<Wake> wait_for(Event& event) {
  co_return co_await event.wait(kNever);
}

Task<Wake> run_in(Cancellation& scope, Event& event) {
  co_return co_await scope.run(wait_for(event));
}

Task<void> note_run(Cancellation& scope, Event& event, std::vector<Wake>& into) {
  into.push_back(co_await scope.run(wait_for(event)));
}

TEST(Cancellation, EndsTheWaitThroughTheRunQueue) {
  support::StillLoop loop;
  Cancellation scope;
  Event never;
  std::vector<Wake> seen;
  loop.spawn(note_run(scope, never, seen));
  scope.request();
  EXPECT_TRUE(scope.requested());
  EXPECT_TRUE(seen.empty());  // Not from within request().
  loop.settle();
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
}

TEST(Cancellation, RequestedBeforeTheWaitIsSeenByIt) {
  support::StillLoop loop;
  Cancellation scope;
  Event never;
  scope.request();
  scope.request();
  EXPECT_EQ(loop.run(run_in(scope, never)), Wake::cancelled);
}

TEST(Cancellation, IsSeenByAWaitThatCouldEndAtOnce) {
  support::StillLoop loop;
  Cancellation scope;
  Event event;
  event.set();
  EXPECT_EQ(loop.run(run_in(scope, event)), Wake::ready);
  scope.request();
  EXPECT_EQ(loop.run(run_in(scope, event)), Wake::cancelled);
}

TEST(Cancellation, RequestedFromInsideIsSeenByTheNextWait) {
  support::StillLoop loop;
  const auto inside = [](Cancellation& own, Event& event) -> Task<Wake> {
    own.request();
    co_return co_await event.wait(kNever);
  };
  const auto outside = [](auto body, Cancellation& scope, Event& event) -> Task<Wake> {
    co_return co_await scope.run(body(scope, event));
  };
  Cancellation scope;
  Event never;
  EXPECT_EQ(loop.run(outside(inside, scope, never)), Wake::cancelled);
}

TEST(Cancellation, EveryLaterWaitOfTheScopeReportsIt) {
  support::StillLoop loop;
  const auto stubborn = [](Event& event) -> Task<int> {
    int cancelled = 0;
    for (int i = 0; i < 5; ++i) {
      if (co_await event.wait(kNever) == Wake::cancelled) ++cancelled;
    }
    if (co_await sleep_until(kNever - 1h) == Wake::cancelled) ++cancelled;
    co_return cancelled;
  };
  const auto outside = [](auto body, Cancellation& scope, Event& event) -> Task<int> {
    co_return co_await scope.run(body(event));
  };
  Cancellation scope;
  Event never;
  scope.request();
  EXPECT_EQ(loop.run(outside(stubborn, scope, never)), 6);
}

TEST(Cancellation, OfTheOuterScopeReachesTheInnermostWait) {
  support::StillLoop loop;
  Cancellation outer;
  Cancellation middle;
  Cancellation inner;
  Event never;
  std::vector<Wake> seen;
  const auto two = [](Cancellation& a, Cancellation& b, Event& event) -> Task<Wake> {
    co_return co_await a.run(run_in(b, event));
  };
  const auto three = [](auto body, Cancellation& a, Cancellation& b, Cancellation& c, Event& event,
                        std::vector<Wake>& into) -> Task<void> {
    into.push_back(co_await a.run(body(b, c, event)));
  };
  loop.spawn(three(two, outer, middle, inner, never, seen));
  outer.request();
  EXPECT_TRUE(middle.requested());
  EXPECT_TRUE(inner.requested());
  loop.settle();
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
}

TEST(Cancellation, OfTheInnerScopeLeavesTheOuterAlone) {
  support::StillLoop loop;
  Cancellation outer;
  Cancellation inner;
  Event never;
  Event afterwards;
  std::vector<Wake> seen;
  const auto goes_on = [](Cancellation& scope, Event& first, Event& second,
                          std::vector<Wake>& into) -> Task<void> {
    into.push_back(co_await scope.run(wait_for(first)));
    into.push_back(co_await second.wait(kNever));
  };
  const auto outside = [](auto body, Cancellation& a, Cancellation& b, Event& first, Event& second,
                          std::vector<Wake>& into) -> Task<void> {
    co_await a.run(body(b, first, second, into));
  };
  loop.spawn(outside(goes_on, outer, inner, never, afterwards, seen));
  inner.request();
  loop.settle();
  EXPECT_FALSE(outer.requested());
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
  afterwards.set();
  loop.settle();
  EXPECT_EQ(seen, (std::vector{Wake::cancelled, Wake::ready}));
}

TEST(Cancellation, OfTheOuterScopeIsSeenByAnInnerOneMadeLater) {
  support::StillLoop loop;
  Cancellation outer;
  Event never;
  outer.request();
  const auto makes_one = [](Event& event) -> Task<Wake> {
    Cancellation inner;
    co_return co_await inner.run(wait_for(event));
  };
  const auto outside = [](auto body, Cancellation& scope, Event& event) -> Task<Wake> {
    co_return co_await scope.run(body(event));
  };
  EXPECT_EQ(loop.run(outside(makes_one, outer, never)), Wake::cancelled);
}

TEST(Cancellation, ComesTooLateForAWaitThatHasEnded) {
  support::StillLoop loop;
  Cancellation scope;
  Event event;
  std::vector<Wake> seen;
  loop.spawn(note_run(scope, event, seen));
  event.set();  // The waiter is in the run queue now.
  scope.request();
  loop.settle();
  EXPECT_EQ(seen, std::vector{Wake::ready});
}

TEST(Cancellation, EndsASleepWithoutPassingItsTime) {
  support::StillLoop loop;
  Cancellation scope;
  std::vector<Wake> seen;
  const auto sleeps = [](Cancellation& in, Time when, std::vector<Wake>& into) -> Task<void> {
    into.push_back(co_await in.run(sleep_until(when)));
  };
  const Time before = loop.now();
  loop.spawn(sleeps(scope, before + 1min, seen));
  scope.request();
  loop.settle();
  EXPECT_EQ(seen, std::vector{Wake::cancelled});
  EXPECT_EQ(loop.now(), before);
}

TEST(Cancellation, ScopeMayBeRunAgain) {
  support::StillLoop loop;
  Cancellation scope;
  Event event;
  event.set();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(loop.run(run_in(scope, event)), Wake::ready);
}

Task<void> take_turns(char name, std::string& order, std::vector<Wake>& seen) {
  for (int i = 0; i < 3; ++i) {
    order += name;
    seen.push_back(co_await NextRound{});
  }
}

TEST(NextRound, GivesEverybodyATurn) {
  support::StillLoop loop;
  std::string order;
  std::vector<Wake> seen;
  loop.spawn(take_turns('a', order, seen));
  loop.spawn(take_turns('b', order, seen));
  loop.settle();
  EXPECT_EQ(order, "ababab");
  EXPECT_EQ(seen, std::vector<Wake>(6, Wake::ready));
}

Task<void> take_turns_within(Cancellation& scope, std::string& order, std::vector<Wake>& seen) {
  co_await scope.run(take_turns('a', order, seen));
}

TEST(NextRound, TellsOfACancellation) {
  support::StillLoop loop;
  Cancellation scope;
  std::string order;
  std::vector<Wake> seen;
  loop.spawn(take_turns_within(scope, order, seen));
  scope.request();
  loop.settle();
  EXPECT_EQ(seen, std::vector<Wake>(3, Wake::cancelled));
}

}  // namespace
}  // namespace junctor::rt
