#include "rt/child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.h"
#include "rt/group_guard.h"
#include "rt/open_files.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

std::unexpected<Error> spawn_failed(const char* what, int fault) {
  return fail(ErrorKind::unavailable, "spawn_failed",
              std::string{what} + ": " + std::strerror(fault));
}

// A pipe on its way: what is not taken is closed.
class Pipe {
 public:
  enum class Here : unsigned char { reads, writes };
  enum class Room : unsigned char { large, usual };

  Pipe() = default;
  ~Pipe() {
    for (const int end : {here_, there_}) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // The end that stays here does not block, and the child's does, as programs expect: the flag
  // belongs to an end, not to the pipe.
  [[nodiscard]] bool open(Here here, Room room) noexcept {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    here_ = here == Here::reads ? ends[0] : ends[1];
    there_ = here == Here::reads ? ends[1] : ends[0];
    if (::fcntl(here_, F_SETFL, O_NONBLOCK) != 0) return false;
    // A user's pipes have a limit together; without the room they only switch more often.
    if (room == Room::large) (void)::fcntl(here_, F_SETPIPE_SZ, Child::kPipeBytes);
    return true;
  }
  [[nodiscard]] int there() const noexcept { return there_; }
  [[nodiscard]] int take() noexcept { return std::exchange(here_, -1); }

 private:
  int here_ = -1;
  int there_ = -1;
};

// For a process that cannot be kept: nobody else knows of it yet.
void kill_unkept(pid_t pid) noexcept {
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

ChildEnd end_of(const siginfo_t& info) noexcept {
  if (info.si_code == CLD_EXITED) return {.exit_status = info.si_status, .signal = 0};
  return {.exit_status = 0, .signal = info.si_status};
}

}  // namespace

// The guard first, so that no child is ever without; the error stream's pipe as it comes, since it
// is drained always and the room is scarce.
Result<std::unique_ptr<Child>> Child::spawn(Shard& shard, const ChildSpec& spec) {
  JUNCTOR_CHECK(check_spec(spec));
  GroupGuard& guard = GroupGuard::of_this_process();
  JUNCTOR_CHECK(guard.start());
  Pipe input;
  Pipe output;
  Pipe errors;
  if (!input.open(Pipe::Here::writes, Pipe::Room::large) ||
      !output.open(Pipe::Here::reads, Pipe::Room::large) ||
      !errors.open(Pipe::Here::reads, Pipe::Room::usual)) {
    return spawn_failed("cannot make the pipes of a child process", errno);
  }
  const ChildOrigin origin{.parent = ::getpid(), .open_files = open_files_given()};
  JUNCTOR_TRY(const pid_t pid,
              spawn_self(launch_words(spec, origin), spec.environment,
                         {input.there(), output.there(), errors.there()}, Leads::group));
  if (auto added = guard.add(pid); !added) {
    kill_unkept(pid);
    return std::unexpected{std::move(added).error()};
  }
  const int pidfd = open_pidfd(pid);
  if (pidfd < 0) {
    guard.remove(pid);
    kill_unkept(pid);
    return spawn_failed("cannot watch a child process", -pidfd);
  }
  const Streams streams{input.take(), output.take(), errors.take()};
  std::unique_ptr<Child> child{new Child{shard, pid, pidfd, streams}};
  if (const int watched = shard.io().watch(pidfd, *child); watched < 0) {
    return spawn_failed("cannot watch a child process", -watched);
  }
  return child;
}

Child::Child(Shard& shard, pid_t pid, int pidfd, const Streams& streams) noexcept
    : shard_{shard},
      pid_{pid},
      pidfd_{pidfd},
      input_{shard, streams.input, Descriptor::pipe},
      output_{shard, streams.output, Descriptor::pipe},
      errors_{shard, streams.errors, Descriptor::pipe} {}

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
