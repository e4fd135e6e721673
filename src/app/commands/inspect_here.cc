#include "app/commands/inspect_here.h"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/commands/check.h"
#include "app/commands/one_shard.h"
#include "app/commands/stdio.h"
#include "app/config.h"
#include "app/serve.h"
#include "base/assert.h"
#include "base/text.h"
#include "rt/clock.h"

namespace junctor::app {
namespace {

constexpr std::string_view kServerName = "server";
constexpr std::size_t kPathBytes = 16;

cli::Inspected failure(int exit_code, std::string_view sentence) {
  return {.exit_code = exit_code, .out = {}, .err = fmt::format("junctor: {}\n", sentence)};
}

std::string secret_path() {
  rt::SystemRandom random;
  std::array<std::uint8_t, kPathBytes> bytes{};
  random.fill(bytes);
  return "/" + to_hex(as_text(bytes));
}

// All of it: who types a command expects it to run as it would without us.
std::vector<agent::StdioSettings::Variable> own_environment() {
  std::vector<agent::StdioSettings::Variable> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text{*each};
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    variables.push_back(
        {.name = std::string{text.substr(0, equals)}, .value = Secret{text.substr(equals + 1)}});
  }
  return variables;
}

agent::Settings settings_of(const std::vector<std::string>& command) {
  agent::UpstreamSettings server;
  server.name = UpstreamName{std::string{kServerName}};
  server.stdio.command = command;
  server.stdio.environment = own_environment();
  server.stdio.errors_level = LogLevel::warn;
  agent::Settings settings;
  settings.upstreams.push_back(std::move(server));
  settings.routes.push_back({.path = "/"});
  return settings;
}

cli::Inspected inspect_behind(agent::Settings settings, const LogConfig& log,
                              cli::Inspection inspection, cli::McpListener* listener) {
  JUNCTOR_ASSERT(settings.routes.size() == 1);
  settings.routes.front().path = secret_path();
  set_process_limits();
  OneShard gateway{log};
  if (const auto made = gateway.make_blocking(settings); !made)
    return failure(cli::kExitUnreachable, made.error().detail());
  const auto at = gateway.listen();
  if (!at) return failure(cli::kExitUnreachable, at.error().detail());
  gateway.start();
  inspection.shown = inspection.command.empty() ? inspection.config : inspection.command.front();
  inspection.url = fmt::format("http://{}{}", at->text(), settings.routes.front().path);
  cli::Inspected outcome = cli::inspect_blocking(inspection, listener);
  gateway.end_blocking();
  return outcome;
}

}  // namespace

cli::Inspected inspect_here_blocking(const cli::Inspection& inspection,
                                     cli::McpListener* listener) {
  if (!inspection.command.empty())
    return inspect_behind(settings_of(inspection.command), LogConfig{}, inspection, listener);
  JUNCTOR_ASSERT(!inspection.config.empty());
  const auto config = load_config_blocking(inspection.config);
  if (!config) {
    return {.exit_code = cli::kExitUsage,
            .out = {},
            .err = problems_text(config.error(), safe_for_log(inspection.config))};
  }
  const auto settings = settings_of_route(*config, inspection.route);
  if (!settings) return failure(cli::kExitUsage, settings.error().detail());
  return inspect_behind(*settings, config->log, inspection, listener);
}

}  // namespace junctor::app
