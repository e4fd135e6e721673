// Goal: each tool does what its description says, in both eras: results, failures, progress, logs,
// and the end of a call that nobody wants. Method: calls over a loopback socket.

#include "cli/example_tools.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/text.h"
#include "cli/example_world.h"

namespace junctor::cli {
namespace {

using test::ExampleConnection;
using test::has;
using test::text_between;

class ExampleToolsTest : public test::ExampleWorld {
 protected:
  std::string call(const std::string& name, const std::string& arguments,
                   const std::string& meta = {}) {
    return modern({.method = "tools/call",
                   .params = R"("name":")" + name + R"(","arguments":)" + arguments,
                   .name = name,
                   .meta = meta});
  }
};

struct ToolCase {
  std::string name;
  std::string arguments;
  std::string_view expected;
};

const ToolCase kTools[] = {
    {"echo", R"({"text":"h\u00e9\n"})", R"("text":"hé\n")"},
    {"add", R"({"a":40,"b":2})", R"("structuredContent":{"sum":42})"},
    {"add", R"({"a":9223372036854775807,"b":1})", R"("code":-32602)"},
    {"add", R"({"a":1.5,"b":1})", R"("code":-32602)"},
    {"echo", "{}", R"("code":-32602)"},
    {"big", R"({"bytes":5})", R"("text":"xxxxx")"},
    {"big", R"({"bytes":-5})", R"("text":"")"},
    {"fail", "{}", R"("isError":true)"},
    {"image", "{}", R"("type":"resource_link","uri":"example://picture")"},
    {"touch", "{}", R"("text":"Touched example://greeting.")"},
    {"touch", R"({"uri":"example://notes/51"})", R"("isError":true)"},
    {"slow", R"({"steps":1,"step_ms":0})", "Took 1 steps."},
    {"log", "{}", "messages."},
    {"nope", "{}", R"("code":-32602)"},
};

TEST_F(ExampleToolsTest, EachToolAnswersInBothEras) {
  const std::string session = initialize();
  for (const ToolCase& c : kTools) {
    SCOPED_TRACE(c.name + c.arguments);
    const std::string answer = call(c.name, c.arguments);
    EXPECT_TRUE(has(answer, c.expected));
    EXPECT_TRUE(has(answer, R"("id":"x")"));
    const std::string params = R"("name":")" + c.name + R"(","arguments":)" + c.arguments;
    const std::string old = exchange(legacy_text(
        session, R"({"jsonrpc":"2.0","id":12345678901234567890,"method":"tools/call","params":{)" +
                     params + "}}"));
    EXPECT_TRUE(has(old, c.expected));
    EXPECT_TRUE(has(old, R"("id":12345678901234567890)"));
    EXPECT_FALSE(has(old, "resultType"));
  }
}

TEST_F(ExampleToolsTest, EachToolIsListed) {
  const std::string list = modern({.method = "tools/list"});
  const std::string old = legacy(initialize(), "tools/list");
  for (const char* name :
       {"echo", "add", "slow", "big", "fail", "image", "log", "ask", "sample", "touch"}) {
    EXPECT_TRUE(has(list, R"({"name":")" + std::string{name} + R"(","description":")"));
    EXPECT_TRUE(has(old, R"({"name":")" + std::string{name} + R"(","description":")"));
  }
}

TEST_F(ExampleToolsTest, ThePictureAndTheSoundAreSuch) {
  const std::string answer = call("image", "{}");
  const auto picture = base64_decode(text_between(answer, R"("type":"image","data":")", '"'));
  const auto sound = base64_decode(text_between(answer, R"("type":"audio","data":")", '"'));
  ASSERT_TRUE(picture && sound) << answer;
  EXPECT_TRUE(picture->starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_TRUE(sound->starts_with("RIFF"));
  EXPECT_EQ(sound->substr(8, 4), "WAVE");
}

TEST_F(ExampleToolsTest, SlowReportsProgressOnItsOwnStream) {
  const std::string answer = call("slow", R"({"steps":2,"step_ms":1})");
  const std::size_t first = answer.find(R"("progressToken":"t","progress":1,"total":2)");
  const std::size_t second = answer.find(R"("progressToken":"t","progress":2,"total":2)");
  const std::size_t result = answer.find("Took 2 steps.");
  EXPECT_TRUE(has(answer, "Content-Type: text/event-stream"));
  EXPECT_LT(first, second);
  EXPECT_LT(second, result);
  EXPECT_NE(result, std::string::npos) << answer;
  EXPECT_FALSE(has(
      legacy(initialize(), "tools/call", R"("name":"slow","arguments":{"steps":2,"step_ms":1})"),
      "notifications/progress"));  // No token, none of them.
}

// As it was given: a text, and a number that no double holds.
TEST_F(ExampleToolsTest, ProgressNamesItsToken) {
  const std::string session = initialize();
  for (const char* token : {R"("t\u00e9")", "9007199254740993"}) {
    const std::string answer =
        legacy(session, "tools/call",
               R"("name":"slow","arguments":{"steps":1,"step_ms":0},"_meta":{"progressToken":)" +
                   std::string{token} + '}');
    EXPECT_TRUE(has(answer, R"({"progressToken":)" + std::string{token} + R"(,"progress":1)"));
  }
}

TEST_F(ExampleToolsTest, ABigAnswerIsWhole) {
  const std::string answer = call("big", R"({"bytes":99999999999})");
  EXPECT_EQ(text_between(answer, R"("text":")", '"').size(), kExampleBigBytesMax);
  EXPECT_TRUE(answer.ends_with(R"("resultType":"complete"}})"));
}

// Another id, another session's call and one that is over change nothing.
TEST_F(ExampleToolsTest, ACancelledCallEndsWithoutAnAnswer) {
  const std::string session = initialize();
  const std::string other = initialize();
  const std::string params = R"("name":"slow","arguments":{"steps":100,"step_ms":10000})";
  const auto cancel = [](const std::string& id) {
    return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" + id +
           "}}";
  };
  ExampleConnection slow{at(), legacy_request(session, "tools/call", params)};
  EXPECT_TRUE(has(slow.until("\r\n\r\n"), "text/event-stream"));
  for (const std::string& text :
       {legacy_text(other, cancel("7")), legacy_text(session, cancel("8")),
        legacy_text(session, cancel(R"("7")")), legacy_text(session, cancel("7")),
        legacy_text(session, cancel("7"))}) {
    EXPECT_TRUE(exchange(text).starts_with("HTTP/1.1 202 "));
  }
  EXPECT_FALSE(has(slow.rest(), R"("id":7)"));
  EXPECT_TRUE(slow.has("0\r\n\r\n"));
}

TEST_F(ExampleToolsTest, OpenCallsOfASessionAreBounded) {
  const std::string session = initialize();
  const std::string params = R"("name":"slow","arguments":{"steps":100,"step_ms":10000})";
  std::vector<std::unique_ptr<ExampleConnection>> open;
  for (std::size_t i = 0; i < kExampleCallsMax; ++i) {
    open.push_back(
        std::make_unique<ExampleConnection>(at(), legacy_request(session, "tools/call", params)));
    EXPECT_TRUE(has(open.back()->until("\r\n\r\n"), "HTTP/1.1 200 "));
  }
  EXPECT_TRUE(legacy(session, "tools/call", params).starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(has(legacy(session, "ping"), R"("result":{})"));
  EXPECT_TRUE(exchange(delete_text(session)).starts_with("HTTP/1.1 200 "));
  for (const auto& connection : open) EXPECT_FALSE(has(connection->rest(), R"("id":7)"));
}

struct LevelCase {
  std::string level;
  std::string_view first;  // The lowest level that is sent, and the one below it.
  std::string_view missing;
  std::string_view result;
};

const LevelCase kLevels[] = {
    {"debug", R"("level":"debug")", R"("level":"trace")", "Sent 8 of 8 messages."},
    {"warning", R"("level":"warning")", R"("level":"notice")", "Sent 5 of 8 messages."},
    {"emergency", R"("level":"emergency")", R"("level":"alert")", "Sent 1 of 8 messages."},
};

TEST_F(ExampleToolsTest, LogSendsWhatTheLevelAskedForLetsThrough) {
  const std::string session = initialize();
  const std::string text = R"("logger":"junctor-example","data":"ä")";
  EXPECT_TRUE(has(legacy(session, "tools/call", R"("name":"log")"), "Sent 7 of 8 messages."));
  EXPECT_TRUE(has(call("log", "{}"), "Sent 0 of 8 messages."));
  for (const LevelCase& c : kLevels) {
    SCOPED_TRACE(c.level);
    const std::string answer =
        call("log", R"({"text":"ä"})", R"(,"io.modelcontextprotocol/logLevel":")" + c.level + '"');
    EXPECT_TRUE(
        has(legacy(session, "logging/setLevel", R"("level":")" + c.level + '"'), R"("result":{})"));
    const std::string old =
        legacy(session, "tools/call", R"("name":"log","arguments":{"text":"ä"})");
    for (const std::string& each : {answer, old}) {
      EXPECT_TRUE(has(each, c.first));
      EXPECT_FALSE(has(each, c.missing));
      EXPECT_TRUE(has(each, c.result));
      EXPECT_TRUE(has(each, text));
    }
  }
  EXPECT_TRUE(has(legacy(session, "logging/setLevel", R"("level":"loud")"), R"("code":-32602)"));
}

}  // namespace
}  // namespace junctor::cli
