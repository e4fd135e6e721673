#include "rt/socket.h"

#include "base/prefetch.h"

namespace junctor::rt {

// A descriptor that epoll refuses would never wake anybody: closed here, it fails at the first
// call, and that is handled anyway.
Socket::Socket(Shard& shard, int descriptor, Descriptor kind) noexcept
    : shard_{shard}, descriptor_{descriptor}, kind_{kind} {
  if (descriptor_ >= 0 && shard_.io().watch(descriptor_, *this) < 0) close();
}

ssize_t Socket::try_receive(std::span<char> into) noexcept {
  JUNCTOR_ASSERT(!into.empty());
  if (descriptor_ < 0) return -EBADF;
  const ssize_t got = kind_ == Descriptor::socket ? shard_.io().receive(descriptor_, into)
                                                  : shard_.io().read(descriptor_, into);
  // A short read has drained an edge-triggered socket: the call that would say EAGAIN is saved.
  // After a FIN the end of the stream still has to be read.
  if (got == 0) state_ |= kPeerClosed;  // Seen before it was told.
  const bool drained = got == -EAGAIN || (got > 0 && static_cast<std::size_t>(got) < into.size());
  if (drained && (state_ & (kPeerClosed | kGone)) == 0) state_ &= ~unsigned{kReadable};
  return got;
}

// A short write is not taken for a full socket: the kernel takes parts at the border of its buffer,
// and says -EAGAIN when it means it.
ssize_t Socket::try_send(std::span<const iovec> pieces) noexcept {
  JUNCTOR_ASSERT(!pieces.empty());
  if (descriptor_ < 0) return -EBADF;
  const ssize_t sent = kind_ == Descriptor::socket ? shard_.io().send(descriptor_, pieces)
                                                   : shard_.io().write(descriptor_, pieces);
  if (sent == -EAGAIN) state_ &= ~unsigned{kWritable};
  return sent;
}

void Socket::shutdown_write() noexcept {
  if (kind_ == Descriptor::pipe) return close();
  if (descriptor_ >= 0) shard_.io().shutdown_write(descriptor_);
}

void Socket::reset_on_close() noexcept {
  if (descriptor_ >= 0 && kind_ == Descriptor::socket) shard_.io().reset_on_close(descriptor_);
}

void Socket::close() noexcept {
  if (descriptor_ < 0) return;
  shard_.io().close(std::exchange(descriptor_, -1), this);
  for (const unsigned bit : {unsigned{kReadable}, unsigned{kWritable}}) {
    Wait* waiting = direction(bit).waiting;
    if (waiting == nullptr) continue;
    waiting->end();
    resume_later(waiting->leave());  // Not inline: who closes is in the middle of something.
  }
}

// The reader's Wait lies somewhere within the frame that will be resumed.
void Socket::prefetch() const noexcept {
  constexpr std::size_t kObserverBytes = 3 * kCacheLineBytes;
  constexpr std::size_t kFrameBytes = 4 * kCacheLineBytes;
  if (observer_ != nullptr) junctor::prefetch(observer_, kObserverBytes);
  if (reading_.waiting == nullptr) return;
  const char* const inside = reinterpret_cast<const char*>(reading_.waiting);
  junctor::prefetch(inside - kFrameBytes, 2 * kFrameBytes);
}

void Socket::on_ready(unsigned bits) noexcept {
  state_ |= bits;
  // The reader goes first: it mostly answers, and then needs no writer. Resuming may destroy the
  // socket.
  const bool wakes_reader = reading_.waiting != nullptr && awaited(kReadable);
  const bool wakes_writer = writing_.waiting != nullptr && awaited(kWritable);
  if (observer_ != nullptr) {
    observer_->on_socket(bits);
    if (descriptor_ < 0) return;
  }
  if (wakes_writer && writing_.waiting != nullptr) {
    Wait& waiting = *writing_.waiting;
    waiting.end();
    resume_later(waiting.leave());
  }
  if (wakes_reader && reading_.waiting != nullptr) {
    Wait& waiting = *reading_.waiting;
    waiting.end();
    waiting.leave().resume();
  }
}

void Socket::Wait::begin() noexcept {
  Direction& direction = socket_.direction(bit_);
  JUNCTOR_ASSERT(direction.waiting == nullptr);
  direction.waiting = this;
  direction.arm(socket_.shard_.timers(), deadline_);
}

// Also disarms: there is nobody whom the timer could tell.
void Socket::Wait::end() noexcept {
  Direction& direction = socket_.direction(bit_);
  direction.waiting = nullptr;
  direction.disarm();
}

Waiter::OnCancel Socket::Wait::on_cancel() noexcept {
  end();
  outcome_ = Wake::cancelled;
  return OnCancel::resume;
}

// Inline, as for events: the loop is all that is below.
void Socket::Wait::time_out() noexcept {
  end();
  outcome_ = Wake::timeout;
  leave().resume();
}

}  // namespace junctor::rt
