#pragma once
// ShardHost: one thread of the running program with everything that lives on it: the shard and what
// it is made of, its metric cells, its log ring, the agent plane if it serves agents, its listener.
//
// Life: made and wired on the main thread, start() gives it its thread, drain() and stop() may be
// called from any, join() waits. The invariant is the order of destruction: connections (ended when
// the thread is joined), the plane, the shard, and last the Io below it.
//
// Errors:  unavailable where an address cannot be bound or certificates cannot be read.
// Threads: make, wire and join from the main thread; drain(), stop() and drained() from all.

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/plane.h"
#include "base/log.h"
#include "base/metrics.h"
#include "control/health.h"
#include "net/ares_resolver.h"
#include "net/http_server.h"
#include "net/tls.h"
#include "rt/clock.h"
#include "rt/kernel_io.h"
#include "rt/shard.h"

namespace junctor::app {

class ShardHost {
 public:
  // `clock`, `ring` and `health` outlive the host. `index` is that of its beat in `health`.
  ShardHost(std::size_t index, rt::Clock& clock, LogRing& ring, control::Health& health);
  ~ShardHost();
  ShardHost(const ShardHost&) = delete;
  ShardHost& operator=(const ShardHost&) = delete;

  // Makes the agent plane. Reads certificates when an upstream is https.
  [[nodiscard]] Result<> add_plane_blocking(const agent::Settings& settings,
                                            const wire::KeyRing& seal, agent::ChildBudget& children,
                                            agent::DefinitionWatch& definitions);
  // The next generation of its plane, once it runs. Certificates are read by prepare, which changes
  // nothing; apply() hands both to the shard, in order with what else is posted there, and
  // applied() counts those that have arrived. False: its inbox is full, and nothing was handed.
  using TlsClients = std::vector<net::TlsClient*>;
  [[nodiscard]] Result<TlsClients> prepare_blocking(const agent::Settings& settings);
  [[nodiscard]] bool try_apply(std::shared_ptr<const agent::Settings> settings, TlsClients tls);
  [[nodiscard]] std::size_t applied() const noexcept {
    return applied_.load(std::memory_order_acquire);
  }
  [[nodiscard]] agent::Plane& plane() noexcept { return *plane_; }
  // Ends the plane, so that all planes end before the first shard does. After join().
  void drop_plane() noexcept;

  // Adds a table to the router, beside the plane's own, which is there from the beginning. Errors:
  // conflict.
  [[nodiscard]] Result<> add_routes(std::vector<net::HttpRoute> routes);
  // Binds and listens; nothing is accepted before start().
  [[nodiscard]] Result<> listen(net::HttpServer::Options options);
  [[nodiscard]] const rt::Endpoint& bound() const noexcept { return server_->bound(); }

  // Serves what it listens on; a host without a listener serves what is posted to its shard.
  void start();
  // Of a host that listens. No new connections, idle ones close, each other after its request;
  // drained() when all are gone.
  void drain();
  [[nodiscard]] bool drained() const noexcept { return drained_.load(std::memory_order_acquire); }
  // Cancels everything; join() waits for it, and is needed for a host that was never started, too.
  void stop() { shard_.stop(); }
  [[nodiscard]] bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }
  void join();

  [[nodiscard]] Metrics& metrics() noexcept { return metrics_; }
  [[nodiscard]] const rt::Shard& shard() const noexcept { return shard_; }

 private:
  void apply(const agent::Settings& settings, const TlsClients& tls);
  rt::Task<void> beat_regularly();
  rt::Task<void> wait_drained();

  std::size_t index_;
  control::Health& health_;
  Logger log_;
  rt::KernelIo io_;
  rt::SystemRandom random_;
  Metrics metrics_;
  rt::Shard shard_;
  net::AresResolver resolver_;
  std::map<std::string, std::unique_ptr<net::TlsClient>> tls_;  // By the file of certificates.
  std::unique_ptr<agent::Plane> plane_;
  std::vector<net::HttpRoute> fixed_routes_;  // Those of add_routes().
  net::Router router_;
  std::atomic<std::size_t> applied_{0};
  std::unique_ptr<net::HttpServer> server_;
  std::atomic<bool> drained_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace junctor::app
