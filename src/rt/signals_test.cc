// Goal: a watched signal is a value, not an interruption; SIGPIPE is nothing.
// Method: signals sent to this very process.

#include "rt/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

TEST(Signals, ArriveAsValuesInsteadOfEndingTheProcess) {
  Signals signals{SIGUSR1, SIGUSR2};
  EXPECT_EQ(signals.wait_blocking(0ms), 0);
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  EXPECT_EQ(signals.wait_blocking(10s), SIGUSR1);
  ASSERT_EQ(kill(getpid(), SIGUSR2), 0);
  EXPECT_EQ(signals.wait_blocking(), SIGUSR2);
  EXPECT_EQ(signals.wait_blocking(1ns), 0);
}

TEST(Signals, EqualOnesThatNobodyReadYetAreOne) {
  Signals signals{SIGUSR1};
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  EXPECT_EQ(signals.wait_blocking(10s), SIGUSR1);
  EXPECT_EQ(signals.wait_blocking(0ms), 0);
}

TEST(Signals, EndsOfChildrenAreKeptThoughWhoStartedUsDidNotWantThem) {
  (void)signal(SIGCHLD, SIG_IGN);
  const Signals signals{SIGUSR1};
  EXPECT_EQ(signal(SIGCHLD, SIG_DFL), SIG_DFL);
}

TEST(Signals, WhoWatchesNoneIsNotEndedByAPipeThatNobodyReads) {
  (void)signal(SIGPIPE, SIG_DFL);
  settle_pipes_and_children();
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  ASSERT_EQ(close(ends[0]), 0);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  ASSERT_EQ(close(ends[1]), 0);
}

TEST(Signals, AWaitEndsWhenItIsWokenAndNoSignalIsLost) {
  Signals signals{SIGUSR1};
  signals.wake();
  EXPECT_EQ(signals.wait_blocking(), 0) << "woken before it waited";
  std::thread other{[&signals] { signals.wake(); }};
  EXPECT_EQ(signals.wait_blocking(), 0);
  other.join();
  signals.wake();
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  EXPECT_EQ(signals.wait_blocking(), SIGUSR1);
  EXPECT_EQ(signals.wait_blocking(0ms), 0);
}

TEST(Signals, AnotherDescriptorEndsAWaitForAsLongAsItIsReadable) {
  Signals signals{SIGUSR1};
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  signals.also_wake_on(ends[0]);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_EQ(signals.wait_blocking(), 0);
  EXPECT_EQ(signals.wait_blocking(), 0) << "it was not read";
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  EXPECT_EQ(signals.wait_blocking(), SIGUSR1) << "no signal is lost beside it";
  signals.also_wake_on(-1);
  ASSERT_EQ(kill(getpid(), SIGUSR1), 0);
  EXPECT_EQ(signals.wait_blocking(), SIGUSR1) << "without it a wait waits";
  close(ends[0]);
  close(ends[1]);
}

TEST(Signals, BrokenPipeIsAnErrorOnly) {
  const Signals signals{SIGUSR1};
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(ends[1]);
}

}  // namespace
}  // namespace junctor::rt
