#include "app/commands/stdio.h"

#include <algorithm>
#include <csignal>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/stdio_service.h"
#include "app/commands/one_shard.h"
#include "app/serve.h"
#include "base/assert.h"
#include "base/text.h"
#include "rt/signals.h"

namespace junctor::app {
namespace {

// Longer than any client lives.
constexpr Duration kSessionIdleMax = std::chrono::days{10'000};

}  // namespace

Result<std::size_t> find_route(const Config& config, std::string_view route) {
  std::string all;
  std::vector<std::string_view> paths;
  for (const RouteConfig& each : config.routes) {
    all += (all.empty() ? "" : ", ") + each.path;
    paths.push_back(each.path);
  }
  if (paths.empty()) {
    return fail(ErrorKind::invalid_argument, "no_route",
                "the configuration has no routes: write `upstreams:` and `routes:` into it");
  }
  if (route.empty() && paths.size() == 1) return 0;
  if (route.empty()) {
    return fail(ErrorKind::invalid_argument, "several_routes",
                fmt::format("there are several routes; choose one with --route: {}", all));
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i] == route) return i;
  }
  return fail(ErrorKind::invalid_argument, "no_such_route",
              fmt::format("there is no route {}; there is: {}", safe_for_log(route), all));
}

Result<agent::Settings> settings_of_route(const Config& config, std::string_view route) {
  JUNCTOR_TRY(const std::size_t index, find_route(config, route));
  Config one = config;
  one.routes = {config.routes[index]};
  const RouteConfig& kept = one.routes.front();
  std::erase_if(one.upstreams, [&](const agent::UpstreamSettings& upstream) {
    return upstream.name != kept.upstream &&
           std::ranges::find(kept.members, upstream.name) == kept.members.end();
  });
  return agent_settings(one);
}

// Signals before anything else, for every thread inherits what is blocked.
Result<> stdio_blocking(const Config& config, const std::string& route) {
  JUNCTOR_TRY(agent::Settings settings, settings_of_route(config, route));
  settings.limits.sessions.idle_timeout = kSessionIdleMax;
  set_process_limits();
  rt::Signals signals{SIGTERM, SIGINT};
  OneShard gateway{config.log};
  JUNCTOR_CHECK(gateway.make_blocking(settings));
  rt::Shard& shard = gateway.plane().shard();
  const auto routes = gateway.plane().routes();
  JUNCTOR_ASSERT(routes.size() == 1);
  agent::StdioService::Options options;
  options.reader.line_bytes_max = config.agent.body_bytes_max;
  options.front.response = {.answer_bytes_max = config.agent.answer_bytes_max,
                            .event_bytes_max = config.agent.event_bytes_max};
  agent::StdioService service{shard, *routes.front().handler, signals, options};
  gateway.start();
  const bool posted = shard.post([&service] { service.start(); });
  JUNCTOR_ASSERT(posted);  // Nothing else is in this inbox yet.
  service.wait_blocking();
  gateway.stop();  // The service's tasks end with the shard's, and it after them.
  return {};
}

}  // namespace junctor::app
