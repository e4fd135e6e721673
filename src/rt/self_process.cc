#include "rt/self_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
// The header of glibc 2.36 does not say it for itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "base/assert.h"

namespace junctor::rt {
namespace {

// None of these fails on Linux but for want of memory.
void check(int outcome) {
  JUNCTOR_ASSERT(outcome == 0);
}

class Actions {
 public:
  explicit Actions(const std::array<int, 3>& streams) {
    check(posix_spawn_file_actions_init(&actions_));
    for (int i = 0; i < 3; ++i) {
      const int from = streams[static_cast<std::size_t>(i)];
      check(from == kNoStream
                ? posix_spawn_file_actions_addopen(&actions_, i, "/dev/null", O_RDWR, 0)
                : posix_spawn_file_actions_adddup2(&actions_, from, i));
    }
    check(posix_spawn_file_actions_addclosefrom_np(&actions_, 3));
  }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  explicit Attributes(Leads leads) {
    check(posix_spawnattr_init(&attributes_));
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    check(posix_spawnattr_setsigdefault(&attributes_, &all));
    check(posix_spawnattr_setsigmask(&attributes_, &none));
    check(posix_spawnattr_setpgroup(&attributes_, 0));  // Its own number.
    const int leading = leads == Leads::group ? POSIX_SPAWN_SETPGROUP : POSIX_SPAWN_SETSID;
    check(posix_spawnattr_setflags(
        &attributes_,
        static_cast<short>(leading | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)));
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// The kernel only reads the texts.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> made;
  made.reserve(texts.size() + 1);
  for (const std::string& text : texts) made.push_back(const_cast<char*>(text.c_str()));
  made.push_back(nullptr);
  return made;
}

}  // namespace

Result<pid_t> spawn_self(const std::vector<std::string>& words,
                         const std::vector<std::string>& environment,
                         const std::array<int, 3>& streams, Leads leads) {
  const Actions actions{streams};
  const Attributes attributes{leads};
  pid_t pid = 0;
  const int fault = posix_spawn(&pid, "/proc/self/exe", actions.get(), attributes.get(),
                                pointers(words).data(), pointers(environment).data());
  if (fault == 0) return pid;
  return fail(ErrorKind::unavailable, "spawn_failed",
              std::string{"cannot start another process: "} + std::strerror(fault));
}

int open_pidfd(pid_t child) noexcept {
  const int made = ::pidfd_open(child, 0);
  return made < 0 ? -errno : made;
}

void wait_for_end_blocking(int pidfd, Duration limit) noexcept {
  pollfd exited{.fd = pidfd, .events = POLLIN, .revents = 0};
  const auto limit_ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  (void)::poll(&exited, 1, static_cast<int>(limit_ms));
}

}  // namespace junctor::rt
