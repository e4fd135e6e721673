#include "app/reload_plan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/config_settings.h"

namespace junctor::app {
namespace {

// What is new, other or gone, by name; nothing of a value is shown, for it may be secret.
template <class Entry, class NameOf>
void compare(std::string_view what, const std::vector<Entry>& runs,
             const std::vector<Entry>& wanted, NameOf name_of, std::vector<std::string>& changes) {
  for (const Entry& entry : wanted) {
    const auto before = std::ranges::find(runs, name_of(entry), name_of);
    if (before == runs.end()) {
      changes.push_back(fmt::format("{} {} is new", what, name_of(entry)));
    } else if (!(*before == entry)) {
      changes.push_back(fmt::format("{} {} has changed", what, name_of(entry)));
    }
  }
  for (const Entry& entry : runs) {
    if (std::ranges::find(wanted, name_of(entry), name_of) == wanted.end())
      changes.push_back(fmt::format("{} {} is gone", what, name_of(entry)));
  }
}

// The rows that functions of their own read have nothing to show: two are compared here by hand,
// and the lists by compare().
bool is_other(const Setting<Config>& row, const Config& a, const Config& b) {
  if (row.path == "auth") return a.auth != b.auth;
  if (row.path == "seal.keys") return a.seal_keys != b.seal_keys;
  return row.show(a, row) != row.show(b, row);
}

}  // namespace

ReloadPlan plan_reload(const Config& runs, Config wanted) {
  ReloadPlan plan{.config = {}, .changes = {}, .needs_restart = {}};
  for (const Setting<Config>& row : config_settings()) {
    if (!is_other(row, runs, wanted)) continue;
    if (row.applies == Applies::at_start) {
      plan.needs_restart.emplace_back(row.path);
    } else {
      plan.changes.push_back(
          fmt::format("{} was {} and is {}", row.path, row.show(runs, row), row.show(wanted, row)));
    }
  }
  compare(
      "upstream", runs.upstreams, wanted.upstreams,
      [](const agent::UpstreamSettings& upstream) { return upstream.name.view(); }, plan.changes);
  compare(
      "route", runs.routes, wanted.routes,
      [](const RouteConfig& route) { return std::string_view{route.path}; }, plan.changes);
  plan.config = std::move(wanted);
  plan.config.listen = runs.listen;
  plan.config.auth = runs.auth;
  plan.config.shards = runs.shards;
  plan.config.http = runs.http;
  plan.config.log = runs.log;
  plan.config.reload = runs.reload;
  plan.config.seal_keys = runs.seal_keys;
  return plan;
}

}  // namespace junctor::app
