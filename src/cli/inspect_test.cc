// Goal: each command of tools, prompts and resources prints results alone, says everything else
// beside them, and ends with the documented code. Method: the example server and servers with
// written answers on threads of their own, called as main() does.

#include "cli/inspect.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/example_server.h"
#include "cli/server_thread.h"
#include "net/tls_server.h"

namespace junctor::cli {
namespace {

using namespace std::chrono_literals;
using agent::EraChoice;
using test::example;
using test::ServerThread;
using Action = Inspection::Action;
using Form = Inspection::Form;
using Subject = Inspection::Subject;

Inspection of(const ServerThread& server, Subject subject, Action action, std::string name = {}) {
  return {.subject = subject,
          .action = action,
          .url = server.url(),
          .name = std::move(name),
          .pairs = {},
          .arguments = {},
          .headers = {}};
}

struct Example {
  std::string_view name;
  std::string tool;
  std::vector<std::string> pairs;
  std::string arguments;
  Form form;
  int exit_code;
  std::string_view out;
  std::string_view err;
};
const Example kExamples[] = {
    {"text", "echo", {"text=hé\nho"}, "", Form::people, 0, "hé\nho\n", ""},
    {"structured", "add", {"a=40", "b=2"}, "", Form::people, 0, "42\n{\"sum\":42}\n", ""},
    {"as_json", "add", {}, R"({"a":1,"b":2})", Form::people, 0, "3\n{\"sum\":3}\n", ""},
    {"controls", "echo", {"text=\x1b[2J"}, "", Form::people, 0, "\\x1b[2J\n", ""},
    {"tool_error", "fail", {}, "", Form::people, kExitRefused, "", "This tool always fails.\n"},
    {"protocol_error",
     "echo",
     {},
     "{}",
     Form::people,
     kExitRefused,
     "",
     "junctor: the server answered tools/call with error -32602: echo needs `text`, a string\n"},
    {"unknown_tool",
     "ech",
     {},
     "",
     Form::people,
     kExitUsage,
     "",
     "junctor: the server has no tool \"ech\"; did you mean \"echo\"?\n"},
    {"unknown_key",
     "echo",
     {"txt=a"},
     "",
     Form::people,
     kExitUsage,
     "",
     "junctor: there is no argument \"txt\"; did you mean \"text\"?\n"},
    {"missing", "echo", {}, "", Form::people, kExitUsage, "", "junctor: missing: text (string)\n"},
    {"wrong_type",
     "add",
     {"a=1", "b=x"},
     "",
     Form::people,
     kExitUsage,
     "",
     "junctor: b has to be integer, not \"x\"\n"},
    {"both_ways",
     "echo",
     {"text=a"},
     "{}",
     Form::people,
     kExitUsage,
     "",
     "junctor: either key=value or --arguments, not both\n"},
    {"no_json",
     "echo",
     {},
     "{",
     Form::people,
     kExitUsage,
     "",
     "junctor: the arguments are no JSON: syntax at byte 1\n"},
    {"no_object",
     "echo",
     {},
     "[]",
     Form::people,
     kExitUsage,
     "",
     "junctor: the arguments have to be a JSON object\n"},
    {"no_file",
     "echo",
     {},
     "@/nonexistent/x",
     Form::people,
     kExitUsage,
     "",
     "junctor: cannot read /nonexistent/x: No such file or directory\n"},
};

TEST(Inspect, ToolsAreCalledInBothEras) {
  const ServerThread server{example};
  for (const EraChoice era : {EraChoice::automatic, EraChoice::legacy, EraChoice::modern}) {
    for (const Example& row : kExamples) {
      SCOPED_TRACE(std::to_string(static_cast<int>(era)) + std::string{row.name});
      Inspection inspection = of(server, Subject::tools, Action::use, row.tool);
      inspection.era = era;
      inspection.pairs = row.pairs;
      inspection.arguments = row.arguments;
      inspection.form = row.form;
      const Inspected outcome = inspect_blocking(inspection, nullptr);
      EXPECT_EQ(outcome.exit_code, row.exit_code);
      EXPECT_EQ(outcome.out, row.out);
      EXPECT_EQ(outcome.err, row.err);
    }
  }
}

TEST(Inspect, JsonIsTheServersOwn) {
  const ServerThread server{example};
  Inspection inspection = of(server, Subject::tools, Action::use, "fail");
  inspection.form = Form::json;
  inspection.era = EraChoice::legacy;
  const Inspected outcome = inspect_blocking(inspection, nullptr);
  EXPECT_EQ(outcome.exit_code, kExitRefused);
  EXPECT_EQ(outcome.out,
            "{\"content\":[{\"type\":\"text\",\"text\":\"This tool always "
            "fails.\"}],\"isError\":true}\n");
  EXPECT_EQ(outcome.err, "");
}

TEST(Inspect, ListsAndDescriptionsAreForPeople) {
  const ServerThread server{example};
  const Inspected list = inspect_blocking(of(server, Subject::tools, Action::list), nullptr);
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_TRUE(list.out.starts_with("NAME    DESCRIPTION\necho    Gives the text back.\nadd "))
      << list.out;
  const Inspected described =
      inspect_blocking(of(server, Subject::tools, Action::describe, "add"), nullptr);
  EXPECT_TRUE(described.out.starts_with("add\nAdds two whole numbers.\n\nARGUMENT  TYPE"))
      << described.out;
  const Inspected missing =
      inspect_blocking(of(server, Subject::tools, Action::describe, "ad"), nullptr);
  EXPECT_EQ(missing.exit_code, kExitUsage);
  EXPECT_EQ(missing.err, "junctor: the server has no tool \"ad\"; did you mean \"add\"?\n");
}

TEST(Inspect, ProgressIsToldToWhoListens) {
  struct Heard final : McpListener {
    void on_progress(std::string_view /*params*/) override { ++count; }
    int count = 0;
  };
  const ServerThread server{example};
  for (const EraChoice era : {EraChoice::legacy, EraChoice::modern}) {
    Heard heard;
    Inspection inspection = of(server, Subject::tools, Action::use, "slow");
    inspection.pairs = {"steps=3", "step_ms=1"};
    inspection.era = era;
    EXPECT_EQ(inspect_blocking(inspection, &heard).out, "Took 3 steps.\n");
    EXPECT_EQ(heard.count, 3);
  }
}

TEST(Inspect, ArgumentsAreReadFromAFile) {
  std::string path = ::testing::TempDir() + "junctor_arguments_XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  constexpr std::string_view kText = "{\"text\": \"from a file\"}\n";
  ASSERT_EQ(::write(descriptor, kText.data(), kText.size()), static_cast<ssize_t>(kText.size()));
  ::close(descriptor);
  const ServerThread server{example};
  Inspection inspection = of(server, Subject::tools, Action::use, "echo");
  inspection.arguments = "@" + path;
  EXPECT_EQ(inspect_blocking(inspection, nullptr).out, "from a file\n");
  ::unlink(path.c_str());
}

// A server with everything: two pages of tools, prompts, resources, and odd results.
std::string everything(std::string_view method, std::string_view body) {
  const auto has = [body](std::string_view text) { return body.find(text) != std::string::npos; };
  if (method == "tools/list") {
    return has(R"("cursor":"")") ? R"("result":{"tools":[{"name":"b","x":1.0}],"nextCursor":null})"
                                 : R"("result":{"tools":[{"name":"a"}],"nextCursor":""})";
  }
  if (method == "prompts/list") {
    return R"("result":{"prompts":[{"name":"p","arguments":[{"name":"who","required":true}]}]})";
  }
  if (method == "prompts/get" && has(R"("arguments":{"who":"7"})")) {
    return R"("result":{"messages":[{"role":"user","content":{"type":"text","text":"hi 7"}}]})";
  }
  if (method == "resources/list") {
    return R"("result":{"resources":[{"uri":"a:1","name":"one","mimeType":"text/plain"}]})";
  }
  if (method == "resources/templates/list") {
    return R"("result":{"resourceTemplates":[{"uriTemplate":"a:{n}","title":"Any"}]})";
  }
  if (method == "resources/read") return R"("result":{"contents":[{"uri":"a:1","text":"x"}]})";
  if (has(R"("name":"a")")) {
    return R"("result":{"resultType":"input_required","inputRequests":{"q":{)"
           R"("method":"elicitation/create","params":{"message":"Sure?"}}}})";
  }
  return R"("result":{"resultType":"task","taskId":"t"})";
}

struct Command {
  std::string_view name;
  Subject subject;
  Action action;
  std::string item;
  std::vector<std::string> pairs;
  Form form;
  int exit_code;
  std::string_view out;
  std::string_view err;
};
const Command kCommands[] = {
    {"pages",
     Subject::tools,
     Action::list,
     "",
     {},
     Form::people,
     0,
     "NAME  DESCRIPTION\na\nb\n",
     ""},
    {"pages_as_json",
     Subject::tools,
     Action::list,
     "",
     {},
     Form::json,
     0,
     "{\"tools\":[{\"name\":\"a\"},{\"name\":\"b\",\"x\":1.0}]}\n",
     ""},
    {"one_item",
     Subject::tools,
     Action::describe,
     "b",
     {},
     Form::json,
     0,
     "{\"name\":\"b\",\"x\":1.0}\n",
     ""},
    {"prompts",
     Subject::prompts,
     Action::list,
     "",
     {},
     Form::json,
     0,
     "{\"prompts\":[{\"name\":\"p\",\"arguments\":[{\"name\":\"who\",\"required\":true}]}]}\n",
     ""},
    {"prompt", Subject::prompts, Action::use, "p", {"who=7"}, Form::people, 0, "user:\nhi 7\n", ""},
    {"prompt_without",
     Subject::prompts,
     Action::use,
     "p",
     {},
     Form::people,
     kExitUsage,
     "",
     "junctor: missing: who (string)\n"},
    {"prompt_described",
     Subject::prompts,
     Action::describe,
     "p",
     {},
     Form::people,
     0,
     "p\n\nARGUMENT  TYPE    NEEDED  MEANING\nwho       string  yes\n",
     ""},
    {"resources",
     Subject::resources,
     Action::list,
     "",
     {},
     Form::people,
     0,
     "URI    NAME  TYPE        DESCRIPTION\na:1    one   text/plain\na:{n}                    "
     "Any\n",
     ""},
    {"resources_as_json",
     Subject::resources,
     Action::list,
     "",
     {},
     Form::json,
     0,
     "{\"resources\":[{\"uri\":\"a:1\",\"name\":\"one\",\"mimeType\":\"text/plain\"}],"
     "\"resourceTemplates\":[{\"uriTemplate\":\"a:{n}\",\"title\":\"Any\"}]}\n",
     ""},
    {"template",
     Subject::resources,
     Action::describe,
     "a:{n}",
     {},
     Form::people,
     0,
     "a:{n}\nAny\n",
     ""},
    {"no_resource",
     Subject::resources,
     Action::describe,
     "a:2",
     {},
     Form::people,
     kExitUsage,
     "",
     "junctor: the server has no resource \"a:2\"; did you mean \"a:1\"?\n"},
    {"read", Subject::resources, Action::use, "a:1", {}, Form::people, 0, "x\n", ""},
    {"read_as_json",
     Subject::resources,
     Action::use,
     "a:1",
     {},
     Form::json,
     0,
     "{\"contents\":[{\"uri\":\"a:1\",\"text\":\"x\"}]}\n",
     ""},
    {"input",
     Subject::tools,
     Action::use,
     "a",
     {},
     Form::people,
     kExitRefused,
     "",
     "junctor: the server wants input, which cannot be given here: q (elicitation/create: "
     "Sure?)\n"},
    {"task",
     Subject::tools,
     Action::use,
     "b",
     {},
     Form::people,
     kExitRefused,
     "",
     "junctor: the server answered tools/call with a result of another kind: \"task\"\n"},
};

//= mcp 2026-07-28 basic#resulttype:absent MUST
TEST(Inspect, EachCommandPrintsItsResult) {
  const ServerThread server{test::canned(everything)};
  for (const Command& row : kCommands) {
    SCOPED_TRACE(row.name);
    Inspection inspection = of(server, row.subject, row.action, row.item);
    inspection.pairs = row.pairs;
    inspection.form = row.form;
    const Inspected outcome = inspect_blocking(inspection, nullptr);
    EXPECT_EQ(outcome.exit_code, row.exit_code);
    EXPECT_EQ(outcome.out, row.out);
    EXPECT_EQ(outcome.err, row.err);
  }
}

struct BadList {
  std::string_view name;
  std::string_view answer;
  int exit_code;
  std::string_view sentence;
};
const BadList kBadLists[] = {
    {"no_list", R"("result":{"tools":{}})", kExitNoAnswer, "tools/list holds no list\n"},
    {"the_same_page", R"("result":{"tools":[],"nextCursor":"x"})", kExitNoAnswer,
     "tools/list names the same page as the next one for ever\n"},
    {"refused", R"("error":{"code":-32601,"message":"none"})", kExitRefused,
     "junctor: the server answered tools/list with error -32601: none\n"},
    {"no_object", R"("result":7)", kExitNoAnswer, "the result of tools/list is no object\n"},
};

TEST(Inspect, AListThatIsNoneIsAnError) {
  for (const BadList& row : kBadLists) {
    SCOPED_TRACE(row.name);
    const ServerThread server{test::canned([&row](auto, auto) { return std::string{row.answer}; })};
    const Inspected outcome = inspect_blocking(of(server, Subject::tools, Action::list), nullptr);
    EXPECT_EQ(outcome.exit_code, row.exit_code);
    EXPECT_EQ(outcome.out, "");
    EXPECT_TRUE(outcome.err.ends_with(row.sentence)) << outcome.err;
  }
}

TEST(Inspect, PagesAndItemsAreBounded) {
  std::atomic<int> page = 0;
  const ServerThread pages{test::canned([&page](auto, auto) {
    return R"("result":{"tools":[],"nextCursor":")" + std::to_string(++page) + "\"}";
  })};
  const Inspected many = inspect_blocking(of(pages, Subject::tools, Action::list), nullptr);
  EXPECT_EQ(many.exit_code, kExitNoAnswer);
  EXPECT_TRUE(many.err.ends_with("tools/list has more than 1000 pages\n")) << many.err;
  EXPECT_EQ(page, static_cast<int>(kListPagesMax) + 1);
  const ServerThread items{test::canned([](auto, auto) {
    std::string text = R"("result":{"tools":[1)";
    for (std::size_t i = 0; i < kListItemsMax; ++i) text += ",1";
    return text + "]}";
  })};
  const Inspected large = inspect_blocking(of(items, Subject::tools, Action::list), nullptr);
  EXPECT_TRUE(large.err.ends_with("tools/list has more than 100000 items\n")) << large.err;
}

TEST(Inspect, AServerWithoutTemplatesHasResources) {
  const ServerThread server{test::canned([](std::string_view method, auto) {
    return std::string{method == "resources/list" ? R"("result":{"resources":[]})"
                                                  : R"("error":{"code":-32601,"message":"none"})"};
  })};
  const Inspected list = inspect_blocking(of(server, Subject::resources, Action::list), nullptr);
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_EQ(list.out, "URI  NAME  TYPE  DESCRIPTION\n");
}

TEST(Inspect, ABrokenAnnotationForbidsTheCallInTheModernEra) {
  std::atomic<int> calls = 0;
  const ServerThread server{test::canned([&calls](std::string_view method, auto) -> std::string {
    if (method == "tools/call") ++calls;
    return R"("result":{"tools":[{"name":"t","inputSchema":{"properties":{)"
           R"("a":{"type":"number","x-mcp-header":"A"}}}}]})";
  })};
  const Inspected outcome = inspect_blocking(of(server, Subject::tools, Action::use, "t"), nullptr);
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_EQ(calls, 0);
}

TEST(Inspect, SilenceAndDeadPortsHaveCodesOfTheirOwn) {
  Inspection inspection;
  {
    const ServerThread silent{test::canned([](auto, auto) { return std::string{}; })};
    inspection = of(silent, Subject::tools, Action::list);
    inspection.timeout = 100ms;
    const Inspected outcome = inspect_blocking(inspection, nullptr);
    EXPECT_EQ(outcome.exit_code, kExitTimeout);
    EXPECT_EQ(outcome.err, "junctor: no answer of " + silent.url() + " within 100ms\n");
  }
  const Inspected dead = inspect_blocking(inspection, nullptr);  // Its port is closed now.
  EXPECT_EQ(dead.exit_code, kExitUnreachable);
  EXPECT_TRUE(dead.err.starts_with("junctor: " + inspection.url + " cannot be reached: "))
      << dead.err;
}

TEST(Inspect, ABadUrlOrHeaderIsWrongUsage) {
  Inspection inspection;
  inspection.url = "ftp://x";
  EXPECT_EQ(inspect_blocking(inspection, nullptr).exit_code, kExitUsage);
  inspection.url = "http://127.0.0.1:1/";
  inspection.headers = {"no header"};
  const Inspected outcome = inspect_blocking(inspection, nullptr);
  EXPECT_EQ(outcome.exit_code, kExitUsage);
  EXPECT_EQ(outcome.err, "junctor: a header is written as \"Name: value\"\n");
}

struct Header {
  std::string_view name;
  std::string_view text;
  std::string_view field;  // "Name|value", or the sentence.
};
const Header kHeaders[] = {
    {"plain", "X-Key: value", "X-Key|value"},
    {"blanks", "X-Key: \t a b ", "X-Key|a b"},
    {"empty", "X-Key:", "X-Key|"},
    {"colons", "X-Key: a:b", "X-Key|a:b"},
    {"variable", "Authorization: Bearer ${env:TOKEN}", "Authorization|Bearer s3cret"},
    {"twice", "X: ${env:TOKEN}${env:TOKEN}", "X|s3crets3cret"},
    {"read_once", "X: ${env:NESTED}", "X|${env:TOKEN}"},
    {"other_dollars", "X: $a $${b}", "X|$a ${b}"},
    {"other_kind", "X: ${b}",
     "the header X: expected ${env:NAME}, not ${b}; write $${ for a plain ${"},
    {"unset", "X: ${env:GONE}", "the header X: the environment variable GONE is not set"},
    {"unclosed", "X: ${env:GONE", "the header X: a ${ without its }; write $${ for a plain ${"},
    {"no_colon", "s3cret", "a header is written as \"Name: value\""},
    {"no_token", "a b: c", "a header is written as \"Name: value\""},
    {"no_name", ": c", "a header is written as \"Name: value\""},
    {"lines", "X: ${env:LINES}", "the header X is no single line without blanks at its ends"},
    {"host", "Host: a", "the header Host is set by the client itself"},
    {"length", "content-length: 1", "the header content-length is set by the client itself"},
    {"mcp", "Mcp-Session-Id: 1", "the header Mcp-Session-Id is set by the client itself"},
    {"parameter", "mcp-param-a: 1", "the header mcp-param-a is set by the client itself"},
};

TEST(Inspect, HeadersAreReadWithTheirVariables) {
  const std::map<std::string, std::string> variables{
      {"TOKEN", "s3cret"}, {"NESTED", "${env:TOKEN}"}, {"LINES", "a\r\nb"}};
  const Variables lookup = [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
  for (const Header& row : kHeaders) {
    SCOPED_TRACE(row.name);
    const auto header = parse_header(row.text, lookup);
    const std::string got =
        header ? header->name + "|" + std::string{header->value.reveal()} : header.error().detail();
    EXPECT_EQ(got, row.field);
  }
}

// The system's certificates, as far as a test can have them: OpenSSL reads the file of that name.
TEST(Inspect, HttpsNeedsACertificateThatTheSystemTrusts) {
  const net::test::Identity identity{
      {.common_name = "server", .alternatives = "IP:127.0.0.1", .is_authority = true}};
  net::test::TlsServer server{identity, {}};  // Says everything back, so it is no MCP server.
  Inspection inspection;
  inspection.url = "https://" + server.at().text() + "/mcp";
  inspection.era = EraChoice::modern;
  inspection.timeout = 5s;
  const Inspected stranger = inspect_blocking(inspection, nullptr);
  EXPECT_EQ(stranger.exit_code, kExitUnreachable);
  EXPECT_NE(stranger.err.find("self-signed certificate"), std::string::npos) << stranger.err;
  const std::string path = ::testing::TempDir() + "junctor_inspect_ca.pem";
  identity.write(path);
  ASSERT_EQ(::setenv("SSL_CERT_FILE", path.c_str(), 1), 0);
  const Inspected trusted = inspect_blocking(inspection, nullptr);
  ASSERT_EQ(::unsetenv("SSL_CERT_FILE"), 0);
  ::unlink(path.c_str());
  EXPECT_EQ(trusted.exit_code, kExitNoAnswer) << trusted.err;
  server.stop();
  EXPECT_EQ(server.requests, 1U);
}

}  // namespace
}  // namespace junctor::cli
