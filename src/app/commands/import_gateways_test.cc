// Goal: servers behind another gateway, or in another file of our own, are taken over, and the rest
// is named. Method: files as they are written, and the upstreams and losses they come to.

#include "app/commands/import_gateways.h"

#include <gtest/gtest.h>

#include "app/commands/import_reader.h"
#include "app/commands/import_yaml.h"

namespace junctor::app {
namespace {

struct File {
  std::string_view name;
  std::string_view text;
  std::string_view kind;
  std::string_view upstreams;
  std::vector<std::string> losses = {};
  std::vector<std::string> left_out = {};
};

constexpr const char* kRelative =
    "the file's name is relative: it counts from the folder of the configuration it comes into";

const File kFiles[] = {
    {"agentgateway",
     R"(
binds:
- port: 3000
  listeners:
  - routes:
    - policies:
        cors: {allowOrigins: ["*"]}
      backends:
      - mcp:
          targets:
          - name: everything
            stdio:
              cmd: npx
              args: ["@modelcontextprotocol/server-everything"]
              env: {LEVEL: info}
          - name: docs
            mcp: {host: "https://docs.example/mcp"}
          - name: parts
            mcp: {host: parts.example, port: 8443, path: x}
          - name: plain
            mcp: {host: plain.example}
            policies: {a: b}
          - name: old
            sse: {host: old.example, port: 80, path: /sse}
          - name: rest
            openapi: {host: a, port: 80}
)",
     "agentgateway",
     "- name: everything\n  command: [npx, \"@modelcontextprotocol/server-everything\"]\n"
     "  env:\n    LEVEL: info\n"
     "- name: docs\n  url: https://docs.example/mcp\n"
     "- name: parts\n  url: http://parts.example:8443/x\n"
     "- name: plain\n  url: http://plain.example/mcp\n",
     {"field policies of server plain (f): policies of a target have no equivalent",
      "section policies of f: only MCP targets are taken over"},
     {"server old (f) is left out: it is reached over HTTP+SSE, which is not supported yet",
      "server rest (f) is left out: it is an OpenAPI service and no MCP server"}},
    {"agentgateway_in_short",
     "mcp:\n  port: 3000\n  targets:\n  - name: a\n    mcp:\n"
     "      host: https://a.example:443/mcp\n",
     "agentgateway", "- name: a\n  url: https://a.example:443/mcp\n"},
    {"agentgateway_backends",
     "backends:\n- name: x\n  mcp:\n    targets:\n    - name: a\n"
     "      mcp: {host: a.example, port: 443}\n",
     "agentgateway", "- name: a\n  url: https://a.example:443/mcp\n"},
    {"junctor",
     R"(
listen: {http: 127.0.0.1:8080}
upstreams:
  - name: tickets
    url: https://tickets.example/mcp
    era: legacy
    timeout: 30s
    connections_max: 5
    headers: {X-Api-Key: "${env:TICKETS_KEY}", Authorization: "Bearer abc"}
    tls: {ca_file: ca.pem}
    colour: red
  - {name: files, command: [a, "${file:x}"], env: {B: "$${c"}, cwd: /srv}
  - {name: old, sse: "http://127.0.0.1/sse"}
routes: [{path: /mcp, upstream: tickets}]
)",
     "Junctor",
     "- name: tickets\n  url: https://tickets.example/mcp\n  headers:\n"
     "    X-Api-Key: \"${env:TICKETS_KEY}\"\n"
     "    Authorization: \"Bearer ${env:TICKETS_AUTHORIZATION}\"\n"
     "  era: legacy\n  timeout: 30s\n  connections_max: 5\n  tls:\n    ca_file: ca.pem\n"
     "- name: files\n  command: [a, \"${file:x}\"]\n  env:\n    B: \"$${c\"\n  cwd: /srv\n",
     {std::string{"field tls.ca_file of server tickets (f): "} + kRelative,
      "field colour of server tickets (f): it is no setting of an upstream",
      std::string{"field word 2 of the command of server files (f): "} + kRelative,
      "section listen of f: only upstreams are taken over",
      "section routes of f: only upstreams are taken over"},
     {"server old (f) is left out: it is reached over HTTP+SSE, which is not supported yet"}},
    {"junctor_in_json", R"({"upstreams": [{"name": "a", "url": "http://a/"}]})", "Junctor",
     "- name: a\n  url: http://a/\n"},
};

TEST(ReadGateways, ServersAreTakenOverAndTheRestIsNamed) {
  for (const File& row : kFiles) {
    SCOPED_TRACE(row.name);
    const auto reading = read_import(row.text, "f");
    ASSERT_TRUE(reading.has_value()) << reading.error();
    EXPECT_EQ(reading->kind, row.kind);
    std::string upstreams;
    for (const ImportedServer& server : reading->servers) {
      upstreams += upstream_yaml({.name = server.name, .server = server}, 0);
    }
    EXPECT_EQ(upstreams, row.upstreams);
    EXPECT_EQ(reading->losses, row.losses);
    EXPECT_EQ(reading->left_out, row.left_out);
  }
}

TEST(ReadGateways, OtherFilesAreNone) {
  const auto is_any = [](std::string_view text) {
    const ConfigNode root = *read_config_tree(text);
    return is_junctor_config(root) || is_agentgateway_config(root);
  };
  EXPECT_FALSE(is_any("a: 1"));
  EXPECT_FALSE(is_any("upstreams: {a: b}"));
  EXPECT_FALSE(is_any("mcp: {servers: {}}"));
  EXPECT_FALSE(is_any("[a]"));
}

}  // namespace
}  // namespace junctor::app
