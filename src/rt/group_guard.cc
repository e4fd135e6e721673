#include "rt/group_guard.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <span>
#include <string>

#include "base/assert.h"
#include "base/time.h"
#include "rt/child_launch.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

// A record is a group's number to add it, or the negative of it to remove it.
using Record = pid_t;

constexpr Duration kEndWaitMax = std::chrono::seconds{1};

class GuardedGroups {
 public:
  void take(Record record) noexcept {
    const auto known = std::span{groups_}.first(count_);
    const auto found = std::ranges::find(known, record < 0 ? -record : record);
    if (record > 1 && found == known.end() && count_ < groups_.size()) groups_[count_++] = record;
    if (record < 0 && found != known.end()) *found = groups_[--count_];
  }
  void kill_all() const noexcept {
    for (const pid_t group : std::span{groups_}.first(count_)) ::kill(-group, SIGKILL);
  }

 private:
  std::array<pid_t, GroupGuard::kGroupsMax> groups_{};
  std::size_t count_ = 0;
};

// Whether no child of this process is left in the group. A process that was killed cannot leave its
// group, and as long as it is in it the group's number is not given to another.
bool reap_all(pid_t group) noexcept {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_PGID, static_cast<id_t>(group), &info, WEXITED | WNOHANG) != 0) return true;
    if (info.si_pid == 0) return false;
  }
}

}  // namespace

// The end of the pipe is what tells the guard. One that cannot run now does not hold us up: it will
// do it later.
GroupGuard::~GroupGuard() {
  if (pid_ == 0) return;
  ::close(pipe_);
  const int pidfd = open_pidfd(pid_);
  if (pidfd < 0) return;
  wait_for_end_blocking(pidfd, kEndWaitMax);
  ::close(pidfd);
  (void)::waitpid(pid_, nullptr, WNOHANG);
}

GroupGuard& GroupGuard::of_this_process() {
  static GroupGuard guard;
  return guard;
}

pid_t GroupGuard::pid() const noexcept {
  const std::scoped_lock lock{mutex_};
  return pid_;
}

Result<> GroupGuard::start() {
  const std::scoped_lock lock{mutex_};
  return pid_ != 0 ? Result<>{} : start_locked();
}

// Tells a new guard all that the last one knew.
Result<> GroupGuard::start_locked() {
  JUNCTOR_ASSERT(pid_ == 0 && pipe_ < 0);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return fail(ErrorKind::unavailable, "spawn_failed",
                std::string{"cannot make a pipe: "} + std::strerror(errno));
  }
  const auto spawned =
      spawn_self({"junctor", std::string{kExecChildCommand}, std::string{kGuardWord}}, {},
                 {ends[0], kNoStream, kNoStream}, Leads::session);
  ::close(ends[0]);
  if (!spawned) {
    ::close(ends[1]);
    return std::unexpected{spawned.error()};
  }
  // A guard that does not read must not make us wait.
  (void)::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  pid_ = *spawned;
  pipe_ = ends[1];
  if (std::ranges::all_of(groups_, [this](pid_t group) { return tell_locked(group); })) return {};
  end_locked();
  return fail(ErrorKind::unavailable, "spawn_failed", "the guard of the child processes has ended");
}

bool GroupGuard::tell_locked(pid_t record) noexcept {
  return ::write(pipe_, &record, sizeof record) == sizeof record;
}

// Killed before the pipe is closed: one that only was too slow would take the end of the pipe for
// the end of this process.
void GroupGuard::end_locked() noexcept {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::close(pipe_);
  pid_ = 0;
  pipe_ = -1;
}

Result<> GroupGuard::add(pid_t group) {
  JUNCTOR_ASSERT(group > 1);
  const std::scoped_lock lock{mutex_};
  if (groups_.size() >= kGroupsMax) {
    return fail(ErrorKind::unavailable, "too_many_children",
                "there are " + std::to_string(kGroupsMax) + " child processes already");
  }
  groups_.push_back(group);
  if (pid_ != 0 && tell_locked(group)) return {};
  end_locked();
  auto started = start_locked();
  if (!started) groups_.pop_back();
  return started;
}

// A guard that cannot be told ends here: what it does not know to be over, it must not kill later.
// The next child starts another.
void GroupGuard::remove(pid_t group) noexcept {
  JUNCTOR_ASSERT(group > 1);
  const std::scoped_lock lock{mutex_};
  std::erase(groups_, group);
  if (pid_ != 0 && !tell_locked(-group)) {
    end_locked();
    if (!groups_.empty()) (void)start_locked();
  }
}

void GroupGuard::reap_orphans(pid_t group) noexcept {
  const std::scoped_lock lock{mutex_};
  std::erase_if(dying_, reap_all);
  if (!reap_all(group) && dying_.size() < kGroupsMax) dying_.push_back(group);
}

// In a session of its own no terminal reaches it, and whoever ends the whole service first asks
// politely: it must still be there when the gateway is gone.
void guard_groups_blocking(int pipe) {
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) (void)std::signal(signal, SIG_IGN);
  (void)!::chdir("/");
  GuardedGroups groups;
  std::array<Record, 1024> records{};
  while (true) {
    const ssize_t got = ::read(pipe, records.data(), sizeof records);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    // Whole records only: each was written at once.
    const auto count = static_cast<std::size_t>(got) / sizeof(Record);
    for (const Record record : std::span{records}.first(count)) groups.take(record);
  }
  groups.kill_all();
}

}  // namespace junctor::rt
