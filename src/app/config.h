#pragma once
// Everything an operator can set, as plain values: what `junctor.yaml` says, or the defaults below.
//
// A Config is parsed and checked as a whole and never changes afterwards. A file with problems
// gives no Config but all of its problems at once, each with its place. Where a room has limits of
// its own, its struct is a member here, so that a default is written once. The rows that read,
// describe and bound each member are in app/config_settings.h.
//
// Limits:  kConfigBytesMax per file (and per ${file:...}), kUpstreamsMax upstreams, kRoutesMax
//          routes.
// Errors:  ConfigProblems; a value is never repeated in one where it may be a secret.
// Threads: values; immutable once made, then safe from all.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/settings.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/units.h"
#include "net/http_server.h"
#include "rt/endpoint.h"

namespace junctor::app {

inline constexpr std::size_t kConfigBytesMax = 1_MiB;
inline constexpr std::size_t kUpstreamsMax = 1000;
inline constexpr std::size_t kRoutesMax = 1000;
inline constexpr std::size_t kUpstreamNameBytesMax = 64;
inline constexpr std::size_t kShardsMax = 256;

struct ListenConfig {
  rt::Endpoint http = rt::Endpoint::ipv4({127, 0, 0, 1}, 8080);
  // Health, metrics and version, on a thread of its own. Nothing: they are served on `http`.
  std::optional<rt::Endpoint> admin;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
};

// What makes a running gateway read its file again, beside a signal and POST /reload.
enum class ReloadMode : std::uint8_t { signal, watch };

// Who may call. `unset` is enough on a loopback address only.
enum class AuthMode : std::uint8_t { unset, none };

// `upstream:` makes an identity route, `upstreams:` a federated one, however many it names.
struct RouteConfig {
  std::string path;
  UpstreamName upstream;
  std::vector<UpstreamName> members = {};
  agent::Naming naming = agent::Naming::collision;

  [[nodiscard]] bool operator==(const RouteConfig& other) const = default;
};

enum class LogFormatChoice : std::uint8_t { automatic, json, text };
enum class AccessLog : std::uint8_t { off, sampled, full };

struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormatChoice format = LogFormatChoice::automatic;  // Text on a terminal, else JSON lines.
  AccessLog access = AccessLog::off;
  std::uint32_t access_one_in = 100;  // With `sampled`.
};

struct DrainConfig {
  Duration delay{0};                            // Not ready, but still accepting.
  Duration timeout = std::chrono::seconds{25};  // For the calls that run then.
};

struct Config {
  ListenConfig listen;
  AuthMode auth = AuthMode::unset;
  std::size_t shards = 0;  // 0: one per CPU that this process may use.
  net::HttpLimits http;    // `limits`; what both rooms bound stands here and counts for both.
  agent::Limits agent;     // `limits` and `sessions`.
  agent::UpstreamSettings upstream_defaults;  // Without name, url and headers.
  std::vector<agent::UpstreamSettings> upstreams;
  std::vector<RouteConfig> routes;
  LogConfig log;
  DrainConfig drain;
  ReloadMode reload = ReloadMode::signal;
  std::vector<Secret> seal_keys;  // The first seals, all open; none: a random one per start.
};

// What `junctor serve` runs on without a file: the defaults, and an admin listener on port 8081.
[[nodiscard]] Config default_config();

// The part of the agent plane.
[[nodiscard]] agent::Settings agent_settings(const Config& config);

struct ConfigProblem {
  std::size_t line = 0;  // From 1; 0 when the problem is not in one place.
  std::size_t column = 0;
  std::string path;      // "upstreams[0].era"; empty for the file itself.
  std::string sentence;  // What was expected.
};
using ConfigProblems = std::vector<ConfigProblem>;  // In the order of the file.

// "junctor.yaml:12:5: upstreams[0].era: expected ..."
[[nodiscard]] std::string describe(const ConfigProblem& problem, std::string_view file);

// What ${env:NAME} and ${file:PATH} stand for; tests give their own.
struct ConfigSources {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  std::function<Result<std::string>(const std::string& path)> file_blocking;
};
// The process's environment, and files relative to `folder`.
[[nodiscard]] ConfigSources system_sources(std::string folder);

[[nodiscard]] std::expected<Config, ConfigProblems> parse_config(std::string_view text,
                                                                 const ConfigSources& sources);
// Reads the file; its folder is where ${file:...} and relative file names begin.
[[nodiscard]] std::expected<Config, ConfigProblems> load_config_blocking(const std::string& path);

}  // namespace junctor::app
