// Goal: whatever an upstream answers, and however the network cuts it, the client gets its messages
// with the repairs and no others, and a broken answer never looks whole. Method: a table of
// answers, each fed whole, byte by byte, and in two pieces cut at every place.

#include "agent/answer_relay.h"

#include <gtest/gtest.h>

#include "agent/recorded_answer.h"
#include "support.h"

namespace junctor::agent {
namespace {

using Asked = AnswerRelay::Asked;
using Outcome = AnswerRelay::Outcome;
using End = test::RecordedAnswer::End;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kBoth = "Accept: application/json, text/event-stream\r\n";

// One answer on its way to one client.
struct Rig {
  explicit Rig(AnswerRelay::Plan plan = {.id = "7"}, std::string_view fields = kBoth)
      : request{fields}, relay{limits, &answer, std::move(plan)} {}

  Result<> head(int status, std::string_view type) {
    text_ = "HTTP/1.1 " + std::to_string(status) + " X\r\n" +
            (type.empty() ? "" : "Content-Type: " + std::string{type} + "\r\n") +
            "Mcp-Session-Id: up-1\r\n\r\n";
    wire::http1::ResponseHead parsed;
    EXPECT_EQ(wire::http1::parse_response_head(text_, {}, wire::http1::RequestKind::other, parsed)
                  .outcome,
              wire::http1::Parse::complete);
    return relay.on_head(parsed);
  }
  // In pieces that end at `cuts`; each in memory of its own, so that ASan sees who keeps a view.
  void body(std::string_view text, std::span<const std::size_t> cuts) {
    std::size_t at = 0;
    for (const std::size_t cut : cuts) {
      give(text.substr(at, cut - at), net::Part::more);
      at = cut;
    }
    give(text.substr(at), net::Part::last);
  }
  void give(std::string_view piece, net::Part part) {
    Buffer own;
    own.append(piece);
    (void)relay.on_body(own.view(), part);
  }

  support::StillLoop loop;
  Limits limits;
  test::WrittenRequest request;
  test::RecordedAnswer out;
  ClientAnswer answer{loop.shard(), out, request, limits};
  AnswerRelay relay;

 private:
  std::string text_;
};

std::string event(std::string_view data) {
  return "event: message\ndata: " + std::string{data} + "\n\n";
}

// What a client has been told, for comparison.
struct Told {
  Outcome outcome;
  std::string reason;
  End end;
  std::string type;
  std::string body;
  bool operator==(const Told&) const = default;
};
void PrintTo(const Told& told, std::ostream* out) {
  *out << "outcome " << static_cast<int>(told.outcome) << " " << told.reason << " end "
       << static_cast<int>(told.end) << " " << told.type << " " << told.body;
}

Told told_by(Rig& rig) {
  return {rig.relay.outcome(),
          rig.relay.outcome() == Outcome::failed ? std::string{rig.relay.failure().reason()} : "",
          rig.out.end, rig.out.content_type, rig.out.body};
}

// The same however it is cut; what was told.
template <class MakeRig>
Told fed_every_way(MakeRig make, int status, std::string_view type, std::string_view body) {
  const auto feed = [&](std::span<const std::size_t> cuts) {
    auto rig = make();
    EXPECT_TRUE(rig->head(status, type).has_value());
    rig->body(body, cuts);
    return told_by(*rig);
  };
  const Told whole = feed({});
  std::vector<std::size_t> all;
  for (std::size_t i = 1; i <= body.size(); ++i) all.push_back(i);
  EXPECT_EQ(feed(all), whole) << "byte by byte";
  for (std::size_t i = 0; i <= body.size(); ++i) {
    const std::size_t cut[] = {i};
    EXPECT_EQ(feed(cut), whole) << "cut at " << i;
    if (testing::Test::HasFailure()) break;
  }
  return whole;
}

struct Case {
  std::string_view name;
  std::string_view type;
  std::string_view body;
  Told told;
};

const std::string kDone = R"({"jsonrpc":"2.0","id":7,"result":{"a":1,"resultType":"complete"}})";
constexpr std::string_view kBare = R"({"jsonrpc":"2.0","id":7,"result":{"a":1}})";
constexpr std::string_view kNote = R"({"jsonrpc":"2.0","method":"notifications/progress"})";

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:both MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:both MUST
//= mcp 2026-07-28 basic/transports/streamable-http#receiving-messages:request MUST NOT
//= mcp 2026-07-28 basic/patterns#top:requests MUST NOT
//= mcp 2026-07-28 basic/patterns/progress#implementation-notes:stop MUST
//= mcp 2025-11-25 basic/utilities/progress#implementation-notes:stop MUST
const Case kCases[] = {
    {"json", kJson, kBare, {Outcome::answered, "", End::finished, std::string{kJson}, kDone}},
    {"json_with_blanks",
     kJson,
     "\n {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"a\":1}} \r\n",
     {Outcome::answered, "", End::finished, std::string{kJson}, kDone}},
    {"json_of_another_id",
     kJson,
     R"({"jsonrpc":"2.0","id":8,"result":{"a":1}})",
     {Outcome::answered, "", End::finished, std::string{kJson}, kDone}},
    {"json_on_several_lines",
     kJson,
     "{\"id\":7,\n\"result\":\n{\"resultType\":\"task\"}\n}\n",
     {Outcome::answered, "", End::finished, std::string{kJson},
      "{\"id\":7,\n\"result\":\n{\"resultType\":\"task\"}\n}"}},
    {"error",
     "application/json; charset=utf-8",
     R"({"error":{"code":-32602,"message":"no"}})",
     {Outcome::answered, "", End::finished, std::string{kJson},
      R"({"id":7,"error":{"code":-32602,"message":"no"}})"}},
    {"empty", kJson, "", {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"cut_short",
     kJson,
     R"({"id":7,"result":{)",
     {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"no_answer", kJson, kNote, {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"both_result_and_error",
     kJson,
     R"({"id":7,"result":{},"error":{}})",
     {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"batch",
     kJson,
     R"([{"id":7,"result":{}}])",
     {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"html", "text/html", "<p>", {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"no_type", "", kBare, {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"events",
     kEvents,
     "data: {\"method\":\"a\"}\n\ndata: {\"id\":7,\"result\":{\"resultType\":\"complete\"}}\n\n",
     {Outcome::answered, "", End::finished, std::string{kEvents},
      event(R"({"method":"a"})") + event(R"({"id":7,"result":{"resultType":"complete"}})")}},
    {"events_with_all_that_is_no_message",
     kEvents,
     ":hi\r\n\r\nid: p\r\ndata:\r\n\r\nretry: 300\r\n\r\nevent: ping\r\ndata: x\r\n\r\ndata: "
     "{\"id\":8,\r\n"
     "data: \"result\":{}}\r\n\r\n",
     {Outcome::answered, "", End::finished, std::string{kEvents},
      "event: message\ndata: {\"id\":7,\ndata: \"result\":{\"resultType\":\"complete\"}}\n\n"}},
    {"unfinished_last_event",
     kEvents,
     "data: {\"id\":7,\"error\":{}}",
     {Outcome::answered, "", End::finished, std::string{kEvents}, event(R"({"id":7,"error":{}})")}},
    {"nothing_is_read_behind_the_final_one",
     kEvents,
     "data: {\"id\":7,\"error\":{}}\n\ndata: {\"id\":7,\"error\":{}}\n\ndata: garbage\n\n",
     {Outcome::answered, "", End::finished, std::string{kEvents}, event(R"({"id":7,"error":{}})")}},
    {"events_without_a_final_one",
     kEvents,
     "data: {\"method\":\"a\"}\n\ndata: {\"id\":7,",
     {Outcome::interrupted, "", End::open, std::string{kEvents}, event(R"({"method":"a"})")}},
    {"an_event_that_is_no_message",
     kEvents,
     "data: hello\n\n",
     {Outcome::failed, "upstream_invalid", End::open, "", ""}},
    {"requests_are_not_for_modern_clients",
     kEvents,
     "data: {\"id\":1,\"method\":\"ping\"}\n\ndata: {\"id\":7,\"error\":{}}\n\n",
     {Outcome::answered, "", End::finished, std::string{kEvents}, event(R"({"id":7,"error":{}})")}},
    {"lines_of_documents",
     kJson,
     "{\"method\":\"a\"}\n{\"method\":\"b\"}\n{\"id\":8,\"error\":{}}\n",
     {Outcome::answered, "", End::finished, std::string{kEvents},
      event(R"({"method":"a"})") + event(R"({"method":"b"})") + event(R"({"id":7,"error":{}})")}},
    {"documents_without_a_final_one",
     kJson,
     "{\"method\":\"a\"}\n{\"method\":\"b\"}\n",
     {Outcome::interrupted, "", End::open, std::string{kEvents},
      event(R"({"method":"a"})") + event(R"({"method":"b"})")}},
};

TEST(AnswerRelay, HowTheNetworkCutsAnAnswerChangesNothing) {
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.name);
    EXPECT_EQ(fed_every_way([] { return std::make_unique<Rig>(); }, 200, each.type, each.body),
              each.told);
  }
}

TEST(AnswerRelay, ClientOfJsonAloneGetsTheFinalMessageAlone) {
  for (const Case& each : kCases) {
    if (each.told.outcome != Outcome::answered) continue;
    SCOPED_TRACE(each.name);
    const Told told = fed_every_way(
        [] {
          return std::make_unique<Rig>(AnswerRelay::Plan{.id = "7"},
                                       "Accept: application/json\r\n");
        },
        200, each.type, each.body);
    EXPECT_EQ(told.type, kJson);
    EXPECT_EQ(told.end, End::finished);
    EXPECT_EQ(read_upstream_message(told.body).id.raw, "7") << told.body;
  }
}

TEST(AnswerRelay, ClientOfEventsAloneGetsEvents) {
  const Told told = fed_every_way(
      [] {
        return std::make_unique<Rig>(AnswerRelay::Plan{.id = "7"}, "Accept: text/event-stream\r\n");
      },
      200, kJson, kBare);
  EXPECT_EQ(told, (Told{Outcome::answered, "", End::finished, std::string{kEvents}, event(kDone)}));
}

// --- large bodies --------------------------------------------------------------------------------

std::string large(std::string_view front, std::string_view back) {
  return std::string{front} + std::string(40'000, 'x') + std::string{back};
}

// Pieces of about the size of a receive.
void feed_in_pieces(Rig& rig, std::string_view text, std::size_t bytes) {
  std::vector<std::size_t> cuts;
  for (std::size_t at = bytes; at < text.size(); at += bytes) cuts.push_back(at);
  rig.body(text, cuts);
}

struct LargeCase {
  std::string_view name;
  std::string body;
  std::string read;  // By the client; empty: it sees a broken answer.
};

const LargeCase kLarge[] = {
    {"repaired_at_both_ends", large(R"({"id":8,"result":{"a":")", R"("}})"),
     large(R"({"id":7,"result":{"a":")", R"(","resultType":"complete"}})")},
    {"id_behind", large(R"({"result":{"resultType":"task","a":")", R"("},"id":"7" } )"),
     large(R"({"result":{"resultType":"task","a":")", R"("},"id":7 } )")},
    {"error", large(R"({"id":null,"error":{"code":1,"message":")", R"("}})"),
     large(R"({"id":7,"error":{"code":1,"message":")", R"("}})")},
    {"cut_short", large(R"({"id":8,"result":{"a":")", R"("})"), ""},
    {"trailing_garbage", large(R"({"id":8,"result":{"a":")", R"("}}x)"), ""},
    {"bad_utf8", large(R"({"id":8,"result":{"a":")", "\xff\"}}"), ""},
    {"result_without_an_id", large(R"({"result":{"a":")", R"("}})"), ""},
    {"error_without_an_id", large(R"({"error":{"message":")", R"("}})"), ""},
    {"neither_result_nor_error", large(R"({"id":7,"a":")", R"("})"), ""},
    {"both_of_them", large(R"({"id":7,"error":{},"result":{"a":")", R"("}})"), ""},
    {"a_notification", large(R"({"method":"a","params":{"a":")", R"("}})"), ""},
    {"an_array", large(R"([")", R"("])"), ""},
};

TEST(AnswerRelay, LargeJsonStreamsAndNeverLooksWholeWhenItIsNot) {
  for (const LargeCase& each : kLarge) {
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{777}, std::size_t{16} << 10}) {
      SCOPED_TRACE(testing::Message() << each.name << " in pieces of " << bytes);
      Rig rig;
      ASSERT_TRUE(rig.head(200, kJson).has_value());
      feed_in_pieces(rig, each.body, bytes);
      if (each.read.empty()) {
        EXPECT_EQ(rig.relay.outcome(), Outcome::failed);
        EXPECT_NE(rig.out.end, End::finished);
        continue;
      }
      EXPECT_EQ(rig.relay.outcome(), Outcome::answered);
      EXPECT_EQ(rig.out.end, End::finished);
      EXPECT_EQ(rig.out.body, each.read);
      EXPECT_EQ(rig.relay.is_error_answer(), each.name == "error");
    }
  }
}

TEST(AnswerRelay, LargeJsonBeginsToFlowBeforeItsEnd) {
  Rig rig;
  ASSERT_TRUE(rig.head(200, kJson).has_value());
  rig.give(R"({"id":7,"result":{"a":")" + std::string(20'000, 'x'), net::Part::more);
  EXPECT_TRUE(rig.out.started());
  EXPECT_GT(rig.out.body.size(), 20'000U);
}

TEST(AnswerRelay, InvalidByteAtAnyPlaceOfALargeBodyIsNeverCompleted) {
  const std::string good = large(R"({"id":7,"result":{"a":")", R"(","b":[1,{"c":null}]}})");
  for (std::size_t at = 0; at < good.size(); at += at < 40 || at > 40'000 ? 1 : 1499) {
    std::string bad = good;
    bad[at] = '\x01';
    Rig rig;
    ASSERT_TRUE(rig.head(200, kJson).has_value());
    feed_in_pieces(rig, bad, 9000);
    ASSERT_EQ(rig.relay.outcome(), Outcome::failed) << at;
    ASSERT_NE(rig.out.end, End::finished) << at;
  }
}

TEST(AnswerRelay, LargeDocumentBetweenOthersIsReadOnceAndKeptWhole) {
  const std::string note = large(R"({"method":"a","params":{"a":")", R"("}})");
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{5000}}) {
    Rig rig;
    ASSERT_TRUE(rig.head(200, kJson).has_value());
    feed_in_pieces(rig, "{\"method\":\"a\"}\n" + note + "\n{\"id\":7,\"error\":{}}\n", bytes);
    EXPECT_EQ(rig.relay.outcome(), Outcome::answered);
    EXPECT_EQ(rig.out.body,
              event(R"({"method":"a"})") + event(note) + event(R"({"id":7,"error":{}})"));
  }
}

TEST(AnswerRelay, FirstOfSeveralDocumentsGoesOutAtOnce) {
  Rig rig;
  ASSERT_TRUE(rig.head(200, kJson).has_value());
  rig.give("{\"method\":\"a\"}\n", net::Part::more);
  EXPECT_EQ(rig.out.body, event(R"({"method":"a"})"));
}

TEST(AnswerRelay, AnswerOverTheLimitFails) {
  for (const bool streams : {true, false}) {
    Rig rig;
    rig.limits.answer_bytes_max = streams ? 30'000 : 100;
    ASSERT_TRUE(rig.head(200, kJson).has_value());
    rig.give(R"({"id":7,"result":{"a":")" + std::string(streams ? 20'000 : 5, 'x'),
             net::Part::more);
    Buffer more;
    more.append(std::string(20'000, 'x'));
    const auto result = rig.relay.on_body(more.view(), net::Part::more);
    EXPECT_FALSE(result.has_value()) << "the transfer ends too";
    EXPECT_EQ(rig.relay.failure().reason(), "upstream_too_large");
    EXPECT_EQ(rig.out.end, streams ? End::aborted : End::open);
  }
}

TEST(AnswerRelay, EventOverTheLimitFails) {
  Rig rig;
  rig.limits.event_bytes_max = 100;
  ASSERT_TRUE(rig.head(200, kEvents).has_value());
  rig.give("data: " + std::string(500, 'x'), net::Part::more);
  ASSERT_EQ(rig.relay.outcome(), Outcome::failed);
  EXPECT_EQ(rig.relay.failure().reason(), "upstream_too_large");
}

// --- what a status says --------------------------------------------------------------------------

struct StatusCase {
  int status;
  std::string_view type;
  std::string_view body;
  std::string_view reason;  // Empty: answered.
};

constexpr std::string_view kRefused = R"({"id":7,"error":{"code":-32601,"message":"no"}})";
constexpr StatusCase kStatuses[] = {
    {400, kJson, kRefused, ""},
    {404, kJson, kRefused, ""},
    {500, kJson, kRefused, ""},
    {503, kJson, kRefused, ""},
    {401, kJson, kRefused, "upstream_auth"},
    {403, "text/plain", "", "upstream_auth"},
    {301, kJson, "", "upstream_invalid"},
    {307, "", "", "upstream_invalid"},
    {202, kJson, "", "upstream_invalid"},
    {204, "", "", "upstream_invalid"},
    {404, "text/plain", "no", "upstream_invalid"},
    {400, kJson, "{\"error\":\"bad\"}", "upstream_invalid"},
    {429, "", "", "upstream_busy"},
    {429, kJson, R"({"message":"slow down"})", "upstream_busy"},
    {503, "text/html", "<p>", "upstream_busy"},
    {503, kJson, R"({"message":"busy"})", "upstream_busy"},
    {500, "text/html", "<p>", "upstream_error"},
    {502, kJson, "{}", "upstream_error"},
    {500, kEvents, "data: {\"id\":7,\"error\":{}}\n\n", "upstream_error"},
};

TEST(AnswerRelay, StatusIsReadWhereTheBodySaysNothing) {
  for (const StatusCase& each : kStatuses) {
    SCOPED_TRACE(testing::Message() << each.status << " " << each.body);
    const Told told =
        fed_every_way([] { return std::make_unique<Rig>(); }, each.status, each.type, each.body);
    EXPECT_EQ(told.reason, each.reason);
    EXPECT_EQ(told.end, each.reason.empty() ? End::finished : End::open);
    Rig rig;
    (void)rig.head(each.status, each.type);
    rig.body(each.body, {});
    if (each.reason.empty()) EXPECT_EQ(rig.out.status, each.status);
  }
}

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:not-accepted MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:not-accepted MUST
TEST(AnswerRelay, EverySuccessIsSeenAsTheAnswerToANotification) {
  for (const int status : {200, 202, 204}) {
    for (const std::string_view type : {kJson, kEvents, std::string_view{}}) {
      Rig rig{{.asked = Asked::notification}};
      ASSERT_TRUE(rig.head(status, type).has_value());
      EXPECT_EQ(rig.relay.outcome(), Outcome::answered);
      rig.give("anything", net::Part::last);
      EXPECT_FALSE(rig.out.started());
    }
  }
  Rig refused{{.asked = Asked::notification}};
  ASSERT_TRUE(refused.head(400, kJson).has_value());
  refused.give(R"({"error":{"code":-1}})", net::Part::last);
  EXPECT_EQ(refused.out.status, 400);
  EXPECT_EQ(refused.out.body, R"({"error":{"code":-1}})");
}

struct LossCase {
  int status;
  std::string_view body;
  bool had_session;
  bool lost;
};
//= mcp 2026-07-28 basic#error-codes:assume MUST NOT
constexpr LossCase kLosses[] = {
    {404, "", true, true},
    {404, "", false, false},
    {404, kRefused, true, true},
    {400, R"({"id":null,"error":{"code":-32000,"message":"no session"}})", true, true},
    {400, R"({"id":null,"error":{"code":-32000,"message":"no session"}})", false, false},
    {400, R"({"id":null,"error":{"code":-32600,"message":"bad"}})", true, false},
    {200, R"({"id":7,"error":{"code":-32000,"message":"tool"}})", true, false},
};

TEST(AnswerRelay, LostSessionIsToldApart) {
  for (const LossCase& each : kLosses) {
    SCOPED_TRACE(testing::Message() << each.status << each.body << each.had_session);
    const Told told = fed_every_way(
        [&] {
          return std::make_unique<Rig>(AnswerRelay::Plan{
              .era = wire::Era::legacy, .had_session = each.had_session, .id = "7"});
        },
        each.status, kJson, each.body);
    EXPECT_EQ(told.outcome == Outcome::session_lost, each.lost);
    if (each.lost) EXPECT_EQ(told.end, End::open) << "nothing has been told yet";
  }
}

// --- initialize ----------------------------------------------------------------------------------

struct Opened {
  std::size_t calls = 0;
  std::string session_id;
  std::string version;
};

Opened opened_by(std::string_view type, std::string_view body, std::size_t bytes) {
  Opened opened;
  const Rig* out = nullptr;
  AnswerRelay::Opening opening{.tell = [&](const AnswerRelay::Opening& facts) {
    EXPECT_FALSE(out->out.started() && opened.calls == 0) << "the head is out already";
    ++opened.calls;
    opened.session_id = facts.upstream_session_id;
    if (facts.version != nullptr) opened.version = facts.version->name;
  }};
  Rig rig{{.era = wire::Era::legacy, .id = "7", .opening = &opening}};
  out = &rig;
  (void)rig.head(200, type);
  feed_in_pieces(rig, body, bytes);
  return opened;
}

TEST(AnswerRelay, SessionBeginsBeforeAnythingOfItGoesOut) {
  const std::string result = R"({"id":7,"result":{"protocolVersion":"2025-06-18","x":")";
  const struct {
    std::string_view type;
    std::string body;
    std::size_t calls;
  } cases[] = {
      {kJson, result + R"("}})", 1},
      {kJson, result + std::string(60'000, 'x') + R"("}})", 1},
      {kEvents, "data: {\"method\":\"a\"}\n\ndata: " + result + "\"}}\n\n", 2},
      {kJson, R"({"id":7,"error":{"code":1}})", 0},
  };
  for (const auto& each : cases) {
    for (const std::size_t bytes : {std::size_t{1} << 20, std::size_t{1000}}) {
      const Opened opened = opened_by(each.type, each.body, bytes);
      EXPECT_EQ(opened.calls, each.calls) << each.body.substr(0, 80);
      if (each.calls == 0) continue;
      EXPECT_EQ(opened.session_id, "up-1");
      EXPECT_EQ(opened.version, "2025-06-18");
    }
  }
}

}  // namespace
}  // namespace junctor::agent
