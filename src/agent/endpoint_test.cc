// Goal: one path serves both eras: what is malformed is refused in the specification's order, and
// what is well-formed reaches the upstream once and comes back. Method: the real server, plane and
// client over loopback sockets; an upstream whose connections follow scripts.

#include "agent/endpoint.h"

#include <gtest/gtest.h>

#include "agent/gateway.h"
#include "net/loopback.h"
#include "net/scripted_server.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using net::test::Step;
using test::Gateway;
using test::HttpPeer;
using test::in_session;
using test::kAcceptBoth;
using test::legacy_call;
using test::modern_call;
using test::Reply;
using Do = Step::Do;

std::string answer(int status, std::string_view type, std::string_view body,
                   std::string_view fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" +
         (type.empty() ? "" : "Content-Type: " + std::string{type} + "\r\n") + std::string{fields} +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}
std::string json(std::string_view body, std::string_view fields = {}) {
  return answer(200, "application/json", body, fields);
}
std::string stream(std::string_view text = {}) {
  std::string out = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
  return out + std::string{text};
}

const std::string kModern =
    json(R"({"jsonrpc":"2.0","id":"junctor-probe","result":{"supportedVersions":["2026-07-28"]}})");
const std::string kNotModern =
    answer(404, "application/json", R"({"jsonrpc":"2.0","error":{"code":-32601,"message":"?"}})");
constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{}}})";

class EndpointTest : public testing::Test {
 protected:
  void start(EraChoice era, const Gateway::Change& change = {}) {
    gateway.emplace(loop.shard, rt::Endpoint::ipv4({127, 0, 0, 1}, 0), upstream.at(),
                    [&](Settings& settings) {
                      settings.upstreams[0].era = era;
                      if (change) change(settings);
                    });
  }
  void script(net::test::Script steps) { upstream.scripts.push_back(std::move(steps)); }
  Reply ask(std::string request) {
    HttpPeer peer{loop.shard, 5s};
    return loop.run(peer.exchange(gateway->at(), std::move(request)));
  }
  // A session; the connection that opened it goes on with `more`.
  std::string open_session(net::test::Script more = {}) {
    net::test::Script steps{{Do::take}, {Do::send, json(kInitialized, "Mcp-Session-Id: up-1\r\n")}};
    for (Step& step : more) steps.push_back(std::move(step));
    script(std::move(steps));
    const Reply reply = ask(test::initialize());
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.body, kInitialized);
    EXPECT_EQ(gateway->plane().status().sessions, 1U);
    return reply.field("Mcp-Session-Id");
  }
  void TearDown() override {
    if (gateway) gateway->end();
  }

  net::test::Loop loop;
  net::test::ScriptedServer upstream{loop.shard};
  std::optional<Gateway> gateway;
};

// --- what is refused -----------------------------------------------------------------------------

struct Refusal {
  std::string_view name;
  std::string request;
  int status;
  std::string_view body;  // A part of it.
};

std::string plain(std::string_view line, std::string_view fields = {}) {
  return std::string{line} + " /mcp HTTP/1.1\r\nHost: gateway\r\n" + std::string{fields} + "\r\n";
}

//= mcp 2025-11-25 basic/lifecycle#initialization:first MUST
//= mcp 2025-11-25 basic/transports#session-management:terminated MUST
//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:answer MUST
const Refusal kRefusals[] = {
    {"get_without_a_session", plain("GET"), 405, ""},
    {"delete_without_a_session", plain("DELETE"), 405, ""},
    {"head", plain("HEAD"), 405, ""},
    {"head_in_a_session", plain("HEAD", "Mcp-Session-Id: x\r\n"), 405, ""},
    {"put", plain("PUT"), 405, ""},
    {"get_that_takes_no_events", plain("GET", "Mcp-Session-Id: x\r\nAccept: application/json\r\n"),
     406, "not_acceptable"},
    {"get_of_no_session", plain("GET", "Mcp-Session-Id: x\r\n"), 404, "session_not_found"},
    {"delete_of_no_session", plain("DELETE", "Mcp-Session-Id: x\r\n"), 404, "session_not_found"},
    {"no_content_type", "POST /mcp HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\n{}", 415,
     "unsupported_content_type"},
    {"compressed", test::post("{}", "Content-Encoding: gzip\r\n"), 415,
     "unsupported_content_encoding"},
    {"takes_neither", test::post("{}", "Accept: text/html\r\n"), 406, "not_acceptable"},
    {"no_json", test::post("{", kAcceptBoth), 400, "-32700"},
    {"a_batch", test::post("[]", kAcceptBoth), 400, "-32600"},
    {"no_session", test::post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", kAcceptBoth),
     400, "session_id_required"},
    {"unknown_session", legacy_call("1", "x"), 404, "session_not_found"},
    {"two_sessions", legacy_call("1", "x", "{}", "Mcp-Session-Id: y\r\n"), 400,
     "session_id_required"},
    {"listening_without_events",
     test::post(R"({"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"_meta":{)"
                R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
                "Accept: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                "Mcp-Method: subscriptions/listen\r\n"),
     406, "not_acceptable"},
};

TEST_F(EndpointTest, RefusesWhatIsMalformedWithoutAskingTheUpstream) {
  start(EraChoice::automatic);
  for (const Refusal& each : kRefusals) {
    SCOPED_TRACE(each.name);
    const Reply reply = ask(each.request);
    EXPECT_EQ(reply.status, each.status);
    if (reply.status == 405) EXPECT_NE(reply.field("Allow"), "");
    EXPECT_NE(reply.body.find(each.body), std::string::npos) << reply.body;
  }
  EXPECT_EQ(upstream.accepted, 0U);
}

TEST_F(EndpointTest, BodyOverTheLimitIsRefused) {
  start(EraChoice::modern, [](Settings& settings) { settings.limits.body_bytes_max = 64; });
  const Reply reply = ask(modern_call("1", R"({"a":"0123456789012345678901234567890123456789"})"));
  EXPECT_EQ(reply.status, 413);
  EXPECT_NE(reply.body.find("body_too_large"), std::string::npos);
}

TEST_F(EndpointTest, PreflightNamesTheFieldsThatWereAskedFor) {
  start(EraChoice::modern);
  const Reply reply = ask(plain("OPTIONS",
                                "Origin: http://localhost:3000\r\n"
                                "Access-Control-Request-Headers: Mcp-Param-X, Content-Type\r\n"));
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "http://localhost:3000");
  EXPECT_EQ(reply.field("Access-Control-Allow-Headers"), "Mcp-Param-X, Content-Type");
  const Reply odd = ask(plain("OPTIONS",
                              "Origin: http://localhost\r\n"
                              "Access-Control-Request-Headers: a;b\r\n"));
  EXPECT_EQ(odd.field("Access-Control-Allow-Headers"), "");
}

// --- the stateless era ---------------------------------------------------------------------------

//= mcp 2026-07-28 basic/transports#messages:deliver MUST
//= mcp 2026-07-28 basic/transports/streamable-http#top:endpoint MUST
//= mcp 2026-07-28 basic/transports/streamable-http#server-behavior-for-custom-headers:forward MUST
TEST_F(EndpointTest, ModernCallPassesWithItsHeadersAndComesBackRepaired) {
  start(EraChoice::automatic);
  script({{Do::take},
          {Do::send, kModern},
          {Do::take},
          {Do::send, json(R"({"jsonrpc":"2.0","id":9223372036854776000,"result":{"a":1e400}})")}});
  const Reply reply = ask(modern_call("9223372036854775807", R"({"n":1.0})",
                                      std::string{kAcceptBoth} + "Mcp-Param-Region: x y\r\n"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"jsonrpc":"2.0","id":9223372036854775807,"result":{"a":1e400,)"
                        R"("resultType":"complete"}})");
  ASSERT_EQ(upstream.requests.size(), 2U);
  EXPECT_NE(upstream.requests[0].find("Mcp-Method: server/discover\r\n"), std::string::npos);
  const std::string& request = upstream.requests[1];
  for (const std::string_view line :
       {"MCP-Protocol-Version: 2026-07-28\r\n", "Mcp-Method: tools/call\r\n", "Mcp-Name: t\r\n",
        "Mcp-Param-Region: x y\r\n", "Accept: application/json, text/event-stream\r\n",
        "Host: up.test\r\n"}) {
    EXPECT_NE(request.find(line), std::string::npos) << line << request;
  }
  EXPECT_NE(request.find(R"("arguments":{"n":1.0})"), std::string::npos) << "unchanged";
}

TEST_F(EndpointTest, ModernCallOfALegacyUpstreamIsToldItsVersions) {
  start(EraChoice::automatic);
  script({{Do::take}, {Do::send, kNotModern}});
  //= mcp 2026-07-28 basic/versioning#protocol-version-negotiation:unsupported MUST
  for (int i = 0; i < 2; ++i) {
    const Reply reply = ask(modern_call("1"));
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.body.find(R"("code":-32022)"), std::string::npos) << reply.body;
    EXPECT_NE(reply.body.find(R"("supported":["2025-11-25")"), std::string::npos);
    EXPECT_NE(reply.body.find(R"("requested":"2026-07-28")"), std::string::npos);
  }
  EXPECT_EQ(upstream.requests.size(), 1U) << "the verdict is remembered";
}

TEST_F(EndpointTest, InitializeOfAModernUpstreamIsToldItsVersions) {
  start(EraChoice::modern);
  const Reply reply = ask(test::initialize());
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find(R"("supported":["2026-07-28"])"), std::string::npos) << reply.body;
  EXPECT_EQ(upstream.accepted, 0U);
}

TEST_F(EndpointTest, UpstreamErrorsAreAnsweredInBandWithAReason) {
  const struct {
    std::string answer;
    std::string_view reason;
  } cases[] = {
      {answer(503, "", ""), "upstream_busy"},
      {answer(401, "", ""), "upstream_auth"},
      {answer(200, "text/html", "<p>"), "upstream_invalid"},
      {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
       "upstream_stream_lost"},
      {stream("data: {\"method\":\"a\"}\n\n"), "upstream_stream_lost"},
      {"SSH-2.0-x\r\n\r\n", "upstream_invalid"},
  };
  start(EraChoice::modern);
  for (const auto& each : cases) {
    script({{Do::take}, {Do::send, each.answer}});
    const Reply reply = ask(modern_call("5"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.whole);
    EXPECT_NE(reply.body.find(R"("reason":")" + std::string{each.reason}), std::string::npos)
        << reply.body;
    EXPECT_NE(reply.body.find(R"("id":5)"), std::string::npos) << reply.body;
  }
}

// The final event and broken framing behind it in one receive: the call is closed by then.
TEST_F(EndpointTest, GarbageBehindAWholeAnswerHarmsNothing) {
  start(EraChoice::modern);
  const std::string data = "data: {\"id\":1,\"result\":{\"resultType\":\"complete\"}}\n\n";
  script(
      {{Do::take},
       {Do::send,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        "33\r\n" +
            data + "\r\nZZ\r\n"}});
  ASSERT_EQ(data.size(), 0x33U);
  const Reply reply = ask(modern_call("1"));
  EXPECT_EQ(reply.body,
            "event: message\ndata: {\"id\":1,\"result\":{\"resultType\":\"complete\"}}\n\n");
}

//= mcp 2026-07-28 basic#notifications:silence MUST NOT
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:accepted MUST
TEST_F(EndpointTest, ModernNotificationIsAccepted) {
  start(EraChoice::modern);
  script({{Do::take}, {Do::send, answer(202, "", "")}});
  const Reply reply = ask(
      test::post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,)"
                 R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                 R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
                 "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: notifications/cancelled\r\n"));
  EXPECT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(reply.body, "");
}

// --- sessions ------------------------------------------------------------------------------------

//= mcp 2025-11-25 basic/transports#streamable-http:endpoint MUST
//= mcp 2025-11-25 basic/lifecycle#version-negotiation:header MUST
//= mcp 2025-11-25 basic/transports#session-management:secure MUST
TEST_F(EndpointTest, SessionCallCarriesTheUpstreamsSessionAndVersion) {
  start(EraChoice::automatic);
  const std::string result = R"({"jsonrpc":"2.0","id":"a","result":{}})";
  const std::string session = open_session({{Do::take}, {Do::send, json(result)}});
  EXPECT_NE(session, "up-1");
  const Reply reply = ask(legacy_call("\"a\"", session));
  EXPECT_EQ(reply.body, result) << "no resultType in this era";
  const std::string& request = upstream.requests[1];
  EXPECT_NE(request.find("Mcp-Session-Id: up-1\r\n"), std::string::npos);
  EXPECT_NE(request.find("MCP-Protocol-Version: 2025-11-25\r\n"), std::string::npos);
  EXPECT_EQ(request.find(session), std::string::npos) << "the client's id stays here";
}

//= mcp 2025-11-25 basic/lifecycle#operation:version MUST
TEST_F(EndpointTest, AnotherVersionThanTheSessionsIsRefused) {
  start(EraChoice::automatic);
  const std::string session = open_session();
  const Reply reply = ask(legacy_call("1", session, "{}", "MCP-Protocol-Version: 2025-06-18\r\n"));
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("version_mismatch"), std::string::npos) << reply.body;
}

TEST_F(EndpointTest, EventsOfASessionCarryIdsByWhichAClientReadsOn) {
  start(EraChoice::automatic);
  const std::string session = open_session(
      {{Do::take},
       {Do::send, stream("id: u1\ndata: {\"method\":\"a\"}\n\ndata: {\"method\":\"b\"}\n\n"
                         "data: {\"id\":3,\"result\":{}}\n\n")}});
  const Reply reply = ask(legacy_call("3", session));
  EXPECT_TRUE(reply.is_events());
  ASSERT_TRUE(reply.body.starts_with("id: ")) << reply.body;
  const std::string first = reply.body.substr(4, reply.body.find('\n') - 4);
  const std::string rest = reply.body.substr(reply.body.find("\n\n") + 2);
  const Reply again = ask(in_session("GET", session, "Last-Event-ID: " + first + "\r\n"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, rest);
  const Reply foreign = ask(in_session("GET", session, "Last-Event-ID: 0-1-1\r\n"));
  EXPECT_EQ(foreign.status, 400);
  EXPECT_NE(foreign.body.find("unknown_event_id"), std::string::npos);
}

TEST_F(EndpointTest, ClientOfJsonAloneGetsJsonInASessionToo) {
  start(EraChoice::automatic);
  const std::string session = open_session(
      {{Do::take},
       {Do::send, stream("data: {\"method\":\"a\"}\n\ndata: {\"id\":3,\"result\":{}}\n\n")}});
  const std::string body =
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"t"}})";
  const Reply reply =
      ask(test::post(body, "Accept: application/json\r\nMcp-Session-Id: " + session + "\r\n"));
  EXPECT_EQ(reply.field("Content-Type"), "application/json");
  EXPECT_EQ(reply.body, R"({"id":3,"result":{}})");
}

//= mcp 2025-11-25 basic/transports#session-management:anew MUST
TEST_F(EndpointTest, LostSessionIs404AndGone) {
  start(EraChoice::automatic);
  const std::string session = open_session({{Do::take}, {Do::send, answer(404, "", "")}});
  const Reply reply = ask(legacy_call("1", session));
  EXPECT_EQ(reply.status, 404);
  EXPECT_NE(reply.body.find("session_lost"), std::string::npos);
  EXPECT_EQ(gateway->plane().status().sessions, 0U);
  EXPECT_EQ(ask(legacy_call("1", session)).status, 404);
}

//= mcp 2025-11-25 basic/transports#protocol-version-header:invalid MUST
TEST_F(EndpointTest, GetAndDeleteOfAnotherVersionAreRefused) {
  start(EraChoice::automatic);
  const std::string session = open_session();
  for (const char* method : {"GET", "DELETE"}) {
    for (const char* version : {"2024-01-01", "2026-07-28"}) {
      const Reply reply = ask(
          in_session(method, session, "MCP-Protocol-Version: " + std::string{version} + "\r\n"));
      EXPECT_EQ(reply.status, 400) << method << version;
      EXPECT_NE(reply.body.find("version_mismatch"), std::string::npos);
    }
  }
  EXPECT_EQ(gateway->plane().status().sessions, 1U);
}

TEST_F(EndpointTest, DeleteEndsBothTwins) {
  start(EraChoice::automatic);
  const std::string session = open_session({{Do::take}, {Do::send, answer(200, "", "")}});
  EXPECT_EQ(ask(in_session("DELETE", session)).status, 200);
  EXPECT_EQ(gateway->plane().status().sessions, 0U);
  EXPECT_TRUE(loop.until([&] { return upstream.requests.size() == 2; }));
  EXPECT_TRUE(upstream.requests[1].starts_with("DELETE /mcp "));
  EXPECT_NE(upstream.requests[1].find("Mcp-Session-Id: up-1\r\n"), std::string::npos);
  EXPECT_EQ(ask(in_session("DELETE", session)).status, 404);
}

TEST_F(EndpointTest, HeadDoesNotEndASession) {
  start(EraChoice::automatic);
  const std::string session = open_session();
  EXPECT_EQ(ask(plain("HEAD", "Mcp-Session-Id: " + session + "\r\n")).status, 405);
  EXPECT_EQ(gateway->plane().status().sessions, 1U);
}

//= mcp 2025-11-25 basic#notifications:silence MUST NOT
// What waits in a session must not be the last to hold it.
TEST_F(EndpointTest, DeleteWhileACancellationsGraceRuns) {
  start(EraChoice::automatic);
  const std::string session = open_session({{Do::take}, {Do::send, answer(202, "", "")}});
  const std::string cancel =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":4}})";
  EXPECT_EQ(ask(test::post(cancel, "Mcp-Session-Id: " + session + "\r\n")).status, 202);
  EXPECT_EQ(ask(in_session("DELETE", session)).status, 200);
  EXPECT_EQ(gateway->plane().status().sessions, 0U);
}

TEST_F(EndpointTest, EndWhileAStandaloneStreamIsOpen) {
  start(EraChoice::automatic);
  const std::string session = open_session(
      {{Do::take}, {Do::send, stream("data: {\"method\":\"s\"}\n\n")}, {Do::await_end}});
  HttpPeer peer{loop.shard, 5s};
  ASSERT_TRUE(loop.run(peer.connect(gateway->at())));
  ASSERT_TRUE(loop.run(peer.send(in_session("GET", session))));
  ASSERT_TRUE(loop.run(peer.read_head()));
  EXPECT_EQ(peer.reply().status, 200);
  gateway->end();
  EXPECT_TRUE(loop.until([&] { return upstream.ends_seen == 1; }));
}

TEST_F(EndpointTest, StandaloneStreamIs405WhereTheUpstreamHasNone) {
  start(EraChoice::automatic);
  const std::string session = open_session({{Do::take}, {Do::send, answer(405, "", "")}});
  EXPECT_EQ(ask(in_session("GET", session)).status, 405);
}

//= mcp 2026-07-28 basic/transports/streamable-http#cancellation:disconnect MUST
//= mcp 2026-07-28 basic/transports/streamable-http#cancellation:silence MUST NOT
TEST_F(EndpointTest, LeavingCancelsAModernCall) {
  start(EraChoice::modern);
  script({{Do::take}, {Do::await_end}});
  HttpPeer peer{loop.shard, 5s};
  ASSERT_TRUE(loop.run(peer.connect(gateway->at())));
  ASSERT_TRUE(loop.run(peer.send(modern_call("1"))));
  ASSERT_TRUE(loop.until([&] { return upstream.requests.size() == 1; }));
  peer.close();
  EXPECT_TRUE(loop.until([&] { return upstream.ends_seen == 1; }));
}

TEST_F(EndpointTest, LeavingDoesNotCancelALegacyCall) {
  start(EraChoice::automatic);
  const std::string session = open_session({{Do::take},
                                            {Do::send, stream("data: {\"method\":\"a\"}\n\n")},
                                            {Do::gate},
                                            {Do::send, "data: {\"id\":4,\"result\":{}}\n\n"}});
  HttpPeer peer{loop.shard, 5s};
  ASSERT_TRUE(loop.run(peer.connect(gateway->at())));
  ASSERT_TRUE(loop.run(peer.send(legacy_call("4", session))));
  ASSERT_TRUE(loop.run(peer.read_head()));
  const auto first = loop.run(peer.next_event());
  ASSERT_TRUE(first.has_value());
  peer.close();
  const std::string id = first->substr(4, first->find('\n') - 4);
  upstream.gate.set();
  const Reply rest = ask(in_session("GET", session, "Last-Event-ID: " + id + "\r\n"));
  EXPECT_NE(rest.body.find(R"(data: {"id":4,"result":{}})"), std::string::npos) << rest.body;
}

TEST_F(EndpointTest, HalfCloseIsAnswered) {
  start(EraChoice::modern);
  script({{Do::take}, {Do::gate}, {Do::send, json(R"({"id":1,"result":{"resultType":"x"}})")}});
  HttpPeer peer{loop.shard, 5s};
  ASSERT_TRUE(loop.run(peer.connect(gateway->at())));
  ASSERT_TRUE(loop.run(peer.send(modern_call("1"))));
  peer.shutdown_write();
  ASSERT_TRUE(loop.until([&] { return upstream.requests.size() == 1; }));
  upstream.gate.set();
  const Reply reply = loop.run(peer.read_reply());
  EXPECT_NE(reply.body.find(R"({"id":1,"result":{"resultType":"x"}})"), std::string::npos);
}

}  // namespace
}  // namespace junctor::agent
