// Goal: what is there already is not added, under whatever name, and names are made to fit. Method:
// servers read from files as clients write them, planned against what a configuration has.

#include "app/commands/import_plan.h"

#include <gtest/gtest.h>

#include "app/commands/import_edit.h"
#include "app/commands/import_reader.h"
#include "app/commands/import_yaml.h"
#include "app/config.h"

namespace junctor::app {
namespace {

std::vector<ImportedServer> servers_of(const std::vector<std::string_view>& texts) {
  std::vector<ImportedServer> all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto reading = read_import(texts[i], std::string{"f"} + std::to_string(i));
    EXPECT_TRUE(reading.has_value()) << reading.error();
    for (ImportedServer& server : reading->servers) all.push_back(std::move(server));
  }
  return all;
}

ImportPlan plan_of(const std::vector<std::string_view>& texts, std::string_view existing = {}) {
  const auto known = read_existing(existing, "junctor.yaml");
  EXPECT_TRUE(known.has_value()) << known.error();
  return plan_import(servers_of(texts), *known);
}

std::vector<std::string> names_of(const ImportPlan& plan) {
  std::vector<std::string> names;
  for (const PlannedUpstream& upstream : plan.added) names.push_back(upstream.name);
  return names;
}

using Lines = std::vector<std::string>;

struct Named {
  std::string_view text;
  std::string_view name;
};
const Named kNames[] = {
    {"tickets", "tickets"},
    {"GitHub_2.x-y", "GitHub_2.x-y"},
    {"My Server", "my-server"},
    {"@upstash/context7", "upstash-context7"},
    {"github.com/a/b", "github.com-a-b"},
    {"  a  ", "a"},
    {"Größe", "gr-e"},
    {"", "server"},
    {"---", "---"},
    {"!!", "server"},
    {"ghp_a1b2c3d4e5f6g7h8i9j0", "server"},
    {"0123456789 abcdefghij 0123456789 abcdefghij 0123456789 abcdefghij 0123456789",
     "0123456789-abcdefghij-0123456789-abcdefghij-0123456789-abcdefghi"},
};

TEST(UpstreamName, IsMadeOfAnyText) {
  for (const Named& row : kNames) {
    SCOPED_TRACE(row.text);
    EXPECT_EQ(upstream_name_of(row.text), row.name);
    EXPECT_LE(upstream_name_of(row.text).size(), kUpstreamNameBytesMax);
  }
  EXPECT_EQ(upstream_name_of(std::string(100, 'a')).size(), kUpstreamNameBytesMax);
}

TEST(PlanImport, ANewNameIsSaid) {
  const ImportPlan plan = plan_of({R"({"mcpServers": {"My Server": {"command": "a"}}})"});
  EXPECT_EQ(names_of(plan), Lines{"my-server"});
  EXPECT_EQ(plan.notes, Lines{"server My Server (f0) is called my-server: names have letters, "
                              "digits and . _ -, and at most 64 bytes"});
}

TEST(PlanImport, ANameThatIsTakenGetsANumber) {
  const ImportPlan plan = plan_of(
      {R"({"mcpServers": {"a": {"command": "x"}}})", R"({"mcpServers": {"a": {"command": "y"}}})",
       R"({"mcpServers": {"a": {"command": "z"}}})"},
      "upstreams: [{name: a-3, url: 'http://a/'}]");
  EXPECT_EQ(names_of(plan), (Lines{"a", "a-2", "a-4"}));
  EXPECT_EQ(plan.notes, (Lines{"server a (f1) is called a-2, since a is another server",
                               "server a (f2) is called a-4, since a is another server"}));
}

TEST(PlanImport, ALongNameMakesRoomForItsNumber) {
  const std::string name(64, 'a');
  const std::string one = R"({"mcpServers": {")" + name + R"(": {"command": "x"}}})";
  const std::string other = R"({"mcpServers": {")" + name + R"(": {"command": "y"}}})";
  EXPECT_EQ(names_of(plan_of({one, other})), (Lines{name, std::string(62, 'a') + "-2"}));
}

TEST(PlanImport, TheSameServerIsNoticedUnderAnotherName) {
  const ImportPlan plan = plan_of({R"({"mcpServers": {"a": {"command": "x", "args": ["1"],
                                       "env": {"A": "1", "B": "2"}}}})",
                                   R"({"servers": {"b": {"command": ["x", "1"],
                                       "env": {"B": "2", "A": "1"}, "timeout": 5000}}})"});
  EXPECT_EQ(names_of(plan), Lines{"a"});
  EXPECT_EQ(plan.notes, Lines{"server b (f1) is there already, under the name a"});
}

TEST(PlanImport, WhatTheConfigurationHasIsNotAdded) {
  constexpr std::string_view kExisting =
      "upstreams:\n"
      "  - name: mine\n"
      "    url: https://a.example/mcp\n"
      "    headers: {X: \"${env:Y}\"}\n";
  const ImportPlan plan =
      plan_of({R"({"mcpServers": {"a": {"url": "https://a.example/mcp", "headers": {"X": "${Y}"}},
                          "b": {"url": "https://a.example/mcp"}}})"},
              kExisting);
  EXPECT_EQ(names_of(plan), Lines{"b"});
  EXPECT_EQ(plan.notes, Lines{"server a (f0) is there already, under the name mine"});
}

// Two accounts at one service are two servers, as long as both keys are known.
TEST(PlanImport, AnotherSecretIsAnotherServer) {
  const ImportPlan plan =
      plan_of({R"({"mcpServers": {"work": {"command": "x", "env": {"TOKEN": "one"}},
                                  "home": {"command": "x", "env": {"TOKEN": "two"}},
                                  "same": {"command": "x", "env": {"TOKEN": "two"}}}})"});
  EXPECT_EQ(names_of(plan), (Lines{"work", "home"}));
  EXPECT_EQ(plan.notes, Lines{"server same (f0) is there already, under the name home"});
  EXPECT_EQ(plan.variables, (Lines{"WORK_TOKEN: the secret in env TOKEN of server work (f0)",
                                   "HOME_TOKEN: the secret in env TOKEN of server home (f0)"}));
}

// A configuration has only the variable: the same name is the same server then, and it is said
// that the secret was not compared.
TEST(PlanImport, ASecretOfTheConfigurationIsNotCompared) {
  const std::string_view source =
      R"({"mcpServers": {"a": {"command": "x", "env": {"TOKEN": "1"}},
                         "b": {"command": "x", "env": {"TOKEN": "2"}}}})";
  const ImportPlan plan =
      plan_of({source}, "upstreams: [{name: a, command: [x], env: {TOKEN: '${env:A_TOKEN}'}}]");
  EXPECT_EQ(names_of(plan), Lines{"b"});
  EXPECT_EQ(plan.notes, Lines{"server a (f0) is there already as a; whether its secrets are the "
                              "same is not known"});
}

// The first of the two is known by its name, and the second by the secret of the first.
TEST(PlanImport, TheSameSecretUnderAnotherNameIsNoticedTheSecondTimeToo) {
  const std::string_view source =
      R"({"mcpServers": {"a": {"command": "x", "env": {"TOKEN": "1"}},
                         "b": {"command": "x", "env": {"TOKEN": "1"}}}})";
  const ImportPlan first = plan_of({source});
  EXPECT_EQ(names_of(first), Lines{"a"});
  const ImportPlan second = plan_of({source}, standalone_yaml(first.added));
  EXPECT_EQ(names_of(second), Lines{});
  EXPECT_EQ(second.notes.back(), "server b (f0) is there already, under the name a");
}

TEST(PlanImport, ASharedVariableWithTwoSecretsIsSaid) {
  const ImportPlan plan =
      plan_of({R"({"mcpServers": {"git": {"command": "x", "env": {"HUB_TOKEN": "1"}},
                                  "git-hub": {"command": "x", "env": {"TOKEN": "2"}}}})"});
  EXPECT_EQ(names_of(plan), (Lines{"git", "git-hub"}));
  EXPECT_EQ(plan.notes,
            Lines{"server git-hub (f0) would share the variable GIT_HUB_TOKEN with another server, "
                  "whose secret is another: rename one of them in the configuration"});
}

TEST(PlanImport, VariablesAreSaidOnceEach) {
  const ImportPlan plan = plan_of(
      {R"({"mcpServers": {"a": {"command": "${BIN}", "args": ["${BIN}", "${input:my-key}"]}}})"});
  EXPECT_EQ(plan.variables, (Lines{"BIN: of server a, written ${BIN} there",
                                   "MY_KEY: of server a, written ${input:my-key} there"}));
}

TEST(PlanImport, AConfigurationHasAMostOfUpstreams) {
  ExistingUpstreams existing;
  for (std::size_t i = 0; i + 1 < kUpstreamsMax; ++i) {
    existing.names.push_back("s" + std::to_string(i));
  }
  const ImportPlan plan = plan_import(
      servers_of({R"({"mcpServers": {"a": {"command": "a"}, "b": {"command": "b"}}})"}), existing);
  EXPECT_EQ(names_of(plan), Lines{"a"});
  EXPECT_EQ(plan.notes,
            Lines{"server b (f0) is left out: a configuration has at most 1000 upstreams"});
}

TEST(ReachedBy, IsTheCommandOrTheUrlWithoutASecret) {
  const ImportPlan plan =
      plan_of({R"({"mcpServers": {"a": {"command": "x", "args": ["--token", "abc"]},
                                  "b": {"url": "http://b/?api_key=abc"}}})"});
  EXPECT_EQ(reached_by(plan.added.at(0)), "x --token ${env:A_TOKEN}");
  EXPECT_EQ(reached_by(plan.added.at(1)), "http://b/?api_key=${env:B_API_KEY}");
}

}  // namespace
}  // namespace junctor::app
