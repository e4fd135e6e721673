// Goal: whatever clients do and the network does to them, each answer a client gets is the whole,
// right answer to the request whose turn it is, or a part of it when the connection broke; no
// request runs twice, or behind one that ended the connection; and nothing is left open.
// Method: the real server in the simulated world, by seed. Clients send random valid requests, cut,
// pipelined and framed at random, and half-close, reset, fall silent or read slowly; a handler
// echoes whole, streamed, broken off or without reading. Requests are numbered, and so are their
// answers.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "net/server_rig.h"
#include "wire/http1.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Answered;
using test::ServerRig;
using wire::http1::RequestKind;

// Bytes that no other number has.
std::string body_of(std::size_t number, std::size_t size) {
  std::string body;
  while (body.size() < size) body += std::to_string(number) + ",";
  body.resize(size);
  return body;
}

struct Sent {
  std::size_t number = 0;
  RequestKind kind = RequestKind::other;
  std::string body;
  bool closes = false;  // It asks for the end of the connection.
  bool expects = false;
};

struct Ran {
  std::map<std::size_t, int> times;
  std::set<std::size_t> broken_off;  // The handler ended these answers early.
  std::set<std::size_t> unread;      // And did not read the bodies of these.
  std::set<std::size_t> unfinished;  // The bodies of these never came.
};

class EchoHandler final : public HttpHandler {
 public:
  EchoHandler(sim::World& world, Ran& ran) noexcept : world_{world}, ran_{ran} {}

  rt::Task<void> handle(Request& request, ResponseWriter& response) override {
    sim::SeededRandom& dice = world_.random();
    const std::string number{request.head().path.substr(1)};
    const Field fields[] = {{"X-Number", number}};
    const Answer answer{.status = 200, .content_type = "text/plain", .fields = fields};
    ++ran_.times[std::stoul(number)];
    if (dice.chance(5)) {
      ran_.unread.insert(std::stoul(number));
      co_return response.send(answer, number + "|");
    }
    const auto body = co_await request.body(1 << 20);
    if (!body) {
      // Every request is valid and quick: this one's client has left, with a word or without.
      const std::string_view reason = body.error().reason();
      EXPECT_TRUE(reason == "client_gone" || reason == "body_timeout") << reason;
      ran_.unfinished.insert(std::stoul(number));
      co_return;
    }
    if (dice.chance(30)) request.release_head();
    const std::string text = number + "|" + std::string{*body};  // The body is there all the same.
    if (dice.chance(30)) request.release();
    if (dice.chance(30)) (void)co_await rt::sleep_until(world_.now() + dice.between(0s, 2s));
    if (dice.chance(50)) co_return response.send(answer, text);
    response.start(answer);
    co_await stream(response, text, std::stoul(number));
  }

 private:
  rt::Task<void> stream(ResponseWriter& response, std::string_view text, std::size_t number) {
    sim::SeededRandom& dice = world_.random();
    const bool breaks_off = dice.chance(5);
    while (!text.empty() && !response.gone()) {
      const std::size_t size = std::min<std::size_t>(text.size(), dice.between(1, 6000));
      const std::string_view pieces[] = {text.substr(0, size / 2),
                                         text.substr(size / 2, size - size / 2)};
      response.write(pieces);
      text.remove_prefix(size);
      if (breaks_off && dice.chance(50)) {
        ran_.broken_off.insert(number);
        if (dice.chance(50)) response.abort();
        co_return;
      }
      if (dice.chance(40)) response.flush();
      if (dice.chance(20)) (void)co_await rt::sleep_until(world_.now() + dice.between(0s, 1s));
      if (response.backlog_bytes() < 3000) continue;
      const auto drained = co_await response.drain(world_.now() + 30s);
      if (!drained) co_return;
    }
    if (!response.gone()) response.finish();
  }

  sim::World& world_;
  Ran& ran_;
};

class EchoRoutes {
 public:
  EchoRoutes(ServerRig& rig, std::size_t numbers) {
    const auto handler = std::make_shared<EchoHandler>(rig.world, ran);
    for (std::size_t number = 0; number < numbers; ++number) {
      EXPECT_TRUE(rig.router.add({.path = "/" + std::to_string(number),
                                  .methods = {"GET", "POST"},
                                  .handler = handler,
                                  .summary = {}}));
    }
  }
  Ran ran;
};

// One request as text, and what it is.
std::string make_request(sim::SeededRandom& dice, Sent& sent) {
  const bool is_old = dice.chance(15);
  const bool has_body = dice.chance(70);
  const std::string path = "/" + std::to_string(sent.number);
  sent.kind = !has_body && dice.chance(50) ? RequestKind::head : RequestKind::other;
  const std::string method = has_body ? "POST " : sent.kind == RequestKind::head ? "HEAD " : "GET ";
  std::string text = method + path + (is_old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\nHost: a\r\n");
  sent.closes = is_old ? dice.chance(50) : dice.chance(5);
  if (is_old && !sent.closes) text += "Connection: keep-alive\r\n";
  if (!is_old && sent.closes) text += "Connection: close\r\n";
  if (dice.chance(20)) text += "X-Padding: " + std::string(dice.between(1, 2000), 'p') + "\r\n";
  if (!has_body) return text + "\r\n";
  sent.expects = dice.chance(20);
  if (sent.expects) text += "Expect: 100-continue\r\n";
  sent.body = body_of(sent.number, dice.chance(10) ? 0 : dice.between(1, 8000));
  if (is_old || dice.chance(50)) {
    return text + "Content-Length: " + std::to_string(sent.body.size()) + "\r\n\r\n" + sent.body;
  }
  Buffer chunks;
  for (std::string_view left = sent.body; !left.empty();) {
    const std::size_t size = std::min<std::size_t>(left.size(), dice.between(1, 3000));
    wire::http1::append_chunk(chunks, left.substr(0, size));
    left.remove_prefix(size);
  }
  return text + "Transfer-Encoding: chunked\r\n\r\n" + std::string{chunks.view()} + "0\r\n\r\n";
}

enum class Manner : unsigned char { polite, half_closes, resets, vanishes };

struct Visit {
  Manner manner = Manner::polite;
  Duration reading_pause{0};
  std::string text;
  std::vector<Sent> requests;
  std::size_t answered = 0;  // Whole answers that were right.
  bool told_to_go = false;   // The last of them said that the connection ends.
  bool failed = false;       // Connecting, sending or receiving.
};

rt::Task<void> write_all(sim::Peer& peer, Visit& visit) {
  sim::SeededRandom& dice = peer.world().random();
  const std::size_t stops = dice.between(0, visit.text.size());
  const bool leaves = visit.manner == Manner::resets || visit.manner == Manner::vanishes;
  const std::size_t end = leaves ? stops : visit.text.size();
  for (std::size_t at = 0; at < end;) {
    const std::size_t size = std::min<std::size_t>(end - at, dice.between(1, 4000));
    const auto sent = co_await peer.send(visit.text.substr(at, size));
    if (!sent) {
      visit.failed = true;
      co_return;
    }
    at += size;
    if (dice.chance(20)) (void)co_await rt::sleep_until(peer.world().now() + dice.between(0s, 1s));
  }
  if (visit.manner == Manner::half_closes) peer.shutdown_write();
  if (visit.manner == Manner::resets) peer.reset();
  if (visit.manner == Manner::vanishes) peer.vanish();
}

// Takes whole answers from `text`; each must be the next request's.
void check_answers(std::string& text, Visit& visit, bool ended, const Ran& ran) {
  while (!text.empty()) {
    ASSERT_FALSE(visit.told_to_go) << "an answer behind the last one: " << text;
    ASSERT_LT(visit.answered, visit.requests.size()) << "an answer to nothing: " << text;
    const Sent& sent = visit.requests[visit.answered];
    const Answered got = test::take_answer(text, sent.kind, ended);
    if (got.status == 100) {
      EXPECT_TRUE(sent.expects);
      continue;
    }
    if (got.status == 0) return;
    const std::string name = std::to_string(sent.number);
    ASSERT_EQ(got.status, 200) << text;
    ASSERT_TRUE(got.has("X-Number: " + name)) << got.head << " is not for " << name;
    std::string right = name + "|" + (ran.unread.contains(sent.number) ? "" : sent.body);
    if (sent.kind == RequestKind::head) right.clear();
    ASSERT_TRUE(right.starts_with(got.body)) << "bytes of another answer";
    if (!got.whole) return;
    if (got.framing != wire::http1::BodyKind::until_close) {
      ASSERT_EQ(got.body, right);
      ASSERT_FALSE(ran.broken_off.contains(sent.number) && sent.kind == RequestKind::other)
          << "an answer that was broken off looks whole";
    }
    EXPECT_TRUE(!sent.closes || !got.keep_alive);
    ++visit.answered;
    visit.told_to_go = !got.keep_alive;
  }
}

rt::Task<void> read_all(sim::Peer& peer, Visit& visit, const Ran& ran) {
  std::string text;
  const bool waits = visit.manner == Manner::polite;
  while (peer.open()) {
    if (visit.reading_pause != 0s) {
      (void)co_await rt::sleep_until(peer.world().now() + visit.reading_pause);
      if (!peer.open()) break;
    }
    const auto got = co_await peer.receive();
    visit.failed = visit.failed || !got;
    if (got) text += *got;
    check_answers(text, visit, got && got->empty(), ran);
    if (!got || got->empty() || testing::Test::HasFatalFailure()) break;
    // Who has everything goes.
    if (waits && (visit.told_to_go || visit.answered == visit.requests.size())) break;
  }
}

rt::Task<void> visit_server(ServerRig& rig, Visit& visit, const Ran& ran) {
  sim::Peer peer{rig.world};
  peer.set_patience(3min);
  const auto connected = co_await peer.connect(rig.options.at);
  if (!connected) {
    visit.failed = true;
    co_return;
  }
  rt::TaskGroup both;
  both.spawn(write_all(peer, visit));
  both.spawn(read_all(peer, visit, ran));
  (void)co_await both.join();
}

struct Totals {
  std::size_t whole = 0;
  std::size_t unanswered = 0;
};

// Every request that was not answered has a reason.
void check_visit(const Visit& visit, const Ran& ran) {
  bool over = false;
  for (std::size_t i = 0; i < visit.requests.size(); ++i) {
    const std::size_t number = visit.requests[i].number;
    const auto found = ran.times.find(number);
    const int times = found == ran.times.end() ? 0 : found->second;
    EXPECT_LE(times, over ? 0 : 1) << number << " ran behind the end of its connection, or twice";
    EXPECT_GE(times, i < visit.answered ? 1 : 0) << number << " was answered by nobody";
    over = over || times == 0 || visit.requests[i].closes || ran.broken_off.contains(number);
  }
  const bool stays = visit.manner == Manner::polite || visit.manner == Manner::half_closes;
  if (!stays || visit.failed) return;
  for (const Sent& sent : visit.requests) EXPECT_FALSE(ran.unfinished.contains(sent.number));
  if (visit.told_to_go) return;
  if (visit.answered == visit.requests.size()) return;
  // An answer to HEAD that was broken off looks whole: then it is the one before.
  bool broken_off = false;
  for (std::size_t i = 0; i <= visit.answered; ++i) {
    broken_off = broken_off || ran.broken_off.contains(visit.requests[i].number);
  }
  EXPECT_TRUE(broken_off) << visit.requests[visit.answered].number << " has no answer";
}

void run_world(std::uint64_t seed, const sim::Options& options, Totals& totals) {
  constexpr std::size_t kVisits = 5;
  constexpr std::size_t kRequestsMax = 6;
  ServerRig rig{options, seed};
  EchoRoutes routes{rig, kVisits * kRequestsMax};
  rig.start();
  sim::SeededRandom& dice = rig.world.random();
  std::vector<Visit> visits(kVisits);
  rt::TaskGroup group;
  std::size_t number = 0;
  for (Visit& visit : visits) {
    visit.manner = static_cast<Manner>(dice.chance(50) ? 0 : dice.between(1, 3));
    if (dice.chance(25)) visit.reading_pause = dice.between(10ms, 400ms);
    for (std::uint64_t left = dice.between(1, kRequestsMax); left > 0; --left) {
      Sent& sent = visit.requests.emplace_back();
      sent.number = number++;
      visit.text += make_request(dice, sent);
    }
    group.spawn(visit_server(rig, visit, routes.ran));
  }
  rig.world.run_until([&group] { return group.size() == 0; });
  rig.world.run_for(5min);
  EXPECT_EQ(rig.server->connections(), 0U) << "somebody is served who left";
  EXPECT_EQ(rig.server->in_flight(), 0U);
  EXPECT_EQ(rig.cell("junctor_http_requests_in_flight"), 0);
  for (const Visit& visit : visits) {
    check_visit(visit, routes.ran);
    totals.whole += visit.answered;
    totals.unanswered += visit.requests.size() - visit.answered;
  }
}

TEST(HttpServerSim, AnySeedOfACalmNetworkAnswersEveryoneWhoStays) {
  Totals totals;
  sim::for_each_seed([&](std::uint64_t seed) { run_world(seed, {}, totals); });
  EXPECT_GT(totals.whole, totals.unanswered);
}

TEST(HttpServerSim, AnySeedOfARoughNetworkAnswersEveryoneWhoStays) {
  Totals totals;
  sim::for_each_seed([&](std::uint64_t seed) { run_world(seed, sim::Options::rough(), totals); });
  EXPECT_GT(totals.whole, totals.unanswered);
}

TEST(HttpServerSim, AnySeedOfAHostileNetworkGivesRightAnswersOrNone) {
  Totals totals;
  sim::for_each_seed([&](std::uint64_t seed) { run_world(seed, sim::Options::hostile(), totals); });
  EXPECT_GT(totals.whole, 0U);
  EXPECT_GT(totals.unanswered, 0U) << "the dice were kind";
}

TEST(HttpServerSim, AnySeedEndsInADrain) {
  sim::for_each_seed([](std::uint64_t seed) {
    ServerRig rig{sim::Options::rough(), seed};
    EchoRoutes routes{rig, 8};
    rig.start();
    sim::SeededRandom& dice = rig.world.random();
    std::vector<Visit> visits(4);
    rt::TaskGroup group;
    std::size_t number = 0;
    for (Visit& visit : visits) {
      for (int i = 0; i < 2; ++i) {
        Sent& sent = visit.requests.emplace_back();
        sent.number = number++;
        visit.text += make_request(dice, sent);
      }
      group.spawn(visit_server(rig, visit, routes.ran));
    }
    rig.world.run_for(dice.between(0s, 3s));
    rig.server->drain();
    rig.world.run_until([&group] { return group.size() == 0; });
    rig.world.run_for(2min);
    EXPECT_EQ(rig.server->connections(), 0U);
    EXPECT_EQ(rig.world.shard().tasks().size(), 0U) << "nobody accepts any more";
  });
}

}  // namespace
}  // namespace junctor::net
