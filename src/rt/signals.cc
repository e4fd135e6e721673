#include "rt/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace junctor::rt {

void settle_pipes_and_children() noexcept {
  (void)signal(SIGPIPE, SIG_IGN);
  // Whoever started us may have it ignored, and then the kernel forgets how children end.
  (void)signal(SIGCHLD, SIG_DFL);
}

// Blocked before the first thread exists: threads inherit the mask, and one that did not would be
// killed by a signal that was meant for the descriptor.
Signals::Signals(std::initializer_list<int> watched) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : watched) sigaddset(&set, number);
  JUNCTOR_ASSERT(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  settle_pipes_and_children();
  descriptor_ = signalfd(-1, &set, SFD_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  JUNCTOR_ASSERT(descriptor_ >= 0 && wake_ >= 0);
}

Signals::~Signals() {
  ::close(descriptor_);
  ::close(wake_);
}

void Signals::wake() noexcept {
  const std::uint64_t one = 1;
  (void)write(wake_, &one, sizeof one);  // A full counter wakes as well.
}

// Rounded up: a wait that came back early would be taken for one that timed out.
int Signals::wait_blocking(Duration limit) {
  // The kernel skips those below zero.
  std::array<pollfd, 3> ready{{{.fd = descriptor_, .events = POLLIN, .revents = 0},
                               {.fd = wake_, .events = POLLIN, .revents = 0},
                               {.fd = other_, .events = POLLIN, .revents = 0}}};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  const int timeout =
      limit < Duration{0} ? -1 : static_cast<int>(std::min<std::int64_t>(ms, 1 << 30));
  if (poll(ready.data(), ready.size(), timeout) <= 0) return 0;
  std::uint64_t count = 0;
  if (ready[1].revents != 0) (void)read(wake_, &count, sizeof count);
  if (ready[0].revents == 0) return 0;
  signalfd_siginfo info{};
  if (read(descriptor_, &info, sizeof info) != sizeof info) return 0;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace junctor::rt
