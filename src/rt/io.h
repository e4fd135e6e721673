#pragma once
// Io: the one door to the network, and to the pipes of children. Two implementations, the kernel's
// (rt/kernel_io.h) and the simulated world's (tests/sim), chosen when a shard is made. A virtual
// call beside a system call is not measurable.
//
// Descriptors are non-blocking and CLOEXEC, and reported edge-triggered: a bit is told once when it
// becomes true, and again only after a call said -EAGAIN (or a receive was short, which says the
// same).
//
// Errors:  calls give a count or a negated errno, as the kernel does; net/ turns them into Errors.
// Threads: one shard, except wake(), which is safe from all.

#include <sys/uio.h>

#include <cstddef>
#include <span>

#include "base/time.h"
#include "rt/endpoint.h"

namespace junctor::rt {

// A set of what is true of a descriptor.
using ReadyBits = unsigned;
inline constexpr ReadyBits kReadable = 1;
inline constexpr ReadyBits kWritable = 2;
inline constexpr ReadyBits kPeerClosed = 4;  // The peer sends no more (FIN); it may still read.
inline constexpr ReadyBits kGone = 8;  // Reset, or closed both ways: nothing can be delivered. Of
                                       // a pipe: its other end is closed; what is in it is read.

// What is told about a descriptor.
class Pollable {
 public:
  virtual void on_ready(ReadyBits bits) noexcept = 0;
  // A hint that on_ready() is one event away: what it will touch may be prefetched.
  virtual void prefetch() const noexcept {}

 protected:
  ~Pollable() = default;
};

class Io {
 public:
  virtual ~Io() = default;

  // A listening socket; the port that was bound is in `bound`. With SO_REUSEPORT, so that each
  // shard has its own.
  virtual int listen(const Endpoint& at, int backlog, Endpoint& bound) noexcept = 0;
  virtual int accept(int listener, Endpoint& peer) noexcept = 0;
  // Starts to connect; writable tells that it ended, connect_result() how.
  virtual int connect(const Endpoint& to) noexcept = 0;
  virtual int connect_result(int socket) noexcept = 0;
  // Whether it has ended well already, as it does at once on the same machine.
  virtual bool is_connected(int socket) noexcept = 0;
  virtual ssize_t receive(int socket, std::span<char> into) noexcept = 0;
  virtual ssize_t send(int socket, std::span<const iovec> pieces) noexcept = 0;
  // As receive() and send(), of a pipe. Whoever writes to one has SIGPIPE ignored (rt/signals.h):
  // for pipes no flag says so.
  virtual ssize_t read(int pipe, std::span<char> into) noexcept = 0;
  virtual ssize_t write(int pipe, std::span<const iovec> pieces) noexcept = 0;
  virtual void shutdown_write(int socket) noexcept = 0;
  // close() will reset the connection: what was sent on it is not to be taken for whole.
  virtual void reset_on_close(int socket) noexcept = 0;
  // Events of this round that still wait for `told` are dropped.
  virtual void close(int socket, const Pollable* told) noexcept = 0;

  // From now until close() `who` is told; it must outlive that. For a listener kReadable alone.
  virtual int watch(int descriptor, Pollable& who) noexcept = 0;
  // Tells what is ready, at the latest at `until`, or when wake() was called.
  virtual void wait(Time now, Time until) noexcept = 0;
  virtual void wake() noexcept = 0;
};

}  // namespace junctor::rt
