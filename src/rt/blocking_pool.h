#pragma once
// BlockingPool: a few threads for calls that block (files, certificate stores), so that a shard
// never does.
//
// Limits:  `queue_max` calls wait at most; more are refused with unavailable.
// Errors:  unavailable (queue full); otherwise what the call gives.
// Threads: run_blocking() on a shard; the call itself on a thread of the pool. A call that has
// started
//          always ends: cancelling the Task waits for it.

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "rt/task.h"

namespace junctor::rt {

class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads = 2, std::size_t queue_max = 1024);
  ~BlockingPool();  // Ends what is queued, then joins.
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Runs `call` (no arguments, gives a Result, does not throw) on the pool and resumes on this
  // shard.
  template <class Call>
  [[nodiscard]] Task<std::invoke_result_t<Call&>> run_blocking(Call call) {
    using Value = std::invoke_result_t<Call&>;
    Shard& shard = Shard::current();
    std::optional<Value> value;
    Finished finished;
    if (!enqueue([&] {
          value.emplace(call());
          while (!shard.post([&finished] { finished.done(); })) std::this_thread::yield();
        })) {
      co_return fail(ErrorKind::unavailable, "blocking_queue_full",
                     "Too many file operations are waiting; try again later.");
    }
    co_await finished;
    co_return *std::move(value);
  }

 private:
  // The wait for a call that cannot be interrupted.
  class Finished final : Waiter {
   public:
    void done() noexcept {
      done_ = true;
      if (waiting()) resume_later(leave());
    }
    [[nodiscard]] bool await_ready() const noexcept { return done_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
      JUNCTOR_ASSERT(enter(coroutine, nullptr));
    }
    void await_resume() const noexcept {}

   private:
    OnCancel on_cancel() noexcept override { return OnCancel::stay; }
    bool done_ = false;
  };

  bool enqueue(std::move_only_function<void()> work);
  void work();

  std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<std::move_only_function<void()>> queue_;
  std::size_t queue_max_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace junctor::rt
