#pragma once
// ChildBudget: how many processes of upstreams may run in this gateway, in total and per upstream,
// counted over all shards.
//
// Each upstream has a share. One whose settings change gets a new share under its name: processes
// of the settings before count in the total alone, until they have ended, and keep nobody out.
//
// Limits:  Limits::children_max, StdioSettings::children_max; who is refused makes room and asks
//          again.
// Threads: safe from all; a few times per process started.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "agent/settings.h"
#include "base/assert.h"

namespace junctor::agent {

class ChildBudget {
 public:
  class Share {
    friend class ChildBudget;
    UpstreamSettings settings_;
    std::size_t used_ = 0;
    std::size_t max_ = 0;
  };

  explicit ChildBudget(const Settings& settings) { apply(settings); }

  // From now on those settings count; shares of unchanged upstreams stay as they are.
  void apply(const Settings& settings) {
    const std::lock_guard lock{mutex_};
    total_max_ = settings.limits.children_max;
    std::map<std::string, std::shared_ptr<Share>, std::less<>> shares;
    for (const UpstreamSettings& upstream : settings.upstreams) {
      if (!upstream.is_stdio()) continue;
      const auto known = shares_.find(upstream.name.view());
      const bool stays = known != shares_.end() && known->second->settings_ == upstream;
      auto share = stays ? known->second : std::make_shared<Share>();
      share->settings_ = upstream;
      share->max_ = upstream.stdio.children_max;
      shares.emplace(upstream.name.str(), std::move(share));
    }
    shares_ = std::move(shares);
  }
  // Of the upstream of that name. One that is not there may have no process.
  [[nodiscard]] std::shared_ptr<Share> share_of(std::string_view upstream) const {
    const std::lock_guard lock{mutex_};
    const auto known = shares_.find(upstream);
    return known == shares_.end() ? std::make_shared<Share>() : known->second;
  }

  // One more process.
  [[nodiscard]] bool try_take(Share& share) {
    const std::lock_guard lock{mutex_};
    if (total_ >= total_max_ || share.used_ >= share.max_) return false;
    ++total_;
    ++share.used_;
    return true;
  }
  void give(Share& share) {
    const std::lock_guard lock{mutex_};
    JUNCTOR_ASSERT(total_ > 0 && share.used_ > 0);
    --total_;
    --share.used_;
  }
  // Whether it is the upstream's own limit that is reached, and not that of all.
  [[nodiscard]] bool is_full(const Share& share) const {
    const std::lock_guard lock{mutex_};
    return share.used_ >= share.max_;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t total_max_ = 0;
  std::size_t total_ = 0;
  std::map<std::string, std::shared_ptr<Share>, std::less<>> shares_;
};

}  // namespace junctor::agent
