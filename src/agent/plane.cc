#include "agent/plane.h"

#include "agent/endpoint.h"
#include "agent/federated_route.h"
#include "agent/federated_session.h"
#include "agent/session_store.h"
#include "agent/session_streams.h"
#include "agent/stdio_leg.h"
#include "agent/stdio_shared.h"
#include "agent/upstream.h"

namespace junctor::agent {

// The settings are one generation, shared by all shards and never changed: routes and upstreams are
// named by their place in it.
Plane::Plane(Services services, std::shared_ptr<const Settings> settings)
    : services_{std::move(services)},
      settings_{std::move(settings)},
      sessions_{std::make_unique<SessionStore>(services_.shard, services_.seal,
                                               settings_->limits.sessions, services_.metrics)},
      planes_{this} {
  JUNCTOR_ASSERT(services_.tls.size() == settings_->upstreams.size());
  for (std::size_t i = 0; i < settings_->upstreams.size(); ++i) {
    const Upstream::Services parts{.shard = services_.shard,
                                   .resolver = services_.resolver,
                                   .tls = services_.tls[i],
                                   .index = i,
                                   .children = services_.children,
                                   .make_room = [this](std::size_t of) { make_room_for(of); },
                                   .metrics = services_.metrics,
                                   .log = services_.log};
    upstreams_.push_back(
        std::make_unique<Upstream>(parts, settings_->upstreams[i], settings_->limits));
  }
  for (std::size_t i = 0; i < settings_->routes.size(); ++i) {
    endpoints_.push_back(std::make_shared<Endpoint>(*this, i));
  }
  sessions_->end_twin = [this](const Session& ended) {
    auto& session = const_cast<Session&>(ended);
    if (session.federated() != nullptr) return session.federated()->end_members();
    services_.shard.tasks().spawn(end_upstream_session(session.upstream(), session.upstream_id(),
                                                       session.version(),
                                                       settings_->limits.cancel_grace));
  };
}

// Sessions hold tasks of the shard, and their upstreams: they go first.
Plane::~Plane() {
  sessions_->close_all();
}

// Before the threads start: from then on the list is read by all and written by nobody.
void Plane::join(std::span<Plane* const> planes) {
  JUNCTOR_ASSERT(!planes.empty() && planes[services_.shard.index()] == this);
  planes_.assign(planes.begin(), planes.end());
  sessions_->share_among(planes.size());
}

// Of this upstream when it has all that it may have, else of any; here, or if there is none,
// wherever there is one.
void Plane::make_room_for(std::size_t upstream) {
  if (stop_idle_child(upstream)) return;
  for (Plane* other : planes_) {
    if (other == this) continue;
    (void)other->shard().post([other, upstream] { (void)other->stop_idle_child(upstream); });
  }
}

bool Plane::stop_idle_child(std::size_t upstream) noexcept {
  const bool own = services_.children.is_full(upstream);
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    StdioLeg* const leg = upstreams_[i]->stdio();
    if (leg != nullptr && (!own || i == upstream) && leg->stop_idle()) return true;
  }
  return false;
}

// Asked which era it speaks, which starts a process; the stateless one keeps it.
rt::Task<void> Plane::boot_upstream(Upstream& upstream) {
  StdioLeg& leg = *upstream.stdio();
  const Time deadline = services_.shard.now() + leg.settings().start_timeout;
  const auto speaks = co_await upstream.speaks_modern(deadline);
  if (speaks && *speaks) co_await leg.shared().boot();
}

void Plane::boot() {
  for (std::size_t i = 0; i < upstreams_.size(); ++i) {
    StdioLeg* const leg = upstreams_[i]->stdio();
    const bool at_boot = leg != nullptr && leg->settings().start == ChildStart::at_boot;
    if (at_boot && home_of(i) == this) services_.shard.tasks().spawn(boot_upstream(*upstreams_[i]));
  }
}

rt::Task<void> Plane::stop_children() {
  for (const auto& upstream : upstreams_) {
    if (upstream->stdio() != nullptr) co_await upstream->stdio()->stop_all();
  }
}

FederatedRoute* Plane::federated(std::size_t route) noexcept {
  return endpoints_.at(route)->federated();
}

void Plane::drain() noexcept {
  sessions_->end_standalone_streams();
  for (const auto& upstream : upstreams_) upstream->end_subscriptions();
  for (const auto& endpoint : endpoints_) {
    if (endpoint->federated() != nullptr) endpoint->federated()->end_subscriptions();
  }
}

std::vector<net::HttpRoute> Plane::routes() const {
  std::vector<net::HttpRoute> routes;
  routes.reserve(endpoints_.size());
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    routes.push_back({.path = settings_->routes[i].path,
                      .methods = {"POST", "GET", "DELETE", "OPTIONS"},
                      .handler = endpoints_[i],
                      .summary = "MCP, Streamable HTTP of both eras"});
  }
  return routes;
}

Status joined(Status a, const Status& b) {
  using Reach = UpstreamStatus::Reach;
  JUNCTOR_ASSERT(a.upstreams.size() == b.upstreams.size());
  for (std::size_t i = 0; i < a.upstreams.size(); ++i) {
    UpstreamStatus& upstream = a.upstreams[i];
    const Reach other = b.upstreams[i].reach;
    if (upstream.reach == Reach::unknown || other == Reach::up) upstream.reach = other;
    upstream.connections += b.upstreams[i].connections;
  }
  a.sessions += b.sessions;
  return a;
}

Status Plane::status() const {
  Status status;
  status.upstreams.reserve(upstreams_.size());
  for (const auto& upstream : upstreams_) status.upstreams.push_back(upstream->status());
  status.sessions = sessions_->size();
  return status;
}

}  // namespace junctor::agent
