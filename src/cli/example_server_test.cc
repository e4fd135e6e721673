// Goal: the example server speaks both eras as their specifications say: versions, capabilities,
// sessions, streams, what is refused. Method: real requests as text over a loopback socket to a
// server on its own thread.

#include "cli/example_server.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cli/example_session.h"
#include "cli/example_world.h"

namespace junctor::cli {
namespace {

using test::ExampleConnection;
using test::has;

using ExampleServer = test::ExampleWorld;

constexpr std::string_view kCapabilities =
    R"("capabilities":{"tools":{},"resources":{"subscribe":true},"prompts":{},"completions":{},)"
    R"("logging":{}})";

//= mcp 2026-07-28 basic#result-responses:result-type MUST
//= mcp 2026-07-28 server/utilities/caching#cacheable-results:hints MUST
TEST_F(ExampleServer, SpeaksTheModernEra) {
  const std::string discover = modern({.method = "server/discover"});
  EXPECT_TRUE(has(discover, R"("supportedVersions":["2026-07-28"])"));
  EXPECT_TRUE(has(discover, R"("ttlMs":60000,"cacheScope":"public")"));
  EXPECT_TRUE(has(discover, kCapabilities));
  const std::string list = modern({.method = "tools/list"});
  EXPECT_TRUE(has(list, R"("name":"echo")"));
  EXPECT_TRUE(has(list, R"("resultType":"complete")"));
}

//= mcp 2025-11-25 basic/lifecycle#version-negotiation:same MUST
TEST_F(ExampleServer, SpeaksTheLegacyEra) {
  struct Case {
    std::string_view asked;
    std::string_view answered;
  };
  constexpr Case kCases[] = {{R"("2025-11-25")", "2025-11-25"}, {R"("2025-06-18")", "2025-06-18"},
                             {R"("2024-11-05")", "2024-11-05"}, {R"("2026-07-28")", "2025-11-25"},
                             {R"("1999-01-01")", "2025-11-25"}, {"7", "2025-11-25"}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.asked);
    const std::string answer = post(
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)" +
        std::string{c.asked} + R"(,"capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
    EXPECT_TRUE(has(answer, R"("protocolVersion":")" + std::string{c.answered}));
    EXPECT_TRUE(has(answer, kCapabilities));
    EXPECT_FALSE(has(answer, "resultType"));
  }
}

// Methods that one era has and the other does not, and those that none has.
//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
TEST_F(ExampleServer, UnknownMethodsAreRefusedByTheirEra) {
  const std::string session = initialize();
  for (const char* method :
       {"ping", "logging/setLevel", "resources/subscribe", "no/such", "tasks/get", "initialize"}) {
    SCOPED_TRACE(method);
    const std::string answer = modern({.method = method, .params = R"("taskId":"1")", .name = "1"});
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
    EXPECT_TRUE(has(answer, R"("code":-32601)"));
  }
  for (const char* method : {"server/discover", "subscriptions/listen", "no/such", "tasks/get"}) {
    SCOPED_TRACE(method);
    const std::string answer = legacy(session, method);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_TRUE(has(answer, R"("code":-32601)"));
  }
}

//= mcp 2025-11-25 basic/transports#session-management:terminated MUST
//= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accepted MUST
TEST_F(ExampleServer, ASessionLivesFromInitializeToDelete) {
  const std::string session = initialize();
  ASSERT_EQ(session.size(), 32U);
  EXPECT_TRUE(
      exchange(legacy_text(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})"))
          .starts_with("HTTP/1.1 202 "));
  EXPECT_TRUE(has(legacy(session, "ping"), R"("result":{})"));
  EXPECT_TRUE(post(R"({"jsonrpc":"2.0","id":2,"method":"ping"})").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(exchange(delete_text(session)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(exchange(delete_text(session)).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(legacy(session, "ping").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(exchange(get_text(session)).starts_with("HTTP/1.1 404 "));
}

TEST_F(ExampleServer, SessionsAreBounded) {
  const std::string first = initialize();
  for (std::size_t i = 0; i < kExampleSessionsMax; ++i) (void)initialize();
  EXPECT_TRUE(legacy(first, "ping").starts_with("HTTP/1.1 404 "));
}

//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:answer MUST
TEST_F(ExampleServer, ASessionHasOneStreamUntilItEnds) {
  EXPECT_TRUE(exchange("GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 405 "));
  const std::string session = initialize();
  ExampleConnection stream{at(), get_text(session)};
  EXPECT_TRUE(has(stream.until("\r\n\r\n"), "Content-Type: text/event-stream"));
  EXPECT_TRUE(exchange(get_text(session)).starts_with("HTTP/1.1 409 "));
  EXPECT_TRUE(exchange(delete_text(session)).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(stream.rest().ends_with("0\r\n\r\n"));  // Whole: the server ended it.
}

// The place is free again as soon as the server sees that the client left.
TEST_F(ExampleServer, AStreamThatWasLeftIsForgotten) {
  const std::string session = initialize();
  {
    ExampleConnection stream{at(), get_text(session)};
    EXPECT_TRUE(has(stream.until("\r\n\r\n"), "HTTP/1.1 200 "));
  }
  for (;;) {
    ExampleConnection next{at(), get_text(session)};
    const std::string& head = next.until("\r\n\r\n");
    if (head.starts_with("HTTP/1.1 200 ")) break;
    ASSERT_TRUE(head.starts_with("HTTP/1.1 409 ")) << head;
  }
}

// A comment is sent to see whether anybody is there.
TEST_F(ExampleServer, AHalfClosedStreamGoesOn) {
  const std::string session = initialize();
  ExampleConnection stream{at(), get_text(session)};
  (void)stream.until("\r\n\r\n");
  stream.end_sending();
  EXPECT_TRUE(has(stream.until(": \n\n"), ": \n\n"));
  EXPECT_TRUE(exchange(get_text(session)).starts_with("HTTP/1.1 409 "));
}

TEST_F(ExampleServer, AnEndedServerEndsItsStreams) {
  ExampleConnection listening{
      at(), text_of({.method = "subscriptions/listen", .params = R"("notifications":{})"})};
  (void)listening.until("acknowledged");
  ExampleConnection calling{at(), text_of({.method = "tools/call",
                                           .params = R"("name":"slow","arguments":{"steps":100,)"
                                                     R"("step_ms":10000})",
                                           .name = "slow"})};
  (void)calling.until("\r\n\r\n");
  stop();
  EXPECT_TRUE(has(listening.rest(), R"("result":{"_meta":{)"
                                    R"("io.modelcontextprotocol/subscriptionId":"x"},)"
                                    R"("resultType":"complete"})"));
  EXPECT_FALSE(has(calling.rest(), "Took"));
}

// The streams of a session that made room end as those of one that was deleted.
TEST_F(ExampleServer, ASessionThatMakesRoomIsEnded) {
  const std::string first = initialize(R"({"elicitation":{}})");
  ExampleConnection stream{at(), get_text(first)};
  (void)stream.until("\r\n\r\n");
  ExampleConnection asking{at(), legacy_request(first, "tools/call", R"("name":"ask")")};
  (void)asking.until("requestedSchema");
  for (std::size_t i = 0; i < kExampleSessionsMax; ++i) (void)initialize();
  EXPECT_TRUE(stream.rest().ends_with("0\r\n\r\n"));
  EXPECT_TRUE(asking.rest().ends_with("0\r\n\r\n"));
  EXPECT_FALSE(asking.has(R"("id":7)"));
}

struct RefusalCase {
  std::string_view name;
  std::string request;
  std::string_view status;
  std::string_view code;
};

// What a gateway must not get wrong is refused as strictly as the gateway itself does it.
TEST_F(ExampleServer, WhatDoesNotAgreeIsRefused) {
  const std::string body =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"fail","_meta":{)"
      R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
  const std::string version = "MCP-Protocol-Version: 2026-07-28\r\n";
  const std::string method = "Mcp-Method: tools/call\r\n";
  const std::string name = "Mcp-Name: fail\r\n";
  const RefusalCase kCases[] = {
      {"none", post_text(body, version + method + name), "200", R"("isError":true)"},
      {"no version", post_text(body, method + name), "400", R"("code":-32020)"},
      {"no method", post_text(body, version + name), "400", R"("code":-32020)"},
      {"no name", post_text(body, version + method), "400", R"("code":-32020)"},
      {"another name", post_text(body, version + method + "Mcp-Name: echo\r\n"), "400",
       R"("code":-32020)"},
      {"a version of a session",
       legacy_text(initialize(), R"({"jsonrpc":"2.0","id":1,"method":"server/discover"})"), "200",
       R"("code":-32601)"},
      {"a session that is named twice",
       post_text(R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                 "Mcp-Session-Id: a\r\nMcp-Session-Id: a\r\n"),
       "400",
       {}},
  };
  for (const RefusalCase& c : kCases) {
    SCOPED_TRACE(c.name);
    const std::string answer = exchange(c.request);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::string{c.status})) << answer;
    EXPECT_TRUE(has(answer, c.code));
  }
}

TEST_F(ExampleServer, AForeignHostAndALargeBodyAreRefused) {
  EXPECT_TRUE(exchange("POST /mcp HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n"
                       "Content-Length: 0\r\n\r\n")
                  .starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(exchange("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                       std::to_string(kExampleBodyBytesMax + 1) + "\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
}

TEST_F(ExampleServer, MalformedMessagesAreAnswered) {
  EXPECT_TRUE(has(post("{"), R"("code":-32700)"));
  EXPECT_TRUE(has(post("[]"), R"("code":-32600)"));
  EXPECT_TRUE(post(R"({"jsonrpc":"2.0","method":"initialize"})").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(exchange("HEAD /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 405 "));
}

}  // namespace
}  // namespace junctor::cli
