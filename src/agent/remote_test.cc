// Goal: a session's request that arrives on another shard is served by the session's own, with the
// same answer, streams, cancellation and order; and neither shard touches the other's objects.
// Method: two shards on threads of their own with the kernel's sockets (this test also runs under
// ThreadSanitizer); a blocking client that talks to one of them at a time.

#include "agent/remote.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/gateway.h"
#include "rt/kernel_io.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;

// One shard with its server and plane, and the thread that runs it.
class Host {
 public:
  Host(std::size_t index, std::shared_ptr<const Settings> settings, const wire::KeyRing& seal,
       const rt::Endpoint& upstream)
      : shard{index, io, clock, random}, resolver{upstream} {
    const rt::Shard::Entered entered{shard};
    plane = std::make_unique<Plane>(Plane::Services{.shard = shard,
                                                    .resolver = resolver,
                                                    .tls = {nullptr},
                                                    .seal = seal,
                                                    .children = children,
                                                    .definitions = definitions,
                                                    .metrics = metrics,
                                                    .log = Logger{}},
                                    *settings);
    for (net::HttpRoute& route : plane->routes()) EXPECT_TRUE(router.add(std::move(route)));
    server = std::make_unique<net::HttpServer>(
        shard,
        net::HttpServer::Options{
            .at = rt::Endpoint::ipv4({127, 0, 0, 1}, 0), .limits = {}, .hosts = {}},
        router, metrics, Logger{});
    EXPECT_TRUE(server->start());
  }
  void start() {
    thread = std::thread{[this] { shard.run(); }};
  }
  void join() { thread.join(); }
  void drop() {
    const rt::Shard::Entered entered{shard};
    server.reset();
    plane.reset();
  }

  ChildBudget children{Settings{}};
  DefinitionWatch definitions;
  rt::KernelIo io;
  rt::SystemClock clock;
  rt::SystemRandom random;
  rt::Shard shard;
  test::AddressTable resolver;
  Metrics metrics;
  net::Router router;
  std::unique_ptr<Plane> plane;
  std::unique_ptr<net::HttpServer> server;
  std::thread thread;
};

// A blocking socket with a patience of ten seconds.
class BlockingPeer {
 public:
  explicit BlockingPeer(const rt::Endpoint& to) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_storage address{};
    const socklen_t size = to.to(address);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  explicit BlockingPeer(int accepted) : socket_{accepted} {}
  ~BlockingPeer() { close(); }
  BlockingPeer(const BlockingPeer&) = delete;
  BlockingPeer& operator=(const BlockingPeer&) = delete;

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // All that came until `mark`, or the end.
  std::string until(std::string_view mark) {
    for (;;) {
      if (const std::size_t at = held_.find(mark); at != std::string::npos) {
        std::string text = held_.substr(0, at + mark.size());
        held_.erase(0, at + mark.size());
        return text;
      }
      char room[65536];
      const ssize_t got = ::recv(socket_, room, sizeof room, 0);
      if (got <= 0) return std::exchange(held_, {});
      held_.append(room, static_cast<std::size_t>(got));
    }
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
  std::string held_;
};

// The upstream: a blocking listener; the test plays it by hand.
class BlockingUpstream {
 public:
  BlockingUpstream() : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    at = rt::Endpoint::ipv4({127, 0, 0, 1}, ntohs(address.sin_port));
  }
  ~BlockingUpstream() { ::close(socket_); }
  BlockingUpstream(const BlockingUpstream&) = delete;
  BlockingUpstream& operator=(const BlockingUpstream&) = delete;
  std::unique_ptr<BlockingPeer> accept() {
    return std::make_unique<BlockingPeer>(::accept(socket_, nullptr, nullptr));
  }
  rt::Endpoint at;

 private:
  int socket_;
};

class RemoteTest : public testing::Test {
 protected:
  RemoteTest() {
    const auto settings = std::make_shared<Settings>();
    UpstreamSettings each;
    each.name = UpstreamName{"up"};
    each.url = net::Url::parse("http://up.test/mcp").value();
    settings->upstreams.push_back(std::move(each));
    settings->routes.push_back({.path = "/mcp", .upstream = 0});
    std::vector<Plane*> planes;
    for (std::size_t i = 0; i < 2; ++i) {
      hosts.push_back(std::make_unique<Host>(i, settings, seal, upstream.at));
      planes.push_back(hosts.back()->plane.get());
    }
    for (Plane* plane : planes) plane->join(planes);
    for (const auto& host : hosts) host->start();
  }
  ~RemoteTest() override {
    for (const auto& host : hosts) host->shard.stop();
    for (const auto& host : hosts) host->join();
    for (const auto& host : hosts) host->drop();
  }
  // On the first shard; leaves the upstream's connection in `at_upstream`.
  std::string open_session() {
    BlockingPeer peer{hosts[0]->server->bound()};
    peer.send(test::initialize());
    at_upstream = upstream.accept();
    (void)at_upstream->until("\"initialize\"");
    (void)at_upstream->until("}}}");
    answer(R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}})",
           "Mcp-Session-Id: up-1\r\n");
    const std::string text = peer.until("}}");
    const std::size_t field = text.find("Mcp-Session-Id: ");
    EXPECT_NE(field, std::string::npos) << text;
    return text.substr(field + 16, text.find('\r', field) - field - 16);
  }
  void answer(std::string_view body, std::string_view fields = {}) {
    at_upstream->send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" +
                      std::string{fields} + "Content-Length: " + std::to_string(body.size()) +
                      "\r\n\r\n" + std::string{body});
  }

  BlockingUpstream upstream;
  wire::KeyRing seal = wire::KeyRing::random().value();
  std::vector<std::unique_ptr<Host>> hosts;
  std::unique_ptr<BlockingPeer> at_upstream;
};

TEST_F(RemoteTest, CallOnAnotherShardIsAnsweredAsIfItWereHere) {
  const std::string session = open_session();
  for (const std::size_t shard : {1U, 0U, 1U}) {
    BlockingPeer peer{hosts[shard]->server->bound()};
    peer.send(test::legacy_call("5", session, R"({"n":1e400})"));
    const std::string request = at_upstream->until("}}");
    EXPECT_NE(request.find("Mcp-Session-Id: up-1\r\n"), std::string::npos) << request;
    EXPECT_NE(request.find(R"({"n":1e400})"), std::string::npos);
    answer(R"({"jsonrpc":"2.0","id":5,"result":{"shard":1}})");
    const std::string reply = peer.until("}}");
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 ")) << reply;
    EXPECT_NE(reply.find("Content-Type: application/json\r\n"), std::string::npos) << reply;
    EXPECT_TRUE(reply.ends_with(R"({"jsonrpc":"2.0","id":5,"result":{"shard":1}})"));
  }
}

TEST_F(RemoteTest, EventsComeAsTheyAreSentAndLargeOnesWhole) {
  const std::string session = open_session();
  BlockingPeer peer{hosts[1]->server->bound()};
  peer.send(test::legacy_call("5", session));
  (void)at_upstream->until("}}");
  at_upstream->send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
      "data: {\"method\":\"one\"}\n\n");
  const std::string first = peer.until("\n\n");
  EXPECT_NE(first.find("text/event-stream"), std::string::npos);
  EXPECT_NE(first.find("{\"method\":\"one\"}"), std::string::npos);
  const std::string large(2'000'000, 'x');
  at_upstream->send("data: {\"method\":\"two\",\"params\":{\"a\":\"" + large + "\"}}\n\n");
  at_upstream->send("data: {\"id\":5,\"result\":{}}\n\n");
  const std::string rest = peer.until("0\r\n\r\n");
  EXPECT_GT(rest.size(), large.size());
  EXPECT_NE(rest.find("{\"id\":5,\"result\":{}}"), std::string::npos);
}

TEST_F(RemoteTest, LegacyCallGoesOnWhenItsClientLeavesTheOtherShard) {
  const std::string session = open_session();
  std::string id;
  {
    BlockingPeer peer{hosts[1]->server->bound()};
    peer.send(test::legacy_call("5", session));
    (void)at_upstream->until("}}");
    at_upstream->send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        "data: {\"method\":\"one\"}\n\n");
    const std::string first = peer.until("\n\n");
    const std::size_t at = first.find("id: ");
    ASSERT_NE(at, std::string::npos) << first;
    id = first.substr(at + 4, first.find('\n', at) - at - 4);
  }
  at_upstream->send("data: {\"id\":5,\"result\":{}}\n\n");
  BlockingPeer again{hosts[1]->server->bound()};
  again.send(test::in_session("GET", session, "Last-Event-ID: " + id + "\r\n"));
  EXPECT_NE(again.until("0\r\n\r\n").find("{\"id\":5,\"result\":{}}"), std::string::npos);
}

TEST_F(RemoteTest, DeleteAndUnknownSessionsOnTheOtherShard) {
  const std::string session = open_session();
  for (const std::string_view status : {"HTTP/1.1 200 ", "HTTP/1.1 404 "}) {
    BlockingPeer peer{hosts[1]->server->bound()};
    peer.send(test::in_session("DELETE", session));
    EXPECT_TRUE(peer.until("\r\n\r\n").starts_with(status));
  }
  EXPECT_EQ(hosts[0]->plane->status().sessions, 0U);
}

TEST_F(RemoteTest, ShardsEndWhileAnAnswerIsUnderWay) {
  const std::string session = open_session();
  BlockingPeer peer{hosts[1]->server->bound()};
  peer.send(test::legacy_call("5", session));
  (void)at_upstream->until("}}");
  BlockingPeer other{hosts[1]->server->bound()};
  other.send(test::in_session("GET", session));
  const auto standalone = upstream.accept();
  EXPECT_TRUE(standalone->until("\r\n\r\n").starts_with("GET /mcp "));
}

}  // namespace
}  // namespace junctor::agent
