#pragma once
// Loops for the tests of rt: a shard on the kernel's sockets and clock, and one whose time stands
// still unless the loop has nothing else to do.
//
// Limits:  both give up after their kPatience; StillLoop asserts that something will wake it.
// Threads: one shard each; the loop is its thread's current shard while it lives.

#include <algorithm>
#include <cerrno>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/assert.h"
#include "base/time.h"
#include "rt/clock.h"
#include "rt/io.h"
#include "rt/kernel_io.h"
#include "rt/shard.h"
#include "rt/task.h"
#include "run_task.h"

namespace junctor::support {

class ManualClock final : public rt::Clock {
 public:
  [[nodiscard]] Time now() noexcept override { return now_; }
  [[nodiscard]] WallTime wall_now() noexcept override { return WallTime{now_.time_since_epoch()}; }
  void move_to(Time time) noexcept {
    JUNCTOR_ASSERT(time >= now_);
    now_ = time;
  }

 private:
  Time now_{std::chrono::hours{1}};
};

// No sockets; waiting moves the clock to the end of the wait.
class StillIo final : public rt::Io {
 public:
  explicit StillIo(ManualClock& clock) noexcept : clock_{clock} {}
  int listen(const rt::Endpoint&, int, rt::Endpoint&) noexcept override { return -ENOSYS; }
  int accept(int, rt::Endpoint&) noexcept override { return -ENOSYS; }
  int connect(const rt::Endpoint&) noexcept override { return -ENOSYS; }
  int connect_result(int) noexcept override { return -ENOSYS; }
  bool is_connected(int) noexcept override { return false; }
  ssize_t receive(int, std::span<char>) noexcept override { return -ENOSYS; }
  ssize_t send(int, std::span<const iovec>) noexcept override { return -ENOSYS; }
  ssize_t read(int, std::span<char>) noexcept override { return -ENOSYS; }
  ssize_t write(int, std::span<const iovec>) noexcept override { return -ENOSYS; }
  void shutdown_write(int) noexcept override {}
  void reset_on_close(int) noexcept override {}
  void close(int, const rt::Pollable*) noexcept override {}
  int watch(int, rt::Pollable&) noexcept override { return -ENOSYS; }
  void wait(Time now, Time until) noexcept override {
    if (std::exchange(woken_, false) || until <= now || (ended && ended())) return;
    JUNCTOR_ASSERT(until != kNever);  // Nothing would ever end this wait.
    clock_.move_to(until);
  }
  void wake() noexcept override {
    woken_ = true;
    ++wakes;
  }

  int wakes = 0;
  std::function<bool()> ended;  // No time passes any more when this is true.

 private:
  ManualClock& clock_;
  bool woken_ = false;
};

struct StillParts {
  static constexpr Duration kPatience = std::chrono::hours{1};
  static constexpr Duration kRound = kPatience;
  void set_end(std::function<bool()> ended) { io.ended = std::move(ended); }

  ManualClock clock;
  StillIo io{clock};
};

struct KernelParts {
  static constexpr Duration kPatience = std::chrono::seconds{30};
  // A round that has done what was waited for does not know it, and sleeps once more.
  static constexpr Duration kRound = std::chrono::milliseconds{20};
  void set_end(const std::function<bool()>&) {}

  rt::SystemClock clock;
  rt::KernelIo io;
};

template <class Parts>
class Loop {
 public:
  [[nodiscard]] rt::Shard& shard() noexcept { return shard_; }
  [[nodiscard]] auto& io() noexcept { return parts_.io; }
  [[nodiscard]] auto& clock() noexcept { return parts_.clock; }
  [[nodiscard]] Time now() noexcept { return parts_.clock.now(); }

  void spawn(rt::Task<void> task) { shard_.tasks().spawn(std::move(task)); }

  template <class T>
  T run(rt::Task<T> task) {
    return run_task(*this, std::move(task));
  }
  template <class Condition>
  void run_until(Condition condition) {
    const Time limit = now() + Parts::kPatience;
    parts_.set_end(condition);
    while (!condition()) {
      JUNCTOR_ASSERT(now() < limit);
      shard_.round(std::min(limit, now() + Parts::kRound));
    }
    parts_.set_end({});
  }
  // Lets everything that is ready run; passes no time.
  void settle() {
    for (int i = 0; i < 8; ++i) shard_.round(Time{});
  }

 private:
  Parts parts_;
  rt::SystemRandom random_;
  rt::Shard shard_{0, parts_.io, parts_.clock, random_};
  rt::Shard::Entered entered_{shard_};
};

using StillLoop = Loop<StillParts>;
using KernelLoop = Loop<KernelParts>;

}  // namespace junctor::support
