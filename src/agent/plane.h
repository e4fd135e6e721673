#pragma once
// Plane: the agent plane of one shard: its upstreams, its sessions, and the endpoints of its
// routes.
//
// A session lives on the shard that made it; another shard that receives a request of it hands the
// request over by value (agent/remote.h). For that the planes of all shards know each other: make
// all, then join() each with the list, then run the shards.
//
// apply() brings another generation of settings. What is equal stays as it is, with connections,
// processes and sessions; what is not is made anew, and the old is retired: nothing begins on it,
// and it goes when nobody needs it any more. Limits that once counted are kept, since what runs
// reads them to its end: their number is that of different limits that one process is given.
//
// Destroy order: the shard's tasks have ended, then the planes, then the shards.
// Limits:  kRetiredLookMin ... kRetiredLookMax between looks whether what is retired can go;
//          kBootProbesMax upstreams asked for their era at a time.
// Threads: one shard; join() before it runs. status() may be asked from any thread.

#include <forward_list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
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
class DefinitionWatch;
class Endpoint;
class FederatedRoute;
class SessionStore;
class Upstream;

class Plane {
 public:
  struct Services {
    rt::Shard& shard;
    net::Resolver& resolver;
    // One per upstream of the first settings, in their order; null where none is needed.
    std::vector<net::TlsClient*> tls;
    const wire::KeyRing& seal;
    ChildBudget& children;
    DefinitionWatch& definitions;
    Metrics& metrics;
    Logger log;
  };

  static constexpr Duration kRetiredLookMin = std::chrono::milliseconds{20};
  static constexpr Duration kRetiredLookMax = std::chrono::seconds{1};
  static constexpr std::size_t kBootProbesMax = 16;

  // What `services` names outlives the plane.
  Plane(Services services, const Settings& settings);
  ~Plane();
  Plane(const Plane&) = delete;
  Plane& operator=(const Plane&) = delete;

  // `planes[i]` is that of shard i, this one too.
  void join(std::span<Plane* const> planes);
  // The next generation; `tls` as in Services. routes() are others afterwards; handlers of before
  // still serve what they have begun.
  void apply(const Settings& settings, std::span<net::TlsClient* const> tls);
  [[nodiscard]] std::vector<net::HttpRoute> routes() const;
  // Null: there is no such path.
  [[nodiscard]] std::shared_ptr<net::HttpHandler> handler(std::string_view path) const;
  [[nodiscard]] Status status() const;
  // Starts what is to run from the beginning, and asks what is reached by URL which era it speaks;
  // once the shard runs, or is about to.
  void boot();
  // Ends the processes of upstreams; when their calls are over.
  [[nodiscard]] rt::Task<void> stop_children();
  // Where calls of the stateless era are served: here, unless the upstream is a process that serves
  // all of its clients; that lives on one plane.
  [[nodiscard]] Plane* home_of(Upstream& upstream) noexcept;
  // Ends what would go on for ever: streams of events that clients asked for as such. Calls go on.
  void drain() noexcept;

  [[nodiscard]] rt::Shard& shard() noexcept { return services_.shard; }
  // Of now. They live as long as the plane, whatever comes after them.
  [[nodiscard]] const Limits& limits() const noexcept { return *limits_; }
  // What serves that path; null for an identity route, and where there is none.
  [[nodiscard]] FederatedRoute* federated(std::string_view path) const noexcept;
  [[nodiscard]] SessionStore& sessions() noexcept { return *sessions_; }
  [[nodiscard]] const wire::KeyRing& seal() const noexcept { return services_.seal; }
  [[nodiscard]] const Logger& log() const noexcept { return services_.log; }
  [[nodiscard]] std::span<Plane* const> planes() const noexcept { return planes_; }

 private:
  friend class Endpoint;
  using Upstreams = std::vector<std::shared_ptr<Upstream>>;
  using Endpoints = std::vector<std::shared_ptr<Endpoint>>;
  [[nodiscard]] const Limits& remember(const Limits& limits);
  [[nodiscard]] std::shared_ptr<Upstream> make_upstream(const UpstreamSettings& settings,
                                                        net::TlsClient* tls);
  [[nodiscard]] Upstreams upstreams_of(const Settings& settings,
                                       std::span<net::TlsClient* const> tls);
  [[nodiscard]] std::shared_ptr<Endpoint> endpoint_of(const RouteSettings& route);
  void retire(const Upstreams& upstreams, const Endpoints& endpoints);
  [[nodiscard]] rt::Task<void> drop_retired();
  [[nodiscard]] bool drop_former_members() noexcept;
  [[nodiscard]] std::shared_ptr<Upstream> take_unused();
  void boot(const Upstreams& upstreams);
  [[nodiscard]] static rt::Task<void> boot_process(std::shared_ptr<Upstream> upstream);
  // Until none is left.
  [[nodiscard]] static rt::Task<void> ask_eras(std::shared_ptr<Upstreams> unasked);
  // Empty: of any upstream.
  void make_room_for(std::string_view upstream);
  bool stop_idle_child(std::string_view upstream) noexcept;

  Services services_;
  std::forward_list<Limits> all_limits_;
  const Limits* limits_;
  // Written by the shard under the mutex, which it shares with status() alone.
  Upstreams upstreams_;
  mutable std::mutex upstreams_mutex_;
  std::unique_ptr<SessionStore> sessions_;
  Endpoints endpoints_;  // One per route.
  std::vector<Plane*> planes_;
  Upstreams retired_upstreams_;
  Endpoints retired_endpoints_;
  bool is_dropping_ = false;
};

}  // namespace junctor::agent
