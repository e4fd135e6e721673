#pragma once
// SendQueue: what a connection has to say, on its way into the socket.
//
// Pieces go to the socket at once, with what was held back in front of them; what the socket does
// not take is copied and waits. Invariant: while blocked() the socket has said -EAGAIN, so that an
// edge-triggered poller will tell when there is room again; then call on_writable(). An empty queue
// holds no memory.
//
// Limits:  `bytes_max` bytes wait at most; with more the queue is too full, and the connection is
//          to be ended.
// Errors:  Outcome: broken (the peer is gone), too_full (it does not read).
// Threads: one shard.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "net/stream.h"

namespace junctor::net {

class SendQueue {
 public:
  enum class Outcome : std::uint8_t { good, broken, too_full };
  static constexpr std::size_t kPiecesMax = 16;

  SendQueue(Stream& stream, std::size_t bytes_max) noexcept
      : stream_{stream}, bytes_max_{bytes_max} {}
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  // At most kPiecesMax pieces; they are not needed afterwards.
  [[nodiscard]] Outcome send(std::span<const std::string_view> pieces);
  // Keeps them for the next send() or flush().
  [[nodiscard]] Outcome hold(std::span<const std::string_view> pieces);
  // What is held; nothing while blocked.
  [[nodiscard]] Outcome flush() { return send({}); }
  [[nodiscard]] Outcome on_writable();

  [[nodiscard]] bool empty() const noexcept { return held_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return held_.size(); }
  [[nodiscard]] bool blocked() const noexcept { return blocked_; }
  // Since the beginning: what the socket took.
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }
  void release() noexcept { held_.release(); }

 private:
  void keep(std::span<const iovec> pieces, std::size_t sent);
  [[nodiscard]] Outcome push();

  Stream& stream_;
  const std::size_t bytes_max_;
  Buffer held_;
  std::uint64_t bytes_sent_ = 0;
  bool blocked_ = false;
};

}  // namespace junctor::net
