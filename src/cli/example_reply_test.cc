// Goal: replies are whole JSON-RPC messages with the members of their era, and arguments are read
// as they are meant. Method: tables over texts.

#include "cli/example_reply.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace junctor::cli {
namespace {

std::string text_of(const ExampleReply& reply) {
  Buffer out;
  reply.append_to(out, "7");
  return std::string{out.view()};
}

TEST(ExampleReply, IsAResultOrAnError) {
  EXPECT_EQ(text_of(ExampleReply::done(wire::Era::legacy)),
            R"({"jsonrpc":"2.0","id":7,"result":{}})");
  EXPECT_EQ(text_of(ExampleReply::done(wire::Era::modern)),
            R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete"}})");
  EXPECT_EQ(text_of(ExampleReply::refusal(wire::kInvalidParams, "no")),
            R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no"}})");
}

TEST(ExampleReply, KeepsItsDataWhenItMoves) {
  ExampleReply reply = ExampleReply::refusal(wire::kInvalidParams, "no");
  reply.error_data = R"({"uri":"a"})";
  const ExampleReply moved = std::move(reply);
  EXPECT_EQ(
      text_of(moved),
      R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"no","data":{"uri":"a"}}})");
}

struct HintCase {
  wire::Era era;
  CacheHint hint;
  std::string_view members;
};

constexpr HintCase kHints[] = {
    {wire::Era::legacy, CacheHint::minute, "{}"},
    {wire::Era::modern, CacheHint::none, R"({"resultType":"complete"})"},
    {wire::Era::modern, CacheHint::stale,
     R"({"resultType":"complete","ttlMs":0,"cacheScope":"public"})"},
    {wire::Era::modern, CacheHint::minute,
     R"({"resultType":"complete","ttlMs":60000,"cacheScope":"public"})"},
};

//= mcp 2026-07-28 basic#result-responses:result-type MUST
//= mcp 2026-07-28 server/utilities/caching#cacheable-results:hints MUST
TEST(ExampleReply, HasTheMembersOfItsEra) {
  for (const HintCase& c : kHints) {
    Buffer text;
    wire::JsonWriter out{text};
    out.begin_object();
    add_result_members(out, c.era, c.hint);
    out.end_object();
    EXPECT_EQ(text.view(), c.members);
  }
}

TEST(ExampleReply, OfATool) {
  EXPECT_EQ(tool_text(wire::Era::legacy, "a", R"({"b":1})").result.view(),
            R"({"content":[{"type":"text","text":"a"}],"structuredContent":{"b":1}})");
  EXPECT_EQ(tool_text(wire::Era::modern, "a", {}, ToolOutcome::failed).result.view(),
            R"({"content":[{"type":"text","text":"a"}],"isError":true,"resultType":"complete"})");
}

struct ArgumentCase {
  std::string_view arguments;
  std::size_t bounded;  // Between 0 and 10, else 3.
};

constexpr ArgumentCase kArguments[] = {
    {"{}", 3},
    {R"({"n":0})", 0},
    {R"({"n":10})", 10},
    {R"({"n":11})", 10},
    {R"({"n":-1})", 0},
    {R"({"n":9223372036854775807})", 10},
    {R"({"n":"4"})", 3},
    {R"({"n":1.5})", 3},
    {R"({"n":99999999999999999999})", 3},
    {R"({"n":null})", 3},
    {"[4]", 3},
};

TEST(ExampleReply, ArgumentsAreKeptInTheirBounds) {
  for (const ArgumentCase& c : kArguments) {
    SCOPED_TRACE(c.arguments);
    const std::string body = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{)"
                             R"("name":"t","arguments":)" +
                             std::string{c.arguments} + "}}";
    const auto request = wire::judge_mcp_post(body, {});
    ASSERT_TRUE(request.has_value());
    EXPECT_EQ(bounded_argument(*request, "n", 3, 10), c.bounded);
  }
}

TEST(ExampleReply, TextsAreUnescaped) {
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{)"
                           R"("name":"t","arguments":{"a":"\u00e9","b":1}}})";
  const auto request = wire::judge_mcp_post(body, {});
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(text_argument(*request, "a"), "é");
  EXPECT_EQ(text_argument(*request, "b"), std::nullopt);
  EXPECT_EQ(text_argument(*request, "c"), std::nullopt);
}

}  // namespace
}  // namespace junctor::cli
