// Goal: every byte reaches the socket once and in order whatever the socket takes; a queue is never
// left waiting for an event that an edge-triggered poller will not send; and it is bounded.
// Method: a Stream that takes what the test says, compared with what was given.

#include "net/send_queue.h"

#include <gtest/gtest.h>

#include <deque>

#include "sim/world.h"

namespace junctor::net {
namespace {

using Outcome = SendQueue::Outcome;

class FakeStream final : public Stream {
 public:
  explicit FakeStream(rt::Shard& shard) : Stream{shard, -1} {}
  ssize_t try_send(std::span<const iovec> pieces) noexcept override {
    ++calls;
    std::string all;
    for (const iovec& piece : pieces) {
      all.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    ssize_t takes = static_cast<ssize_t>(all.size());
    if (!script.empty()) {
      takes = std::min(takes, script.front());
      script.pop_front();
    }
    if (takes > 0) taken.append(all, 0, static_cast<std::size_t>(takes));
    return takes;
  }

  std::deque<ssize_t> script;  // What each call takes, or its error; everything when it is over.
  std::string taken;
  int calls = 0;
};

class SendQueueTest : public testing::Test {
 protected:
  Outcome send(std::initializer_list<std::string_view> pieces) {
    return queue_.send({pieces.begin(), pieces.size()});
  }
  Outcome hold(std::string_view piece) { return queue_.hold({&piece, 1}); }

  sim::World world_{0};
  FakeStream stream_{world_.shard()};
  SendQueue queue_{stream_, 20};
};

TEST_F(SendQueueTest, PiecesLeaveInOneCallAndNothingIsKept) {
  EXPECT_EQ(send({"head", "", "body"}), Outcome::good);
  EXPECT_EQ(stream_.taken, "headbody");
  EXPECT_EQ(stream_.calls, 1);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.bytes_sent(), 8U);
}

TEST_F(SendQueueTest, NothingToSendIsNoCall) {
  EXPECT_EQ(send({"", ""}), Outcome::good);
  EXPECT_EQ(queue_.flush(), Outcome::good);
  EXPECT_EQ(stream_.calls, 0);
}

TEST_F(SendQueueTest, WhatIsHeldGoesFirst) {
  EXPECT_EQ(hold("ab"), Outcome::good);
  EXPECT_EQ(hold("cd"), Outcome::good);
  EXPECT_EQ(stream_.calls, 0);
  EXPECT_EQ(queue_.bytes(), 4U);
  EXPECT_EQ(send({"ef"}), Outcome::good);
  EXPECT_EQ(stream_.taken, "abcdef");
  EXPECT_EQ(stream_.calls, 1);
}

TEST_F(SendQueueTest, AShortSendIsTriedAgainUntilTheSocketSaysSo) {
  stream_.script = {3, -EAGAIN};
  EXPECT_EQ(send({"abcd", "ef"}), Outcome::good);
  EXPECT_TRUE(queue_.blocked()) << "or no edge would ever come";
  EXPECT_EQ(queue_.bytes(), 3U);
  stream_.script = {3, 1, 1};
  stream_.calls = 0;
  EXPECT_EQ(send({"gh"}), Outcome::good);
  EXPECT_EQ(stream_.calls, 0) << "not while it is blocked";
  EXPECT_EQ(queue_.on_writable(), Outcome::good);
  EXPECT_EQ(stream_.taken, "abcdefgh");
  EXPECT_EQ(stream_.calls, 3);
  EXPECT_TRUE(queue_.empty());
  EXPECT_FALSE(queue_.blocked());
  EXPECT_EQ(queue_.bytes_sent(), 8U);
}

TEST_F(SendQueueTest, EveryCutKeepsTheOrder) {
  for (ssize_t first = -EAGAIN; first <= 9; first = first < 0 ? 1 : first + 1) {
    for (ssize_t second = 1; second <= 9; ++second) {
      SCOPED_TRACE(first);
      SCOPED_TRACE(second);
      FakeStream stream{world_.shard()};
      SendQueue queue{stream, 20};
      const std::string_view held[] = {"012"};
      const std::string_view rest[] = {"34", "", "5", "678"};
      EXPECT_EQ(queue.hold(held), Outcome::good);
      stream.script = {first, second, -EAGAIN};
      EXPECT_EQ(queue.send(rest), Outcome::good);
      EXPECT_EQ(queue.bytes_sent() + queue.bytes(), 9U);
      while (!queue.empty()) {
        ASSERT_TRUE(queue.blocked());
        ASSERT_EQ(queue.on_writable(), Outcome::good);
      }
      EXPECT_EQ(stream.taken, "012345678");
    }
  }
}

TEST_F(SendQueueTest, TooMuchIsSaidWhereverItIsAdded) {
  stream_.script = {-EAGAIN};
  EXPECT_EQ(send({"0123456789"}), Outcome::good);
  EXPECT_EQ(hold("0123456789"), Outcome::good);
  EXPECT_EQ(hold("x"), Outcome::too_full);
  queue_.release();
  EXPECT_TRUE(queue_.empty());
  FakeStream other{world_.shard()};
  SendQueue small{other, 4};
  other.script = {2, -EAGAIN};
  const std::string_view text[] = {"1234567"};
  EXPECT_EQ(small.send(text), Outcome::too_full);
}

TEST_F(SendQueueTest, WhatTheSocketTakesAtOnceHasNoLimit) {
  EXPECT_EQ(send({std::string(1000, 'x')}), Outcome::good);
  EXPECT_EQ(stream_.taken.size(), 1000U);
}

TEST_F(SendQueueTest, ABrokenSocketIsSaidAtOnce) {
  stream_.script = {-EPIPE};
  EXPECT_EQ(send({"abc"}), Outcome::broken);
  stream_.script = {1, -ECONNRESET};
  EXPECT_EQ(send({"abc"}), Outcome::broken);
  FakeStream other{world_.shard()};
  SendQueue queue{other, 20};
  other.script = {-EAGAIN};
  const std::string_view text[] = {"abc"};
  EXPECT_EQ(queue.send(text), Outcome::good);
  other.script = {-EPIPE};
  EXPECT_EQ(queue.on_writable(), Outcome::broken);
}

}  // namespace
}  // namespace junctor::net
