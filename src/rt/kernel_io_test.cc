// Goal: the kernel's door keeps the promises of rt/io.h: edges are told once, closing drops what
// was still to be told, wake() ends a wait, and errors are negated errnos. Method: real sockets on
// loopback, port 0; an ear that notes what it is told.

#include "rt/kernel_io.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "rt/clock.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

class Ear final : public Pollable {
 public:
  void on_ready(unsigned bits) noexcept override {
    ++told;
    seen |= bits;
    if (closes >= 0) io->close(std::exchange(closes, -1), closes_told);
  }
  void prefetch() const noexcept override { hinted_before = told; }
  unsigned take() noexcept { return std::exchange(seen, 0U); }

  int told = 0;
  mutable int hinted_before = -1;  // How much was told when the last hint came.
  unsigned seen = 0;
  Io* io = nullptr;  // What to close when told, if anything.
  int closes = -1;
  const Pollable* closes_told = nullptr;
};

class KernelIoTest : public testing::Test {
 protected:
  // Waits until `ear` has heard all of `bits`.
  bool hears(Ear& ear, unsigned bits) {
    for (int i = 0; i < 100 && (ear.seen & bits) != bits; ++i) {
      io_.wait(clock_.now(), clock_.now() + 100ms);
    }
    return (ear.seen & bits) == bits;
  }
  // What is told now, without waiting.
  void poll() { io_.wait(clock_.now(), Time{}); }

  int listen(std::string_view at = "127.0.0.1:0") {
    listener_ = io_.listen(Endpoint::parse(at).value(), 16, bound_);
    return listener_;
  }
  // A connected pair, both watched.
  void connect_pair() {
    ASSERT_GE(listen(), 0);
    ASSERT_EQ(io_.watch(listener_, listener_ear_), 0);
    client_ = io_.connect(bound_);
    ASSERT_GE(client_, 0);
    ASSERT_EQ(io_.watch(client_, client_ear_), 0);
    ASSERT_TRUE(hears(client_ear_, kWritable));
    ASSERT_EQ(io_.connect_result(client_), 0);
    ASSERT_TRUE(hears(listener_ear_, kReadable));
    server_ = io_.accept(listener_, peer_);
    ASSERT_GE(server_, 0);
    ASSERT_EQ(io_.watch(server_, server_ear_), 0);
    ASSERT_TRUE(hears(server_ear_, kWritable));
    client_ear_.take();
    server_ear_.take();
  }
  ssize_t send(int socket, std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return io_.send(socket, {&piece, 1});
  }
  void TearDown() override {
    if (client_ >= 0) io_.close(client_, &client_ear_);
    if (server_ >= 0) io_.close(server_, &server_ear_);
    if (listener_ >= 0) io_.close(listener_, &listener_ear_);
  }

  SystemClock clock_;
  KernelIo io_;
  Endpoint bound_;
  Endpoint peer_;
  Ear listener_ear_;
  Ear client_ear_;
  Ear server_ear_;
  int listener_ = -1;
  int client_ = -1;
  int server_ = -1;
  std::array<char, 256> bytes_{};
};

TEST_F(KernelIoTest, ConnectsAcceptsAndNamesThePeer) {
  connect_pair();
  EXPECT_TRUE(bound_.is_loopback());
  EXPECT_NE(bound_.port(), 0);
  EXPECT_TRUE(peer_.is_loopback());
  EXPECT_NE(peer_.port(), bound_.port());
  Endpoint nobody;
  EXPECT_EQ(io_.accept(listener_, nobody), -EAGAIN);
}

TEST_F(KernelIoTest, KnowsWhetherItIsConnected) {
  connect_pair();
  EXPECT_TRUE(io_.is_connected(client_));
  EXPECT_TRUE(io_.is_connected(server_));
  EXPECT_FALSE(io_.is_connected(listener_));
}

TEST_F(KernelIoTest, EdgeIsToldOnceUntilSomethingArrivesAgain) {
  connect_pair();
  EXPECT_EQ(io_.receive(client_, bytes_), -EAGAIN);
  ASSERT_EQ(send(server_, "one"), 3);
  ASSERT_TRUE(hears(client_ear_, kReadable));
  client_ear_.take();
  poll();
  EXPECT_EQ(client_ear_.seen, 0U);  // Still readable, but told already.
  EXPECT_EQ(io_.receive(client_, bytes_), 3);
  ASSERT_EQ(send(server_, "two"), 3);
  EXPECT_TRUE(hears(client_ear_, kReadable));  // A short read drained it: no -EAGAIN was needed.
  EXPECT_EQ(io_.receive(client_, bytes_), 3);
  EXPECT_EQ(std::string_view(bytes_.data(), 3), "two");
}

TEST_F(KernelIoTest, ShutdownIsPeerClosedAndTheOtherWayStaysOpen) {
  connect_pair();
  ASSERT_EQ(send(client_, "last"), 4);
  io_.shutdown_write(client_);
  ASSERT_TRUE(hears(server_ear_, kPeerClosed | kReadable));
  EXPECT_EQ(server_ear_.seen & kGone, 0U);
  EXPECT_EQ(io_.receive(server_, bytes_), 4);
  EXPECT_EQ(io_.receive(server_, bytes_), 0);
  EXPECT_EQ(send(server_, "answer"), 6);
  ASSERT_TRUE(hears(client_ear_, kReadable));
  EXPECT_EQ(io_.receive(client_, bytes_), 6);
  EXPECT_EQ(send(client_, "more"), -EPIPE);
}

TEST_F(KernelIoTest, ResetIsGone) {
  connect_pair();
  ASSERT_EQ(send(client_, "unread"), 6);
  ASSERT_TRUE(hears(server_ear_, kReadable));
  io_.close(std::exchange(server_, -1), &server_ear_);  // With unread bytes: a reset.
  ASSERT_TRUE(hears(client_ear_, kGone | kReadable | kWritable));
  EXPECT_EQ(io_.receive(client_, bytes_), -ECONNRESET);
  EXPECT_EQ(io_.receive(client_, bytes_), 0);
  EXPECT_EQ(send(client_, "x"), -EPIPE);
}

TEST_F(KernelIoTest, ClosedBothWaysIsGone) {
  connect_pair();
  io_.shutdown_write(client_);
  io_.shutdown_write(server_);
  EXPECT_TRUE(hears(client_ear_, kGone | kPeerClosed));
  EXPECT_TRUE(hears(server_ear_, kGone | kPeerClosed));
}

TEST_F(KernelIoTest, FullBufferIsEagainAndWritableWhenItHasDrained) {
  connect_pair();
  const std::string block(65'536, 'x');
  std::size_t sent = 0;
  for (;;) {
    const ssize_t count = send(client_, block);
    if (count == -EAGAIN) break;
    ASSERT_GT(count, 0);
    sent += static_cast<std::size_t>(count);
  }
  poll();
  client_ear_.take();
  std::vector<char> into(1 << 20);
  std::size_t received = 0;
  for (int i = 0; i < 10'000 && received < sent; ++i) {
    const ssize_t count = io_.receive(server_, into);
    if (count > 0) received += static_cast<std::size_t>(count);
    if (count == -EAGAIN) io_.wait(clock_.now(), clock_.now() + 100ms);
  }
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(hears(client_ear_, kWritable));
}

TEST_F(KernelIoTest, RefusedConnectIsGoneAndSaysWhy) {
  ASSERT_GE(listen(), 0);
  io_.close(std::exchange(listener_, -1), nullptr);
  client_ = io_.connect(bound_);
  ASSERT_GE(client_, 0);
  ASSERT_EQ(io_.watch(client_, client_ear_), 0);
  ASSERT_TRUE(hears(client_ear_, kGone | kWritable));
  EXPECT_FALSE(io_.is_connected(client_));
  EXPECT_EQ(io_.connect_result(client_), -ECONNREFUSED);
}

TEST_F(KernelIoTest, ReusePortLetsEachShardListen) {
  ASSERT_GE(listen(), 0);
  Endpoint again;
  const int second = io_.listen(bound_, 16, again);
  ASSERT_GE(second, 0);
  EXPECT_EQ(again, bound_);
  io_.close(second, nullptr);
}

TEST_F(KernelIoTest, ForeignAddressCannotBeBound) {
  EXPECT_EQ(listen("192.0.2.1:0"), -EADDRNOTAVAIL);
}

TEST_F(KernelIoTest, UnixSocketReplacesWhatAKilledProcessLeft) {
  const std::string path = testing::TempDir() + "junctor_io_" + std::to_string(getpid());
  ASSERT_GE(listen("unix:" + path), 0);
  io_.close(std::exchange(listener_, -1), nullptr);  // Leaves the file.
  ASSERT_GE(listen("unix:" + path), 0);
  client_ = io_.connect(bound_);
  ASSERT_GE(client_, 0);
  ASSERT_EQ(io_.watch(listener_, listener_ear_), 0);
  ASSERT_TRUE(hears(listener_ear_, kReadable));
  server_ = io_.accept(listener_, peer_);
  EXPECT_GE(server_, 0);
  EXPECT_EQ(send(client_, "hi"), 2);
  EXPECT_EQ(io_.receive(server_, bytes_), 2);
  EXPECT_EQ(::unlink(path.c_str()), 0);
}

TEST_F(KernelIoTest, ClosingDropsEventsOfTheSameRound) {
  connect_pair();
  ASSERT_EQ(send(client_, "a"), 1);
  ASSERT_EQ(send(server_, "b"), 1);
  // Whoever is told first closes the other, which then must not be told any more.
  client_ear_.io = server_ear_.io = &io_;
  client_ear_.closes = server_;
  client_ear_.closes_told = &server_ear_;
  server_ear_.closes = client_;
  server_ear_.closes_told = &client_ear_;
  const int before = client_ear_.told + server_ear_.told;
  poll();
  EXPECT_EQ(client_ear_.told + server_ear_.told, before + 1);
  (client_ear_.closes < 0 ? server_ : client_) = -1;
}

TEST_F(KernelIoTest, WhoIsTheNextToBeToldIsHintedBefore) {
  connect_pair();
  ASSERT_EQ(send(client_, "a"), 1);
  ASSERT_EQ(send(server_, "b"), 1);
  client_ear_.hinted_before = server_ear_.hinted_before = -1;
  const int client_told = client_ear_.told;
  const int server_told = server_ear_.told;
  poll();
  ASSERT_EQ(client_ear_.told, client_told + 1);
  ASSERT_EQ(server_ear_.told, server_told + 1);
  // One of both was the second.
  EXPECT_TRUE((client_ear_.hinted_before == client_told && server_ear_.hinted_before == -1) ||
              (server_ear_.hinted_before == server_told && client_ear_.hinted_before == -1));
}

// As a child that is being spawned on another thread has it.
TEST_F(KernelIoTest, WhatWasClosedIsNotToldThoughAnotherHasItStill) {
  connect_pair();
  const int copy = ::dup(server_);
  ASSERT_GE(copy, 0);
  io_.close(std::exchange(server_, -1), &server_ear_);
  const int told = server_ear_.told;
  ASSERT_EQ(send(client_, "x"), 1);
  io_.close(std::exchange(client_, -1), &client_ear_);
  io_.wait(clock_.now(), clock_.now() + 20ms);
  EXPECT_EQ(server_ear_.told, told);
  ::close(copy);
}

TEST_F(KernelIoTest, WakeEndsAWaitFromAnyThread) {
  std::thread waker{[this] { io_.wake(); }};
  io_.wait(clock_.now(), kNever);
  waker.join();
  io_.wake();
  io_.wake();
  io_.wait(clock_.now(), kNever);
}

TEST_F(KernelIoTest, WaitEndsAtItsTime) {
  const Time before = clock_.now();
  io_.wait(before, before + 5ms);
  EXPECT_GE(clock_.now(), before + 5ms);
}

TEST_F(KernelIoTest, LevelTriggeredIsToldAgainAndMayChange) {
  connect_pair();
  const int other = ::dup(server_);  // A descriptor that somebody else owns.
  Ear ear;
  ASSERT_EQ(io_.watch_level(other, kWritable, ear), 0);
  poll();
  poll();
  EXPECT_EQ(ear.told, 2);
  EXPECT_EQ(ear.take(), unsigned{kWritable});
  ASSERT_EQ(io_.watch_level(other, kReadable, ear), 0);
  poll();
  EXPECT_EQ(ear.told, 2);
  ASSERT_EQ(send(client_, "x"), 1);
  EXPECT_TRUE(hears(ear, kReadable));
  io_.unwatch(other, ear);
  const int told = ear.told;
  poll();
  EXPECT_EQ(ear.told, told);
  ::close(other);
}

}  // namespace
}  // namespace junctor::rt
