#pragma once
// ChildBudget: how many processes of upstreams may run in this gateway, in total and per upstream,
// counted over all shards.
//
// Limits:  Limits::children_max, StdioSettings::children_max; who is refused makes room and asks
//          again.
// Threads: safe from all; a few times per process started.

#include <cstddef>
#include <mutex>
#include <vector>

#include "agent/settings.h"
#include "base/assert.h"

namespace junctor::agent {

class ChildBudget {
 public:
  explicit ChildBudget(const Settings& settings)
      : total_max_{settings.limits.children_max}, upstreams_(settings.upstreams.size()) {
    for (std::size_t i = 0; i < upstreams_.size(); ++i) {
      const UpstreamSettings& upstream = settings.upstreams[i];
      if (upstream.is_stdio()) upstreams_[i].max = upstream.stdio.children_max;
    }
  }

  // One more process of the upstream with that index.
  [[nodiscard]] bool try_take(std::size_t upstream) {
    const std::lock_guard lock{mutex_};
    Count& count = upstreams_.at(upstream);
    if (total_ >= total_max_ || count.used >= count.max) return false;
    ++total_;
    ++count.used;
    return true;
  }
  void give(std::size_t upstream) {
    const std::lock_guard lock{mutex_};
    Count& count = upstreams_.at(upstream);
    JUNCTOR_ASSERT(total_ > 0 && count.used > 0);
    --total_;
    --count.used;
  }
  // Whether it is the upstream's own limit that is reached, and not that of all.
  [[nodiscard]] bool is_full(std::size_t upstream) const {
    const std::lock_guard lock{mutex_};
    const Count& count = upstreams_.at(upstream);
    return count.used >= count.max;
  }

 private:
  struct Count {
    std::size_t used = 0;
    std::size_t max = 0;
  };
  mutable std::mutex mutex_;
  std::size_t total_max_;
  std::size_t total_ = 0;
  std::vector<Count> upstreams_;
};

}  // namespace junctor::agent
