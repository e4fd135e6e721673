#include "rt/child.h"

#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.h"
#include "rt/group_guard.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

ChildEnd end_of(const siginfo_t& info) noexcept {
  if (info.si_code == CLD_EXITED) return {.exit_status = info.si_status, .signal = 0};
  return {.exit_status = 0, .signal = info.si_status};
}

}  // namespace

Task<Result<std::unique_ptr<Child>>> Child::spawn(Shard& shard, ChildSpec spec) {
  JUNCTOR_CO_TRY(const SpawnedChild spawned,
                 co_await Spawner::of_this_process().start(shard, spec));
  std::unique_ptr<Child> child{new Child{shard, spawned}};
  if (const int watched = shard.io().watch(spawned.pidfd, *child); watched < 0) {
    co_return fail(ErrorKind::unavailable, "spawn_failed",
                   std::string{"cannot watch a child process: "} + std::strerror(-watched));
  }
  co_return child;
}

Child::Child(Shard& shard, const SpawnedChild& spawned) noexcept
    : shard_{shard},
      pid_{spawned.pid},
      pidfd_{spawned.pidfd},
      input_{shard, spawned.input, Descriptor::pipe},
      output_{shard, spawned.output, Descriptor::pipe},
      errors_{shard, spawned.errors, Descriptor::pipe} {}

Child::~Child() {
  kill_blocking();
  if (pidfd_ >= 0) shard_.io().close(pidfd_, this);
}

void Child::on_ready(ReadyBits /*bits*/) noexcept {
  try_reap();
}

// In this order: as long as the leader is not reaped its number belongs to this group alone, and
// what is sent to it and told of it can mean nobody else.
void Child::try_reap() noexcept {
  if (end_) return;
  const auto pidfd = static_cast<id_t>(pidfd_);
  siginfo_t info{};
  JUNCTOR_ASSERT(::waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
  if (info.si_pid == 0) return;
  ::kill(-pid_, SIGKILL);
  GroupGuard& guard = GroupGuard::of_this_process();
  guard.remove(pid_);
  JUNCTOR_ASSERT(::waitid(P_PIDFD, pidfd, &info, WEXITED) == 0);
  guard.reap_orphans(pid_);
  end_ = end_of(info);
  shard_.io().close(std::exchange(pidfd_, -1), this);
  ended_.set();
}

void Child::signal_group(int signal) noexcept {
  if (!end_) ::kill(-pid_, signal);
}

// What the kernel does not let go in time stays with the guard and, when this process ends, with
// init.
void Child::kill_blocking() noexcept {
  if (end_) return;
  signal_group(SIGKILL);
  wait_for_end_blocking(pidfd_, kKillBlockMax);
  try_reap();
}

// A cancelled task can wait for nothing any more, and its process is not left behind.
Task<bool> Child::is_over_within(Duration limit) {
  const Wake woken = co_await ended_.wait(shard_.now() + limit);
  if (woken == Wake::cancelled) kill_blocking();
  co_return woken != Wake::timeout;
}

Task<void> Child::stop(Duration grace) {
  input_.close();
  if (co_await is_over_within(grace)) co_return;
  signal_group(SIGTERM);
  if (co_await is_over_within(grace)) co_return;
  signal_group(SIGKILL);
  (void)co_await is_over_within(kKillWaitMax);
}

}  // namespace junctor::rt
