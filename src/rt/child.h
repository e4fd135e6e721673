#pragma once
// Child: one process that was started here, with pipes to its three streams, as the leader of a
// process group of its own.
//
// It is spawned, never forked: the time that takes does not grow with the memory of this process;
// and by a thread made for that (rt/spawner.h), so that it holds up no shard. What posix_spawn
// cannot set, `junctor exec-child` sets in the new process before it becomes the server
// (rt/exec_child.h). A pidfd tells of the end, so there is no SIGCHLD and no race with a number
// that was given away again. Invariant: whoever holds a Child can be sure that the process is not
// yet reaped, or knows how it ended.
//
// Source:  pidfd_open(2), waitid(2).
// Limits:  Spawner::kPipeBytes for what is read and written, where the system allows so much;
//          GroupGuard::kGroupsMax at a time.
// Errors:  of Spawner. A program that cannot be started shows as exit status kExitCannotStart and a
//          sentence on its error stream.
// Threads: one shard.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/time.h"
#include "rt/child_launch.h"
#include "rt/event.h"
#include "rt/io.h"
#include "rt/shard.h"
#include "rt/socket.h"
#include "rt/spawner.h"
#include "rt/task.h"

namespace junctor::rt {

// How it ended: by exit(status) or by a signal.
struct ChildEnd {
  int exit_status = 0;
  int signal = 0;  // 0: it exited.

  friend bool operator==(const ChildEnd&, const ChildEnd&) = default;
};

class Child final : Pollable {
 public:
  // What was killed ends within milliseconds, unless it had much memory or the kernel itself waits
  // for something. The thread is not held up for so long.
  static constexpr Duration kKillWaitMax = std::chrono::seconds{5};
  static constexpr Duration kKillBlockMax = std::chrono::seconds{1};

  // A start that has begun is seen through, also when the caller is cancelled meanwhile.
  [[nodiscard]] static Task<Result<std::unique_ptr<Child>>> spawn(Shard& shard, ChildSpec spec);
  // A process that still lives is killed with its group, and reaped: the thread waits for that, so
  // stop() is better. Nobody may still wait for ended() or for a stream.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] Socket& input() noexcept { return input_; }    // Its stdin: written here.
  [[nodiscard]] Socket& output() noexcept { return output_; }  // Its stdout: read here.
  [[nodiscard]] Socket& errors() noexcept { return errors_; }  // Its stderr: read here, always.

  // Set once the process has ended and is reaped. What it wrote last may still be in the pipes.
  [[nodiscard]] Event& ended() noexcept { return ended_; }
  [[nodiscard]] const std::optional<ChildEnd>& end() const noexcept { return end_; }
  // To the process and all of its group; nothing when it has ended, for then the group is gone.
  void signal_group(int signal) noexcept;
  // Closes its stdin, waits `grace`, sends TERM to the group, waits `grace`, sends KILL; ends when
  // it is reaped, or kKillWaitMax after the KILL. When cancelled, it kills at once.
  [[nodiscard]] Task<void> stop(Duration grace);

 private:
  Child(Shard& shard, const SpawnedChild& spawned) noexcept;
  void on_ready(ReadyBits bits) noexcept override;
  // If it has ended: ends what is left of the group, and takes note.
  void try_reap() noexcept;
  void kill_blocking() noexcept;
  [[nodiscard]] Task<bool> is_over_within(Duration limit);

  Shard& shard_;
  pid_t pid_;
  int pidfd_;
  Socket input_;
  Socket output_;
  Socket errors_;
  std::optional<ChildEnd> end_;
  Event ended_;
};

}  // namespace junctor::rt
