// Goal: a host serves what it was given from a thread of its own, says when it has drained and when
// it has ended, and ends whether it was ever started or not. Method: real threads and loopback
// sockets; what happens on another thread is waited for by looking, within a limit.

#include "app/shard_host.h"

#include <gtest/gtest.h>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "app/loopback.h"
#include "base/units.h"
#include "control/control.h"
#include "wire/sealed_token.h"

namespace junctor::app {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::get;

constexpr Duration kPatience = 20s;

struct Rig {
  explicit Rig(std::size_t hosts = 1) : health{hosts, clock.now() - 1h} {}
  ~Rig() {
    for (const auto& host : hosts) host->stop();
    for (const auto& host : hosts) host->join();
    for (const auto& host : hosts) host->drop_plane();
  }

  ShardHost& add() {
    hosts.push_back(std::make_unique<ShardHost>(hosts.size(), clock, ring, health));
    return *hosts.back();
  }
  [[nodiscard]] static net::HttpServer::Options at(rt::Endpoint endpoint) {
    return {.at = std::move(endpoint), .limits = {}, .hosts = net::HostPolicy::loopback()};
  }
  // Everything but start().
  void wire_up(ShardHost& host, const rt::Endpoint& endpoint) {
    ASSERT_TRUE(host.add_plane_blocking(*settings(), seal, children, definitions));
    ASSERT_TRUE(host.listen(at(endpoint)));
  }
  [[nodiscard]] static std::shared_ptr<const agent::Settings> settings(
      std::string_view url = "http://127.0.0.1:9/mcp", std::string ca_file = {}) {
    auto made = std::make_shared<agent::Settings>();
    made->upstreams.resize(1);
    made->upstreams[0].name = UpstreamName{"a"};
    made->upstreams[0].url = net::Url::parse(url).value();
    made->upstreams[0].ca_file = std::move(ca_file);
    made->routes.push_back({.path = "/mcp", .upstream = 0});
    return made;
  }
  template <class Condition>
  [[nodiscard]] bool comes(Condition condition) {
    const Time until = clock.now() + kPatience;
    while (!condition()) {
      if (clock.now() >= until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  rt::SystemClock clock;
  LogRing ring{64_KiB, [] { return WallTime{}; }};
  control::Health health;
  agent::ChildBudget children{agent::Settings{}};
  agent::DefinitionWatch definitions;
  wire::KeyRing seal = wire::KeyRing::random().value();
  std::vector<std::unique_ptr<ShardHost>> hosts;
};

const rt::Endpoint kAnyPort = rt::Endpoint::ipv4({127, 0, 0, 1}, 0);

TEST(ShardHost, EndsWithoutEverHavingStarted) {
  Rig rig;
  ShardHost& bare = rig.add();
  EXPECT_FALSE(bare.ended());
  bare.stop();
  bare.join();
  EXPECT_TRUE(bare.ended());
}

TEST(ShardHost, WhatWasWiredEndsWithoutAThreadToo) {
  Rig rig;
  rig.wire_up(rig.add(), kAnyPort);
}

TEST(ShardHost, ServesItsRoutesAndBeats) {
  Rig rig;
  ShardHost& host = rig.add();
  rig.wire_up(host, kAnyPort);
  EXPECT_NE(host.bound().port(), 0);
  EXPECT_FALSE(rig.health.alive(rig.clock.now())) << "its last beat is an hour old";
  host.start();
  EXPECT_TRUE(rig.comes([&] { return rig.health.alive(rig.clock.now()); }));
  EXPECT_TRUE(get(host.bound(), "/mcp").starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(get(host.bound(), "/none").starts_with("HTTP/1.1 404 "));
  EXPECT_FALSE(host.ended());
  host.stop();
  host.join();
  EXPECT_TRUE(host.ended());
  EXPECT_EQ(get(host.bound(), "/mcp"), "") << "nobody listens any more";
}

TEST(ShardHost, NothingIsAcceptedBeforeTheStart) {
  Rig rig;
  ShardHost& host = rig.add();
  rig.wire_up(host, kAnyPort);
  const Connection early{host.bound()};
  ASSERT_TRUE(early.connected()) << "the kernel keeps who comes early";
  early.send("GET /none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  host.start();
  EXPECT_TRUE(early.rest().starts_with("HTTP/1.1 404 "));
}

TEST(ShardHost, TwoTablesMustNotShareAPath) {
  Rig rig;
  ShardHost& host = rig.add();
  ASSERT_TRUE(host.add_plane_blocking(*Rig::settings(), rig.seal, rig.children, rig.definitions));
  const auto again = host.add_routes(host.plane().routes());
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind(), ErrorKind::conflict);
}

TEST(ShardHost, AnAddressOfSomebodyElseCannotBeBound) {
  Rig rig;
  // TEST-NET-1: no machine has it.
  const auto outcome = rig.add().listen(Rig::at(rt::Endpoint::ipv4({192, 0, 2, 1}, 80)));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::unavailable);
  EXPECT_NE(outcome.error().detail().find("192.0.2.1:80"), std::string::npos);
}

TEST(ShardHost, SeveralShareOnePort) {
  Rig rig{2};
  ShardHost& first = rig.add();
  ShardHost& second = rig.add();
  rig.wire_up(first, kAnyPort);
  rig.wire_up(second, first.bound());
  EXPECT_EQ(first.bound(), second.bound());
  first.start();
  second.start();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(get(first.bound(), "/none").starts_with("HTTP/1.1 404 "));
  }
}

TEST(ShardHost, HasDrainedWhenTheLastConnectionIsGone) {
  Rig rig;
  ShardHost& host = rig.add();
  rig.wire_up(host, kAnyPort);
  host.start();
  const Connection busy{host.bound()};
  busy.send("GET /none HTTP/1.1\r\nHost: localhost\r\n");
  // An answer on a later connection: the one before was accepted.
  EXPECT_TRUE(get(host.bound(), "/none").starts_with("HTTP/1.1 404 "));
  host.drain();
  EXPECT_TRUE(rig.comes([&] { return get(host.bound(), "/none").empty(); }));
  EXPECT_FALSE(host.drained());
  busy.send("\r\n");
  EXPECT_TRUE(busy.rest().starts_with("HTTP/1.1 404 ")) << "what runs is finished";
  EXPECT_TRUE(rig.comes([&] { return host.drained(); }));
  EXPECT_FALSE(host.ended()) << "a drained shard still beats";
}

TEST(ShardHost, StopEndsWhatRuns) {
  Rig rig;
  ShardHost& host = rig.add();
  rig.wire_up(host, kAnyPort);
  host.start();
  const Connection busy{host.bound()};
  busy.send("GET /none HTTP/1.1\r\nHost: localhost\r\n");
  EXPECT_TRUE(get(host.bound(), "/none").starts_with("HTTP/1.1 404 "));
  host.stop();
  EXPECT_EQ(busy.rest(), "");
  EXPECT_TRUE(rig.comes([&] { return host.ended(); }));
}

TEST(ShardHost, CertificatesAreReadForHttpsAlone) {
  Rig rig{3};
  EXPECT_TRUE(rig.add().add_plane_blocking(*Rig::settings("http://127.0.0.1:9/", "/nonexistent/ca"),
                                           rig.seal, rig.children, rig.definitions));
  const auto refused =
      rig.add().add_plane_blocking(*Rig::settings("https://a.example/", "/nonexistent/ca"),
                                   rig.seal, rig.children, rig.definitions);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
  EXPECT_NE(refused.error().detail().find("/nonexistent/ca"), std::string::npos);
  EXPECT_TRUE(rig.add().add_plane_blocking(*Rig::settings("https://a.example/"), rig.seal,
                                           rig.children, rig.definitions));
}

}  // namespace
}  // namespace junctor::app
