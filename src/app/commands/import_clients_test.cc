// Goal: the words of all clients are understood alike, and each word without an equivalent is named
// with its reason. Method: one entry per word, and the table of transports against dialects.

#include "app/commands/import_clients.h"

#include <gtest/gtest.h>

#include "app/commands/import_yaml.h"

namespace junctor::app {
namespace {

ImportReading read_entry(std::string_view entry, ClientDialect dialect = ClientDialect::plain) {
  ImportReading reading;
  reading.origin = "f";
  const auto root = read_config_tree("{\"a\": " + std::string{entry} + "}");
  EXPECT_TRUE(root.has_value()) << entry;
  if (root) read_client_servers(*root, dialect, reading);
  return reading;
}

// The upstream's lines below its name, or why there is none.
std::string outcome_of(const ImportReading& reading) {
  if (reading.servers.empty()) return reading.left_out.empty() ? "" : reading.left_out[0];
  const std::string yaml = upstream_yaml({.name = "a", .server = reading.servers[0]}, 0);
  return yaml.substr(yaml.find('\n') + 1);
}

struct Reached {
  std::string_view name;
  std::string_view entry;
  std::string_view plain;   // What it comes to.
  std::string_view gemini;  // The same where it is Gemini's.
};

constexpr std::string_view kUrl = "  url: http://u/mcp\n";
constexpr std::string_view kCommand = "  command: [c, d]\n";
constexpr std::string_view kSse =
    "server a (f) is left out: it is reached over HTTP+SSE, which is not supported yet; if the "
    "server speaks Streamable HTTP too, import that url";
constexpr std::string_view kNoType =
    "server a (f) is left out: its type is none of stdio, http and sse";

const Reached kReached[] = {
    {"url", R"({"url": "http://u/mcp"})", kUrl, kSse},
    {"url_of_http", R"({"type": "http", "url": "http://u/mcp"})", kUrl, kUrl},
    {"url_of_streamable_http", R"({"type": "streamable-http", "url": "http://u/mcp"})", kUrl, kUrl},
    {"in_camel_case", R"({"type": "streamableHttp", "url": "http://u/mcp"})", kUrl, kUrl},
    {"with_an_underscore", R"({"transport": "streamable_http", "url": "http://u/mcp"})", kUrl,
     kUrl},
    {"url_of_sse", R"({"type": "sse", "url": "http://u/mcp"})", kSse, kSse},
    {"transport_sse", R"({"transport": "SSE", "url": "http://u/mcp"})", kSse, kSse},
    {"path_of_sse", R"({"url": "http://u/sse?x=1"})", kSse, kSse},
    {"path_of_sse_over_http", R"({"type": "http", "url": "http://u/sse"})", "  url: http://u/sse\n",
     "  url: http://u/sse\n"},
    {"remote", R"({"type": "remote", "url": "http://u/mcp"})", kUrl, kSse},
    {"server_url", R"({"serverUrl": "http://u/mcp"})", kUrl, kSse},
    {"http_url", R"({"httpUrl": "http://u/mcp"})", kUrl, kUrl},
    {"http_url_before_url", R"({"url": "http://u/sse", "httpUrl": "http://u/mcp"})", kUrl, kUrl},
    {"socket", R"({"type": "websocket", "url": "ws://u/mcp"})", kNoType, kNoType},
    {"command_and_args", R"({"command": "c", "args": ["d"]})", kCommand, kCommand},
    {"command_of_stdio", R"({"type": "stdio", "command": "c", "args": ["d"]})", kCommand, kCommand},
    {"command_of_local", R"({"type": "local", "command": ["c", "d"]})", kCommand, kCommand},
    {"command_as_a_list_with_args", R"({"command": ["c"], "args": ["d"]})", kCommand, kCommand},
    {"command_as_a_map", R"({"command": {"path": "c", "args": ["d"]}})", kCommand, kCommand},
    {"command_without_a_path", R"({"command": {"args": ["d"]}})",
     "server a (f) is left out: its command has no path",
     "server a (f) is left out: its command has no path"},
    {"args_as_a_word", R"({"command": "c", "args": "d"})", kCommand, kCommand},
    {"numbers_in_args", R"({"command": "c", "args": [1, true]})",
     "  command: [c, \"1\", \"true\"]\n", "  command: [c, \"1\", \"true\"]\n"},
    {"lists_in_args", R"({"command": "c", "args": [["d"]]})",
     "server a (f) is left out: args holds more than texts",
     "server a (f) is left out: args holds more than texts"},
    {"nothing_in_args", R"({"command": "c", "args": [null]})",
     "server a (f) is left out: args holds more than texts",
     "server a (f) is left out: args holds more than texts"},
    {"both", R"({"command": "c", "url": "http://u/mcp"})",
     "server a (f) is left out: it has a command and a url, and only one can be meant", kSse},
    {"url_is_a_map", R"({"url": {}})", "server a (f) is left out: its url is no text",
     "server a (f) is left out: its url is no text"},
    {"disabled", R"({"command": "c", "disabled": true})",
     "server a (f) is left out: it is disabled there",
     "server a (f) is left out: it is disabled there"},
    {"not_disabled", R"({"command": "c", "args": ["d"], "disabled": false, "enabled": true})",
     kCommand, kCommand},
};

TEST(ReadClientServers, TransportsAreFoundOut) {
  for (const Reached& row : kReached) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(outcome_of(read_entry(row.entry)), row.plain);
    EXPECT_EQ(outcome_of(read_entry(row.entry, ClientDialect::gemini)), row.gemini);
  }
}

struct Field {
  std::string_view member;
  std::string_view sentence;  // Empty: nothing is lost.
};
const Field kFields[] = {
    {R"("description": "x")", ""},
    {R"("icon": "x")", ""},
    {R"("source": "custom")", ""},
    {R"("version": "1")", ""},
    {R"("trust": false)", ""},
    {R"("autoApprove": [])", ""},
    {R"("oauth": {})", ""},
    {R"("tools": ["*"])", ""},
    {R"("zz": null)", ""},
    {R"("trust": true)", "asking the user before a call stays the client's part"},
    {R"("autoApprove": ["x"])", "asking the user before a call stays the client's part"},
    {R"("includeTools": ["x"])", ""},
    {R"("includeTools": "x")", "it is no list of names; the server's tools are all served"},
    {R"("excludeTools": ["x", 1])", "it is no list of names; the server's tools are all served"},
    {R"("disabledTools": ["x"])", ""},
    {R"("tools": ["*", "x"])", ""},
    {R"("oauth": {"clientId": "x"})",
     "the gateway does not sign in for a user; give a header with a token instead"},
    {R"("authProviderType": "google_credentials")",
     "the gateway does not sign in for a user; give a header with a token instead"},
    {R"("envFile": ".env")",
     "files of variables are not read; set them where junctor starts, or under env"},
    {R"("dev": {"watch": "x"})", "watching files and debugging stay the editor's part"},
    {R"("sandboxEnabled": true)", "no sandbox is put around a server; start one in its command"},
    {R"("zz": 1)", "it has no equivalent"},
};

TEST(ReadClientServers, EachFieldWithoutAnEquivalentIsNamed) {
  for (const Field& row : kFields) {
    SCOPED_TRACE(row.member);
    const ImportReading reading =
        read_entry("{\"command\": \"c\", " + std::string{row.member} + "}");
    EXPECT_EQ(reading.servers.size(), 1U);
    const std::string_view name = row.member.substr(1, row.member.find('"', 1) - 1);
    std::vector<std::string> losses;
    if (!row.sentence.empty()) {
      losses.push_back("field " + std::string{name} +
                       " of server a (f): " + std::string{row.sentence});
    }
    EXPECT_EQ(reading.losses, losses);
  }
}

struct Written {
  std::string_view name;
  std::string_view entry;
  std::string_view lines;
};
const Written kWritten[] = {
    {"tools", R"({"command": "c", "includeTools": ["x", "y z"], "excludeTools": ["x"]})",
     "  command: [c]\n  tools:\n    allow: [x, \"y z\"]\n    deny: [x]\n"},
    {"env", R"({"command": "c", "env": {"A": "1", "B": 2, "C": true}})",
     "  command: [c]\n  env:\n    A: \"1\"\n    B: \"2\"\n    C: \"true\"\n"},
    {"environment", R"({"command": "c", "environment": {"A": "x"}})",
     "  command: [c]\n  env:\n    A: x\n"},
    {"env_in_the_command", R"({"command": {"path": "c", "env": {"A": "x"}}, "env": {"B": "y"}})",
     "  command: [c]\n  env:\n    A: x\n    B: \"y\"\n"},
    {"cwd", R"({"command": "c", "cwd": "${workspaceFolder}/x"})",
     "  command: [c]\n  cwd: \"${env:WORKSPACE_FOLDER}/x\"\n"},
    {"working_directory", R"({"command": "c", "workingDirectory": "/x"})",
     "  command: [c]\n  cwd: /x\n"},
    {"headers", R"({"url": "http://u/", "headers": {"A": "x", "B": "${C}"}})",
     "  url: http://u/\n  headers:\n    A: x\n    B: \"${env:C}\"\n"},
    {"http_headers", R"({"url": "http://u/", "http_headers": {"A": "x"}})",
     "  url: http://u/\n  headers:\n    A: x\n"},
    {"timeout", R"({"url": "http://u/", "timeout": 45000})", "  url: http://u/\n  timeout: 45s\n"},
    {"secret_word", R"({"command": "c", "args": ["--header", "Authorization: Bearer x"]})",
     "  command: [c, --header, \"Authorization: Bearer ${env:A_AUTHORIZATION}\"]\n"},
    {"secret_in_a_container", R"({"command": "docker", "args": ["run", "-e", "T_TOKEN=x"]})",
     "  command: [docker, run, -e, \"T_TOKEN=${env:A_T_TOKEN}\"]\n"},
    {"variable_in_a_container",
     R"({"command": "docker", "args": ["run", "-e", "T_TOKEN"], "env": {"T_TOKEN": "x"}})",
     "  command: [docker, run, -e, T_TOKEN]\n  env:\n    T_TOKEN: \"${env:A_T_TOKEN}\"\n"},
};

TEST(ReadClientServers, FieldsAreTakenOver) {
  for (const Written& row : kWritten) {
    SCOPED_TRACE(row.name);
    const ImportReading reading = read_entry(row.entry);
    EXPECT_EQ(outcome_of(reading), row.lines);
    EXPECT_TRUE(reading.losses.empty());
  }
}

TEST(DialectOf, GeminiHasWordsOfItsOwn) {
  const auto of = [](std::string_view text) { return dialect_of(*read_config_tree(text)); };
  EXPECT_EQ(of(R"({"a": {"url": "x"}})"), ClientDialect::plain);
  EXPECT_EQ(of(R"({"a": {"url": "x"}, "b": {"httpUrl": "y"}})"), ClientDialect::gemini);
  EXPECT_EQ(of(R"({"a": {"url": "x", "trust": true}})"), ClientDialect::gemini);
  EXPECT_EQ(of("{}"), ClientDialect::plain);
}

TEST(IsServerMap, EveryMemberIsAServer) {
  const auto is_one = [](std::string_view text) { return is_server_map(*read_config_tree(text)); };
  EXPECT_TRUE(is_one(R"({"a": {"command": "x"}, "b": {"url": "y"}})"));
  EXPECT_FALSE(is_one(R"({"a": {"command": "x"}, "b": {}})"));
  EXPECT_FALSE(is_one(R"({"a": {"command": "x"}, "b": 1})"));
  EXPECT_FALSE(is_one("{}"));
  EXPECT_FALSE(is_one("[]"));
}

}  // namespace
}  // namespace junctor::app
