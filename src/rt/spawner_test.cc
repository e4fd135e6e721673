// Goal: a shard goes on while a child is started, whatever the size of this process, and no start
// that is given up leaves anything. Method: real processes; the rounds that the loop makes
// meanwhile, what /proc shows afterwards, and shards on three threads.

#include "rt/spawner.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <optional>
#include <thread>

#include "rt/child.h"
#include "rt/child_rig.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;
using test::shell;

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t kLarge = std::size_t{64} << 20U;  // Shadow memory comes on top.
#else
constexpr std::size_t kLarge = std::size_t{2} << 30U;
#endif
// To copy the page tables of so much takes three times as long.
constexpr Duration kStartMax = 6ms;

using Started = std::optional<Result<std::unique_ptr<Child>>>;

Task<void> start_into(Cancellation& scope, Shard& shard, Started& into) {
  into.emplace(co_await scope.run(Child::spawn(shard, shell("exit 0"))));
}

using SpawnerTest = test::ChildTest;

// The least of some, since others use the machine too.
TEST_F(SpawnerTest, LoopOfALargeProcessGoesOnWhileAnotherStarts) {
  void* const large = ::mmap(nullptr, kLarge, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(large, MAP_FAILED);
  Duration least = kStartMax * 2;
  int rounds = 0;
  constexpr int kStarts = 21;
  for (int i = 0; i < kStarts; ++i) {
    Cancellation scope;
    Started started;
    const Time began = loop_.now();
    loop_.spawn(start_into(scope, loop_.shard(), started));
    for (; !started; ++rounds) loop_.shard().round(Time{});  // Waits for nothing.
    least = std::min(least, loop_.now() - began);
    ASSERT_TRUE(started->has_value());
    loop_.run_until([&] { return (**started)->ended().is_set(); });
  }
  ::munmap(large, kLarge);
  EXPECT_LT(least, kStartMax);
  EXPECT_GT(rounds, 5 * kStarts) << "the loop did nothing else";
}

TEST_F(SpawnerTest, WhatIsGivenUpLeavesNothing) {
  (void)run(shell("exit 0"));
  const std::size_t before = test::open_descriptors();
  std::array<Cancellation, 100> scopes;
  std::array<Started, 100> started;
  for (std::size_t i = 0; i < scopes.size(); ++i)
    loop_.spawn(start_into(scopes[i], loop_.shard(), started[i]));
  for (Cancellation& scope : scopes) scope.request();
  loop_.run_until([&] { return std::ranges::all_of(started, &Started::has_value); });
  std::size_t withdrawn = 0;
  for (Started& each : started) {
    if (each->has_value()) continue;
    EXPECT_EQ(each->error().kind(), ErrorKind::cancelled);
    ++withdrawn;
  }
  EXPECT_GT(withdrawn, 0U) << "the thread cannot have been so fast";
  for (Started& each : started) each.reset();
  EXPECT_EQ(test::open_descriptors(), before);
  EXPECT_FALSE(test::has_zombie());
}

TEST_F(SpawnerTest, CancelledBeforehandIsNotBegun) {
  Cancellation scope;
  Started started;
  scope.request();
  loop_.spawn(start_into(scope, loop_.shard(), started));
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(started->error().kind(), ErrorKind::cancelled);
}

TEST(Spawner, ServesShardsOnManyThreads) {
  const auto start_some = [] {
    support::KernelLoop loop;
    for (int i = 0; i < 20; ++i) {
      const auto child = loop.run(Child::spawn(loop.shard(), shell("exit 4")));
      ASSERT_TRUE(child.has_value());
      loop.run_until([&] { return (*child)->ended().is_set(); });
      EXPECT_EQ((*child)->end(), (ChildEnd{.exit_status = 4}));
    }
  };
  std::array<std::thread, 3> threads;
  for (std::thread& each : threads) each = std::thread{start_some};
  for (std::thread& each : threads) each.join();
  EXPECT_FALSE(test::has_zombie());
}

}  // namespace
}  // namespace junctor::rt
