#include "base/log_writer.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cmath>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/text.h"

namespace junctor {
namespace {

// Lines are gathered up to here and then written, so that a burst does not grow the buffer without
// end.
constexpr std::size_t kOutBytes = 64_KiB;

// Numbers, booleans and hex are the same in both formats.
void append_plain(std::string& out, const LogField& field) {
  using enum LogField::Kind;
  switch (field.kind) {
    case text: break;
    case hex: out.append(to_string(RequestId{field.number})); break;
    case boolean: out.append(field.number != 0 ? "true" : "false"); break;
    case signed_integer: out.append(std::to_string(static_cast<std::int64_t>(field.number))); break;
    case unsigned_integer: out.append(std::to_string(field.number)); break;
    // JSON numbers have the same spelling as fmt gives them: shortest form that reads back.
    case real: fmt::format_to(std::back_inserter(out), "{}", field.real); break;
  }
}

void append_json_value(std::string& out, const LogField& field) {
  if (field.kind == LogField::Kind::text) {
    append_json_string(out, field.text);
  } else if (field.kind == LogField::Kind::real && !std::isfinite(field.real)) {
    out.append("null");  // JSON has no word for it.
  } else if (field.kind == LogField::Kind::hex) {
    append_json_string(out, to_string(RequestId{field.number}));
  } else {
    append_plain(out, field);
  }
}

void append_json_member(std::string& out, std::string_view key, std::string_view text) {
  out.push_back(',');
  append_json_string(out, key);
  out.push_back(':');
  append_json_string(out, text);
}

// The names of OpenTelemetry's severities. Nothing is ever logged at `off`.
std::string_view severity_of(LogLevel level) noexcept {
  constexpr std::array<std::string_view, 5> kSeverities{"DEBUG", "INFO", "WARN", "ERROR", "ERROR"};
  return kSeverities[static_cast<std::size_t>(level)];
}

}  // namespace

void append_json_line(std::string& out, const LogRecord& record) {
  out.append("{\"ts\":\"").append(rfc3339(record.time)).push_back('"');
  append_json_member(out, "severity", severity_of(record.level));
  append_json_member(out, "component", record.component);
  append_json_member(out, "event", record.event);
  append_json_member(out, "message", record.message);
  // Flattened: a field is looked for by its name, whatever the record.
  for (const LogField& field : record.fields) {
    out.push_back(',');
    append_json_string(out, field.key);
    out.push_back(':');
    append_json_value(out, field);
  }
  out.append("}\n");
}

void append_text_line(std::string& out, const LogRecord& record) {
  fmt::format_to(std::back_inserter(out), "{} {:5} {}: {}", rfc3339(record.time),
                 severity_of(record.level), safe_for_log(record.component),
                 safe_for_log(record.message, kLogMessageBytesMax));
  // The word for machines comes after the sentence: people read from the left.
  fmt::format_to(std::back_inserter(out), "  [{}]", safe_for_log(record.event));
  for (const LogField& field : record.fields) {
    out.append(" ").append(safe_for_log(field.key)).append("=");
    if (field.kind == LogField::Kind::text) {
      out.append(safe_for_log(field.text, kLogValueBytesMax));
    } else {
      append_plain(out, field);
    }
  }
  out.push_back('\n');
}

LogFormat log_format_for(int fd) noexcept {
  return isatty(fd) == 1 ? LogFormat::text : LogFormat::json;
}

Result<std::unique_ptr<LogWriter>> LogWriter::start(Options options) {
  JUNCTOR_ASSERT(options.now != nullptr);
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) {
    return fail(ErrorKind::unavailable, "no_eventfd", std::strerror(errno));
  }
  std::unique_ptr<LogWriter> writer{new LogWriter{std::move(options), wake_fd}};
  // The thread begins when the object is complete, not in its constructor.
  writer->thread_ = std::thread{[self = writer.get()] { self->run(); }};
  return writer;
}

LogWriter::LogWriter(Options options, int wake_fd)
    : options_{std::move(options)},
      wake_fd_{wake_fd},
      level_{options_.level},
      flush_left_{options_.flush_wait} {}

LogRing& LogWriter::add_ring() {
  const std::lock_guard lock{mutex_};
  JUNCTOR_ASSERT(rings_.size() < kLogRingsMax);
  // A deque keeps its elements in place, so producers and the thread may hold on to a ring.
  LogRing& ring = rings_.emplace_back(options_.ring_bytes, options_.now, wake_fd_);
  ring.set_level(level_);
  return ring;
}

void LogWriter::set_level(LogLevel level) {
  const std::lock_guard lock{mutex_};
  level_ = level;
  for (LogRing& ring : rings_) ring.set_level(level);
}

std::uint64_t LogWriter::dropped() const {
  const std::lock_guard lock{mutex_};
  std::uint64_t sum = 0;
  for (const LogRing& ring : rings_) sum += ring.dropped();
  return sum;
}

std::uint64_t LogWriter::lines_lost() const {
  return dropped() + lines_failed_.load(std::memory_order_relaxed);
}

LogWriter::~LogWriter() {
  stop();
  // The eventfd goes last: until now a producer may have been writing it.
  close(wake_fd_);
}

void LogWriter::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
  thread_.join();
}

void LogWriter::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all,
                  nullptr);  // Also SIGPIPE: a closed reader is an error of write().
  for (;;) {
    // Read before draining: what was pushed before stop() is then still written.
    const bool last = stopping_.load(std::memory_order_acquire);
    drain();
    if (last) return;
    pollfd wake{.fd = wake_fd_, .events = POLLIN, .revents = 0};
    // The counter is read after the poll and before the next drain: a record pushed after its ring
    // was seen empty has written it again, and the next poll returns at once.
    poll(&wake, 1, -1);
    std::uint64_t wakes = 0;
    [[maybe_unused]] const auto got = ::read(wake_fd_, &wakes, sizeof wakes);
  }
}

void LogWriter::drain() {
  // Pointers are taken under the lock and used without it; rings are only ever added.
  draining_.clear();
  {
    const std::lock_guard lock{mutex_};
    for (LogRing& ring : rings_) draining_.push_back(&ring);
  }
  bool found = true;
  while (found) {
    found = false;
    for (LogRing* ring : draining_) found = drain_some(*ring) || found;
    report_drops();
  }
  write_out();
}

// Bounded, or one shard in a storm of records would keep those of all others from being seen.
bool LogWriter::drain_some(LogRing& ring) {
  constexpr int kRecordsPerTurn = 256;
  for (int taken = 0; taken < kRecordsPerTurn; ++taken) {
    if (!ring.pop(record_)) return taken > 0;
    append_line(record_);
  }
  return true;
}

// The report goes straight to the output: a ring that is full has no room for it.
void LogWriter::report_drops() {
  const std::uint64_t drops = dropped();
  JUNCTOR_ASSERT(drops >= drops_reported_);
  if (drops == drops_reported_) return;
  LogRecord report{
      .time = options_.now(),
      .level = LogLevel::warn,
      .component = "log",
      .event = "log_records_dropped",
      .message = "records were dropped: they came faster than the log could be written",
      .fields = {LogField{"count", drops - drops_reported_}, LogField{"count_total", drops}},
  };
  drops_reported_ = drops;
  append_line(report);
}

void LogWriter::append_line(const LogRecord& record) {
  if (options_.format == LogFormat::json) {
    append_json_line(out_, record);
  } else {
    append_text_line(out_, record);
  }
  ++out_lines_;
  if (out_.size() >= kOutBytes) write_out();
}

void LogWriter::write_out() {
  std::string_view rest = out_;
  while (!rest.empty()) {
    if (!wait_writable()) break;
    // A pipe that polls as writable has room for PIPE_BUF bytes; a larger write could block for
    // ever.
    const ssize_t got =
        ::write(options_.fd, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (got < 0 && errno != EINTR && errno != EAGAIN) break;
    if (got > 0) rest.remove_prefix(static_cast<std::size_t>(got));
  }
  // Lines cut by a failure in the middle count as lost, all of the batch: rather too many than too
  // few.
  auto& counter = rest.empty() ? lines_written_ : lines_failed_;
  counter.fetch_add(out_lines_, std::memory_order_relaxed);
  out_lines_ = 0;
  out_.clear();
}

// Waits as long as it takes, but once stop() was called no longer than what is left of flush_wait.
bool LogWriter::wait_writable() {
  constexpr std::chrono::milliseconds kTurn{20};
  for (;;) {
    // In turns, to see stopping_; waiting on wake_fd_ too would spin, as every record may set it.
    pollfd out{.fd = options_.fd, .events = POLLOUT, .revents = 0};
    const int ready = poll(&out, 1, static_cast<int>(kTurn.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (!stopping_.load(std::memory_order_acquire)) continue;
    if (flush_left_ <= kTurn) return false;
    flush_left_ -= kTurn;
  }
}

}  // namespace junctor
