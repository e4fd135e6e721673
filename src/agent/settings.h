#pragma once
// What the agent plane is told by the configuration: upstreams, routes and limits, as plain values.
//
// Threads: immutable; shared by all shards.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/naming.h"
#include "agent/selection.h"
#include "agent/upstream_header.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/units.h"
#include "net/http_client.h"
#include "net/url.h"
#include "rt/confinement.h"

namespace junctor::agent {

// `automatic`: found out when first needed, and both are used where the upstream speaks both.
enum class EraChoice : std::uint8_t { automatic, legacy, modern };

struct CallTimeouts {
  // Until an upstream begins to answer; upstream_timeout then.
  Duration first_byte = std::chrono::seconds{60};
  // Between two pieces of an answer. Streams that wait for events have none.
  Duration idle = std::chrono::minutes{5};
  // A whole call, unless it is a stream of events that was asked for as such.
  Duration total = std::chrono::minutes{10};

  [[nodiscard]] bool operator==(const CallTimeouts& other) const = default;
};

// When the process of an upstream is started: by the first who needs it, or with the gateway.
enum class ChildStart : std::uint8_t { on_demand, at_boot };

// Who has a process together. session: each client session of the session era has its own, and all
// clients of the stateless era share one. request: each call of the stateless era has its own, too.
// shared: sessions share as well, where their clients cannot be asked anything.
enum class ChildIsolation : std::uint8_t { session, request, shared };

// An upstream that is a program, spoken to over its standard streams.
struct StdioSettings {
  struct Variable {
    std::string name;
    Secret value;

    [[nodiscard]] bool operator==(const Variable& other) const = default;
  };
  std::vector<std::string> command;   // argv; never a shell.
  std::vector<Variable> environment;  // Beside kInheritedVariables.
  std::string folder;                 // Where it runs; empty: where the gateway runs.
  ChildStart start = ChildStart::on_demand;
  ChildIsolation isolation = ChildIsolation::session;
  std::size_t children_max = 32;  // Of this upstream, in this process; an idle one makes room.
  Duration idle_timeout = std::chrono::minutes{10};   // A process without a call is stopped then.
  Duration start_timeout = std::chrono::seconds{60};  // Until it answers for the first time.
  Duration stop_grace = std::chrono::seconds{2};      // For it to end at EOF, then at TERM.
  Duration backoff_min = std::chrono::milliseconds{500};  // Before it is started again after it
  Duration backoff_max = std::chrono::seconds{60};        // ended by itself; doubled each time.
  // Of each process; 0: as the gateway itself was given.
  std::uint64_t memory_bytes_max = 0;  // Of address space.
  std::uint64_t open_files_max = 0;
  std::uint64_t cpu_seconds_max = 0;
  std::uint32_t nice = 0;
  rt::Confinement confinement;
  // Of what it writes to its standard error; not a setting: who starts one by hand wants to see it.
  LogLevel errors_level = LogLevel::info;

  [[nodiscard]] bool operator==(const StdioSettings& other) const = default;
};

struct UpstreamSettings {
  UpstreamName name;
  net::Url url;         // One of the two: a URL,
  StdioSettings stdio;  // or a command.
  EraChoice era = EraChoice::automatic;
  std::vector<UpstreamHeader> headers;  // Sent with each request.
  CallTimeouts timeouts;
  net::ClientLimits client;
  std::string ca_file;
  Selection selection;

  [[nodiscard]] bool is_stdio() const noexcept { return !stdio.command.empty(); }
  [[nodiscard]] bool operator==(const UpstreamSettings& other) const = default;
};

// An identity route has one upstream, whose names, lists and cursors pass unchanged; a federated
// one has members, whose lists are merged. An upstream that is offered in part has no identity
// route: what is left out could be asked for.
struct RouteSettings {
  std::string path;
  std::size_t upstream = 0;               // Index into Settings::upstreams; of an identity route.
  std::vector<std::size_t> members = {};  // The same; empty: an identity route.
  Naming naming = Naming::collision;
};

struct SessionLimits {
  Duration idle_timeout = std::chrono::minutes{30};  // Without a request or an open stream.
  std::size_t max = 100'000;                         // Of this process; 503 beyond.
  std::size_t max_per_client = 10'000;               // Per address; 429 beyond.
  std::size_t events_max = 256;  // Of a session, kept for resumption; the oldest goes first.
  std::size_t events_bytes_max = 1_MiB;
  std::size_t in_flight_max = 256;  // Requests of a session under way; 429 beyond.

  [[nodiscard]] bool operator==(const SessionLimits& other) const = default;
};

struct Limits {
  std::size_t body_bytes_max = 16_MiB;      // Of a request; 413 beyond.
  std::size_t answer_bytes_max = 64_MiB;    // Of an upstream's JSON answer; the call fails beyond.
  std::size_t event_bytes_max = 16_MiB;     // Of one event of an upstream; the call fails beyond.
  std::size_t backlog_bytes_max = 256_KiB;  // Unsent to a client: the upstream is not read beyond.
  std::size_t children_max = 256;  // Processes of all upstreams; an idle one makes room for a new.
  std::size_t in_flight_max = 4096;  // Calls of one upstream and shard; 503 beyond.
  Duration write_timeout =
      std::chrono::seconds{30};  // A client that takes nothing for that long is left.
  Duration keep_alive = std::chrono::seconds{15};  // Between comments on a quiet event stream.
  Duration cancel_grace =
      std::chrono::seconds{5};  // For an upstream to end a call that was cancelled.
  Duration list_timeout =
      std::chrono::seconds{10};  // For the members of a federated route to say what they offer.
  Duration catalog_ttl = std::chrono::minutes{5};  // Then a member is asked again.
  Duration probe_timeout = std::chrono::seconds{5};
  Duration legacy_verdict_ttl = std::chrono::minutes{5};  // Then an upstream is asked again.
  SessionLimits sessions;

  [[nodiscard]] bool operator==(const Limits& other) const = default;
};

struct Settings {
  std::vector<UpstreamSettings> upstreams;
  std::vector<RouteSettings> routes;
  Limits limits;
};

}  // namespace junctor::agent
