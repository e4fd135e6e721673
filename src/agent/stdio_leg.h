#pragma once
// StdioLeg: the way to an upstream that is a program: it starts its processes, watches over them,
// and ends them.
//
// A process belongs to whoever it was started for: a client session of the session era has one of
// its own (agent/stdio_twin.h), the stateless era shares one (agent/stdio_shared.h), a probe throws
// its own away. Started processes are counted over all shards; an idle one makes room for a new
// one. A process that ends by itself soon after its start delays the next start, twice as long each
// time.
//
// Source:  MCP 2025-11-25 basic/lifecycle (shutdown over stdio), 2026-07-28 basic/transports
//          (stdio).
// Limits:  StdioSettings; kRoomWait for an idle process to make room.
// Errors:  unavailable "upstream_unavailable" (cannot be started, or was too often in vain),
//          rate_limited "upstream_busy" (all processes are in use), deadline_exceeded, cancelled.
// Threads: one shard; status() from all.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/child_budget.h"
#include "agent/settings.h"
#include "agent/status.h"
#include "agent/stdio_connection.h"
#include "base/log.h"
#include "base/metrics.h"
#include "rt/child.h"
#include "rt/shard.h"

namespace junctor::agent {

class StdioHub;
class StdioShared;
class StdioTwin;

// Of the gateway's own environment a process is given these, where they are set; a server that
// needs more is given it by `env:`.
inline constexpr std::string_view kInheritedVariables[] = {
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR"};

class StdioLeg {
 public:
  static constexpr Duration kRoomWait = std::chrono::seconds{5};
  static constexpr Duration kBackoffWait = std::chrono::seconds{2};
  // A process that ran for so long was no failed start.
  static constexpr Duration kStable = std::chrono::seconds{10};

  struct Services {
    rt::Shard& shard;
    ChildBudget& budget;
    // Asks that some idle process be stopped: of the upstream of that name, or of any if it is
    // empty.
    std::function<void(std::string_view of)> make_room;
    Metrics& metrics;
    Logger log;
  };
  StdioLeg(Services services, const UpstreamSettings& settings, const Limits& limits);
  ~StdioLeg();
  StdioLeg(const StdioLeg&) = delete;
  StdioLeg& operator=(const StdioLeg&) = delete;

  // From the next start on.
  void set_limits(const Limits& limits) noexcept { limits_ = &limits; }

  // A new process. It is carried on by a task of the shard, whoever holds it.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> start(Time deadline);
  // Whether it speaks the modern era: a process is asked and thrown away, since some servers end
  // when they are asked what they do not know. Silence means no.
  [[nodiscard]] rt::Task<Result<bool>> probe(Time deadline);
  // The process of the stateless era: that of all clients, unless each call has its own. What a
  // federated route asks on its own account goes there in any case.
  [[nodiscard]] StdioShared& shared() noexcept { return *shared_; }
  [[nodiscard]] bool shares_stateless() const noexcept {
    return settings().isolation != ChildIsolation::request;
  }

  // The process behind the sessions of that version that share one.
  [[nodiscard]] StdioHub& hub(const wire::VersionFacts& version);

  [[nodiscard]] rt::Shard& shard() noexcept { return services_.shard; }
  [[nodiscard]] const StdioSettings& settings() const noexcept { return settings_.stdio; }
  [[nodiscard]] std::string_view name() const noexcept { return settings_.name.view(); }

  void add(StdioTwin& twin) { twins_.push_back(&twin); }
  void remove(StdioTwin& twin) noexcept { std::erase(twins_, &twin); }
  // Stops the process that has been idle longest; false when each is in use.
  bool stop_idle() noexcept;
  // Ends all processes; returns when they are gone.
  [[nodiscard]] rt::Task<void> stop_all();
  [[nodiscard]] StdioStatus status() const;

 private:
  [[nodiscard]] rt::Task<Result<>> take_place(Time deadline);
  [[nodiscard]] rt::Task<void> keep(std::shared_ptr<StdioConnection> connection, Time started);
  void note_end(const StdioConnection& connection, Time started);
  [[nodiscard]] rt::ChildSpec spec() const;

  Services services_;
  const UpstreamSettings& settings_;
  std::shared_ptr<ChildBudget::Share> share_;
  const Limits* limits_;
  Logger log_;
  std::vector<StdioTwin*> twins_;
  std::vector<StdioConnection*> running_;
  rt::Event ended_;  // One process less.
  std::unique_ptr<StdioShared> shared_;
  std::vector<std::unique_ptr<StdioHub>> hubs_;  // At most one a version.
  Time not_before_{};                            // Of the next start.
  std::size_t failures_ = 0;                     // Starts in a row that came to nothing.
  std::atomic<std::size_t> children_{0};
  std::atomic<std::size_t> crashes_{0};
  std::atomic<bool> backs_off_{false};
  Gauge& running_gauge_;
  Counter& starts_;
  Counter& crashed_;
  Counter& garbage_;
  Counter& errors_lost_;
};

}  // namespace junctor::agent
