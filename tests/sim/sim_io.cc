#include "sim/sim_io.h"

#include <algorithm>

namespace junctor::sim {

void SimIo::close(int socket, const rt::Pollable* told) noexcept {
  const auto watched = watchers_.find(socket);
  if (watched != watchers_.end()) {
    JUNCTOR_ASSERT(watched->second ==
                   told);  // Whoever watches must be named, or it is told too late.
    watchers_.erase(watched);
  }
  network_.close(socket);
}

int SimIo::watch(int descriptor, rt::Pollable& who) noexcept {
  JUNCTOR_ASSERT(watchers_.emplace(descriptor, &who).second);
  if (network_.levels(descriptor) != 0) network_.mark(descriptor);
  return 0;
}

void SimIo::wait(Time now, Time until) noexcept {
  JUNCTOR_ASSERT(now <= clock_.now());
  idle_ = false;
  if (ended_ && ended_()) return;
  if (!woken_ && !network_.any_marked()) {
    const Time next = std::min(until, network_.next_event());
    idle_ = next == kNever;
    if (idle_) return;
    clock_.move_to(std::max(next, clock_.now()));
  }
  woken_ = false;
  network_.run_due();
  for (const int descriptor : network_.take_marked()) {
    const auto watched = watchers_.find(descriptor);
    if (watched == watchers_.end()) continue;  // Not watched yet, or closed by one told before.
    const unsigned bits = network_.levels(descriptor);
    if (bits == 0) continue;
    network_.note("told", descriptor, bits);
    watched->second->on_ready(bits);
  }
}

}  // namespace junctor::sim
