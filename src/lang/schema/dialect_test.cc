// Goal: a keyword means what its dialect says, and nothing where the dialect does not have it.
// Method: tables of schemas and values, each with its verdict in all five dialects, by both
// evaluators.

#include "lang/schema/dialect.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/validate.h"

namespace junctor::lang::schema {
namespace {

constexpr Dialect kDialects[] = {Dialect::draft4, Dialect::draft6, Dialect::draft7,
                                 Dialect::draft2019_09, Dialect::draft2020_12};

// '+' valid, '-' invalid, '!' no schema of the dialect; from draft-04 to 2020-12.
struct Case {
  const char* name = "";
  const char* schema = "";
  const char* instance = "";
  const char* verdicts = "";
};

std::string verdicts_of(const Case& c) {
  std::string verdicts;
  for (const Dialect dialect : kDialects) {
    const auto schema = Schema::compile(c.schema, {.dialect = dialect});
    JsonTree tree;
    Scratch scratch;
    if (!schema || !tree.fill(c.instance)) {
      verdicts += '!';
      continue;
    }
    const Verdict verdict = validate(**schema, tree.root(), scratch);
    EXPECT_EQ(describe(**schema, tree.root(), OutputFormat::basic).verdict, verdict) << c.name;
    verdicts += verdict == Verdict::valid ? '+' : '-';
  }
  return verdicts;
}

void expect_all(std::span<const Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(verdicts_of(c), c.verdicts) << c.name;
}

TEST(Dialect, KnowsItselfByItsUri) {
  for (const Dialect dialect : kDialects)
    EXPECT_EQ(dialect_of(dialect_uri(dialect)), dialect) << dialect_uri(dialect);
  EXPECT_FALSE(dialect_of("http://json-schema.org/draft-03/schema"));
  EXPECT_FALSE(dialect_of(""));
}

TEST(Dialect, EachKeywordIsFoundInItsOwn) {
  const Rules oldest{.dialect = Dialect::draft4};
  const Rules newest{.dialect = Dialect::draft2020_12};
  EXPECT_EQ(find_keyword("id", oldest)->keyword, find_keyword("$id", newest)->keyword);
  EXPECT_EQ(find_keyword("$id", oldest), nullptr);
  EXPECT_EQ(find_keyword("additionalItems", newest), nullptr);
  EXPECT_NE(find_keyword("prefixItems", newest), nullptr);
  EXPECT_EQ(find_keyword("", newest), nullptr);
  EXPECT_EQ(find_keyword("typ", newest), nullptr);
  EXPECT_EQ(find_keyword("types", newest), nullptr);
}

TEST(Dialect, KeywordsThatCameLater) {
  constexpr Case kCases[] = {
      {"const", R"({"const":1})", "2", "+----"},
      {"contains", R"({"contains":{"type":"null"}})", "[1]", "+----"},
      {"minContains", R"({"contains":{"type":"null"},"minContains":0})", "[1]", "+--++"},
      {"propertyNames", R"({"propertyNames":{"maxLength":1}})", R"({"ab":1})", "+----"},
      {"if", R"({"if":true,"then":{"type":"null"}})", "1", "++---"},
      {"exclusiveMinimum", R"({"exclusiveMinimum":1})", "1", "!----"},
      {"exclusiveMaximum", R"({"exclusiveMaximum":1})", "1", "!----"},
      {"dependentRequired", R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", "+++--"},
      {"dependentSchemas", R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"a":1})",
       "+++--"},
      {"unevaluatedProperties", R"({"unevaluatedProperties":false})", R"({"a":1})", "+++--"},
      {"unevaluatedItems", R"({"unevaluatedItems":false})", "[1]", "+++--"},
      {"prefixItems", R"({"prefixItems":[{"type":"null"}]})", "[1]", "++++-"},
      {"anchor", R"({"$ref":"#a","$defs":{"x":{"$anchor":"a","type":"null"}}})", "1", "!!!--"},
      {"true_and_false", R"({"properties":{"a":false}})", R"({"a":1})", "-----"},
  };
  expect_all(kCases);
}

TEST(Dialect, KeywordsThatWentAway) {
  constexpr Case kCases[] = {
      {"exclusive_flag", R"({"minimum":1,"exclusiveMinimum":true})", "1", "-!!!!"},
      {"exclusive_flag_off", R"({"maximum":1,"exclusiveMaximum":false})", "1", "+!!!!"},
      {"items_of_each_place", R"({"items":[{"type":"null"}]})", "[1]", "----!"},
      {"additionalItems", R"({"items":[{}],"additionalItems":false})", "[1,2]", "----!"},
      {"additionalItems_alone", R"({"additionalItems":false})", "[1]", "+++++"},
      {"dependencies_of_names", R"({"dependencies":{"a":["b"]}})", R"({"a":1})", "-----"},
      {"dependencies_of_schemas", R"({"dependencies":{"a":{"required":["b"]}}})", R"({"a":1})",
       "-----"},
  };
  expect_all(kCases);
}

TEST(Dialect, WhatTheSameWordsMean) {
  constexpr Case kCases[] = {
      {"integer_with_a_point", R"({"type":"integer"})", "1.0", "-++++"},
      {"integer_with_an_exponent", R"({"type":"integer"})", "1e2", "-++++"},
      {"number", R"({"type":"number"})", "1.0", "+++++"},
      {"beside_a_reference", R"({"$ref":"#/definitions/a","maximum":1,"definitions":{"a":{}}})",
       "2", "+++--"},
      {"reference_below",
       R"({"properties":{"a":{"$ref":"#/definitions/n"}},)"
       R"("definitions":{"n":{"type":"null"}}})",
       R"({"a":1})", "-----"},
      {"contains_is_evaluated", R"({"contains":{"type":"null"},"unevaluatedItems":false})",
       "[null]", "+++-+"},
      {"format_is_a_note", R"({"format":"ipv4"})", R"("x")", "+++++"},
      {"unknown_words", R"({"minimun":5,"x-note":[]})", "1", "+++++"},
  };
  expect_all(kCases);
}

TEST(Dialect, OneThatASchemaNamesCountsForMore) {
  for (const Dialect usual : kDialects) {
    const auto schema =
        Schema::compile(R"({"$schema":"http://json-schema.org/draft-04/schema#","type":"integer"})",
                        {.dialect = usual});
    ASSERT_TRUE(schema);
    JsonTree tree;
    Scratch scratch;
    ASSERT_TRUE(tree.fill("1.0"));
    EXPECT_EQ(validate(**schema, tree.root(), scratch), Verdict::invalid);
  }
}

}  // namespace
}  // namespace junctor::lang::schema
