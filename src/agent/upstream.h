#pragma once
// Upstream: one MCP server behind the gateway, as one shard sees it: the way to it (a leg: a URL or
// processes), which eras it speaks, and its counters.
//
// An upstream may speak both eras. Each is found out when first needed: the session era by the
// first `initialize`, which is relayed and answers for itself; the stateless one by a
// `server/discover` of ours, one at a time. An answer of any MCP kind is evidence; 401, 403, 5xx,
// and silence are none, and are reported instead.
//
// Who keeps it beyond a wait holds a shared_ptr: a plane lets go of an upstream that is retired
// when nobody else has it.
//
// Source:  MCP 2026-07-28 basic/versioning (dual-era clients), basic/transports (headers).
// Limits:  Limits::in_flight_max calls; ::probe_timeout; a verdict "does not speak it" lasts
//          ::legacy_verdict_ttl.
// Threads: one shard; status() from all.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/settings.h"
#include "agent/status.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "wire/mcp.h"

namespace junctor::agent {

class ChildBudget;
class DefinitionWatch;
class HttpLeg;
class StdioLeg;

// How a call ended, for the counters.
enum class CallOutcome : std::uint8_t { ok, error_answer, failed, cancelled, refused };
inline constexpr std::size_t kCallOutcomeCount = 5;

class Upstream : public std::enable_shared_from_this<Upstream> {
 public:
  // What it is made of on its shard. `tls` may be null for an upstream that is not https.
  struct Services {
    rt::Shard& shard;
    net::Resolver& resolver;
    net::TlsClient* tls = nullptr;
    ChildBudget& children;
    DefinitionWatch& definitions;
    std::function<void(std::string_view)> make_room;  // As StdioLeg::Services has it.
    Metrics& metrics;
    Logger log;
  };
  Upstream(const Services& services, UpstreamSettings settings, const Limits& limits);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  // What counts from now on, for calls that begin.
  void set_limits(const Limits& limits) noexcept;
  [[nodiscard]] const UpstreamSettings& settings() const noexcept { return settings_; }
  // The configuration has it no more: what runs on it ends in its own time, and nothing begins.
  void retire() noexcept;
  [[nodiscard]] bool is_retired() const noexcept { return is_retired_; }

  [[nodiscard]] std::string_view name() const noexcept { return settings_.name.view(); }
  // What of it is offered; null: everything.
  [[nodiscard]] const std::shared_ptr<const Selection>& selection() const noexcept {
    return selection_;
  }
  [[nodiscard]] const CallTimeouts& timeouts() const noexcept { return settings_.timeouts; }
  // The way to it: one of the two.
  [[nodiscard]] HttpLeg& http() noexcept {
    JUNCTOR_ASSERT(http_ != nullptr);
    return *http_;
  }
  [[nodiscard]] StdioLeg* stdio() noexcept { return stdio_.get(); }
  [[nodiscard]] rt::Shard& shard() noexcept { return shard_; }

  // Whether it may be sent a request of that era. Asks it first when that is not known.
  // Errors: unavailable, deadline_exceeded, cancelled: no evidence.
  [[nodiscard]] rt::Task<Result<bool>> speaks_modern(Time deadline);
  // A subscription of a client, for end_subscriptions(); remove it before its end.
  void add_subscription(rt::Cancellation& scope) { subscriptions_.push_back(&scope); }
  void remove_subscription(rt::Cancellation& scope) noexcept { std::erase(subscriptions_, &scope); }
  void end_subscriptions() noexcept {
    for (rt::Cancellation* scope : subscriptions_) scope->request();
  }
  // What is known already, without asking.
  [[nodiscard]] bool surely_speaks_modern() const noexcept { return modern_ == Verdict::yes; }
  // Only a setting forbids it: the answer to `initialize` says the rest.
  [[nodiscard]] bool may_speak_legacy() const noexcept {
    return settings_.era != EraChoice::modern;
  }

  // One call under way; refused when there are too many.
  [[nodiscard]] bool try_admit() noexcept { return in_flight_.try_take(1); }
  void settle(const wire::MethodFacts* method, CallOutcome outcome, Duration took) noexcept;
  // What the last attempt to reach it said; null: it went well.
  void note_attempt(const Error* error) noexcept;
  // Its lists as they were read just now: tools that are not what they first were are logged and
  // counted.
  void note_definitions(wire::Era era, const Listing& listing);
  [[nodiscard]] UpstreamStatus status() const;

 private:
  enum class Verdict : std::uint8_t { unknown, yes, no };
  [[nodiscard, clang::coro_wrapper]] rt::Task<Result<bool>> probe(Time deadline);
  void note_reach(UpstreamStatus::Reach now) noexcept;
  [[nodiscard]] Counter& calls(const wire::MethodFacts* method, CallOutcome outcome);

  static constexpr std::size_t kMethods = 40;  // And one for all that we have no name for.

  rt::Shard& shard_;
  const UpstreamSettings settings_;
  const std::shared_ptr<const Selection> selection_;
  const Limits* limits_;
  Metrics& metrics_;
  DefinitionWatch& definitions_;
  Logger log_;
  std::unique_ptr<HttpLeg> http_;
  std::unique_ptr<StdioLeg> stdio_;
  Verdict modern_ = Verdict::unknown;
  Time verdict_until_ = kNever;
  bool probing_ = false;
  bool is_retired_ = false;
  std::optional<Error> probe_failure_;  // Of the last probe, for those who waited for it.
  rt::Event probed_;
  Quota in_flight_;
  std::vector<rt::Cancellation*> subscriptions_;
  // Made when first needed.
  std::array<std::array<Counter*, kCallOutcomeCount>, kMethods> calls_{};
  Histogram& duration_;
  Gauge& up_;
  Counter& definitions_changed_;
  Counter& definitions_unwatched_;
  std::atomic<UpstreamStatus::Reach> reach_{UpstreamStatus::Reach::unknown};
};

}  // namespace junctor::agent
