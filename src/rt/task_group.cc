#include "rt/task_group.h"

namespace junctor::rt {

// A coroutine that nobody awaits: it starts at once and frees itself, and the group counts it
// meanwhile.
struct TaskGroup::Driver {
  // NOLINTNEXTLINE(readability-identifier-naming): the language's own name.
  struct promise_type : PromiseBase {
    Driver get_return_object() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
  };
};

// A group that was cancelled takes new children, and cancels them at once: who spawns need not ask,
// and each child still runs its own clean-up.
TaskGroup::Child::Child(TaskGroup& owner) noexcept : group{owner}, next{owner.first_} {
  if (next != nullptr) next->previous = this;
  group.first_ = this;
  ++group.size_;
  if (group.cancelled_) scope.request();
}

// The last one wakes the join by the run queue: it is destroyed from within its own coroutine,
// whose frame has to end before the group may.
TaskGroup::Child::~Child() {
  JUNCTOR_ASSERT(group.size_ > 0);
  if (previous != nullptr) previous->next = next;
  if (next != nullptr) next->previous = previous;
  if (group.first_ == this) group.first_ = next;
  --group.size_;
  if (group.first_ == nullptr && group.join_.waiting()) resume_later(group.join_.leave());
}

TaskGroup::Driver TaskGroup::drive(TaskGroup& group, Task<void> task) {
  Child child{group};
  co_await child.scope.run(std::move(task));
}

TaskGroup::Driver TaskGroup::drive_result(TaskGroup& group, Task<Result<>> task) {
  Child child{group};
  auto result = co_await child.scope.run(std::move(task));
  if (!result) group.failed(std::move(result).error());
}

void TaskGroup::spawn(Task<void> child) {
  JUNCTOR_ASSERT(!full());
  drive(*this, std::move(child));
}

void TaskGroup::spawn(Task<Result<>> child) {
  JUNCTOR_ASSERT(!full());
  drive_result(*this, std::move(child));
}

// The first error is the group's; those of siblings that were cancelled for it say nothing new.
void TaskGroup::failed(Error error) {
  if (!outcome_ || cancelled_) return;
  outcome_ = std::unexpected{std::move(error)};
  cancel();
}

void TaskGroup::cancel() noexcept {
  cancelled_ = true;
  for (Child* child = first_; child != nullptr; child = child->next) child->scope.request();
}

}  // namespace junctor::rt
