#pragma once
// LineWriter: lines from a shard to a descriptor that must not be made non-blocking.
//
// Standard output is shared with other processes, and so would be its O_NONBLOCK. So a thread of
// its own writes, in pieces that a pipe which has room takes at once; a reader that takes nothing
// keeps the thread waiting and nobody else. A client that has left, or does not read for so long
// that the queue is full, is given up: what follows is dropped, and `on_gone` is called.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio); pipe(7): a pipe that poll()
// calls
//          writable takes PIPE_BUF bytes.
// Limits:  Limits.
// Errors:  gone().
// Threads: one of its own; the rest on the shard, stop_blocking() from the owner's. SIGPIPE is
//          ignored by the process. The shard outlives the writer, and has ended, or never ran, when
//          the writer is destroyed.

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "agent/line_sink.h"
#include "base/time.h"
#include "base/units.h"
#include "rt/event.h"
#include "rt/shard.h"

namespace junctor::agent {

class LineWriter final : public LineSink {
 public:
  struct Limits {
    std::size_t held_bytes_max = 64_MiB;           // A single line may be larger.
    Duration flush_max = std::chrono::seconds{1};  // For what is held when it is stopped.
  };

  // `on_gone` runs on the shard, once.
  LineWriter(rt::Shard& shard, int descriptor, Limits limits, std::function<void()> on_gone);
  ~LineWriter() override;
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  void start();
  // Writes what is held, within its time, and ends the thread. Idempotent.
  void stop_blocking();

  void put(std::span<const std::string_view> pieces) override;
  [[nodiscard]] std::uint64_t put_bytes() const noexcept override { return put_bytes_; }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return taken_bytes_.load(); }
  [[nodiscard]] bool gone() const noexcept override { return is_gone_.load(); }
  [[nodiscard]] rt::Event& taken() noexcept override;

 private:
  void run_blocking();
  // What the thread writes next; false when it shall end.
  [[nodiscard]] bool fetch();
  void write_blocking();
  void give_up_blocking();
  // False when the shard's inbox was full: try again.
  [[nodiscard]] bool tell();
  void lose();
  void wake() const noexcept;

  rt::Shard& shard_;
  const int descriptor_;
  const Limits limits_;
  const std::function<void()> on_gone_;
  const int wake_;

  std::mutex mutex_;  // Guards what follows; never held while something waits.
  std::string held_;
  bool is_stopping_ = false;

  std::atomic<std::uint64_t> taken_bytes_{0};
  std::atomic<bool> is_gone_{false};
  std::atomic<bool> is_asked_{false};  // Somebody waits to hear that more was taken.

  // Of the shard alone.
  std::uint64_t put_bytes_ = 0;
  bool is_lost_ = false;
  rt::Event taken_;

  // Of the thread alone.
  std::string out_;
  std::size_t out_at_ = 0;
  Time flush_end_ = kNever;
  std::thread thread_;
};

}  // namespace junctor::agent
