// Goal: a Task gives its value once, starts when awaited, frees its frame, and loops for ever on
// constant stack, in every kind of build. Method: small coroutines on a shard whose time stands
// still; frames are seen through what they hold.

#include "rt/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "rt/task_group.h"
#include "support.h"

namespace junctor::rt {
namespace {

// Counts those that are alive.
class Counted {
 public:
  explicit Counted(int& alive) noexcept : alive_{&alive} { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_{other.alive_} { ++*alive_; }
  Counted& operator=(Counted&&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

Task<int> give(int value) {
  co_return value;
}

Task<void> note(std::vector<int>& into, int value) {
  into.push_back(value);
  co_return;
}

Task<std::unique_ptr<std::string>> make_text() {
  co_return std::make_unique<std::string>("moved");
}

Task<Result<int>> give_or_fail(bool good) {
  if (!good) co_return fail(ErrorKind::not_found, "absent");
  co_return 7;
}

Task<Result<int>> add_one(bool good) {
  JUNCTOR_CO_TRY(const int value, co_await give_or_fail(good));
  co_return value + 1;
}

Task<int> holds(Counted, int value) {
  co_return value;
}

TEST(Task, GivesItsValue) {
  support::StillLoop loop;
  EXPECT_EQ(loop.run(give(42)), 42);
}

TEST(Task, GivesWhatCanOnlyBeMoved) {
  support::StillLoop loop;
  EXPECT_EQ(*loop.run(make_text()), "moved");
}

TEST(Task, CarriesErrorsOutward) {
  support::StillLoop loop;
  EXPECT_EQ(loop.run(add_one(true)).value(), 8);
  EXPECT_EQ(loop.run(add_one(false)).error().reason(), "absent");
}

TEST(Task, StartsWhenAwaitedAndNotBefore) {
  support::StillLoop loop;
  std::vector<int> seen;
  const auto parent = [](std::vector<int>& into) -> Task<void> {
    auto first = note(into, 1);
    auto second = note(into, 2);
    co_await std::move(second);
    co_await std::move(first);
  };
  loop.run(parent(seen));
  EXPECT_EQ(seen, (std::vector{2, 1}));
}

TEST(Task, NeverAwaitedFreesItsFrameAndArguments) {
  int alive = 0;
  {
    const auto task = holds(Counted{alive}, 1);
    EXPECT_GT(alive, 0);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Task, MovedFromFreesNothingTwice) {
  int alive = 0;
  {
    auto task = holds(Counted{alive}, 1);
    const auto other = std::move(task);
    EXPECT_GT(alive, 0);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Task, FrameIsFreedAtTheEndOfTheExpressionThatAwaits) {
  support::StillLoop loop;
  int alive = 0;
  const auto parent = [](int& count) -> Task<int> {
    const int value = co_await holds(Counted{count}, 5);
    co_return value + count;  // Nothing is alive here.
  };
  EXPECT_EQ(loop.run(parent(alive)), 5);
  EXPECT_EQ(alive, 0);
}

TEST(Task, LoopOfTasksThatAreReadyUsesConstantStack) {
  support::StillLoop loop;
  const auto sum = [](int count) -> Task<std::int64_t> {
    std::int64_t total = 0;
    for (int i = 0; i < count; ++i) total += co_await give(i);
    co_return total;
  };
  EXPECT_EQ(loop.run(sum(2'000'000)), 1'999'999'000'000);
}

Task<int> descend(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await descend(depth - 1);
}

TEST(Task, DeepChainUnwindsOnConstantStack) {
  support::StillLoop loop;
  EXPECT_EQ(loop.run(descend(100'000)), 100'000);
}

TEST(Task, ExceptionAtTheEdgeEndsTheProcess) {
  const auto throws = []() -> Task<void> {
    throw 1;
    co_return;
  };
  EXPECT_DEATH(
      {
        support::StillLoop loop;
        loop.run(throws());
      },
      "");
}

TEST(Task, AwaitingTwiceIsDeadly) {
  const auto twice = []() -> Task<void> {
    auto task = give(1);
    (void)co_await std::move(task);
    (void)co_await std::move(task);
  };
  EXPECT_DEATH(
      {
        support::StillLoop loop;
        loop.run(twice());
      },
      "assertion failed");
}

}  // namespace
}  // namespace junctor::rt
