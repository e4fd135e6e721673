#pragma once
// Peer and Listener: the scripted people of a simulated world, who send exactly the bytes they are
// told.
//
// A Peer is one connection; a Listener runs a script for each one that it accepts. Both use the
// world's shard, and the same network as the code under test, so the dice are against them too: a
// script checks the results of what it awaits, or ends.
//
// Errors:  cancelled; deadline_exceeded after `patience`; unavailable (refused, reset), with the
//          name of the errno as the detail.
// Threads: one world.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "rt/endpoint.h"
#include "rt/event.h"
#include "rt/io.h"
#include "rt/socket.h"
#include "rt/task.h"
#include "sim/world.h"

namespace junctor::sim {

class Peer {
 public:
  explicit Peer(World& world) noexcept : world_{world} {}
  // One that was accepted.
  Peer(World& world, int descriptor, rt::Endpoint remote);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // How long each wait may take.
  void set_patience(Duration patience) noexcept { patience_ = patience; }

  [[nodiscard]] rt::Task<Result<>> connect(rt::Endpoint to);
  // All of it.
  [[nodiscard]] rt::Task<Result<>> send(std::string bytes);
  // What is there, at least one byte; empty at the end of the stream.
  [[nodiscard]] rt::Task<Result<std::string>> receive();
  // Up to and with `mark`; what follows is left for the next call. corrupt when the stream ends
  // before.
  [[nodiscard]] rt::Task<Result<std::string>> receive_until(std::string mark);
  [[nodiscard]] rt::Task<Result<std::string>> receive_bytes(std::size_t count);
  // Everything, until the other side has closed its direction.
  [[nodiscard]] rt::Task<Result<std::string>> receive_all();

  void shutdown_write() noexcept { socket_->shutdown_write(); }
  void close() noexcept;
  // A reset instead of an orderly end.
  void reset() noexcept;
  // The cable is cut: both sides are left without a word.
  void vanish() noexcept { world_.network().silence(descriptor_); }

  [[nodiscard]] bool open() const noexcept { return socket_ != nullptr && socket_->open(); }
  [[nodiscard]] const rt::Endpoint& remote() const noexcept { return remote_; }
  [[nodiscard]] rt::Socket& socket() noexcept { return *socket_; }
  [[nodiscard]] World& world() noexcept { return world_; }

 private:
  // Reads more into held_; false at the end of the stream.
  rt::Task<Result<bool>> fill();
  std::string take(std::size_t count);

  World& world_;
  int descriptor_ = -1;
  rt::Endpoint remote_;
  std::unique_ptr<rt::Socket> socket_;
  std::string held_;  // Received, not asked for yet.
  Duration patience_ = std::chrono::minutes{10};
};

class Listener {
 public:
  // Runs `script(peer, arguments...)`, which gives a Task<void>, once per connection; the
  // connection is closed when it ends. `at` with port 0 takes a free one. The arguments are copied
  // into each Task; what std::ref() refers to must outlive the world: declare it before.
  template <class Script, class... Arguments>
  Listener(World& world, const rt::Endpoint& at, Script script, Arguments... arguments)
      : Listener{world, at,
                 Start{[&world, script, arguments...](int accepted, rt::Endpoint remote) {
                   world.spawn(serve(world, accepted, std::move(remote), script, arguments...));
                 }}} {}
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const rt::Endpoint& endpoint() const noexcept { return state_->bound; }
  [[nodiscard]] std::size_t accepted() const noexcept { return state_->accepted; }
  // Accepts no more; connections that are open go on.
  void close() noexcept { state_->close(); }

 private:
  using Start = std::function<void(int accepted, rt::Endpoint remote)>;
  // Shared with the accepting Task, which may live longer than the Listener.
  struct State final : rt::Pollable {
    State(World& in, Start starts) noexcept : world{in}, start{std::move(starts)} {}
    void on_ready(unsigned) noexcept override { changed.set(); }
    void close() noexcept;

    World& world;
    Start start;
    rt::Endpoint bound;
    int descriptor = -1;
    rt::Event changed;
    std::size_t accepted = 0;
  };

  Listener(World& world, const rt::Endpoint& at, Start start);
  static rt::Task<void> accept_all(std::shared_ptr<State> state);
  template <class Script, class... Arguments>
  static rt::Task<void> serve(World& world, int accepted, rt::Endpoint remote, Script script,
                              Arguments... arguments) {
    Peer peer{world, accepted, std::move(remote)};
    co_await script(peer, arguments...);
  }

  std::shared_ptr<State> state_;
};

}  // namespace junctor::sim
