// Goal: what the gateway asks on its own account is asked as the era wants it, and leaves nothing
// open, however it ends. Method: the real upstreams in the simulated world, between scripted
// servers; over stdio, real processes of the shell.

#include "agent/own_channel.h"
#include "agent/definition_watch.h"

#include <gtest/gtest.h>

#include "agent/offering.h"
#include "agent/own_words.h"
#include "net/loopback.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using wire::Era;
using wire::McpMethod;

rt::Task<Result<std::string>> ask_once(Upstream& upstream, Era era, Time deadline) {
  JUNCTOR_CO_TRY(const std::unique_ptr<OwnChannel> channel,
                 co_await OwnChannel::open(upstream, era, R"({"roots":{}})", deadline));
  const std::string hello = channel->hello();
  auto answer = co_await channel->ask(McpMethod::tools_list, R"("cursor":"0")", deadline);
  co_await channel->close(deadline);
  if (!answer) co_return answer;
  co_return hello + " " + *answer;
}

struct Rig : test::Offerings {
  Result<std::string> ask(Era era) {
    return world.run(ask_once(upstream(0), era, world.now() + 10s));
  }
};

constexpr std::string_view kPage = R"({"tools":[{"name":"x"}]})";

TEST(OwnChannel, ASessionIsBegunAskedInAndEnded) {
  Rig rig;
  const auto answer = rig.ask(Era::legacy);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->ends_with(kPage)) << *answer;
  EXPECT_TRUE(answer->contains(R"("capabilities":{"tools":{}})")) << *answer;
  const std::map<std::string, int> asked = {
      {"initialize", 1}, {"notifications/initialized", 1}, {"tools/list", 1}, {"DELETE", 1}};
  EXPECT_EQ(rig.a.asked, asked);
  EXPECT_EQ(rig.a.opened, 1);
  EXPECT_TRUE(rig.a.sessions.empty());
}

TEST(OwnChannel, AStatelessServerIsAskedWithoutASession) {
  Rig rig;
  const auto answer = rig.ask(Era::modern);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->ends_with(kPage)) << *answer;
  EXPECT_TRUE(answer->contains("2026-07-28")) << "what server/discover says";
  const std::map<std::string, int> asked = {{"server/discover", 1}, {"tools/list", 1}};
  EXPECT_EQ(rig.a.asked, asked);
}

TEST(OwnChannel, AStatelessServerNeedNotKnowTheFirstQuestion) {
  Rig rig;
  rig.a.modern = false;  // Refuses all of it.
  const auto opened =
      rig.world.run(OwnChannel::open(rig.upstream(0), Era::modern, "{}", rig.world.now() + 10s));
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ((*opened)->hello(), "");
  const auto answer =
      rig.world.run((*opened)->ask(McpMethod::tools_list, {}, rig.world.now() + 10s));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason(), "upstream_refused");
}

struct Bad {
  std::string_view name;
  std::function<void(test::Offering&)> make;
  std::string_view reason;
};
const Bad kBads[] = {
    {"refused_list", [](auto& a) { a.list_error = R"({"code":-32603,"message":"?"})"; },
     "upstream_refused"},
    {"failing_list", [](auto& a) { a.list_status = 502; }, "upstream_error"},
    {"busy", [](auto& a) { a.list_status = 429; }, "upstream_busy"},
    {"a_page_of_text", [](auto& a) { a.list_status = 404; }, "upstream_invalid"},
    {"too_slow", [](auto& a) { a.held = true; }, "upstream_timeout"},
    {"refused_initialize", [](auto& a) { a.legacy = false; }, "upstream_refused"},
    {"refused_initialized", [](auto& a) { a.initialized_status = 500; }, "upstream_error"},
    {"no_message", [](auto& a) { a.initialize_more = R"(,"error":{"code":1,"message":"?"})"; },
     "upstream_invalid"},
};

TEST(OwnChannel, WhatGoesWrongIsSaidAndLeavesNoSession) {
  for (const Bad& bad : kBads) {
    Rig rig;
    bad.make(rig.a);
    const auto answer = rig.ask(Era::legacy);
    ASSERT_FALSE(answer.has_value()) << bad.name;
    EXPECT_EQ(answer.error().reason(), bad.reason) << bad.name;
    rig.world.run_for(5s);
    EXPECT_TRUE(rig.a.sessions.empty()) << bad.name;
  }
}

TEST(OwnChannel, TheHandshakeIsThatOfAClientWithThoseCapabilities) {
  const std::string params = handshake_params(R"({"sampling":{}})");
  const wire::JsonValue object{params, wire::JsonKind::object};
  EXPECT_EQ(wire::json_member(object, "capabilities").raw, R"({"sampling":{}})");
  EXPECT_EQ(wire::json_member(object, "protocolVersion").raw, R"("2025-11-25")");
}

// --- over stdio ----------------------------------------------------------------------------------

// Answers each line that has an id with RESULT.
std::string answering(std::string_view result) {
  return R"(while read -r line; do case "$line" in *\"id\":*) id=${line#*\"id\":}; id=${id%%,*}; )"
         R"(printf '{"jsonrpc":"2.0","id":%s,)" +
         std::string{result} + R"(}\n' "$id";; esac; done)";
}

struct StdioRig {
  explicit StdioRig(std::string script) {
    settings.upstreams.resize(1);
    settings.upstreams[0].name = UpstreamName{"up"};
    settings.upstreams[0].stdio.command = {"sh", "-c", std::move(script)};
    settings.upstreams[0].stdio.stop_grace = 100ms;
    settings.upstreams[0].stdio.children_max = 1;
    children.emplace(settings);
    upstream.emplace(Upstream::Services{.shard = loop.shard,
                                        .resolver = names,
                                        .tls = nullptr,
                                        .children = *children,
                                        .definitions = definitions,
                                        .make_room = {},
                                        .metrics = metrics,
                                        .log = Logger{}},
                     settings.upstreams[0], settings.limits);
  }
  ~StdioRig() {
    loop.shard.tasks().cancel();
    EXPECT_TRUE(loop.until([&] { return loop.shard.tasks().size() == 0; }));
    upstream.reset();
  }
  StdioRig(const StdioRig&) = delete;
  StdioRig& operator=(const StdioRig&) = delete;

  net::test::Loop loop;
  Settings settings;
  net::test::TableResolver names;
  Metrics metrics;
  std::optional<ChildBudget> children;
  DefinitionWatch definitions;
  std::optional<Upstream> upstream;
};

TEST(OwnChannel, AProcessIsAskedAndEnded) {
  StdioRig rig{answering(R"("result":{"capabilities":{},"tools":[]})")};
  const auto answer = rig.loop.run(ask_once(*rig.upstream, Era::legacy, rig.loop.in(5s)));
  ASSERT_TRUE(answer.has_value()) << answer.error().reason();
  EXPECT_TRUE(rig.loop.until([&] { return !rig.children->is_full(*rig.children->share_of("up")); }))
      << "the process is gone";
}

TEST(OwnChannel, AProcessThatRefusesIsEndedToo) {
  StdioRig rig{answering(R"("error":{"code":-32601,"message":"?"})")};
  const auto answer = rig.loop.run(ask_once(*rig.upstream, Era::legacy, rig.loop.in(5s)));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason(), "upstream_refused");
  EXPECT_TRUE(rig.loop.until([&] { return !rig.children->is_full(*rig.children->share_of("up")); }))
      << "the process is gone";
}

}  // namespace
}  // namespace junctor::agent
