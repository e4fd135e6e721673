#include "rt/spawner.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string>
#include <system_error>

#include "rt/open_files.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

// Between two attempts to tell a shard whose inbox is full.
constexpr std::chrono::milliseconds kTellAgain{1};

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
    if (room == Room::large) (void)::fcntl(here_, F_SETPIPE_SZ, Spawner::kPipeBytes);
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

// The guard first, so that no child is ever without; the error stream's pipe as it comes, since it
// is drained always and the room is scarce.
Result<SpawnedChild> spawn_blocking(const ChildSpec& spec, GroupGuard& guard) {
  JUNCTOR_CHECK(check_spec(spec));
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
  return SpawnedChild{.pid = pid,
                      .pidfd = pidfd,
                      .input = input.take(),
                      .output = output.take(),
                      .errors = errors.take()};
}

}  // namespace

Spawner& Spawner::of_this_process() {
  static Spawner spawner;
  return spawner;
}

bool Spawner::take(Start& start) {
  const std::scoped_lock lock{mutex_};
  if (waiting_.size() >= kWaitingMax) {
    start.outcome_ = fail(ErrorKind::unavailable, "too_many_children",
                          std::to_string(kWaitingMax) + " child processes are being started");
    return false;
  }
  if (!thread_.joinable()) {
    try {
      thread_ = std::jthread{[this](const std::stop_token& stopped) { run_blocking(stopped); }};
    } catch (const std::system_error& failure) {
      start.outcome_ = spawn_failed("cannot start a thread", failure.code().value());
      return false;
    }
  }
  waiting_.push_back(&start);
  has_work_.notify_one();
  return true;
}

bool Spawner::withdraw(Start& start) noexcept {
  const std::scoped_lock lock{mutex_};
  if (std::erase(waiting_, &start) == 0) return false;
  start.outcome_ = fail(ErrorKind::cancelled, "cancelled");
  return true;
}

// No signal is for it: whoever waits for some may have begun later than this thread.
void Spawner::run_blocking(const std::stop_token& stopped) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock lock{mutex_};
  while (has_work_.wait(lock, stopped, [this] { return !waiting_.empty(); })) {
    Start& start = *waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    start.outcome_ = spawn_blocking(start.spec_, guard_);
    lock.lock();
    hand_over(start, lock);
  }
}

// The shard takes the lock before it goes on: it may end right after that, and must not while
// post() still uses it.
void Spawner::hand_over(Start& start, std::unique_lock<std::mutex>& lock) {
  const auto resume = [this, &start] {
    {
      const std::scoped_lock posted{mutex_};
    }
    resume_later(start.leave());
  };
  while (!start.shard_.post(resume)) (void)has_work_.wait_for(lock, kTellAgain);
}

}  // namespace junctor::rt
