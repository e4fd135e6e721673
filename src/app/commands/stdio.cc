#include "app/commands/stdio.h"

#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/stdio_service.h"
#include "app/serve.h"
#include "app/shard_host.h"
#include "base/assert.h"
#include "base/log_writer.h"
#include "base/text.h"
#include "control/health.h"
#include "rt/signals.h"
#include "wire/sealed_token.h"

namespace junctor::app {
namespace {

// Longer than any client lives.
constexpr Duration kSessionIdleMax = std::chrono::days{10'000};

agent::Settings settings_for_one_client(const Config& config) {
  agent::Settings settings = agent_settings(config);
  settings.limits.sessions.idle_timeout = kSessionIdleMax;
  return settings;
}

// A host shows its users what a command writes to standard error; that all is well is no news
// there.
LogLevel quiet_level(LogLevel level) noexcept {
  return level == LogConfig{}.level ? LogLevel::warn : level;
}

// One shard without a listener. Members are destroyed from the bottom up.
struct Program {
  explicit Program(const Config& config) : health{1, clock.now()}, config{config} {}
  // As serve does: the thread, the plane, the shard, and the log last.
  ~Program() {
    if (host != nullptr) {
      host->stop();
      host->join();
      service.reset();
      host->drop_plane();
      host.reset();
    }
    if (log_writer != nullptr) log_writer->stop();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] Result<> start_blocking(std::size_t route, rt::Signals& signals);

  rt::SystemClock clock;
  control::Health health;
  const Config& config;
  std::unique_ptr<LogWriter> log_writer;
  std::unique_ptr<wire::KeyRing> seal;
  std::unique_ptr<agent::ChildBudget> children;
  agent::DefinitionWatch definitions;
  std::unique_ptr<ShardHost> host;
  std::unique_ptr<agent::StdioService> service;
};

Result<> Program::start_blocking(std::size_t route, rt::Signals& signals) {
  JUNCTOR_TRY(log_writer, LogWriter::start({.format = log_format(config.log.format),
                                            .level = quiet_level(config.log.level),
                                            .now = [this] { return clock.wall_now(); }}));
  JUNCTOR_TRY(wire::KeyRing ring, wire::KeyRing::random());
  seal = std::make_unique<wire::KeyRing>(std::move(ring));
  host = std::make_unique<ShardHost>(0, clock, log_writer->add_ring(), health);
  const agent::Settings settings = settings_for_one_client(config);
  children = std::make_unique<agent::ChildBudget>(settings);
  JUNCTOR_CHECK(host->add_plane_blocking(settings, *seal, *children, definitions));
  agent::Plane& plane = host->plane();
  agent::Plane* const planes[] = {&plane};
  plane.join(planes);
  const auto routes = plane.routes();
  JUNCTOR_ASSERT(route < routes.size());
  agent::StdioService::Options options;
  options.reader.line_bytes_max = config.agent.body_bytes_max;
  options.front.response = {.answer_bytes_max = config.agent.answer_bytes_max,
                            .event_bytes_max = config.agent.event_bytes_max};
  service = std::make_unique<agent::StdioService>(plane.shard(), *routes[route].handler, signals,
                                                  options);
  host->start();
  const bool posted = plane.shard().post([this] { service->start(); });
  JUNCTOR_ASSERT(posted);  // Nothing else is in this inbox yet.
  return {};
}

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

// Signals before anything else, for every thread inherits what is blocked.
Result<> stdio_blocking(const Config& config, const std::string& route) {
  JUNCTOR_TRY(const std::size_t index, find_route(config, route));
  set_process_limits();
  rt::Signals signals{SIGTERM, SIGINT};
  Program program{config};
  JUNCTOR_CHECK(program.start_blocking(index, signals));
  program.service->wait_blocking();
  return {};
}

}  // namespace junctor::app
