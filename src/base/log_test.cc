// Goal: what a room logs comes out of the ring as it went in, in order; a full ring drops and
// counts, and never blocks or tears a record. Method: one thread as producer and consumer for the
// format; two threads and a small ring for the race (also run under the thread sanitizer); sizes
// chosen so that records wrap at every offset.
#include "base/log.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace junctor {
namespace {

WallTime fixed_time() {
  return WallTime{std::chrono::seconds{42}};
}

const LogField* field(const LogRecord& record, std::string_view key) {
  for (const LogField& one : record.fields) {
    if (one.key == key) return &one;
  }
  return nullptr;
}

TEST(Logger, ARecordComesOutAsItWentIn) {
  LogRing ring{4096, fixed_time};
  const Logger log{ring, "agent"};
  const TraceId trace{TraceId::filled_with('c')};
  std::string dynamic = "tickets";
  log.warn("upstream_lost", "the upstream closed the connection",
           {{"upstream", dynamic},
            {"errno", -104},
            {"bytes", std::uint64_t{UINT64_MAX}},
            {"seconds", 1.5},
            {"retry", true},
            {"request_id", RequestId{0xfeed}},
            {"trace_id", trace},
            {"token", Secret{std::string_view{"hunter2"}}}});
  dynamic = "changed";

  LogRecord record;
  ASSERT_TRUE(ring.pop(record));
  EXPECT_EQ(record.time, fixed_time());
  EXPECT_EQ(record.level, LogLevel::warn);
  EXPECT_EQ(record.component, "agent");
  EXPECT_EQ(record.event, "upstream_lost");
  EXPECT_EQ(record.message, "the upstream closed the connection");
  ASSERT_EQ(record.fields.size(), 8U);
  EXPECT_EQ(field(record, "upstream")->text, "tickets");
  EXPECT_EQ(static_cast<std::int64_t>(field(record, "errno")->number), -104);
  EXPECT_EQ(field(record, "bytes")->number, UINT64_MAX);
  EXPECT_EQ(field(record, "seconds")->real, 1.5);
  EXPECT_EQ(field(record, "retry")->kind, LogField::Kind::boolean);
  EXPECT_EQ(field(record, "request_id")->number, 0xfeedU);
  EXPECT_EQ(field(record, "trace_id")->text, trace.view());
  EXPECT_EQ(field(record, "token")->text, "***");
  EXPECT_FALSE(ring.pop(record));
}

TEST(Logger, WritesOnlyWhatItsLevelLets) {
  LogRing ring{4096, fixed_time};
  const Logger log{ring, "agent"};
  LogRecord record;
  EXPECT_FALSE(log.enabled(LogLevel::debug));
  log.debug("a", "b");
  EXPECT_FALSE(ring.pop(record));
  ring.set_level(LogLevel::debug);
  EXPECT_TRUE(log.enabled(LogLevel::debug));
  log.debug("a", "b");
  EXPECT_TRUE(ring.pop(record));
  ring.set_level(LogLevel::off);
  log.error("a", "b");
  EXPECT_FALSE(ring.pop(record));
}

TEST(Logger, ADefaultOneWritesNothing) {
  const Logger log;
  EXPECT_FALSE(log.enabled(LogLevel::error));
  log.error("a", "b", {{"c", 1}});
}

TEST(Logger, CanSpeakForAnotherComponent) {
  LogRing ring{4096, fixed_time};
  const Logger log{ring, "app"};
  log.with("net").info("a", "b");
  LogRecord record;
  ASSERT_TRUE(ring.pop(record));
  EXPECT_EQ(record.component, "net");
}

TEST(LogLevel, NamesReadBack) {
  for (const auto level :
       {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    EXPECT_EQ(parse_log_level(log_level_name(level)), level);
  }
  EXPECT_EQ(parse_log_level("loud"), std::nullopt);
  EXPECT_EQ(parse_log_level(""), std::nullopt);
}

TEST(LogRing, CutsWhatIsTooLong) {
  LogRing ring{64_KiB, fixed_time};
  const std::string long_text(100'000, 'x');
  const LogField one{long_text, long_text};
  ASSERT_TRUE(ring.push(LogLevel::info, long_text, long_text, long_text, {&one, 1}));
  LogRecord record;
  ASSERT_TRUE(ring.pop(record));
  EXPECT_EQ(record.component.size(), kLogNameBytesMax);
  EXPECT_EQ(record.event.size(), kLogNameBytesMax);
  EXPECT_EQ(record.message.size(), kLogMessageBytesMax);
  EXPECT_EQ(record.fields.at(0).key.size(), kLogNameBytesMax);
  EXPECT_EQ(record.fields.at(0).text.size(), kLogValueBytesMax);
}

TEST(LogRing, WhenFullItDropsAndCountsAndGoesOn) {
  LogRing ring{1024, fixed_time};
  int pushed = 0;
  while (ring.push(LogLevel::info, "c", "e", "message", {})) ++pushed;
  EXPECT_GT(pushed, 10);
  EXPECT_EQ(ring.dropped(), 1U);
  LogRecord record;
  ASSERT_TRUE(ring.pop(record));
  EXPECT_TRUE(ring.push(LogLevel::info, "c", "e", "message", {}));
  EXPECT_EQ(ring.dropped(), 1U);
  int popped = 1;
  while (ring.pop(record)) ++popped;
  EXPECT_EQ(popped, pushed + 1);
}

TEST(LogRing, ARecordLargerThanTheRingIsDropped) {
  LogRing ring{64, fixed_time};
  EXPECT_FALSE(ring.push(LogLevel::info, "c", "e", std::string(100, 'x'), {}));
  EXPECT_EQ(ring.dropped(), 1U);
}

TEST(LogRing, RecordsMayWrapAtAnyByte) {
  for (std::size_t size = 0; size < 200; ++size) {
    SCOPED_TRACE(size);
    LogRing ring{512, fixed_time};
    const std::string message(size, 'm');
    const LogField one{"key", message};
    LogRecord record;
    for (int round = 0; round < 50; ++round) {
      ASSERT_TRUE(
          ring.push(LogLevel::info, "comp", "event", message, {&one, size < 150 ? 1U : 0U}));
      ASSERT_TRUE(ring.pop(record));
      ASSERT_EQ(record.message, message);
      ASSERT_EQ(record.event, "event");
      if (size < 150) {
        ASSERT_EQ(record.fields.at(0).text, message);
      }
    }
  }
}

TEST(LogRingDeathTest, TooManyFieldsAreABugOfTheCaller) {
  LogRing ring{64_KiB, fixed_time};
  const std::array<LogField, kLogFieldsMax + 1> fields{};
  EXPECT_DEATH(ring.push(LogLevel::info, "c", "e", "m", fields), "assertion failed");
}

TEST(LogRing, WakesTheConsumerOnlyWhenItWasEmpty) {
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT_GE(wake_fd, 0);
  LogRing ring{4096, fixed_time, wake_fd};
  std::uint64_t wakes = 0;
  EXPECT_LT(read(wake_fd, &wakes, sizeof wakes), 0);
  for (int i = 0; i < 5; ++i) ring.push(LogLevel::info, "c", "e", "m", {});
  ASSERT_EQ(read(wake_fd, &wakes, sizeof wakes), 8);
  EXPECT_EQ(wakes, 1U);
  LogRecord record;
  while (ring.pop(record)) continue;
  ring.push(LogLevel::info, "c", "e", "m", {});
  ASSERT_EQ(read(wake_fd, &wakes, sizeof wakes), 8);
  EXPECT_EQ(wakes, 1U);
  close(wake_fd);
}

TEST(LogRing, ProducerAndConsumerNeverTearOrReorder) {
  const int wake_fd = eventfd(0, EFD_CLOEXEC);
  LogRing ring{2048, fixed_time, wake_fd};
  constexpr std::uint64_t kRecords = 20'000;
  std::thread producer{[&ring] {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      const std::string message(i % 97, static_cast<char>('a' + i % 26));
      const LogField number{"i", i};
      ring.push(LogLevel::info, "c", "e", message, {&number, 1});
    }
    while (!ring.push(LogLevel::error, "c", "end", "", {})) std::this_thread::yield();
  }};
  std::uint64_t seen = 0;
  std::uint64_t next = 0;
  LogRecord record;
  for (bool ended = false; !ended;) {
    if (!ring.pop(record)) {  // A lost wake-up would hang here.
      std::uint64_t wakes = 0;
      ASSERT_EQ(read(wake_fd, &wakes, sizeof wakes), 8);
      continue;
    }
    ended = record.event == "end";
    if (ended) break;
    const std::uint64_t i = record.fields.at(0).number;
    ASSERT_GE(i, next);
    next = i + 1;
    ++seen;
    ASSERT_EQ(record.message, std::string(i % 97, static_cast<char>('a' + i % 26)));
  }
  producer.join();
  EXPECT_GT(seen, 0U);
  EXPECT_GE(seen + ring.dropped(), kRecords);
  close(wake_fd);
}

TEST(LogField, TakesWhatARoomHasAtHand) {
  const UpstreamName name{"tickets"};
  const std::string text = "text";
  const SpanId span = span_id_of({7});
  const LogField fields[] = {
      {"a", "literal"},   {"b", text},
      {"c", name.view()}, {"d", short{-1}},
      {"e", 7U},          {"f", std::int64_t{INT64_MIN}},
      {"g", 0.0},         {"h", false},
      {"i", span},        {"j", std::string_view{}},
  };
  LogRing ring{4096, fixed_time};
  ASSERT_TRUE(ring.push(LogLevel::info, "c", "e", "m", fields));
  LogRecord record;
  ASSERT_TRUE(ring.pop(record));
  ASSERT_EQ(record.fields.size(), std::size(fields));
  for (std::size_t i = 0; i < std::size(fields); ++i) {
    EXPECT_EQ(record.fields[i].key, fields[i].key);
    EXPECT_EQ(record.fields[i].kind, fields[i].kind) << fields[i].key;
    EXPECT_EQ(record.fields[i].text, fields[i].text) << fields[i].key;
    EXPECT_EQ(record.fields[i].real, fields[i].real) << fields[i].key;
    if (fields[i].kind != LogField::Kind::real) {
      EXPECT_EQ(record.fields[i].number, fields[i].number) << fields[i].key;
    }
  }
}

TEST(LogRing, TheTimeOfARecordIsThatOfItsCall) {
  WallTime now{std::chrono::seconds{1}};
  LogRing ring{4096, [&now] { return now; }};
  ring.push(LogLevel::info, "c", "e", "first", {});
  now += std::chrono::seconds{1};
  ring.push(LogLevel::info, "c", "e", "second", {});
  now += std::chrono::hours{1};
  LogRecord record;
  ASSERT_TRUE(ring.pop(record));
  EXPECT_EQ(record.time, WallTime{std::chrono::seconds{1}});
  ASSERT_TRUE(ring.pop(record));
  EXPECT_EQ(record.time, WallTime{std::chrono::seconds{2}});
}

}  // namespace
}  // namespace junctor
