// Goal: the example server speaks both eras as their specifications say. Method: real requests as
// text over a loopback socket to a server on its own thread; the connection is closed after each
// answer.

#include "cli/example_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <thread>

#include "net/http_server.h"
#include "rt/clock.h"
#include "rt/kernel_io.h"

namespace junctor::cli {
namespace {

constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{},"progressToken":"t"})";

class ExampleServer : public ::testing::Test {
 protected:
  ExampleServer() {
    for (net::HttpRoute& route : example_routes(shard_).value()) {
      EXPECT_TRUE(router_.add(std::move(route)).has_value());
    }
    const rt::Shard::Entered entered{shard_};
    EXPECT_TRUE(server_.start().has_value());
    thread_ = std::thread{[this] { shard_.run(); }};
  }
  ~ExampleServer() override {
    shard_.stop();
    thread_.join();
  }

  // The whole answer, head and body as they came.
  std::string exchange(const std::string& request) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    const socklen_t length = server_.bound().to(address);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(::send(descriptor, request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor, piece, sizeof piece, 0)) > 0;) {
      answer.append(piece, static_cast<std::size_t>(got));
    }
    ::close(descriptor);
    return answer;
  }

  std::string post(const std::string& body, const std::string& headers = {}) {
    return exchange(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
        "application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  }

  std::string modern(const std::string& method, const std::string& params,
                     const std::string& name = {}) {
    return post(R"({"jsonrpc":"2.0","id":"x","method":")" + method + R"(","params":{)" + params +
                    (params.empty() ? "" : ",") + std::string{kMeta} + "}}",
                "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + method + "\r\n" +
                    (name.empty() ? "" : "Mcp-Name: " + name + "\r\n"));
  }

  std::string legacy(const std::string& session, const std::string& message) {
    return post(message, "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + session + "\r\n");
  }

  // The id of a new session.
  std::string initialize() {
    const std::string answer =
        post(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
             R"("2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
    EXPECT_NE(answer.find(R"("protocolVersion":"2025-11-25")"), std::string::npos) << answer;
    constexpr std::string_view kField = "Mcp-Session-Id: ";
    const std::size_t at = answer.find(kField);
    if (at == std::string::npos) return {};
    return answer.substr(at + kField.size(), answer.find('\r', at) - at - kField.size());
  }

  rt::SystemClock clock_;
  rt::SystemRandom random_;
  rt::KernelIo io_;
  Metrics metrics_;
  rt::Shard shard_{0, io_, clock_, random_};
  net::Router router_;
  net::HttpServer server_{shard_,
                          {.at = rt::Endpoint::ipv4({127, 0, 0, 1}, 0),
                           .limits = {},
                           .hosts = net::HostPolicy::loopback()},
                          router_,
                          metrics_,
                          Logger{}};
  std::thread thread_;
};

//= mcp 2026-07-28 basic#result-responses:result-type MUST
//= mcp 2026-07-28 server/utilities/caching#cacheable-results:hints MUST
TEST_F(ExampleServer, SpeaksTheModernEra) {
  const std::string discover = modern("server/discover", "");
  EXPECT_NE(discover.find(R"("supportedVersions":["2026-07-28"])"), std::string::npos) << discover;
  EXPECT_NE(discover.find(R"("ttlMs":60000,"cacheScope":"public")"), std::string::npos);
  const std::string list = modern("tools/list", "");
  EXPECT_NE(list.find(R"("name":"echo")"), std::string::npos);
  EXPECT_NE(list.find(R"("resultType":"complete")"), std::string::npos);
}

struct ToolCase {
  std::string name;
  std::string arguments;
  std::string_view expected;
};

const ToolCase kTools[] = {
    {"echo", R"({"text":"h\u00e9\n"})", R"("text":"hé\n")"},
    {"add", R"({"a":40,"b":2})", R"("structuredContent":{"sum":42})"},
    {"add", R"({"a":9223372036854775807,"b":1})", R"("code":-32602)"},
    {"add", R"({"a":1.5,"b":1})", R"("code":-32602)"},
    {"echo", "{}", R"("code":-32602)"},
    {"big", R"({"bytes":5})", R"("text":"xxxxx")"},
    {"fail", "{}", R"("isError":true)"},
    {"nope", "{}", R"("code":-32602)"},
};

TEST_F(ExampleServer, EachToolAnswersInBothEras) {
  const std::string session = initialize();
  for (const ToolCase& c : kTools) {
    SCOPED_TRACE(c.name + c.arguments);
    const std::string params = R"("name":")" + c.name + R"(","arguments":)" + c.arguments;
    const std::string answer = modern("tools/call", params, c.name);
    EXPECT_NE(answer.find(c.expected), std::string::npos) << answer;
    EXPECT_NE(answer.find(R"("id":"x")"), std::string::npos);
    const std::string old = legacy(
        session, R"({"jsonrpc":"2.0","id":12345678901234567890,"method":"tools/call","params":{)" +
                     params + "}}");
    EXPECT_NE(old.find(c.expected), std::string::npos) << old;
    EXPECT_NE(old.find(R"("id":12345678901234567890)"), std::string::npos);
    EXPECT_EQ(old.find("resultType"), std::string::npos);
  }
}

TEST_F(ExampleServer, SlowReportsProgressOnItsOwnStream) {
  const std::string answer =
      modern("tools/call", R"("name":"slow","arguments":{"steps":2,"step_ms":1})", "slow");
  const std::size_t first = answer.find(R"("progressToken":"t","progress":1,"total":2)");
  const std::size_t second = answer.find(R"("progressToken":"t","progress":2,"total":2)");
  const std::size_t result = answer.find("Took 2 steps.");
  EXPECT_NE(answer.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_LT(first, second);
  EXPECT_LT(second, result);
  EXPECT_NE(result, std::string::npos) << answer;
}

//= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
TEST_F(ExampleServer, UnknownMethodsAreRefusedByTheirEra) {
  const std::string answer = modern("prompts/list", "");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
  EXPECT_NE(answer.find(R"("code":-32601)"), std::string::npos);
  const std::string old =
      legacy(initialize(), R"({"jsonrpc":"2.0","id":1,"method":"prompts/list"})");
  EXPECT_TRUE(old.starts_with("HTTP/1.1 200 ")) << old;
  EXPECT_NE(old.find(R"("code":-32601)"), std::string::npos);
}

//= mcp 2025-11-25 basic/transports#session-management:terminated MUST
//= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accepted MUST
//= mcp 2025-11-25 basic/lifecycle#version-negotiation:same MUST
TEST_F(ExampleServer, ASessionLivesFromInitializeToDelete) {
  const std::string session = initialize();
  ASSERT_EQ(session.size(), 32U);
  const std::string ping = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
  EXPECT_TRUE(legacy(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})")
                  .starts_with("HTTP/1.1 202 "));
  EXPECT_NE(legacy(session, ping).find(R"("result":{})"), std::string::npos);
  EXPECT_TRUE(post(ping).starts_with("HTTP/1.1 400 "));
  const std::string end =
      "DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nMcp-Session-Id: " + session +
      "\r\n\r\n";
  EXPECT_TRUE(exchange(end).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(exchange(end).starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(legacy(session, ping).starts_with("HTTP/1.1 404 "));
}

TEST_F(ExampleServer, SessionsAreBounded) {
  const std::string first = initialize();
  for (std::size_t i = 0; i < kExampleSessionsMax; ++i) (void)initialize();
  EXPECT_TRUE(
      legacy(first, R"({"jsonrpc":"2.0","id":2,"method":"ping"})").starts_with("HTTP/1.1 404 "));
}

//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:answer MUST
TEST_F(ExampleServer, HasNoStreamOfItsOwn) {
  EXPECT_TRUE(exchange("GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: "
                       "text/event-stream\r\n\r\n")
                  .starts_with("HTTP/1.1 405 "));
}

TEST_F(ExampleServer, MalformedMessagesAreAnswered) {
  EXPECT_NE(post("{").find(R"("code":-32700)"), std::string::npos);
  EXPECT_NE(post("[]").find(R"("code":-32600)"), std::string::npos);
}

}  // namespace
}  // namespace junctor::cli
