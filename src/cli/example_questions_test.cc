// Goal: `ask` and `sample` ask their client in the way of its era, understand each answer, and ask
// nobody who has not declared that. Method: calls over a loopback socket; in the legacy era the
// question is answered on another connection while the call is open.

#include "cli/example_questions.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cli/example_world.h"

namespace junctor::cli {
namespace {

using test::ExampleConnection;
using test::has;
using test::text_between;

constexpr std::string_view kAll = R"({"elicitation":{},"sampling":{}})";

struct AnswerCase {
  std::string name;
  std::string tool;
  std::string result;  // Of the client.
  std::string_view said;
  std::string_view said_in_modern_era;  // Where it differs.
};

const AnswerCase kAnswers[] = {
    {"accepted", "ask", R"({"action":"accept","content":{"name":"Zoë"}})", "Hello, Zoë.", {}},
    {"declined", "ask", R"({"action":"decline"})", "You declined.", {}},
    {"cancelled", "ask", R"({"action":"cancel"})", "You cancelled.", {}},
    {"accepted without a name", "ask", R"({"action":"accept"})", "The client's answer is none.",
     R"("resultType":"input_required")"},
    {"no such action", "ask", R"({"action":"eat"})", "The client's answer is none.",
     R"("resultType":"input_required")"},
    {"a text of a model",
     "sample",
     R"({"role":"assistant","model":"m","content":{"type":"text","text":"Paris"}})",
     "The model m says: Paris",
     {}},
    {"a picture of a model",
     "sample",
     R"({"role":"assistant","model":"m","content":{"type":"image","data":"","mimeType":"i/p"}})",
     "The model m says: (not a text)",
     {}},
    {"of no model", "sample", R"({"role":"assistant"})", "The client's answer is none.",
     R"("resultType":"input_required")"},
};

class ExampleQuestionsTest : public test::ExampleWorld {
 protected:
  static Modern call(const std::string& tool, const std::string& more = {},
                     std::string_view capabilities = kAll) {
    return {.method = "tools/call",
            .params =
                R"("name":")" + tool + R"(","arguments":{"question":"Who?","prompt":"P?"})" + more,
            .name = tool,
            .capabilities = std::string{capabilities}};
  }
  // A new call's state.
  std::string state_of(const std::string& tool) {
    const std::string state = text_between(modern(call(tool)), R"("requestState":")", '"');
    EXPECT_FALSE(state.empty());
    return state;
  }
  static std::string retry(const std::string& state, const std::string& result) {
    return R"(,"inputResponses":{"question":)" + result + R"(},"requestState":")" + state + '"';
  }
  // Answers the question of a call that is open.
  std::string answer(const std::string& session, const std::string& id,
                     const std::string& members) {
    return exchange(legacy_text(session, R"({"jsonrpc":"2.0","id":)" + id + "," + members + "}"));
  }
};

TEST_F(ExampleQuestionsTest, TheLegacyEraAsksOnTheCallsOwnStream) {
  const std::string session = initialize(std::string{kAll});
  for (const AnswerCase& c : kAnswers) {
    SCOPED_TRACE(c.name);
    ExampleConnection open{
        at(), legacy_request(session, "tools/call",
                             R"("name":")" + c.tool + R"(","arguments":{"question":"Who?"})")};
    const std::string& asked = open.until("\"method\"");
    EXPECT_TRUE(has(asked, c.tool == "ask" ? R"("method":"elicitation/create")"
                                           : R"("method":"sampling/createMessage")"));
    const std::string id = '"' + text_between(asked, R"("id":")", '"') + '"';
    // Answers to questions that nobody asked change nothing.
    EXPECT_TRUE(answer(session, R"("question-0")", R"("result":{})").starts_with("HTTP/1.1 202 "));
    EXPECT_TRUE(answer(session, id, R"("result":)" + c.result).starts_with("HTTP/1.1 202 "));
    EXPECT_TRUE(answer(session, id, R"("result":{})").starts_with("HTTP/1.1 202 "));
    EXPECT_TRUE(has(open.rest(), c.said));
    EXPECT_TRUE(open.has(R"("id":7)"));
  }
}

TEST_F(ExampleQuestionsTest, AClientMayRefuseToAnswer) {
  const std::string session = initialize(std::string{kAll});
  ExampleConnection open{at(), legacy_request(session, "tools/call", R"("name":"ask")")};
  const std::string id = '"' + text_between(open.until("requestedSchema"), R"("id":")", '"') + '"';
  EXPECT_TRUE(open.has("What is your name?"));
  EXPECT_TRUE(
      answer(session, id, R"("error":{"code":-1,"message":"no"})").starts_with("HTTP/1.1 202 "));
  EXPECT_TRUE(has(open.rest(), "The client gave no answer."));
  EXPECT_TRUE(open.has(R"("isError":true)"));
}

TEST_F(ExampleQuestionsTest, ACallThatWaitsForAnAnswerCanBeCancelled) {
  const std::string session = initialize(std::string{kAll});
  ExampleConnection open{at(), legacy_request(session, "tools/call", R"("name":"ask")")};
  (void)open.until("requestedSchema");
  EXPECT_TRUE(
      exchange(legacy_text(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled",)"
                                    R"("params":{"requestId":7}})"))
          .starts_with("HTTP/1.1 202 "));
  EXPECT_FALSE(has(open.rest(), R"("id":7)"));
}

// Each answer finds its own question, whatever the order; another session's answer finds none.
TEST_F(ExampleQuestionsTest, OpenQuestionsAreToldApart) {
  const std::string session = initialize(std::string{kAll});
  const std::string other = initialize(std::string{kAll});
  const std::string params = R"("name":"ask")";
  ExampleConnection first{at(), legacy_request(session, "tools/call", params)};
  const std::string one = text_between(first.until("requestedSchema"), R"("id":)", ',');
  ExampleConnection second{at(), legacy_request(session, "tools/call", params)};
  const std::string two = text_between(second.until("requestedSchema"), R"("id":)", ',');
  EXPECT_NE(one, two);
  const auto named = [](const std::string& name) {
    return R"("result":{"action":"accept","content":{"name":")" + name + R"("}})";
  };
  EXPECT_TRUE(answer(other, one, named("Nobody")).starts_with("HTTP/1.1 202 "));
  EXPECT_TRUE(answer(session, two, named("Two")).starts_with("HTTP/1.1 202 "));
  EXPECT_TRUE(has(second.rest(), "Hello, Two."));
  EXPECT_TRUE(answer(session, one, named("One")).starts_with("HTTP/1.1 202 "));
  EXPECT_TRUE(has(first.rest(), "Hello, One."));
}

TEST_F(ExampleQuestionsTest, ACallThatWaitsForAnAnswerEndsWithItsSession) {
  const std::string session = initialize(std::string{kAll});
  ExampleConnection open{at(), legacy_request(session, "tools/call", R"("name":"sample")")};
  (void)open.until("maxTokens");
  EXPECT_TRUE(exchange(delete_text(session)).starts_with("HTTP/1.1 200 "));
  EXPECT_FALSE(has(open.rest(), R"("id":7)"));
  EXPECT_TRUE(open.has("0\r\n\r\n"));
}

TEST_F(ExampleQuestionsTest, TheModernEraAsksByItsResult) {
  for (const AnswerCase& c : kAnswers) {
    SCOPED_TRACE(c.name);
    const std::string first = modern(call(c.tool));
    EXPECT_TRUE(has(first, R"("resultType":"input_required","inputRequests":{"question":)"));
    EXPECT_TRUE(has(first, c.tool == "ask" ? R"("message":"Who?")" : R"("text":"P?")"));
    const std::string state = text_between(first, R"("requestState":")", '"');
    const std::string second = modern(call(c.tool, retry(state, c.result)));
    EXPECT_TRUE(has(second, c.said_in_modern_era.empty() ? c.said : c.said_in_modern_era));
  }
}

TEST_F(ExampleQuestionsTest, AnAnswerThatIsMissingIsAskedForAgain) {
  const std::string state = state_of("ask");
  EXPECT_TRUE(has(modern(call("ask", R"(,"requestState":")" + state + '"')), "input_required"));
  EXPECT_TRUE(
      has(modern(call("ask", R"(,"inputResponses":{"other":{}},"requestState":")" + state + '"')),
          "input_required"));
}

TEST_F(ExampleQuestionsTest, AStateThatIsNotOursIsRefused) {
  const std::string result = R"({"action":"accept","content":{"name":"A"}})";
  std::string spoiled = state_of("ask");
  spoiled[20] = spoiled[20] == 'A' ? 'B' : 'A';
  const std::string ours = state_of("ask");
  const Modern kCases[] = {
      call("ask", retry(spoiled, result)),
      call("ask", retry("", result)),
      call("ask", retry(state_of("sample"), result)),
      call("ask", R"(,"inputResponses":{"question":)" + result + "}"),
      call("ask", R"(,"requestState":7)"),
      // Given to another question.
      {.method = "tools/call",
       .params = R"("name":"ask","arguments":{"question":"Why?"})" + retry(ours, result),
       .name = "ask",
       .capabilities = std::string{kAll}},
  };
  for (const Modern& each : kCases) EXPECT_TRUE(has(modern(each), R"("code":-32602)"));
  EXPECT_TRUE(has(modern(call("ask", retry(ours, result))), "Hello, A."));
}

TEST_F(ExampleQuestionsTest, NobodyIsAskedWhoHasNotDeclaredIt) {
  const std::string answer = modern(call("ask", {}, R"({"sampling":{}})"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(has(answer, R"("code":-32021)"));
  EXPECT_TRUE(has(answer, R"("data":{"requiredCapabilities":{"elicitation":{}}})"));
  EXPECT_TRUE(has(modern(call("sample", {}, R"({"elicitation":{}})")),
                  R"("data":{"requiredCapabilities":{"sampling":{}}})"));
  const std::string session = initialize(R"({"elicitation":{"url":{}}})");
  for (const std::string& tool : {std::string{"ask"}, std::string{"sample"}}) {
    const std::string old = legacy(session, "tools/call", R"("name":")" + tool + '"');
    EXPECT_TRUE(has(old, "The client has not declared the capability"));
    EXPECT_TRUE(has(old, R"("isError":true)"));
  }
}

}  // namespace
}  // namespace junctor::cli
