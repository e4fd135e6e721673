// Goal: a registry's description becomes the command or the url that a client would use. Method:
// descriptions in the newer and the older spelling, and the upstream each comes to.

#include "app/commands/import_registry.h"

#include <gtest/gtest.h>

#include "app/commands/import_reader.h"
#include "app/commands/import_yaml.h"

namespace junctor::app {
namespace {

struct Described {
  std::string_view name;
  std::string_view text;
  std::string_view upstream;
  std::vector<std::string> losses = {};
  std::vector<std::string> left_out = {};
};

const Described kDescribed[] = {
    {"npm",
     R"({"name": "io.github.me/weather", "version": "1.0.2", "packages": [
          {"registryType": "npm", "identifier": "@me/weather", "version": "1.0.2",
           "transport": {"type": "stdio"},
           "environmentVariables": [
             {"name": "WEATHER_KEY", "isRequired": true, "isSecret": true},
             {"name": "UNITS", "default": "metric"}, {"name": "DEBUG"}]}]})",
     "- name: weather\n  command: [npx, -y, \"@me/weather@1.0.2\"]\n  env:\n"
     "    WEATHER_KEY: \"${env:WEATHER_KEY}\"\n    UNITS: metric\n"},
    {"pypi",
     R"({"name": "a/b", "packages": [{"registryType": "pypi", "identifier": "b-mcp",
          "version": "2.1", "packageArguments": [
            {"type": "named", "name": "--root", "value": "{dir}/x",
             "variables": {"dir": {"isRequired": true}}},
            {"type": "positional", "value": "serve"},
            {"type": "positional", "valueHint": "city", "isRequired": true},
            {"type": "named", "name": "--verbose"}]}]})",
     "- name: b\n  command: [uvx, \"b-mcp==2.1\", --root, \"${env:DIR}/x\", serve, "
     "\"${env:CITY}\"]\n",
     {"field --verbose of server b (f): an optional argument without a value"}},
    {"oci",
     R"({"name": "a/b", "packages": [{"registryType": "oci", "identifier": "ghcr.io/a/b:1.0",
          "runtimeArguments": [{"type": "named", "name": "--network", "value": "host"}],
          "environmentVariables": [{"name": "B_TOKEN", "isSecret": true}]}]})",
     "- name: b\n  command: [docker, run, -i, --rm, -e, B_TOKEN, --network, host, "
     "\"ghcr.io/a/b:1.0\"]\n  env:\n    B_TOKEN: \"${env:B_TOKEN}\"\n"},
    {"nuget", R"({"name": "a/b", "packages": [{"registryType": "nuget", "identifier": "B.Mcp",
                  "version": "0.1.0"}]})",
     "- name: b\n  command: [dnx, \"B.Mcp@0.1.0\", --yes]\n"},
    {"runtime_hint",
     R"({"name": "a/b", "packages": [{"registryType": "npm", "identifier": "b", "runtimeHint":
         "bunx", "runtimeArguments": [{"type": "positional", "value": "--bun"}]}]})",
     "- name: b\n  command: [bunx, --bun, b]\n"},
    {"older_spelling",
     R"({"name": "b", "packages": [{"registry_type": "npm", "identifier": "b", "version": "1.0.0",
          "package_arguments": [{"type": "named", "name": "--key", "is_secret": true}],
          "environment_variables": [{"name": "B_KEY", "is_required": true}]}]})",
     "- name: b\n  command: [npx, -y, \"b@1.0.0\", --key, \"${env:KEY}\"]\n  env:\n"
     "    B_KEY: \"${env:B_KEY}\"\n"},
    {"remote",
     R"({"name": "a/b", "remotes": [{"type": "sse", "url": "https://b.example/sse"},
          {"type": "streamable-http", "url": "https://{tenant}.b.example/mcp",
           "variables": {"tenant": {"default": "eu"}},
           "headers": [{"name": "X-Api-Key", "isSecret": true, "isRequired": true},
                       {"name": "Authorization", "value": "Bearer {token}",
                        "variables": {"token": {"isSecret": true}}},
                       {"name": "X-Region"}]}]})",
     "- name: b\n  url: https://eu.b.example/mcp\n  headers:\n"
     "    X-Api-Key: \"${env:X_API_KEY}\"\n    Authorization: \"Bearer ${env:TOKEN}\"\n",
     {"field packages and remotes of server b (f): 2 ways to reach it, of which the first that "
      "works is taken",
      "field headers.X-Region of server b (f): an optional header without a value"}},
    {"in_an_envelope", R"({"server": {"name": "a/b", "remotes": [{"type": "streamable-http",
                           "url": "https://b.example/"}]}, "_meta": {}})",
     "- name: b\n  url: https://b.example/\n"},
    {"sse_alone",
     R"({"name": "a/b", "remotes": [{"type": "sse", "url": "https://b/"}]})",
     "",
     {},
     {"server b (f) is left out: it is reached over HTTP+SSE, which is not supported yet"}},
    {"no_runner",
     R"({"name": "a/b", "packages": [{"registryType": "mcpb", "identifier": "https://b/"},
          {"registryType": "npm", "identifier": "b", "transport": {"type": "sse"}}]})",
     "",
     {"field packages and remotes of server b (f): 2 ways to reach it, of which the first that "
      "works is taken"},
     {"server b (f) is left out: no package of it starts over stdio from npm, pypi, nuget or oci"}},
    {"braces_that_are_no_variable",
     R"({"name": "a/b", "packages": [{"registryType": "npm", "identifier": "b",
          "packageArguments": [{"type": "positional", "value": "{x}{",
                                "variables": {"y": {}}}]}]})",
     "- name: b\n  command: [npx, -y, b, \"{x}{\"]\n"},
    {"a_list",
     R"({"servers": [{"server": {"name": "a/b", "packages": [{"registryType": "npm",
          "identifier": "b"}]}}, {"other": 1}], "metadata": {}})",
     "- name: b\n  command: [npx, -y, b]\n"},
};

TEST(ReadRegistry, DescriptionsBecomeUpstreams) {
  for (const Described& row : kDescribed) {
    SCOPED_TRACE(row.name);
    const auto reading = read_import(row.text, "f");
    ASSERT_TRUE(reading.has_value()) << reading.error();
    EXPECT_EQ(reading->kind, "MCP registry");
    std::string upstreams;
    for (const ImportedServer& server : reading->servers) {
      upstreams += upstream_yaml({.name = server.name, .server = server}, 0);
    }
    EXPECT_EQ(upstreams, row.upstream);
    EXPECT_EQ(reading->losses, row.losses);
    EXPECT_EQ(reading->left_out, row.left_out);
  }
}

// A key that is put together of two harmless halves is one all the same.
TEST(ReadRegistry, AFilledTemplateIsSearchedForSecrets) {
  const auto reading = read_import(
      R"({"name": "a/b", "packages": [{"registryType": "npm", "identifier": "b",
           "packageArguments": [{"type": "positional", "value": "ghp_{x}",
             "variables": {"x": {"default": "a1b2c3d4e5f6g7h8i9j0"}}}]}]})",
      "f");
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(config_text(reading->servers.at(0).command.at(3), "b"), "${env:B_SECRET}");
}

// A small description must not become a huge text.
TEST(ReadRegistry, ATemplateIsFilledUpToALimit) {
  std::string value;
  for (int i = 0; i < 10'000; ++i) value += "{x}";
  const std::string text =
      R"({"name": "a/b", "remotes": [{"type": "streamable-http", "url": "http://)" + value +
      R"(", "variables": {"x": {"default": ")" + std::string(5'000, 'a') + R"("}}}]})";
  const auto reading = read_import(text, "f");
  ASSERT_TRUE(reading.has_value());
  EXPECT_EQ(reading->left_out,
            (std::vector<std::string>{"server b (f) is left out: a text of more than 8192 bytes"}));
}

TEST(IsRegistryServer, ANameAndWaysToReachIt) {
  const auto is_one = [](std::string_view text) {
    return is_registry_server(*read_config_tree(text));
  };
  EXPECT_TRUE(is_one(R"({"name": "a", "packages": []})"));
  EXPECT_TRUE(is_one(R"({"name": "a", "remotes": []})"));
  EXPECT_FALSE(is_one(R"({"name": "a"})"));
  EXPECT_FALSE(is_one(R"({"packages": []})"));
  EXPECT_FALSE(is_one(R"({"name": "a", "packages": {}})"));
}

}  // namespace
}  // namespace junctor::app
