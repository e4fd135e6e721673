#pragma once
// Shard: one thread's loop and everything that lives on it. A request stays on the shard whose
// socket accepted it; shards share nothing but what is posted into their inboxes.
//
// run() rounds: run what is ready, take the inbox, fire timers, ask Io. After stop() the loop goes
// on until tasks() is empty, since every task has been cancelled then.
//
// Limits:  kInboxMax messages wait at most; post() refuses then (a counter says how often).
// Threads: post(), stop() and inbox_refused() from all; everything else from the shard's own
//          thread.

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/buffer.h"
#include "rt/clock.h"
#include "rt/io.h"
#include "rt/task_group.h"
#include "rt/timer.h"

namespace junctor::rt {

class Shard {
 public:
  // Larger than a tool's usual large answer with its head, so that one read takes it whole.
  static constexpr std::size_t kScratchBytes = std::size_t{128} << 10;
  static constexpr std::size_t kInboxMax = 65'536;
  using Message = std::move_only_function<void()>;

  Shard(std::size_t index, Io& io, Clock& clock, Random& random);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // The shard whose loop runs on this thread.
  [[nodiscard]] static Shard& current() noexcept;

  // Runs until stop() was called and tasks() is empty.
  void run();
  // One round, at most until `until`; for tests and the simulated world, inside enter() ...
  // leave().
  void round(Time until);
  // Cancels all tasks; from any thread.
  void stop();

  // Runs `message` on this shard's thread. False when the inbox is full; `message` is then dropped.
  bool post(Message message);
  [[nodiscard]] std::uint64_t inbox_refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] Io& io() noexcept { return io_; }
  [[nodiscard]] Clock& clock() noexcept { return clock_; }
  [[nodiscard]] Random& random() noexcept { return random_; }
  [[nodiscard]] TimerWheel& timers() noexcept { return timers_; }
  // The time when this round began.
  [[nodiscard]] Time now() const noexcept { return now_; }
  // Tasks that live as long as the shard: listeners, connections, sessions.
  [[nodiscard]] TaskGroup& tasks() noexcept { return tasks_; }

  // For one read: never kept across a co_await.
  [[nodiscard]] std::span<char> scratch() noexcept { return {scratch_.get(), kScratchBytes}; }

  void run_later(std::coroutine_handle<> coroutine) { ready_.push_back(coroutine); }

  // Makes this shard the thread's current one while it lives.
  class Entered {
   public:
    explicit Entered(Shard& shard) noexcept;
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    Shard* before_;
  };

 private:
  void run_ready();
  void take_inbox();

  std::size_t index_;
  Io& io_;
  Clock& clock_;
  Random& random_;
  Time now_;
  TimerWheel timers_;
  std::unique_ptr<char[]> scratch_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;

  std::mutex inbox_mutex_;
  std::vector<Message> inbox_;
  std::vector<Message> taken_;
  std::atomic<bool> inbox_filled_{false};
  std::atomic<std::uint64_t> refused_{0};
  bool stopping_ = false;

  TaskGroup tasks_;  // Last: its tasks use all of the above.
};

}  // namespace junctor::rt
