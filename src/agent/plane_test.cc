// Goal: at a reload what is equal stays the same object, with its connections and sessions; what is
// not is left when its calls have ended, and nothing of it is kept. Method: the real plane and
// server on one shard over loopback sockets; an upstream whose connections follow scripts.

#include "agent/plane.h"

#include <gtest/gtest.h>

#include "agent/gateway.h"
#include "net/loopback.h"
#include "net/scripted_server.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;
using net::test::Step;
using test::Gateway;
using test::HttpPeer;
using test::initialize;
using test::legacy_call;
using test::modern_call;
using test::Reply;
using Do = Step::Do;

std::string json(std::string_view body, std::string_view fields = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + std::string{fields} +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}
const std::string kDone = json(R"({"jsonrpc":"2.0","id":1,"result":{}})");
const std::string kInitialized =
    json(R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25","capabilities":{}}})",
         "Mcp-Session-Id: up-1\r\n");

void is_modern(Settings& settings) {
  settings.upstreams[0].era = EraChoice::modern;
}
void is_other(Settings& settings) {
  is_modern(settings);
  settings.upstreams[0].headers.push_back({.name = "X-New", .value = Secret{std::string{"yes"}}});
}

class PlaneReload : public testing::Test {
 protected:
  void start(const Gateway::Change& change) {
    gateway.emplace(loop.shard, rt::Endpoint::ipv4({127, 0, 0, 1}, 0), upstream.at(), change);
  }
  void script(net::test::Script steps) { upstream.scripts.push_back(std::move(steps)); }
  Reply ask(std::string request) {
    HttpPeer peer{loop.shard, 5s};
    return loop.run(peer.exchange(gateway->at(), std::move(request)));
  }
  static rt::Task<void> ask_into(HttpPeer& peer, rt::Endpoint at, std::string request,
                                 std::optional<Reply>& reply) {
    reply = co_await peer.exchange(std::move(at), std::move(request));
  }
  // A call that goes on while the test does.
  void begin(std::string request) {
    loop.shard.tasks().spawn(ask_into(running, gateway->at(), std::move(request), reply));
  }
  [[nodiscard]] std::weak_ptr<net::HttpHandler> handler(std::string_view path = "/mcp") {
    return gateway->plane().handler(path);
  }
  void TearDown() override {
    if (gateway) gateway->end();
    upstream.stop();
  }

  net::test::Loop loop;
  net::test::ScriptedServer upstream{loop.shard};
  HttpPeer running{loop.shard, 5s};
  std::optional<Reply> reply;
  std::optional<Gateway> gateway;
};

TEST_F(PlaneReload, WhatIsEqualKeepsItsHandlerAndItsConnection) {
  start(is_modern);
  script({{Do::take}, {Do::send, kDone}, {Do::take}, {Do::send, kDone}, {Do::await_end}});
  EXPECT_EQ(ask(modern_call("1")).status, 200);
  const auto before = gateway->plane().handler("/mcp");
  gateway->apply([](Settings& settings) {
    is_modern(settings);
    UpstreamSettings other = settings.upstreams[0];
    other.name = UpstreamName{"other"};
    // In front of it: its place is not what it is known by.
    settings.upstreams.insert(settings.upstreams.begin(), std::move(other));
    settings.routes[0].upstream = 1;
    settings.routes.push_back({.path = "/other", .upstream = 0});
    settings.limits.keep_alive = 3s;
  });
  EXPECT_EQ(gateway->plane().handler("/mcp"), before);
  EXPECT_NE(gateway->plane().handler("/other"), nullptr);
  EXPECT_EQ(gateway->plane().handler("/nowhere"), nullptr);
  EXPECT_EQ(ask(modern_call("1")).status, 200);
  EXPECT_EQ(upstream.accepted, 1U) << "the same connection";
  EXPECT_EQ(gateway->plane().status().upstreams.size(), 2U);
}

TEST_F(PlaneReload, ACallEndsWhereItBeganAndThenItsUpstreamGoes) {
  start(is_modern);
  script({{Do::take}, {Do::gate}, {Do::send, kDone}, {Do::await_end}});
  script({{Do::take}, {Do::send, kDone}, {Do::await_end}});
  begin(modern_call("1"));
  ASSERT_TRUE(loop.until([&] { return upstream.requests.size() == 1; }));
  const auto before = handler();
  gateway->apply(is_other);
  EXPECT_EQ(ask(modern_call("1")).status, 200) << "by the new upstream, beside the call that runs";
  ASSERT_EQ(upstream.requests.size(), 2U);
  EXPECT_EQ(upstream.requests[0].find("X-New"), std::string::npos);
  EXPECT_NE(upstream.requests[1].find("X-New: yes"), std::string::npos);
  EXPECT_FALSE(before.expired()) << "its call runs";
  EXPECT_FALSE(reply.has_value());
  upstream.gate.set();
  ASSERT_TRUE(loop.until([&] { return reply.has_value(); }));
  EXPECT_EQ(reply->status, 200);
  EXPECT_TRUE(reply->whole);
  EXPECT_TRUE(loop.until([&] { return before.expired(); }));
  EXPECT_TRUE(loop.until([&] { return upstream.ends_seen == 1; })) << "its connection is closed";
}

TEST_F(PlaneReload, WhatWasNeverUsedGoesAtOnce) {
  start(is_modern);
  const auto before = handler();
  gateway->apply(is_other);
  EXPECT_TRUE(loop.until([&] { return before.expired(); }));
}

TEST_F(PlaneReload, ARouteThatIsGoneIsFoundNoMore) {
  start(is_modern);
  gateway->apply([](Settings& settings) {
    is_modern(settings);
    settings.routes[0].path = "/elsewhere";
  });
  EXPECT_EQ(ask(modern_call("1")).status, 404);
  EXPECT_TRUE(upstream.requests.empty());
}

TEST_F(PlaneReload, SessionsOfAnUpstreamThatIsLeftEndAndOthersStay) {
  start({});
  script({{Do::take}, {Do::send, kInitialized}, {Do::take}, {Do::send, kDone}, {Do::await_end}});
  script({{Do::take}, {Do::send, kDone}, {Do::await_end}});
  const std::string id = ask(initialize()).field("Mcp-Session-Id");
  ASSERT_FALSE(id.empty());
  gateway->apply([](Settings& settings) { settings.limits.keep_alive = 3s; });
  EXPECT_EQ(ask(legacy_call("1", id)).status, 200) << "its upstream is the same";
  EXPECT_EQ(gateway->plane().sessions().size(), 1U);
  gateway->apply([](Settings& settings) { settings.upstreams[0].timeouts.total = 3s; });
  EXPECT_EQ(ask(legacy_call("1", id)).status, 404);
  EXPECT_TRUE(loop.until([&] { return gateway->plane().sessions().size() == 0; }));
  ASSERT_TRUE(loop.until([&] { return upstream.requests.size() == 3; }));
  EXPECT_TRUE(upstream.requests[2].starts_with("DELETE ")) << "it is ended at the upstream";
}

TEST_F(PlaneReload, LimitsThatOnceCountedStayWhereTheyAre) {
  start(is_modern);
  const Limits& before = gateway->plane().limits();
  const Duration keep_alive = before.keep_alive;
  const auto with = [](Duration wanted) {
    return [wanted](Settings& settings) {
      is_modern(settings);
      settings.limits.keep_alive = wanted;
    };
  };
  gateway->apply(with(3s));
  EXPECT_EQ(gateway->plane().limits().keep_alive, 3s);
  EXPECT_EQ(before.keep_alive, keep_alive) << "who began with them reads them on";
  gateway->apply(with(keep_alive));
  EXPECT_EQ(&gateway->plane().limits(), &before) << "the same limits are kept once";
}

TEST(Status, IsJoinedByName) {
  using Reach = UpstreamStatus::Reach;
  const Status both =
      joined({.upstreams = {{.name = "a", .reach = Reach::down, .connections = 1}}, .sessions = 2},
             {.upstreams = {{.name = "b", .reach = Reach::up, .connections = 3},
                            {.name = "a",
                             .reach = Reach::up,
                             .connections = 4,
                             .children = {.is_stdio = true, .children = 5, .crashes = 6}}},
              .sessions = 7});
  ASSERT_EQ(both.upstreams.size(), 2U);
  EXPECT_EQ(both.upstreams[0].name, "a");
  EXPECT_EQ(both.upstreams[0].reach, Reach::up);
  EXPECT_EQ(both.upstreams[0].connections, 5U);
  EXPECT_EQ(both.upstreams[0].children.children, 5U);
  EXPECT_EQ(both.upstreams[0].children.crashes, 6U);
  EXPECT_EQ(both.upstreams[1].name, "b");
  EXPECT_EQ(both.sessions, 9U);
}

}  // namespace
}  // namespace junctor::agent
