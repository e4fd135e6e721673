// Goal: what a client writes arrives line by line, however it is cut; a line over the limit costs
// that line alone; nothing is read that nobody takes; the descriptor stays as it was. Method: real
// pipes and the reader's own thread, with the kernel's loop.

#include "agent/line_reader.h"

#include <gtest/gtest.h>

#include "agent/pipe.h"
#include "support.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::Pipe;

struct Rig {
  explicit Rig(LineReader::Limits limits = {}) : reader{loop.shard(), pipe.reader(), limits} {
    reader.start();
  }
  // The next line, "!" and its error, or nothing at the end.
  std::optional<std::string> next() {
    const auto line = loop.run(reader.next());
    if (!line) return std::nullopt;
    return *line ? std::string{(*line)->view()} : "!" + std::string{line->error().reason()};
  }
  std::vector<std::string> rest() {
    std::vector<std::string> lines;
    while (auto line = next()) lines.push_back(*std::move(line));
    return lines;
  }
  support::KernelLoop loop;
  Pipe pipe;
  LineReader reader;
};

struct Row {
  std::string_view name;
  std::string_view text;
  std::vector<std::string> lines;
};

const Row kRows[] = {
    {"nothing", "", {}},
    {"lines", "a\nbc\n", {"a", "bc"}},
    {"crlf and blank ones", "a\r\n\n \r\nb\n", {"a", "b"}},
    {"the last may lack its end", "a\nb", {"a", "b"}},
    {"at the limit", "12345678\n", {"12345678"}},
    {"over the limit", "123456789\na\n", {"!line_too_large", "a"}},
    {"far over it", "1234567890123456789012345678901234567890\r\na\n", {"!line_too_large", "a"}},
    {"two of them", "123456789\n123456789\na\n", {"!line_too_large", "!line_too_large", "a"}},
    {"to the end", "a\n1234567890", {"a", "!line_too_large"}},
};

TEST(LineReader, LinesArriveInOrder) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Rig rig{{.line_bytes_max = 8}};
    rig.pipe.write(row.text);
    rig.pipe.close_writer();
    EXPECT_EQ(rig.rest(), row.lines);
    rig.loop.run_until([&] { return rig.reader.ended().is_set(); });
  }
}

// Each byte is a read of its own only if the reader is faster; the outcome must not depend on it.
TEST(LineReader, ByteByByteTheyAreTheSame) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    Rig rig{{.line_bytes_max = 8}};
    for (std::size_t i = 0; i < row.text.size(); ++i) {
      rig.pipe.write(row.text.substr(i, 1));
      rig.loop.settle();
    }
    rig.pipe.close_writer();
    EXPECT_EQ(rig.rest(), row.lines);
  }
}

// A writer that is not slowed would fill memory: its pipe is full when the reader holds what it
// may.
TEST(LineReader, ReadsNoMoreThanItMayHold) {
  Rig rig{{.line_bytes_max = 64, .held_max = 4, .held_bytes_max = 1_MiB}};
  const int flags = ::fcntl(rig.pipe.writer(), F_GETFL);
  ASSERT_EQ(::fcntl(rig.pipe.writer(), F_SETFL, flags | O_NONBLOCK), 0);
  ASSERT_EQ(::fcntl(rig.pipe.writer(), F_SETPIPE_SZ, 4096), 4096);
  std::size_t sent = 0;
  int refused = 0;
  while (refused < 50 && sent < 100'000) {
    if (::write(rig.pipe.writer(), "x\n", 2) == 2) {
      ++sent;
      refused = 0;
    } else {
      ++refused;
      rig.loop.shard().round(rig.loop.now() + 1ms);
    }
  }
  EXPECT_LT(sent, 100'000U) << "64 KiB are read at once, and the pipe holds 4 KiB";
  rig.pipe.close_writer();
  EXPECT_EQ(rig.rest().size(), sent) << "none is lost";
}

TEST(LineReader, StoppingIsAnEnd) {
  Rig rig;
  rig.pipe.write("a\n");
  EXPECT_EQ(rig.next(), "a");
  rig.reader.stop();
  EXPECT_EQ(rig.next(), std::nullopt);
  rig.loop.run_until([&] { return rig.reader.ended().is_set(); });
}

TEST(LineReader, TheDescriptorStaysBlocking) {
  Rig rig;
  rig.pipe.write("a\n");
  EXPECT_EQ(rig.next(), "a");
  EXPECT_EQ(::fcntl(rig.pipe.reader(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(LineReader, AClosedDescriptorIsAtItsEnd) {
  support::KernelLoop loop;
  Pipe pipe;
  // A number that nobody else is given meanwhile.
  const int closed = ::fcntl(pipe.reader(), F_DUPFD_CLOEXEC, 900);
  ASSERT_GE(closed, 900);
  ::close(closed);
  LineReader reader{loop.shard(), closed, {}};
  reader.start();
  EXPECT_FALSE(loop.run(reader.next()).has_value());
}

}  // namespace
}  // namespace junctor::agent
