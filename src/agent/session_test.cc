// Goal: a client that comes back reads on where it was, in its own session alone; sessions end by
// closing, idling and limits, and never under something that still uses them. Method: a store on a
// loop whose time moves only when nothing else happens, and readers that record.

#include "agent/session.h"

#include <gtest/gtest.h>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/gateway.h"
#include "agent/recorded_answer.h"
#include "agent/session_store.h"
#include "agent/upstream.h"
#include "support.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using End = test::RecordedAnswer::End;

Pieces pieces_of(std::string_view text) {
  Pieces pieces;
  pieces.add(text);
  return pieces;
}

rt::Endpoint address(std::uint8_t last) {
  return rt::Endpoint::ipv4({10, 0, 0, last}, 1000);
}

UpstreamSettings upstream_settings() {
  UpstreamSettings settings;
  settings.name = UpstreamName{"up"};
  settings.url = net::Url::parse("http://up.test/mcp").value();
  return settings;
}

struct Rig {
  ~Rig() {
    store.close_all();
    loop.settle();
  }
  std::shared_ptr<Session> open(std::uint8_t client = 1) {
    return store.open(&upstream, "up-1", address(client)).value();
  }
  void pass(Duration time) {
    EXPECT_EQ(loop.run(rt::sleep_until(loop.shard().now() + time)), rt::Wake::timeout);
  }

  support::StillLoop loop;
  Limits limits;
  wire::KeyRing seal = wire::KeyRing::random().value();
  Metrics metrics;
  test::AddressTable resolver{address(9)};
  UpstreamSettings settings = upstream_settings();
  ChildBudget children{Settings{}};
  DefinitionWatch definitions;
  Upstream upstream{{.shard = loop.shard(),
                     .resolver = resolver,
                     .tls = nullptr,
                     .children = children,
                     .definitions = definitions,
                     .make_room = {},
                     .metrics = metrics,
                     .log = Logger{}},
                    settings,
                    limits};
  SessionStore store{loop.shard(), seal, limits.sessions, metrics};
};

struct Reader {
  explicit Reader(Rig& rig) : answer{rig.loop.shard(), out, request, rig.limits} {}
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (std::size_t at = out.body.find("id: "); at != std::string::npos;
         at = out.body.find("\nid: ", at + 1)) {
      const std::size_t begin = at + (out.body[at] == '\n' ? 5 : 4);
      ids.push_back(out.body.substr(begin, out.body.find('\n', begin) - begin));
    }
    return ids;
  }
  test::WrittenRequest request;
  test::RecordedAnswer out;
  ClientAnswer answer;
};

// --- streams -------------------------------------------------------------------------------------

//= mcp 2025-11-25 basic/transports#resumability-and-redelivery:unique MUST
//= mcp 2025-11-25 basic/transports#resumability-and-redelivery:own MUST NOT
TEST(Session, EventIdsAreUniqueAndReplayIsOfTheirStreamAlone) {
  Rig rig;
  const auto session = rig.open();
  const auto one = session->open_stream();
  const auto two = session->open_stream();
  Reader reader{rig};
  one->attach(reader.answer);
  one->publish(pieces_of("1a"));
  two->publish(pieces_of("2a"));
  session->standalone()->publish(pieces_of("0a"));
  one->publish(pieces_of("1b"));
  one->publish(pieces_of("1c"));
  const auto ids = reader.ids();
  ASSERT_EQ(ids.size(), 3U);
  const auto found = session->find_event(ids[0]);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->stream, one);
  Reader again{rig};
  session->replay(*found, again.answer);
  EXPECT_EQ(again.out.body, "id: " + ids[1] + "\nevent: message\ndata: 1b\n\nid: " + ids[2] +
                                "\nevent: message\ndata: 1c\n\n");
  one->end();
  two->end();
  EXPECT_EQ(reader.out.end, End::finished);
  EXPECT_TRUE(reader.answer.left.is_set());
  const auto ended = session->find_event(ids[2]);
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->stream, nullptr) << "its events are all that is left";
}

TEST(Session, IdsOfOthersAreRefusedNeverReplayed) {
  Rig rig;
  const auto session = rig.open();
  const auto other = rig.open();
  const auto stream = session->open_stream();
  Reader reader{rig};
  stream->attach(reader.answer);
  stream->publish(pieces_of("a"));
  const std::string good = reader.ids().at(0);
  EXPECT_TRUE(session->find_event(good).has_value());
  EXPECT_FALSE(other->find_event(good).has_value());
  const std::string tag = good.substr(0, good.find('-'));
  for (const std::string& bad :
       {std::string{}, std::string{"x"}, tag, tag + "-", tag + "-1", tag + "-1-", tag + "-9-1",
        tag + "-1-1-1", tag + "-1-1x", tag + "--1-1", tag + "-1--1", tag + "-99999999999-1",
        "0" + good, good.substr(1)}) {
    const auto found = session->find_event(bad);
    if (bad == tag + "-1-") continue;
    EXPECT_FALSE(found.has_value()) << bad;
    if (!found) EXPECT_EQ(found.error().reason(), "unknown_event_id");
  }
  stream->end();
}

TEST(Session, AReaderThatComesBackEndsTheOneBefore) {
  Rig rig;
  const auto session = rig.open();
  const auto stream = session->open_stream();
  Reader first{rig};
  Reader second{rig};
  stream->attach(first.answer);
  stream->attach(second.answer);
  EXPECT_EQ(first.out.end, End::finished);
  EXPECT_TRUE(first.answer.left.is_set());
  stream->publish(pieces_of("a"));
  EXPECT_EQ(first.ids().size(), 0U) << "no message goes out on two streams";
  EXPECT_EQ(second.ids().size(), 1U);
  stream->detach(first.answer);
  EXPECT_EQ(stream->reader(), &second.answer) << "who reads no more cannot detach who does";
  stream->end();
}

TEST(Session, PrimingIsForClientsThatUnderstandIt) {
  for (const auto version :
       {wire::ProtocolVersion::v2025_06_18, wire::ProtocolVersion::v2025_11_25}) {
    Rig rig;
    const auto session = rig.open();
    session->set_version(wire::version_facts(version));
    const auto stream = session->open_stream();
    Reader reader{rig};
    stream->attach(reader.answer);
    stream->prime(500ms);
    const bool understood = session->version().priming_event;
    EXPECT_EQ(reader.out.started(), understood);
    EXPECT_EQ(stream->has_ids(), understood);
    stream->publish(pieces_of("a"));
    Reader again{rig};
    if (understood) {
      session->replay(*session->find_event(reader.ids().at(0)), again.answer);
      EXPECT_EQ(again.ids().size(), 1U) << "an empty event is not replayed";
    }
    stream->end();
  }
}

TEST(Session, OldEventsMakeRoomForNewOnes) {
  for (const bool by_bytes : {true, false}) {
    Rig rig;
    rig.limits.sessions.events_max = by_bytes ? 100 : 3;
    rig.limits.sessions.events_bytes_max = by_bytes ? 35 : 1000;
    const auto session = rig.open();
    const auto stream = session->open_stream();
    Reader reader{rig};
    stream->attach(reader.answer);
    for (int i = 0; i < 6; ++i) stream->publish(pieces_of("0123456789"));
    Reader again{rig};
    session->replay(*session->find_event(reader.ids().at(0)), again.answer);
    EXPECT_EQ(again.ids().size(), 3U);
    EXPECT_EQ(again.ids().back(), reader.ids().back());
    stream->end();
  }
}

// --- calls ---------------------------------------------------------------------------------------

TEST(Session, CallsAreBoundedAndFoundByTheTextOfTheirId) {
  Rig rig;
  rig.limits.sessions.in_flight_max = 3;
  const auto session = rig.open();
  Session::Call number{.id = "1", .scope = {}};
  Session::Call text{.id = "\"1\"", .scope = {}};
  Session::Call same{.id = "1", .scope = {}};
  Session::Call more{.id = "2", .scope = {}};
  EXPECT_TRUE(session->begin(number).has_value());
  EXPECT_TRUE(session->begin(text).has_value());
  EXPECT_TRUE(session->begin(same).has_value()) << "the upstream judges";
  EXPECT_EQ(session->begin(more).error().reason(), "session_busy");
  EXPECT_EQ(session->find_call("1"), &number) << "the oldest";
  EXPECT_EQ(session->find_call("\"1\""), &text) << "1 and \"1\" are different";
  session->end(number);
  EXPECT_EQ(session->find_call("1"), &same);
  session->end(same);
  EXPECT_EQ(session->find_call("1"), nullptr);
  session->end(text);
}

TEST(Session, ClosingCancelsItsCallsAndLetsThemAnswer) {
  Rig rig;
  const auto session = rig.open();
  Session::Call call;
  call.id = "1";
  ASSERT_TRUE(session->begin(call).has_value());
  const auto stream = session->open_stream();
  Reader reader{rig};
  Reader standalone{rig};
  stream->attach(reader.answer);
  session->standalone()->attach(standalone.answer);
  standalone.answer.begin_events();
  rig.store.close(*session, SessionStore::Twin::gone);
  EXPECT_TRUE(call.scope.requested());
  EXPECT_EQ(standalone.out.end, End::finished);
  EXPECT_FALSE(reader.out.started()) << "its call answers it";
  session->end(call);
  stream->detach(reader.answer);
  stream->end();
  Session::Call late;
  late.id = "2";
  ASSERT_TRUE(session->begin(late).has_value());
  EXPECT_TRUE(late.scope.requested());
  session->end(late);
}

rt::Task<void> hold(std::shared_ptr<Session> session, bool& cancelled) {
  rt::Event never;
  cancelled = co_await never.wait(kNever) == rt::Wake::cancelled && session->closed();
}

TEST(Session, WhatGoesOnInItIsCancelledAndMayBeTheLastToHoldIt) {
  Rig rig;
  auto session = rig.open();
  const std::weak_ptr<Session> watch = session;
  bool first = false;
  bool second = false;
  Session::spawn(session, hold(session, first));
  Session::spawn(session, hold(session, second));
  rig.store.close(*std::exchange(session, nullptr), SessionStore::Twin::gone);
  rig.loop.settle();
  EXPECT_TRUE(first && second);
  EXPECT_TRUE(watch.expired());
  EXPECT_EQ(rig.loop.shard().tasks().size(), 0U);
}

TEST(Session, WhatGoesOnInItEndsWithTheShardsTasks) {
  Rig rig;
  bool cancelled = false;
  const auto session = rig.open();
  Session::spawn(session, hold(session, cancelled));
  EXPECT_EQ(rig.loop.shard().tasks().size(), 1U);
  rig.loop.shard().tasks().cancel();
  rig.loop.settle();
  EXPECT_EQ(rig.loop.shard().tasks().size(), 0U);
}

// --- the store -----------------------------------------------------------------------------------

TEST(SessionStore, IdsAreVisibleAsciiUnguessableAndNameTheShard) {
  Rig rig;
  const auto one = rig.open();
  const auto two = rig.open();
  EXPECT_NE(one->id(), two->id());
  for (const char c : one->id()) EXPECT_TRUE(c >= 0x21 && c <= 0x7E);
  EXPECT_EQ(rig.store.find(one->id()), one);
  EXPECT_EQ(rig.store.shard_of(one->id()), 0U);
  std::string forged = one->id();
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_EQ(rig.store.find(forged), nullptr);
  EXPECT_EQ(rig.store.shard_of(forged), std::nullopt);
  EXPECT_EQ(rig.store.shard_of(""), std::nullopt);
}

TEST(SessionStore, CapsAreOfAllAndOfEachClientAndSharedAmongShards) {
  Rig rig;
  rig.limits.sessions.max = 8;
  rig.limits.sessions.max_per_client = 4;
  SessionStore store{rig.loop.shard(), rig.seal, rig.limits.sessions, rig.metrics};
  store.share_among(2);
  const auto open = [&](std::uint8_t client) {
    return store.open(&rig.upstream, {}, address(client));
  };
  EXPECT_TRUE(open(1).has_value());
  const auto mine = open(1);
  EXPECT_TRUE(mine.has_value());
  EXPECT_EQ(open(1).error().kind(), ErrorKind::rate_limited);
  EXPECT_TRUE(open(2).has_value());
  EXPECT_TRUE(open(3).has_value());
  EXPECT_EQ(open(4).error().kind(), ErrorKind::unavailable);
  EXPECT_EQ(store.size(), 4U);
  store.close(**mine, SessionStore::Twin::gone);
  store.close(**mine, SessionStore::Twin::gone);  // Twice is as once.
  EXPECT_EQ(store.size(), 3U);
  EXPECT_TRUE(open(1).has_value());
  store.close_all();
  EXPECT_EQ(store.size(), 0U);
}

TEST(SessionStore, IdleSessionsEndWithTheirTwinsAndUsedOnesDoNot) {
  Rig rig;
  rig.limits.sessions.idle_timeout = 10min;
  std::vector<std::string> twins;
  rig.store.end_twin = [&](const Session& session) { twins.push_back(session.upstream_id()); };
  const std::string id = rig.open()->id();
  rig.pass(9min);
  {
    const Session::Use use{rig.store.find(id)};
    rig.pass(30min);
    EXPECT_NE(rig.store.find(id), nullptr) << "a request is under way";
  }
  rig.pass(9min);
  EXPECT_NE(rig.store.find(id), nullptr);
  EXPECT_TRUE(twins.empty());
  rig.pass(2min);
  EXPECT_EQ(rig.store.find(id), nullptr);
  EXPECT_EQ(twins, std::vector<std::string>{"up-1"});
}

}  // namespace
}  // namespace junctor::agent
