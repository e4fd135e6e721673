// Goal: a JSON configuration gives the same tree as the YAML that means the same, with every node's
// place, within the same limits. Method: pairs of texts whose trees are compared; rows of places
// and problems.

#include "app/config_json.h"

#include <gtest/gtest.h>

#include "app/config_yaml.h"

namespace junctor::app {
namespace {

using Kind = ConfigNode::Kind;

// Everything but the places.
void expect_same(const ConfigNode& a, const ConfigNode& b) {
  EXPECT_EQ(a.kind, b.kind);
  if (a.is_scalar() && a.kind != Kind::null) EXPECT_EQ(a.text, b.text);
  ASSERT_EQ(a.items.size(), b.items.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) expect_same(a.items[i], b.items[i]);
  ASSERT_EQ(a.members.size(), b.members.size());
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    EXPECT_EQ(a.members[i].key, b.members[i].key);
    expect_same(a.members[i].value, b.members[i].value);
  }
}

struct Pair {
  std::string_view name;
  std::string_view json;
  std::string_view yaml;
};
const Pair kPairs[] = {
    {"empty", "{}", "{}"},
    {"scalars", R"({"a":null,"b":true,"c":false,"d":12,"e":-1.5e3,"f":"g"})",
     "a: ~\nb: true\nc: false\nd: 12\ne: -1.5e3\nf: g"},
    {"text_that_looks_otherwise", R"({"a":"12","b":"true","c":"null","d":""})",
     "a: '12'\nb: 'true'\nc: 'null'\nd: ''"},
    {"lists", R"({"a":[1,[],[{"b":2}]]})", "a: [1, [], [{b: 2}]]"},
    {"maps", R"({"a":{"b":{"c":"d"}}})", "a:\n  b:\n    c: d"},
    {"escapes_in_values", R"({"a":"\u0041\n\"\\\/"})", R"(a: "A\n\"\\/")"},
    {"escapes_in_keys", R"({"\u0061\tb":1})", R"("a\tb": 1)"},
    {"a_pair_of_surrogates", R"({"a":"\ud83d\ude00"})", "a: \U0001F600"},
    {"substitutions_stay", R"({"a":"${env:B}"})", "a: ${env:B}"},
};

TEST(ReadJson, GivesTheTreeOfTheSameYaml) {
  for (const Pair& row : kPairs) {
    SCOPED_TRACE(row.name);
    ProblemList problems;
    const ConfigNode json = read_json(row.json, problems);
    const ConfigNode yaml = read_yaml(row.yaml, problems);
    EXPECT_TRUE(problems.empty());
    expect_same(json, yaml);
  }
}

TEST(ReadJson, EveryNodeKnowsItsPlace) {
  ProblemList problems;
  const ConfigNode root = read_json("{\n  \"a\" : 1,\r\n  \"b\": [\n2, {\"c\": 3}]\n}", problems);
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.mark.line, 1U);
  EXPECT_EQ(root.mark.column, 1U);
  EXPECT_EQ(root.members[0].mark.column, 3U);
  EXPECT_EQ(root.members[0].value.mark.column, 9U);
  EXPECT_EQ(root.members[1].mark.line, 3U);
  const ConfigNode& list = root.members[1].value;
  EXPECT_EQ(list.items[0].mark.line, 4U);
  EXPECT_EQ(list.items[0].mark.column, 1U);
  EXPECT_EQ(list.items[1].members[0].mark.column, 5U);
  EXPECT_EQ(list.items[1].members[0].value.mark.column, 10U);
}

std::string problems_of(std::string_view text) {
  ProblemList problems;
  (void)read_json(text, problems);
  std::string all;
  for (const ConfigProblem& problem : std::move(problems).take()) {
    all += describe(problem, "f") + "\n";
  }
  return all;
}

struct Refused {
  std::string_view name;
  std::string_view text;
  std::string_view problem;
};
const Refused kRefused[] = {
    {"cut", "{\"a\":", "f:1:6: this is not JSON (syntax)\n"},
    {"on_the_second_line", "{\n\"a\" 1}", "f:2:5: this is not JSON (syntax)\n"},
    {"comma_at_the_end", "{\"a\":1,}", "f:1:8: this is not JSON (syntax)\n"},
    {"comment", "{// no\n}", "f:1:2: this is not JSON (syntax)\n"},
    {"single_quotes", "{'a':1}", "f:1:2: this is not JSON (syntax)\n"},
    {"leading_zero", "{\"a\":01}", "f:1:7: this is not JSON (number)\n"},
    {"not_utf8", "{\"a\":\"\xFF\"}", "f:1:7: this is not JSON (utf8)\n"},
    {"something_behind", "{}\n{}", "f:2:1: this is not JSON (trailing)\n"},
};

TEST(ReadJson, BrokenTextIsOneProblemAtItsPlace) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(problems_of(row.text), row.problem);
  }
}

TEST(ReadJson, DepthAndNodesAreBounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(problems_of(nested(kConfigDepthMax)), "");
  EXPECT_NE(problems_of(nested(kConfigDepthMax + 2)).find("too many or too deeply nested"),
            std::string::npos);
  std::string many = "[1";
  for (std::size_t i = 0; i < kConfigNodesMax; ++i) many += ",1";
  const std::string text = problems_of(many + "]");
  EXPECT_NE(text.find("too many or too deeply nested"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << "told once, not for each node";
}

}  // namespace
}  // namespace junctor::app
