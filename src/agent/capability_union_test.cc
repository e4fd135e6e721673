// Goal: clients of the gateway are told of every capability that some upstream has, and of none
// that no upstream has.
// Method: a table of what upstreams declare, each row with the text that must come out.

#include "agent/capability_union.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/json_scan.h"

namespace junctor::agent {
namespace {

struct Case {
  std::string_view name;
  std::vector<std::string_view> upstreams;
  std::string_view expected;
};

const Case kCases[] = {
    {"no_upstream", {}, "{}"},
    {"nothing", {"{}", "{}"}, "{}"},
    {"one_without_adds_nothing", {R"({"logging":{}})", "{}"}, R"({"logging":{}})"},
    {"list_changed_is_the_gateways", {R"({"tools":{}})"}, R"({"tools":{"listChanged":true}})"},
    {"list_changed_false_becomes_true",
     {R"({"prompts":{"listChanged":false}})"},
     R"({"prompts":{"listChanged":true}})"},
    {"list_changed_in_escapes",
     {R"({"tools":{"list\u0043hanged":false}})"},
     R"({"tools":{"listChanged":true}})"},
    {"each_list_when_one_has_it",
     {R"({"tools":{}})", R"({"prompts":{},"resources":{}})"},
     R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},)"
     R"("resources":{"listChanged":true}})"},
    {"subscribe_when_one_has_it",
     {R"({"resources":{"subscribe":false}})", R"({"resources":{"subscribe":true}})"},
     R"({"resources":{"listChanged":true,"subscribe":true}})"},
    {"subscribe_when_the_first_has_it",
     {R"({"resources":{"subscribe":true}})", R"({"resources":{"subscribe":false}})"},
     R"({"resources":{"listChanged":true,"subscribe":true}})"},
    {"subscribe_when_none_has_it",
     {R"({"resources":{"subscribe":false}})", R"({"resources":{"subscribe":"true"}})"},
     R"({"resources":{"listChanged":true}})"},
    {"subscribe_of_another_list_is_a_member_like_any",
     {R"({"tools":{"subscribe":false}})"},
     R"({"tools":{"listChanged":true,"subscribe":false}})"},
    {"unknown_members_of_a_list",
     {R"({"tools":{"x":1,"y":[2.0]}})", R"({"tools":{"y":3,"z":{}}})"},
     R"({"tools":{"listChanged":true,"x":1,"y":[2.0],"z":{}}})"},
    {"list_that_is_no_object", {R"({"tools":null,"prompts":true,"resources":[]})"}, "{}"},
    {"logging_and_completions",
     {R"({"completions":{}})", R"({"logging":{},"completions":{"x":1}})"},
     R"({"completions":{},"logging":{}})"},
    {"logging_that_is_none",
     {R"({"logging":null,"completions":false})", R"({"logging":{"x":1}})"},
     R"({"logging":{"x":1}})"},
    {"unknown_of_the_first",
     {R"({"custom":[1, 2]})", R"({"custom":3,"other":null,"more":false})"},
     R"({"custom":[1, 2],"more":false})"},
    {"extensions_by_key",
     {R"({"extensions":{"a/x":{"v":1},"a/y":{}}})", R"({"extensions":{"a/y":{"v":2},"a/z":{}}})"},
     R"({"extensions":{"a/x":{"v":1},"a/y":{},"a/z":{}}})"},
    {"experimental_and_tasks_by_key",
     {R"({"experimental":{"e":1},"tasks":{"list":{}}})",
      R"({"tasks":{"list":{"x":1},"cancel":{}},"experimental":{"f":2}})"},
     R"({"experimental":{"e":1,"f":2},"tasks":{"list":{},"cancel":{}}})"},
    {"extensions_that_are_none", {R"({"extensions":[]})", R"({"extensions":null})"}, "{}"},
    {"empty_extensions_are_some", {R"({"extensions":{}})"}, R"({"extensions":{}})"},
    {"keys_in_escapes_are_one",
     {R"({"exten\u0073ions":{"\u0061":1}})", R"({"extensions":{"a":2}})"},
     R"({"extensions":{"a":1}})"},
    {"key_that_needs_escapes", {R"({"a\"\n":1})"}, R"({"a\"\n":1})"},
    {"repeated_keys_of_one", {R"({"a":1,"a":2})"}, R"({"a":1})"},
    {"no_json", {"", "{", "nonsense", R"({"a":1})"}, R"({"a":1})"},
    {"no_object", {"[]", "null", "\"tools\"", R"([{"tools":{}}])"}, "{}"},
    {"blanks_around", {" { \"a\" : 1 } "}, R"({"a":1})"},
};

TEST(UnionOfCapabilities, HasWhatOneUpstreamHas) {
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.name);
    const std::string text = union_of_capabilities(one.upstreams);
    EXPECT_EQ(text, one.expected);
    EXPECT_TRUE(wire::scan_json(text));
  }
}

TEST(UnionOfCapabilities, LeavesOutATextOverTheLimit) {
  const auto padded = [](std::size_t bytes) {
    std::string text = R"({"a":1})";
    return text.insert(1, bytes - text.size(), ' ');
  };
  const std::string fits = padded(kCapabilitiesBytesMax);
  const std::string over = padded(kCapabilitiesBytesMax + 1);
  EXPECT_EQ(union_of_capabilities(std::vector<std::string_view>{fits}), R"({"a":1})");
  EXPECT_EQ(union_of_capabilities(std::vector<std::string_view>{over, R"({"b":2})"}), R"({"b":2})");
}

TEST(UnionOfCapabilities, IsItsOwnUnion) {
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.name);
    const std::string once = union_of_capabilities(one.upstreams);
    EXPECT_EQ(union_of_capabilities(std::vector<std::string_view>{once, once}), once);
  }
}

}  // namespace
}  // namespace junctor::agent
