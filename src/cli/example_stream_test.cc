// Goal: what takes minutes, and what depends on how the network behaves: keep-alive of quiet
// streams, answers that never come, states that grow old, clients that leave at any moment. Method:
// the whole server in the simulated world, where an hour takes a millisecond and a seed decides
// about delays, cuts and failures.

#include "cli/example_stream.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/gateway.h"
#include "cli/example_questions.h"
#include "cli/example_server.h"
#include "cli/example_world.h"
#include "sim/world.h"

namespace junctor::cli {
namespace {

using agent::test::HttpPeer;
using test::has;
using test::text_between;
using Say = test::ExampleTexts;

constexpr std::string_view kAt = "10.0.0.1:80";
constexpr Duration kPatience = std::chrono::minutes{20};

// The server in a world, which ends with it.
class Served {
 public:
  explicit Served(sim::World& world) : world_{world} {
    auto routes = example_routes(world.shard());
    for (net::HttpRoute& route : *routes) EXPECT_TRUE(router_.add(std::move(route)));
    server_ = std::make_unique<net::HttpServer>(
        world.shard(), net::HttpServer::Options{.at = sim::at(kAt), .limits = {}, .hosts = {}},
        router_, metrics_, Logger{});
    EXPECT_TRUE(server_->start());
  }
  ~Served() { world_.finish(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

 private:
  sim::World& world_;
  Metrics metrics_;
  net::Router router_;
  std::unique_ptr<net::HttpServer> server_;
};

rt::Task<std::string> exchange(sim::World& world, std::string request,
                               Duration patience = kPatience) {
  HttpPeer peer{world.shard(), patience};
  const auto reply = co_await peer.exchange(sim::at(kAt), std::move(request));
  co_return reply.head + reply.body;
}

rt::Task<std::string> initialize(sim::World& world, Duration patience = kPatience) {
  const std::string answer = co_await exchange(
      world,
      Say::post_text(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                     R"("protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},)"
                     R"("clientInfo":{"name":"t","version":"1"}}})"),
      patience);
  co_return text_between(answer, "Mcp-Session-Id: ", '\r');
}

// A client that opens a stream, reads for as long as something comes within its patience, and
// leaves without a word.
rt::Task<void> come_and_go(sim::World& world, std::string request, Duration patience,
                           std::shared_ptr<agent::test::Reply> seen) {
  HttpPeer peer{world.shard(), patience};
  if (!co_await peer.connect(sim::at(kAt)) || !co_await peer.send(std::move(request))) co_return;
  if (!co_await peer.read_head()) co_return;
  *seen = peer.reply();
  while (co_await peer.read_more()) *seen = peer.reply();
  *seen = peer.reply();
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size())
    ++count;
  return count;
}

TEST(ExampleStream, AQuietOneHasComments) {
  sim::Options options = sim::Options::calm();
  options.unread = sim::Unread::allowed;  // What the server says when the world ends.
  sim::World world{1, options};
  const Served served{world};
  const std::string requests[] = {
      Say::get_text(world.run(initialize(world))),
      Say::text_of({.method = "subscriptions/listen", .params = R"("notifications":{})"})};
  for (const std::string& request : requests) {
    const auto seen = std::make_shared<agent::test::Reply>();
    world.spawn(come_and_go(world, request, kPatience, seen));
    world.run_for(3 * kExampleKeepAlive + std::chrono::seconds{1});
    EXPECT_EQ(seen->status, 200);
    EXPECT_EQ(seen->field("Cache-Control"), "no-store");
    EXPECT_EQ(seen->field("X-Accel-Buffering"), "no");
    EXPECT_EQ(count_of(seen->body, ": \n\n"), 3U);
    EXPECT_FALSE(seen->whole);
  }
}

TEST(ExampleStream, AnAnswerThatNeverComesIsNotWaitedForLonger) {
  sim::World world{1, sim::Options::calm()};
  const Served served{world};
  const std::string session = world.run(initialize(world));
  const Time begun = world.now();
  const std::string answer =
      world.run(exchange(world, Say::legacy_request(session, "tools/call", R"("name":"ask")")));
  EXPECT_TRUE(has(answer, R"("method":"elicitation/create")"));
  EXPECT_TRUE(has(answer, "The client gave no answer."));
  EXPECT_GE(world.now() - begun, kExampleAnswerWaitMax);
}

TEST(ExampleStream, AStateGrowsOld) {
  sim::World world{1, sim::Options::calm()};
  const Served served{world};
  Say::Modern call{.method = "tools/call",
                   .params = R"("name":"ask")",
                   .name = "ask",
                   .capabilities = R"({"elicitation":{}})"};
  const std::string asked = world.run(exchange(world, Say::text_of(call)));
  call.params += R"(,"inputResponses":{"question":{"action":"decline"}},"requestState":")" +
                 text_between(asked, R"("requestState":")", '"') + '"';
  world.run_for(kExampleStateLife - std::chrono::seconds{5});
  EXPECT_TRUE(has(world.run(exchange(world, Say::text_of(call))), "You declined."));
  world.run_for(std::chrono::seconds{10});
  EXPECT_TRUE(has(world.run(exchange(world, Say::text_of(call))), R"("code":-32602)"));
}

// At the world's end nothing may be left open; what was said is whole or did not come.
TEST(ExampleStream, ClientsMayLeaveAtAnyMoment) {
  const std::string touch =
      Say::text_of({.method = "tools/call", .params = R"("name":"touch")", .name = "touch"});
  const std::string listen = Say::text_of(
      {.method = "subscriptions/listen",
       .params = R"("notifications":{"resourceSubscriptions":["example://greeting"]})"});
  sim::for_each_seed([&](std::uint64_t seed) {
    sim::World world{seed, sim::Options::hostile()};
    const Served served{world};
    std::string session;
    while (session.empty()) session = world.run(initialize(world, std::chrono::seconds{5}));
    const std::string requests[] = {
        listen,
        touch,
        Say::get_text(session),
        Say::delete_text(session),
        Say::legacy_request(session, "tools/call", R"("name":"ask")"),
        Say::legacy_request(session, "resources/subscribe", R"("uri":"example://greeting")"),
        Say::text_of({.method = "tools/call",
                      .params = R"("name":"slow","arguments":{"steps":9})",
                      .name = "slow"})};
    const auto seen = std::make_shared<agent::test::Reply>();
    for (int client = 0; client < 30; ++client) {
      const std::string& request = requests[world.random().below(std::size(requests))];
      const std::chrono::milliseconds patience{1 + world.random().below(3000)};
      world.spawn(come_and_go(world, request, patience, seen));
      world.run_for(std::chrono::milliseconds{world.random().below(300)});
    }
    // It serves after all of that; a network that fails so often may take a few attempts.
    std::string answer;
    for (int attempt = 0; attempt < 50 && !has(answer, "Touched"); ++attempt) {
      answer = world.run(exchange(world, touch, std::chrono::seconds{5}));
    }
    EXPECT_TRUE(has(answer, "Touched"));
  });
}

}  // namespace
}  // namespace junctor::cli
