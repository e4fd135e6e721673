#include "control/health.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/assert.h"

namespace junctor::control {

// All beat once at the start: a shard that never runs is found out by its age, like any other.
Health::Health(std::size_t shards, Time now)
    : shards_{shards}, beats_{std::make_unique<std::atomic<Time::rep>[]>(shards)} {
  JUNCTOR_ASSERT(shards > 0);
  for (std::size_t i = 0; i < shards_; ++i) beat(i, now);
}

// Relaxed, here and below: each number stands for itself.
void Health::beat(std::size_t shard, Time now) noexcept {
  JUNCTOR_ASSERT(shard < shards_);
  beats_[shard].store(now.time_since_epoch().count(), std::memory_order_relaxed);
}

Duration Health::oldest_beat(Time now) const noexcept {
  Duration oldest{0};
  for (std::size_t i = 0; i < shards_; ++i) {
    const Time beat{Duration{beats_[i].load(std::memory_order_relaxed)}};
    // A shard may have read its clock after this thread did.
    oldest = std::max(oldest, now - beat);
  }
  return oldest;
}

bool Health::alive(Time now) const noexcept {
  return oldest_beat(now) <= kBeatAgeMax;
}

bool Health::ready(Time now) const noexcept {
  return alive(now) && listening_.load(std::memory_order_relaxed) &&
         !draining_.load(std::memory_order_relaxed);
}

// Each reading is made once, so that the list agrees with itself.
std::vector<HealthCheck> Health::checks(Time now) const {
  const bool listening = listening_.load(std::memory_order_relaxed);
  const bool draining = draining_.load(std::memory_order_relaxed);
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(oldest_beat(now));
  std::vector<HealthCheck> checks{
      {.name = "shards",
       .passes = alive(now),
       .detail = fmt::format("{} running, the slowest turned {} ms ago", shards_, age.count())},
      {.name = "listeners", .passes = listening, .detail = listening ? "bound" : "not bound yet"},
      {.name = "drain", .passes = !draining, .detail = draining ? "draining" : "not draining"},
  };
  JUNCTOR_ASSERT(std::ranges::all_of(checks, &HealthCheck::passes) ==
                 (alive(now) && listening && !draining));
  return checks;
}

}  // namespace junctor::control
