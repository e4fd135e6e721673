// Goal: what is written reads back as it was meant. Method: every scalar through our own reader of
// YAML, as a value, as a key and in brackets, and whole upstreams through the parser.

#include "app/commands/import_yaml.h"

#include <gtest/gtest.h>

#include "app/config_node.h"
#include "base/text.h"

namespace junctor::app {
namespace {

const std::string_view kPlain[] = {
    "a",       "npx", "-y", "--verbose", "server.js", "/usr/bin/x",
    "a-b_c.d", "30s", "5m", "v1.2.3",    "_x",        "https://a.example:8443/mcp",
};
const std::string_view kQuoted[] = {
    "",
    " ",
    "a b",
    "a: b",
    "a #b",
    "#a",
    "-",
    "--",
    "---",
    "- a",
    "?",
    ":",
    "a:",
    "{a}",
    "[a]",
    "a,b",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a/b",
    "`a`",
    "'a'",
    "\"a\"",
    "\\",
    "a\\nb",
    "a\nb",
    "a\r\nb",
    "\ta",
    "a ",
    "\x01",
    "\x1b[0m",
    "\x7f",
    "~",
    "null",
    "Null",
    "true",
    "False",
    "yes",
    "NO",
    "on",
    "Off",
    "y",
    "1",
    "-1",
    "+1",
    "1.5",
    ".5",
    "1e5",
    "0x1f",
    "0o7",
    "2026-11-29",
    "12:30",
    "1_000",
    "./a",
    "...",
    "=",
    "<<",
    "ü",
    "a\u00A0b",
    "\u0085",
    "\u2028",
    "\u2029",
    "\uFEFF",
    "😀",
    "${env:A}",
    "$${a}",
    "http://a/#b",
    "https://a/ b",
    "http:",
    "https://a.example/?x=1",
    "https://a.example/%20",
};

// The reader makes text of it, and the same text, wherever it stands.
void expect_read_back(std::string_view text) {
  SCOPED_TRACE(safe_for_log(text));
  const std::string scalar = yaml_scalar(text);
  EXPECT_EQ(scalar.find('\n'), std::string::npos);
  const auto root =
      read_config_tree("a: " + scalar + "\nb: [x, " + scalar + ", y]\nc:\n  " + scalar + ": z\n");
  ASSERT_TRUE(root.has_value()) << scalar << " " << root.error().front().sentence;
  const ConfigNode& value = root->find("a")->value;
  EXPECT_EQ(value.kind, ConfigNode::Kind::text) << scalar;
  EXPECT_EQ(value.text, text);
  const ConfigNode& list = root->find("b")->value;
  ASSERT_EQ(list.items.size(), 3U) << scalar;
  EXPECT_EQ(list.items[1].text, text);
  EXPECT_EQ(list.items[1].kind, ConfigNode::Kind::text);
  EXPECT_EQ(root->find("c")->value.members.at(0).key, text);
}

TEST(YamlScalar, PlainWordsAreReadBack) {
  for (const std::string_view text : kPlain) {
    EXPECT_EQ(yaml_scalar(text), text);
    expect_read_back(text);
  }
}

TEST(YamlScalar, WhatCouldBeTakenForSomethingElseIsQuoted) {
  for (const std::string_view text : kQuoted) {
    EXPECT_TRUE(yaml_scalar(text).starts_with('"')) << text;
    expect_read_back(text);
  }
}

// Each ASCII character but the zero byte, alone, in front, behind and between.
TEST(YamlScalar, EveryCharacterIsReadBack) {
  for (int code = 1; code < 0x80; ++code) {
    const char c = static_cast<char>(code);
    expect_read_back(std::string{c});
    expect_read_back(std::string{c} + "a");
    expect_read_back(std::string{"a"} + c);
    expect_read_back(std::string{"a"} + c + "b");
  }
}

PlannedUpstream full_upstream() {
  const auto value = [](std::string_view text) {
    return read_import_value(text, VariableSyntax::braces);
  };
  PlannedUpstream upstream{.name = "a", .server = {}};
  upstream.server.command = {value("npx"), value("a b")};
  upstream.server.env = {{"X", value("${Y}")}, {"Z", value("")}};
  upstream.server.cwd = value("/srv");
  upstream.server.settings = {{"timeout", "30s"}, {"connections_max", "5"}, {"tls.ca_file", "c"}};
  return upstream;
}

TEST(UpstreamYaml, HasAllThatAServerHas) {
  EXPECT_EQ(upstream_yaml(full_upstream(), 2),
            "  - name: a\n"
            "    command: [npx, \"a b\"]\n"
            "    env:\n"
            "      X: \"${env:Y}\"\n"
            "      Z: \"\"\n"
            "    cwd: /srv\n"
            "    timeout: 30s\n"
            "    connections_max: 5\n"
            "    tls:\n"
            "      ca_file: c\n");
}

TEST(StandaloneYaml, HasOneRouteToAll) {
  PlannedUpstream other{.name = "true", .server = {}};
  other.server.url = read_import_value("http://b/", VariableSyntax::none);
  const std::vector<PlannedUpstream> added{full_upstream(), other};
  const std::string text = standalone_yaml(added);
  EXPECT_TRUE(
      text.ends_with("  - name: \"true\"\n    url: http://b/\n"
                     "routes:\n  - path: /mcp\n    upstreams: [a, \"true\"]\n"))
      << text;
  EXPECT_TRUE(read_config_tree(text).has_value());
}

}  // namespace
}  // namespace junctor::app
