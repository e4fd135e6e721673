#pragma once
// Signals as values: blocked in every thread, read by one from a signalfd. SIGPIPE is ignored.
//
// Source:  signalfd(2), pthread_sigmask(3).
// Threads: make it before any other thread; wait() from one thread.

#include <initializer_list>

#include "base/time.h"

namespace junctor::rt {

class Signals {
 public:
  explicit Signals(std::initializer_list<int> watched);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal; 0 when `limit` passed without one. Blocks the thread; a negative limit is
  // forever.
  [[nodiscard]] int wait_blocking(Duration limit = Duration{-1});

 private:
  int descriptor_;
};

}  // namespace junctor::rt
