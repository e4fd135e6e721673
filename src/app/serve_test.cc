// Goal: the program serves what its configuration says and ends as it should: at once when idle,
// after its calls when they run, now on a second signal. Method: the whole program inside this
// process, asked over loopback sockets and ended by real signals, which are blocked in every thread
// before.

#include "app/serve.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "app/loopback.h"
#include "rt/clock.h"

namespace junctor::app {
namespace {

using namespace std::chrono_literals;
using test::Connection;
using test::free_endpoint;
using test::get;

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

TEST(Serve, HangupWithoutAFileChangesNothing) {
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
  EXPECT_TRUE(get(admin, "/readyz?verbose").ends_with("\n[info] sessions: 0\nok\n"));
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

}  // namespace
}  // namespace junctor::app
