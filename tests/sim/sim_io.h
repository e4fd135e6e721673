#pragma once
// SimIo: rt::Io over a Network. Where the kernel would sleep, it moves the clock to what happens
// next.
//
// Edge-triggered as an epoll is: a descriptor is told about when something happens to it, with
// everything that is true then, and not again until something else happens.
//
// Threads: one; wake() as well, since a simulated world has no other.

#include <functional>
#include <map>
#include <utility>

#include "rt/io.h"
#include "sim/network.h"

namespace junctor::sim {

class SimIo final : public rt::Io {
 public:
  SimIo(Network& network, SimClock& clock) noexcept : network_{network}, clock_{clock} {}

  int listen(const rt::Endpoint& at, int backlog, rt::Endpoint& bound) noexcept override {
    return network_.listen(at, backlog, bound);
  }
  int accept(int listener, rt::Endpoint& peer) noexcept override {
    return network_.accept(listener, peer);
  }
  int connect(const rt::Endpoint& to) noexcept override { return network_.connect(to); }
  int connect_result(int socket) noexcept override { return network_.connect_result(socket); }
  // Never known before the network has told it.
  bool is_connected(int socket) noexcept override { return network_.is_connected(socket); }
  ssize_t receive(int socket, std::span<char> into) noexcept override {
    return network_.receive(socket, into);
  }
  ssize_t send(int socket, std::span<const iovec> pieces) noexcept override {
    return network_.send(socket, pieces);
  }
  // A pipe of this world is a connection.
  ssize_t read(int pipe, std::span<char> into) noexcept override { return receive(pipe, into); }
  ssize_t write(int pipe, std::span<const iovec> pieces) noexcept override {
    return send(pipe, pieces);
  }
  void shutdown_write(int socket) noexcept override { network_.shutdown_write(socket); }
  void reset_on_close(int socket) noexcept override { network_.reset_on_close(socket); }
  void close(int socket, const rt::Pollable* told) noexcept override;

  int watch(int descriptor, rt::Pollable& who) noexcept override;
  void wait(Time now, Time until) noexcept override;
  void wake() noexcept override { woken_ = true; }

  // While a run lasts: no time passes in wait() once this is true, since the round that has just
  // done what was waited for would otherwise run on to the next event. Empty: never.
  void set_end(std::function<bool()> ended) { ended_ = std::move(ended); }
  // The last wait() was without end and nothing could have ended it.
  [[nodiscard]] bool idle() const noexcept { return idle_; }

 private:
  Network& network_;
  SimClock& clock_;
  std::map<int, rt::Pollable*> watchers_;
  std::function<bool()> ended_;
  bool woken_ = false;
  bool idle_ = false;
};

}  // namespace junctor::sim
