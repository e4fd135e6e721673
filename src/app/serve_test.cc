// Goal: the program serves what its configuration says and ends as it should: at once when idle,
// after its calls when they run, now on a second signal. Method: the whole program inside this
// process, asked over loopback sockets and ended by real signals, which are blocked in every thread
// before.

#include "app/serve.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "app/commands/check.h"
#include "rt/clock.h"
#include "rt/kernel_io.h"

namespace junctor::app {
namespace {

using namespace std::chrono_literals;

// A port that was free a moment ago.
rt::Endpoint free_endpoint() {
  rt::KernelIo io;
  rt::Endpoint bound;
  const int descriptor = io.listen(rt::Endpoint::ipv4({127, 0, 0, 1}, 0), 1, bound);
  EXPECT_GE(descriptor, 0);
  ::close(descriptor);
  return bound;
}

class Connection {
 public:
  explicit Connection(const rt::Endpoint& to) {
    descriptor_ = ::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    const socklen_t length = to.to(address);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  }
  ~Connection() { ::close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  [[nodiscard]] bool connected() const { return connected_; }
  void send(const std::string& text) const {
    EXPECT_EQ(::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Until the server closes.
  [[nodiscard]] std::string rest() const {
    std::string all;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor_, piece, sizeof piece, 0)) > 0;) {
      all.append(piece, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int descriptor_ = -1;
  bool connected_ = false;
};

std::string get(const rt::Endpoint& from, const std::string& path,
                const std::string& host = "localhost") {
  const Connection connection{from};
  if (!connection.connected()) return {};
  connection.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  return connection.rest();
}

class Running {
 public:
  explicit Running(Config config) : config_{std::move(config)} {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
    EXPECT_EQ(pthread_sigmask(SIG_BLOCK, &set, nullptr), 0);
    config_.log.level = LogLevel::off;
    thread_ = std::thread{[this] {
      outcome_ = serve_blocking(config_);
      ended_ = true;
    }};
    const Time until = clock_.now() + 10s;
    while (get(config_.listen.http, "/").empty() && clock_.now() < until) std::this_thread::yield();
  }
  ~Running() {
    if (thread_.joinable()) signal(SIGINT), wait();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void signal(int number) { ::kill(::getpid(), number); }
  // How long the end took.
  Duration wait() {
    const Time begin = clock_.now();
    thread_.join();
    EXPECT_TRUE(outcome_.has_value());
    return clock_.now() - begin;
  }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] const rt::Endpoint& http() const { return config_.listen.http; }

 private:
  Config config_;
  rt::SystemClock clock_;
  Result<> outcome_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

Config small_config() {
  Config config;
  config.listen.http = free_endpoint();
  config.shards = 2;
  return config;
}

TEST(Serve, AnIdleServerEndsWithinASecond) {
  Running running{small_config()};
  const Connection idle{running.http()};
  ASSERT_TRUE(idle.connected());
  running.signal(SIGTERM);
  EXPECT_LT(running.wait(), 1s);
  EXPECT_EQ(idle.rest(), "");
}

TEST(Serve, InterruptEndsAtOnce) {
  Running running{small_config()};
  running.signal(SIGINT);
  EXPECT_LT(running.wait(), 1s);
}

TEST(Serve, HangupChangesNothing) {
  Running running{small_config()};
  running.signal(SIGHUP);
  EXPECT_TRUE(get(running.http(), "/readyz").starts_with("HTTP/1.1 200 "));
  EXPECT_FALSE(running.ended());
}

TEST(Serve, ControlIsOnTheOneListenerOrOnItsOwn) {
  {
    const Running running{small_config()};
    EXPECT_TRUE(get(running.http(), "/metrics").starts_with("HTTP/1.1 200 "));
  }
  Config config = small_config();
  config.listen.admin = free_endpoint();
  const rt::Endpoint admin = *config.listen.admin;
  const Running running{std::move(config)};
  EXPECT_TRUE(get(running.http(), "/metrics").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(get(admin, "/metrics").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get(admin, "/readyz?verbose").ends_with("[pass] drain: not draining\nok\n"));
}

TEST(Serve, AForeignHostIsRefusedOnLoopback) {
  const Running running{small_config()};
  EXPECT_TRUE(get(running.http(), "/readyz", "evil.example").starts_with("HTTP/1.1 4"));
}

// A server that drains with a request under way: its head is not finished yet.
struct Draining {
  Draining() : busy{start()} {
    busy.send("GET /none HTTP/1.1\r\nHost: localhost\r\n");
    // An answer on a later connection: the one before was accepted.
    EXPECT_TRUE(get(running->http(), "/").starts_with("HTTP/1.1 404 "));
    running->signal(SIGTERM);
    while (!get(running->http(), "/").empty()) std::this_thread::yield();
  }
  const rt::Endpoint& start() {
    Config config = small_config();
    config.shards = 1;
    config.listen.admin = admin = free_endpoint();
    config.drain.timeout = 20s;
    running = std::make_unique<Running>(std::move(config));
    return running->http();
  }
  rt::Endpoint admin;
  std::unique_ptr<Running> running;
  Connection busy;
};

TEST(Serve, DrainingIsSeenAndWaitsForWhatRuns) {
  Draining draining;
  EXPECT_TRUE(get(draining.admin, "/readyz").starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(get(draining.admin, "/livez").starts_with("HTTP/1.1 200 "));
  EXPECT_FALSE(draining.running->ended());
  draining.busy.send("\r\n");
  EXPECT_TRUE(draining.busy.rest().starts_with("HTTP/1.1 404 "));
  EXPECT_LT(draining.running->wait(), 2s);
}

TEST(Serve, ASecondSignalMeansNow) {
  Draining draining;
  EXPECT_FALSE(draining.running->ended());
  draining.running->signal(SIGTERM);
  EXPECT_LT(draining.running->wait(), 2s);
}

TEST(Serve, TheDelayKeepsAcceptingAndTheTimeoutEnds) {
  Config config = small_config();
  config.drain.delay = 300ms;
  config.drain.timeout = 100ms;
  Running running{std::move(config)};
  running.signal(SIGTERM);
  std::string answer;
  while (!(answer = get(running.http(), "/readyz")).starts_with("HTTP/1.1 503 ")) {
    ASSERT_FALSE(answer.empty()) << "closed before it was seen to drain";
  }
  EXPECT_LT(running.wait(), 2s);
}

TEST(Serve, AnAddressInUseIsSaidSo) {
  const Running first{small_config()};
  Config second;
  second.listen.http = first.http();
  second.log.level = LogLevel::off;
  const auto outcome = serve_blocking(second);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().detail(),
            "cannot listen on " + first.http().text() + ": the address is in use");
}

TEST(Serve, HostsAreCheckedOnLoopbackAndWhereTheyAreNamed) {
  ListenConfig listen;
  EXPECT_FALSE(host_policy(listen).host_allowed("gateway.example"));
  listen.allowed_hosts = {"gateway.example"};
  EXPECT_TRUE(host_policy(listen).host_allowed("gateway.example"));
  EXPECT_TRUE(host_policy(listen).host_allowed("localhost:1"));
  listen.http = rt::Endpoint::ipv4({0, 0, 0, 0}, 80);
  EXPECT_FALSE(host_policy(listen).host_allowed("localhost"));
  listen.allowed_hosts.clear();
  EXPECT_TRUE(host_policy(listen).host_allowed("anything"));
}

TEST(Check, ExplainsWhatWouldBeServedOrAllThatIsWrong) {
  std::string file = ::testing::TempDir() + "junctor_check_XXXXXX";
  const int descriptor = ::mkstemp(file.data());
  ASSERT_GE(descriptor, 0);
  const std::string_view text =
      "upstreams: [{name: a, url: 'http://u/x'}, {name: b, url: 'http://v/'}]\n"
      "routes: [{path: /mcp, upstream: a}]\n";
  ASSERT_EQ(::write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  const CheckOutcome good = check_blocking(file);
  EXPECT_TRUE(good.ok) << good.text;
  EXPECT_NE(good.text.find("/mcp leads to a at http://u/x\nno route leads to b\n"),
            std::string::npos);
  ASSERT_EQ(::write(descriptor, "zz: 1\nyy: 2\n", 12), 12);
  const CheckOutcome bad = check_blocking(file);
  EXPECT_FALSE(bad.ok);
  EXPECT_NE(bad.text.find(":3:1: zz: unknown key"), std::string::npos) << bad.text;
  EXPECT_TRUE(bad.text.ends_with(": 2 problems\n"));
  ::close(descriptor);
  ::unlink(file.c_str());
}

}  // namespace
}  // namespace junctor::app
