#include "app/shard_host.h"

#include <utility>

#include "base/assert.h"
#include "rt/event.h"

namespace junctor::app {
namespace {

// How often a draining shard looks whether its connections are gone.
constexpr Duration kDrainLook = std::chrono::milliseconds{20};

}  // namespace

// A shard and all that belongs to it alone, made by the main thread and handed to the shard's by
// start().
ShardHost::ShardHost(std::size_t index, rt::Clock& clock, LogRing& ring, control::Health& health)
    : index_{index},
      health_{health},
      log_{ring, "app"},
      shard_{index, io_, clock, random_},
      resolver_{shard_, io_, {}} {}

ShardHost::~ShardHost() {
  JUNCTOR_ASSERT(!thread_.joinable() && shard_.tasks().size() == 0);
}

// One TLS context per file of authorities, since reading the system's store takes a while.
// Kept for as long as the host: calls of former generations may use it. The shard's thread never
// looks into the map.
Result<ShardHost::TlsClients> ShardHost::prepare_blocking(const agent::Settings& settings) {
  TlsClients tls;
  for (const agent::UpstreamSettings& upstream : settings.upstreams) {
    if (upstream.is_stdio() || upstream.url.scheme != net::Url::Scheme::https) {
      tls.push_back(nullptr);
      continue;
    }
    auto& client = tls_[upstream.ca_file];
    if (!client) {
      JUNCTOR_TRY(client, net::TlsClient::make_blocking({.ca_file = upstream.ca_file}));
    }
    tls.push_back(client.get());
  }
  return tls;
}

Result<> ShardHost::add_plane_blocking(const agent::Settings& settings, const wire::KeyRing& seal,
                                       agent::ChildBudget& children,
                                       agent::DefinitionWatch& definitions) {
  JUNCTOR_ASSERT(!plane_ && !thread_.joinable());
  JUNCTOR_TRY(TlsClients tls, prepare_blocking(settings));
  const rt::Shard::Entered entered{shard_};
  plane_ = std::make_unique<agent::Plane>(agent::Plane::Services{.shard = shard_,
                                                                 .resolver = resolver_,
                                                                 .tls = std::move(tls),
                                                                 .seal = seal,
                                                                 .children = children,
                                                                 .definitions = definitions,
                                                                 .metrics = metrics_,
                                                                 .log = log_.with("agent")},
                                          settings);
  for (net::HttpRoute& route : plane_->routes()) JUNCTOR_CHECK(router_.add(std::move(route)));
  return {};
}

bool ShardHost::try_apply(std::shared_ptr<const agent::Settings> settings, TlsClients tls) {
  JUNCTOR_ASSERT(plane_ != nullptr);
  return shard_.post([this, settings = std::move(settings), tls = std::move(tls)] {
    apply(*settings, tls);
    applied_.fetch_add(1, std::memory_order_release);
  });
}

// Between two rounds: no connection is looking for its handler. Those that found one keep to it,
// and the plane keeps it for them.
void ShardHost::apply(const agent::Settings& settings, const TlsClients& tls) {
  plane_->apply(settings, tls);
  net::Router next;
  for (net::HttpRoute& route : plane_->routes()) JUNCTOR_ASSERT(next.add(std::move(route)));
  for (const net::HttpRoute& route : fixed_routes_) JUNCTOR_ASSERT(next.add(route));
  router_ = std::move(next);
}

// Entered again, though its thread is gone: what the plane frees belongs to the shard.
void ShardHost::drop_plane() noexcept {
  JUNCTOR_ASSERT(!thread_.joinable());
  const rt::Shard::Entered entered{shard_};
  plane_.reset();
}

Result<> ShardHost::add_routes(std::vector<net::HttpRoute> routes) {
  for (net::HttpRoute& route : routes) {
    JUNCTOR_CHECK(router_.add(route));
    fixed_routes_.push_back(std::move(route));
  }
  return {};
}

Result<> ShardHost::listen(net::HttpServer::Options options) {
  JUNCTOR_ASSERT(!server_ && !thread_.joinable());
  const rt::Shard::Entered entered{shard_};
  server_ = std::make_unique<net::HttpServer>(shard_, std::move(options), router_, metrics_,
                                              log_.with("net"));
  return server_->start();
}

// The heart beats from the first round, or a slow start would look like a hang.
void ShardHost::start() {
  JUNCTOR_ASSERT((server_ || plane_) && !thread_.joinable());
  thread_ = std::thread{[this] {
    {
      const rt::Shard::Entered entered{shard_};
      shard_.tasks().spawn(beat_regularly());
      if (plane_) plane_->boot();
    }
    shard_.run();
    ended_.store(true, std::memory_order_release);
  }};
}

void ShardHost::drain() {
  const bool posted = shard_.post([this] {
    server_->drain();
    if (plane_) plane_->drain();
    shard_.tasks().spawn(wait_drained());
  });
  // A full inbox is a shard that hangs; the drain's timeout ends it.
  if (!posted) log_.warn("drain_not_posted", "a shard's inbox is full; it will be stopped instead");
}

void ShardHost::join() {
  if (thread_.joinable()) {
    thread_.join();
  } else if (!ended()) {
    shard_.run();  // Never started: what was wired ends here.
    ended_.store(true, std::memory_order_release);
  }
}

// A shard that does not come round any more beats no more: that is what liveness is asked by.
rt::Task<void> ShardHost::beat_regularly() {
  do {
    health_.beat(index_, shard_.now());
  } while (co_await rt::sleep_until(shard_.now() + control::kBeatInterval) == rt::Wake::timeout);
}

// By looking: a drain takes seconds, and an event at every connection's end would cost something
// each time.
rt::Task<void> ShardHost::wait_drained() {
  while (server_->connections() > 0) {
    if (co_await rt::sleep_until(shard_.now() + kDrainLook) != rt::Wake::timeout) co_return;
  }
  if (plane_) co_await plane_->stop_children();
  drained_.store(true, std::memory_order_release);
}

}  // namespace junctor::app
