#include "agent/plane.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "agent/endpoint.h"
#include "agent/federated_route.h"
#include "agent/federated_session.h"
#include "agent/session_store.h"
#include "agent/session_streams.h"
#include "agent/stdio_leg.h"
#include "agent/stdio_shared.h"
#include "agent/upstream.h"

namespace junctor::agent {

Plane::Plane(Services services, const Settings& settings)
    : services_{std::move(services)},
      limits_{&remember(settings.limits)},
      sessions_{std::make_unique<SessionStore>(services_.shard, services_.seal, limits_->sessions,
                                               services_.metrics)},
      planes_{this} {
  sessions_->end_twin = [this](const Session& ended) {
    auto& session = const_cast<Session&>(ended);
    if (session.federated() != nullptr) return session.federated()->end_members();
    services_.shard.tasks().spawn(end_upstream_session(session.upstream(), session.upstream_id(),
                                                       session.version(), limits_->cancel_grace));
  };
  upstreams_ = upstreams_of(settings, services_.tls);
  for (const RouteSettings& route : settings.routes) endpoints_.push_back(endpoint_of(route));
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

// Here, or if there is none, wherever there is one.
void Plane::make_room_for(std::string_view upstream) {
  if (stop_idle_child(upstream)) return;
  for (Plane* other : planes_) {
    if (other == this) continue;
    (void)other->shard().post(
        [other, of = std::string{upstream}] { (void)other->stop_idle_child(of); });
  }
}

bool Plane::stop_idle_child(std::string_view upstream) noexcept {
  for (const auto& each : upstreams_) {
    StdioLeg* const leg = each->stdio();
    const bool is_meant = upstream.empty() || each->name() == upstream;
    if (leg != nullptr && is_meant && leg->stop_idle()) return true;
  }
  return false;
}

// Asked which era it speaks, which starts a process; the stateless one keeps it.
rt::Task<void> Plane::boot_process(std::shared_ptr<Upstream> upstream) {
  StdioLeg& leg = *upstream->stdio();
  const Time deadline = upstream->shard().now() + leg.settings().start_timeout;
  const auto speaks = co_await upstream->speaks_modern(deadline);
  if (speaks && *speaks) co_await leg.shared().boot();
}

rt::Task<void> Plane::ask_eras(std::shared_ptr<Upstreams> unasked) {
  while (!unasked->empty()) {
    const std::shared_ptr<Upstream> upstream = std::move(unasked->back());
    unasked->pop_back();
    const auto speaks = co_await upstream->speaks_modern(kNever);
    if (!speaks && speaks.error().kind() == ErrorKind::cancelled) break;
  }
}

Plane* Plane::home_of(Upstream& upstream) noexcept {
  const StdioLeg* const leg = upstream.stdio();
  if (leg == nullptr || !leg->shares_stateless()) return this;
  return planes_[std::hash<std::string_view>{}(upstream.name()) % planes_.size()];
}

// Clients that all come back after a restart would wait for the era with everything that they have
// brought. One that cannot be reached is asked again by the first who needs it.
void Plane::boot(const Upstreams& upstreams) {
  const auto unasked = std::make_shared<Upstreams>();
  for (const auto& upstream : upstreams) {
    StdioLeg* const leg = upstream->stdio();
    if (leg == nullptr) {
      if (upstream->settings().era == EraChoice::automatic) unasked->push_back(upstream);
    } else if (leg->settings().start == ChildStart::at_boot && leg->shares_stateless() &&
               home_of(*upstream) == this) {
      services_.shard.tasks().spawn(boot_process(upstream));
    }
  }
  std::ranges::reverse(*unasked);  // Taken from the back.
  for (std::size_t i = std::min(kBootProbesMax, unasked->size()); i != 0; --i) {
    services_.shard.tasks().spawn(ask_eras(unasked));
  }
}

void Plane::boot() {
  boot(upstreams_);
}

// Those of former generations too. A copy, since a reload may come in between.
rt::Task<void> Plane::stop_children() {
  Upstreams all = upstreams_;
  all.insert(all.end(), retired_upstreams_.begin(), retired_upstreams_.end());
  for (const auto& upstream : all) {
    if (upstream->stdio() != nullptr) co_await upstream->stdio()->stop_all();
  }
}

FederatedRoute* Plane::federated(std::string_view path) const noexcept {
  const auto found = std::ranges::find(endpoints_, path, &Endpoint::path);
  return found == endpoints_.end() ? nullptr : (*found)->federated();
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
  for (const auto& endpoint : endpoints_) {
    routes.push_back({.path = endpoint->path(),
                      .methods = {"POST", "GET", "DELETE", "OPTIONS"},
                      .handler = endpoint,
                      .summary = "MCP, Streamable HTTP of both eras"});
  }
  return routes;
}

std::shared_ptr<net::HttpHandler> Plane::handler(std::string_view path) const {
  for (const auto& endpoint : endpoints_) {
    if (endpoint->path() == path) return endpoint;
  }
  return nullptr;
}

// --- generations ---------------------------------------------------------------------------------

const Limits& Plane::remember(const Limits& limits) {
  for (const Limits& known : all_limits_) {
    if (known == limits) return known;
  }
  return all_limits_.emplace_front(limits);
}

std::shared_ptr<Upstream> Plane::make_upstream(const UpstreamSettings& settings,
                                               net::TlsClient* tls) {
  const Upstream::Services parts{.shard = services_.shard,
                                 .resolver = services_.resolver,
                                 .tls = tls,
                                 .children = services_.children,
                                 .definitions = services_.definitions,
                                 .make_room = [this](std::string_view of) { make_room_for(of); },
                                 .metrics = services_.metrics,
                                 .log = services_.log};
  return std::make_shared<Upstream>(parts, settings, *limits_);
}

// In the order of the settings.
Plane::Upstreams Plane::upstreams_of(const Settings& settings,
                                     std::span<net::TlsClient* const> tls) {
  JUNCTOR_ASSERT(tls.size() == settings.upstreams.size());
  std::unordered_map<std::string_view, std::shared_ptr<Upstream>> known;
  for (const auto& upstream : upstreams_) known.emplace(upstream->name(), upstream);
  Upstreams upstreams;
  upstreams.reserve(settings.upstreams.size());
  for (std::size_t i = 0; i < settings.upstreams.size(); ++i) {
    const UpstreamSettings& wanted = settings.upstreams[i];
    const auto found = known.find(wanted.name.view());
    const bool stays = found != known.end() && found->second->settings() == wanted;
    upstreams.push_back(stays ? found->second : make_upstream(wanted, tls[i]));
    upstreams.back()->set_limits(*limits_);
  }
  return upstreams;
}

// The one that is there, where nothing of it has changed.
std::shared_ptr<Endpoint> Plane::endpoint_of(const RouteSettings& route) {
  const auto known = std::ranges::find(endpoints_, route.path, &Endpoint::path);
  Endpoint* const before = known == endpoints_.end() ? nullptr : known->get();
  if (route.members.empty()) {
    const std::shared_ptr<Upstream>& upstream = upstreams_[route.upstream];
    if (before != nullptr && before->is_of(*upstream)) return *known;
    return std::make_shared<Endpoint>(*this, route.path, upstream);
  }
  Upstreams members;
  for (const std::size_t index : route.members) members.push_back(upstreams_[index]);
  FederatedRoute* const federated = before == nullptr ? nullptr : before->federated();
  if (federated != nullptr && federated->naming() == route.naming &&
      federated->try_set_members(members)) {
    federated->keeper().set_limits(*limits_);
    return *known;
  }
  return std::make_shared<Endpoint>(*this, route.path, std::move(members), route.naming);
}

void Plane::apply(const Settings& settings, std::span<net::TlsClient* const> tls) {
  limits_ = &remember(settings.limits);
  sessions_->set_limits(limits_->sessions);
  const Upstreams upstreams_before = upstreams_;
  {
    Upstreams next = upstreams_of(settings, tls);
    const std::lock_guard lock{upstreams_mutex_};
    upstreams_ = std::move(next);
  }
  Endpoints endpoints;
  endpoints.reserve(settings.routes.size());
  for (const RouteSettings& route : settings.routes) endpoints.push_back(endpoint_of(route));
  endpoints_.swap(endpoints);
  retire(upstreams_before, endpoints);
  Upstreams added;
  for (const auto& upstream : upstreams_) {
    if (std::ranges::find(upstreams_before, upstream) == upstreams_before.end())
      added.push_back(upstream);
  }
  boot(added);
}

// Of what was, what is no more.
void Plane::retire(const Upstreams& upstreams, const Endpoints& endpoints) {
  for (const auto& endpoint : endpoints) {
    if (std::ranges::find(endpoints_, endpoint) != endpoints_.end()) continue;
    if (endpoint->federated() != nullptr) endpoint->federated()->retire();
    retired_endpoints_.push_back(endpoint);
  }
  for (const auto& upstream : upstreams) {
    if (std::ranges::find(upstreams_, upstream) != upstreams_.end()) continue;
    upstream->retire();
    retired_upstreams_.push_back(upstream);
  }
  if (!std::exchange(is_dropping_, true)) services_.shard.tasks().spawn(drop_retired());
}

// By looking: a reload is rare, and an event at the end of every call would cost something each
// time.
rt::Task<void> Plane::drop_retired() {
  const auto is_over = [](Session& session) {
    FederatedSession* const federated = session.federated();
    return federated != nullptr ? federated->route().is_retired() : session.upstream().is_retired();
  };
  bool has_any = true;
  for (Duration look = kRetiredLookMin; has_any; look = std::min(look * 2, kRetiredLookMax)) {
    sessions_->end_some(is_over);
    std::erase_if(retired_endpoints_, [](const auto& each) { return !each->is_in_use(); });
    while (auto unused = take_unused()) {
      StdioLeg* const leg = unused->stdio();
      if (leg != nullptr) co_await leg->stop_all();
      // Only a shard that ends does not wait for them; the plane goes after them.
      if (leg != nullptr && leg->status().children != 0) {
        retired_upstreams_.push_back(std::move(unused));
        co_return;
      }
    }
    has_any = drop_former_members() || !retired_endpoints_.empty() || !retired_upstreams_.empty();
    if (!has_any) break;
    if (co_await rt::sleep_until(services_.shard.now() + look) != rt::Wake::timeout) break;
  }
  is_dropping_ = false;
}

// True while federated routes have some.
bool Plane::drop_former_members() noexcept {
  bool has_any = false;
  for (const auto& endpoint : endpoints_) {
    if (endpoint->federated() != nullptr && endpoint->federated()->drop_former()) has_any = true;
  }
  return has_any;
}

// An upstream that nobody else has any more.
std::shared_ptr<Upstream> Plane::take_unused() {
  const auto unused = std::ranges::find_if(retired_upstreams_,
                                           [](const auto& each) { return each.use_count() == 1; });
  if (unused == retired_upstreams_.end()) return nullptr;
  std::shared_ptr<Upstream> taken = std::move(*unused);
  retired_upstreams_.erase(unused);
  return taken;
}

// --- what it says of itself ----------------------------------------------------------------------

Status joined(Status a, const Status& b) {
  using Reach = UpstreamStatus::Reach;
  for (const UpstreamStatus& other : b.upstreams) {
    const auto found = std::ranges::find(a.upstreams, other.name, &UpstreamStatus::name);
    if (found == a.upstreams.end()) {
      a.upstreams.push_back(other);
      continue;
    }
    if (found->reach == Reach::unknown || other.reach == Reach::up) found->reach = other.reach;
    found->connections += other.connections;
    found->children.is_stdio = found->children.is_stdio || other.children.is_stdio;
    found->children.children += other.children.children;
    found->children.crashes += other.children.crashes;
    found->children.backs_off = found->children.backs_off || other.children.backs_off;
    // Watched for all shards at once; what came between the two questions counts.
    if (found->changed_tools.size() < other.changed_tools.size())
      found->changed_tools = other.changed_tools;
  }
  a.sessions += b.sessions;
  return a;
}

Status Plane::status() const {
  Status status;
  const std::lock_guard lock{upstreams_mutex_};
  status.upstreams.reserve(upstreams_.size());
  for (const auto& upstream : upstreams_) status.upstreams.push_back(upstream->status());
  status.sessions = sessions_->size();
  return status;
}

}  // namespace junctor::agent
