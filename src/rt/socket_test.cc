// Goal: coroutines that wait for a socket are woken by what they wait for, by time, by cancellation
// and by close(), once; bytes pass whole in both directions at once; an observer hears what nobody
// waits for; and a pipe does as a socket where it can. Method: real sockets on loopback, port 0,
// and pipes, on one shard.

#include "rt/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "rt/event.h"
#include "support.h"

namespace junctor::rt {
namespace {

using namespace std::chrono_literals;

ssize_t send(Socket& socket, std::string_view bytes) {
  const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  return socket.try_send({&piece, 1});
}

Task<Wake> wait_readable(Socket& socket, Time deadline) {
  co_return co_await socket.readable(deadline);
}

Task<void> note_readable(Socket& socket, Time deadline, std::vector<Wake>& into) {
  into.push_back(co_await socket.readable(deadline));
}

Task<void> note_writable(Socket& socket, std::vector<Wake>& into) {
  into.push_back(co_await socket.writable(kNever));
}

// Received bytes, or the error as text.
Task<std::string> receive_all(Socket& socket) {
  std::string all;
  std::vector<char> bytes(10'000);
  for (;;) {
    const ssize_t got = socket.try_receive(bytes);
    if (got == 0) co_return all;
    if (got > 0) {
      all.append(bytes.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (got != -EAGAIN) co_return "error " + std::to_string(got);
    if (co_await socket.readable(kNever) != Wake::ready) co_return "not ready";
  }
}

Task<void> send_all(Socket& socket, std::string bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    const ssize_t sent = send(socket, left);
    if (sent > 0) {
      left.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent != -EAGAIN || co_await socket.writable(kNever) != Wake::ready) {
      co_return;
    }
  }
  socket.shutdown_write();
}

Task<void> keep_all(Socket& socket, std::string& into, bool& done) {
  into = co_await receive_all(socket);
  done = true;
}

class SocketTest : public testing::Test {
 protected:
  SocketTest() {
    Io& io = loop_.io();
    listener_ = io.listen(Endpoint::parse("127.0.0.1:0").value(), 16, bound_);
    EXPECT_GE(listener_, 0);
    client_ = std::make_unique<Socket>(loop_.shard(), io.connect(bound_));
    const auto connect = [](Socket& socket) -> Task<int> {
      EXPECT_EQ(co_await socket.writable(kNever), Wake::ready);
      co_return socket.connect_result();
    };
    EXPECT_EQ(loop_.run(connect(*client_)), 0);
    Endpoint peer;
    server_ = std::make_unique<Socket>(loop_.shard(), io.accept(listener_, peer));
    EXPECT_TRUE(server_->open());
  }
  ~SocketTest() override { loop_.io().close(listener_, nullptr); }

  support::KernelLoop loop_;
  int listener_ = -1;
  Endpoint bound_;
  std::unique_ptr<Socket> client_;
  std::unique_ptr<Socket> server_;
  std::vector<Wake> seen_;
  std::vector<char> bytes_ = std::vector<char>(100);
};

TEST_F(SocketTest, WaitsUntilBytesArrive) {
  EXPECT_EQ(server_->try_receive(bytes_), -EAGAIN);
  loop_.spawn(note_readable(*server_, kNever, seen_));
  loop_.settle();
  EXPECT_TRUE(seen_.empty());
  ASSERT_EQ(send(*client_, "hello"), 5);
  loop_.run_until([&] { return !seen_.empty(); });
  EXPECT_EQ(seen_.front(), Wake::ready);
  EXPECT_TRUE(server_->maybe_readable());
  EXPECT_EQ(server_->try_receive(bytes_), 5);
  EXPECT_FALSE(server_->maybe_readable());  // The read was short: there is no more.
}

TEST_F(SocketTest, ReadThatFillsItsBufferLeavesItReadable) {
  ASSERT_EQ(send(*client_, "0123456789"), 10);
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);
  bytes_.resize(4);
  EXPECT_EQ(server_->try_receive(bytes_), 4);
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);
  EXPECT_EQ(server_->try_receive(bytes_), 4);
  EXPECT_EQ(server_->try_receive(bytes_), 2);
  EXPECT_EQ(loop_.run(wait_readable(*server_, loop_.now() + 1ms)), Wake::timeout);
  ASSERT_EQ(send(*client_, "more"), 4);
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);
}

TEST_F(SocketTest, WaitEndsAtItsDeadline) {
  const Time deadline = loop_.now() + 20ms;
  EXPECT_EQ(loop_.run(wait_readable(*server_, deadline)), Wake::timeout);
  EXPECT_GE(loop_.now(), deadline);
  ASSERT_EQ(send(*client_, "x"), 1);  // The socket is none the worse for it.
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);
}

TEST_F(SocketTest, CancelEndsBothDirections) {
  Cancellation reading;
  Cancellation writing;
  const std::string block(1 << 20, 'x');
  while (send(*server_, block) > 0) {
  }
  const auto in_scope = [](Cancellation& scope, auto task) -> Task<void> {
    co_await scope.run(std::move(task));
  };
  loop_.spawn(in_scope(reading, note_readable(*server_, kNever, seen_)));
  loop_.spawn(in_scope(writing, note_writable(*server_, seen_)));
  reading.request();
  writing.request();
  EXPECT_TRUE(seen_.empty());
  loop_.settle();
  EXPECT_EQ(seen_, std::vector<Wake>(2, Wake::cancelled));
}

TEST_F(SocketTest, CancelIsSeenThoughItIsReadable) {
  ASSERT_EQ(send(*client_, "x"), 1);
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);
  Cancellation scope;
  scope.request();
  const auto in_scope = [](Cancellation& in, Socket& socket) -> Task<Wake> {
    co_return co_await in.run(wait_readable(socket, kNever));
  };
  EXPECT_EQ(loop_.run(in_scope(scope, *server_)), Wake::cancelled);
}

TEST_F(SocketTest, EchoesAMebibyteBothWaysAtOnce) {
  std::string there(1 << 20, '\0');
  std::string back(1 << 20, '\0');
  for (std::size_t i = 0; i < there.size(); ++i) {
    there[i] = static_cast<char>(i * 31 + i / 997);
    back[i] = static_cast<char>(i * 17 + i / 1009);
  }
  std::string at_server;
  std::string at_client;
  bool server_done = false;
  bool client_done = false;
  loop_.spawn(keep_all(*server_, at_server, server_done));
  loop_.spawn(keep_all(*client_, at_client, client_done));
  loop_.spawn(send_all(*client_, there));
  loop_.spawn(send_all(*server_, back));
  loop_.run_until([&] { return server_done && client_done; });
  EXPECT_TRUE(at_server == there);
  EXPECT_TRUE(at_client == back);
  loop_.run_until([&] { return client_->gone() && server_->gone(); });
}

TEST_F(SocketTest, HalfClosedPeerMayStillBeWrittenTo) {
  ASSERT_EQ(send(*client_, "last"), 4);
  client_->shutdown_write();
  EXPECT_EQ(loop_.run(receive_all(*server_)), "last");
  EXPECT_TRUE(server_->peer_closed());
  EXPECT_FALSE(server_->gone());
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);  // The end stays readable.
  EXPECT_EQ(server_->try_receive(bytes_), 0);
  EXPECT_EQ(send(*server_, "answer"), 6);
  server_->close();
  EXPECT_EQ(loop_.run(receive_all(*client_)), "answer");
}

TEST_F(SocketTest, ResetWakesTheReaderAndIsGone) {
  ASSERT_EQ(send(*server_, "unread"), 6);
  loop_.spawn(note_readable(*server_, kNever, seen_));
  loop_.settle();
  client_->close();  // With unread bytes: a reset.
  loop_.run_until([&] { return !seen_.empty(); });
  EXPECT_TRUE(server_->gone());
  EXPECT_EQ(server_->try_receive(bytes_), -ECONNRESET);
  EXPECT_EQ(server_->try_receive(bytes_), 0);
  EXPECT_EQ(send(*server_, "x"), -EPIPE);
}

TEST_F(SocketTest, CloseWakesBothWaitersLater) {
  const std::string block(1 << 20, 'x');
  while (send(*server_, block) > 0) {
  }
  loop_.spawn(note_readable(*server_, kNever, seen_));
  loop_.spawn(note_writable(*server_, seen_));
  server_->close();
  EXPECT_TRUE(seen_.empty());
  EXPECT_FALSE(server_->open());
  loop_.settle();
  EXPECT_EQ(seen_, std::vector<Wake>(2, Wake::ready));
  EXPECT_EQ(server_->try_receive(bytes_), -EBADF);
  EXPECT_EQ(send(*server_, "x"), -EBADF);
  EXPECT_EQ(loop_.run(wait_readable(*server_, kNever)), Wake::ready);
  server_->close();
  server_->shutdown_write();
}

TEST_F(SocketTest, MayBeDestroyedUnderItsWaiters) {
  loop_.spawn(note_readable(*server_, loop_.now() + 1h, seen_));
  server_.reset();
  loop_.settle();
  EXPECT_EQ(seen_, std::vector{Wake::ready});
}

TEST_F(SocketTest, MayBeDestroyedByTheReaderItWakes) {
  const auto destroys = [](std::unique_ptr<Socket>& socket) -> Task<void> {
    (void)co_await socket->readable(kNever);
    socket.reset();
  };
  loop_.spawn(destroys(server_));
  ASSERT_EQ(send(*client_, "x"), 1);
  loop_.run_until([&] { return server_ == nullptr; });
}

TEST_F(SocketTest, MayBeDestroyedByAReaderWhoseTimeIsUp) {
  const auto destroys = [](std::unique_ptr<Socket>& socket, Time when) -> Task<void> {
    EXPECT_EQ(co_await socket->readable(when), Wake::timeout);
    socket.reset();
  };
  loop_.spawn(destroys(server_, loop_.now() + 5ms));
  loop_.run_until([&] { return server_ == nullptr; });
}

TEST_F(SocketTest, RefusedConnectIsWritableWithAnError) {
  loop_.io().close(std::exchange(listener_, loop_.io().listen(bound_.with_port(0), 1, bound_)),
                   nullptr);
  Endpoint closed;
  const int descriptor = loop_.io().listen(Endpoint::parse("127.0.0.1:0").value(), 1, closed);
  loop_.io().close(descriptor, nullptr);
  Socket socket{loop_.shard(), loop_.io().connect(closed)};
  loop_.run(note_writable(socket, seen_));
  EXPECT_EQ(seen_, std::vector{Wake::ready});
  EXPECT_TRUE(socket.gone());
  EXPECT_EQ(socket.connect_result(), -ECONNREFUSED);
}

TEST_F(SocketTest, NegativeDescriptorMakesAClosedOne) {
  Socket socket{loop_.shard(), -EMFILE};
  EXPECT_FALSE(socket.open());
  EXPECT_EQ(socket.try_receive(bytes_), -EBADF);
  EXPECT_EQ(loop_.run(wait_readable(socket, kNever)), Wake::ready);
}

class Observer final : public SocketObserver {
 public:
  explicit Observer(Socket& socket) : socket_{socket} { socket_.observe(this); }
  ~Observer() { socket_.observe(nullptr); }
  void on_socket(unsigned bits) noexcept override {
    seen |= bits;
    if (closes) socket_.close();
  }
  unsigned seen = 0;
  bool closes = false;

 private:
  Socket& socket_;
};

TEST_F(SocketTest, ObserverHearsOfThePeersEndWhileNobodyWaits) {
  Observer observer{*server_};
  client_->close();
  loop_.run_until([&] { return (observer.seen & kPeerClosed) != 0; });
  EXPECT_TRUE(server_->peer_closed());
}

TEST_F(SocketTest, ObserverMayCloseUnderAWaitingReader) {
  Observer observer{*server_};
  loop_.settle();
  observer.closes = true;
  loop_.spawn(note_readable(*server_, kNever, seen_));
  ASSERT_EQ(send(*client_, "x"), 1);
  loop_.run_until([&] { return !seen_.empty(); });
  EXPECT_FALSE(server_->open());
}

// Both ends on one shard, as a child has none of ours.
class PipeTest : public testing::Test {
 protected:
  PipeTest() {
    (void)std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    JUNCTOR_ASSERT(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reader_ = std::make_unique<Socket>(loop_.shard(), ends[0], Descriptor::pipe);
    writer_ = std::make_unique<Socket>(loop_.shard(), ends[1], Descriptor::pipe);
  }

  support::KernelLoop loop_;
  std::unique_ptr<Socket> reader_;
  std::unique_ptr<Socket> writer_;
  std::vector<Wake> seen_;
  std::vector<char> bytes_ = std::vector<char>(100);
};

TEST_F(PipeTest, WaitsUntilBytesArriveAndForEachFurtherOnes) {
  EXPECT_EQ(reader_->try_receive(bytes_), -EAGAIN);
  for (const std::string_view text : {"hello", "again", "and again"}) {
    loop_.spawn(note_readable(*reader_, kNever, seen_));
    loop_.settle();
    EXPECT_TRUE(seen_.empty());
    ASSERT_EQ(send(*writer_, text), static_cast<ssize_t>(text.size()));
    loop_.run_until([&] { return !seen_.empty(); });
    seen_.clear();
    EXPECT_EQ(reader_->try_receive(bytes_), static_cast<ssize_t>(text.size()));
    EXPECT_FALSE(reader_->maybe_readable());  // The read was short: there is no more.
  }
}

TEST_F(PipeTest, CarriesMoreThanItHolds) {
  std::string there(3 << 20, '\0');
  for (std::size_t i = 0; i < there.size(); ++i) there[i] = static_cast<char>(i * 31 + i / 997);
  std::string arrived;
  bool done = false;
  loop_.spawn(keep_all(*reader_, arrived, done));
  loop_.spawn(send_all(*writer_, there));
  loop_.run_until([&] { return done; });
  EXPECT_TRUE(arrived == there);
}

TEST_F(PipeTest, FullOneSaysSoAndWakesItsWriterWhenItIsRead) {
  const std::string block(4096, 'x');
  while (send(*writer_, block) > 0) {
  }
  EXPECT_EQ(send(*writer_, block), -EAGAIN);
  loop_.spawn(note_writable(*writer_, seen_));
  loop_.settle();
  EXPECT_TRUE(seen_.empty());
  bytes_.resize(4096);
  EXPECT_EQ(reader_->try_receive(bytes_), 4096);
  loop_.run_until([&] { return !seen_.empty(); });
  EXPECT_EQ(send(*writer_, block), 4096);
}

TEST_F(PipeTest, PiecesOfOneSendArriveInTheirOrder) {
  std::array<iovec, 3> pieces{};
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i] = {.iov_base = const_cast<char*>(&"abcdef"[2 * i]), .iov_len = 2};
  }
  EXPECT_EQ(writer_->try_send(pieces), 6);
  EXPECT_EQ(reader_->try_receive(bytes_), 6);
  EXPECT_EQ(std::string_view(bytes_.data(), 6), "abcdef");
}

TEST_F(PipeTest, WhatIsInItIsReadAfterItsWriterClosed) {
  ASSERT_EQ(send(*writer_, "last"), 4);
  writer_->close();
  loop_.run_until([&] { return reader_->gone(); });
  EXPECT_EQ(loop_.run(receive_all(*reader_)), "last");
  EXPECT_EQ(reader_->try_receive(bytes_), 0);  // And again, as often as it is asked.
}

TEST_F(PipeTest, EndOfWritingClosesIt) {
  writer_->shutdown_write();
  EXPECT_FALSE(writer_->open());
  EXPECT_EQ(loop_.run(receive_all(*reader_)), "");
  writer_->reset_on_close();
  writer_->shutdown_write();
}

TEST_F(PipeTest, ReaderThatClosesEndsItsWriter) {
  const std::string block(4096, 'x');
  while (send(*writer_, block) > 0) {
  }
  loop_.spawn(note_writable(*writer_, seen_));
  loop_.settle();
  reader_->reset_on_close();  // There is no such thing, and no harm in it.
  reader_->close();
  loop_.run_until([&] { return !seen_.empty(); });
  EXPECT_TRUE(writer_->gone());
  EXPECT_EQ(send(*writer_, block), -EPIPE);
}

TEST_F(SocketTest, TwoReadersAreDeadly) {
  EXPECT_DEATH(
      {
        loop_.spawn(note_readable(*server_, kNever, seen_));
        loop_.spawn(note_readable(*server_, kNever, seen_));
      },
      "assertion failed");
}

}  // namespace
}  // namespace junctor::rt
