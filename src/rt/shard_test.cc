// Goal: a shard runs what is ready fairly, takes messages from all threads with one wake-up a
// batch, and ends when it is told to and its tasks have. Method: single rounds where time stands
// still; real threads and a kernel loop for the inbox (under TSan).

#include "rt/shard.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "rt/event.h"
#include "support.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

Task<void> note(Event& event, std::vector<Wake>& into) {
  into.push_back(co_await event.wait(kNever));
}

// One turn through the run queue.
struct Yield {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const { resume_later(coroutine); }
  void await_resume() const noexcept {}
};

TEST(Shard, IsTheCurrentOneWhileEntered) {
  support::StillLoop loop;
  EXPECT_EQ(&Shard::current(), &loop.shard());
  SystemRandom random;
  Shard other{3, loop.io(), loop.clock(), random};
  EXPECT_EQ(other.index(), 3);
  {
    const Shard::Entered entered{other};
    EXPECT_EQ(&Shard::current(), &other);
  }
  EXPECT_EQ(&Shard::current(), &loop.shard());
}

TEST(Shard, CurrentOutsideOfAnyIsDeadly) {
  EXPECT_DEATH((void)Shard::current(), "assertion failed");
}

TEST(Shard, CoroutineThatIsAlwaysReadyDoesNotHoldUpTimeOrMessages) {
  support::StillLoop loop;
  bool stop = false;
  int turns = 0;
  const auto busy = [](bool& until, int& count) -> Task<void> {
    while (!until) {
      ++count;
      co_await Yield{};
    }
  };
  loop.spawn(busy(stop, turns));
  loop.shard().post([&] { stop = true; });
  loop.run_until([&] { return loop.shard().tasks().size() == 0; });
  EXPECT_LT(turns, 10);
}

TEST(Shard, ScratchIsPadded) {
  support::StillLoop loop;
  const auto scratch = loop.shard().scratch();
  EXPECT_EQ(scratch.size(), Shard::kScratchBytes);
  for (std::size_t i = 0; i < kBufferPadding; ++i) EXPECT_EQ(scratch.data()[scratch.size() + i], 0);
}

TEST(Shard, MessagesRunInTheirOrderWithOneWakeUpABatch) {
  support::StillLoop loop;
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(loop.shard().post([&seen, i] { seen.push_back(i); }));
  EXPECT_EQ(loop.io().wakes, 1);
  EXPECT_TRUE(seen.empty());
  loop.settle();
  EXPECT_EQ(seen, (std::vector{0, 1, 2, 3, 4}));
  loop.shard().post([&seen] { seen.push_back(5); });
  EXPECT_EQ(loop.io().wakes, 2);
  loop.settle();
  EXPECT_EQ(seen.size(), 6);
}

TEST(Shard, MessageMayPostAnother) {
  support::StillLoop loop;
  bool second = false;
  loop.shard().post([&] { loop.shard().post([&second] { second = true; }); });
  loop.run_until([&] { return second; });
}

TEST(Shard, FullInboxRefusesAndCounts) {
  support::StillLoop loop;
  std::size_t ran = 0;
  for (std::size_t i = 0; i < Shard::kInboxMax; ++i) {
    ASSERT_TRUE(loop.shard().post([&ran] { ++ran; }));
  }
  EXPECT_FALSE(loop.shard().post([] {}));
  EXPECT_EQ(loop.shard().inbox_refused(), 1);
  loop.settle();
  EXPECT_EQ(ran, Shard::kInboxMax);
  EXPECT_TRUE(loop.shard().post([] {}));
  loop.settle();
}

TEST(Shard, FullInboxDoesNotKeepItFromStopping) {
  support::StillLoop loop;
  while (loop.shard().post([] {})) {
  }
  loop.shard().stop();
  loop.shard().run();
}

TEST(Shard, StopCancelsItsTasksAndWaitsForThem) {
  support::StillLoop loop;
  Event never;
  std::vector<Wake> seen;
  const auto slow_end = [](Event& event, std::vector<Wake>& into) -> Task<void> {
    into.push_back(co_await event.wait(kNever));
    for (int i = 0; i < 10; ++i) co_await Yield{};
    into.push_back(Wake::ready);
  };
  loop.spawn(slow_end(never, seen));
  loop.spawn(note(never, seen));
  loop.shard().stop();
  loop.shard().run();
  EXPECT_EQ(seen.size(), 3);
  EXPECT_EQ(seen.back(), Wake::ready);
  EXPECT_EQ(loop.shard().tasks().size(), 0);
}

TEST(Shard, TakesMessagesOfManyThreadsAndStopsFromAny) {
  constexpr int kThreads = 4;
  constexpr int kMessages = 5000;
  SystemClock clock;
  KernelIo io;
  SystemRandom random;
  Shard shard{0, io, clock, random};
  int ran = 0;  // Touched by the shard's thread alone.
  std::vector<std::thread> posters;
  std::thread runner{[&] { shard.run(); }};
  for (int i = 0; i < kThreads; ++i) {
    posters.emplace_back([&] {
      for (int n = 0; n < kMessages; ++n) {
        while (!shard.post([&ran] { ++ran; })) std::this_thread::yield();
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  shard.stop();
  runner.join();
  EXPECT_EQ(ran, kThreads * kMessages);
}

TEST(Shard, TwoShardsPassAMessageBackAndForth) {
  SystemClock clock;
  KernelIo first_io;
  KernelIo second_io;
  SystemRandom first_random;
  SystemRandom second_random;
  Shard first{0, first_io, clock, first_random};
  Shard second{1, second_io, clock, second_random};
  std::function<void(int)> pass = [&](int left) {
    if (left == 0) {
      first.stop();
      second.stop();
      return;
    }
    Shard& to = &Shard::current() == &first ? second : first;
    EXPECT_TRUE(to.post([&pass, left] { pass(left - 1); }));
  };
  first.post([&] { pass(1000); });
  std::thread other{[&] { second.run(); }};
  first.run();
  other.join();
}

}  // namespace
}  // namespace junctor::rt
