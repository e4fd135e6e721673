#pragma once
// Real servers on a thread of their own, for tests of programs that block: the example server, and
// one of the modern era whose answers a test has written down.
//
//   ServerThread server{canned([](std::string_view method, std::string_view body) { … })};
//   … inspect_blocking(… server.url() …) …
//
// Errors:  what a test would not expect stops it (JUNCTOR_ASSERT).
// Threads: what a test gives is called on the server's thread.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "cli/example_server.h"
#include "net/http_server.h"
#include "rt/clock.h"
#include "rt/event.h"
#include "rt/kernel_io.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::cli::test {

class ServerThread {
 public:
  using MakeRoutes = std::function<std::vector<net::HttpRoute>(rt::Shard&)>;

  explicit ServerThread(const MakeRoutes& make_routes) {
    for (net::HttpRoute& each : make_routes(shard_)) {
      JUNCTOR_ASSERT(router_.add(std::move(each)).has_value());
    }
    {
      const rt::Shard::Entered entered{shard_};
      JUNCTOR_ASSERT(server_.start().has_value());
    }
    thread_ = std::jthread{[this] { shard_.run(); }};
  }
  ~ServerThread() { stop(); }
  void stop() {
    if (!thread_.joinable()) return;
    shard_.stop();
    thread_.join();
  }
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  [[nodiscard]] const rt::Endpoint& at() const { return server_.bound(); }
  [[nodiscard]] std::string url() const { return "http://" + server_.bound().text() + "/mcp"; }

 private:
  rt::SystemClock clock_;
  rt::SystemRandom random_;
  rt::KernelIo io_;
  Metrics metrics_;
  rt::Shard shard_{0, io_, clock_, random_};
  net::Router router_;
  net::HttpServer server_{shard_,
                          {.at = rt::Endpoint::ipv4({127, 0, 0, 1}, 0),
                           .limits = {},
                           .hosts = net::HostPolicy::loopback()},
                          router_,
                          metrics_,
                          Logger{}};
  std::jthread thread_;
};

// The routes of the example server.
inline std::vector<net::HttpRoute> example(rt::Shard& shard) {
  auto routes = example_routes(shard);
  JUNCTOR_ASSERT(routes.has_value());
  return *std::move(routes);
}

// Gives the members behind the id: `"result":{…}` or `"error":{…}`. Empty: it never answers.
using Canned = std::function<std::string(std::string_view method, std::string_view body)>;

class CannedHandler final : public net::HttpHandler {
 public:
  CannedHandler(rt::Shard& shard, Canned canned) : shard_{shard}, canned_{std::move(canned)} {}

  rt::Task<void> handle(net::Request& request, net::ResponseWriter& response) override {
    const auto body = co_await request.body(std::size_t{1} << 20);
    JUNCTOR_ASSERT(body.has_value());
    const wire::JsonValue message{*body, wire::JsonKind::object};
    const auto method = wire::unescape_json_string(wire::json_member(message, "method").raw);
    std::string answer = method == "server/discover"
                             ? R"("result":{"supportedVersions":["2026-07-28"],"capabilities":{},)"
                               R"("resultType":"complete","ttlMs":0,"cacheScope":"private"})"
                             : canned_(method, *body);
    if (answer.empty()) {
      (void)co_await rt::sleep_until(shard_.now() + std::chrono::hours{1});
      co_return response.send({.status = 503, .content_type = {}});
    }
    answer = R"({"jsonrpc":"2.0","id":)" + std::string{wire::json_member(message, "id").raw} + "," +
             answer + "}";
    response.send({.content_type = "application/json"}, answer);
  }

 private:
  rt::Shard& shard_;
  Canned canned_;
};

inline ServerThread::MakeRoutes canned(Canned answers) {
  return [answers = std::move(answers)](rt::Shard& shard) {
    std::vector<net::HttpRoute> routes;
    routes.push_back({.path = "/mcp",
                      .methods = {"POST"},
                      .handler = std::make_shared<CannedHandler>(shard, answers),
                      .summary = {}});
    return routes;
  };
}

}  // namespace junctor::cli::test
