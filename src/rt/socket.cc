#include "rt/socket.h"

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
    Wait* waiting = waiter(bit);
    if (waiting == nullptr) continue;
    waiting->end();
    resume_later(waiting->leave());  // Not inline: who closes is in the middle of something.
  }
}

void Socket::on_ready(unsigned bits) noexcept {
  state_ |= bits;
  // The reader goes first: it mostly answers, and then needs no writer. Resuming may destroy the
  // socket.
  const bool wakes_reader = reader_ != nullptr && awaited(kReadable);
  const bool wakes_writer = writer_ != nullptr && awaited(kWritable);
  if (observer_ != nullptr) {
    observer_->on_socket(bits);
    if (descriptor_ < 0) return;
  }
  if (wakes_writer && writer_ != nullptr) {
    Wait& waiting = *writer_;
    waiting.end();
    resume_later(waiting.leave());
  }
  if (wakes_reader && reader_ != nullptr) {
    Wait& waiting = *reader_;
    waiting.end();
    waiting.leave().resume();
  }
}

void Socket::Wait::begin() noexcept {
  JUNCTOR_ASSERT(socket_.waiter(bit_) == nullptr);
  socket_.waiter(bit_) = this;
  if (deadline_ != kNever) arm(socket_.shard_.timers(), deadline_);
}

// Also disarms: a timer that fired into a wait that is over would resume what runs already.
void Socket::Wait::end() noexcept {
  socket_.waiter(bit_) = nullptr;
  disarm();
}

Waiter::OnCancel Socket::Wait::on_cancel() noexcept {
  end();
  outcome_ = Wake::cancelled;
  return OnCancel::resume;
}

// Inline, as for events: the loop is all that is below.
void Socket::Wait::on_timer() noexcept {
  end();
  outcome_ = Wake::timeout;
  leave().resume();
}

}  // namespace junctor::rt
