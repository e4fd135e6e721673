#pragma once
// Event: something that becomes true, awaited by any number of coroutines of the shard. It stays
// set until reset(). And sleep_until(), for the few places that wait for nothing but time.
//
// Waiters resume through the run queue, so set() may be called from anywhere on the shard.
//
// Threads: one shard.

#include <coroutine>

#include "base/time.h"
#include "rt/cancel.h"
#include "rt/shard.h"
#include "rt/task.h"
#include "rt/timer.h"

namespace junctor::rt {

class Event {
 public:
  Event() = default;
  ~Event() { JUNCTOR_ASSERT(first_ == nullptr); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set() noexcept;
  void reset() noexcept { set_ = false; }
  [[nodiscard]] bool is_set() const noexcept { return set_; }

  class Wait final : Waiter, Timer {
   public:
    // Not here though the event may be set: a cancelled scope must be told first.
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
      Cancellation* scope = coroutine.promise().scope;
      if (event_.set_ && (scope == nullptr || !scope->requested())) return false;
      if (!enter(coroutine, scope)) {
        outcome_ = Wake::cancelled;
        return false;
      }
      begin();
      return true;
    }
    [[nodiscard]] Wake await_resume() const noexcept { return outcome_; }

   private:
    friend class Event;
    Wait(Event& event, Time deadline) noexcept : event_{event}, deadline_{deadline} {}
    void begin() noexcept;
    void end(Wake outcome) noexcept;
    OnCancel on_cancel() noexcept override;
    void on_timer() noexcept override;

    Event& event_;
    Time deadline_;
    Wait* previous_ = nullptr;
    Wait* next_ = nullptr;
    Wake outcome_ = Wake::ready;
  };

  // co_await event.wait(deadline): ready, timeout or cancelled.
  [[nodiscard]] Wait wait(Time deadline) noexcept { return {*this, deadline}; }

 private:
  Wait* first_ = nullptr;
  bool set_ = false;
};

// Ends with timeout, which is the good case, or cancelled.
[[nodiscard]] Task<Wake> sleep_until(Time when);

}  // namespace junctor::rt
