#pragma once
// Health: whether this process lives, and whether it wants traffic, as the shards and the wiring
// tell it.
//
// Alive means that every shard's loop has turned within kBeatAgeMax. Ready means alive, listening
// and not draining; what upstreams do is no part of either, or one dead upstream would take the
// gateway out of service. The invariant is that ready implies alive.
//
// Limits:  one beat cell per shard.
// Threads: safe from all; a shard writes its own cell.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace junctor::control {

inline constexpr Duration kBeatAgeMax = std::chrono::seconds{5};
// How often a shard should call beat().
inline constexpr Duration kBeatInterval = std::chrono::seconds{1};

struct HealthCheck {
  std::string name;
  bool passes = false;
  std::string detail;  // A sentence, for people.
};

class Health {
 public:
  // Every shard counts as having turned at `now`.
  Health(std::size_t shards, Time now);

  void beat(std::size_t shard, Time now) noexcept;
  void set_listening() noexcept { listening_.store(true, std::memory_order_relaxed); }
  void set_draining() noexcept { draining_.store(true, std::memory_order_relaxed); }

  [[nodiscard]] bool alive(Time now) const noexcept;
  [[nodiscard]] bool ready(Time now) const noexcept;
  // What ready() is made of, in a fixed order.
  [[nodiscard]] std::vector<HealthCheck> checks(Time now) const;

 private:
  // The shard whose loop has stood still the longest.
  [[nodiscard]] Duration oldest_beat(Time now) const noexcept;

  std::size_t shards_;
  std::unique_ptr<std::atomic<Time::rep>[]> beats_;
  std::atomic<bool> listening_{false};
  std::atomic<bool> draining_{false};
};

}  // namespace junctor::control
