// Goal: one connection of lines is one era, one session and one order; each request has its answer
// and nobody else's; a cancellation, a lost stream and the end come out as the protocol has them.
// Method: lines into a front over an endpoint that does what it is told and keeps what it was
// asked; a loop whose time stands still.

#include "agent/stdio_front.h"

#include <gtest/gtest.h>

#include "agent/recorded_lines.h"
#include "agent/scripted_endpoint.h"
#include "support.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using test::Lines;
using test::RecordedLines;
using test::ScriptedEndpoint;
using wire::Era;

constexpr std::string_view kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}})";
constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
constexpr std::string_view kNews = R"({"jsonrpc":"2.0","method":"news"})";
const std::string kOpened = ScriptedEndpoint::result("0", R"({"protocolVersion":"2025-11-25"})");

std::string modern(std::string_view method, std::string_view id = "1",
                   std::string_view version = "2026-07-28") {
  return R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"method":")" + std::string{method} +
         R"(","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":")" +
         std::string{version} + R"(","io.modelcontextprotocol/clientCapabilities":{}}}})";
}
std::string legacy(std::string_view method, std::string_view id = "1") {
  return R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"method":")" + std::string{method} +
         R"("})";
}
std::string cancellation(std::string_view id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::string{id} + "}}";
}

struct Rig {
  explicit Rig(StdioFront::Limits limits = {}) : front{loop.shard(), endpoint, out, limits} {}
  ~Rig() { end(); }
  void end() {
    if (!std::exchange(has_ended, true)) loop.run(front.end());
  }
  Rig& say(std::string_view line) {
    Buffer buffer;
    buffer.append(line);
    loop.run(front.take(std::move(buffer)));
    loop.settle();
    return *this;
  }
  // A session, with its own lines out of the way.
  Rig& open() {
    say(kInitialize).say(kInitialized);
    (void)out.news();
    endpoint.asked.clear();
    return *this;
  }
  void pass(Duration time) {
    (void)loop.run(rt::sleep_until(loop.now() + time));
    loop.settle();
  }

  support::StillLoop loop;
  ScriptedEndpoint endpoint;
  RecordedLines out;
  StdioFront front;
  bool has_ended = false;
};

// --- eras ----------------------------------------------------------------------------------------

TEST(StdioFront, InitializeMakesALegacySessionThatEachRequestNames) {
  Rig rig;
  rig.say(kInitialize);
  EXPECT_EQ(rig.front.era(), Era::legacy);
  EXPECT_EQ(rig.out.news(), (Lines{kOpened, std::string{kNews}}))
      << "its answer first, then what the standalone stream says";
  rig.say(kInitialized).say(legacy("echo"));
  EXPECT_EQ(rig.out.news(), Lines{ScriptedEndpoint::result("1", "{}")});
  EXPECT_EQ(rig.endpoint.verbs(),
            (Lines{"POST initialize", "GET", "POST notifications/initialized", "POST echo"}));
  EXPECT_EQ(rig.endpoint.asked[0].session, "");
  for (const std::size_t i : {1U, 2U, 3U}) {
    EXPECT_EQ(rig.endpoint.asked[i].session, "s-1");
    EXPECT_EQ(rig.endpoint.asked[i].version, "2025-11-25");
  }
  EXPECT_EQ(rig.endpoint.asked[3].body, legacy("echo")) << "byte by byte";
}

TEST(StdioFront, ALegacyConnectionTakesNoModernMessages) {
  Rig rig;
  rig.open().say(modern("echo"));
  EXPECT_EQ(rig.out.news(),
            Lines{R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":)"
                  R"("This connection was begun by initialize, and speaks that version."}})"});
  EXPECT_TRUE(rig.endpoint.asked.empty());
}

TEST(StdioFront, AModernMessageMakesTheConnectionModern) {
  Rig rig;
  rig.say(modern("echo"));
  EXPECT_EQ(rig.front.era(), Era::modern);
  EXPECT_EQ(rig.endpoint.asked[0].version, "2026-07-28");
  (void)rig.out.news();
  rig.say(kInitialize);
  EXPECT_EQ(rig.out.news(),
            Lines{R"({"jsonrpc":"2.0","id":0,"error":{"code":-32022,"message":)"
                  R"("This connection speaks a version that has no initialize.",)"
                  R"("data":{"supported":["2026-07-28"],"requested":"2025-11-25"}}})"});
  rig.say(legacy("echo"));
  EXPECT_EQ(rig.endpoint.asked.back().version, "2026-07-28")
      << "the endpoint says what the message lacks";
  EXPECT_EQ(rig.endpoint.verbs(), (Lines{"POST echo", "POST echo"}));
}

TEST(StdioFront, DiscoverAndUnknownVersionsLeaveBothWaysOpen) {
  for (const std::string& first : {modern("server/discover"), modern("echo", "1", "2027-01-01")}) {
    SCOPED_TRACE(first);
    Rig rig;
    rig.say(first);
    EXPECT_EQ(rig.front.era(), std::nullopt);
    EXPECT_EQ(rig.out.news().size(), 1U);
    rig.say(kInitialize);
    EXPECT_EQ(rig.front.era(), Era::legacy);
    Rig other;
    other.say(first).say(modern("echo", "2"));
    EXPECT_EQ(other.front.era(), Era::modern);
  }
}

TEST(StdioFront, InitializeOfAModernEnvelopeIsAModernMessage) {
  Rig rig;
  rig.say(modern("initialize"));
  EXPECT_EQ(rig.endpoint.asked.at(0).version, "2026-07-28") << "which its endpoint refuses";
  EXPECT_EQ(rig.front.era(), Era::modern);
}

TEST(StdioFront, ARefusedInitializeMayBeTriedAgain) {
  Rig rig;
  rig.endpoint.refuses_initialize = true;
  rig.say(kInitialize);
  EXPECT_EQ(rig.out.news(), Lines{R"({"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":)"
                                  R"("The request was refused with HTTP status 503.",)"
                                  R"("data":{"reason":"http_error"}}})"});
  EXPECT_EQ(rig.front.era(), std::nullopt);
  rig.endpoint.refuses_initialize = false;
  rig.say(kInitialize);
  EXPECT_EQ(rig.front.era(), Era::legacy);
}

TEST(StdioFront, ASecondInitializeIsANewSessionAndEndsTheFirst) {
  Rig rig;
  rig.open().say(kInitialize).pass(2s);
  EXPECT_EQ(rig.endpoint.streams, 1) << "that of the new session";
  rig.say(legacy("echo"));
  EXPECT_EQ(rig.endpoint.asked.back().session, "s-2");
  const Lines verbs = rig.endpoint.verbs();
  EXPECT_EQ(std::ranges::count(verbs, "DELETE"), 1);
}

//= mcp 2025-11-25 basic/transports#session-management:anew MUST
TEST(StdioFront, ALostSessionIsBegunAgainAndItsRequestsMadeOnceMore) {
  Rig rig;
  rig.open().pass(1s);
  rig.endpoint.first_session = 2;
  rig.say(legacy("echo", "1"));
  EXPECT_EQ(rig.out.news(), (Lines{std::string{kNews}, ScriptedEndpoint::result("1", "{}")}))
      << "what the new session's own stream says, and the answer";
  EXPECT_EQ(rig.endpoint.verbs(), (Lines{"lost", "POST initialize",
                                         "POST notifications/initialized", "GET", "POST echo"}));
  EXPECT_EQ(rig.endpoint.asked[1].body, kInitialize) << "as the client said it";
  EXPECT_EQ(rig.endpoint.asked.back().session, "s-2");
}

TEST(StdioFront, ManyRequestsBeginOneSession) {
  Rig rig;
  rig.open();
  rig.endpoint.first_session = 2;
  rig.endpoint.hold_notes = true;  // The handshake of the new session takes its time.
  rig.say(legacy("echo", "1")).say(legacy("echo", "2")).say(legacy("slow", "3"));
  EXPECT_EQ(rig.out.news(), Lines{});
  rig.endpoint.notes_go.set();
  rig.loop.settle();
  const Lines verbs = rig.endpoint.verbs();
  EXPECT_EQ(std::ranges::count(verbs, "POST initialize"), 1);
  EXPECT_EQ(std::ranges::count(verbs, "POST echo"), 2);
  EXPECT_EQ(std::ranges::count(verbs, "POST slow"), 1);
}

TEST(StdioFront, ASessionThatCannotBeBegunAgainIsSaidSo) {
  Rig rig;
  rig.open();
  rig.endpoint.first_session = 2;
  rig.endpoint.refuses_initialize = true;
  rig.say(legacy("echo", "1"));
  EXPECT_EQ(rig.out.news(),
            Lines{R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":)"
                  R"("The server has lost this session, and a new one could not be begun.",)"
                  R"("data":{"reason":"session_lost","retryable":true}}})"});
  rig.endpoint.refuses_initialize = false;
  rig.say(legacy("echo", "2"));
  EXPECT_EQ(rig.out.news().back(), ScriptedEndpoint::result("2", "{}")) << "it is tried again";
}

TEST(StdioFront, AServerThatLosesEverySessionIsBelievedTheSecondTime) {
  Rig rig;
  rig.open();
  rig.endpoint.first_session = 1000;
  rig.say(legacy("echo", "1"));
  EXPECT_EQ(rig.out.news(),
            Lines{R"({"id":1,"jsonrpc":"2.0","error":{"code":-32600,"message":"lost"}})"});
}

// --- requests ------------------------------------------------------------------------------------

TEST(StdioFront, RequestsRunBesideEachOther) {
  Rig rig;
  rig.say(modern("slow", R"("a")")).say(modern("echo", "2"));
  EXPECT_EQ(rig.out.news().size(), 1U);
  EXPECT_EQ(rig.front.calls(), 1U);
  rig.endpoint.release();
  rig.loop.settle();
  EXPECT_EQ(rig.out.news(), Lines{ScriptedEndpoint::result(R"("a")", R"("slow")")});
  EXPECT_EQ(rig.front.calls(), 0U);
}

TEST(StdioFront, OneRequestTooManyIsAnsweredSo) {
  Rig rig{{.calls_max = 2, .response = {}}};
  rig.say(modern("slow", "1")).say(modern("slow", "2")).say(modern("echo", "3"));
  EXPECT_EQ(rig.out.news(), Lines{R"({"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":)"
                                  R"("Too many requests of this client are under way.",)"
                                  R"("data":{"reason":"too_many_calls","retryable":true}}})"});
  rig.say(cancellation("1")).say(modern("echo", "4"));
  EXPECT_EQ(rig.out.news(),
            Lines{ScriptedEndpoint::result(
                "4", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                     R"("io.modelcontextprotocol/clientCapabilities":{}}})")});
}

TEST(StdioFront, NoRequestIsLeftUnanswered) {
  Rig rig;
  rig.open();
  for (const std::string_view method : {"mute", "torn"}) {
    rig.say(legacy(method));
    EXPECT_EQ(rig.out.news(),
              Lines{R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":)"
                    R"("The request ended without an answer.","data":{"reason":"no_answer"}}})"});
  }
}

TEST(StdioFront, AStreamThatEndsEarlyIsReadOn) {
  Rig rig;
  rig.open().say(legacy("early"));
  EXPECT_TRUE(rig.out.lines.empty()) << "it comes back when it was told to";
  rig.pass(1s);
  EXPECT_EQ(rig.out.news(), (Lines{R"({"jsonrpc":"2.0","method":"n"})",
                                   ScriptedEndpoint::result("1", R"("late")")}));
  EXPECT_EQ(rig.endpoint.verbs(), (Lines{"POST early", "GET", "GET"}));
}

TEST(StdioFront, WhatIsNoMessageIsAnsweredAndNothingElseHappens) {
  Rig rig;
  rig.say("hello").say("[]").say(R"({"jsonrpc":"2.0","id":1})");
  const Lines lines = rig.out.news();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":)"
                      R"("The line is not valid JSON (syntax at byte 0)."}})");
  EXPECT_TRUE(lines[1].starts_with(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,)"));
  EXPECT_TRUE(lines[2].starts_with(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,)"));
  rig.loop.run(rig.front.take(fail(ErrorKind::too_large, "line_too_large", "Too long.")));
  EXPECT_EQ(rig.out.news(),
            Lines{R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Too long."}})"});
  rig.say(modern(R"(a\nb)"));
  EXPECT_EQ(rig.out.news(), Lines{R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":)"
                                  R"("The method has characters that cannot be passed on."}})"});
  EXPECT_TRUE(rig.endpoint.asked.empty());
}

// --- notifications and answers -------------------------------------------------------------------

TEST(StdioFront, NotesAreHandedOverOneBehindTheOther) {
  Rig rig;
  rig.open();
  rig.endpoint.hold_notes = true;
  rig.say(R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})")
      .say(R"({"jsonrpc":"2.0","id":9,"result":{}})")
      .say(legacy("echo"));
  EXPECT_EQ(rig.endpoint.verbs(), (Lines{"POST notifications/roots/list_changed", "POST echo"}))
      << "a request does not wait for them";
  rig.endpoint.notes_go.set();
  rig.loop.settle();
  EXPECT_EQ(rig.endpoint.verbs().back(), "POST answer");
}

rt::Task<void> say_into(StdioFront& front, std::string line, bool& taken) {
  Buffer buffer;
  buffer.append(line);
  co_await front.take(std::move(buffer));
  taken = true;
}

TEST(StdioFront, TheHandshakeEndsBeforeTheNextLine) {
  Rig rig;
  rig.say(kInitialize);
  rig.endpoint.hold_notes = true;
  bool taken = false;
  rig.loop.spawn(say_into(rig.front, std::string{kInitialized}, taken));
  rig.loop.settle();
  EXPECT_FALSE(taken);
  rig.endpoint.notes_go.set();
  rig.loop.settle();
  EXPECT_TRUE(taken);
}

TEST(StdioFront, LinesWaitWhenTooManyNotesDo) {
  Rig rig{{.notes_max = 1, .response = {}}};
  rig.open();
  rig.endpoint.hold_notes = true;
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/progress"})";
  rig.say(note).say(note);
  bool taken = false;
  rig.loop.spawn(say_into(rig.front, note, taken));
  rig.loop.settle();
  EXPECT_FALSE(taken) << "one is handed over, one waits";
  rig.endpoint.notes_go.set();
  rig.loop.settle();
  EXPECT_TRUE(taken);
  EXPECT_EQ(rig.endpoint.asked.size(), 3U);
}

// --- cancellation --------------------------------------------------------------------------------

//= mcp 2026-07-28 basic/transports/streamable-http#cancellation:silence MUST NOT
TEST(StdioFront, AModernCallIsCancelledAsIfItsClientHadLeft) {
  Rig rig;
  rig.say(modern("slow", "1")).say(cancellation(R"("1")"));
  EXPECT_EQ(rig.endpoint.gone, 0) << "another id";
  rig.say(cancellation("1"));
  EXPECT_EQ(rig.endpoint.gone, 1);
  EXPECT_EQ(rig.front.calls(), 0U);
  EXPECT_EQ(rig.endpoint.verbs(), Lines{"POST slow"}) << "the endpoint is not told in words";
  rig.say(cancellation("1"));
  EXPECT_EQ(rig.out.news(), Lines{}) << "nothing is said of it any more";
}

TEST(StdioFront, ALegacyCallIsCancelledInItsSession) {
  Rig rig;
  rig.open().say(legacy("slow", "1")).say(cancellation("1"));
  EXPECT_EQ(rig.endpoint.gone, 0);
  EXPECT_EQ(rig.endpoint.verbs(), (Lines{"POST slow", "POST notifications/cancelled"}));
  rig.endpoint.release();
  rig.loop.settle();
  EXPECT_EQ(rig.out.news(), Lines{ScriptedEndpoint::result("1", R"("slow")")})
      << "an answer that comes all the same is passed";
}

TEST(StdioFront, ACancellationBeforeAnythingElseIsNothing) {
  Rig rig;
  rig.say(cancellation("1"));
  EXPECT_TRUE(rig.endpoint.asked.empty());
  EXPECT_EQ(rig.out.news(), Lines{});
}

// --- the standalone stream -----------------------------------------------------------------------

TEST(StdioFront, TheStandaloneStreamIsOpenedAgain) {
  Rig rig;
  rig.open();
  rig.endpoint.end_stream.set();
  rig.loop.settle();
  EXPECT_EQ(rig.endpoint.streams, 0);
  rig.pass(1100ms);
  EXPECT_EQ(rig.endpoint.streams, 1);
  EXPECT_EQ(rig.out.news(), Lines{std::string{kNews}});
}

TEST(StdioFront, AServerWithoutStandaloneStreamIsAskedOnce) {
  Rig rig;
  rig.endpoint.get_status = 405;
  rig.open().pass(5min);
  EXPECT_TRUE(rig.endpoint.asked.empty()) << "it was asked when the session began";
  rig.say(legacy("echo"));
  EXPECT_EQ(rig.out.news().size(), 1U);
}

TEST(StdioFront, AServerThatIsBusyIsAskedLessAndLess) {
  Rig rig;
  rig.endpoint.get_status = 503;
  rig.open().pass(7500ms);
  EXPECT_EQ(rig.endpoint.asked.size(), 3U) << "after 1, 2 and 4 s";
  rig.pass(10min);
  EXPECT_LT(rig.endpoint.asked.size(), 3U + 2U + 21U) << "at most every 30 s then";
  rig.endpoint.get_status = 200;
  rig.pass(31s);
  EXPECT_EQ(rig.endpoint.streams, 1);
}

// --- the end -------------------------------------------------------------------------------------

TEST(StdioFront, TheEndCancelsCallsAndEndsTheSession) {
  Rig rig;
  rig.open().say(legacy("slow", "1")).say(legacy("slow", "2"));
  rig.end();
  EXPECT_EQ(rig.endpoint.gone, 2);
  EXPECT_EQ(rig.endpoint.verbs(), (Lines{"POST slow", "POST slow", "DELETE"}));
  EXPECT_EQ(rig.endpoint.asked.back().session, "s-1");
  EXPECT_EQ(rig.endpoint.streams, 0);
  EXPECT_EQ(rig.out.news(), Lines{}) << "nobody is there to be told";
  EXPECT_EQ(rig.front.calls(), 0U);
}

TEST(StdioFront, TheEndOfAModernConnectionCancelsItsCalls) {
  Rig rig;
  rig.say(modern("slow", "1"));
  rig.end();
  EXPECT_EQ(rig.endpoint.gone, 1);
  EXPECT_EQ(rig.endpoint.verbs(), Lines{"POST slow"});
}

TEST(StdioFront, TheEndDoesNotWaitForNotes) {
  Rig rig;
  rig.open();
  rig.endpoint.hold_notes = true;
  rig.say(R"({"jsonrpc":"2.0","method":"notifications/progress"})");
  const Time begin = rig.loop.now();
  rig.end();
  EXPECT_LE(rig.loop.now() - begin, 1100ms);
}

}  // namespace
}  // namespace junctor::agent
