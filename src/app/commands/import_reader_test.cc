// Goal: each program's configuration is known by its content and read with nothing lost in silence.
// Method: files as the programs write them, and the upstreams, losses and omissions they come to.

#include "app/commands/import_reader.h"

#include <gtest/gtest.h>

#include "app/commands/import_yaml.h"

namespace junctor::app {
namespace {

struct File {
  std::string_view name;
  std::string_view text;
  std::string_view kind;
  std::string_view upstreams;  // As YAML, each under its own name.
  std::vector<std::string> losses = {};
  std::vector<std::string> left_out = {};
};

std::string upstreams_of(const ImportReading& reading) {
  std::string made;
  for (const ImportedServer& server : reading.servers) {
    made += upstream_yaml({.name = upstream_name_of(server.name), .server = server}, 0);
  }
  return made;
}

void expect_read(const File& row) {
  SCOPED_TRACE(row.name);
  const auto reading = read_import(row.text, "f");
  ASSERT_TRUE(reading.has_value()) << reading.error();
  EXPECT_EQ(reading->kind, row.kind);
  EXPECT_EQ(upstreams_of(*reading), row.upstreams);
  EXPECT_EQ(reading->losses, row.losses);
  EXPECT_EQ(reading->left_out, row.left_out);
}

constexpr std::string_view kMcpServers = "mcpServers (Claude, Cursor, Copilot, Windsurf)";

const File kClients[] = {
    {"claude_desktop",
     R"({"mcpServers": {"files": {"command": "npx", "args": ["-y", "@a/b", "/srv"],
         "env": {"LOG": "warn", "PORT": 8080}}}, "globalShortcut": ""})",
     kMcpServers,
     "- name: files\n  command: [npx, -y, \"@a/b\", /srv]\n  env:\n    LOG: warn\n"
     "    PORT: \"8080\"\n"},
    {"claude_code",
     R"({"mcpServers": {"a": {"type": "http", "url": "https://a.example/mcp",
         "headers": {"Authorization": "Bearer ${TOKEN}"}},
         "b": {"type": "sse", "url": "https://b.example/mcp"}}})",
     kMcpServers,
     "- name: a\n  url: https://a.example/mcp\n  headers:\n"
     "    Authorization: \"Bearer ${env:TOKEN}\"\n",
     {},
     {"server b (f) is left out: it is reached over HTTP+SSE, which is not supported yet; if the "
      "server speaks Streamable HTTP too, import that url"}},
    {"cursor",
     R"({"mcpServers": {"a": {"url": "http://127.0.0.1:3000/mcp"},
                                  "b": {"url": "http://127.0.0.1:3000/sse"}}})",
     kMcpServers,
     "- name: a\n  url: http://127.0.0.1:3000/mcp\n",
     {},
     {"server b (f) is left out: it is reached over HTTP+SSE, which is not supported yet; if the "
      "server speaks Streamable HTTP too, import that url"}},
    {"copilot",
     R"({"mcpServers": {"a": {"type": "local", "command": "a", "args": [], "tools": ["*"]},
                        "b": {"type": "http", "url": "http://b/", "tools": ["x"]}}})",
     kMcpServers,
     "- name: a\n  command: [a]\n- name: b\n  url: http://b/\n  tools:\n    allow: [x]\n",
     {}},
    {"windsurf",
     R"({"mcpServers": {"a": {"serverUrl": "https://a.example/mcp", "disabledTools": ["x"]},
                        "b": {"command": "b", "disabled": true}}})",
     kMcpServers,
     "- name: a\n  url: https://a.example/mcp\n  tools:\n    deny: [x]\n",
     {},
     {"server b (f) is left out: it is disabled there"}},
    {"a_map_alone", R"({"a": {"command": "a"}, "b": {"url": "http://b/"}})", "a map of servers",
     "- name: a\n  command: [a]\n- name: b\n  url: http://b/\n"},
    {"behind_an_extension", R"({"amp.mcpServers": {"a": {"command": "a"}}})", kMcpServers,
     "- name: a\n  command: [a]\n"},
    {"vscode",
     R"({ // servers of this project
       "inputs": [{"type": "promptString", "id": "api-key", "password": true}],
       "servers": {
         "a": {"type": "stdio", "command": "npx", "args": ["-y", "a"],
               "env": {"API_KEY": "${input:api-key}"}, "envFile": "${workspaceFolder}/.env"},
         "b": {"type": "http", "url": "https://b.example/", "dev": {"watch": "x"}},
       },
     })",
     "VS Code",
     "- name: a\n  command: [npx, -y, a]\n  env:\n    API_KEY: \"${env:API_KEY}\"\n"
     "- name: b\n  url: https://b.example/\n",
     {"field envFile of server a (f): files of variables are not read; set them where junctor "
      "starts, or under env",
      "field dev of server b (f): watching files and debugging stay the editor's part",
      "section inputs of f: the gateway asks nobody; each ${input:...} is an environment "
      "variable"}},
    {"vscode_settings", R"({"editor.fontSize": 12, "mcp": {"servers": {"a": {"command": "a"}}}})",
     "VS Code or opencode", "- name: a\n  command: [a]\n"},
    {"vscode_settings_with_a_dot", R"({"mcp.servers": {"a": {"command": "a"}}})",
     "VS Code or opencode", "- name: a\n  command: [a]\n"},
    {"gemini",
     R"({"mcpServers": {"a": {"httpUrl": "https://a.example/mcp", "timeout": 30000,
          "headers": {"X-Key": "$KEY"}},
          "b": {"url": "https://b.example/mcp"},
          "c": {"command": "c", "cwd": "./c", "trust": true, "includeTools": ["x"]},
          "d": {"command": "d"}}, "mcp": {"excluded": ["d"]}})",
     "Gemini CLI",
     "- name: a\n  url: https://a.example/mcp\n  headers:\n    X-Key: \"${env:KEY}\"\n"
     "  timeout: 30s\n- name: c\n  command: [c]\n  cwd: \"./c\"\n"
     "  tools:\n    allow: [x]\n",
     {"field trust of server c (f): asking the user before a call stays the client's part"},
     {"server b (f) is left out: it is reached over HTTP+SSE, which is not supported yet; if the "
      "server speaks Streamable HTTP too, import that url",
      "server d (f) is left out: it is disabled there"}},
    {"gemini_with_a_type",
     R"({"security": {}, "mcpServers": {"a": {"type": "http", "url": "http://a/"}}})", "Gemini CLI",
     "- name: a\n  url: http://a/\n"},
    {"zed",
     R"(// Zed settings
     {"theme": "One", "context_servers": {
        "a": {"source": "custom", "command": "npx", "args": ["a"], "env": {}},
        "b": {"command": {"path": "b", "args": ["run"], "env": {"X": "1"}}},
        "c": {"source": "extension", "enabled": true, "settings": {"x": "y"}},
        "d": {"url": "https://d.example/mcp", "headers": {"A": "b"}},
        "e": {"enabled": false, "command": "e"}}})",
     "Zed",
     "- name: a\n  command: [npx, a]\n- name: b\n  command: [b, run]\n  env:\n    X: \"1\"\n"
     "- name: d\n  url: https://d.example/mcp\n  headers:\n    A: b\n",
     {"field settings of server c (f): it is for an extension of the editor, and goes to nobody "
      "else"},
     {"server c (f) is left out: an extension of the editor starts it, and its command is not in "
      "the file",
      "server e (f) is left out: it is disabled there"}},
    {"opencode",
     R"({"$schema": "x", "mcp": {
        "a": {"type": "local", "command": ["bun", "x", "a"], "environment": {"X": "{env:Y}"},
              "enabled": true, "timeout": 5000},
        "b": {"type": "remote", "url": "https://b.example/mcp", "oauth": {}},
        "c": {"type": "remote", "url": "https://c.example/mcp", "enabled": false}}})",
     "opencode",
     "- name: a\n  command: [bun, x, a]\n  env:\n    X: \"${env:Y}\"\n  timeout: 5s\n"
     "- name: b\n  url: https://b.example/mcp\n",
     {},
     {"server c (f) is left out: it is disabled there"}},
};

TEST(ReadImport, ClientsAreKnownByTheirContent) {
  for (const File& row : kClients) expect_read(row);
}

const File kOdd[] = {
    {"no_map",
     R"({"mcpServers": {"a": "b"}})",
     kMcpServers,
     "",
     {},
     {"server a (f) is left out: it is no map"}},
    {"no_reach",
     R"({"mcpServers": {"a": {}}})",
     kMcpServers,
     "",
     {},
     {"server a (f) is left out: it has neither a command nor a url"}},
    {"odd_type",
     R"({"mcpServers": {"a": {"type": "ws", "url": "http://a/"}}})",
     kMcpServers,
     "",
     {},
     {"server a (f) is left out: its type is none of stdio, http and sse"}},
    {"url_of_stdio",
     R"({"mcpServers": {"a": {"type": "stdio", "command": "a", "url": "x"}}})",
     kMcpServers,
     "- name: a\n  command: [a]\n",
     {"field url of server a (f): the type is stdio, so it is not used"}},
    {"unknown_field",
     R"({"mcpServers": {"a": {"command": "a", "zz": 1, "yy": false, "xx": []}}})",
     kMcpServers,
     "- name: a\n  command: [a]\n",
     {"field zz of server a (f): it has no equivalent"}},
    {"env_is_a_list",
     R"({"mcpServers": {"a": {"command": "a", "env": ["b"]}}})",
     kMcpServers,
     "- name: a\n  command: [a]\n",
     {"field env of server a (f): it is no map, and is left out"}},
    {"null_in_env",
     R"({"mcpServers": {"a": {"command": "a", "env": {"B": null}}}})",
     kMcpServers,
     "- name: a\n  command: [a]\n",
     {"field env.B of server a (f): it is no text, and is left out"}},
    {"null_fields", R"({"mcpServers": {"a": {"command": "a", "env": null, "url": null}}})",
     kMcpServers, "- name: a\n  command: [a]\n"},
    {"no_servers", R"({"mcpServers": {}})", kMcpServers, ""},
};

TEST(ReadImport, WhatIsOddIsSaid) {
  for (const File& row : kOdd) expect_read(row);
}

TEST(ReadImport, ProjectsOfClaudeCodeAreNamed) {
  const auto reading = read_import(
      R"({"numStartups": 3, "mcpServers": {"a": {"command": "a"}},
          "projects": {"/home/me/x": {"allowedTools": [], "mcpServers": {"b": {"command": "b"}}},
                       "/home/me/y": {"mcpServers": {}}}})",
      "f");
  ASSERT_TRUE(reading.has_value()) << reading.error();
  EXPECT_EQ(reading->kind, "Claude Code");
  ASSERT_EQ(reading->servers.size(), 2U);
  EXPECT_EQ(reading->servers[0].origin, "f");
  EXPECT_EQ(reading->servers[1].origin, "f, project /home/me/x");
}

struct Refused {
  std::string_view name;
  std::string_view text;
  std::string_view sentence;
};
const Refused kRefused[] = {
    {"empty_map", "{}", "f: no MCP servers are found in it; known are "},
    {"list", "[1]", "f: no MCP servers are found in it; known are "},
    {"nothing", "", "f: no MCP servers are found in it; known are "},
    {"other_json", R"({"a": 1, "b": {"c": 2}})", "f: no MCP servers are found in it; known are "},
    {"broken_json", "{\n  \"mcpServers\": {,}}", "f:2:18: this is not JSON (syntax)"},
    {"comment_alone", "// a", "f: no MCP servers are found in it; known are "},
    {"broken_yaml", "a: [", "f:"},
    {"twice", R"({"mcpServers": {}, "mcpServers": {}})", "f:1:20: mcpServers: stands twice"},
};

TEST(ReadImport, WhatIsNoneIsRefusedWithASentence) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(row.name);
    const auto reading = read_import(row.text, "f");
    ASSERT_FALSE(reading.has_value());
    EXPECT_TRUE(reading.error().starts_with(row.sentence)) << reading.error();
  }
  const std::string large(kImportBytesMax + 1, ' ');
  EXPECT_EQ(read_import(large, "f").error(), "f has more than 4194304 bytes");
}

TEST(ReadImport, AByteOrderMarkIsNoMatter) {
  EXPECT_TRUE(read_import("\xEF\xBB\xBF{\"mcpServers\": {}}", "f").has_value());
  EXPECT_TRUE(read_import("\xEF\xBB\xBF// x\n{\"mcpServers\": {}}", "f").has_value());
}

TEST(ReadImport, ManyServersAreReadUpToTheLimit) {
  std::string text = R"({"mcpServers": {)";
  for (std::size_t i = 0; i <= kImportServersMax; ++i) {
    text += (i == 0 ? "\"s" : ",\"s") + std::to_string(i) + R"(": {"command": "a"})";
  }
  const auto reading = read_import(text + "}}", "f");
  ASSERT_TRUE(reading.has_value()) << reading.error();
  EXPECT_EQ(reading->servers.size(), kImportServersMax);
  EXPECT_EQ(reading->left_out,
            (std::vector<std::string>{"more than 1000 servers in f: the others are left out"}));
}

}  // namespace
}  // namespace junctor::app
