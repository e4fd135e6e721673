// Goal: a plan names what changes and what has to wait, and keeps what belongs to sockets and
// threads. Method: two texts of a configuration in each row.

#include "app/reload_plan.h"

#include <gtest/gtest.h>

#include <string_view>

#include "app/config_settings.h"

namespace junctor::app {
namespace {

Config config_of(std::string_view text) {
  const ConfigSources none{.variable = [](const std::string&) { return std::nullopt; },
                           .file_blocking = [](const std::string&) -> Result<std::string> {
                             return fail(ErrorKind::not_found, "none");
                           }};
  auto config = parse_config(text, none);
  EXPECT_TRUE(config) << text;
  return config ? *std::move(config) : Config{};
}

constexpr std::string_view kBase =
    "upstreams:\n- {name: a, url: \"http://a.example/\"}\n- {name: b, command: [b]}\n"
    "routes:\n- {path: /a, upstream: a}\n- {path: /all, upstreams: [a, b]}\n";

struct Case {
  std::string_view name;
  std::string_view wanted;
  std::vector<std::string> changes;
  std::vector<std::string> needs_restart;
};

const Case kCases[] = {
    {"the_same", kBase, {}, {}},
    {"another_order_of_upstreams",
     "upstreams:\n- {name: b, command: [b]}\n- {name: a, url: \"http://a.example/\"}\n"
     "routes:\n- {path: /a, upstream: a}\n- {path: /all, upstreams: [a, b]}\n",
     {},
     {}},
    {"an_upstream_changes_one_is_new_one_is_gone",
     "upstreams:\n- {name: a, url: \"http://a.example/\", timeout: 3s}\n"
     "- {name: c, command: [c]}\nroutes:\n- {path: /a, upstream: a}\n"
     "- {path: /c, upstream: c}\n",
     {"upstream a has changed", "upstream c is new", "upstream b is gone", "route /c is new",
      "route /all is gone"},
     {}},
    {"members_in_another_order_are_another_route",
     "upstreams:\n- {name: a, url: \"http://a.example/\"}\n- {name: b, command: [b]}\n"
     "routes:\n- {path: /a, upstream: a}\n- {path: /all, upstreams: [b, a]}\n",
     {"route /all has changed"},
     {}},
};

TEST(ReloadPlan, NamesEachUpstreamAndRoute) {
  for (const Case& row : kCases) {
    SCOPED_TRACE(row.name);
    const ReloadPlan plan = plan_reload(config_of(kBase), config_of(row.wanted));
    EXPECT_EQ(plan.changes, row.changes);
    EXPECT_EQ(plan.needs_restart, row.needs_restart);
  }
}

TEST(ReloadPlan, WhatCountsFromTheStartIsNamedAndKept) {
  const Config runs = config_of("listen: {http: \"127.0.0.1:8080\"}\nshards: 1\n");
  const ReloadPlan plan = plan_reload(
      runs, config_of("listen: {http: \"127.0.0.1:9\", admin: \"127.0.0.1:10\"}\nshards: 2\n"
                      "auth: none\nreload: watch\nlog: {level: debug}\n"
                      "limits: {head_timeout: 1s, keep_alive: 2s}\n"
                      "seal: {keys: [\"0123456789abcdef0123456789abcdef\"]}\n"));
  EXPECT_EQ(plan.needs_restart,
            (std::vector<std::string>{"listen.http", "listen.admin", "auth", "shards",
                                      "limits.head_timeout", "log.level", "reload", "seal.keys"}));
  EXPECT_EQ(plan.changes, std::vector<std::string>{"limits.keep_alive was 15s and is 2s"});
  EXPECT_EQ(plan.config.listen.http.text(), "127.0.0.1:8080");
  EXPECT_FALSE(plan.config.listen.admin);
  EXPECT_EQ(plan.config.shards, 1U);
  EXPECT_EQ(plan.config.http.head_timeout, runs.http.head_timeout);
  EXPECT_EQ(plan.config.agent.keep_alive, std::chrono::seconds{2});
  EXPECT_TRUE(plan.config.seal_keys.empty());
  EXPECT_EQ(plan.config.reload, ReloadMode::signal);
}

// What plan_reload() keeps by hand has to be what the tables say.
TEST(ReloadPlan, NothingThatCountsFromTheStartGetsThrough) {
  const Config runs;
  Config wanted = config_of(
      "limits: {connections_max: 7, in_flight_max: 7, body_bytes_max: 7KiB, head_bytes_max: 7KiB, "
      "headers_max: 7, target_bytes_max: 77, backlog_bytes_max: 77KiB, head_timeout: 7s, "
      "body_timeout: 7s, idle_timeout: 7s, write_timeout: 7s}\n"
      "log: {level: error, format: json, access: full, access_one_in: 7}\n"
      "listen: {allowed_hosts: [a.example], allowed_origins: [\"https://a.example\"]}\n");
  const ReloadPlan plan = plan_reload(runs, std::move(wanted));
  EXPECT_EQ(plan.changes, std::vector<std::string>{});
  EXPECT_EQ(plan.needs_restart.size(), 17U);
  for (const Setting<Config>& row : config_settings())
    EXPECT_EQ(row.show(plan.config, row), row.show(runs, row)) << row.path;
}

TEST(ReloadPlan, NoValueOfAnUpstreamIsShown) {
  const ReloadPlan plan = plan_reload(
      config_of(kBase),
      config_of("upstreams:\n- {name: a, url: \"http://a.example/\", headers: {X-Key: s3cret}}\n"
                "- {name: b, command: [b]}\n"
                "routes:\n- {path: /a, upstream: a}\n- {path: /all, upstreams: [a, b]}\n"));
  EXPECT_EQ(plan.changes, std::vector<std::string>{"upstream a has changed"});
}

}  // namespace
}  // namespace junctor::app
