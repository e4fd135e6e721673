// Goal: the example server on pipes is the one over HTTP: lists, calls, progress, questions, news
// of resources and cancellation in both eras, with nothing but messages in between. Method: the
// real endpoint behind the real service, over pipes.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "agent/stdio_peer.h"
#include "cli/example_server.h"
#include "cli/example_world.h"

namespace junctor::cli {
namespace {

using namespace std::chrono_literals;
using test::has;
using test::text_between;

class ExampleStdio : public ::testing::Test {
 protected:
  static std::shared_ptr<net::HttpHandler> endpoint(rt::Shard& shard) {
    auto routes = example_routes(shard);
    JUNCTOR_ASSERT(routes.has_value());
    return routes->front().handler;
  }
  static agent::StdioService::Options options() {
    agent::StdioService::Options options;
    options.front.calls_max = 8;
    return options;
  }

  // `params`: members; a progress token is the id.
  void modern(std::string_view id, std::string_view method, std::string_view params = {},
              std::string_view capabilities = "{}") {
    peer_.say(R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"method":")" +
              std::string{method} + R"(","params":{)" + std::string{params} +
              (params.empty() ? "" : ",") +
              R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
              R"("io.modelcontextprotocol/clientCapabilities":)" +
              std::string{capabilities} + R"(,"progressToken":)" + std::string{id} + "}}}");
  }
  void legacy(std::string_view id, std::string_view method, std::string_view params = {}) {
    peer_.say(R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"method":")" +
              std::string{method} + R"(","params":{)" + std::string{params} + "}}");
  }
  void cancel(std::string_view id) {
    peer_.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
              std::string{id} + "}}");
  }
  void initialize(std::string_view capabilities = "{}") {
    legacy("0", "initialize",
           R"("protocolVersion":"2025-11-25","capabilities":)" + std::string{capabilities} +
               R"(,"clientInfo":{"name":"t","version":"1"})");
    EXPECT_TRUE(has(peer_.hear(), R"("id":0,"result":{"protocolVersion":"2025-11-25")"));
    peer_.say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }

  agent::test::StdioPeer peer_{endpoint, options()};
};

constexpr std::string_view kLong = R"("name":"slow","arguments":{"steps":60,"step_ms":1000})";
constexpr std::string_view kShort = R"("name":"slow","arguments":{"steps":2,"step_ms":5})";

TEST_F(ExampleStdio, ListsAndCallsInTheModernEra) {
  modern("1", "server/discover");
  EXPECT_TRUE(has(peer_.hear(), R"("supportedVersions":["2026-07-28"])"));
  modern("2", "tools/list");
  EXPECT_TRUE(has(peer_.hear(), R"("name":"echo")"));
  modern(R"("three")", "tools/call", R"("name":"echo","arguments":{"text":"hé\n"})");
  const std::string echoed = peer_.hear();
  EXPECT_TRUE(has(echoed, R"("id":"three")"));
  EXPECT_TRUE(has(echoed, R"("text":"hé\n")"));
  EXPECT_EQ(peer_.finish(), "");
}

TEST_F(ExampleStdio, ProgressComesInFrontOfTheAnswer) {
  modern("1", "tools/call", kShort);
  EXPECT_TRUE(has(peer_.hear(), R"("progressToken":1,"progress":1,"total":2)"));
  EXPECT_TRUE(has(peer_.hear(), R"("progressToken":1,"progress":2,"total":2)"));
  EXPECT_TRUE(has(peer_.hear(), "Took 2 steps."));
}

TEST_F(ExampleStdio, PipelinedRequestsAreAllAnswered) {
  for (int i = 0; i < 100; ++i) modern(std::to_string(i), "tools/list");
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(text_between(peer_.hear(), "\"id\":", ','));
  EXPECT_EQ(ids.size(), 100U);
}

TEST_F(ExampleStdio, TooManyCallsAreAnsweredSo) {
  for (int i = 0; i < 8; ++i) modern(std::to_string(i), "tools/call", kLong);
  modern("8", "tools/list");
  EXPECT_TRUE(has(peer_.hear("\"id\":8"), R"("reason":"too_many_calls")"));
  cancel("3");
  // Its place is free when it has ended, which is soon.
  std::string answer;
  do {
    modern("9", "tools/list");
    answer = peer_.hear("\"id\":9");
  } while (answer.find("too_many_calls") != std::string::npos);
  EXPECT_TRUE(has(answer, R"("name":"echo")"));
}

TEST_F(ExampleStdio, AModernCancellationIsSilence) {
  modern("1", "tools/call", R"("name":"slow","arguments":{"steps":100,"step_ms":10})");
  EXPECT_TRUE(has(peer_.hear(), R"("progressToken":1)"));
  cancel("1");
  modern("2", "tools/list");
  (void)peer_.hear("\"id\":2");
  EXPECT_EQ(peer_.finish(), "") << "nothing of the first behind the answer of the second";
}

TEST_F(ExampleStdio, AModernSubscriptionTellsOfChanges) {
  modern("1", "subscriptions/listen",
         R"("notifications":{"resourceSubscriptions":["example://greeting"]})");
  EXPECT_TRUE(has(peer_.hear(), "notifications/subscriptions/acknowledged"));
  modern("2", "tools/call", R"("name":"touch")");
  const std::string first = peer_.hear();
  const std::string second = peer_.hear();
  const std::string& news = first.find("resources/updated") != std::string::npos ? first : second;
  EXPECT_TRUE(has(news, "notifications/resources/updated"));
  EXPECT_TRUE(has(news, R"("io.modelcontextprotocol/subscriptionId":1)"));
  cancel("1");
  modern("3", "tools/call", R"("name":"touch")");
  EXPECT_TRUE(has(peer_.hear(), R"("id":3)"));
  EXPECT_EQ(peer_.finish(), "");
}

TEST_F(ExampleStdio, ALegacySessionListsCallsAndTellsOfChanges) {
  initialize();
  legacy("1", "tools/list");
  EXPECT_TRUE(has(peer_.hear(), R"("name":"echo")"));
  legacy("2", "resources/subscribe", R"("uri":"example://greeting")");
  EXPECT_TRUE(has(peer_.hear(), R"("id":2,"result":{})"));
  legacy("3", "tools/call", R"("name":"touch")");
  const std::string both = peer_.hear() + peer_.hear();
  EXPECT_TRUE(has(both, "notifications/resources/updated"));
  EXPECT_TRUE(has(both, "Touched example://greeting."));
  EXPECT_EQ(peer_.finish(), "");
  EXPECT_LT(peer_.took, 2s);
}

TEST_F(ExampleStdio, AQuestionIsAskedAndAnsweredInALegacySession) {
  initialize(R"({"elicitation":{}})");
  legacy("1", "tools/call", R"("name":"ask")");
  const std::string question = peer_.hear();
  EXPECT_TRUE(has(question, R"("method":"elicitation/create")"));
  const std::string id = text_between(question, R"("id":)", ',');
  peer_.say(R"({"jsonrpc":"2.0","id":)" + id +
            R"(,"result":{"action":"accept","content":{"name":"Ada"}}})");
  const std::string answer = peer_.hear();
  EXPECT_TRUE(has(answer, R"("id":1)"));
  EXPECT_TRUE(has(answer, "Ada"));
}

TEST_F(ExampleStdio, ALegacyCancellationEndsTheCall) {
  initialize();
  legacy("1", "tools/call", kLong);
  cancel("1");
  legacy("2", "tools/list");
  EXPECT_TRUE(has(peer_.hear(), R"("id":2)"));
  EXPECT_EQ(peer_.finish(), "") << "no answer, and no error in its place";
}

TEST_F(ExampleStdio, WithoutInitializeALegacyRequestIsToldSo) {
  legacy("1", "tools/list");
  EXPECT_TRUE(has(peer_.hear(), "no such session; begin with initialize"));
  peer_.say("this is no JSON");
  EXPECT_TRUE(has(peer_.hear(), R"("id":null,"error":{"code":-32700)"));
  initialize();
  legacy("2", "ping");
  EXPECT_TRUE(has(peer_.hear(), R"("id":2,"result":{})"));
}

TEST_F(ExampleStdio, CallsThatRunDoNotKeepItWhenTheInputEnds) {
  initialize();
  for (int i = 1; i < 8; ++i) legacy(std::to_string(i), "tools/call", kLong);
  legacy("8", "ping");
  EXPECT_TRUE(has(peer_.hear(), R"("id":8)"));
  EXPECT_EQ(peer_.finish(), "");
  EXPECT_LT(peer_.took, 2s);
}

TEST_F(ExampleStdio, ALargeAnswerIsOneLine) {
  modern("1", "tools/call", R"("name":"big","arguments":{"bytes":1000000})");
  EXPECT_GT(peer_.hear().size(), 1'000'000U);
  modern("2", "tools/list");
  EXPECT_TRUE(has(peer_.hear(), R"("id":2)"));
}

}  // namespace
}  // namespace junctor::cli
