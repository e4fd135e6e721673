// Goal: stop() is as gentle as the child allows and always ends with the whole group gone. Method:
// shell scripts that heed the end of their input, a TERM, or neither, alone and with processes of
// their own; what is left is looked up in /proc.

#include <vector>

#include "rt/child.h"
#include "rt/child_rig.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;
using test::ChildTest;
using test::is_alive;
using test::shell;

// Longer than any of these processes needs to do what it does, and not waited for.
constexpr Duration kAmple = 20s;

class ChildStopTest : public ChildTest {
 protected:
  Duration stop(Child& child, Duration grace) {
    const Time began = loop_.shard().now();  // As the wait counts it: the round's.
    loop_.run(child.stop(grace));
    EXPECT_TRUE(child.ended().is_set());
    EXPECT_EQ(test::state_of(child.pid()), '-');
    return loop_.now() - began;
  }
  void is_gone(pid_t pid) {
    loop_.run_until([pid] { return !is_alive(pid); });
    EXPECT_FALSE(test::has_zombie());
  }
};

TEST_F(ChildStopTest, EndOfInputIsEnoughForMost) {
  const auto child = start(shell("cat; exit 5"));
  EXPECT_LT(stop(*child, kAmple), kAmple);
  EXPECT_EQ(child->end(), (ChildEnd{.exit_status = 5}));
}

TEST_F(ChildStopTest, TermFollowsWhenInputIsNotHeeded) {
  const auto child = start(shell("trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"));
  EXPECT_EQ(line_of(*child), "ready");
  const Duration taken = stop(*child, 300ms);
  EXPECT_GE(taken, 300ms);
  EXPECT_EQ(child->end(), (ChildEnd{.exit_status = 9}));
}

TEST_F(ChildStopTest, KillFollowsWhenTermIsNotHeededEither) {
  const auto child = start(shell("trap '' TERM; echo ready; exec sleep 600"));
  EXPECT_EQ(line_of(*child), "ready");
  const Duration taken = stop(*child, 150ms);
  EXPECT_GE(taken, 300ms);
  EXPECT_EQ(child->end()->signal, SIGKILL);
}

TEST_F(ChildStopTest, StoppedProcessIsKilledAsWell) {
  const auto child = start(shell("kill -STOP $$"));
  loop_.run_until([&] { return test::state_of(child->pid()) == 'T'; });
  stop(*child, 20ms);
  EXPECT_EQ(child->end()->signal, SIGKILL);
}

TEST_F(ChildStopTest, GrandchildThatIgnoresTermGoesWithItsGroup) {
  const auto child = start(shell("sh -c 'trap \"\" TERM; echo $$; exec sleep 600' & cat"));
  const pid_t other = pid_of(*child);
  ASSERT_TRUE(is_alive(other));
  EXPECT_LT(stop(*child, kAmple), kAmple);  // The leader itself heeds the end of its input.
  EXPECT_EQ(child->end(), ChildEnd{});
  is_gone(other);
}

TEST_F(ChildStopTest, WrapperThatDoesNotForwardTermIsNoHindrance) {
  const auto child =
      start(shell("trap : TERM; sh -c 'trap \"exit\" TERM; echo $$; while :; do "
                  "sleep 0.05; done'; exit 4"));
  const pid_t other = pid_of(*child);
  const Duration taken = stop(*child, 200ms);
  EXPECT_GE(taken, 200ms);
  EXPECT_EQ(child->end(), (ChildEnd{.exit_status = 4}));  // The server heard it, and then it ended.
  is_gone(other);
}

TEST_F(ChildStopTest, WhatOutlivesALeaderThatEndsByItselfIsKilled) {
  const auto child = start(shell("sleep 600 & echo $!"));
  const pid_t other = pid_of(*child);
  loop_.run_until([&] { return child->ended().is_set(); });
  EXPECT_EQ(child->end(), ChildEnd{});
  is_gone(other);
  // Without its writers the stream has its end too.
  std::string output;
  bool ended = false;
  loop_.run(test::keep_stream(child->output(), output, ended));
  EXPECT_TRUE(ended);
}

TEST_F(ChildStopTest, OneThatHasEndedIsNotWaitedFor) {
  const auto child = start(shell("exit 2"));
  loop_.run_until([&] { return child->ended().is_set(); });
  EXPECT_LT(stop(*child, kAmple), kAmple);
  EXPECT_EQ(child->end(), (ChildEnd{.exit_status = 2}));
}

TEST_F(ChildStopTest, WriterThatWaitsForRoomIsWoken) {
  const auto child = start(shell("trap '' TERM; kill -STOP $$"));
  const std::string much(4 << 20, 'x');
  bool woken = false;
  const auto feed = [](Child& to, std::string_view text, bool& over) -> Task<void> {
    co_await test::feed_stream(to.input(), text);
    over = true;
  };
  loop_.spawn(feed(*child, much, woken));
  loop_.settle();
  EXPECT_FALSE(woken);
  stop(*child, 0ms);
  loop_.run_until([&] { return woken; });
}

TEST_F(ChildStopTest, CancelledOneKillsAtOnce) {
  const auto child = start(shell("trap '' TERM; echo $$; exec sleep 600"));
  (void)pid_of(*child);
  Cancellation scope;
  bool over = false;
  const auto in_scope = [](Cancellation& in, Child& which, bool& ended) -> Task<void> {
    co_await in.run(which.stop(kAmple));
    ended = true;
  };
  loop_.spawn(in_scope(scope, *child, over));
  loop_.settle();
  EXPECT_FALSE(over);
  scope.request();
  loop_.settle();
  EXPECT_TRUE(over);
  EXPECT_EQ(child->end()->signal, SIGKILL);
}

TEST_F(ChildStopTest, TwoMayStopItAtOnce) {
  const auto child = start(shell("trap '' TERM; echo ready; exec sleep 600"));
  EXPECT_EQ(line_of(*child), "ready");
  int over = 0;
  const auto count = [](Child& which, int& ended) -> Task<void> {
    co_await which.stop(50ms);
    ++ended;
  };
  loop_.spawn(count(*child, over));
  loop_.spawn(count(*child, over));
  loop_.run_until([&] { return over == 2; });
  EXPECT_EQ(child->end()->signal, SIGKILL);
}

}  // namespace
}  // namespace junctor::rt
