#pragma once
// GroupGuard: sees to it that the children's process groups end with this process, even when it is
// killed and can do nothing any more.
//
// The kernel ends a child with its parent (PR_SET_PDEATHSIG), but not the processes that the child
// has started. So there is one more process, `junctor exec-child --guard`, that reads the numbers
// of the groups from a pipe; the pipe ends with this process, and then it kills what is left. It is
// started with the first child, and again when it was killed. Invariant: a group is known to it
// from its child's start until the child is about to be reaped, so that no number is given away
// meanwhile.
//
// Source:  pipe(7) (writes up to PIPE_BUF are whole), kill(2), waitid(2).
// Limits:  kGroupsMax groups, and as many that are dying.
// Errors:  unavailable "spawn_failed" (no guard can be started), "too_many_children".
// Threads: all.

#include <sys/types.h>

#include <cstddef>
#include <mutex>
#include <vector>

#include "base/error.h"

namespace junctor::rt {

class GroupGuard {
 public:
  static constexpr std::size_t kGroupsMax = 4096;

  GroupGuard() = default;
  // The guard kills what is still registered.
  ~GroupGuard();
  GroupGuard(const GroupGuard&) = delete;
  GroupGuard& operator=(const GroupGuard&) = delete;

  // The one of this process, for its children: what it watches over is the process itself.
  [[nodiscard]] static GroupGuard& of_this_process();

  // Starts the guard if it does not run: to be called before the child is started.
  [[nodiscard]] Result<> start();
  [[nodiscard]] Result<> add(pid_t group);
  void remove(pid_t group) noexcept;
  // Once its leader is reaped and the rest was killed: reaps what is now this process's child, as
  // it is when this process is the first of its container. What takes longer to die is reaped with
  // a later group.
  void reap_orphans(pid_t group) noexcept;

  // The guard's process; 0 when there is none.
  [[nodiscard]] pid_t pid() const noexcept;

 private:
  [[nodiscard]] Result<> start_locked();
  [[nodiscard]] bool tell_locked(pid_t record) noexcept;
  void end_locked() noexcept;

  mutable std::mutex mutex_;
  std::vector<pid_t> groups_;  // For a guard that has to be started again.
  std::vector<pid_t> dying_;   // Their orphans were not all dead yet.
  pid_t pid_ = 0;
  int pipe_ = -1;
};

// What the guard's process does, until the pipe ends.
void guard_groups_blocking(int pipe);

}  // namespace junctor::rt
