#pragma once
// LineReader: lines from a descriptor that must not be made non-blocking, brought to a shard.
//
// Standard input is shared with other processes, and so would be its O_NONBLOCK. So a thread of its
// own waits for it, reads what is there, and hands line by line over; while too many wait it reads
// nothing, and the sender is slowed by its own pipe. A line over the limit is reported and skipped;
// the next one is read as if nothing had been.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio); poll(2), eventfd(2).
// Limits:  Limits.
// Errors:  next(): too_large, of one line. A descriptor that fails is at its end.
// Threads: one of its own; next() and ended() on the shard, stop() from all. The shard outlives the
//          reader, and has ended, or never ran, when the reader is destroyed.

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "base/buffer.h"
#include "base/units.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "wire/line_decoder.h"

namespace junctor::agent {

class LineReader {
 public:
  struct Limits {
    std::size_t line_bytes_max = 16_MiB;
    // Of lines that nobody has taken yet; nothing is read beyond.
    std::size_t held_max = 256;
    std::size_t held_bytes_max = 1_MiB;
  };

  LineReader(rt::Shard& shard, int descriptor, Limits limits);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  void start();
  // The next line; nothing at the end. One caller at a time.
  [[nodiscard]] rt::Task<std::optional<Result<Buffer>>> next();
  // Set when all has been read, though not all may have been taken.
  [[nodiscard]] rt::Event& ended() noexcept { return ended_; }
  // Reads no more, as if the input had ended.
  void stop() noexcept;

 private:
  void run_blocking();
  // False at the end of the input.
  [[nodiscard]] bool read_blocking();
  void take(std::string_view piece);
  void take_part(std::string_view part);
  void hand_over(Result<Buffer> line);
  [[nodiscard]] bool is_full();
  // False when the shard's inbox was full: try again.
  [[nodiscard]] bool tell();
  void hear();
  void wake() const noexcept;
  void wait_wake_blocking(int limit_ms) const noexcept;

  rt::Shard& shard_;
  const int descriptor_;
  const Limits limits_;
  const int wake_;

  std::mutex mutex_;  // Guards what follows; never held while something waits.
  std::deque<Result<Buffer>> lines_;
  std::size_t lines_bytes_ = 0;
  bool is_told_ = false;  // A message to the shard is under way.
  bool has_ended_ = false;
  bool is_stopping_ = false;

  // Of the shard alone.
  rt::Event filled_;
  rt::Event ended_;

  // Of the thread alone.
  Buffer piece_;  // Room that is read into.
  std::unique_ptr<wire::LineDecoder> decoder_;
  bool is_skipping_ = false;
  std::thread thread_;
};

}  // namespace junctor::agent
