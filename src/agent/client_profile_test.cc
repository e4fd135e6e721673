// Goal: capabilities that may change what a server offers are told apart, others are not, and what
// a profile says of itself is read back as the same profile. Method: a table of texts; every
// profile.

#include "agent/client_profile.h"

#include <gtest/gtest.h>

#include <set>

namespace junctor::agent {
namespace {

ClientProfile read(std::string_view text) {
  const wire::JsonKind kind = text.starts_with('{') ? wire::JsonKind::object : wire::JsonKind::null;
  return profile_of({text, kind});
}

struct Case {
  std::string_view name;
  std::string_view text;
  ClientProfile profile;
};

const Case kCases[] = {
    {"nothing", "{}", {}},
    {"no_object", "null", {}},
    {"roots", R"({"roots":{}})", {.roots = true}},
    {"roots_with_changes", R"({"roots":{"listChanged":true}})", {.roots = true}},
    {"roots_that_are_none", R"({"roots":null})", {}},
    {"roots_of_another_kind", R"({"roots":true})", {}},
    {"sampling", R"({"sampling":{}})", {.sampling = true}},
    {"sampling_with_tools",
     R"({"sampling":{"tools":{},"context":{}}})",
     {.sampling = true, .sampling_tools = true}},
    {"tools_without_sampling", R"({"tools":{}})", {}},
    {"elicitation_is_of_forms", R"({"elicitation":{}})", {.elicitation_form = true}},
    {"form", R"({"elicitation":{"form":{}}})", {.elicitation_form = true}},
    {"url_alone", R"({"elicitation":{"url":{}}})", {.elicitation_url = true}},
    {"form_and_url",
     R"({"elicitation":{"url":{},"form":{}}})",
     {.elicitation_form = true, .elicitation_url = true}},
    {"what_changes_nothing", R"({"experimental":{"roots":{}},"extensions":{},"x":{}})", {}},
    {"escaped_keys", R"({"r\u006fots":{}})", {.roots = true}},
};

TEST(ClientProfile, IsWhatMayChangeAnOffer) {
  for (const Case& each : kCases) EXPECT_EQ(read(each.text), each.profile) << each.name;
}

TEST(ClientProfile, SaysItselfSoThatItIsReadBack) {
  std::set<std::string> texts;
  for (unsigned bits = 0; bits < 32; ++bits) {
    const ClientProfile profile{.roots = (bits & 1U) != 0,
                                .sampling = (bits & 2U) != 0,
                                .sampling_tools = (bits & 4U) != 0,
                                .elicitation_form = (bits & 8U) != 0,
                                .elicitation_url = (bits & 16U) != 0};
    if (profile.sampling_tools && !profile.sampling) continue;  // No client can say that.
    const std::string text = capabilities_of(profile);
    EXPECT_EQ(read(text), profile) << text;
    texts.insert(text);
  }
  EXPECT_EQ(texts.size(), 24U);
}

}  // namespace
}  // namespace junctor::agent
