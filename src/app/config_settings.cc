#include "app/config_settings.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

#include "app/setting_units.h"
#include "base/text.h"
#include "base/units.h"
#include "wire/http1.h"
#include "wire/sealed_token.h"

namespace junctor::app {
namespace {

using enum SettingType;

// Limits of what the configuration itself may hold; they are in no file, since nobody tunes them.
constexpr std::size_t kRoutePathBytesMax = 1_KiB;

constexpr std::string_view kAuthChoices[] = {"none"};
constexpr std::string_view kNamingChoices[] = {"collision", "always", "never"};
constexpr std::string_view kLevelChoices[] = {"debug", "info", "warn", "error", "off"};
constexpr std::string_view kFormatChoices[] = {"auto", "json", "text"};
constexpr std::string_view kReloadChoices[] = {"signal", "watch"};
constexpr std::string_view kAccessChoices[] = {"off", "sampled", "full"};

// A path that no request could have would be a route that is never found.
void read_route_path(RouteConfig& route, const ConfigNode& node, const std::string& path,
                     const SettingFacts& facts, ProblemList& problems) {
  const ReadPlace place{node, path, facts, problems};
  std::string text;
  read_value(place, text);
  if (text.empty()) return;
  if (!wire::http1::is_plain_path(text)) {
    return place.problem(
        "expected a path such as /mcp: a / first, no %, no ;, no \\, no // "
        "and no dots alone between slashes");
  }
  route.path = std::move(text);
}

void read_route_upstream(RouteConfig& route, const ConfigNode& node, const std::string& path,
                         const SettingFacts& facts, ProblemList& problems) {
  if (!route.members.empty()) {
    return problems.add(node.mark, path, "a route has `upstream:` or `upstreams:`, not both");
  }
  read_upstream_name(route.upstream, {node, path, facts, problems});
}

void read_route_upstreams(RouteConfig& route, const ConfigNode& node, const std::string& path,
                          const SettingFacts& facts, ProblemList& problems) {
  if (node.kind != ConfigNode::Kind::list || node.items.empty()) {
    return problems.add(node.mark, path,
                        "expected a list of upstream names, as in [tickets, calendar]");
  }
  if (!route.upstream.empty()) {
    return problems.add(node.mark, path, "a route has `upstream:` or `upstreams:`, not both");
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    route.members.emplace_back();
    read_upstream_name(route.members.back(),
                       {node.items[i], element_path(path, i), facts, problems});
  }
}

// ---- the tables

constexpr std::array kRouteSettings{
    custom<RouteConfig>({.path = "path",
                         .type = text,
                         .max = kRoutePathBytesMax,
                         .help = "Required. The path on listen.http, as in /mcp."},
                        read_route_path),
    custom<RouteConfig>(
        {.path = "upstream",
         .type = text,
         .max = kUpstreamNameBytesMax,
         .help = "The upstream behind the path: names and lists pass unchanged, unless the "
                 "upstream says what of it is offered."},
        read_route_upstream),
    custom<RouteConfig>({.path = "upstreams",
                         .type = text_list,
                         .max = kUpstreamNameBytesMax,
                         .help = "In place of upstream: the upstreams whose tools, prompts and "
                                 "resources are offered here as those of one server."},
                        read_route_upstreams),
    setting<RouteConfig, &RouteConfig::naming>(
        {.path = "naming",
         .type = choice,
         .choices = kNamingChoices,
         .help = "With upstreams: which names become UPSTREAM__NAME. collision: those that an "
                 "earlier upstream has already; always: all; never: none, and the first wins."}),
};

template <auto Settings, auto NotYetWords, class Owner>
// An entry that is broken still gets its place in the list: the checks that follow pair it with its
// node.
void read_list_of_maps(std::vector<Owner>& owners, const Owner& fresh, const ReadPlace& place) {
  const ConfigNode& node = place.node;
  if (node.kind == ConfigNode::Kind::null) return;
  if (node.kind != ConfigNode::Kind::list || node.items.size() > place.facts.max) {
    return place.problem(
        fmt::format("expected a list (- key: value) of at most {} entries", place.facts.max));
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    owners.push_back(fresh);
    read_map(owners.back(), node.items[i], element_path(place.path, i),
             Vocabulary<Owner>{Settings(), NotYetWords()}, place.problems);
  }
}

// Each begins as a copy of the defaults, which were read before.
void read_upstreams(Config& config, const ConfigNode& node, const std::string& path,
                    const SettingFacts& facts, ProblemList& problems) {
  read_list_of_maps<upstream_settings, upstream_not_yet>(config.upstreams, config.upstream_defaults,
                                                         {node, path, facts, problems});
}

void read_routes(Config& config, const ConfigNode& node, const std::string& path,
                 const SettingFacts& facts, ProblemList& problems) {
  read_list_of_maps<route_settings, route_not_yet>(config.routes, {},
                                                   {node, path, facts, problems});
}

void read_defaults(Config& config, const ConfigNode& node, const std::string& path,
                   const SettingFacts&, ProblemList& problems) {
  read_map(config.upstream_defaults, node, path,
           Vocabulary<agent::UpstreamSettings>{tuning_settings(), {}}, problems);
}

void read_seal_keys(Config& config, const ConfigNode& node, const std::string& path,
                    const SettingFacts& facts, ProblemList& problems) {
  const ReadPlace place{node, path, facts, problems};
  std::vector<Secret> keys;
  read_value(place, keys);
  if (keys.empty()) return;
  // The ring's own rules, so that `check` says what `serve` would.
  if (const auto ring = wire::KeyRing::from_secrets(keys); !ring) {
    return place.problem(ring.error().detail());
  }
  config.seal_keys = std::move(keys);
}

void read_auth(Config& config, const ConfigNode& node, const std::string& path,
               const SettingFacts& facts, ProblemList& problems) {
  if (read_choice({node, path, facts, problems})) config.auth = AuthMode::none;
}

using agent::SessionLimits;

constexpr auto kHead = &net::HttpLimits::head;
constexpr auto kAgent = &Config::agent;
constexpr auto kSessions = &agent::Limits::sessions;

// In the order of the reference page, which is printed from here.
constexpr std::array kConfigSettings{
    setting<Config, &Config::listen, &ListenConfig::http>(
        {.path = "listen.http",
         .type = endpoint,
         .help = "Where agents and systems come in. Port 0 takes a free one. On an address that is "
                 "not loopback, auth has to be given.",
         .applies = Applies::at_start}),
    setting<Config, &Config::listen, &ListenConfig::admin>(
        {.path = "listen.admin",
         .type = endpoint,
         .help = "Health, metrics and version, on a thread of its own. Absent: they are on "
                 "listen.http.",
         .applies = Applies::at_start}),
    setting<Config, &Config::listen, &ListenConfig::allowed_hosts>(
        {.path = "listen.allowed_hosts",
         .type = text_list,
         .max = 100,
         .help = "Host names that listen.http answers to. On loopback, loopback names are always "
                 "allowed and these are more; elsewhere the first entry switches the check on.",
         .applies = Applies::at_start}),
    setting<Config, &Config::listen, &ListenConfig::allowed_origins>(
        {.path = "listen.allowed_origins",
         .type = text_list,
         .max = 100,
         .help = "Origins of web pages that may call, as in https://app.example. On loopback, "
                 "loopback pages are always allowed.",
         .applies = Applies::at_start}),
    custom<Config>({.path = "auth",
                    .type = choice,
                    .choices = kAuthChoices,
                    .help = "none: everybody who reaches listen.http may call. Needed where that "
                            "is not a loopback address.",
                    .applies = Applies::at_start},
                   read_auth),
    setting<Config, &Config::shards>(
        {.path = "shards",
         .type = count,
         .min = 0,
         .max = kShardsMax,
         .help = "Threads that serve; 0: one per CPU that the process may use.",
         .applies = Applies::at_start}),
    custom<Config>({.path = "upstream_defaults",
                    .type = section,
                    .help = "What every upstream is given that does not say otherwise."},
                   read_defaults),
    custom<Config>({.path = "upstreams",
                    .type = section,
                    .max = kUpstreamsMax,
                    .help = "The MCP servers behind the gateway, a list of maps."},
                   read_upstreams),
    custom<Config>({.path = "routes",
                    .type = section,
                    .max = kRoutesMax,
                    .help = "Which path leads to which upstream, a list of maps."},
                   read_routes),
    setting<Config, &Config::http, &net::HttpLimits::connections_max>(
        {.path = "limits.connections_max",
         .type = count,
         .min = 1,
         .max = 10'000'000,
         .help = "Client connections, per shard; more are answered 503.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::in_flight_max>(
        {.path = "limits.in_flight_max",
         .type = count,
         .min = 1,
         .max = 10'000'000,
         .help = "Requests being served, per shard; more are answered 503.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::body_bytes_max>(
        {.path = "limits.body_bytes_max",
         .type = bytes,
         .min = 1_KiB,
         .max = 1_GiB,
         .help = "Largest request body; a larger one is answered 413.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, kHead, &wire::http1::Limits::head_bytes_max>(
        {.path = "limits.head_bytes_max",
         .type = bytes,
         .min = 1_KiB,
         .max = 1_MiB,
         .help = "Largest request head; a larger one is answered 431.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, kHead, &wire::http1::Limits::headers_max>(
        {.path = "limits.headers_max",
         .type = count,
         .min = 1,
         .max = wire::http1::kHeadersCapacity,
         .help = "Most header fields of a request; more are answered 431.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, kHead, &wire::http1::Limits::target_bytes_max>(
        {.path = "limits.target_bytes_max",
         .type = bytes,
         .min = 64,
         .max = 1_MiB,
         .help = "Longest request target; a longer one is answered 414.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::backlog_bytes_max>(
        {.path = "limits.backlog_bytes_max",
         .type = bytes,
         .min = 64_KiB,
         .max = 1_GiB,
         .help = "Bytes a client has not taken yet; more ends its connection.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::head_timeout>(
        {.path = "limits.head_timeout",
         .type = duration,
         .min = milliseconds(10),
         .max = hours(1),
         .help = "From the first byte of a request's head to its end; then 408.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::body_timeout>(
        {.path = "limits.body_timeout",
         .type = duration,
         .min = milliseconds(10),
         .max = hours(24),
         .help = "For a whole request body; then 408.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::idle_timeout>(
        {.path = "limits.idle_timeout",
         .type = duration,
         .min = milliseconds(10),
         .max = hours(24),
         .help = "After which a connection without a request is closed.",
         .applies = Applies::at_start}),
    setting<Config, &Config::http, &net::HttpLimits::write_timeout>(
        {.path = "limits.write_timeout",
         .type = duration,
         .min = milliseconds(10),
         .max = hours(24),
         .help = "Without progress of an answer that the client does not take; then it is ended.",
         .applies = Applies::at_start}),
    setting<Config, kAgent, &agent::Limits::answer_bytes_max>(
        {.path = "limits.answer_bytes_max",
         .type = bytes,
         .min = 1_KiB,
         .max = 4_GiB,
         .help = "Largest JSON answer of an upstream; the call fails beyond."}),
    setting<Config, kAgent, &agent::Limits::event_bytes_max>(
        {.path = "limits.event_bytes_max",
         .type = bytes,
         .min = 1_KiB,
         .max = 1_GiB,
         .help = "Largest event on a stream of an upstream; the call fails beyond."}),
    setting<Config, kAgent, &agent::Limits::backlog_bytes_max>(
        {.path = "limits.relay_backlog_bytes_max",
         .type = bytes,
         .min = 4_KiB,
         .max = 1_GiB,
         .help = "Unsent bytes of an answer at which its upstream is no longer read."}),
    setting<Config, kAgent, &agent::Limits::children_max>(
        {.path = "limits.children_max",
         .type = count,
         .min = 1,
         .max = 1'000'000,
         .help = "Processes of all upstreams that have a command; an idle one makes room for a new "
                 "one."}),
    setting<Config, kAgent, &agent::Limits::in_flight_max>(
        {.path = "limits.upstream_in_flight_max",
         .type = count,
         .min = 1,
         .max = 10'000'000,
         .help = "Calls of one upstream, per shard; one more gets upstream_busy."}),
    setting<Config, kAgent, &agent::Limits::keep_alive>(
        {.path = "limits.keep_alive",
         .type = duration,
         .min = milliseconds(100),
         .max = hours(1),
         .help = "Between comments on an event stream that is quiet."}),
    setting<Config, kAgent, &agent::Limits::cancel_grace>(
        {.path = "limits.cancel_grace",
         .type = duration,
         .min = 0,
         .max = hours(1),
         .help = "For an upstream to end a call that was cancelled."}),
    setting<Config, kAgent, &agent::Limits::list_timeout>(
        {.path = "limits.list_timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(1),
         .help =
             "For the upstreams of a route to say what they offer; what is missing then is left "
             "out, and said."}),
    setting<Config, kAgent, &agent::Limits::catalog_ttl>(
        {.path = "limits.catalog_ttl",
         .type = duration,
         .min = 0,
         .max = hours(24),
         .help = "After which an upstream of such a route is asked again, unless it says sooner."}),
    setting<Config, kAgent, &agent::Limits::probe_timeout>(
        {.path = "limits.probe_timeout",
         .type = duration,
         .min = milliseconds(1),
         .max = hours(1),
         .help = "For the question which era an upstream speaks."}),
    setting<Config, kAgent, &agent::Limits::legacy_verdict_ttl>(
        {.path = "limits.legacy_verdict_ttl",
         .type = duration,
         .min = seconds(1),
         .max = hours(720),
         .help = "After which an upstream that spoke the legacy era alone is asked again."}),
    setting<Config, kAgent, kSessions, &SessionLimits::idle_timeout>(
        {.path = "sessions.idle_timeout",
         .type = duration,
         .min = seconds(1),
         .max = hours(720),
         .help = "After which a session without a request or an open stream ends."}),
    setting<Config, kAgent, kSessions, &SessionLimits::max>(
        {.path = "sessions.max",
         .type = count,
         .min = 1,
         .max = 10'000'000,
         .help = "Sessions of this process; more are refused with 503."}),
    setting<Config, kAgent, kSessions, &SessionLimits::max_per_client>(
        {.path = "sessions.max_per_client",
         .type = count,
         .min = 1,
         .max = 10'000'000,
         .help = "Sessions of one client address; more are refused with 429."}),
    setting<Config, kAgent, kSessions, &SessionLimits::in_flight_max>(
        {.path = "sessions.in_flight_max",
         .type = count,
         .min = 1,
         .max = 1'000'000,
         .help = "Requests of one session under way; more are refused with 429."}),
    setting<Config, kAgent, kSessions, &SessionLimits::events_max>(
        {.path = "sessions.events_max",
         .type = count,
         .min = 1,
         .max = 1'000'000,
         .help = "Events of one session kept for resumption; the oldest goes first."}),
    setting<Config, kAgent, kSessions, &SessionLimits::events_bytes_max>(
        {.path = "sessions.events_bytes_max",
         .type = bytes,
         .min = 1_KiB,
         .max = 1_GiB,
         .help = "Bytes of these events."}),
    setting<Config, &Config::log, &LogConfig::level>(
        {.path = "log.level",
         .type = choice,
         .choices = kLevelChoices,
         .help = "The least severe record that is written to stderr.",
         .applies = Applies::at_start}),
    setting<Config, &Config::log, &LogConfig::format>(
        {.path = "log.format",
         .type = choice,
         .choices = kFormatChoices,
         .help = "auto: text on a terminal, else one JSON object per line.",
         .applies = Applies::at_start}),
    setting<Config, &Config::log, &LogConfig::access>(
        {.path = "log.access",
         .type = choice,
         .choices = kAccessChoices,
         .help = "A record for each request (full), or for one in access_one_in (sampled).",
         .applies = Applies::at_start}),
    setting<Config, &Config::log, &LogConfig::access_one_in>(
        {.path = "log.access_one_in",
         .type = count,
         .min = 1,
         .max = 1'000'000'000,
         .help = "With access: sampled, one request in so many is recorded.",
         .applies = Applies::at_start}),
    setting<Config, &Config::drain, &DrainConfig::delay>(
        {.path = "drain.delay",
         .type = duration,
         .min = 0,
         .max = hours(1),
         .help = "After SIGTERM /readyz answers 503 for so long before the listener closes."}),
    setting<Config, &Config::drain, &DrainConfig::timeout>(
        {.path = "drain.timeout",
         .type = duration,
         .min = 0,
         .max = hours(1),
         .help = "For the calls that run when the listener closes; then they are ended."}),
    setting<Config, &Config::reload>(
        {.path = "reload",
         .type = choice,
         .choices = kReloadChoices,
         .help = "signal: this file is read again at SIGHUP and when it is asked for; watch: also "
                 "when the file changes. Files that it names are not watched.",
         .applies = Applies::at_start}),
    custom<Config>({.path = "seal.keys",
                    .type = secret_list,
                    .max = wire::kTokenKeysMax,
                    .help = "Secrets of at least 32 bytes, equal on all nodes, as in "
                            "[\"${file:seal.key}\"]: the first seals session ids and cursors, all "
                            "open them. Absent: a random one per start.",
                    .shown = Shown::never,
                    .applies = Applies::at_start},
                   read_seal_keys),
};

// Words that people try, because other gateways have them or a later version will: they get a
// sentence that helps instead of "unknown key".
constexpr NotYet kConfigNotYet[] = {
    {"listen.tls", "TLS towards clients is not supported yet; put a proxy in front"},
};

}  // namespace

std::span<const Setting<Config>> config_settings() noexcept {
  return kConfigSettings;
}
std::span<const Setting<RouteConfig>> route_settings() noexcept {
  return kRouteSettings;
}

std::span<const NotYet> config_not_yet() noexcept {
  return kConfigNotYet;
}
std::span<const NotYet> route_not_yet() noexcept {
  return {};
}

}  // namespace junctor::app
