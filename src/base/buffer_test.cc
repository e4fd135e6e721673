// Goal: a Buffer holds exactly the bytes appended and not yet consumed, has readable padding behind
// them, and owns no memory when it holds none. Method: small cases by hand, then a long random walk
// against a std::string.
#include "base/buffer.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace junctor {
namespace {

TEST(Buffer, OwnsNothingWhenNew) {
  const Buffer buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_EQ(buffer.view(), "");
}

TEST(Buffer, AppendingNothingOwnsNothing) {
  Buffer buffer;
  buffer.append("");
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(Buffer, GivesMemoryBackWhenAllIsConsumed) {
  Buffer buffer;
  buffer.append("hello");
  buffer.consume(2);
  EXPECT_EQ(buffer.view(), "llo");
  buffer.consume(3);
  EXPECT_EQ(buffer.capacity(), 0U);
}

TEST(Buffer, ClearKeepsTheMemory) {
  Buffer buffer;
  buffer.append("hello");
  const auto capacity = buffer.capacity();
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(Buffer, PrepareAndCommitWriteInPlace) {
  Buffer buffer;
  const auto room = buffer.prepare(3);
  ASSERT_GE(room.size(), 3U);
  std::memcpy(room.data(), "abc", 3);
  buffer.commit(2);
  buffer.append('z');
  EXPECT_EQ(buffer.view(), "abz");
}

TEST(Buffer, PaddingIsReadableAndZeroAfterTheLastByteOfCapacity) {
  Buffer buffer;
  buffer.append(std::string(buffer.prepare(1).size(), 'x'));
  ASSERT_EQ(buffer.size(), buffer.capacity());
  for (std::size_t i = 0; i < kBufferPadding; ++i) EXPECT_EQ(buffer.data()[buffer.size() + i], 0);
}

TEST(Buffer, MovingLeavesTheOtherEmpty) {
  Buffer from;
  from.append("one");
  Buffer to{std::move(from)};
  EXPECT_EQ(to.view(), "one");
  Buffer other;
  other.append("two");
  other = std::move(to);
  EXPECT_EQ(other.view(), "one");
  Buffer& same = other;
  other = std::move(same);
  EXPECT_EQ(other.view(), "one");
}

TEST(Buffer, SwapExchangesTheContent) {
  Buffer a;
  Buffer b;
  a.append("one");
  a.swap(b);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(b.view(), "one");
}

TEST(Buffer, ReusesTheFrontBeforeItGrows) {
  Buffer buffer;
  buffer.append(std::string(buffer.prepare(1).size(), 'x'));
  const auto capacity = buffer.capacity();
  buffer.consume(capacity - 1);
  buffer.append(std::string(capacity / 2, 'y'));
  EXPECT_EQ(buffer.capacity(), capacity);
  EXPECT_EQ(buffer.view(), "x" + std::string(capacity / 2, 'y'));
}

TEST(BufferDeathTest, RefusesToConsumeOrCommitMoreThanThereIs) {
  Buffer buffer;
  buffer.append("ab");
  EXPECT_DEATH(buffer.consume(3), "assertion failed");
  EXPECT_DEATH(buffer.commit(buffer.capacity()), "assertion failed");
}

TEST(Buffer, AgreesWithAStringOverARandomWalk) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random{seed};
    Buffer buffer;
    std::string model;
    for (int step = 0; step < 200; ++step) {
      if (random() % 3 != 0) {
        const std::string bytes(random() % 700, static_cast<char>('a' + random() % 26));
        buffer.append(bytes);
        model += bytes;
      } else {
        const auto bytes = random() % (model.size() + 1);
        buffer.consume(bytes);
        model.erase(0, bytes);
      }
      ASSERT_EQ(buffer.view(), model);
      ASSERT_EQ(buffer.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace junctor
