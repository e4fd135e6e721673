// Goal: which eras an upstream speaks is found out once, from evidence alone, and asked again when
// a verdict has aged. Method: a table of answers to server/discover from a scripted server, whole
// and byte by byte; the simulated clock of the loop is the kernel's, so ages are short limits.

#include "agent/upstream.h"

#include <gtest/gtest.h>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/gateway.h"
#include "net/loopback.h"
#include "net/scripted_server.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using net::test::Step;
using Do = Step::Do;

struct Rig {
  explicit Rig(const std::function<void(UpstreamSettings&, Limits&)>& change = {}) {
    settings.name = UpstreamName{"up"};
    settings.url = net::Url::parse("http://up.test/mcp").value();
    if (change) change(settings, limits);
    const Upstream::Services services{.shard = loop.shard,
                                      .resolver = resolver,
                                      .tls = nullptr,
                                      .children = children,
                                      .definitions = definitions,
                                      .make_room = {},
                                      .metrics = metrics,
                                      .log = Logger{}};
    upstream.emplace(services, settings, limits);
  }
  Result<bool> ask() { return loop.run(upstream->speaks_modern(loop.in(5s))); }

  net::test::Loop loop;
  net::test::ScriptedServer server{loop.shard};
  test::AddressTable resolver{server.at()};
  ChildBudget children{Settings{}};
  DefinitionWatch definitions;
  Metrics metrics;
  Limits limits;
  UpstreamSettings settings;
  std::optional<Upstream> upstream;
};

std::string answer(int status, std::string_view type, std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + std::string{type} +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kYes =
    R"({"jsonrpc":"2.0","id":"junctor-probe","result":{"supportedVersions":["2026-07-28"]}})";

struct Case {
  std::string_view name;
  int status;
  std::string_view type;
  std::string body;
  std::string_view verdict;  // yes, no, or the reason why there is none.
};

const Case kCases[] = {
    {"modern", 200, kJson, std::string{kYes}, "yes"},
    {"modern_as_an_event", 200, kEvents, "data: " + std::string{kYes} + "\n\n", "yes"},
    {"modern_behind_other_events", 200, kEvents,
     ": hi\n\nid: 1\ndata:\n\ndata: {\"method\":\"a\"}\n\ndata: " + std::string{kYes} + "\n\n",
     "yes"},
    {"modern_without_the_last_blank_line", 200, kEvents, "data: " + std::string{kYes}, "yes"},
    {"both", 200, kJson, R"({"id":1,"result":{"supportedVersions":["2025-11-25","2026-07-28"]}})",
     "yes"},
    {"version_refused_but_modern", 400, kJson,
     R"({"id":1,"error":{"code":-32022,"message":"x","data":{"supported":["2026-07-28"]}}})",
     "yes"},
    {"version_refused_and_legacy", 400, kJson,
     R"({"id":1,"error":{"code":-32022,"message":"x","data":{"supported":["2025-11-25"]}}})", "no"},
    {"header_mismatch", 400, kJson, R"({"id":1,"error":{"code":-32020,"message":"x"}})", "yes"},
    {"capability_missing", 400, kJson, R"({"id":1,"error":{"code":-32021,"message":"x"}})", "yes"},
    {"only_legacy_versions", 200, kJson,
     R"({"id":1,"result":{"supportedVersions":["2025-11-25"]}})", "no"},
    {"method_not_found", 404, kJson, R"({"id":1,"error":{"code":-32601,"message":"x"}})", "no"},
    {"session_required", 400, kJson, R"({"id":null,"error":{"code":-32000,"message":"x"}})", "no"},
    {"page", 404, "text/html", "<p>", "no"},
    {"not_allowed", 405, "text/plain", "no", "no"},
    {"unauthorized", 401, kJson, "{}", "upstream_auth"},
    {"forbidden", 403, kJson, "{}", "upstream_auth"},
    {"failed", 500, "text/html", "<p>", "upstream_error"},
    {"overloaded", 503, kJson, "{}", "upstream_busy"},
    {"too_many", 429, kJson, "{}", "upstream_busy"},
    {"moved", 301, "text/html", "", "upstream_invalid"},
};

TEST(Upstream, VerdictIsWhatTheAnswerProves) {
  for (const Case& each : kCases) {
    for (const auto how : {Do::send, Do::drip}) {
      SCOPED_TRACE(testing::Message() << each.name << (how == Do::drip ? ", dripping" : ""));
      Rig rig;
      rig.server.scripts.push_back(
          {{Do::take}, {how, answer(each.status, each.type, each.body)}, {Do::await_end}});
      const auto verdict = rig.ask();
      EXPECT_EQ(verdict ? (*verdict ? "yes" : "no") : verdict.error().reason(), each.verdict);
      ASSERT_EQ(rig.server.requests.size(), 1U);
      if (verdict) {
        EXPECT_EQ(*rig.ask(), *verdict);
        EXPECT_EQ(rig.server.requests.size(), 1U) << "it is remembered";
      }
    }
  }
}

TEST(Upstream, ProbeIsAModernRequest) {
  Rig rig{[](UpstreamSettings& settings, Limits&) {
    settings.headers.push_back({"X-Key", Secret{std::string(6000, 'k')}});
  }};
  rig.server.scripts.push_back({{Do::take}, {Do::send, answer(200, kJson, kYes)}});
  EXPECT_TRUE(*rig.ask()) << "large fields of the configuration fit";
  const std::string& request = rig.server.requests.at(0);
  for (const std::string_view part :
       {"POST /mcp HTTP/1.1\r\n", "Mcp-Method: server/discover\r\n",
        "MCP-Protocol-Version: 2026-07-28\r\n", "X-Key: kkkk", "Host: up.test\r\n",
        R"("io.modelcontextprotocol/protocolVersion":"2026-07-28")",
        R"("io.modelcontextprotocol/clientCapabilities":{})"}) {
    EXPECT_NE(request.find(part), std::string::npos) << part;
  }
}

TEST(Upstream, SettingsNeedNoProbe) {
  for (const auto era : {EraChoice::legacy, EraChoice::modern}) {
    Rig rig{[&](UpstreamSettings& settings, Limits&) { settings.era = era; }};
    EXPECT_EQ(*rig.ask(), era == EraChoice::modern);
    EXPECT_EQ(rig.upstream->may_speak_legacy(), era == EraChoice::legacy);
    EXPECT_EQ(rig.server.accepted, 0U);
  }
}

TEST(Upstream, LegacyVerdictAgesAndAModernOneDoesNot) {
  Rig rig{[](UpstreamSettings&, Limits& limits) { limits.legacy_verdict_ttl = 1ms; }};
  rig.server.scripts.push_back({{Do::take},
                                {Do::send, answer(404, kJson, "{}")},
                                {Do::take},
                                {Do::send, answer(200, kJson, kYes)}});
  EXPECT_FALSE(*rig.ask());
  const Time later = rig.loop.in(20ms);
  ASSERT_TRUE(rig.loop.until([&] { return rig.loop.clock.now() > later; }));
  EXPECT_TRUE(*rig.ask());
  const Time latest = rig.loop.in(20ms);
  ASSERT_TRUE(rig.loop.until([&] { return rig.loop.clock.now() > latest; }));
  EXPECT_TRUE(*rig.ask());
  EXPECT_EQ(rig.server.requests.size(), 2U);
}

rt::Task<void> ask_into(Upstream& upstream, Time deadline, std::vector<std::string>& told) {
  const auto verdict = co_await upstream.speaks_modern(deadline);
  told.emplace_back(verdict ? (*verdict ? "yes" : "no") : std::string{verdict.error().reason()});
}

TEST(Upstream, ManyWhoAskAtOnceWaitForOneProbe) {
  for (const bool is_good : {true, false}) {
    Rig rig;
    rig.server.scripts.push_back(
        {{Do::take}, {Do::gate}, {Do::send, answer(is_good ? 200 : 500, kJson, kYes)}});
    std::vector<std::string> told;
    rt::TaskGroup group;
    for (int i = 0; i < 5; ++i) group.spawn(ask_into(*rig.upstream, rig.loop.in(5s), told));
    ASSERT_TRUE(rig.loop.until([&] { return rig.server.requests.size() == 1; }));
    rig.server.gate.set();
    ASSERT_TRUE(rig.loop.until([&] { return group.size() == 0; }));
    EXPECT_EQ(told, std::vector<std::string>(5, is_good ? "yes" : "upstream_error"));
    EXPECT_EQ(rig.server.requests.size(), 1U) << "a failure is shared too";
  }
}

TEST(Upstream, SilenceIsNoEvidence) {
  Rig rig{[](UpstreamSettings&, Limits& limits) { limits.probe_timeout = 20ms; }};
  rig.server.scripts.push_back({{Do::take}, {Do::await_end}});
  rig.server.scripts.push_back({{Do::take}, {Do::send, answer(200, kJson, kYes)}});
  const auto silent = rig.ask();
  ASSERT_FALSE(silent.has_value());
  EXPECT_EQ(silent.error().reason(), "upstream_timeout");
  EXPECT_TRUE(*rig.ask());
}

TEST(Upstream, ReachIsWhatTheLastAttemptSaid) {
  using Reach = UpstreamStatus::Reach;
  Rig rig;
  EXPECT_EQ(rig.upstream->status().reach, Reach::unknown);
  const Error refused{ErrorKind::unavailable, "upstream_unavailable"};
  const Error busy{ErrorKind::unavailable, "upstream_busy"};
  const Error left{ErrorKind::cancelled, "cancelled"};
  rig.upstream->note_attempt(&busy);
  rig.upstream->note_attempt(&left);
  EXPECT_EQ(rig.upstream->status().reach, Reach::unknown) << "these say nothing of it";
  rig.upstream->note_attempt(nullptr);
  EXPECT_EQ(rig.upstream->status().reach, Reach::up);
  rig.upstream->note_attempt(&refused);
  EXPECT_EQ(rig.upstream->status().reach, Reach::down);
}

TEST(Status, OfSeveralShardsIsTheirSumAndTheBestReach) {
  using Reach = UpstreamStatus::Reach;
  const auto of = [](Reach reach, std::size_t connections) {
    return Status{.upstreams = {{.name = "a", .reach = reach, .connections = connections}},
                  .sessions = 2};
  };
  const struct {
    Reach a, b, both;
  } rows[] = {{Reach::unknown, Reach::unknown, Reach::unknown},
              {Reach::unknown, Reach::down, Reach::down},
              {Reach::up, Reach::unknown, Reach::up},
              {Reach::down, Reach::up, Reach::up},
              {Reach::up, Reach::down, Reach::up}};
  for (const auto& row : rows) {
    const Status both = joined(of(row.a, 1), of(row.b, 3));
    EXPECT_EQ(both.upstreams[0].reach, row.both);
    EXPECT_EQ(both.upstreams[0].connections, 4U);
    EXPECT_EQ(both.sessions, 4U);
  }
}

TEST(Upstream, CallsAreCountedAndBounded) {
  Rig rig{[](UpstreamSettings&, Limits& limits) { limits.in_flight_max = 1; }};
  EXPECT_TRUE(rig.upstream->try_admit());
  EXPECT_FALSE(rig.upstream->try_admit());
  rig.upstream->settle(nullptr, CallOutcome::refused, 1ms);
  EXPECT_FALSE(rig.upstream->try_admit()) << "what was refused took no room";
  rig.upstream->settle(&wire::method_facts(wire::McpMethod::tools_call), CallOutcome::ok, 1ms);
  EXPECT_TRUE(rig.upstream->try_admit());
  rig.upstream->settle(nullptr, CallOutcome::failed, 1ms);
}

}  // namespace
}  // namespace junctor::agent
