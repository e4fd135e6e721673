#pragma once
// run_task(): starts a Task in a loop and turns the loop until it has ended, for the loops of
// tests.
//
// A loop has spawn(Task<void>) and run_until(condition); the latter fails or throws when it takes
// too long.
//
// Threads: the loop's.

#include <optional>
#include <type_traits>
#include <utility>

#include "rt/task.h"

namespace junctor::support {

template <class T>
rt::Task<void> keep_result(rt::Task<T> task, std::optional<T>& into) {
  into.emplace(co_await std::move(task));
}

inline rt::Task<void> keep_end(rt::Task<void> task, bool& ended) {
  co_await std::move(task);
  ended = true;
}

// The task's result.
template <class Loop, class T>
T run_task(Loop& loop, rt::Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    bool ended = false;
    loop.spawn(keep_end(std::move(task), ended));
    loop.run_until([&ended] { return ended; });
  } else {
    std::optional<T> result;
    loop.spawn(keep_result(std::move(task), result));
    loop.run_until([&result] { return result.has_value(); });
    return *std::move(result);
  }
}

}  // namespace junctor::support
