#pragma once
// TaskGroup: owns Tasks that run beside each other. join() waits for all; destruction asserts that
// none is left. A child that returns an error cancels its siblings, and that error is the result of
// join(); children of Task<void> cannot fail. A cancelled join() passes the wish on and still
// waits.
//
// Limits:  `children_max`; who spawns asks full() first.
// Threads: one shard.

#include <cstddef>
#include <limits>
#include <optional>

#include "base/error.h"
#include "rt/task.h"

namespace junctor::rt {

class TaskGroup {
 public:
  explicit TaskGroup(std::size_t children_max = std::numeric_limits<std::size_t>::max()) noexcept
      : children_max_{children_max} {}
  ~TaskGroup() { JUNCTOR_ASSERT(first_ == nullptr && !join_.waiting()); }
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // The child runs at once, until it first waits.
  void spawn(Task<void> child);
  void spawn(Task<Result<>> child);
  [[nodiscard]] bool full() const noexcept { return size_ >= children_max_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  // Children spawned later are cancelled as well.
  void cancel() noexcept;

 private:
  // One running child; lives in the frame of the coroutine that drives it.
  struct Child {
    explicit Child(TaskGroup& owner) noexcept;
    ~Child();
    TaskGroup& group;
    Cancellation scope;
    Child* previous = nullptr;
    Child* next = nullptr;
  };
  struct Driver;
  static Driver drive(TaskGroup& group, Task<void> task);
  static Driver drive_result(TaskGroup& group, Task<Result<>> task);
  void failed(Error error);

  class Join final : Waiter {
   public:
    explicit Join(TaskGroup& group) noexcept : group_{group} {}
    [[nodiscard]] bool await_ready() const noexcept { return group_.first_ == nullptr; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      Cancellation* scope = parent.promise().scope;
      if (enter(parent, scope)) return true;
      group_.cancel();  // Cancelled already: pass it on, and wait outside the scope.
      return enter(parent, nullptr);
    }
    Result<> await_resume() noexcept { return std::exchange(group_.outcome_, Result<>{}); }
    using Waiter::waiting;

   private:
    friend class TaskGroup;
    OnCancel on_cancel() noexcept override {
      group_.cancel();
      return OnCancel::stay;
    }
    TaskGroup& group_;
  };

 public:
  // co_await group.join(): the first child's error, if any. One at a time.
  [[nodiscard]] Join& join() noexcept { return join_; }

 private:
  std::size_t children_max_;
  std::size_t size_ = 0;
  Child* first_ = nullptr;
  bool cancelled_ = false;
  Result<> outcome_;
  Join join_{*this};
};

}  // namespace junctor::rt
