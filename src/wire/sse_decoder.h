#pragma once
// Decoder for text/event-stream, the framing MCP uses for messages from server to client.
//
// Sans-I/O: pieces in, events out. Feed a piece, then call next() until it gives nothing:
//
//   decoder.feed(piece);
//   while (true) {
//     JUNCTOR_TRY(const std::optional<SseEvent> event, decoder.next());
//     if (!event) break;
//     …
//   }
//
// An event that lies whole in the piece with one data line is a view of the piece; only others are
// copied. Invariant: how the network cuts the stream changes neither the events nor the error.
// Between events the decoder holds no memory.
//
// Source:  WHATWG HTML, "Server-sent events", section 9.2.6; the bounds of `retry` are our own.
// Limits:  event_bytes_max bounds the bytes one event keeps, the line in progress included.
// Errors:  too_large, after which the decoder is spent and every call returns the same error.
// Threads: none of its own; one owner at a time.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace junctor::wire {

inline constexpr std::chrono::milliseconds kSseRetryMin{100};
inline constexpr std::chrono::milliseconds kSseRetryMax{60'000};

// One block of the stream. A block without data is given too when it carries an id or a retry,
// since both have a meaning of their own; such a block is no message.
struct SseEvent {
  std::string_view data;              // Lines joined by '\n', without a trailing newline.
  std::string_view type = "message";  // "message" when the block names none.
  std::string_view id;                // With has_id: the new last event id; empty resets it.
  std::optional<std::chrono::milliseconds> retry;  // As sent; see clamp_sse_retry().
  bool has_data = false;
  bool has_id = false;
};

// Within [kSseRetryMin, kSseRetryMax]: a peer must not make us spin or stay away.
[[nodiscard]] constexpr std::chrono::milliseconds clamp_sse_retry(
    std::chrono::milliseconds retry) noexcept {
  if (retry < kSseRetryMin) return kSseRetryMin;
  return retry > kSseRetryMax ? kSseRetryMax : retry;
}

class SseDecoder {
 public:
  struct Limits {
    std::size_t event_bytes_max = std::size_t{4} * 1024 * 1024;
  };

  SseDecoder() noexcept : SseDecoder{Limits{}} {}
  explicit SseDecoder(Limits limits) noexcept : limits_{limits} {}
  SseDecoder(const SseDecoder&) = delete;  // It holds views of itself.
  SseDecoder& operator=(const SseDecoder&) = delete;

  // Gives the decoder its next piece. The bytes stay readable until next() has returned nothing,
  // and the piece before has been used up by then.
  void feed(std::string_view piece) noexcept;
  // The next complete event; nothing when the piece is used up. The views of an event are valid
  // until the next call of any function.
  [[nodiscard]] Result<std::optional<SseEvent>> next();
  // The stream has ended: the unfinished last event, if it has data. The standard discards it, but
  // many servers leave out the last blank line; take it when the data is a whole message. Spends
  // nothing: the decoder is as new afterwards.
  [[nodiscard]] std::optional<SseEvent> finish();

  // Nothing of an event or a line is held.
  [[nodiscard]] bool idle() const noexcept;

 private:
  // A field's value: a view of the piece at first, of `own` when the piece is used up.
  struct Field {
    std::string_view view;
    std::unique_ptr<std::string>
        own;  // May hold more in front of the view; null as long as it can.
    bool is_present = false;

    void set(std::string_view value) noexcept;
    void keep();
    void reset() noexcept;
  };

  const char* line_end() noexcept;
  // Both return true when the line ended a block that is to be given.
  bool take_line(std::string_view line);
  bool take_held_line();
  void take_field(std::string_view name, std::string_view value);
  void take_data(std::string_view value);
  SseEvent give() noexcept;
  void keep_block();
  void drop_block() noexcept;
  [[nodiscard]] bool is_over_limit(std::size_t line_bytes) const noexcept;

  Limits limits_;
  const char* at_ = nullptr;  // The unread rest of the piece is [at_, end_).
  const char* end_ = nullptr;
  const char* line_feed_ = nullptr;  // The next of each at or behind at_, or end_; found once,
  const char* carriage_return_ = nullptr;  // so that no stream makes us search a piece twice.
  std::string line_;                       // The unfinished line of earlier pieces.
  Field data_;
  Field type_;
  Field id_;
  std::optional<std::chrono::milliseconds> retry_;
  bool block_is_given_ = false;  // The block was returned; the next call drops it.
  bool after_cr_ = false;        // Skip one '\n' that completes a "\r\n".
  bool at_start_ = true;         // A byte order mark may stand before the first line.
  bool spent_ = false;
};

}  // namespace junctor::wire
