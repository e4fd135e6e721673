// Goal: lines leave in their order and whole; a reader that is slow keeps nobody waiting but those
// who ask for it; one that left, or takes nothing, is given up; the end does not hang. Method: real
// pipes and the writer's own thread, with the kernel's loop.

#include "agent/line_writer.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>

#include "agent/pipe.h"
#include "support.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::Pipe;

struct Rig {
  explicit Rig(LineWriter::Limits limits = {})
      : writer{loop.shard(), pipe.writer(), limits, [this] { ++gone; }} {
    (void)::signal(SIGPIPE, SIG_IGN);
    writer.start();
  }
  void put(std::string_view line) { writer.put({&line, 1}); }

  support::KernelLoop loop;
  Pipe pipe;
  int gone = 0;
  LineWriter writer;
};

TEST(LineWriter, LinesLeaveInOrderAndInOnePieceEach) {
  Rig rig;
  const std::string_view pieces[] = {"{\"id\":", "7", "}"};
  rig.writer.put(pieces);
  rig.put("b");
  EXPECT_EQ(rig.pipe.read_line(), R"({"id":7})");
  EXPECT_EQ(rig.pipe.read_line(), "b");
  EXPECT_EQ(rig.writer.put_bytes(), 11U);
  rig.loop.run_until([&] { return rig.writer.taken_bytes() == 11; });
  EXPECT_EQ(::fcntl(rig.pipe.writer(), F_GETFL) & O_NONBLOCK, 0);
}

rt::Task<bool> taken(LineWriter& writer, std::uint64_t bytes, Time deadline) {
  while (writer.taken_bytes() < bytes && !writer.gone()) {
    rt::Event& event = writer.taken();
    event.reset();
    if (writer.taken_bytes() >= bytes) break;
    if (co_await event.wait(deadline) != rt::Wake::ready) co_return false;
  }
  co_return writer.taken_bytes() >= bytes;
}

// Much larger than any pipe, so that it leaves in many parts, as the reader takes them.
TEST(LineWriter, ALargeLineIsTakenAsItsReaderGoes) {
  Rig rig;
  const std::string large(4 << 20, 'x');
  rig.put(large);
  EXPECT_FALSE(rig.loop.run(taken(rig.writer, rig.writer.put_bytes(), rig.loop.now() + 50ms)));
  std::string got;
  std::thread reader{[&] { got = rig.pipe.read_line(); }};
  EXPECT_TRUE(rig.loop.run(taken(rig.writer, rig.writer.put_bytes(), rig.loop.now() + 20s)));
  reader.join();
  EXPECT_EQ(got, large);
}

TEST(LineWriter, AReaderThatLeftIsNoticedWithoutAWrite) {
  Rig rig;
  rig.pipe.close_reader();
  rig.loop.run_until([&] { return rig.gone == 1; });
  EXPECT_TRUE(rig.writer.gone());
  rig.put("dropped");
  EXPECT_EQ(rig.writer.put_bytes(), 0U);
}

TEST(LineWriter, APeerOfASocketThatLeftIsNoticedToo) {
  support::KernelLoop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  int gone = 0;
  {
    LineWriter writer{loop.shard(), ends[0], {}, [&gone] { ++gone; }};
    writer.start();
    const std::string_view line = "a";
    writer.put({&line, 1});
    char got[2];
    EXPECT_EQ(::recv(ends[1], got, 2, MSG_WAITALL), 2);
    ::close(ends[1]);
    loop.run_until([&] { return gone == 1; });
    EXPECT_TRUE(writer.gone());
  }
  ::close(ends[0]);
}

TEST(LineWriter, AReaderThatTakesNothingIsGivenUpWhenTooMuchIsHeld) {
  Rig rig{{.held_bytes_max = 1000, .flush_max = 1ms}};
  rig.put(std::string(200'000, 'x'));
  EXPECT_EQ(rig.gone, 0) << "a single line may be larger";
  rig.put("a");
  EXPECT_EQ(rig.gone, 1);
  EXPECT_TRUE(rig.writer.gone());
  rig.loop.settle();
  EXPECT_EQ(rig.gone, 1) << "once";
}

TEST(LineWriter, StoppingWritesWhatIsHeld) {
  Rig rig;
  for (int i = 0; i < 100; ++i) rig.put("line");
  rig.writer.stop_blocking();
  rig.pipe.close_writer();
  EXPECT_EQ(rig.pipe.read_rest().size(), 500U);
  EXPECT_EQ(rig.gone, 0);
}

TEST(LineWriter, StoppingDoesNotWaitForAReaderThatTakesNothing) {
  Rig rig{{.held_bytes_max = 64_MiB, .flush_max = 100ms}};
  rig.put(std::string(1 << 20, 'x'));
  const Time begin = rig.loop.now();
  rig.writer.stop_blocking();
  const Duration took = rig.loop.now() - begin;
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, 10s);
}

}  // namespace
}  // namespace junctor::agent
