#pragma once
// The control plane's HTTP table: /livez, /readyz, /metrics and /version.
//
// Pure reading: nothing here changes the process. Of the planes it knows what `ControlSources`
// hands it. A handler answers at once and never waits for another shard, so that health is told
// even when one hangs.
//
// Source:  RFC 9110 sections 9.3.2 (HEAD) and 12.5.1 (Accept).
// Limits:  none of its own; series are bounded by base/metrics.h.
// Errors:  503 when a check fails.
// Threads: what ControlSources gives must be safe from all threads; the handlers keep no state.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/status.h"
#include "base/metrics.h"
#include "control/exposition.h"
#include "control/health.h"
#include "net/http.h"
#include "rt/clock.h"

namespace junctor::control {

inline constexpr std::string_view kPaths[] = {"/livez", "/readyz", "/metrics", "/version"};

struct ControlSources {
  const Health& health;
  rt::Clock& clock;
  std::vector<Metrics*> metrics;  // The cells of all shards; they outlive the table.
  std::function<std::uint64_t()> log_lines_lost;
  std::function<std::uint64_t()> inbox_refused;  // Messages that found a shard's inbox full.
  std::function<agent::Status()> agent;          // Of all shards together.
};

// The bodies, for whoever has no listener.
[[nodiscard]] std::string version_json();
[[nodiscard]] std::string metrics_text(const ControlSources& sources, Dialect dialect);
// The checks, one line each, as ?verbose shows them; then what is worth knowing but is none.
[[nodiscard]] std::string health_text(const ControlSources& sources, Time now);

// `sources` outlives the handlers.
[[nodiscard]] std::vector<net::HttpRoute> control_routes(const ControlSources& sources);

}  // namespace junctor::control
