#pragma once
// Plane: the agent plane of one shard: its upstreams, its sessions, and the endpoints of its
// routes.
//
// A session lives on the shard that made it; another shard that receives a request of it hands the
// request over by value (agent/remote.h). For that the planes of all shards know each other: make
// all, then join() each with the list, then run the shards.
//
// Destroy order: the shard's tasks have ended, then the planes, then the shards.
// Threads: one shard; join() before it runs. status() may be asked from any thread.

#include <memory>
#include <span>
#include <vector>

#include "agent/settings.h"
#include "agent/status.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/http.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "rt/shard.h"
#include "wire/sealed_token.h"

namespace junctor::agent {

class ChildBudget;
class Endpoint;
class FederatedRoute;
class SessionStore;
class Upstream;

class Plane {
 public:
  struct Services {
    rt::Shard& shard;
    net::Resolver& resolver;
    // One per upstream of the settings, in their order; null where none is needed.
    std::vector<net::TlsClient*> tls;
    const wire::KeyRing& seal;
    ChildBudget& children;
    Metrics& metrics;
    Logger log;
  };

  // `settings` and what `services` names outlive the plane.
  Plane(Services services, std::shared_ptr<const Settings> settings);
  ~Plane();
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  // `planes[i]` is that of shard i, this one too.
  void join(std::span<Plane* const> planes);
  [[nodiscard]] std::vector<net::HttpRoute> routes() const;
  [[nodiscard]] Status status() const;
  // Starts what is to run from the beginning; once the shard runs, or is about to.
  void boot();
  // Ends the processes of upstreams; when their calls are over.
  [[nodiscard]] rt::Task<void> stop_children();
  // The plane where the process of that upstream serves all clients of the stateless era.
  [[nodiscard]] Plane* home_of(std::size_t upstream) const noexcept {
    return planes_[upstream % planes_.size()];
  }
  // Ends what would go on for ever: streams of events that clients asked for as such. Calls go on.
  void drain() noexcept;

  [[nodiscard]] rt::Shard& shard() noexcept { return services_.shard; }
  [[nodiscard]] const Settings& settings() const noexcept { return *settings_; }
  // What serves that route; null for an identity route.
  [[nodiscard]] FederatedRoute* federated(std::size_t route) noexcept;
  [[nodiscard]] SessionStore& sessions() noexcept { return *sessions_; }
  [[nodiscard]] Upstream& upstream(std::size_t index) noexcept {
    JUNCTOR_ASSERT(index < upstreams_.size());
    return *upstreams_[index];
  }
  [[nodiscard]] const wire::KeyRing& seal() const noexcept { return services_.seal; }
  [[nodiscard]] const Logger& log() const noexcept { return services_.log; }
  [[nodiscard]] std::span<Plane* const> planes() const noexcept { return planes_; }

 private:
  friend class Endpoint;
  [[nodiscard]] rt::Task<void> boot_upstream(Upstream& upstream);
  void make_room_for(std::size_t upstream);
  bool stop_idle_child(std::size_t upstream) noexcept;
  Services services_;
  std::shared_ptr<const Settings> settings_;
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::unique_ptr<SessionStore> sessions_;
  std::vector<std::shared_ptr<Endpoint>> endpoints_;  // One per route.
  std::vector<Plane*> planes_;
};

}  // namespace junctor::agent
