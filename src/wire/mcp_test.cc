// Goal: the tables say what the revisions of the specification say.
// Method: questions with known answers, and properties that hold over whole tables.

#include "wire/mcp.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "wire/json_text.h"

namespace junctor::wire {
namespace {

TEST(Versions, AreFoundByTheirNames) {
  for (std::size_t i = 0; i < kProtocolVersionCount; ++i) {
    const VersionFacts& facts = version_facts(static_cast<ProtocolVersion>(i));
    EXPECT_EQ(find_version(facts.name), &facts);
    const std::string raw = '"' + std::string{facts.name} + '"';
    EXPECT_EQ(find_version(JsonValue{.raw = raw, .kind = JsonKind::string}), &facts);
  }
  EXPECT_EQ(find_version("2025-11-26"), nullptr);
  EXPECT_EQ(find_version(""), nullptr);
  EXPECT_EQ(find_version(JsonValue{.raw = "20251125", .kind = JsonKind::number}), nullptr);
  EXPECT_EQ(find_version(JsonValue{}), nullptr);
}

TEST(Versions, DifferAsTheRevisionsDo) {
  using enum ProtocolVersion;
  EXPECT_TRUE(version_facts(v2025_03_26).batches);
  EXPECT_FALSE(version_facts(v2025_06_18).batches);
  EXPECT_TRUE(version_facts(v2025_06_18).null_id_when_unknown);
  EXPECT_FALSE(version_facts(v2025_11_25).null_id_when_unknown);
  EXPECT_TRUE(version_facts(v2025_11_25).priming_event);
  EXPECT_FALSE(version_facts(v2025_06_18).priming_event);
  EXPECT_FALSE(version_facts(v2024_11_05).streamable_http);
  EXPECT_TRUE(version_facts(v2026_07_28).result_type);
  EXPECT_EQ(version_facts(kLatestModernVersion).era, Era::modern);
  EXPECT_EQ(version_facts(kLatestLegacyVersion).era, Era::legacy);
}

TEST(Versions, AreModernFromTheFirstModernDateOn) {
  EXPECT_TRUE(is_modern_version_name("2026-07-28"));
  EXPECT_TRUE(is_modern_version_name("2027-01-01"));
  EXPECT_FALSE(is_modern_version_name("2026-07-27"));
  EXPECT_FALSE(is_modern_version_name("2025-11-25"));
  EXPECT_FALSE(is_modern_version_name("9999"));
  EXPECT_FALSE(is_modern_version_name("2026-07-28 "));
  EXPECT_FALSE(is_modern_version_name("2026-07-28, 2026-07-28"));
  EXPECT_FALSE(is_modern_version_name(""));
}

//= mcp 2025-11-25 basic/lifecycle#version-negotiation:same MUST
TEST(Negotiation, AnswersTheSameVersionOrTheLatestLegacyOne) {
  using enum ProtocolVersion;
  EXPECT_EQ(negotiate_legacy_version("2024-11-05"), v2024_11_05);
  EXPECT_EQ(negotiate_legacy_version("2025-03-26"), v2025_03_26);
  EXPECT_EQ(negotiate_legacy_version("2025-06-18"), v2025_06_18);
  EXPECT_EQ(negotiate_legacy_version("2025-11-25"), v2025_11_25);
  EXPECT_EQ(negotiate_legacy_version("2026-07-28"), v2025_11_25);
  EXPECT_EQ(negotiate_legacy_version("1.0"), v2025_11_25);
  EXPECT_EQ(negotiate_legacy_version(""), v2025_11_25);
}

std::vector<std::string> names_in(std::string_view json) {
  std::vector<std::string> names;
  for (const JsonMember& element : JsonMembers{scan_json(json).root}) {
    names.push_back(unescape_json_string(element.value.raw));
  }
  return names;
}

TEST(VersionLists, AreThoseOfTheTableLatestFirst) {
  std::vector<std::string> modern;
  std::vector<std::string> legacy;
  for (std::size_t i = kProtocolVersionCount; i-- > 0;) {
    const VersionFacts& facts = version_facts(static_cast<ProtocolVersion>(i));
    (facts.era == Era::modern ? modern : legacy).emplace_back(facts.name);
  }
  EXPECT_EQ(names_in(kModernVersionsJson), modern);
  EXPECT_EQ(names_in(kLegacyVersionsJson), legacy);
  modern.insert(modern.end(), legacy.begin(), legacy.end());
  EXPECT_EQ(names_in(kAllVersionsJson), modern);
}

TEST(Methods, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const MethodFacts& facts : all_methods()) {
    EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
    EXPECT_EQ(find_method(facts.name), &facts);
    EXPECT_EQ(&method_facts(facts.method), &facts);
    const bool is_notification = facts.name.starts_with("notifications/");
    EXPECT_EQ(facts.form == MethodForm::notification, is_notification) << facts.name;
  }
  EXPECT_EQ(find_method("tools/Call"), nullptr);
  EXPECT_EQ(find_method("__proto__"), nullptr);
  EXPECT_EQ(find_method(""), nullptr);
  const JsonValue escaped{.raw = R"("tools\/call")", .kind = JsonKind::string};
  EXPECT_EQ(find_method(escaped), &method_facts(McpMethod::tools_call));
  EXPECT_EQ(find_method(JsonValue{.raw = R"("\/")", .kind = JsonKind::string}), nullptr);
  EXPECT_EQ(find_method(JsonValue{.raw = "1", .kind = JsonKind::number}), nullptr);
}

struct MethodCase {
  std::string_view name;
  bool legacy;  // A client may send it to a server, in the form it has.
  bool modern;
};

const MethodCase kMethodCases[] = {
    {"tools/call", true, true},
    {"tools/list", true, true},
    {"prompts/get", true, true},
    {"resources/read", true, true},
    {"completion/complete", true, true},
    {"initialize", true, false},
    {"ping", true, false},
    {"logging/setLevel", true, false},
    {"resources/subscribe", true, false},
    {"resources/unsubscribe", true, false},
    {"server/discover", false, true},
    {"subscriptions/listen", false, true},
    {"tasks/get", true, true},
    {"tasks/update", false, true},
    {"tasks/cancel", true, true},
    {"tasks/result", true, false},
    {"tasks/list", true, false},
    {"roots/list", false, false},
    {"sampling/createMessage", false, false},
    {"elicitation/create", false, false},
    {"notifications/initialized", true, false},
    {"notifications/cancelled", true, true},
    {"notifications/progress", true, false},
    {"notifications/message", false, false},
    {"notifications/roots/list_changed", true, false},
    {"notifications/tools/list_changed", false, false},
    {"notifications/tasks/status", true, false},
    {"notifications/tasks", false, false},
};

TEST(Methods, AreTheClientsAsTheErasHaveIt) {
  for (const MethodCase& row : kMethodCases) {
    const MethodFacts* const facts = find_method(row.name);
    ASSERT_NE(facts, nullptr) << row.name;
    EXPECT_EQ(is_client_method(*facts, Era::legacy, facts->form), row.legacy) << row.name;
    EXPECT_EQ(is_client_method(*facts, Era::modern, facts->form), row.modern) << row.name;
    const bool is_request = facts->form == MethodForm::request;
    const MethodForm other = is_request ? MethodForm::notification : MethodForm::request;
    EXPECT_FALSE(is_client_method(*facts, Era::legacy, other)) << row.name;
  }
}

TEST(Methods, HaveTheirModernTraits) {
  using enum McpMethod;
  const std::set<McpMethod> cacheable = {server_discover, tools_list,     prompts_list,
                                         resources_list,  resources_read, resources_templates_list};
  const std::set<McpMethod> may_need_input = {tools_call, prompts_get, resources_read};
  for (const MethodFacts& facts : all_methods()) {
    EXPECT_EQ(facts.cacheable, cacheable.contains(facts.method)) << facts.name;
    EXPECT_EQ(facts.may_need_input, may_need_input.contains(facts.method)) << facts.name;
  }
  EXPECT_EQ(method_facts(tools_call).name_param, NameParam::name);
  EXPECT_EQ(method_facts(prompts_get).name_param, NameParam::name);
  EXPECT_EQ(method_facts(resources_read).name_param, NameParam::uri);
  EXPECT_EQ(method_facts(tasks_update).name_param, NameParam::task_id);
  EXPECT_EQ(method_facts(tools_list).name_param, NameParam::none);
}

TEST(MetaKeys, AreReservedByTheSecondLabelOfTheirPrefix) {
  for (const std::string_view key :
       {kMetaProtocolVersion, kMetaServerInfo, kMetaRelatedTask, std::string_view{"dev.mcp/x"},
        std::string_view{"com.mcp.tools/x"}, std::string_view{"org.modelcontextprotocol.api/x"}}) {
    EXPECT_TRUE(is_reserved_meta_key(key)) << key;
  }
  for (const std::string_view key : {"progressToken", "traceparent", "com.example.mcp/x", "mcp/x",
                                     "com.example/mcp", "com.mcpx/x", "", "/"}) {
    EXPECT_FALSE(is_reserved_meta_key(key)) << key;
  }
}

TEST(LogLevels, AreTheEightOfSyslog) {
  for (const std::string_view raw :
       {R"("debug")", R"("info")", R"("notice")", R"("warning")", R"("error")", R"("critical")",
        R"("alert")", R"("emergency")", R"("d\u0065bug")"}) {
    EXPECT_TRUE(is_log_level({.raw = raw, .kind = JsonKind::string})) << raw;
  }
  EXPECT_FALSE(is_log_level({.raw = R"("trace")", .kind = JsonKind::string}));
  EXPECT_FALSE(is_log_level({.raw = R"("Debug")", .kind = JsonKind::string}));
  EXPECT_FALSE(is_log_level({.raw = "7", .kind = JsonKind::number}));
}

}  // namespace
}  // namespace junctor::wire
