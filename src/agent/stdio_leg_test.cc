// Goal: whatever a process does, each call of it ends with the reason that fits, and the next start
// comes when it should; what the era of a server is, is found out without harming it. Method: real
// processes, small shell scripts that are as good or as bad as the case wants; the leg and the
// connection alone, without HTTP (tests/journeys/stdio.py has the whole way).

#include "agent/stdio_leg.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/stdio_shared.h"
#include "net/loopback.h"

namespace junctor::agent {
namespace {

using namespace std::chrono_literals;

// Answers each line that has an id, with RESULT; then does REST.
std::string answering(std::string_view result, std::string_view rest = "") {
  return R"(while read -r line; do id=${line#*\"id\":}; id=${id%%,*}; )"
         R"(printf '{"jsonrpc":"2.0","id":%s,)" +
         std::string{result} + R"(}\n' "$id"; )" + std::string{rest} + " done";
}

const std::string kModern = answering(R"("result":{"supportedVersions":["2026-07-28"]})");
const std::string kLegacy = answering(R"("error":{"code":-32601,"message":"no"})");

struct Rig {
  explicit Rig(std::string script, const std::function<void(StdioSettings&)>& change = {}) {
    settings.upstreams.resize(1);
    UpstreamSettings& upstream = settings.upstreams.front();
    upstream.name = UpstreamName{"up"};
    upstream.stdio.command = {"sh", "-c", std::move(script)};
    upstream.stdio.stop_grace = 200ms;
    upstream.stdio.backoff_min = 100ms;
    upstream.stdio.backoff_max = 400ms;
    if (change) change(upstream.stdio);
    budget.emplace(settings);
    leg.emplace(StdioLeg::Services{.shard = loop.shard,
                                   .budget = *budget,
                                   .make_room = [this](std::string_view) { ++asked_for_room; },
                                   .metrics = metrics,
                                   .log = Logger{}},
                upstream, limits);
  }
  ~Rig() {
    loop.shard.tasks().cancel();
    EXPECT_TRUE(loop.until([&] { return loop.shard.tasks().size() == 0; }));
    leg.reset();
  }
  Result<std::shared_ptr<StdioConnection>> start(Duration limit = 5s) {
    return loop.run(leg->start(loop.in(limit)));
  }
  std::string ask_one(StdioConnection& connection, Duration limit = 5s) {
    const auto answer = loop.run(ask(connection, R"("method":"x")", loop.in(limit)));
    return answer ? *answer : std::string{answer.error().reason()};
  }

  net::test::Loop loop;
  Settings settings;
  Limits limits;
  Metrics metrics;
  std::optional<ChildBudget> budget;
  std::optional<StdioLeg> leg;
  int asked_for_room = 0;
};

struct Outcome {
  std::string_view name;
  std::string script;
  std::string_view gives;  // The answer, or the reason why there is none.
};

const Outcome kOutcomes[] = {
    {"answers", answering(R"("result":1)"), R"({"jsonrpc":"2.0","id":1,"result":1})"},
    {"answers_behind_garbage", "echo hello; echo; printf '{\\n'; " + answering(R"("result":1)"),
     R"({"jsonrpc":"2.0","id":1,"result":1})"},
    {"answers_and_ends", R"(read -r l; printf '{"id":1,"result":2}\n'; exit 3)",
     R"({"id":1,"result":2})"},
    {"answers_without_a_line_end", R"(read -r l; printf '{"id":1,"result":2}')",
     R"({"id":1,"result":2})"},
    {"answers_somebody_else_first",
     R"(read -r l; echo '{"id":7,"result":0}'; echo '{"id":1,"result":2}')",
     R"({"id":1,"result":2})"},
    {"ends_before_a_word", "exit 3", "upstream_unavailable"},
    {"ends_after_a_word", R"(echo '{"jsonrpc":"2.0","method":"hi"}'; read -r l; exit 3)",
     "upstream_stream_lost"},
    {"is_killed", R"(echo '{"jsonrpc":"2.0","method":"hi"}'; read -r l; kill -9 $$)",
     "upstream_stream_lost"},
    {"closes_its_output", "exec 1>&-; sleep 30", "upstream_stream_lost"},
    {"closes_its_input", "exec 0<&-; sleep 30", "upstream_stream_lost"},
    {"writes_only_garbage", "yes", "upstream_invalid"},
    {"writes_a_line_over_the_limit", "head -c 20000000 /dev/zero", "upstream_too_large"},
    {"is_silent", "read -r l; sleep 30", "upstream_timeout"},
};

TEST(StdioConnection, EachCallEndsWithTheReasonThatFits) {
  for (const Outcome& row : kOutcomes) {
    Rig rig{row.script};
    const auto connection = rig.start();
    ASSERT_TRUE(connection) << row.name;
    const Duration limit = row.gives == "upstream_timeout" ? 300ms : 5s;
    EXPECT_EQ(rig.ask_one(**connection, limit), row.gives) << row.name;
  }
}

TEST(StdioConnection, LineEndsInAMessageBecomeBlanks) {
  // What is sent comes back: a notification to whoever listens.
  struct Echo final : StdioListener {
    void on_said(const UpstreamMessage& message) override { said = message.text; }
    void on_ended() noexcept override {}
    std::string said;
  } echo;
  Rig rig{"exec cat"};
  const auto connection = rig.start();
  ASSERT_TRUE(connection);
  (*connection)->listen(&echo);
  Pieces message;
  message.add("{\"method\":\r\n\"x\",");
  message.add("\n\"jsonrpc\":\"2.0\"}\n");
  ASSERT_TRUE((*connection)->send(message));
  EXPECT_TRUE(rig.loop.until([&] { return !echo.said.empty(); }));
  EXPECT_EQ(echo.said, "{\"method\":  \"x\", \"jsonrpc\":\"2.0\"}");
  (*connection)->listen(nullptr);
}

TEST(StdioConnection, AProcessThatReadsNothingIsNotWaitedFor) {
  Rig rig{"sleep 30"};
  const auto connection = rig.start();
  ASSERT_TRUE(connection);
  const std::string large(StdioConnection::kInputBacklogMax / 4, 'x');
  Pieces message;
  message.add(large);
  Result<> sent;
  for (int i = 0; i < 6 && sent; ++i) sent = (*connection)->send(message);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().reason(), "upstream_busy");
}

TEST(StdioConnection, ClosingFailsWhatIsUnderWay) {
  Rig rig{"read -r l; sleep 30"};
  const auto connection = rig.start();
  ASSERT_TRUE(connection);
  struct Sink final : MessageSink {
    void take(const UpstreamMessage&) override {}
  } sink;
  StdioCall call{**connection, sink, {}};
  (*connection)->close();
  EXPECT_TRUE(rig.loop.until([&] { return call.failure().has_value(); }));
  EXPECT_EQ(call.failure()->reason(), "upstream_stream_lost");
  EXPECT_EQ(rig.ask_one(**connection), "upstream_stream_lost");
  EXPECT_TRUE(rig.loop.until([&] { return rig.leg->status().children == 0; }));
  EXPECT_EQ(rig.leg->status().crashes, 0U) << "it was stopped";
}

TEST(StdioLeg, FailedStartsCostMoreEachTime) {
  Rig rig{"exit 1", [](StdioSettings& stdio) {
            stdio.backoff_min = 1s;
            stdio.backoff_max = 1h;
          }};
  for (int i = 0; i < 2; ++i) {
    const auto connection = rig.start(10s);
    ASSERT_TRUE(connection) << i;
    EXPECT_EQ(rig.ask_one(**connection), "upstream_unavailable");
    EXPECT_TRUE(rig.loop.until([&] { return rig.leg->status().children == 0; }));
  }
  EXPECT_TRUE(rig.leg->status().backs_off);
  EXPECT_EQ(rig.leg->status().crashes, 2U);
  const auto refused = rig.start(100ms);  // Sooner than the next attempt.
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "upstream_unavailable");
}

TEST(StdioLeg, ThereAreNeverMoreProcessesThanItMayHave) {
  Rig rig{"read -r l; sleep 30", [](StdioSettings& stdio) { stdio.children_max = 2; }};
  const auto one = rig.start();
  const auto two = rig.start();
  ASSERT_TRUE(one && two);
  const auto three = rig.start(100ms);
  ASSERT_FALSE(three);
  EXPECT_EQ(three.error().reason(), "upstream_busy");
  EXPECT_GT(rig.asked_for_room, 0);
  (*one)->close();
  EXPECT_TRUE(rig.start(5s)) << "there is room again";
}

struct Verdict {
  std::string_view name;
  std::string script;
  std::string_view verdict;  // yes, no, or the reason why there is none.
};

TEST(StdioLeg, TheEraIsFoundOutByAProcessOfItsOwn) {
  const Verdict verdicts[] = {
      {"modern", kModern, "yes"},
      {"legacy", kLegacy, "no"},
      {"ends_by_it", "read -r l; exit 1", "no"},
      {"is_silent", "read -r l; sleep 30", "no"},
  };
  for (const Verdict& row : verdicts) {
    Rig rig{row.script, [](StdioSettings& stdio) { stdio.start_timeout = 500ms; }};
    const auto speaks = rig.loop.run(rig.leg->probe(rig.loop.in(5s)));
    ASSERT_TRUE(speaks) << row.name;
    EXPECT_EQ(*speaks ? "yes" : "no", row.verdict) << row.name;
    EXPECT_TRUE(rig.loop.until([&] { return rig.leg->status().children == 0; })) << row.name;
    EXPECT_EQ(rig.leg->status().crashes, 0U) << row.name << ": it did what it was asked";
  }
}

TEST(StdioLeg, AProgramThatIsNotThereSaysNothingOfTheEra) {
  Rig rig{""};
  rig.settings.upstreams.front().stdio.command = {"/nonexistent/server"};
  const auto speaks = rig.loop.run(rig.leg->probe(rig.loop.in(5s)));
  ASSERT_FALSE(speaks);
  EXPECT_EQ(speaks.error().reason(), "upstream_unavailable");
}

}  // namespace
}  // namespace junctor::agent
