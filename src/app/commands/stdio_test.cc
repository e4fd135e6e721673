// Goal: `junctor stdio` serves the route that was meant, or says which there are; the session lasts
// and the upstream hears of its end. Method: rows of configurations; the whole command inside this
// process, with real pipes in place of its standard input and output, before an upstream over a
// loopback socket.

#include "app/commands/stdio.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "cli/server_thread.h"

namespace junctor::app {
namespace {

Config config_of(std::vector<std::string> paths, std::string_view url = "http://127.0.0.1:9/mcp") {
  Config config;
  agent::UpstreamSettings upstream;
  upstream.name = UpstreamName{"up"};
  upstream.url = net::Url::parse(url).value();
  config.upstreams.push_back(std::move(upstream));
  for (std::string& path : paths) {
    config.routes.push_back({.path = std::move(path), .upstream = UpstreamName{"up"}});
  }
  config.log.level = LogLevel::off;
  return config;
}

struct Row {
  std::vector<std::string> paths;
  std::string_view route;
  std::string_view outcome;  // The number of the route, or the sentence.
};

const Row kRows[] = {
    {{"/mcp"}, "", "0"},
    {{"/mcp"}, "/mcp", "0"},
    {{"/a", "/b"}, "/b", "1"},
    {{"/a", "/b"}, "", "there are several routes; choose one with --route: /a, /b"},
    {{"/a", "/b"}, "/c", "there is no route /c; there is: /a, /b"},
    {{"/a"}, "a\n", "there is no route a\\x0a; there is: /a"},
    {{}, "", "the configuration has no routes: write `upstreams:` and `routes:` into it"},
};

TEST(StdioCommand, TheRouteIsTheOneThatWasMeant) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.outcome);
    const auto found = find_route(config_of(row.paths), row.route);
    EXPECT_EQ(found ? std::to_string(*found) : found.error().detail(), row.outcome);
  }
}

TEST(StdioCommand, WithoutARouteNothingIsStarted) {
  const auto outcome = stdio_blocking(config_of({"/a", "/b"}), "");
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::invalid_argument);
}

// Pipes in the place of this process's standard input and output while it lives.
class Redirected {
 public:
  Redirected() {
    EXPECT_EQ(::pipe2(in_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out_.data(), O_CLOEXEC), 0);
    std::fflush(stdout);
    kept_in_ = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    kept_out_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    ::dup2(in_[0], STDIN_FILENO);
    ::dup2(out_[1], STDOUT_FILENO);
  }
  ~Redirected() {
    ::dup2(kept_in_, STDIN_FILENO);
    ::dup2(kept_out_, STDOUT_FILENO);
    for (const int each : {in_[0], in_[1], out_[0], out_[1], kept_in_, kept_out_}) {
      if (each >= 0) ::close(each);
    }
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

  void say(std::string_view line) const {
    const std::string text = std::string{line} + "\n";
    EXPECT_EQ(::write(in_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string hear() {
    for (;;) {
      if (const auto end = held_.find('\n'); end != std::string::npos) {
        std::string line = held_.substr(0, end);
        held_.erase(0, end + 1);
        return line;
      }
      char piece[4096];
      const ssize_t got = ::read(out_[0], piece, sizeof piece);
      if (got <= 0) return {};
      held_.append(piece, static_cast<std::size_t>(got));
    }
  }
  void close_input() { ::close(std::exchange(in_[1], -1)); }

 private:
  std::array<int, 2> in_{};
  std::array<int, 2> out_{};
  int kept_in_ = -1;
  int kept_out_ = -1;
  std::string held_;
};

// The command on a thread of its own: it ends when its input does.
struct Running {
  explicit Running(Config given) : config{std::move(given)} {
    thread = std::thread{[this] { outcome = stdio_blocking(config, ""); }};
  }
  void end() {
    lines.close_input();
    thread.join();
    EXPECT_TRUE(outcome.has_value());
  }
  Config config;
  Redirected lines;
  Result<> outcome;
  std::thread thread;
};

constexpr std::string_view kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"t","version":"1"}}})";

TEST(StdioCommand, AClientOfEitherEraIsServedByAnUpstreamOverHttp) {
  cli::test::ServerThread server{cli::test::example};
  {
    Running legacy{config_of({"/mcp"}, server.url())};
    legacy.lines.say(kInitialize);
    const std::string opened = legacy.lines.hear();
    legacy.lines.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    legacy.lines.say(R"({"jsonrpc":"2.0","id":"7","method":"tools/call","params":{"name":"echo",)"
                     R"("arguments":{"text":"hé"}}})");
    const std::string answer = legacy.lines.hear();
    legacy.end();
    EXPECT_NE(opened.find(R"("name":"junctor-example")"), std::string::npos) << opened;
    EXPECT_NE(answer.find(R"("id":"7")"), std::string::npos) << answer;
    EXPECT_NE(answer.find("hé"), std::string::npos) << answer;
  }
  Running modern{config_of({"/mcp"}, server.url())};
  modern.lines.say(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)"
                   R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                   R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
  const std::string list = modern.lines.hear();
  modern.end();
  EXPECT_NE(list.find(R"("name":"echo")"), std::string::npos) << list;
}

TEST(StdioCommand, AnUpstreamThatIsDownIsAnError) {
  Running running{config_of({"/mcp"})};
  running.lines.say(kInitialize);
  const std::string answer = running.lines.hear();
  running.end();
  EXPECT_NE(answer.find(R"("id":0,"error":{"code":-32603)"), std::string::npos) << answer;
}

TEST(SettingsOfRoute, HasThatRouteAndItsUpstreamsAlone) {
  Config config;
  for (const std::string_view name : {"a", "b", "c", "d"}) {
    agent::UpstreamSettings upstream;
    upstream.name = UpstreamName{std::string{name}};
    config.upstreams.push_back(std::move(upstream));
  }
  config.routes.resize(2);
  config.routes[0].path = "/one";
  config.routes[0].upstream = UpstreamName{"c"};
  config.routes[1].path = "/two";
  config.routes[1].members = {UpstreamName{"d"}, UpstreamName{"b"}};
  const auto one = settings_of_route(config, "/one");
  ASSERT_TRUE(one.has_value());
  ASSERT_EQ(one->upstreams.size(), 1U);
  EXPECT_EQ(one->upstreams[0].name.view(), "c");
  EXPECT_EQ(one->routes.at(0).upstream, 0U);
  const auto two = settings_of_route(config, "/two");
  ASSERT_TRUE(two.has_value());
  ASSERT_EQ(two->upstreams.size(), 2U);
  EXPECT_EQ(two->routes.at(0).members, (std::vector<std::size_t>{1, 0}));
  EXPECT_FALSE(settings_of_route(config, "").has_value());
}

}  // namespace
}  // namespace junctor::app
