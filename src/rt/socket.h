#pragma once
// Socket: one connected descriptor of a shard, or one end of a pipe, and the coroutines that wait
// for it.
//
// try_receive and try_send go to the kernel at once; a caller that was told -EAGAIN awaits
// readable() or writable(). At most one coroutine waits for each direction. Besides, one observer
// may be told of what happens while nobody waits (a pooled connection that the peer closes, a
// client that goes away).
//
// Errors:  counts or negated errno, as rt/io.h; a wait ends with Wake.
// Threads: one shard.

#include <cerrno>
#include <coroutine>
#include <span>
#include <utility>

#include "base/time.h"
#include "rt/io.h"
#include "rt/shard.h"
#include "rt/task.h"
#include "rt/timer.h"

namespace junctor::rt {

class SocketObserver {
 public:
  // `bits` are ReadyBits that have just become true. May close the socket, not destroy it.
  virtual void on_socket(unsigned bits) noexcept = 0;

 protected:
  ~SocketObserver() = default;
};

// A pipe is read or written, never both. Its other end's close is told as kGone: to a reader that
// the end follows what is still in it, to a writer that nobody will read.
enum class Descriptor : unsigned char { socket, pipe };

class Socket final : Pollable {
 public:
  // Takes the descriptor; a negative one makes a closed Socket.
  Socket(Shard& shard, int descriptor, Descriptor kind = Descriptor::socket) noexcept;
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] bool open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] Shard& shard() noexcept { return shard_; }
  void observe(SocketObserver* observer) noexcept { observer_ = observer; }

  // Bytes received; 0 at the end of the stream; -EAGAIN when there is nothing now.
  [[nodiscard]] ssize_t try_receive(std::span<char> into) noexcept;
  // Bytes sent, at least 1; -EAGAIN when there is no room now.
  [[nodiscard]] ssize_t try_send(std::span<const iovec> pieces) noexcept;
  [[nodiscard]] int connect_result() noexcept { return shard_.io().connect_result(descriptor_); }

  // What is known without asking the kernel.
  [[nodiscard]] bool maybe_readable() const noexcept { return (state_ & kReadable) != 0; }
  [[nodiscard]] bool peer_closed() const noexcept { return (state_ & kPeerClosed) != 0; }
  [[nodiscard]] bool gone() const noexcept { return (state_ & kGone) != 0; }

  // Closes a pipe: for its reader that is the end.
  void shutdown_write() noexcept;
  // The end that the peer sees will be an error. A pipe has no such end.
  void reset_on_close() noexcept;
  // Wakes who waits; they are told -EBADF by their next call.
  void close() noexcept;

  class Wait final : Waiter {
   public:
    // Not here though it may be so already: a cancelled scope must be told first.
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
      Cancellation* scope = coroutine.promise().scope;
      if (socket_.awaited(bit_) && (scope == nullptr || !scope->requested())) return false;
      if (!enter(coroutine, scope)) {
        outcome_ = Wake::cancelled;
        return false;
      }
      begin();
      return true;
    }
    [[nodiscard]] Wake await_resume() const noexcept { return outcome_; }

   private:
    friend class Socket;
    Wait(Socket& socket, unsigned bit, Time deadline) noexcept
        : socket_{socket}, deadline_{deadline}, bit_{bit} {}
    void begin() noexcept;
    void end() noexcept;
    void time_out() noexcept;
    OnCancel on_cancel() noexcept override;

    Socket& socket_;
    Time deadline_;
    unsigned bit_;
    Wake outcome_ = Wake::ready;
  };

  // Ends at once when it may be so already.
  [[nodiscard]] Wait readable(Time deadline) noexcept { return {*this, kReadable, deadline}; }
  [[nodiscard]] Wait writable(Time deadline) noexcept { return {*this, kWritable, deadline}; }

 private:
  void on_ready(unsigned bits) noexcept override;
  void prefetch() const noexcept override;
  [[nodiscard]] bool awaited(unsigned bit) const noexcept {
    return (state_ & (bit | kGone)) != 0 || descriptor_ < 0;
  }

  // Who waits for one direction, and until when. The timer is here and not in the Wait, so that one
  // wait after the other moves a deadline (a store) instead of linking a timer of its own.
  struct Direction final : Timer {
    void on_timer() noexcept override { waiting->time_out(); }
    Wait* waiting = nullptr;
  };
  Direction& direction(unsigned bit) noexcept { return bit == kReadable ? reading_ : writing_; }

  Shard& shard_;
  int descriptor_;
  ReadyBits state_ : 8 = 0;  // What may be true.
  Descriptor kind_ : 8;
  SocketObserver* observer_ = nullptr;
  Direction reading_;
  Direction writing_;
};

}  // namespace junctor::rt
