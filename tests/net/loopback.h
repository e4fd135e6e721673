#pragma once
// What the tests of net/ need around a client: a shard over the kernel that runs until a task has
// ended, and a table for names. Everything is on one thread, so a test is as deterministic as the
// kernel's loopback.
//
// Errors:  what a test would not expect stops it (JUNCTOR_ASSERT).
// Threads: one.

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/resolver.h"
#include "rt/event.h"
#include "rt/kernel_io.h"
#include "rt/shard.h"
#include "rt/task_group.h"

namespace junctor::net::test {

// The kernel, with holes: a connection to one of `holes` is neither made nor refused, ever.
class HoleIo final : public rt::Io {
 public:
  ~HoleIo() override;
  std::set<std::string> holes;
  rt::KernelIo kernel;
  std::size_t sends = 0;
  std::size_t receives = 0;

  int listen(const rt::Endpoint& at, int backlog, rt::Endpoint& bound) noexcept override {
    return kernel.listen(at, backlog, bound);
  }
  int accept(int listener, rt::Endpoint& peer) noexcept override {
    return kernel.accept(listener, peer);
  }
  int connect(const rt::Endpoint& to) noexcept override;
  int connect_result(int socket) noexcept override { return kernel.connect_result(socket); }
  bool is_connected(int /*socket*/) noexcept override { return false; }
  ssize_t receive(int socket, std::span<char> into) noexcept override {
    ++receives;
    return kernel.receive(socket, into);
  }
  ssize_t send(int socket, std::span<const iovec> pieces) noexcept override {
    ++sends;
    return kernel.send(socket, pieces);
  }
  ssize_t read(int pipe, std::span<char> into) noexcept override { return kernel.read(pipe, into); }
  ssize_t write(int pipe, std::span<const iovec> pieces) noexcept override {
    return kernel.write(pipe, pieces);
  }
  void shutdown_write(int socket) noexcept override { kernel.shutdown_write(socket); }
  void reset_on_close(int socket) noexcept override { kernel.reset_on_close(socket); }
  void close(int socket, const rt::Pollable* told) noexcept override { kernel.close(socket, told); }
  int watch(int descriptor, rt::Pollable& who) noexcept override {
    return kernel.watch(descriptor, who);
  }
  void wait(Time now, Time until) noexcept override { kernel.wait(now, until); }
  void wake() noexcept override { kernel.wake(); }

 private:
  std::vector<int> kept_open_;
};

// A shard over the kernel.
class Loop {
 public:
  rt::SystemClock clock;
  rt::SystemRandom random;
  HoleIo io;
  rt::Shard shard{0, io, clock, random};

  [[nodiscard]] Time in(Duration time) noexcept { return clock.now() + time; }

  // Rounds until `done`; false after ten seconds.
  bool until(const std::function<bool()>& done);

  template <class T>
  T run(rt::Task<T> task) {
    std::optional<T> out;
    rt::TaskGroup group;
    group.spawn(keep(std::move(task), out));
    const bool ended = until([&group] { return group.size() == 0; });
    JUNCTOR_ASSERT(ended && out.has_value());
    return *std::move(out);
  }

 private:
  template <class T>
  static rt::Task<void> keep(rt::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
  }
  const rt::Shard::Entered entered_{shard};
};

// Names to addresses that the test has written down; the port asked for is not used.
class TableResolver final : public Resolver {
 public:
  std::map<std::string, std::vector<rt::Endpoint>> names;
  rt::Event gate;  // Answers come when it is set.

  TableResolver() { gate.set(); }
  rt::Task<Result<std::vector<rt::Endpoint>>> resolve(std::string host, std::uint16_t port,
                                                      Time deadline) override;
};

inline HoleIo::~HoleIo() {
  for (const int descriptor : kept_open_) ::close(descriptor);
}

// The end of a pipe that never says anything.
inline int HoleIo::connect(const rt::Endpoint& to) noexcept {
  if (!holes.contains(to.text())) return kernel.connect(to);
  int ends[2];
  JUNCTOR_ASSERT(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  kept_open_.push_back(ends[1]);
  return ends[0];
}

inline bool Loop::until(const std::function<bool()>& done) {
  const Time limit = in(std::chrono::seconds{10});
  while (!done()) {
    if (clock.now() > limit) return false;
    shard.round(
        in(std::chrono::milliseconds{5}));  // What ends at the start of a round is seen soon.
  }
  return true;
}

inline rt::Task<Result<std::vector<rt::Endpoint>>> TableResolver::resolve(std::string host,
                                                                          std::uint16_t /*port*/,
                                                                          Time deadline) {
  const rt::Wake wake = co_await gate.wait(deadline);
  if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled);
  if (wake == rt::Wake::timeout) co_return fail(ErrorKind::deadline_exceeded, "dns_timeout");
  const auto found = names.find(host);
  if (found == names.end()) co_return fail(ErrorKind::unavailable, "dns_failed", "no such name");
  co_return found->second;
}

}  // namespace junctor::net::test
