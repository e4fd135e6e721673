#pragma once
// Signals as values: blocked in every thread, read by one from a signalfd. SIGPIPE is ignored, and
// the ends of children are kept for who waits for them.
//
// Source:  signalfd(2), pthread_sigmask(3), eventfd(2).
// Threads: make it before any other thread; wait_blocking() from one thread, wake() from all.

#include <initializer_list>

#include "base/time.h"

namespace junctor::rt {

// What Signals sees to as well, for a program that watches none: writing to a pipe whose reader has
// gone is an error and not the end, and children can be waited for.
void settle_pipes_and_children() noexcept;

class Signals {
 public:
  explicit Signals(std::initializer_list<int> watched);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The next signal; 0 when `limit` passed without one, or wake() was called. Blocks the thread; a
  // negative limit is forever.
  [[nodiscard]] int wait_blocking(Duration limit = Duration{-1});
  // Ends each wait while that descriptor is readable, as wake() does; -1: none. It is read by who
  // gave it.
  void also_wake_on(int descriptor) noexcept { other_ = descriptor; }
  // Ends the wait of now, or else the next one.
  void wake() noexcept;

 private:
  int descriptor_;
  int wake_;
  int other_ = -1;
};

}  // namespace junctor::rt
