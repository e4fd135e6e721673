#pragma once
// StdioService: one handler, served to one client on standard input and output, until that ends.
//
// The client ends it by closing its side; what it said before is still begun, then what runs is
// cancelled, the session ended, and the rest of the output written. SIGINT and SIGTERM end it the
// same way, a second signal at once. Invariant: nothing but messages is written to the output.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio), basic/lifecycle (shutdown).
// Limits:  Options; kLastLinesMax, kLingerMax and kStopMax bound the end.
// Threads: make it and wait_blocking() on the owner's thread, start() on the shard, or before it
//          runs. Order at the end: the shard's thread ends, then the service, then handler and
//          shard.

#include <unistd.h>

#include <atomic>
#include <chrono>

#include "agent/line_reader.h"
#include "agent/line_writer.h"
#include "agent/stdio_front.h"
#include "rt/signals.h"

namespace junctor::agent {

class StdioService {
 public:
  // For lines that were read when the input ended to be begun.
  static constexpr Duration kLastLinesMax = std::chrono::milliseconds{500};
  // For what the session's end left to do: its upstream is told.
  static constexpr Duration kLingerMax = std::chrono::milliseconds{500};
  // For all of it after a signal.
  static constexpr Duration kStopMax = std::chrono::seconds{3};

  struct Options {
    int input = STDIN_FILENO;
    int output = STDOUT_FILENO;
    StdioFront::Limits front;
    LineReader::Limits reader;
    LineWriter::Limits writer;
  };

  StdioService(rt::Shard& shard, net::HttpHandler& handler, rt::Signals& signals, Options options);
  StdioService(const StdioService&) = delete;
  StdioService& operator=(const StdioService&) = delete;

  // What else the shard does for ever was spawned before.
  void start();
  // Until the client has been served, or signals end it.
  void wait_blocking();

 private:
  [[nodiscard]] rt::Task<void> serve();
  [[nodiscard]] rt::Task<void> take_lines();
  [[nodiscard]] rt::Task<void> watch_input();
  [[nodiscard]] rt::Task<void> linger(std::size_t tasks_before);

  rt::Shard& shard_;
  rt::Signals& signals_;
  std::atomic<bool> has_ended_{false};
  rt::Event over_;        // No more comes in, or nobody reads.
  rt::Event lines_over_;  // All lines have been taken.
  LineWriter writer_;
  StdioFront front_;
  LineReader reader_;
  rt::TaskGroup tasks_;
};

}  // namespace junctor::agent
