// Goal: what blocks runs elsewhere, its result comes home to the shard that asked, and nothing is
// lost when the asker is cancelled or the pool is full. Method: a kernel loop and real threads,
// held up by a latch (under TSan as well).

#include "rt/blocking_pool.h"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "support.h"

namespace junctor::rt {
namespace {

using Number = Result<int>;

Task<Number> ask(BlockingPool& pool, int value) {
  co_return co_await pool.run_blocking([value]() -> Number { return value * 2; });
}

TEST(BlockingPool, GivesTheResultOnTheShardThatAsked) {
  support::KernelLoop loop;
  BlockingPool pool{1};
  const auto task = [](BlockingPool& use) -> Task<bool> {
    const auto here = std::this_thread::get_id();
    const auto there = co_await use.run_blocking(
        []() -> Result<std::thread::id> { return std::this_thread::get_id(); });
    EXPECT_EQ(std::this_thread::get_id(), here);
    co_return there.value() != here;
  };
  EXPECT_TRUE(loop.run(task(pool)));
}

TEST(BlockingPool, CarriesErrorsAndWhatCanOnlyBeMoved) {
  support::KernelLoop loop;
  BlockingPool pool{1};
  const auto fails = [](BlockingPool& use) -> Task<Result<>> {
    co_return co_await use.run_blocking(
        []() -> Result<> { return fail(ErrorKind::not_found, "no_such_file"); });
  };
  EXPECT_EQ(loop.run(fails(pool)).error().reason(), "no_such_file");
  const auto moves = [](BlockingPool& use) -> Task<Result<std::unique_ptr<int>>> {
    co_return co_await use.run_blocking(
        [held = std::make_unique<int>(4)]() mutable -> Result<std::unique_ptr<int>> {
          return std::move(held);
        });
  };
  EXPECT_EQ(*loop.run(moves(pool)).value(), 4);
}

TEST(BlockingPool, RunsManyCallsOfManyTasks) {
  support::KernelLoop loop;
  BlockingPool pool{3};
  int total = 0;
  const auto adds = [](BlockingPool& use, int value, int& into) -> Task<void> {
    for (int i = 0; i < 20; ++i) into += (co_await ask(use, value)).value();
  };
  for (int i = 0; i < 50; ++i) loop.spawn(adds(pool, i, total));
  loop.run_until([&] { return loop.shard().tasks().size() == 0; });
  EXPECT_EQ(total, 2 * 20 * (49 * 50 / 2));
}

TEST(BlockingPool, FullQueueRefusesAtOnce) {
  support::KernelLoop loop;
  std::latch started{1};
  std::latch go_on{1};
  BlockingPool pool{1, 1};
  const auto holds = [](BlockingPool& use, std::latch& begun, std::latch& wait) -> Task<void> {
    (void)co_await use.run_blocking([&]() -> Result<> {
      begun.count_down();
      wait.wait();
      return {};
    });
  };
  loop.spawn(holds(pool, started, go_on));
  started.wait();
  const auto queued = [](BlockingPool& use) -> Task<void> { EXPECT_TRUE(co_await ask(use, 1)); };
  loop.spawn(queued(pool));
  const auto refused = loop.run(ask(pool, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unavailable);
  go_on.count_down();
  loop.run_until([&] { return loop.shard().tasks().size() == 0; });
}

TEST(BlockingPool, CancelledCallerStillWaitsForTheCall) {
  support::KernelLoop loop;
  std::latch started{1};
  std::latch go_on{1};
  BlockingPool pool{1};
  bool ended = false;
  const auto asks = [](BlockingPool& use, std::latch& begun, std::latch& wait,
                       bool& done) -> Task<void> {
    const auto result = co_await use.run_blocking([&]() -> Number {
      begun.count_down();
      wait.wait();
      return 5;
    });
    EXPECT_EQ(result.value(), 5);
    done = true;
  };
  loop.spawn(asks(pool, started, go_on, ended));
  started.wait();
  loop.shard().tasks().cancel();
  loop.settle();
  EXPECT_FALSE(ended);
  go_on.count_down();
  loop.run_until([&] { return ended; });
}

TEST(BlockingPool, EndsWhatIsQueuedBeforeItGoes) {
  support::KernelLoop loop;
  int total = 0;
  const auto adds = [](BlockingPool& use, int& into) -> Task<void> {
    into += (co_await ask(use, 1)).value();
  };
  {
    BlockingPool pool{2};
    for (int i = 0; i < 100; ++i) loop.spawn(adds(pool, total));
  }
  loop.run_until([&] { return loop.shard().tasks().size() == 0; });
  EXPECT_EQ(total, 200);
}

TEST(BlockingPool, ServesSeveralShards) {
  std::optional<BlockingPool> pool{2};
  std::latch asked{2};
  std::latch pool_gone{1};  // Until then a pool's thread may still be waking a shard.
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      support::KernelLoop loop;
      for (int n = 0; n < 100; ++n) EXPECT_EQ(loop.run(ask(*pool, n)).value(), 2 * n);
      asked.count_down();
      pool_gone.wait();
    });
  }
  asked.wait();
  pool.reset();
  pool_gone.count_down();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace junctor::rt
