// Goal: a message reaches each client in the form that it takes, begun and ended once, kept alive
// while it is quiet; errors of ours carry the one table's status and a reason. Method: a writer
// that records, a loop whose time moves only when nothing else happens.

#include "agent/client_answer.h"

#include <gtest/gtest.h>

#include "agent/recorded_answer.h"
#include "support.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::RecordedAnswer;
using test::WrittenRequest;
using End = RecordedAnswer::End;

constexpr std::string_view kJsonOnly = "Accept: application/json\r\n";
constexpr std::string_view kEventsOnly = "Accept: text/event-stream\r\n";
constexpr std::string_view kBoth = "Accept: application/json, text/event-stream\r\n";
constexpr std::string_view kResult = R"({"id":1,"result":{}})";

Pieces pieces_of(std::string_view text) {
  Pieces pieces;
  pieces.add(text.substr(0, text.size() / 2));
  pieces.add(text.substr(text.size() / 2));
  return pieces;
}

struct Rig {
  explicit Rig(std::string_view fields = kBoth) : request{fields} {}
  support::StillLoop loop;
  Limits limits;
  WrittenRequest request;
  RecordedAnswer out;
  ClientAnswer answer{loop.shard(), out, request, limits};
};

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:forms MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:forms MUST
TEST(ClientAnswer, FinalMessageIsAJsonBodyForWhoTakesJson) {
  for (const auto fields : {kJsonOnly, kBoth}) {
    Rig rig{fields};
    rig.answer.send_final(200, pieces_of(kResult));
    EXPECT_EQ(rig.out.status, 200);
    EXPECT_EQ(rig.out.content_type, "application/json");
    EXPECT_EQ(rig.out.field("Cache-Control"), "no-store");
    EXPECT_EQ(rig.out.body, kResult);
    EXPECT_TRUE(rig.answer.ended());
  }
}

TEST(ClientAnswer, FinalMessageIsAnEventForWhoTakesEventsAlone) {
  Rig rig{kEventsOnly};
  rig.answer.send_final(200, pieces_of(kResult));
  EXPECT_EQ(rig.out.content_type, "text/event-stream");
  EXPECT_EQ(rig.out.field("Cache-Control"), "no-cache, no-transform");
  EXPECT_EQ(rig.out.field("X-Accel-Buffering"), "no");
  EXPECT_EQ(rig.out.body, "event: message\ndata: " + std::string{kResult} + "\n\n");
  EXPECT_EQ(rig.out.end, End::finished);
}

TEST(ClientAnswer, RefusalIsJsonForWhoTakesEventsAloneToo) {
  Rig rig{kEventsOnly};
  rig.answer.send_final(404, pieces_of(kResult));
  EXPECT_EQ(rig.out.status, 404);
  EXPECT_EQ(rig.out.content_type, "application/json");
}

TEST(ClientAnswer, EventsCarryIdsAndEndWithTheFinalOne) {
  Rig rig;
  rig.answer.event("t-1-1", pieces_of(R"({"method":"a"})"));
  EXPECT_TRUE(rig.answer.has_events());
  rig.answer.send_final(200, pieces_of(kResult));
  EXPECT_EQ(rig.out.body,
            "id: t-1-1\nevent: message\ndata: {\"method\":\"a\"}\n\n"
            "event: message\ndata: " +
                std::string{kResult} + "\n\n");
  EXPECT_EQ(rig.out.end, End::finished);
  rig.answer.event({}, pieces_of(kResult));
  rig.answer.end_events();
  rig.answer.send_final(200, pieces_of(kResult));
  EXPECT_EQ(rig.out.end, End::finished) << "what comes behind the end is dropped";
}

TEST(ClientAnswer, LineEndsOfAMessageBecomeDataLines) {
  Rig rig;
  rig.answer.event("7", pieces_of("{\n\"a\":1}\r"));
  EXPECT_EQ(rig.out.body, "id: 7\nevent: message\ndata: {\ndata: \"a\":1}\ndata: \n\n");
}

TEST(ClientAnswer, PrimingEventHasAnIdAndEmptyData) {
  Rig rig;
  rig.answer.prime("t-1-1", 500ms);
  EXPECT_NE(rig.out.body.find("id: t-1-1\n"), std::string::npos);
  EXPECT_NE(rig.out.body.find("retry: 500\n"), std::string::npos);
  EXPECT_NE(rig.out.body.find("data: \n"), std::string::npos) << rig.out.body;
}

TEST(ClientAnswer, AMessageBehindHalfAJsonBodyBreaksIt) {
  Rig rig;
  rig.answer.begin_json(200);
  rig.answer.json("{\"id\":1,");
  rig.answer.send_final(200, pieces_of(kResult));
  EXPECT_EQ(rig.out.end, End::aborted);
  EXPECT_EQ(rig.out.body, "{\"id\":1,");
}

struct ErrorCase {
  ErrorKind kind;
  int status_with_id;
  int status_without;
  int code;
  bool retryable;
};

constexpr ErrorCase kErrors[] = {
    {ErrorKind::unavailable, 200, 503, -32603, true},
    {ErrorKind::deadline_exceeded, 200, 504, -32603, true},
    {ErrorKind::corrupt, 200, 502, -32603, false},
    {ErrorKind::rate_limited, 429, 429, -32603, true},
    {ErrorKind::invalid_argument, 400, 400, -32602, false},
    {ErrorKind::not_found, 404, 404, -32601, false},
    {ErrorKind::too_large, 413, 413, -32600, false},
};

TEST(ClientAnswer, ErrorsOfOursCarryTheTablesStatusAndAReason) {
  for (const ErrorCase& each : kErrors) {
    SCOPED_TRACE(error_facts(each.kind).name);
    for (const std::string_view id : {std::string_view{"\"x\""}, std::string_view{}}) {
      Rig rig;
      rig.answer.send_error(id, Error{each.kind, "why", "A \"sentence\"."}, "up");
      EXPECT_EQ(rig.out.status, id.empty() ? each.status_without : each.status_with_id);
      std::string text = R"({"jsonrpc":"2.0",)";
      if (!id.empty()) text += R"("id":"x",)";
      text += R"("error":{"code":)" + std::to_string(each.code) +
              R"(,"message":"A \"sentence\".","data":{"reason":"why","upstream":"up")";
      text += each.retryable ? R"(,"retryable":true}}})" : "}}}";
      EXPECT_EQ(rig.out.body, text);
    }
  }
}

TEST(ClientAnswer, ErrorBehindEventsIsAnEvent) {
  Rig rig;
  rig.answer.event({}, pieces_of(R"({"method":"a"})"));
  rig.answer.send_error("1", Error{ErrorKind::unavailable, "why"}, {});
  EXPECT_NE(
      rig.out.body.find(R"("message":"unavailable","data":{"reason":"why","retryable":true})"),
      std::string::npos)
      << rig.out.body;
  EXPECT_EQ(rig.out.end, End::finished);
}

TEST(ClientAnswer, OriginIsAnsweredInEveryForm) {
  for (const int form : {0, 1, 2}) {
    Rig rig{"Origin: https://app.example\r\n"};
    rig.answer.set_session_id("s1");
    if (form == 0) rig.answer.send(200, pieces_of(kResult));
    if (form == 1) rig.answer.begin_events();
    if (form == 2) {
      const net::Field more[] = {{"Allow", "POST"}};
      rig.answer.send_empty(405, more);
      EXPECT_EQ(rig.out.field("Allow"), "POST");
      EXPECT_EQ(rig.out.body, "");
    }
    EXPECT_EQ(rig.out.field("Access-Control-Allow-Origin"), "https://app.example");
    EXPECT_NE(rig.out.field("Access-Control-Expose-Headers").find("Mcp-Session-Id"),
              std::string::npos);
    EXPECT_EQ(rig.out.field("Vary"), "Origin");
    EXPECT_EQ(rig.out.field("Mcp-Session-Id"), "s1");
  }
  Rig rig;
  rig.answer.send_empty(202);
  EXPECT_EQ(rig.out.field("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(rig.out.field("Vary"), "");
}

std::size_t comments_in(std::string_view body) {
  std::size_t count = 0;
  for (std::size_t at = body.find(":\n\n"); at != body.npos; at = body.find(":\n\n", at + 3))
    ++count;
  return count;
}

TEST(ClientAnswer, AQuietStreamIsKeptAlive) {
  Rig rig;
  rig.answer.begin_events();
  const auto pass = [&](Duration time) {
    EXPECT_EQ(rig.loop.run(rt::sleep_until(rig.loop.shard().now() + time)), rt::Wake::timeout);
  };
  pass(14s);
  EXPECT_EQ(comments_in(rig.out.body), 0U);
  pass(2s);
  EXPECT_EQ(comments_in(rig.out.body), 1U);
  EXPECT_GE(rig.out.flushes, 1U) << "a comment that is held back keeps nothing alive";
  rig.answer.event({}, pieces_of(kResult));
  pass(14s);
  EXPECT_EQ(comments_in(rig.out.body), 1U) << "an event is a sign of life too";
  pass(32s);
  EXPECT_EQ(comments_in(rig.out.body), 4U);
  rig.answer.end_events();
  pass(60s);
  EXPECT_EQ(comments_in(rig.out.body), 4U);
}

TEST(ClientAnswer, ClientThatLeftIsToldToItsScopeAndIsKeptAliveNoMore) {
  Rig rig;
  rt::Cancellation scope;
  rig.answer.cancel_on_gone(scope);
  rig.answer.begin_events();
  rig.out.leave();
  EXPECT_TRUE(scope.requested());
  EXPECT_TRUE(rig.answer.left.is_set());
  EXPECT_EQ(rig.loop.run(rt::sleep_until(rig.loop.shard().now() + 60s)), rt::Wake::timeout);
  EXPECT_EQ(rig.out.body, "");
}

TEST(ClientAnswer, ClientThatLeftBeforeIsToldAtOnce) {
  Rig rig;
  rig.out.leave();
  rt::Cancellation scope;
  rig.answer.cancel_on_gone(scope);
  EXPECT_TRUE(scope.requested());
}

TEST(ClientAnswer, HalfCloseIsNoCancellationButBeginsTheStream) {
  for (const bool before : {true, false}) {
    Rig rig;
    rt::Cancellation scope;
    if (before) rig.out.half_close();
    EXPECT_FALSE(rig.out.started()) << "without a scope nobody has to know";
    rig.answer.cancel_on_gone(scope);
    if (!before) rig.out.half_close();
    EXPECT_FALSE(scope.requested());
    EXPECT_EQ(rig.out.content_type, "text/event-stream");
    EXPECT_EQ(comments_in(rig.out.body), 1U);
    rig.answer.send_final(200, pieces_of(kResult));
    EXPECT_EQ(rig.out.end, End::finished);
  }
}

TEST(ClientAnswer, HalfCloseLeavesAJsonBodyAndAJsonClientAlone) {
  Rig json{kJsonOnly};
  rt::Cancellation scope;
  json.answer.cancel_on_gone(scope);
  json.out.half_close();
  EXPECT_FALSE(json.out.started());
  Rig begun;
  begun.answer.cancel_on_gone(scope);
  begun.answer.begin_json(200);
  begun.answer.json("{");
  begun.out.half_close();
  EXPECT_EQ(begun.out.body, "{");
}

TEST(ClientAnswer, StopCancellingForgetsTheScope) {
  Rig rig;
  rt::Cancellation scope;
  rig.answer.cancel_on_gone(scope);
  rig.answer.stop_cancelling();
  rig.out.half_close();
  rig.out.leave();
  EXPECT_FALSE(scope.requested());
  EXPECT_FALSE(rig.out.started());
}

TEST(ClientAnswer, BacklogOverTheLimitIsDrained) {
  Rig rig;
  rig.answer.begin_events();
  rig.out.backlog = rig.limits.backlog_bytes_max;
  EXPECT_FALSE(rig.answer.is_backed_up());
  rig.out.backlog += 1;
  EXPECT_TRUE(rig.answer.is_backed_up());
  EXPECT_TRUE(rig.loop.run(rig.answer.drain()).has_value());
  EXPECT_FALSE(rig.answer.is_backed_up());
}

TEST(ClientAnswer, ListensOnlyWhileItLives) {
  support::StillLoop loop;
  const Limits limits;
  const WrittenRequest request;
  RecordedAnswer out;
  {
    const ClientAnswer answer{loop.shard(), out, request, limits};
    EXPECT_NE(out.listener, nullptr);
  }
  EXPECT_EQ(out.listener, nullptr);
}

}  // namespace
}  // namespace junctor::agent
