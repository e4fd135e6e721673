#include "rt/kernel_io.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"
#include "base/prefetch.h"

namespace junctor::rt {
namespace {

void set_option(int socket, int level, int name, int value) noexcept {
  // Where it cannot be had, it is not needed.
  (void)setsockopt(socket, level, name, &value, sizeof value);
}

// An error is told to both directions, since whoever waits for either must find out; and a FIN is
// something to read.
ReadyBits ready_bits(std::uint32_t events) noexcept {
  ReadyBits bits = 0;
  if ((events & EPOLLIN) != 0) bits |= kReadable;
  if ((events & EPOLLOUT) != 0) bits |= kWritable;
  if ((events & EPOLLRDHUP) != 0) bits |= kPeerClosed | kReadable;
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) bits |= kGone | kReadable | kWritable;
  return bits;
}

// -errno for the system's -1.
template <class Number>
Number checked(Number result) noexcept {
  return result < 0 ? static_cast<Number>(-errno) : result;
}

// The calls that each exchange makes, past libc: there they are cancellation points of POSIX
// threads, which in a process of several threads cost two atomic operations each. Nobody cancels
// threads here.
template <class Number, class... Arguments>
Number system_call(long number, Arguments... arguments) noexcept {
  return checked(static_cast<Number>(::syscall(number, arguments...)));
}

}  // namespace

KernelIo::KernelIo()
    : epoll_{epoll_create1(EPOLL_CLOEXEC)}, wake_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  JUNCTOR_ASSERT(epoll_ >= 0 && wake_ >= 0);  // At start, before there is anything to lose.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  JUNCTOR_ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) == 0);
}

KernelIo::~KernelIo() {
  ::close(wake_);
  ::close(epoll_);
}

// SO_REUSEPORT for all: each shard has a listener of its own on the same port, and the kernel
// spreads connections over them.
int KernelIo::listen(const Endpoint& at, int backlog, Endpoint& bound) noexcept {
  const int made = ::socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -errno;
  sockaddr_storage address{};
  socklen_t length = at.to(address);
  if (at.family() == AF_UNIX) {
    // What a killed process left behind.
    ::unlink(reinterpret_cast<sockaddr_un&>(address).sun_path);
  } else {
    set_option(made, SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(made, SOL_SOCKET, SO_REUSEPORT, 1);
    set_option(made, IPPROTO_TCP, TCP_NODELAY, 1);  // Accepted sockets inherit it.
  }
  if (::bind(made, reinterpret_cast<sockaddr*>(&address), length) < 0 ||
      ::listen(made, backlog) < 0) {
    const int fault = errno;
    ::close(made);
    return -fault;
  }
  bound = at;
  length = sizeof address;
  if (at.family() != AF_UNIX &&
      getsockname(made, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    bound = Endpoint::from(address, length);
  }
  return made;
}

int KernelIo::accept(int listener, Endpoint& peer) noexcept {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  const int made = accept4(listener, reinterpret_cast<sockaddr*>(&address), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (made < 0) return -errno;
  peer = Endpoint::from(address, length);
  return made;
}

int KernelIo::connect(const Endpoint& to) noexcept {
  const int made = ::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return -errno;
  if (to.family() != AF_UNIX) set_option(made, IPPROTO_TCP, TCP_NODELAY, 1);
  sockaddr_storage address{};
  const socklen_t length = to.to(address);
  if (::connect(made, reinterpret_cast<sockaddr*>(&address), length) < 0 && errno != EINPROGRESS) {
    const int fault = errno;
    ::close(made);
    return -fault;
  }
  return made;
}

int KernelIo::connect_result(int socket) noexcept {
  int fault = 0;
  socklen_t length = sizeof fault;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &fault, &length) < 0) return -errno;
  return -fault;
}

// A peer's address exists only once the handshake is over.
bool KernelIo::is_connected(int socket) noexcept {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

ssize_t KernelIo::receive(int socket, std::span<char> into) noexcept {
  return system_call<ssize_t>(SYS_recvfrom, socket, into.data(), into.size(), 0, nullptr, nullptr);
}

// MSG_NOSIGNAL although SIGPIPE is ignored: a test program, or a library's thread, may have it
// otherwise.
ssize_t KernelIo::send(int socket, std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // The kernel only reads it.
  message.msg_iovlen = pieces.size();
  return system_call<ssize_t>(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
}

ssize_t KernelIo::read(int pipe, std::span<char> into) noexcept {
  return system_call<ssize_t>(SYS_read, pipe, into.data(), into.size());
}

ssize_t KernelIo::write(int pipe, std::span<const iovec> pieces) noexcept {
  return system_call<ssize_t>(SYS_writev, pipe, pieces.data(), pieces.size());
}

void KernelIo::shutdown_write(int socket) noexcept {
  (void)::shutdown(socket, SHUT_WR);
}

// Lingering for no time is how Linux is told.
void KernelIo::reset_on_close(int socket) noexcept {
  constexpr linger kNoTime{.l_onoff = 1, .l_linger = 0};
  (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &kNoTime, sizeof kNoTime);
}

// What epoll said of this object in the round under way must not reach it any more: it may be gone,
// and another one may live at its address.
void KernelIo::forget(const Pollable& who) noexcept {
  for (int i = event_next_; i < event_count_; ++i) {
    epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &who) event.events = 0;
  }
}

// Closing takes it out of the epoll set only when nobody else has it: a child that is being spawned
// on another thread does, until it becomes its program. What is told in between would be told to
// whoever stands where `told` stood.
void KernelIo::close(int socket, const Pollable* told) noexcept {
  JUNCTOR_ASSERT(socket >= 0);
  if (told != nullptr) {
    forget(*told);
    (void)epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
  }
  ::close(socket);
}

// Everything from the start, edge-triggered: an interest that changed with each wait would cost a
// system call a wait.
int KernelIo::watch(int descriptor, Pollable& who) noexcept {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &who;
  return checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event));
}

// For descriptors of libraries that do not read until they are dry (c-ares). Most calls change a
// watch that exists, so that is tried first.
int KernelIo::watch_level(int descriptor, unsigned bits, Pollable& who) noexcept {
  epoll_event event{};
  event.events =
      ((bits & kReadable) != 0 ? EPOLLIN : 0U) | ((bits & kWritable) != 0 ? EPOLLOUT : 0U);
  event.data.ptr = &who;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  return checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event));
}

void KernelIo::unwatch(int descriptor, Pollable& who) noexcept {
  forget(who);
  (void)epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);  // It may be closed already.
}

// With many connections each event finds its own out of the cache. Between two events lie system
// calls: time enough to fetch what the next ones will touch, first the object, then what it names.
void KernelIo::look_ahead() const noexcept {
  constexpr std::size_t kPollableBytes = 2 * kCacheLineBytes;
  const auto at = [this](int index) { return events_[static_cast<std::size_t>(index)]; };
  if (event_next_ + 1 < event_count_) {
    junctor::prefetch(at(event_next_ + 1).data.ptr, kPollableBytes);
  }
  if (event_next_ == event_count_) return;
  const epoll_event next = at(event_next_);
  // Null is the wake-up's. One without events was forgotten, and may be gone.
  if (next.data.ptr == nullptr || next.events == 0) return;
  static_cast<const Pollable*>(next.data.ptr)->prefetch();
}

// Rounded up to whole milliseconds, or the last fraction of one would be spent in a loop that never
// sleeps.
void KernelIo::wait(Time now, Time until) noexcept {
  JUNCTOR_ASSERT(event_count_ == 0);
  int timeout_ms = -1;
  if (until <= now) {
    timeout_ms = 0;
  } else if (until != kNever) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    timeout_ms = static_cast<int>(std::min<std::int64_t>(left, 60'000));
  }
  // EINTR is a round without events.
  const int count = system_call<int>(SYS_epoll_pwait, epoll_, events_.data(), kEventsPerRound,
                                     timeout_ms, nullptr, 0);
  event_count_ = std::max(count, 0);
  for (event_next_ = 0; event_next_ < event_count_;) {
    const epoll_event& event = events_[static_cast<std::size_t>(event_next_++)];
    look_ahead();
    if (event.data.ptr != nullptr) {
      if (event.events != 0) {
        static_cast<Pollable*>(event.data.ptr)->on_ready(ready_bits(event.events));
      }
      continue;
    }
    // A null pointer is the wake-up's; reading it makes the next edge possible.
    std::uint64_t count_read = 0;
    (void)!::read(wake_, &count_read, sizeof count_read);
  }
  event_count_ = event_next_ = 0;
}

void KernelIo::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);  // Full means a wake-up is under way already.
}

}  // namespace junctor::rt
