// Goal: health, metrics and version say what is so, in forms that their readers accept. Method: the
// pure functions against exact texts; the handlers through a request and a writer made by hand.

#include "control/control.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <limits>

#include "control/process.h"
#include "rt/kernel_io.h"
#include "rt/shard.h"

namespace junctor::control {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1000s};

TEST(Health, LivesWhileEveryShardTurns) {
  Health health{2, kStart};
  EXPECT_TRUE(health.alive(kStart + 5s));
  health.beat(0, kStart + 4s);
  EXPECT_FALSE(health.alive(kStart + 6s)) << "shard 1 stands still";
  health.beat(1, kStart + 4s);
  EXPECT_TRUE(health.alive(kStart + 6s));
}

TEST(Health, IsReadyBetweenListeningAndDraining) {
  Health health{1, kStart};
  EXPECT_FALSE(health.ready(kStart));
  health.set_listening();
  EXPECT_TRUE(health.ready(kStart));
  EXPECT_FALSE(health.ready(kStart + 6s)) << "ready implies alive";
  health.set_draining();
  EXPECT_FALSE(health.ready(kStart));
  EXPECT_TRUE(health.alive(kStart)) << "a draining process lives";
}

TEST(Health, AShardAheadOfTheReaderIsNoFault) {
  Health health{1, kStart};
  health.beat(0, kStart + 1s);
  EXPECT_TRUE(health.alive(kStart));
}

class FixedClock final : public rt::Clock {
 public:
  Time time = kStart;
  [[nodiscard]] Time now() noexcept override { return time; }
  [[nodiscard]] WallTime wall_now() noexcept override { return {}; }
};

const agent::Status kStatus{
    .upstreams = {{.name = "tickets",
                   .reach = agent::UpstreamStatus::Reach::down,
                   .connections = 3},
                  {.name = "wiki", .reach = agent::UpstreamStatus::Reach::up, .connections = 1}},
    .sessions = 5};

TEST(Health, VerboseListsEachCheckAndWhatIsNone) {
  FixedClock clock;
  const Health health{3, kStart};
  const ControlSources sources{.health = health,
                               .clock = clock,
                               .metrics = {},
                               .log_lines_lost = {},
                               .inbox_refused = {},
                               .agent = [] { return kStatus; }};
  EXPECT_EQ(health_text(sources, kStart + 20ms),
            "[pass] shards: 3 running, the slowest turned 20 ms ago\n"
            "[fail] listeners: not bound yet\n"
            "[pass] drain: not draining\n"
            "[info] upstream tickets: down, connections 3\n"
            "[info] upstream wiki: up, connections 1\n"
            "[info] sessions: 5\n");
}

struct AcceptCase {
  std::string_view accept;
  Dialect dialect;
};

const AcceptCase kAccepts[] = {
    {"", Dialect::classic},
    {"*/*", Dialect::classic},
    {"text/plain", Dialect::classic},
    {"application/openmetrics-text", Dialect::openmetrics},
    {"application/openmetrics-text; version=1.0.0", Dialect::openmetrics},
    {"Application/OpenMetrics-Text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4",
     Dialect::openmetrics},
    {"application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.4", Dialect::classic},
    {"application/openmetrics-text;version=2.0.0", Dialect::classic},
    {"application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0",
     Dialect::openmetrics},
    {"application/openmetrics-text;q=0", Dialect::classic},
    {"application/openmetrics-textual", Dialect::classic},
    {";;;,,q=", Dialect::classic},
};

TEST(Exposition, TheDialectIsTheOneThatIsWanted) {
  for (const AcceptCase& c : kAccepts) EXPECT_EQ(choose_dialect(c.accept), c.dialect) << c.accept;
}

constexpr std::array kBounds{0.5, 1.0, 10.0};
constexpr MetricInfo kCalls{.name = "junctor_calls_total",
                            .help = "Calls \"of\" a\\b\nkind.",
                            .kind = MetricKind::counter,
                            .labels = {"upstream"}};
constexpr MetricInfo kTook{.name = "junctor_took_seconds",
                           .unit = "seconds",
                           .help = "Time.",
                           .kind = MetricKind::histogram,
                           .labels = {"route"},
                           .bounds = kBounds};

std::string rendered(Dialect dialect) {
  Metrics one;
  Metrics two;
  one.counter(kCalls, {"a\"\\\n"}).add(2);
  two.counter(kCalls, {"a\"\\\n"}).add(3);
  for (const double seconds : {0.2, 0.7, 99.0}) one.histogram(kTook, {"/mcp"}).observe(seconds);
  Metrics* const all[] = {&one, &two};
  Exposition out{dialect};
  out.families(snapshot(all));
  return std::move(out).take();
}

TEST(Exposition, ClassicTextIsExact) {
  EXPECT_EQ(rendered(Dialect::classic),
            "# HELP junctor_calls_total Calls \"of\" a\\\\b\\nkind.\n"
            "# TYPE junctor_calls_total counter\n"
            "junctor_calls_total{upstream=\"a\\\"\\\\\\n\"} 5\n"
            "# HELP junctor_took_seconds Time.\n"
            "# TYPE junctor_took_seconds histogram\n"
            "junctor_took_seconds_bucket{route=\"/mcp\",le=\"0.5\"} 1\n"
            "junctor_took_seconds_bucket{route=\"/mcp\",le=\"1.0\"} 2\n"
            "junctor_took_seconds_bucket{route=\"/mcp\",le=\"10.0\"} 2\n"
            "junctor_took_seconds_bucket{route=\"/mcp\",le=\"+Inf\"} 3\n"
            "junctor_took_seconds_sum{route=\"/mcp\"} 99.9\n"
            "junctor_took_seconds_count{route=\"/mcp\"} 3\n");
}

TEST(Exposition, OpenMetricsNamesFamiliesWithoutTotalAndEnds) {
  const std::string text = rendered(Dialect::openmetrics);
  EXPECT_TRUE(
      text.starts_with("# HELP junctor_calls Calls \\\"of\\\" a\\\\b\\nkind.\n"
                       "# TYPE junctor_calls counter\n"
                       "junctor_calls_total{upstream="));
  EXPECT_NE(text.find("# UNIT junctor_took_seconds seconds\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(Exposition, NumbersAreWrittenAsTheyAre) {
  Exposition out{Dialect::classic};
  out.single({.name = "a", .help = "A."}, 1e15);
  out.single({.name = "b", .help = "B."}, 0.25);
  out.single({.name = "c", .help = "C."}, std::numeric_limits<double>::infinity());
  out.single({.name = "d", .help = "D."}, 1, {{"x", "y"}, {"z", ""}});
  const std::string text = std::move(out).take();
  EXPECT_NE(text.find("\na 1000000000000000\n"), std::string::npos);
  EXPECT_NE(text.find("\nb 0.25\n"), std::string::npos);
  EXPECT_NE(text.find("\nc +Inf\n"), std::string::npos);
  EXPECT_NE(text.find("\nd{x=\"y\",z=\"\"} 1\n"), std::string::npos);
}

class ProcFolder {
 public:
  ProcFolder() {
    std::string name = ::testing::TempDir() + "junctor_proc_XXXXXX";
    path = ::mkdtemp(name.data());
    std::filesystem::create_directories(path + "/self/fd");
  }
  ~ProcFolder() { std::filesystem::remove_all(path); }
  void write(const std::string& file, const std::string& text) const {
    std::FILE* open = std::fopen((path + "/" + file).c_str(), "w");
    ASSERT_NE(open, nullptr);
    std::fputs(text.c_str(), open);
    std::fclose(open);
  }
  std::string path;
};

TEST(Process, ReadsWhatTheKernelSays) {
  const ProcFolder proc;
  // A name that looks like fields must not move the others.
  proc.write("self/stat",
             "7 (a b) c) S 1 1 1 0 -1 4194304 1 0 0 0 300 50 0 0 20 0 4 0 1000 1 2 3\n");
  proc.write("self/statm", "100 25 5 1 0 10 0\n");
  proc.write("self/limits",
             "Limit  Soft Limit\nMax open files            1024     4096    files\n");
  proc.write("stat", "cpu 1 2 3\nbtime 1700000000\n");
  for (const char* number : {"0", "1", "2", "3"}) proc.write("self/fd/" + std::string{number}, "");
  const ProcessFacts facts = read_process_facts(proc.path);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_DOUBLE_EQ(facts.cpu_seconds, 350 / ticks);
  EXPECT_EQ(facts.threads, 4U);
  EXPECT_DOUBLE_EQ(facts.start_seconds, 1700000000 + 1000 / ticks);
  EXPECT_EQ(facts.virtual_bytes, 100 * page);
  EXPECT_EQ(facts.resident_bytes, 25 * page);
  EXPECT_EQ(facts.max_fds, 1024U);
  EXPECT_EQ(facts.open_fds, 3U) << "the folder itself is not counted";
}

TEST(Process, WhatCannotBeReadIsZero) {
  const ProcessFacts facts = read_process_facts("/nonexistent");
  EXPECT_EQ(facts.resident_bytes, 0U);
  EXPECT_EQ(facts.start_seconds, 0);
  EXPECT_GT(read_process_facts().resident_bytes, 0U);
}

class FakeRequest final : public net::Request {
 public:
  wire::http1::RequestHead parsed;
  rt::Endpoint address;
  [[nodiscard]] const wire::http1::RequestHead& head() const noexcept override { return parsed; }
  [[nodiscard]] const rt::Endpoint& peer() const noexcept override { return address; }
  rt::Task<Result<std::string_view>> body(std::size_t) override { co_return std::string_view{}; }
  [[nodiscard]] std::optional<std::string_view> body_now(std::size_t) const override {
    return std::nullopt;
  }
  void release_head() noexcept override {}
  void release() noexcept override {}
};

class FakeResponse final : public net::ResponseWriter {
 public:
  int status = 0;
  std::string type;
  std::string text;
  void send(const net::Answer& answer, std::span<const std::string_view> body) override {
    status = answer.status;
    type = answer.content_type;
    for (const std::string_view piece : body) text += piece;
  }
  void start(const net::Answer&) override {}
  void write(std::span<const std::string_view>) override {}
  void flush() override {}
  void finish() override {}
  void abort() override {}
  [[nodiscard]] bool started() const noexcept override { return status != 0; }
  [[nodiscard]] std::size_t backlog_bytes() const noexcept override { return 0; }
  rt::Task<Result<>> drain(Time) override { co_return Result<>{}; }
  [[nodiscard]] bool gone() const noexcept override { return false; }
  [[nodiscard]] bool half_closed() const noexcept override { return false; }
  void listen(net::ClientListener*) noexcept override {}
};

class ControlRoutes : public ::testing::Test {
 protected:
  FakeResponse ask(std::string_view path, std::string_view head = {}) {
    FakeRequest request;
    const std::string text =
        "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{head} + "\r\n";
    const auto parsed = wire::http1::parse_request_head(text, {}, request.parsed);
    EXPECT_EQ(parsed.outcome, wire::http1::Parse::complete);
    FakeResponse response;
    for (const net::HttpRoute& route : routes_) {
      if (route.path != request.parsed.path) continue;
      const rt::Shard::Entered entered{shard_};
      shard_.tasks().spawn(route.handler->handle(request, response));
    }
    EXPECT_EQ(shard_.tasks().size(), 0U) << "a handler answers at once";
    return response;
  }

  FixedClock clock_;
  rt::SystemRandom random_;
  rt::KernelIo io_;
  rt::Shard shard_{0, io_, clock_, random_};
  Health health_{1, kStart};
  Metrics metrics_;
  ControlSources sources_{.health = health_,
                          .clock = clock_,
                          .metrics = {&metrics_},
                          .log_lines_lost = [] { return std::uint64_t{7}; },
                          .inbox_refused = [] { return std::uint64_t{0}; },
                          .agent = [] { return kStatus; }};
  std::vector<net::HttpRoute> routes_ = control_routes(sources_, Operating::absent);
};

TEST_F(ControlRoutes, AreThePathsThatAreReserved) {
  ASSERT_EQ(routes_.size(), 4U) << "the others are for operators";
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    EXPECT_EQ(routes_[i].path, kPaths[i]);
    EXPECT_EQ(routes_[i].methods, std::vector<std::string>{"GET"});
    EXPECT_FALSE(routes_[i].summary.empty());
  }
}

TEST_F(ControlRoutes, HealthIsTheStatus) {
  EXPECT_EQ(ask("/livez").status, 200);
  EXPECT_EQ(ask("/readyz").status, 503);
  health_.set_listening();
  EXPECT_EQ(ask("/readyz").status, 200);
  EXPECT_EQ(ask("/readyz").text, "ok\n");
  health_.set_draining();
  const FakeResponse draining = ask("/readyz?exclude=x&verbose");
  EXPECT_EQ(draining.status, 503);
  EXPECT_NE(draining.text.find("[fail] drain: draining\n"), std::string::npos);
  EXPECT_TRUE(draining.text.ends_with("[info] sessions: 5\nfailing\n"));
  clock_.time = kStart + 1min;
  EXPECT_EQ(ask("/livez").status, 503);
}

TEST_F(ControlRoutes, MetricsSpeakTheDialectThatIsAskedFor) {
  const FakeResponse classic = ask("/metrics");
  EXPECT_EQ(classic.type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(classic.text.find("\njunctor_log_records_lost_total 7\n"), std::string::npos);
  EXPECT_NE(classic.text.find("junctor_build_info{version=\""), std::string::npos);
  EXPECT_NE(classic.text.find("\nprocess_resident_memory_bytes "), std::string::npos);
  const FakeResponse open =
      ask("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
  EXPECT_EQ(open.type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_TRUE(open.text.ends_with("# EOF\n"));
}

TEST_F(ControlRoutes, VersionIsJson) {
  const FakeResponse version = ask("/version");
  EXPECT_EQ(version.type, "application/json");
  EXPECT_TRUE(version.text.starts_with(R"({"name":"junctor","version":")"));
  EXPECT_NE(version.text.find(R"("protocolVersions":["2026-07-28")"), std::string::npos);
}

// A desk whose reload is over when the wish has been said.
class OperatorRoutes : public ControlRoutes {
 protected:
  OperatorRoutes() {
    sources_.reloads = &desk_;
    routes_ = control_routes(sources_, Operating::offered);
    health_.set_listening();
  }
  FakeResponse reload(ReloadReport report) {
    next_ = std::move(report);
    return ask("/reload");
  }

  std::optional<ReloadReport> next_;
  ReloadDesk desk_{[this] {
    if (!next_ || !desk_.take()) return;
    desk_.report(*next_);
  }};
};

TEST_F(OperatorRoutes, AreAllPathsThatAreReserved) {
  ASSERT_EQ(routes_.size(), std::size(kPaths));
  for (std::size_t i = 0; i < routes_.size(); ++i) EXPECT_EQ(routes_[i].path, kPaths[i]);
  EXPECT_EQ(routes_[5].methods, std::vector<std::string>{"POST"}) << "what changes the process";
}

TEST_F(OperatorRoutes, AReloadIsAnsweredByHowItWent) {
  ReloadReport good{.outcome = ReloadOutcome::applied, .generation = 2, .at = "now"};
  good.changes = {"upstream a is new"};
  const FakeResponse applied = reload(good);
  EXPECT_EQ(applied.status, 200);
  EXPECT_EQ(applied.type, "application/json");
  EXPECT_EQ(applied.text, to_json(good) + "\n");
  ReloadReport bad{.outcome = ReloadOutcome::refused, .generation = 2, .at = "later"};
  bad.problems = {"a.yaml:1:2: no", "a.yaml:3:4: no\x1b"};
  bad.needs_restart = {"shards"};
  EXPECT_EQ(reload(bad).status, 422);
  const std::string health = ask("/readyz?verbose").text;
  EXPECT_NE(health.find("[info] reload at later: refused, generation 2\n"
                        "[info] reload problem: a.yaml:1:2: no\n"
                        "[info] reload problem: a.yaml:3:4: no\\x1b\n"
                        "[info] needs a restart: shards\nok\n"),
            std::string::npos)
      << health;
  const std::string metrics = ask("/metrics").text;
  EXPECT_NE(metrics.find("\njunctor_config_reloads_total{outcome=\"applied\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("\njunctor_config_reloads_total{outcome=\"refused\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("\njunctor_config_reloads_total{outcome=\"unchanged\"} 0\n"),
            std::string::npos);
}

TEST_F(OperatorRoutes, AProcessThatDrainsAnswersAtOnceThatItDoesNotReload) {
  health_.set_draining();
  next_.reset();
  EXPECT_EQ(ask("/reload").status, 503);
}

TEST_F(OperatorRoutes, StatusIsJson) {
  const FakeResponse status = ask("/status");
  EXPECT_EQ(status.status, 200);
  EXPECT_EQ(status.type, "application/json");
  EXPECT_NE(status.text.find(
                R"("generation":1,"sessions":5,"upstreams":[{"name":"tickets","reach":"down",)"
                R"("connections":3},{"name":"wiki","reach":"up","connections":1}],"reload":)"
                R"({"outcome":"none",)"),
            std::string::npos)
      << status.text;
  agent::Status program{.upstreams = {{.name = "p"}}, .sessions = 0};
  program.upstreams[0].children = {
      .is_stdio = true, .children = 2, .crashes = 1, .backs_off = true};
  sources_.agent = [&program] { return program; };
  EXPECT_NE(ask("/status").text.find(R"("processes":2,"crashes":1,"backsOff":true)"),
            std::string::npos);
}

}  // namespace
}  // namespace junctor::control
