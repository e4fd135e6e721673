#include "rt/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>

#include "base/assert.h"

namespace junctor::rt {

// Blocked before the first thread exists: threads inherit the mask, and one that did not would be
// killed by a signal that was meant for the descriptor.
Signals::Signals(std::initializer_list<int> watched) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : watched) sigaddset(&set, number);
  JUNCTOR_ASSERT(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  (void)signal(SIGPIPE, SIG_IGN);
  descriptor_ = signalfd(-1, &set, SFD_CLOEXEC);
  JUNCTOR_ASSERT(descriptor_ >= 0);
}

Signals::~Signals() {
  ::close(descriptor_);
}

// Rounded up: a wait that came back early would be taken for one that timed out.
int Signals::wait_blocking(Duration limit) {
  pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  const int timeout =
      limit < Duration{0} ? -1 : static_cast<int>(std::min<std::int64_t>(ms, 1 << 30));
  if (poll(&ready, 1, timeout) <= 0) return 0;
  signalfd_siginfo info{};
  if (read(descriptor_, &info, sizeof info) != sizeof info) return 0;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace junctor::rt
