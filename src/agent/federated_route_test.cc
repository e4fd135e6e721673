// Goal: what a federated route keeps across requests holds for its time and no longer, and a call
// that is sent again is the same call. Method: the whole gateway in the simulated world in front of
// two scripted upstreams; the rest of the route's promises has the real program in
// tests/journeys/federation.py.

#include "agent/federated_route.h"

#include <gtest/gtest.h>

#include "agent/offering.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::FederatedGateway;
using test::Reply;

std::string cursor_of(const Reply& reply) {
  return sim::value_behind(reply.body, R"("nextCursor":")", "\"");
}
std::string with_cursor(std::string_view cursor) {
  return R"("cursor":")" + std::string{cursor} + "\"";
}

// --- cursors -------------------------------------------------------------------------------------

void offer_pages(FederatedGateway& gateway) {
  gateway.a.tools.clear();
  gateway.b.tools.clear();
  for (const char letter : {'k', 'l', 'm'}) gateway.a.tools.emplace_back(3_MiB, letter);
  for (const char letter : {'n', 'o'}) gateway.b.tools.emplace_back(3_MiB, letter);
}

void keep_lists(Settings& settings) {
  settings.limits.catalog_ttl = 48h;
}

//= mcp 2026-07-28 server/utilities/pagination#error-handling:invalid SHOULD
TEST(FederatedRoute, ACursorIsGoodForItsLife) {
  FederatedGateway gateway{keep_lists};
  offer_pages(gateway);
  const Reply first = gateway.ask_modern("tools/list");
  const std::string cursor = cursor_of(first);
  ASSERT_FALSE(cursor.empty());
  EXPECT_LE(first.body.size(), FederatedRoute::kPageBytesMax + 1_KiB);
  gateway.world.run_for(FederatedRoute::kCursorLife - 1min);
  const Reply second = gateway.ask_modern("tools/list", with_cursor(cursor));
  EXPECT_TRUE(second.body.contains(std::string(1000, 'm'))) << second.status;
  gateway.world.run_for(2min);
  const Reply late = gateway.ask_modern("tools/list", with_cursor(cursor));
  EXPECT_TRUE(late.body.contains(R"("code":-32602)")) << late.body.substr(0, 200);
  EXPECT_TRUE(late.body.contains(R"("reason":"cursor_unknown")"));
}

TEST(FederatedRoute, PagesHaveEachItemOnce) {
  FederatedGateway gateway{keep_lists};
  offer_pages(gateway);
  std::string seen;
  std::string cursor;
  int pages = 0;
  do {
    const Reply page = gateway.ask_modern("tools/list", cursor.empty() ? "" : with_cursor(cursor));
    for (const char letter : std::string_view{"klmno"}) {
      if (page.body.contains(R"({"name":")" + std::string(3_MiB, letter) + "\"}")) seen += letter;
    }
    cursor = cursor_of(page);
  } while (++pages < 10 && !cursor.empty());
  EXPECT_EQ(seen, "klmno");
  EXPECT_EQ(pages, 3);
}

TEST(FederatedRoute, ACursorOfAnotherListOrOfAListThatChangedIsNone) {
  FederatedGateway gateway{[](Settings& settings) { settings.limits.catalog_ttl = 0s; }};
  offer_pages(gateway);
  const std::string cursor = cursor_of(gateway.ask_modern("tools/list"));
  for (const std::string_view method : {"prompts/list", "resources/list"}) {
    const Reply other = gateway.ask_modern(method, with_cursor(cursor));
    EXPECT_TRUE(other.body.contains(R"("code":-32602)")) << method;
  }
  EXPECT_FALSE(gateway.ask_modern("tools/list", with_cursor(cursor)).body.contains("-32602"));
  std::swap(gateway.b.tools[0], gateway.b.tools[1]);
  const Reply changed = gateway.ask_modern("tools/list", with_cursor(cursor));
  EXPECT_TRUE(changed.body.contains(R"("code":-32602)"));
}

// --- a call that is sent again -------------------------------------------------------------------

std::string open_session(FederatedGateway& gateway) {
  const Reply hello = gateway.ask(test::initialize());
  EXPECT_EQ(hello.status, 200) << hello.body;
  return hello.field("Mcp-Session-Id");
}
std::string call(std::string_view session, std::string_view id, std::string_view fields = {}) {
  const std::string body = R"({"jsonrpc":"2.0","id":)" + std::string{id} +
                           R"(,"method":"tools/call","params":{"name":"x","arguments":{}}})";
  return test::post(body, std::string{test::kAcceptBoth} + "Mcp-Session-Id: " +
                              std::string{session} + "\r\n" + std::string{fields});
}

TEST(FederatedRoute, ACallInALostSessionIsTheSameCallInTheNext) {
  FederatedGateway gateway;
  const std::string session = open_session(gateway);
  const std::string trace =
      "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
      "tracestate: v=1\r\n";
  const std::string id = R"("an-id-that-is-longer-than-what-a-string-holds-in-itself")";
  ASSERT_EQ(gateway.ask(call(session, id, trace)).status, 200);
  gateway.a.sessions.clear();
  const Reply again = gateway.ask(call(session, id, trace));
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(again.body.contains(R"("id":)" + id + R"(,"result":{"of":"a"})")) << again.body;
  ASSERT_EQ(gateway.a.heads.size(), 2U);
  EXPECT_EQ(gateway.a.bodies[0], gateway.a.bodies[1]);
  for (const std::string& head : gateway.a.heads) {
    EXPECT_TRUE(head.contains("traceparent: 00-0af7651916cd43dd8448eb211c80319c-")) << head;
    EXPECT_FALSE(head.contains("b7ad6b7169203331")) << "a span of its own";
    EXPECT_TRUE(head.contains("tracestate: v=1\r\n")) << head;
  }
  EXPECT_EQ(gateway.a.asked["tools/call"], 3) << "one of them was for a lost session";
  EXPECT_EQ(gateway.gateway.plane().status().sessions, 1U);
}

TEST(FederatedRoute, TheEndOfASessionEndsThoseOfItsMembers) {
  FederatedGateway gateway{
      [](Settings& settings) { settings.limits.sessions.idle_timeout = 1min; }};
  for (const bool says_goodbye : {true, false}) {
    const std::string session = open_session(gateway);
    ASSERT_EQ(gateway.ask(call(session, "1")).status, 200);
    EXPECT_EQ(gateway.a.sessions.size(), 1U) << "that of the client; lists have none any more";
    if (says_goodbye) EXPECT_EQ(gateway.ask(test::in_session("DELETE", session)).status, 200);
    gateway.world.run_for(says_goodbye ? Duration{1s} : Duration{2min});
    EXPECT_TRUE(gateway.a.sessions.empty());
    EXPECT_EQ(gateway.gateway.plane().status().sessions, 0U);
  }
}

TEST(FederatedRoute, AMemberThatCannotBeginASessionIsAnErrorOfTheCallAlone) {
  FederatedGateway gateway;
  const std::string session = open_session(gateway);
  gateway.a.initialized_status = 500;
  const Reply failed = gateway.ask(call(session, "1"));
  EXPECT_EQ(failed.status, 200);
  EXPECT_TRUE(failed.body.contains(R"("code":-32603)")) << failed.body;
  EXPECT_TRUE(failed.body.contains(R"("upstream":"a")")) << failed.body;
  gateway.world.run_for(3s);
  EXPECT_TRUE(gateway.a.sessions.empty()) << "what was begun in vain is ended";
  gateway.a.initialized_status = 202;
  EXPECT_TRUE(gateway.ask(call(session, "2")).body.contains(R"("of":"a")"));
}

}  // namespace
}  // namespace junctor::agent
