// Goal: a line is told what it is, and the head under which it goes to an endpoint says the same as
// its body: the judgement of that endpoint finds nothing to complain about. Method: rows of lines;
// heads are parsed again, and given to the real judgement with the line.

#include "agent/stdio_message.h"

#include <gtest/gtest.h>

#include "agent/text_request.h"
#include "wire/mcp_request.h"

namespace junctor::agent {
namespace {

using wire::Era;
using wire::McpMethod;
using wire::http1::HeaderId;

const StdioSession kSession{.id = "s-1", .version = "2025-11-25"};

constexpr std::string_view kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

std::string modern(std::string_view method, std::string_view params = {}) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string{method} + R"(","params":{)" +
         std::string{params} + (params.empty() ? "" : ",") + std::string{kMeta} + "}}";
}

std::unique_ptr<TextRequest> request_of(std::string_view line, std::optional<Era> era,
                                        const StdioSession& session) {
  auto head = post_head(read_stdio_message(line), line.size(), era, session);
  EXPECT_TRUE(head.has_value()) << line;
  if (!head) return nullptr;
  auto made = TextRequest::make(*std::move(head), {}, {});
  EXPECT_TRUE(made.has_value()) << line;
  return made ? *std::move(made) : nullptr;
}

// What an endpoint makes of the line: a word.
std::string judged(std::string_view line, const net::Request& request) {
  const auto field = [&request](HeaderId id) -> wire::McpHeader {
    const auto* found = request.head().headers.find(id);
    if (found == nullptr) return {};
    return {.value = found->value, .count = 1};
  };
  const auto verdict =
      wire::judge_mcp_post(line, {.protocol_version = field(HeaderId::mcp_protocol_version),
                                  .method = field(HeaderId::mcp_method),
                                  .name = field(HeaderId::mcp_name),
                                  .session_id = field(HeaderId::mcp_session_id)});
  if (!verdict) return std::to_string(verdict.error().code);
  return verdict->era == Era::modern ? "modern" : "legacy";
}

struct Line {
  std::string line;
  std::optional<Era> era;
  std::string verdict;
  std::string version;
  std::string method;
  std::string name;
};

const Line kLines[] = {
    {modern("tools/list"), {}, "modern", "2026-07-28", "tools/list", ""},
    {modern("tools/call", R"("name":"echo")"), {}, "modern", "2026-07-28", "tools/call", "echo"},
    {modern("tools/call", R"("name":"Gr\u00fc\u00dfe")"), Era::modern, "modern", "2026-07-28",
     "tools/call", "=?base64?R3LDvMOfZQ==?="},
    {modern("tools/call", R"("name":"")"),
     {},
     "modern",
     "2026-07-28",
     "tools/call",
     "=?base64?"
     "?="},
    {modern("resources/read", R"("name":"no","uri":"a://b")"),
     {},
     "modern",
     "2026-07-28",
     "resources/read",
     "a://b"},
    {modern("tools/list", R"("name":"not this")"), {}, "modern", "2026-07-28", "tools/list", ""},
    {modern(R"(tools\/list)"), {}, "modern", "2026-07-28", "tools/list", ""},
    // A client's mistakes are judged as what they are.
    {R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", Era::modern, "-32602", "2026-07-28",
     "tools/list", ""},
    {modern("tools/call", R"("name":7)"), {}, "-32020", "2026-07-28", "tools/call", ""},
    {R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":)"
     R"({"io.modelcontextprotocol/protocolVersion":"2027-01-01",)"
     R"("io.modelcontextprotocol/clientCapabilities":{}}}})",
     {},
     "-32022",
     "2027-01-01",
     "a",
     ""},
    {R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":)"
     R"({"io.modelcontextprotocol/protocolVersion":7}}})",
     {},
     "-32602",
     "2026-07-28",
     "a",
     ""},
    // The legacy era has one header.
    {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})", Era::legacy,
     "legacy", "2025-11-25", "", ""},
    {R"({"jsonrpc":"2.0","id":1,"result":{}})", Era::legacy, "legacy", "2025-11-25", "", ""},
};

TEST(StdioMessage, AHeadSaysWhatTheLineSays) {
  for (const Line& row : kLines) {
    SCOPED_TRACE(row.line);
    const auto request = request_of(row.line, row.era, kSession);
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(judged(row.line, *request), row.verdict);
    EXPECT_EQ(request->header(HeaderId::mcp_protocol_version), row.version);
    EXPECT_EQ(request->header(HeaderId::mcp_method), row.method);
    EXPECT_EQ(request->header(HeaderId::mcp_name), row.name);
    EXPECT_EQ(request->header(HeaderId::mcp_session_id),
              row.version == kSession.version ? kSession.id : "");
    EXPECT_EQ(request->header(HeaderId::accept), "application/json, text/event-stream");
    EXPECT_EQ(request->header(HeaderId::content_type), "application/json");
    EXPECT_EQ(request->head().content_length, row.line.size());
  }
}

TEST(StdioMessage, InitializeKnowsNoSessionYet) {
  const std::string_view line = R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                                R"("protocolVersion":"2025-11-25"}})";
  const auto request = request_of(line, Era::legacy, kSession);
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(request->header(HeaderId::mcp_session_id), "");
  EXPECT_EQ(request->header(HeaderId::mcp_protocol_version), "");
  const StdioMessage message = read_stdio_message(line);
  EXPECT_TRUE(message.is(McpMethod::initialize));
  EXPECT_EQ(message.initialize_version.raw, R"("2025-11-25")");
}

TEST(StdioMessage, WhatNoFieldCanCarryIsRefusedWithItsName) {
  const std::pair<std::string, std::string_view> kRows[] = {
      {modern(R"(a\nb)"), "The method has characters that cannot be passed on."},
      {modern("tools/call", R"("name":"\ud800")"),
       "The name has characters that cannot be passed on."},
      {R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":)"
       R"({"io.modelcontextprotocol/protocolVersion":"2026\u0000"}}})",
       "The protocol version has characters that cannot be passed on."}};
  for (const auto& [line, sentence] : kRows) {
    SCOPED_TRACE(line);
    const auto head = post_head(read_stdio_message(line), line.size(), {}, {});
    ASSERT_FALSE(head.has_value());
    EXPECT_EQ(head.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(head.error().detail(), sentence);
  }
}

TEST(StdioMessage, OnlyAVersionThatWeKnowSettlesTheEra) {
  const auto settles = [](std::string_view version) {
    const std::string line = R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":)"
                             R"({"io.modelcontextprotocol/protocolVersion":)" +
                             std::string{version} + "}}}";
    return read_stdio_message(line).has_known_modern_version();
  };
  EXPECT_TRUE(settles(R"("2026-07-28")"));
  EXPECT_FALSE(settles(R"("2027-07-28")"));
  EXPECT_FALSE(settles(R"("2025-11-25")"));
  EXPECT_FALSE(settles("7"));
}

TEST(StdioMessage, ACancellationNamesItsRequest) {
  const auto id_in = [](std::string_view id) {
    static std::string line;
    line = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
           std::string{id} + "}}";
    return read_stdio_message(line).cancelled_id.raw;
  };
  EXPECT_EQ(id_in("7"), "7");
  EXPECT_EQ(id_in(R"("7")"), R"("7")");
}

struct Flawed {
  std::string_view line;
  std::string_view id;
  int code;
  std::string_view sentence;
};

const Flawed kFlawed[] = {
    {"hello", "null", -32700, "The line is not valid JSON (syntax at byte 0)."},
    {R"({"jsonrpc":"2.0","id":1,"method":"a")", "null", -32700,
     "The line is not valid JSON (syntax at byte 36)."},
    {R"([{"jsonrpc":"2.0","id":1,"method":"a"}])", "null", -32600, ""},
    {R"({"id":5,"method":"a"})", "5", -32600, ""},
    {R"({"jsonrpc":"2.0","id":null,"method":"a"})", "null", -32600, ""},
    {R"({"jsonrpc":"2.0","id":5,"method":"a","method":"b"})", "5", -32600,
     "a member occurs twice at byte 37"},
    {R"({"jsonrpc":"2.0","id":5,"id":6,"method":"b"})", "null", -32600,
     "a member occurs twice at byte 24"},
};

TEST(StdioMessage, WhatIsNoMessageIsSaidSo) {
  for (const Flawed& row : kFlawed) {
    SCOPED_TRACE(row.line);
    const auto flaw = flaw_of(read_stdio_message(row.line), row.line);
    ASSERT_TRUE(flaw.has_value());
    EXPECT_EQ(flaw->id, row.id);
    EXPECT_EQ(flaw->code, row.code);
    EXPECT_FALSE(flaw->sentence.empty());
    if (!row.sentence.empty()) EXPECT_EQ(flaw->sentence, row.sentence);
  }
  for (const Line& row : kLines) EXPECT_FALSE(flaw_of(read_stdio_message(row.line), row.line));
}

TEST(StdioMessage, HeadsOfASessionNameIt) {
  const auto get = TextRequest::make(session_head(SessionVerb::get, kSession, "e-7"), {}, {});
  ASSERT_TRUE(get.has_value());
  EXPECT_EQ((*get)->head().method, wire::http1::Method::get);
  EXPECT_EQ((*get)->header(HeaderId::last_event_id), "e-7");
  EXPECT_EQ((*get)->header(HeaderId::accept), "text/event-stream");
  const auto end = TextRequest::make(session_head(SessionVerb::delete_, kSession), {}, {});
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ((*end)->head().method, wire::http1::Method::delete_);
  EXPECT_EQ((*end)->header(HeaderId::mcp_session_id), "s-1");
  EXPECT_EQ((*end)->header(HeaderId::mcp_protocol_version), "2025-11-25");
  EXPECT_EQ((*end)->head().headers.find(HeaderId::last_event_id), nullptr);
}

TEST(StdioMessage, AnErrorOfOursHasItsReason) {
  Buffer out;
  append_error(out, "7", Error{ErrorKind::rate_limited, "too_many_calls", "Too many."});
  EXPECT_EQ(out.view(), R"({"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"Too many.",)"
                        R"("data":{"reason":"too_many_calls","retryable":true}}})");
}

}  // namespace
}  // namespace junctor::agent
