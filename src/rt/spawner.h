#pragma once
// Spawner: the thread that starts this process's children, so that no shard waits for that.
//
// posix_spawn() comes back when the new process runs its program: a fifth of a millisecond later,
// and many on a busy machine. The kernel ends a child with the thread that has started it
// (PR_SET_PDEATHSIG), so this one, begun with the first child, lives as long as the process.
// Invariant: what was started is handed over, or killed and reaped.
//
// Source:  posix_spawn(3), pidfd_open(2), pipe(7), fcntl(2) (F_SETPIPE_SZ), prctl(2).
// Limits:  kWaitingMax starts wait; argv and environment as execve(2).
// Errors:  unavailable "spawn_failed" (no process, no descriptors) and "too_many_children";
//          invalid_argument "bad_command"; cancelled, before the start has begun: one that has is
//          seen through, since the process may be there already.
// Threads: start() from all shards; the shard must run until the answer is there.

#include <sys/types.h>

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/error.h"
#include "rt/cancel.h"
#include "rt/child_launch.h"
#include "rt/group_guard.h"
#include "rt/shard.h"

namespace junctor::rt {

// A process that runs, and the descriptors of this side: whoever takes it closes and reaps them.
struct SpawnedChild {
  pid_t pid = 0;
  int pidfd = -1;
  int input = -1;
  int output = -1;
  int errors = -1;
};

class Spawner {
 public:
  static constexpr int kPipeBytes = 1 << 20;
  static constexpr std::size_t kWaitingMax = GroupGuard::kGroupsMax;

  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  [[nodiscard]] static Spawner& of_this_process();

  class Start final : Waiter {
   public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> coroutine) {
      if (!enter(coroutine, coroutine.promise().scope)) {
        outcome_ = fail(ErrorKind::cancelled, "cancelled");
        return false;
      }
      if (spawner_.take(*this)) return true;
      (void)leave();
      return false;
    }
    [[nodiscard]] Result<SpawnedChild> await_resume() noexcept { return std::move(outcome_); }

   private:
    friend class Spawner;
    Start(Spawner& spawner, Shard& shard, const ChildSpec& spec) noexcept
        : spawner_{spawner}, shard_{shard}, spec_{spec} {}
    OnCancel on_cancel() noexcept override {
      return spawner_.withdraw(*this) ? OnCancel::resume : OnCancel::stay;
    }

    Spawner& spawner_;
    Shard& shard_;
    const ChildSpec& spec_;
    Result<SpawnedChild> outcome_;
  };

  // co_await spawner.start(shard, spec); `spec` must live until then.
  [[nodiscard]] Start start(Shard& shard, const ChildSpec& spec) noexcept {
    return {*this, shard, spec};
  }

 private:
  Spawner() = default;
  // False: refused, and its outcome says why.
  [[nodiscard]] bool take(Start& start);
  // False: it has begun.
  [[nodiscard]] bool withdraw(Start& start) noexcept;
  void run_blocking(const std::stop_token& stopped);
  void hand_over(Start& start, std::unique_lock<std::mutex>& lock);

  GroupGuard& guard_ = GroupGuard::of_this_process();  // Which therefore lives longer.
  std::mutex mutex_;
  std::condition_variable_any has_work_;
  std::deque<Start*> waiting_;
  std::jthread thread_;
};

}  // namespace junctor::rt
