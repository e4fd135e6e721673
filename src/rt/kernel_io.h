#pragma once
// KernelIo: Io over one edge-triggered epoll, with an eventfd for wake().
//
// Source:  epoll(7), socket(7), tcp(7), pipe(7).
// Limits:  kEventsPerRound events are told per wait(); the rest come with the next.
// Threads: one shard; wake() from all.

#include <sys/epoll.h>

#include <array>

#include "rt/io.h"

namespace junctor::rt {

class KernelIo final : public Io {
 public:
  static constexpr int kEventsPerRound = 256;

  KernelIo();
  ~KernelIo() override;
  KernelIo(const KernelIo&) = delete;
  KernelIo& operator=(const KernelIo&) = delete;

  int listen(const Endpoint& at, int backlog, Endpoint& bound) noexcept override;
  int accept(int listener, Endpoint& peer) noexcept override;
  int connect(const Endpoint& to) noexcept override;
  int connect_result(int socket) noexcept override;
  bool is_connected(int socket) noexcept override;
  ssize_t receive(int socket, std::span<char> into) noexcept override;
  ssize_t send(int socket, std::span<const iovec> pieces) noexcept override;
  ssize_t read(int pipe, std::span<char> into) noexcept override;
  ssize_t write(int pipe, std::span<const iovec> pieces) noexcept override;
  void shutdown_write(int socket) noexcept override;
  void reset_on_close(int socket) noexcept override;
  void close(int socket, const Pollable* told) noexcept override;
  int watch(int descriptor, Pollable& who) noexcept override;
  void wait(Time now, Time until) noexcept override;
  void wake() noexcept override;

  // For descriptors that are read level-triggered and by somebody else (c-ares): `bits` may change.
  int watch_level(int descriptor, unsigned bits, Pollable& who) noexcept;
  void unwatch(int descriptor, Pollable& who) noexcept;

 private:
  void forget(const Pollable& who) noexcept;
  void look_ahead() const noexcept;

  int epoll_;
  int wake_;
  int event_count_ = 0;  // Of the round being told; 0 outside wait().
  int event_next_ = 0;
  std::array<epoll_event, kEventsPerRound> events_{};
};

}  // namespace junctor::rt
