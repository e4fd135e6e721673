#pragma once
// Task<T>: a lazy coroutine that starts when it is awaited and ends on the shard where it started.
//
// A Task is awaited exactly once, or spawned into a TaskGroup (rt/task_group.h); nobody detaches.
// Arguments are taken by value, or are references to what the awaiting caller owns; coroutine
// lambdas capture nothing. Awaiting transfers symmetrically, so a loop of Tasks that end at once
// uses constant stack. Frames come from base/pool.h. An exception that reaches a Task's edge ends
// the process: borders to third-party code catch theirs.
//
// Threads: one shard from start to end.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/pool.h"
#include "rt/cancel.h"

namespace junctor::rt {

template <class T>
class Task;

// What every awaiting coroutine of this house carries: who goes on after it, and its scope.
struct PromiseBase {
  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { pool_free(frame, bytes); }

  struct FinalAwait {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      return self.promise().continuation;
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] FinalAwait final_suspend() const noexcept { return {}; }
  [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }

  std::coroutine_handle<> continuation = std::noop_coroutine();
  Cancellation* scope = nullptr;
};

template <class T>
struct TaskPromise : PromiseBase {
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& made) {
    value.emplace(std::forward<U>(made));
  }
  T take() {
    JUNCTOR_ASSERT(value.has_value());
    return *std::move(value);
  }
  std::optional<T> value;
};

template <>
struct TaskPromise<void> : PromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

template <class T = void>
class [[nodiscard, clang::coro_return_type, clang::coro_lifetimebound]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) noexcept : handle_{handle} {}
  Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  class Await {
   public:
    explicit Await(Handle handle) noexcept : handle_{handle} {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      return start(parent, parent.promise().scope);
    }
    T await_resume() { return handle_.promise().take(); }

   protected:
    std::coroutine_handle<> start(std::coroutine_handle<> parent, Cancellation* scope) noexcept {
      JUNCTOR_ASSERT(handle_ && !handle_.done());
      handle_.promise().continuation = parent;
      handle_.promise().scope = scope;
      return handle_;
    }
    Handle handle_;
  };

  Await operator co_await() && noexcept { return Await{handle_}; }
  [[nodiscard]] Handle handle() const noexcept { return handle_; }

 private:
  Handle handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>{std::coroutine_handle<TaskPromise<T>>::from_promise(*this)};
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>{std::coroutine_handle<TaskPromise<void>>::from_promise(*this)};
}

// Awaits a Task under a scope of its own (Cancellation::run).
template <class TaskType>
class ScopedAwait : TaskType::Await {
 public:
  ScopedAwait(Cancellation& scope, TaskType task) noexcept
      : TaskType::Await{task.handle()}, scope_{scope}, task_{std::move(task)} {}
  using TaskType::Await::await_ready;
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    outer_ = parent.promise().scope;
    if (outer_ != nullptr) {
      JUNCTOR_ASSERT(outer_->inner_ == nullptr);
      outer_->inner_ = &scope_;
      if (outer_->requested_) scope_.request();
    }
    return this->start(parent, &scope_);
  }
  auto await_resume() {
    if (outer_ != nullptr) outer_->inner_ = nullptr;
    return TaskType::Await::await_resume();
  }

 private:
  Cancellation& scope_;
  Cancellation* outer_ = nullptr;
  TaskType task_;
};

template <class TaskType>
auto Cancellation::run(TaskType task) noexcept {
  return ScopedAwait<TaskType>{*this, std::move(task)};
}

}  // namespace junctor::rt
