// Goal: whatever the network does, a call ends with the right answer or a documented error, never
// with a wrong body and never executed twice unless it may be; and nothing is left open. Method:
// many calls beside each other against a scripted server in the simulated world, by seed; each
// request carries a number, and its answer must be the one made for that number.

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "net/http_client.h"
#include "sim/peer.h"
#include "sim/world.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using wire::http1::RequestKind;

class Table final : public Resolver {
 public:
  std::vector<rt::Endpoint> addresses;
  rt::Task<Result<std::vector<rt::Endpoint>>> resolve(std::string, std::uint16_t, Time) override {
    co_return addresses;
  }
};

// Bytes that no other number has, of a length that depends on it.
std::string body_of(std::size_t number) {
  std::string body;
  const std::size_t size = (number * 7919) % 3000;
  while (body.size() < size) body += std::to_string(number) + ",";
  return body + "#" + std::to_string(number);
}

std::string answer_to(std::size_t number) {
  const std::string body = body_of(number);
  switch (number % 5) {
    case 0: return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body;
    case 1: {
      std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      for (std::size_t at = 0; at < body.size(); at += 100) {
        const std::string piece = body.substr(at, 100);
        text += wire::http1::ChunkHeader{piece.size()}.view();
        text += piece + "\r\n";
      }
      return text + "0\r\n\r\n";
    }
    case 2:
      return "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nKeep-Alive: "
             "timeout=3\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n" + body;
    default:
      return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
             body;
  }
}

struct Server {
  std::map<std::size_t, int> executed;  // How often each number was answered.
};

// Answers until it has had enough, sometimes in the middle of something.
rt::Task<void> serve(sim::Peer& peer, std::reference_wrapper<Server> server) {
  sim::SeededRandom& dice = peer.world().random();
  peer.set_patience(20s);
  for (std::uint64_t left = 1 + dice.below(6); left > 0; --left) {
    const auto head = co_await peer.receive_until("\r\n\r\n");
    if (!head) co_return;
    const std::size_t number = std::stoul(head->substr(6));  // "POST /N ..."
    const std::size_t size = std::stoul(head->substr(head->find("Length: ") + 8));
    if (size != 0) {
      const auto body = co_await peer.receive_bytes(size);
      if (!body) co_return;
      EXPECT_EQ(*body, body_of(number)) << "a request arrives whole and unmixed";
    }
    ++server.get().executed[number];
    std::string text = answer_to(number);
    // Not with an answer that ends with its connection: cut short it would look whole.
    const bool dies = number % 5 != 0 && dice.below(10) == 0;
    if (dies) text.resize(dice.below(text.size()));
    const auto sent = co_await peer.send(std::move(text));
    if (!sent || dies || number % 5 == 0) co_return;
  }
}

struct Told final : AnswerSink {
  int heads = 0;
  int lasts = 0;
  std::string body;
  Result<> on_head(const wire::http1::ResponseHead& head) override {
    EXPECT_EQ(head.status, 200);
    ++heads;
    return {};
  }
  Result<> on_body(std::string_view piece, Part part) override {
    body += piece;
    lasts += part == Part::last ? 1 : 0;
    return {};
  }
};

struct Ended {
  std::size_t ok = 0;
  std::map<std::string, std::size_t> failed;
};

rt::Task<Result<>> exchange(HttpClient& client, std::size_t number, Repeatable repeatable,
                            Time deadline) {
  const std::string body = body_of(number);
  const std::string head =
      "POST /" + std::to_string(number) +
      " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  const std::array<std::string_view, 2> pieces{head, body};
  JUNCTOR_CO_TRY(ClientCall call,
                 co_await client.call(pieces, RequestKind::other, repeatable, deadline));
  Told told;
  while (call) {
    const auto progress = co_await call.read(told, deadline);
    EXPECT_TRUE(body_of(number).starts_with(told.body)) << "a part of the right answer";
    JUNCTOR_CO_CHECK(progress);
  }
  EXPECT_EQ(told.heads, 1);
  EXPECT_EQ(told.lasts, 1);
  EXPECT_EQ(told.body, body_of(number));
  co_return Result<>{};
}

rt::Task<void> caller(sim::World& world, HttpClient& client, std::size_t first, Server& server,
                      Ended& ended) {
  const std::set<std::string_view> documented{"upstream_unavailable", "upstream_busy",
                                              "upstream_timeout", "upstream_stream_lost"};
  for (std::size_t number = first; number < first + 15; ++number) {
    const Repeatable repeatable = number % 2 == 0 ? Repeatable::yes : Repeatable::no;
    const auto got = co_await exchange(client, number, repeatable, world.now() + 30s);
    const int executed = server.executed[number];
    EXPECT_LE(executed, repeatable == Repeatable::yes ? 2 : 1);
    if (got) {
      ++ended.ok;
      EXPECT_GE(executed, 1);
      continue;
    }
    const std::string reason{got.error().reason()};
    ++ended.failed[reason];
    EXPECT_TRUE(documented.contains(reason)) << reason << ": " << got.error().detail();
    const bool surely_not =
        error_facts(got.error().kind()).failure == FailureClass::surely_not_done;
    if (surely_not && repeatable == Repeatable::no) {
      EXPECT_EQ(executed, 0) << reason << ": " << got.error().detail();
    }
    if (world.random().below(3) == 0) (void)co_await rt::sleep_until(world.now() + 4s);
  }
}

Ended run_world(std::uint64_t seed, const sim::Options& options) {
  Server server;
  Ended ended;
  sim::World world{seed, options};
  sim::Listener listener{world, sim::at("10.0.0.1:80"), serve, std::ref(server)};
  Table resolver;
  resolver.addresses = {sim::at("10.0.0.9:80"), sim::at("10.0.0.1:80")};  // Nobody is at the first.
  Metrics metrics;
  {
    HttpClient client{world.shard(),
                      {.upstream = "up",
                       .url = Url::parse("http://a/").value(),
                       .limits = {.connections_max = 3, .idle_max = 2, .idle_timeout = 10s}},
                      resolver,
                      nullptr,
                      metrics,
                      Logger{}};
    rt::TaskGroup callers;
    for (const std::size_t first : {100U, 200U, 300U, 400U}) {
      callers.spawn(caller(world, client, first, server, ended));
    }
    world.run_until([&callers] { return callers.size() == 0; });
    EXPECT_EQ(client.open_connections(), client.idle_connections());
    world.run_for(11s);
    EXPECT_EQ(client.open_connections(), 0U) << "what is idle ends by itself";
  }
  return ended;
}

TEST(HttpClientSim, AnySeedGivesTheRightAnswerOrADocumentedError) {
  Ended all;
  sim::for_each_seed([&all](std::uint64_t seed) {
    const Ended ended = run_world(seed, sim::Options::hostile());
    all.ok += ended.ok;
    for (const auto& [reason, count] : ended.failed) all.failed[reason] += count;
  });
  EXPECT_GT(all.ok, 0U);
  EXPECT_GT(all.failed["upstream_stream_lost"], 0U) << "the dice were kind";
}

TEST(HttpClientSim, AnySeedOfARoughNetworkBlamesOnlyTheServer) {
  sim::for_each_seed([](std::uint64_t seed) {
    Ended ended = run_world(seed, sim::Options::rough());
    EXPECT_EQ(ended.failed["upstream_timeout"], 0U);
    EXPECT_GT(ended.ok, 0U);
  });
}

rt::Task<void> abandoned(HttpClient& client, std::size_t number) {
  (void)co_await exchange(client, number, Repeatable::yes, kNever);
}

TEST(HttpClientSim, AnySeedLeavesNothingBehindACancelledCall) {
  sim::for_each_seed([](std::uint64_t seed) {
    Server server;
    sim::World world{seed, sim::Options::rough()};
    sim::Listener listener{world, sim::at("10.0.0.1:80"), serve, std::ref(server)};
    Table resolver;
    resolver.addresses = {sim::at("10.0.0.1:80")};
    Metrics metrics;
    HttpClient client{
        world.shard(), {.upstream = "up", .url = Url::parse("http://a/").value(), .limits = {}},
        resolver,      nullptr,
        metrics,       Logger{}};
    for (std::size_t number = 0; number < 20; ++number) {
      rt::TaskGroup group;
      group.spawn(abandoned(client, number));
      const auto patience = std::chrono::milliseconds{world.random().below(200)};
      world.run_for(patience);
      group.cancel();
      world.run_until([&group] { return group.size() == 0; });
      EXPECT_EQ(client.open_connections(), client.idle_connections());
    }
    client.close_idle();
    EXPECT_EQ(client.open_connections(), 0U);
  });
}

}  // namespace
}  // namespace junctor::net
