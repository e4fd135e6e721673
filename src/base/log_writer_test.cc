// Goal: every record becomes one line that a machine (JSON) or a person (text) can read; nothing is
// lost silently; a descriptor that takes nothing holds up neither producers nor the end. Method:
// lines are compared as text; the thread writes to pipes and temporary files and is observed by
// reading them (a read waits for the line; nothing sleeps). Also run under the thread sanitizer.
#include "base/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace junctor {
namespace {

WallTime fixed_time() {
  return WallTime{std::chrono::seconds{42}};
}

LogRecord sample_record() {
  static const TraceId trace{TraceId::filled_with('c')};
  return {
      .time = fixed_time(),
      .level = LogLevel::warn,
      .component = "agent",
      .event = "upstream_lost",
      .message = "closed\n\"here\"",
      .fields = {{"upstream", "a\x1B[1m"},
                 {"errno", -104},
                 {"big", UINT64_MAX},
                 {"seconds", 0.25},
                 {"retry", false},
                 {"request_id", RequestId{0xfeed}},
                 {"trace_id", trace}},
  };
}

TEST(JsonLine, IsOneObjectOnOneLine) {
  std::string out;
  append_json_line(out, sample_record());
  EXPECT_EQ(out, R"({"ts":"1970-01-01T00:00:42.000000Z","severity":"WARN","component":"agent",)"
                 R"("event":"upstream_lost","message":"closed\n\"here\"","upstream":"a\u001b[1m",)"
                 R"("errno":-104,"big":18446744073709551615,"seconds":0.25,"retry":false,)"
                 R"("request_id":"000000000000feed","trace_id":"cccccccccccccccccccccccccccccccc"})"
                 "\n");
}

TEST(JsonLine, WhatJsonCannotSayIsNull) {
  std::string out;
  append_json_line(
      out, {.time = fixed_time(),
            .level = LogLevel::info,
            .component = "c",
            .event = "e",
            .message = "m",
            .fields = {{"nan", std::nan("")}, {"inf", std::numeric_limits<double>::infinity()}}});
  EXPECT_NE(out.find(R"("nan":null,"inf":null})"), std::string::npos) << out;
}

TEST(TextLine, IsForPeopleAndSafeForTheirTerminal) {
  std::string out;
  append_text_line(out, sample_record());
  EXPECT_EQ(out,
            R"(1970-01-01T00:00:42.000000Z WARN  agent: closed\x0a"here"  [upstream_lost])"
            R"( upstream=a\x1b[1m errno=-104 big=18446744073709551615 seconds=0.25 retry=false)"
            R"( request_id=000000000000feed trace_id=cccccccccccccccccccccccccccccccc)"
            "\n");
}

// A pipe whose read end gives lines.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends_[0]);
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_writer() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  // Waits for it. Empty at the end.
  std::string line() {
    std::string out;
    for (char c = 0; read(ends_[0], &c, 1) == 1;) {
      if (c == '\n') return out;
      out.push_back(c);
    }
    return out;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::unique_ptr<LogWriter> start(int fd, std::size_t ring_bytes = kLogRingBytes,
                                 std::chrono::milliseconds flush_wait = std::chrono::seconds{10}) {
  auto writer = LogWriter::start({.fd = fd,
                                  .format = LogFormat::text,
                                  .level = LogLevel::info,
                                  .ring_bytes = ring_bytes,
                                  .flush_wait = flush_wait,
                                  .now = fixed_time});
  EXPECT_TRUE(writer);
  return std::move(writer).value();
}

TEST(LogWriter, WritesARecordWithoutBeingAskedAgain) {
  Pipe pipe;
  const auto writer = start(pipe.writer());
  const Logger log{writer->add_ring(), "net"};
  for (int i = 0; i < 300; ++i) {  // Each one must wake the thread from its sleep.
    log.info("event", "number", {{"i", i}});
    ASSERT_EQ(pipe.line(),
              "1970-01-01T00:00:42.000000Z INFO  net: number  [event] i=" + std::to_string(i));
  }
}

TEST(LogWriter, StopWritesWhatIsLeft) {
  Pipe pipe;
  const auto writer = start(pipe.writer());
  const Logger log{writer->add_ring(), "net"};
  for (int i = 0; i < 100; ++i) log.info("event", "m", {{"i", i}});
  writer->stop();
  writer->stop();
  pipe.close_writer();
  int lines = 0;
  while (!pipe.line().empty()) ++lines;
  EXPECT_EQ(lines, 100);
  EXPECT_EQ(writer->lines_written(), 100U);
  EXPECT_EQ(writer->lines_lost(), 0U);
}

TEST(LogWriter, LevelsReachAllRingsPresentAndFuture) {
  Pipe pipe;
  const auto writer = start(pipe.writer());
  LogRing& first = writer->add_ring();
  writer->set_level(LogLevel::error);
  EXPECT_EQ(first.level(), LogLevel::error);
  EXPECT_EQ(writer->add_ring().level(), LogLevel::error);
}

TEST(LogWriter, ADescriptorThatTakesNothingHoldsUpNobody) {
  Pipe pipe;  // Nobody reads it until the end.
  const auto writer = start(pipe.writer(), 4096, std::chrono::milliseconds{0});
  const Logger log{writer->add_ring(), "net"};
  const std::string text(1000, 'x');
  constexpr std::uint64_t kRecords = 2000;
  for (std::uint64_t i = 0; i < kRecords; ++i) log.info("event", text);
  writer->stop();
  EXPECT_GT(writer->lines_lost(), 0U);
  EXPECT_GE(writer->lines_written() + writer->lines_lost(), kRecords);
}

TEST(LogWriter, SaysHowManyRecordsWereDropped) {
  Pipe pipe;
  const auto writer = start(pipe.writer(), 1024);
  const Logger log{writer->add_ring(), "net"};
  const std::string large(5000, 'x');
  log.info("event", large);  // Does not fit in the ring at all.
  log.info("event", "small");
  std::string report = pipe.line();
  if (report.find("small") != std::string::npos) report = pipe.line();
  EXPECT_NE(report.find("[log_records_dropped] count=1 count_total=1"), std::string::npos)
      << report;
  EXPECT_EQ(writer->lines_lost(), 1U);
}

TEST(LogWriter, AClosedReaderLosesLinesAndNotTheProcess) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  close(ends[0]);
  const auto writer = start(ends[1]);
  const Logger log{writer->add_ring(), "net"};
  log.info("event", "m");
  writer->stop();
  EXPECT_EQ(writer->lines_lost(), 1U);
  EXPECT_EQ(writer->lines_written(), 0U);
  close(ends[1]);
}

TEST(LogWriter, ManyProducersLoseNothingUncounted) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  auto writer = start(fileno(file), 8192);
  constexpr int kProducers = 4;
  constexpr int kRecords = 3000;
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&writer, p] {
      const Logger log{writer->add_ring(), "net"};
      for (int i = 0; i < kRecords; ++i) log.info("event", "m", {{"p", p}, {"i", i}});
    });
  }
  for (auto& producer : producers) producer.join();
  writer->stop();

  ASSERT_EQ(std::fseek(file, 0, SEEK_SET), 0);
  std::array<char, 512> line{};
  std::array<int, kProducers> last{-1, -1, -1, -1};
  std::uint64_t lines = 0;
  std::uint64_t reports = 0;
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    const std::string_view text{line.data()};
    ASSERT_TRUE(text.ends_with('\n'));
    ++lines;
    int p = 0;
    int i = 0;
    if (text.find("log_records_dropped") != std::string_view::npos) {
      ++reports;
      continue;
    }
    ASSERT_EQ(std::sscanf(line.data(), "%*s INFO net: m [event] p=%d i=%d", &p, &i), 2) << text;
    ASSERT_GT(i, last.at(static_cast<std::size_t>(p)));
    last.at(static_cast<std::size_t>(p)) = i;
  }
  std::fclose(file);
  EXPECT_EQ(lines, writer->lines_written());
  EXPECT_EQ(lines - reports + writer->lines_lost(), std::uint64_t{kProducers} * kRecords);
}

TEST(LogFormat, IsJsonWhereNobodyLooks) {
  const Pipe pipe;
  EXPECT_EQ(log_format_for(pipe.writer()), LogFormat::json);
  EXPECT_EQ(log_format_for(-1), LogFormat::json);
}

TEST(LogWriter, WritesJsonWhenAskedTo) {
  Pipe pipe;
  auto writer = LogWriter::start({.fd = pipe.writer(), .now = fixed_time}).value();
  Logger{writer->add_ring(), "net"}.error("refused", "no", {{"peer", "::1"}});
  EXPECT_EQ(pipe.line(),
            R"({"ts":"1970-01-01T00:00:42.000000Z","severity":"ERROR","component":"net",)"
            R"("event":"refused","message":"no","peer":"::1"})");
}

TEST(LogWriter, WaitsForANonBlockingDescriptorThatIsFull) {
  Pipe pipe;
  ASSERT_EQ(fcntl(pipe.writer(), F_SETFL, O_NONBLOCK), 0);
  auto writer = start(pipe.writer());
  LogRing& ring = writer->add_ring();
  const std::string text(4000, 'x');
  constexpr int kRecords = 40;  // 160 KB: more than twice what a pipe holds.
  std::thread producer{[&] {
    for (int i = 0; i < kRecords; ++i) {
      while (!ring.push(LogLevel::info, "net", "event", text, {})) std::this_thread::yield();
    }
  }};
  int lines = 0;
  while (lines < kRecords) {
    const std::string line = pipe.line();
    if (line.find("log_records_dropped") != std::string::npos) continue;
    ASSERT_NE(line.find(text + "  [event]"), std::string::npos);
    ++lines;
  }
  producer.join();
  EXPECT_EQ(lines, kRecords);
}

TEST(LogWriter, EndsWithoutRingsAndWithoutRecords) {
  Pipe pipe;
  start(pipe.writer()).reset();
  const auto writer = start(pipe.writer());
  (void)writer->add_ring();
  writer->stop();
  pipe.close_writer();
  EXPECT_EQ(pipe.line(), "");
}

TEST(LogWriter, ItsEndIsAFlush) {
  Pipe pipe;
  {
    const auto writer = start(pipe.writer());
    Logger{writer->add_ring(), "net"}.info("event", "last words");
  }
  EXPECT_NE(pipe.line().find("last words"), std::string::npos);
}

TEST(LogWriter, PushingAfterTheEndIsHarmless) {
  Pipe pipe;
  const auto writer = start(pipe.writer());
  const Logger log{writer->add_ring(), "net"};
  writer->stop();
  log.info("event", "too late");
  pipe.close_writer();
  EXPECT_EQ(pipe.line(), "");
}

TEST(LogWriter, TheLevelMayChangeWhileProducersWrite) {
  Pipe pipe;
  const auto writer = start(pipe.writer(), 4096, std::chrono::milliseconds{0});
  LogRing& ring = writer->add_ring();
  std::thread producer{[&ring] {
    const Logger log{ring, "net"};
    for (int i = 0; i < 2000; ++i) log.debug("event", "m");
  }};
  for (int i = 0; i < 100; ++i) {
    writer->set_level(i % 2 == 0 ? LogLevel::debug : LogLevel::off);
    EXPECT_GE(writer->lines_lost() + 1, 1U);
  }
  producer.join();
  writer->stop();
  EXPECT_LE(writer->lines_written(), 4000U);
}

}  // namespace
}  // namespace junctor
