#pragma once
// Cancellation: the wish that a chain of Tasks should end, and the place where the chain is
// suspended.
//
// One Cancellation belongs to one chain of awaits (a child of a TaskGroup, or a part of it that is
// run with `scope.run(task)`). Every Task knows its scope; the innermost await registers itself
// there as the Waiter. request() marks the scope and wakes that Waiter, which then reports
// `cancelled`; every later wait in the scope reports it at once. A suspended frame is never
// destroyed, and nothing is thrown.
//
// Wake-ups caused by request() go through the run queue, never inline, so request() may be called
// from anywhere on the shard.
//
// Threads: one shard.

#include <coroutine>

namespace junctor::rt {

class Cancellation;

// What an await of this room ended with.
enum class Wake : unsigned char { ready, timeout, cancelled };

// The innermost suspended await of a chain. Lives in the coroutine frame that waits.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  [[nodiscard]] bool waiting() const noexcept { return static_cast<bool>(coroutine_); }

 protected:
  ~Waiter() = default;

  // False when the scope is cancelled already: then do not suspend.
  bool enter(std::coroutine_handle<> coroutine, Cancellation* scope) noexcept;
  // Ends the wait; the handle to resume. Exactly once for each successful enter().
  [[nodiscard]] std::coroutine_handle<> leave() noexcept;
  // Called by Cancellation::request(): take yourself out of whatever would wake you. The scope then
  // resumes the coroutine by the run queue, unless this returns `stay` (a wait that must see its
  // end).
  enum class OnCancel : unsigned char { resume, stay };
  virtual OnCancel on_cancel() noexcept = 0;

 private:
  friend class Cancellation;
  std::coroutine_handle<> coroutine_;
  Cancellation* scope_ = nullptr;
};

class Cancellation {
 public:
  Cancellation() = default;
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void request() noexcept;
  [[nodiscard]] bool requested() const noexcept { return requested_; }

  // co_await scope.run(task): runs `task` under this scope, which is inside the caller's scope
  // meanwhile.
  template <class TaskType>
  [[nodiscard]] auto run(TaskType task) noexcept;

 private:
  friend class Waiter;
  template <class TaskType>
  friend class ScopedAwait;

  Waiter* waiter_ = nullptr;
  Cancellation* inner_ = nullptr;
  bool requested_ = false;
};

// Coroutines that are ready run after whatever runs now; each shard has one queue and drains it.
void resume_later(std::coroutine_handle<> coroutine);

// co_await NextRound{}: lets everybody else who is ready have a turn, and at every second time at
// the latest the sockets too; tells whether the scope was cancelled meanwhile. For loops that might
// never have to wait.
class NextRound {
 public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    scope_ = coroutine.promise().scope;
    resume_later(coroutine);
  }
  [[nodiscard]] Wake await_resume() const noexcept {
    return scope_ != nullptr && scope_->requested() ? Wake::cancelled : Wake::ready;
  }

 private:
  Cancellation* scope_ = nullptr;
};

}  // namespace junctor::rt
