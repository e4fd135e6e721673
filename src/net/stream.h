#pragma once
// Stream: the bytes of one connection, plain or under TLS. One virtual call beside a system call.
//
// try_... never waits. After -EAGAIN await receivable() or sendable(), which name what the
// connection needs (TLS may have to write in order to read).
//
// Errors:  counts or negated errno, as rt/socket.h; -EPROTO for a broken TLS record.
// Threads: one shard.

#include <sys/uio.h>

#include <span>

#include "base/error.h"
#include "base/time.h"
#include "rt/socket.h"
#include "rt/task.h"

namespace junctor::net {

class Stream {
 public:
  explicit Stream(rt::Shard& shard, int descriptor) : socket_{shard, descriptor} {}
  virtual ~Stream() = default;

  [[nodiscard]] virtual ssize_t try_receive(std::span<char> into) noexcept {
    return socket_.try_receive(into);
  }
  [[nodiscard]] virtual ssize_t try_send(std::span<const iovec> pieces) noexcept {
    return socket_.try_send(pieces);
  }
  // Whether try_receive() may give something; false saves a call that would say -EAGAIN.
  [[nodiscard]] virtual bool maybe_receivable() const noexcept { return socket_.maybe_readable(); }
  [[nodiscard]] virtual rt::Socket::Wait receivable(Time deadline) noexcept {
    return socket_.readable(deadline);
  }
  [[nodiscard]] virtual rt::Socket::Wait sendable(Time deadline) noexcept {
    return socket_.writable(deadline);
  }

  // Whatever has to be said before the first byte of the protocol above; nothing for a plain
  // stream.
  [[nodiscard]] virtual rt::Task<Result<>> handshake(Time /*deadline*/) { co_return Result<>{}; }

  [[nodiscard]] rt::Socket& socket() noexcept { return socket_; }

 protected:
  rt::Socket socket_;
};

}  // namespace junctor::net
