#pragma once
// The control plane's HTTP table: /livez, /readyz, /metrics and /version; and for those who operate
// the process, /status and /reload.
//
// Pure reading, but for /reload, which asks another thread to read the configuration again and
// answers with how that went. Of the planes it knows what `ControlSources`
// hands it. All others answer at once and never wait for another shard, so that health is told
// even when one hangs.
//
// Source:  RFC 9110 sections 9.3.2 (HEAD) and 12.5.1 (Accept).
// Limits:  kReloadWait for a reload; series are bounded by base/metrics.h.
// Errors:  503 when a check fails, or a reload is not over in time; 422 when it is refused.
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
#include "control/reload_desk.h"
#include "net/http.h"
#include "rt/clock.h"

namespace junctor::control {

inline constexpr std::string_view kPaths[] = {"/livez",   "/readyz", "/metrics",
                                              "/version", "/status", "/reload"};

// For the thread that reloads, which may be draining; then nobody answers.
inline constexpr Duration kReloadWait = std::chrono::seconds{30};

struct ControlSources {
  const Health& health;
  rt::Clock& clock;
  std::vector<Metrics*> metrics;  // The cells of all shards; they outlive the table.
  std::function<std::uint64_t()> log_lines_lost;
  std::function<std::uint64_t()> inbox_refused;  // Messages that found a shard's inbox full.
  std::function<agent::Status()> agent;          // Of all shards together.
  ReloadDesk* reloads = nullptr;                 // Null: nothing is told of reloads.
};

// The bodies, for whoever has no listener.
[[nodiscard]] std::string version_json();
[[nodiscard]] std::string metrics_text(const ControlSources& sources, Dialect dialect);
// The checks, one line each, as ?verbose shows them; then what is worth knowing but is none.
[[nodiscard]] std::string health_text(const ControlSources& sources, Time now);

// The state of the process as JSON, for those who operate it. Where reloads are told of.
[[nodiscard]] std::string status_json(const ControlSources& sources);

// Whether /status and /reload are there: only on a listener that is the operator's own.
enum class Operating : std::uint8_t { absent, offered };
// `sources` outlives the handlers.
[[nodiscard]] std::vector<net::HttpRoute> control_routes(const ControlSources& sources,
                                                         Operating operating);

}  // namespace junctor::control
