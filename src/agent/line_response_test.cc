// Goal: whatever a handler answers over HTTP, the lines that come out are messages, byte by byte
// those of the handler, and a request gets exactly one answer. Method: answers as handlers give
// them, whole and byte by byte, into a sink that keeps its lines; a loop whose time stands still.

#include "agent/line_response.h"

#include <gtest/gtest.h>

#include "agent/recorded_lines.h"
#include "support.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::Lines;
using test::RecordedLines;
using Asked = LineResponse::Asked;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";

struct Rig {
  explicit Rig(Asked asked = Asked::request, std::string id = "7")
      : response{out, asked, std::move(id), limits} {}
  support::StillLoop loop;
  LineResponse::Limits limits;
  RecordedLines out;
  LineResponse response;
};

Lines lines_of(std::string_view type, std::string_view body, Asked asked = Asked::request,
               int status = 200) {
  Rig rig{asked, asked == Asked::request ? "7" : ""};
  rig.response.send({.status = status, .content_type = type}, body);
  rig.response.conclude();
  return rig.out.lines;
}

// The same in pieces of one byte.
Lines lines_of_bytes(std::string_view type, std::string_view body, Asked asked = Asked::request) {
  Rig rig{asked, asked == Asked::request ? "7" : ""};
  rig.response.start({.content_type = type});
  for (std::size_t i = 0; i < body.size(); ++i) rig.response.write(body.substr(i, 1));
  rig.response.finish();
  rig.response.conclude();
  return rig.out.lines;
}

std::string failure(std::string_view reason, std::string_view sentence, std::string_view id = "7") {
  return R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"error":{"code":-32603,"message":")" +
         std::string{sentence} + R"(","data":{"reason":")" + std::string{reason} + R"("}}})";
}

const std::string kNoAnswer = failure("no_answer", "The request ended without an answer.");

struct Row {
  std::string_view name;
  std::string_view type;
  std::string_view body;
  Lines lines;
};

// Unknown members, the order of keys, the text of numbers and escapes are the sender's.
constexpr std::string_view kOdd =
    R"({ "x":1e+02,"id" : 7,"jsonrpc":"2.0", "result":{"b":1.0,"a":"\u00e9\/","":[ ]} })";
constexpr std::string_view kOddLine =
    R"({ "x":1e+02,"id" : 7,"jsonrpc":"2.0", "result":{"b":1.0,"a":"\u00e9\/","":[ ]} })";

const Row kRows[] = {
    {"a body is a line", kJson, kOdd, {std::string{kOddLine}}},
    {"line ends become blanks",
     kJson,
     "{\"jsonrpc\":\"2.0\",\r\n\"id\":7,\n \"result\":{}}\n",
     {R"({"jsonrpc":"2.0",  "id":7,  "result":{}})"}},
    {"an event is a line",
     kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n",
     {R"({"jsonrpc":"2.0","id":7,"result":{}})"}},
    {"events keep their order",
     kEvents,
     "id: 1\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\n:\n\nretry: 5\nid: 2\ndata: \n\n"
     "event: message\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"id\":7,\"result\":{}}\n\n",
     {R"({"jsonrpc":"2.0","method":"a"})", R"({"jsonrpc":"2.0", "id":7,"result":{}})"}},
    {"an event that is no message has no line",
     kEvents,
     "data: hello\n\nevent: other\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\n"
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n",
     {R"({"jsonrpc":"2.0","id":7,"result":{}})"}},
    {"the last event may lack its end",
     kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}",
     {R"({"jsonrpc":"2.0","id":7,"result":{}})"}},
    {"a second answer is dropped",
     kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n"
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"b\":1}}\n\n",
     {R"({"jsonrpc":"2.0","id":7,"result":{}})"}},
    {"an error without an id gets the request's",
     kJson,
     R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}})",
     {R"({"id":7,"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}})"}},
    {"an error with null too",
     kJson,
     R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}})",
     {R"({"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"no"}})"}},
    {"no body is no answer", kJson, "", {kNoAnswer}},
    {"what is not JSON is no answer", kJson, "{\"jsonrpc\":", {kNoAnswer}},
    {"what is no JSON-RPC is no answer", kJson, "{}", {kNoAnswer}},
    {"a stream without an answer",
     kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\n",
     {R"({"jsonrpc":"2.0","method":"a"})", kNoAnswer}},
};

//= mcp 2026-07-28 basic/transports/stdio#top MUST
//= mcp 2025-11-25 basic/transports#stdio MUST
TEST(LineResponse, MessagesBecomeLines) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(lines_of(row.type, row.body), row.lines);
    EXPECT_EQ(lines_of_bytes(row.type, row.body), row.lines) << "byte by byte";
  }
}

TEST(LineResponse, AStatusWithoutAMessageIsAnError) {
  EXPECT_EQ(lines_of({}, "", Asked::request, 202), Lines{kNoAnswer});
  EXPECT_EQ(lines_of("text/plain", "out of order", Asked::request, 503),
            Lines{failure("http_error", "The request was refused with HTTP status 503.")});
  EXPECT_EQ(lines_of(kJson, R"({"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"m"}})",
                     Asked::request, 503),
            Lines{R"({"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"m"}})"})
      << "its own message is better";
}

TEST(LineResponse, ANoteHasNoLines) {
  EXPECT_EQ(lines_of({}, "", Asked::note, 202), Lines{});
  EXPECT_EQ(
      lines_of(kJson, R"({"jsonrpc":"2.0","error":{"code":-1,"message":"m"}})", Asked::note, 400),
      Lines{});
}

TEST(LineResponse, AStreamOwesNoAnswerAndKeepsEveryId) {
  const std::string_view body =
      "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"roots/list\"}\n\n"
      "data: {\"jsonrpc\":\"2.0\",\"method\":\"b\"}\n\n";
  const Lines lines{R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})",
                    R"({"jsonrpc":"2.0","method":"b"})"};
  EXPECT_EQ(lines_of(kEvents, body, Asked::stream), lines);
  EXPECT_EQ(lines_of(kEvents, "", Asked::stream), Lines{});
  EXPECT_EQ(
      lines_of(kJson, R"({"jsonrpc":"2.0","error":{"code":-1,"message":"m"}})", Asked::stream, 404),
      Lines{})
      << "a refusal is no event";
}

TEST(LineResponse, TheTypeMayStandAmongTheLines) {
  Rig rig;
  rig.response.start({.content_type = {},
                      .lines = "Cache-Control: no-store\r\ncontent-type: text/event-stream\r\n"});
  rig.response.write("data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n");
  EXPECT_EQ(rig.out.lines.size(), 1U) << "at once, for it is an event";
}

TEST(LineResponse, WhatInitializeSettlesIsKept) {
  Rig rig;
  const net::Field fields[] = {{"Mcp-Session-Id", "s-1"}};
  rig.response.send({.content_type = kJson, .fields = fields},
                    R"({"jsonrpc":"2.0","id":7,"result":{"protocolVersion":"2025-11-25"}})");
  EXPECT_TRUE(rig.response.succeeded());
  EXPECT_EQ(rig.response.session_id(), "s-1");
  EXPECT_EQ(rig.response.protocol_version(), "2025-11-25");
  Rig refused;
  refused.response.send({.content_type = kJson},
                        R"({"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"m"}})");
  EXPECT_FALSE(refused.response.succeeded());
}

TEST(LineResponse, AnAnswerForTheFrontItselfHasNoLine) {
  Rig rig{Asked::own, ""};
  rig.response.send({.content_type = kJson},
                    R"({"jsonrpc":"2.0","id":7,"result":{"protocolVersion":"2025-11-25"}})");
  rig.response.conclude();
  EXPECT_TRUE(rig.response.succeeded());
  EXPECT_EQ(rig.response.protocol_version(), "2025-11-25");
  EXPECT_EQ(rig.out.lines, Lines{});
}

TEST(LineResponse, ALossIsKeptBackOnce) {
  const std::string_view lost = R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"lost"}})";
  const std::string_view answer = R"({"jsonrpc":"2.0","id":7,"result":{}})";
  Rig rig;
  rig.response.keep_loss_back();
  rig.response.send({.status = 404, .content_type = kJson}, lost);
  EXPECT_TRUE(rig.response.is_session_lost());
  EXPECT_EQ(rig.out.lines, Lines{});
  rig.response.resume();
  rig.response.send({.status = 404, .content_type = kJson}, lost);
  EXPECT_FALSE(rig.response.is_session_lost());
  EXPECT_EQ(rig.out.lines.size(), 1U) << "the second time it is the answer";
  Rig forgone;
  forgone.response.keep_loss_back();
  forgone.response.forgo();
  forgone.response.send({.status = 404, .content_type = kJson}, lost);
  EXPECT_FALSE(forgone.response.is_session_lost()) << "nobody wants it any more";
  Rig other;
  other.response.keep_loss_back();
  other.response.send({.content_type = kJson}, answer);
  EXPECT_FALSE(other.response.is_session_lost());
  EXPECT_EQ(other.out.lines, Lines{std::string{answer}});
}

TEST(LineResponse, AnAbortedBodyIsNoAnswer) {
  Rig rig;
  rig.response.start({.content_type = kJson});
  rig.response.write(R"({"jsonrpc":"2.0","id":7,"result":{}})");
  rig.response.abort();
  rig.response.conclude();
  EXPECT_EQ(rig.out.lines, Lines{kNoAnswer}) << "it was not said to be whole";
}

TEST(LineResponse, LimitsAreSaid) {
  const std::string answer = R"({"jsonrpc":"2.0","id":7,"result":{}})";
  const std::string too_large = failure("answer_too_large", "The answer is over the limit.");
  Rig fits;
  fits.limits.answer_bytes_max = answer.size();
  fits.response.send({.content_type = kJson}, answer);
  EXPECT_EQ(fits.out.lines, Lines{answer});
  Rig body;
  body.limits.answer_bytes_max = answer.size() - 1;
  body.response.send({.content_type = kJson}, answer);
  body.response.conclude();
  EXPECT_EQ(body.out.lines, Lines{too_large});
  Rig event;
  event.limits.event_bytes_max = 8;
  event.response.send({.content_type = kEvents}, "data: " + answer + "\n\n");
  event.response.conclude();
  EXPECT_EQ(event.out.lines, Lines{too_large});
}

class Gone final : public net::ClientListener {
 public:
  void on_client_gone() noexcept override { ++times; }
  void on_client_half_closed() noexcept override {}
  int times = 0;
};

TEST(LineResponse, WhoLeavesGetsNothingMoreAndIsSaidToBeGone) {
  Rig rig;
  Gone gone;
  rig.response.listen(&gone);
  rig.response.start({.content_type = kEvents});
  rig.response.leave();
  rig.response.leave();
  EXPECT_EQ(gone.times, 1);
  EXPECT_TRUE(rig.response.gone());
  rig.response.write("data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n");
  rig.response.finish();
  rig.response.conclude();
  EXPECT_EQ(rig.out.lines, Lines{});
}

TEST(LineResponse, AForgoneAnswerIsTakenButNotOwed) {
  Rig none;
  none.response.forgo();
  none.response.send({.status = 202, .content_type = {}});
  none.response.conclude();
  EXPECT_EQ(none.out.lines, Lines{});
  Rig late;
  late.response.forgo();
  late.response.send({.content_type = kJson}, R"({"jsonrpc":"2.0","id":7,"result":{}})");
  EXPECT_EQ(late.out.lines.size(), 1U);
}

TEST(LineResponse, TheBacklogIsWhatStandsInFrontOfItsLastLine) {
  Rig rig;
  rig.out.reader = RecordedLines::Reader::waits;
  const std::string_view other = "from another call";
  rig.out.put({&other, 1});
  EXPECT_EQ(rig.response.backlog_bytes(), 0U) << "it has said nothing yet";
  rig.response.send({.content_type = kJson}, R"({"jsonrpc":"2.0","id":7,"result":{}})");
  EXPECT_EQ(rig.response.backlog_bytes(), rig.out.put_bytes());
  rig.out.put({&other, 1});
  const std::uint64_t mine = rig.response.backlog_bytes();
  EXPECT_LT(mine, rig.out.put_bytes()) << "what comes behind is not its own";
  const auto late = rig.loop.run(rig.response.drain(rig.loop.now() + 5s));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind(), ErrorKind::deadline_exceeded);
}

rt::Task<void> take_after(RecordedLines& out, rt::Shard& shard, Duration wait) {
  (void)co_await rt::sleep_until(shard.now() + wait);
  out.take_all();
}
rt::Task<void> leave_after(LineResponse& response, rt::Shard& shard, Duration wait) {
  (void)co_await rt::sleep_until(shard.now() + wait);
  response.leave();
}

TEST(LineResponse, DrainingEndsWhenTheReaderHasTakenAllOrLeft) {
  Rig rig;
  rig.out.reader = RecordedLines::Reader::waits;
  rig.response.send({.content_type = kJson}, R"({"jsonrpc":"2.0","id":7,"result":{}})");
  rig.loop.spawn(take_after(rig.out, rig.loop.shard(), 1s));
  EXPECT_TRUE(rig.loop.run(rig.response.drain(rig.loop.now() + 5s)).has_value());
  EXPECT_TRUE(rig.loop.run(rig.response.drain(rig.loop.now())).has_value())
      << "nothing to wait for";
  Rig left;
  left.out.reader = RecordedLines::Reader::waits;
  left.response.send({.content_type = kJson}, R"({"jsonrpc":"2.0","id":7,"result":{}})");
  left.loop.spawn(leave_after(left.response, left.loop.shard(), 1s));
  const auto gone = left.loop.run(left.response.drain(left.loop.now() + 5s));
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().kind(), ErrorKind::unavailable);
}

TEST(LineResponse, AStreamThatEndsEarlyCanGoOnBehindItsLastEvent) {
  Rig rig;
  rig.response.send(
      {.content_type = kEvents},
      "id: e-1\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"a\"}\n\nid: e-2\nretry: 200\ndata: \n\n");
  ASSERT_TRUE(rig.response.may_resume());
  EXPECT_EQ(rig.response.last_event_id(), "e-2");
  EXPECT_EQ(rig.response.retry(), 200ms);
  rig.response.resume();
  EXPECT_FALSE(rig.response.started());
  rig.response.send({.content_type = kEvents},
                    "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n");
  EXPECT_FALSE(rig.response.may_resume());
  rig.response.conclude();
  EXPECT_EQ(rig.out.lines, (Lines{R"({"jsonrpc":"2.0","method":"a"})",
                                  R"({"jsonrpc":"2.0","id":7,"result":{}})"}));
}

}  // namespace
}  // namespace junctor::agent
