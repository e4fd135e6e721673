// Goal: an arena gives memory that stays put, never more than its limit, and keeps its blocks.
// Method: fill it to the limit and over it, and look at what comes back after reset().

#include "lang/cel/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace junctor::lang::cel {
namespace {

TEST(Arena, WhatWasGivenStaysAsItIs) {
  Arena arena;
  char* const first = arena.allocate_array<char>(10);
  std::memset(first, 'a', 10);
  for (int i = 0; i < 10'000; ++i) {
    auto* const word = arena.allocate_array<std::uint64_t>(1);
    ASSERT_NE(word, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(word) % alignof(std::uint64_t), 0U);
    *word = ~std::uint64_t{0};
  }
  EXPECT_EQ(std::string_view(first, 10), "aaaaaaaaaa");
}

TEST(Arena, NothingIsAPointerToo) {
  Arena arena;
  EXPECT_NE(arena.allocate(0), nullptr);
  EXPECT_NE(arena.copy("").data(), nullptr);
}

TEST(Arena, RefusesWhatIsOverItsLimit) {
  Arena arena{1000};
  EXPECT_NE(arena.allocate(600), nullptr);
  EXPECT_EQ(arena.allocate(600), nullptr);
  EXPECT_NE(arena.allocate(400), nullptr);
  EXPECT_EQ(arena.allocate(8), nullptr);
  EXPECT_EQ(arena.allocate_array<std::uint64_t>(SIZE_MAX / 4), nullptr);
  EXPECT_EQ(arena.copy("a text").data(), nullptr);
  arena.reset();
  EXPECT_EQ(arena.bytes_used(), 0U);
  EXPECT_NE(arena.allocate(1000), nullptr);
}

TEST(Arena, TakesItsBlocksAgain) {
  Arena arena;
  const void* const before = arena.allocate(100);
  (void)arena.allocate(Arena::kBlockBytes);
  arena.reset();
  EXPECT_EQ(arena.allocate(100), before);
}

TEST(Arena, BlocksOfOneLargeEvaluationAreGivenBack) {
  Arena arena;
  EXPECT_NE(arena.allocate(Arena::kBlockBytes * 8), nullptr);
  arena.reset();
  EXPECT_NE(arena.allocate(8), nullptr);
  EXPECT_EQ(arena.bytes_used(), 8U);
}

}  // namespace
}  // namespace junctor::lang::cel
