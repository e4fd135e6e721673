// Goal: frame memory is aligned, never handed out twice, used again when it comes back, and
// bounded. Method: direct calls with every size around the borders of the classes.

#include "base/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace junctor {
namespace {

TEST(Pool, IsAlignedWritableAndUnique) {
  std::set<void*> seen;
  std::vector<std::pair<void*, std::size_t>> held;
  for (std::size_t bytes = 1; bytes <= 8192; bytes += bytes < 300 ? 1 : 97) {
    void* frame = pool_allocate(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0);
    EXPECT_TRUE(seen.insert(frame).second);
    std::memset(frame, 0xAB, bytes);
    held.emplace_back(frame, bytes);
  }
  for (const auto& [frame, bytes] : held) pool_free(frame, bytes);
}

TEST(Pool, SizesOfOneClassShareTheirMemory) {
  for (const std::size_t bytes : {1U, 63U, 64U, 65U, 128U, 4095U, 4096U}) {
    void* first = pool_allocate(bytes);
    pool_free(first, bytes);
    void* second = pool_allocate((bytes + 63) / 64 * 64);
    std::memset(second, 0xCD, (bytes + 63) / 64 * 64);
    pool_free(second, (bytes + 63) / 64 * 64);
  }
}

TEST(Pool, MoreThanTheCacheKeepsMayComeBackAtOnce) {
  constexpr std::size_t kBytes = 4096;
  std::vector<void*> frames(2 * kPoolBytesMax / kBytes);
  for (int round = 0; round < 3; ++round) {
    for (void*& frame : frames) frame = pool_allocate(kBytes);
    EXPECT_EQ(std::set<void*>(frames.begin(), frames.end()).size(), frames.size());
    for (void* frame : frames) pool_free(frame, kBytes);
  }
}

// A burst of other sizes must not leave the calls that follow without the pool.
TEST(Pool, WhatCameBackLastIsKept) {
  std::vector<std::pair<void*, std::size_t>> burst;
  for (std::size_t taken = 0; taken < 2 * kPoolBytesMax; taken += burst.back().second) {
    burst.emplace_back(pool_allocate(1000 + burst.size() % 2000), 1000 + burst.size() % 2000);
  }
  for (const auto& [memory, bytes] : burst) pool_free(memory, bytes);
  if (pool_bytes() == 0) return;  // A sanitizer build: it has no pool.
  for (const std::size_t bytes : {100U, 500U, 3900U}) {
    pool_free(pool_allocate(bytes), bytes);
    const std::size_t kept = pool_bytes();
    EXPECT_LE(kept, kPoolBytesMax);
    void* const again = pool_allocate(bytes);
    EXPECT_LT(pool_bytes(), kept) << bytes << " came from the heap";
    pool_free(again, bytes);
  }
}

TEST(Pool, EachThreadHasItsOwnAndGivesThemBackAtItsEnd) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      std::vector<void*> frames;
      for (int n = 0; n < 500; ++n) frames.push_back(pool_allocate(200));
      EXPECT_EQ(std::set<void*>(frames.begin(), frames.end()).size(), frames.size());
      for (void* frame : frames) pool_free(frame, 200);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace junctor
