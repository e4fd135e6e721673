// Goal: prompts are listed and filled in, and what is typed is completed, in both eras. Method:
// requests as text, judged as the server judges them, and the replies as text.

#include "cli/example_prompts.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "cli/example_world.h"

namespace junctor::cli {
namespace {

using test::has;

using Ask = ExampleReply (*)(const wire::McpRequest&);

// What a legacy request with these params is answered.
std::string answer(Ask ask, std::string_view method, const std::string& params) {
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string{method} +
                           R"(","params":)" + params + "}";
  const auto request = wire::judge_mcp_post(body, {});
  EXPECT_TRUE(request.has_value()) << body;
  Buffer out;
  ask(*request).append_to(out, "1");
  return std::string{out.view()};
}

TEST(ExamplePrompts, AreListed) {
  Buffer now;
  list_example_prompts(wire::Era::modern).append_to(now, "1");
  Buffer old;
  list_example_prompts(wire::Era::legacy).append_to(old, "1");
  EXPECT_TRUE(wire::scan_json(now.view()));
  EXPECT_TRUE(has(now.view(), R"("resultType":"complete","ttlMs":60000)"));
  EXPECT_FALSE(has(old.view(), "resultType"));
  for (const char* name : {R"("name":"hello")", R"("name":"explain")", R"("required":true)"}) {
    EXPECT_TRUE(has(old.view(), name));
  }
}

struct PromptCase {
  std::string_view name;
  std::string params;
  std::string_view expected;
};

const PromptCase kPrompts[] = {
    {"without_arguments", R"({"name":"hello"})",
     R"("messages":[{"role":"user","content":{"type":"text","text":"Say hello to me."}}])"},
    {"with_one", R"({"name":"explain","arguments":{"topic":"\"é\""}})",
     R"("text":"Explain \"é\" in a plain way.")"},
    {"with_both", R"({"name":"explain","arguments":{"topic":"rain","style":"poetic"}})",
     R"("text":"Explain rain in a poetic way.")"},
    {"a_required_one_is_missing", R"({"name":"explain","arguments":{"style":"poetic"}})",
     R"("code":-32602)"},
    {"of_another_type", R"({"name":"explain","arguments":{"topic":7}})", R"("code":-32602)"},
    {"no_such_prompt", R"({"name":"other"})", R"("code":-32602)"},
    {"no_name", "{}", R"("code":-32602)"},
};

TEST(ExamplePrompts, AreFilledIn) {
  for (const PromptCase& c : kPrompts) {
    SCOPED_TRACE(c.name);
    EXPECT_TRUE(has(answer(get_example_prompt, "prompts/get", c.params), c.expected));
  }
}

const PromptCase kCompletions[] = {
    {"all_styles",
     R"({"ref":{"type":"ref/prompt","name":"explain"},"argument":{"name":"style","value":""}})",
     R"("values":["plain","playful","poetic","precise"],"total":4,"hasMore":false)"},
    {"some_styles",
     R"({"ref":{"type":"ref/prompt","name":"explain"},"argument":{"name":"style","value":"pl"}})",
     R"("values":["plain","playful"],"total":2)"},
    {"no_style",
     R"({"ref":{"type":"ref/prompt","name":"explain"},"argument":{"name":"style","value":"x"}})",
     R"("values":[],"total":0)"},
    {"an_argument_that_may_be_anything",
     R"({"ref":{"type":"ref/prompt","name":"explain"},"argument":{"name":"topic","value":"a"}})",
     R"("values":[],"total":0)"},
    {"the_variable_of_the_template",
     R"({"ref":{"type":"ref/resource","uri":"example://notes/{id}"},)"
     R"("argument":{"name":"id","value":"5"}})",
     R"("values":["5","50"],"total":2)"},
    {"no_such_argument",
     R"({"ref":{"type":"ref/prompt","name":"explain"},"argument":{"name":"x","value":""}})",
     R"("code":-32602)"},
    {"no_such_prompt",
     R"({"ref":{"type":"ref/prompt","name":"x"},"argument":{"name":"style","value":""}})",
     R"("code":-32602)"},
    {"no_such_template",
     R"({"ref":{"type":"ref/resource","uri":"example://x"},"argument":{"name":"id","value":""}})",
     R"("code":-32602)"},
    {"no_value", R"({"ref":{"type":"ref/prompt","name":"explain"},"argument":{"name":"style"}})",
     R"("code":-32602)"},
    {"nothing", "{}", R"("code":-32602)"},
};

TEST(ExamplePrompts, AreCompleted) {
  for (const PromptCase& c : kCompletions) {
    SCOPED_TRACE(c.name);
    EXPECT_TRUE(has(answer(complete_example, "completion/complete", c.params), c.expected));
  }
}

// The server leads to all of them.
using ExamplePromptsServed = test::ExampleWorld;
TEST_F(ExamplePromptsServed, InBothEras) {
  const std::string session = initialize();
  const std::string get = R"("name":"hello")";
  const std::string complete(std::string_view{kCompletions[1].params}.substr(1));
  const std::string typed = complete.substr(0, complete.size() - 1);
  EXPECT_TRUE(has(modern({.method = "prompts/list"}), R"("name":"explain")"));
  EXPECT_TRUE(has(legacy(session, "prompts/list"), R"("name":"explain")"));
  EXPECT_TRUE(has(modern({.method = "prompts/get", .params = get, .name = "hello"}), "Say hello"));
  EXPECT_TRUE(has(legacy(session, "prompts/get", get), "Say hello"));
  EXPECT_TRUE(has(modern({.method = "completion/complete", .params = typed}), "playful"));
  EXPECT_TRUE(has(legacy(session, "completion/complete", typed), "playful"));
}

}  // namespace
}  // namespace junctor::cli
