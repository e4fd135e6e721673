#include "app/commands/check.h"

#include <utility>

#include <algorithm>

#include <fmt/format.h>

#include "app/config_settings.h"
#include "app/confinement_check.h"
#include "base/assert.h"
#include "base/text.h"
#include "net/tls.h"

namespace junctor::app {
namespace {

// Certificates that cannot be read would stop `serve`; better to hear it now.
std::string certificate_problems_blocking(const Config& config, std::string_view file) {
  std::string text;
  for (std::size_t i = 0; i < config.upstreams.size(); ++i) {
    const agent::UpstreamSettings& upstream = config.upstreams[i];
    if (upstream.ca_file.empty()) continue;
    if (const auto tls = net::TlsClient::make_blocking({.ca_file = upstream.ca_file}); !tls) {
      text += fmt::format("{}: upstreams[{}].tls.ca_file: {}\n", file, i, tls.error().detail());
    }
  }
  return text;
}

// A process that cannot be confined is not started.
std::string confinement_problems_blocking(const Config& config, std::string_view file) {
  std::string text;
  for (const std::size_t i : unconfinable_blocking(config.upstreams))
    text += fmt::format("{}: upstreams[{}].process: {}\n", file, i, kUnconfinable);
  return text;
}

// An upstream by its name, and how it is reached; of a command only the program, for its arguments
// may hold secrets.
std::string described(const Config& config, const UpstreamName& name) {
  const auto found = std::ranges::find(config.upstreams, name, &agent::UpstreamSettings::name);
  JUNCTOR_ASSERT(found != config.upstreams.end());
  return found->is_stdio() ? fmt::format("{}, started as {}", name.view(),
                                         safe_for_log(found->stdio.command.front()))
                           : fmt::format("{} at {}", name.view(), found->url.text());
}

// What the file comes to, in sentences: a file can be free of mistakes and still not say what was
// meant.
std::string explain(const Config& config) {
  std::string text = fmt::format("listens on http://{}\n", config.listen.http.text());
  text += config.listen.admin
              ? fmt::format("health and metrics on http://{}\n", config.listen.admin->text())
              : std::string{"health and metrics on the same address\n"};
  if (config.auth == AuthMode::none) text += "asks nobody who they are (auth: none)\n";
  for (const RouteConfig& route : config.routes) {
    text += route.members.empty()
                ? fmt::format("{} leads to {}\n", route.path, described(config, route.upstream))
                : fmt::format("{} offers together what there is at\n", route.path);
    for (const UpstreamName& name : route.members)
      text += fmt::format("  {}\n", described(config, name));
  }
  for (const agent::UpstreamSettings& upstream : config.upstreams) {
    const bool is_used = std::ranges::any_of(config.routes, [&](const RouteConfig& route) {
      return route.upstream == upstream.name ||
             std::ranges::find(route.members, upstream.name) != route.members.end();
    });
    if (!is_used) text += fmt::format("no route leads to {}\n", upstream.name.view());
  }
  if (config.routes.empty()) text += "no route: nothing is served to agents\n";
  return text;
}

}  // namespace

std::string problems_text(const ConfigProblems& problems, std::string_view file) {
  JUNCTOR_ASSERT(!problems.empty());
  std::string text;
  for (const ConfigProblem& problem : problems) text += describe(problem, file) + "\n";
  return text +
         fmt::format("{}: {} problem{}\n", file, problems.size(), problems.size() == 1 ? "" : "s");
}

// As `serve` would find it, down to the certificates; nothing is bound and nobody is called.
CheckOutcome check_blocking(const std::string& file) {
  const std::string shown = safe_for_log(file);
  const auto config = load_config_blocking(file);
  if (!config) return {.ok = false, .text = problems_text(config.error(), shown)};
  if (auto text = certificate_problems_blocking(*config, shown) +
                  confinement_problems_blocking(*config, shown);
      !text.empty()) {
    return {.ok = false, .text = std::move(text)};
  }
  return {.ok = true, .text = fmt::format("{}: ok\n", shown) + explain(*config)};
}

}  // namespace junctor::app
