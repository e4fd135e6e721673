#pragma once
// Logging, the side that prints: one thread takes the records of all rings and writes lines to a
// descriptor.
//
// The thread sleeps on an eventfd that a ring writes only when it was empty. It alone may block on
// the descriptor; rings then fill, drop and count, and a line "log_records_dropped" says how many.
// Records of one ring keep their order; those of different rings are ordered by their time of
// arrival only.
//
// Source:  RFC 8259 (a line is one JSON object), RFC 3339 (its "ts").
// Limits:  one ring per producer, kLogRingsMax in all; stop() waits `flush_wait` at most for a
//          descriptor that takes nothing.
// Errors:  unavailable when the system gives no eventfd. A descriptor that fails loses lines,
//          counted.
// Threads: add_ring(), counters and set_level() from any thread; start() and stop() from the
//          owner's.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace junctor {

enum class LogFormat : std::uint8_t { json, text };

inline constexpr std::size_t kLogRingsMax = 1024;

// One line with its end of line, appended to `out`.
void append_json_line(std::string& out, const LogRecord& record);
void append_text_line(std::string& out, const LogRecord& record);

class LogWriter {
 public:
  struct Options {
    int fd = 2;  // Not owned; blocking or not.
    LogFormat format = LogFormat::json;
    LogLevel level = LogLevel::info;
    std::size_t ring_bytes = kLogRingBytes;
    std::chrono::milliseconds flush_wait{1000};
    std::function<WallTime()> now;  // Called by producers and by the thread; never empty.
  };

  // Starts the thread.
  [[nodiscard]] static Result<std::unique_ptr<LogWriter>> start(Options options);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // A ring for one more producer; lives as long as the writer.
  [[nodiscard]] LogRing& add_ring();
  // Of all rings, present and future.
  void set_level(LogLevel level);
  // Writes what the rings hold and ends the thread. Records pushed later are not written.
  // Idempotent.
  void stop();

  [[nodiscard]] std::uint64_t lines_written() const noexcept {
    return lines_written_.load(std::memory_order_relaxed);
  }
  // Records that found their ring full, or that the descriptor did not take.
  [[nodiscard]] std::uint64_t lines_lost() const;

 private:
  LogWriter(Options options, int wake_fd);
  void run();
  // Until all rings were seen empty, and written out.
  void drain();
  // What `ring` holds, but not for ever: the others wait. False when it held nothing.
  bool drain_some(LogRing& ring);
  void report_drops();
  void append_line(const LogRecord& record);
  void write_out();
  [[nodiscard]] bool wait_writable();
  [[nodiscard]] std::uint64_t dropped() const;

  const Options options_;
  const int wake_fd_;
  mutable std::mutex mutex_;  // Guards rings_ and level_; never held while writing.
  std::deque<LogRing> rings_;
  LogLevel level_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> lines_written_{0};
  std::atomic<std::uint64_t> lines_failed_{0};
  // Of the thread alone.
  std::string out_;
  std::uint64_t out_lines_ = 0;
  std::uint64_t drops_reported_ = 0;
  std::chrono::milliseconds flush_left_;
  LogRecord record_;
  std::vector<LogRing*> draining_;
  std::thread thread_;
};

// JSON unless the descriptor is a terminal.
[[nodiscard]] LogFormat log_format_for(int fd) noexcept;

}  // namespace junctor
