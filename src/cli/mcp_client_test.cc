// Goal: the client finds out which era a server is of, speaks it as its specification says, and
// says what went wrong when nothing good comes. Method: a scripted server on one loop beside the
// client; each request that came is compared, and each answer is written down.

#include "cli/mcp_client.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/loopback.h"
#include "net/scripted_server.h"

namespace junctor::cli {
namespace {

using namespace std::chrono_literals;
using agent::EraChoice;
using net::test::Script;
using wire::McpMethod;
using Do = net::test::Step::Do;

std::string http(std::string_view status, std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 " + std::string{status} + "\r\n" + std::string{fields} +
         (body.empty() ? "" : "Content-Type: application/json\r\n") +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

std::string result(int id, std::string_view json, std::string_view fields = {}) {
  return http(
      "200 OK",
      R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + std::string{json} + "}",
      fields);
}

std::string error(int id, int code, std::string_view more = {},
                  std::string_view status = "200 OK") {
  return http(status, R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"error":{"code":)" +
                          std::to_string(code) + R"(,"message":"no")" + std::string{more} + "}}");
}

// An event stream that ends with the connection.
std::string events(std::string_view text) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" +
         std::string{text};
}

// Requests of one connection, each with its answer.
Script answers(const std::vector<std::string>& texts) {
  Script script;
  for (const std::string& text : texts) {
    script.push_back({Do::take});
    script.push_back({Do::send, text});
  }
  return script;
}

Script closing(Script script) {
  script.push_back({Do::finish});
  return script;
}
Script waiting(Script script) {
  script.push_back({Do::await_end});
  return script;
}

constexpr std::string_view kDiscovered = R"({"supportedVersions":["2026-07-28"]})";
constexpr std::string_view kBegun = R"({"protocolVersion":"2025-11-25","capabilities":{}})";
constexpr std::string_view kSession = "Mcp-Session-Id: s1\r\n";
const std::string kNoted = http("202 Accepted", "");

class Heard final : public McpListener {
 public:
  void on_progress(std::string_view params) override { params_.emplace_back(params); }
  [[nodiscard]] const std::vector<std::string>& params() const { return params_; }

 private:
  std::vector<std::string> params_;
};

class McpClientTest : public ::testing::Test {
 protected:
  McpClientTest() { resolver_.names["server.test"] = {server_.at()}; }

  void make(EraChoice era = EraChoice::automatic, McpListener* listener = nullptr) {
    McpClientOptions options{.url = net::Url::parse("http://server.test/mcp?x=1").value(),
                             .era = era,
                             .answer_bytes_max = 4096};
    options.headers.push_back({"X-Key", Secret{std::string{"k"}}});
    client_ = std::make_unique<McpClient>(
        McpClient::Services{
            .shard = loop_.shard, .resolver = resolver_, .metrics = metrics_, .listener = listener},
        std::move(options));
  }
  Result<> open(Duration limit = 5s) { return loop_.run(client_->open(loop_.in(limit))); }
  Result<McpReply> call(McpCall call = {.method = McpMethod::tools_list}, Duration limit = 5s) {
    return loop_.run(client_->call(std::move(call), loop_.in(limit)));
  }
  void close() { loop_.run(close_and_say(*client_, loop_.in(1s))); }
  // A session of `id`s up to 2, on a connection that goes on with `more`.
  void begin(const std::vector<std::string>& more) {
    std::vector<std::string> texts{result(1, kBegun, kSession), kNoted};
    texts.insert(texts.end(), more.begin(), more.end());
    server_.scripts.push_back(waiting(answers(texts)));
    make(EraChoice::legacy);
    ASSERT_TRUE(open().has_value());
  }
  [[nodiscard]] bool has(std::size_t request, std::string_view text) const {
    return request < server_.requests.size() &&
           server_.requests[request].find(text) != std::string::npos;
  }

  net::test::Loop loop_;
  net::test::ScriptedServer server_{loop_.shard};
  net::test::TableResolver resolver_;
  Metrics metrics_;
  std::unique_ptr<McpClient> client_;

 private:
  static rt::Task<bool> close_and_say(McpClient& client, Time deadline) {
    co_await client.close(deadline);
    co_return true;
  }
};

//= mcp 2026-07-28 basic#meta:required MUST
//= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:required MUST
//= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:encode MUST
TEST_F(McpClientTest, AModernServerIsAskedOnceAndThenCalled) {
  server_.scripts.push_back(
      waiting(answers({result(1, kDiscovered), result(2, R"({"content":[ ] })")})));
  make();
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(client_->era(), wire::Era::modern);
  const auto reply = call({.method = McpMethod::tools_call,
                           .params = R"("name":"café","arguments":{})",
                           .name = "café",
                           .fields = {{"Mcp-Param-Region", "eu"}}});
  ASSERT_TRUE(reply.has_value()) << reply.error().detail();
  EXPECT_EQ(reply->kind, McpReply::Kind::result);
  EXPECT_EQ(reply->json, R"({"content":[ ] })");
  close();  // There is no session to end.
  ASSERT_EQ(server_.requests.size(), 2U);
  for (const std::string_view text :
       {"POST /mcp?x=1 HTTP/1.1\r\nHost: server.test\r\n", "Mcp-Method: server/discover\r\n",
        "MCP-Protocol-Version: 2026-07-28\r\n", "X-Key: k\r\n",
        "Accept: application/json, text/event-stream\r\n", "Content-Type: application/json\r\n",
        R"("io.modelcontextprotocol/clientCapabilities":{})"}) {
    EXPECT_TRUE(has(0, text)) << text << " in\n" << server_.requests[0];
  }
  for (const std::string_view text :
       {"Mcp-Method: tools/call\r\n", "Mcp-Name: =?base64?Y2Fmw6k=?=\r\n",
        "Mcp-Param-Region: eu\r\n", R"("id":2,"method":"tools/call","params":{"name":"café")"}) {
    EXPECT_TRUE(has(1, text)) << text << " in\n" << server_.requests[1];
  }
  EXPECT_FALSE(has(1, "progressToken"));
}

//= mcp 2025-11-25 basic/lifecycle#initialization:first MUST
//= mcp 2025-11-25 basic/lifecycle#initialization:ask MUST
//= mcp 2025-11-25 basic/lifecycle#initialization:initialized MUST
//= mcp 2025-11-25 basic/lifecycle#version-negotiation:ask MUST
//= mcp 2025-11-25 basic/transports#protocol-version-header:sent MUST
//= mcp 2025-11-25 basic/transports#session-management:header MUST
TEST_F(McpClientTest, ALegacyServerGetsASessionFromBeginToEnd) {
  server_.scripts.push_back(
      waiting(answers({error(1, -32000, "", "400 Bad Request"), result(2, kBegun, kSession), kNoted,
                       result(3, R"({"tools":[]})"), http("200 OK", "")})));
  make();
  ASSERT_TRUE(open().has_value());
  EXPECT_EQ(client_->era(), wire::Era::legacy);
  ASSERT_TRUE(call().has_value());
  close();
  ASSERT_EQ(server_.requests.size(), 5U);
  EXPECT_TRUE(has(1, R"("method":"initialize","params":{"protocolVersion":"2025-11-25")"));
  EXPECT_FALSE(has(1, "Mcp-Session-Id")) << "none yet";
  EXPECT_FALSE(has(1, "Mcp-Method"));
  EXPECT_TRUE(has(2, R"("method":"notifications/initialized")"));
  EXPECT_TRUE(has(3, R"({"jsonrpc":"2.0","id":3,"method":"tools/list","params":{}})"));
  EXPECT_TRUE(server_.requests[4].starts_with("DELETE /mcp?x=1 HTTP/1.1\r\n"));
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_TRUE(has(i, "Mcp-Session-Id: s1\r\n")) << i;
    EXPECT_TRUE(has(i, "MCP-Protocol-Version: 2025-11-25\r\n")) << i;
  }
}

struct Probe {
  std::string_view name;
  std::string answer;
  std::string_view outcome;  // "modern", "legacy", or a part of why not.
  ErrorKind kind = ErrorKind::internal;
};
const Probe kProbes[] = {
    {"discovered", result(1, kDiscovered), "modern"},
    {"several_versions", result(1, R"({"supportedVersions":["2027-01-01","2026-07-28"]})"),
     "modern"},
    {"other_version_refused", error(1, -32022, R"(,"data":{"supported":["2026-07-28"]})"),
     "modern"},
    {"header_mismatch", error(1, -32020, "", "400 Bad Request"), "modern"},
    {"missing_capability", error(1, -32021, "", "400 Bad Request"), "modern"},
    {"only_later_ones", result(1, R"({"supportedVersions":["2027-01-01"]})"),
     "speaks none of the protocol's versions", ErrorKind::invalid_argument},
    {"legacy_versions", error(1, -32022, R"(,"data":{"supported":["2025-11-25"]})"), "legacy"},
    {"unknown_method", error(1, -32601), "legacy"},
    {"no_session", error(1, -32000, "", "400 Bad Request"), "legacy"},
    {"a_page", http("404 Not Found", "<html>"), "legacy"},
    {"not_allowed", http("405 Method Not Allowed", ""), "legacy"},
    {"a_page_that_is_fine", http("200 OK", "<html>"), "legacy"},
    {"unauthorized", http("401 Unauthorized", ""),
     "the server answered server/discover with HTTP 401 Unauthorized", ErrorKind::unauthenticated},
    {"forbidden_with_an_error", error(1, -32000, "", "403 Forbidden"), "HTTP 403",
     ErrorKind::forbidden},
    {"too_many", http("429 Too Many Requests", ""), "HTTP 429", ErrorKind::rate_limited},
    {"broken", http("502 Bad Gateway", ""), "HTTP 502", ErrorKind::unavailable},
    {"elsewhere", http("307 Temporary Redirect", "", "Location: /x\r\n"), "HTTP 307",
     ErrorKind::unavailable},
    {"no_http", "SSH-2.0-x\r\n\r\n", "not valid HTTP/1.1", ErrorKind::corrupt},
};

TEST_F(McpClientTest, TheEraIsWhatTheAnswerSays) {
  for (const Probe& row : kProbes) {
    SCOPED_TRACE(row.name);
    const std::size_t before = server_.requests.size();
    server_.scripts.push_back(
        waiting(answers({row.answer, result(2, kBegun, kSession), kNoted, http("200 OK", "")})));
    make();
    const auto opened = open();
    if (row.outcome == "modern" || row.outcome == "legacy") {
      ASSERT_TRUE(opened.has_value()) << opened.error().detail();
      EXPECT_EQ(client_->era() == wire::Era::modern, row.outcome == "modern");
      EXPECT_EQ(server_.requests.size() - before, row.outcome == "modern" ? 1U : 3U);
    } else {
      ASSERT_FALSE(opened.has_value());
      EXPECT_EQ(opened.error().kind(), row.kind) << opened.error().detail();
      EXPECT_NE(opened.error().detail().find(row.outcome), std::string::npos)
          << opened.error().detail();
      EXPECT_EQ(server_.requests.size() - before, 1U);
    }
    close();
    client_.reset();
    server_.scripts.clear();
  }
}

TEST_F(McpClientTest, AnEraThatIsGivenIsNotAskedFor) {
  server_.scripts.push_back(waiting(answers({result(1, R"({"tools":[]})")})));
  make(EraChoice::modern);
  ASSERT_TRUE(open().has_value());
  ASSERT_TRUE(call().has_value());
  EXPECT_TRUE(has(0, R"("method":"tools/list")"));
}

struct Handshake {
  std::string_view name;
  std::string answer;
  std::string_view why;
};
const Handshake kHandshakes[] = {
    {"refused", error(1, -32602), "the server refused to begin a session: no"},
    {"not_there", http("404 Not Found", ""), "answered initialize with HTTP 404 Not Found"},
    {"no_mcp", http("200 OK", "hello"), "the server's answer to initialize (HTTP 200) holds no"},
    {"no_version", result(1, "{}"), "a version of the protocol that is not known"},
    {"modern_version", result(1, R"({"protocolVersion":"2026-07-28"})"), "that is not known"},
    {"no_object", result(1, "[]"), "the result of initialize is no object"},
};

TEST_F(McpClientTest, AHandshakeThatFailsSaysWhy) {
  for (const Handshake& row : kHandshakes) {
    SCOPED_TRACE(row.name);
    server_.scripts.push_back(waiting(answers({row.answer})));
    make(EraChoice::legacy);
    const auto opened = open();
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().detail().find(row.why), std::string::npos) << opened.error().detail();
    client_.reset();
  }
}

TEST_F(McpClientTest, AnOlderSessionGoesOnInItsVersion) {
  server_.scripts.push_back(waiting(
      answers({result(1, R"({"protocolVersion":"2025-03-26"})"), kNoted, result(2, "{}")})));
  make(EraChoice::legacy);
  ASSERT_TRUE(open().has_value());
  ASSERT_TRUE(call().has_value());
  EXPECT_TRUE(has(2, "MCP-Protocol-Version: 2025-03-26\r\n"));
  close();  // Without an id there is nothing to delete.
  EXPECT_EQ(server_.requests.size(), 3U);
}

TEST_F(McpClientTest, AStreamIsReadToItsAnswerAndNoFurther) {
  server_.scripts.push_back(waiting(
      answers({events("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
                      "{\"progressToken\":1,\"progress\":1}}\n\n"
                      "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":1}}\n\n")})));
  Heard heard;
  make(EraChoice::modern, &heard);
  ASSERT_TRUE(open().has_value());
  const auto reply = call();  // The server does not end the stream.
  ASSERT_TRUE(reply.has_value()) << reply.error().detail();
  EXPECT_EQ(reply->json, R"({"a":1})");
  EXPECT_TRUE(has(0, R"("progressToken":1})"));
  EXPECT_EQ(heard.params(), std::vector<std::string>{R"({"progressToken":1,"progress":1})"});
}

//= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
TEST_F(McpClientTest, RequestsOfAServerAreAnswered) {
  begin(
      {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
       "data: {\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}\n\n"
       "data: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"elicitation/create\",\"params\":{}}\n\n"
       "data: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}\n\n"});
  server_.scripts.push_back(waiting(answers({kNoted, kNoted})));
  ASSERT_TRUE(call().has_value());
  ASSERT_EQ(server_.requests.size(), 5U);
  EXPECT_TRUE(has(3, R"({"jsonrpc":"2.0","id":"p","result":{}})"));
  EXPECT_TRUE(has(4, R"({"jsonrpc":"2.0","id":9,"error":{"code":-32601,)"));
  EXPECT_TRUE(has(4, "Mcp-Session-Id: s1\r\n"));
}

TEST_F(McpClientTest, AStreamOfASessionIsResumedWhereItEnded) {
  server_.scripts.push_back(closing(
      answers({result(1, kBegun, kSession), kNoted, events("id: e1\nretry: 100\ndata:\n\n")})));
  server_.scripts.push_back(waiting(
      answers({events("id: e2\ndata: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"a\":2}}\n\n")})));
  make(EraChoice::legacy);
  ASSERT_TRUE(open().has_value());
  const auto reply = call();
  ASSERT_TRUE(reply.has_value()) << reply.error().detail();
  EXPECT_EQ(reply->json, R"({"a":2})");
  EXPECT_TRUE(server_.requests[3].starts_with("GET /mcp?x=1 HTTP/1.1\r\n"));
  EXPECT_TRUE(has(3, "Last-Event-ID: e1\r\n"));
  EXPECT_TRUE(has(3, "Accept: text/event-stream\r\n"));
}

TEST_F(McpClientTest, AStreamThatCannotBeResumedIsAnError) {
  server_.scripts.push_back(closing(
      answers({result(1, kBegun, kSession), kNoted, events("id: e1\nretry: 100\ndata:\n\n")})));
  server_.scripts.push_back(waiting(answers({http("405 Method Not Allowed", "")})));
  make(EraChoice::legacy);
  ASSERT_TRUE(open().has_value());
  const auto reply = call();
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().reason(), kHttpStatus);
}

TEST_F(McpClientTest, AModernStreamThatEndsIsNotResumed) {
  server_.scripts.push_back(closing(answers({events("id: e1\ndata:\n\n")})));
  make(EraChoice::modern);
  ASSERT_TRUE(open().has_value());
  const auto reply = call();
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().reason(), kNotMcp);
  EXPECT_EQ(server_.requests.size(), 1U);
}

//= mcp 2025-11-25 basic/utilities/cancellation#behavior-requirements:in-progress MUST
TEST_F(McpClientTest, ACallThatIsGivenUpIsCancelledAndItsSessionEnded) {
  server_.scripts.push_back({{Do::take},
                             {Do::send, result(1, kBegun, kSession)},
                             {Do::take},
                             {Do::send, kNoted},
                             {Do::take},
                             {Do::await_end}});
  server_.scripts.push_back(waiting(answers({kNoted, http("200 OK", "")})));
  make(EraChoice::legacy);
  ASSERT_TRUE(open().has_value());
  const auto reply = call({.method = McpMethod::tools_list}, 50ms);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().kind(), ErrorKind::deadline_exceeded);
  close();
  ASSERT_EQ(server_.requests.size(), 5U);
  EXPECT_TRUE(has(3, R"("method":"notifications/cancelled","params":{"requestId":2,)"));
  EXPECT_TRUE(server_.requests[4].starts_with("DELETE "));
}

//= mcp 2025-11-25 basic/utilities/cancellation#behavior-requirements:initialize MUST NOT
TEST_F(McpClientTest, AHandshakeThatIsGivenUpIsNotCancelled) {
  server_.scripts.push_back({{Do::take}, {Do::await_end}});
  make(EraChoice::legacy);
  EXPECT_EQ(open(50ms).error().kind(), ErrorKind::deadline_exceeded);
  close();
  EXPECT_EQ(server_.requests.size(), 1U);
}

TEST_F(McpClientTest, AResumedWaitEndsWithTheDeadline) {
  server_.scripts.push_back(closing(
      answers({result(1, kBegun, kSession), kNoted, events("id: e1\nretry: 60000\ndata:\n\n")})));
  make(EraChoice::legacy);
  ASSERT_TRUE(open().has_value());
  const auto reply = call({.method = McpMethod::tools_list}, 50ms);
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().kind(), ErrorKind::deadline_exceeded);
}

TEST_F(McpClientTest, ErrorsOfTheServerAreReplies) {
  server_.scripts.push_back(
      waiting(answers({error(1, -32601, R"(,"data":{ })", "404 Not Found")})));
  make(EraChoice::modern);
  ASSERT_TRUE(open().has_value());
  const auto reply = call();
  ASSERT_TRUE(reply.has_value()) << reply.error().detail();
  EXPECT_EQ(reply->kind, McpReply::Kind::error);
  EXPECT_EQ(reply->json, R"({"code":-32601,"message":"no","data":{ }})");
}

TEST_F(McpClientTest, WhatIsTooLargeOrGoneIsAnError) {
  make(EraChoice::modern);
  ASSERT_TRUE(open().has_value());
  server_.scripts.push_back(waiting(answers({result(1, "\"" + std::string(5000, 'x') + "\"")})));
  EXPECT_EQ(call().error().kind(), ErrorKind::too_large);
  server_.scripts.push_back(closing({{Do::take}}));
  EXPECT_EQ(call().error().reason(), "upstream_stream_lost");
  server_.stop();
  EXPECT_EQ(call().error().kind(), ErrorKind::unavailable);
}

}  // namespace
}  // namespace junctor::cli
