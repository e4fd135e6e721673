// Goal: what is told about a value names its places and says in a sentence what was expected.
// Method: tables of schemas and values with the whole output; the official suite has more.

#include "lang/schema/output.h"

#include <gtest/gtest.h>

#include <string>

#include "lang/json_tree.h"

namespace junctor::lang::schema {
namespace {

Output output_of(std::string_view text, std::string_view instance, OutputFormat format,
                 FormatUse formats = FormatUse::annotate) {
  const auto schema = Schema::compile(text, {.formats = formats});
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().detail());
  JsonTree tree;
  EXPECT_TRUE(tree.fill(instance));
  return schema ? describe(**schema, tree.root(), format) : Output{};
}

TEST(Output, EachFailureHasItsSentence) {
  struct Case {
    const char* schema = "";
    const char* instance = "";
    const char* sentence = "";
  };
  constexpr Case kCases[] = {
      {R"({"type":"string"})", "5", "the value: must be a string, but is 5"},
      {R"({"type":["integer","null"]})", "[1]",
       "the value: must be a whole number or null, but is [1]"},
      {R"({"properties":{"a":{"items":{"minimum":3}}}})", R"({"a":[4,2]})",
       "/a/1: must be at least 3, but is 2"},
      {R"({"exclusiveMaximum":3})", "3", "the value: must be less than 3, but is 3"},
      {R"({"multipleOf":0.5})", "1.3", "the value: must be a multiple of 0.5, but is 1.3"},
      {R"({"const":{"a":1}})", "1", "the value: must be {\"a\":1}, but is 1"},
      {R"({"enum":["a","b",3]})", "\"c\"", "the value: must be \"a\", \"b\" or 3, but is \"c\""},
      {R"({"minLength":1})", "\"\"", "the value: must have at least 1 character, but has 0"},
      {R"({"maxLength":2})", "\"abc\"", "the value: must have at most 2 characters, but has 3"},
      {R"({"pattern":"^a"})", "\"b\"", "the value: must match the pattern \"^a\", but is \"b\""},
      {R"({"maxItems":1})", "[1,2]", "the value: must have at most 1 element, but has 2"},
      {R"({"minProperties":1})", "{}", "the value: must have at least 1 member, but has 0"},
      {R"({"uniqueItems":true})", "[1,1]", "the value: must not have equal elements"},
      {R"({"contains":{"type":"null"}})", "[1]",
       "the value: must have at least 1 that \"contains\" describes, but has 0"},
      {R"({"required":["a","b"]})", "{}", "the value: must have the member \"a\" and \"b\""},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})",
       "the value: must have the member \"b\", because it has \"a\""},
      {R"({"additionalProperties":false})", R"({"x~y":1})", "/x~0y: is not allowed"},
      {R"({"anyOf":[{"type":"null"},{"type":"string"}]})", "1",
       "the value: must match at least one of 2 schemas, but matches none"},
      {R"({"oneOf":[{},{}]})", "1",
       "the value: must match exactly one of 2 schemas, but matches several"},
      {R"({"not":{}})", "1", "the value: must not match the schema of \"not\""},
      {R"({"format":"date"})", "\"x\"",
       "the value: must be a date such as 2024-02-29, but is \"x\""},
      {R"({"type":"null"})", "null", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.schema);
    const Output output = output_of(c.schema, c.instance, OutputFormat::flag, FormatUse::check);
    EXPECT_EQ(output.sentence, c.sentence);
    EXPECT_EQ(output.json, *c.sentence == '\0' ? R"({"valid":true})" : R"({"valid":false})");
  }
}

TEST(Output, BasicIsAFlatListWithPlaces) {
  const Output output = output_of(
      R"({"$id":"http://a/b","properties":{"x":{"$ref":"#/$defs/n"}},"$defs":{"n":{"type":)"
      R"("number","maximum":3}}})",
      R"({"x":4})", OutputFormat::basic);
  EXPECT_EQ(output.verdict, Verdict::invalid);
  EXPECT_EQ(output.json,
            R"({"valid":false,"keywordLocation":"","instanceLocation":"","errors":[)"
            R"({"valid":false,"keywordLocation":"/properties/x/$ref/maximum",)"
            R"("absoluteKeywordLocation":"http://a/b#/$defs/n/maximum","instanceLocation":"/x",)"
            R"("error":"must be at most 3, but is 4"}]})");
}

TEST(Output, AnnotationsOfWhatHolds) {
  const Output output = output_of(
      R"({"title":"T","properties":{"a":{"default":[1, 2]}},"anyOf":[{"description":"no",)"
      R"("type":"null"},{"x-mine":"yes"}]})",
      R"({"a":1})", OutputFormat::basic);
  EXPECT_EQ(
      output.json,
      R"({"valid":true,"keywordLocation":"","instanceLocation":"","annotations":[)"
      R"({"valid":true,"keywordLocation":"/title","instanceLocation":"","annotation":"T"},)"
      R"({"valid":true,"keywordLocation":"/properties","instanceLocation":"","annotation":["a"]},)"
      R"({"valid":true,"keywordLocation":"/properties/a/default","instanceLocation":"/a",)"
      R"("annotation":[1, 2]},)"
      R"({"valid":true,"keywordLocation":"/anyOf/1/x-mine","instanceLocation":"","annotation":)"
      R"("yes"}]})");
}

TEST(Output, DetailedKeepsTheTreeAndDropsWhatSaysNothing) {
  const Output output = output_of(
      R"({"anyOf":[{"allOf":[{"type":"null"}]},{"if":true,"else":true,"then":{"minimum":9}}]})",
      "5", OutputFormat::detailed);
  EXPECT_EQ(output.json,
            R"({"valid":false,"keywordLocation":"","instanceLocation":"","errors":[)"
            R"({"valid":false,"keywordLocation":"/anyOf","instanceLocation":"",)"
            R"("error":"must match at least one of 2 schemas, but matches none","errors":[)"
            R"({"valid":false,"keywordLocation":"/anyOf/0/allOf/0/type","instanceLocation":"",)"
            R"("error":"must be null, but is 5"},)"
            R"({"valid":false,"keywordLocation":"/anyOf/1/then/minimum","instanceLocation":"",)"
            R"("error":"must be at least 9, but is 5"}]}]})");
}

// What a condition or a "not" said and nobody is told must not use up the room for reasons.
TEST(Output, WhatIsNotToldTakesNoRoom) {
  std::string elements = "1";
  for (int i = 1; i < 6'000; ++i) elements += ",1";
  const Output output =
      output_of(R"({"items":{"if":{"type":"null"},"not":{"type":"null"}},"maxItems":5})",
                "[" + elements + "]", OutputFormat::basic);
  EXPECT_EQ(output.sentence, "the value: must have at most 5 elements, but has 6000");
}

TEST(Output, AnnotationsLeaveRoomForTheReason) {
  std::string elements = "1";
  for (int i = 1; i < 12'000; ++i) elements += ",1";
  const Output output = output_of(R"({"properties":{"a":{"items":{"title":"x"}},"b":false}})",
                                  R"({"a":[)" + elements + R"(],"b":1})", OutputFormat::flag);
  EXPECT_EQ(output.sentence, "/b: is not allowed");
}

TEST(Output, IsBounded) {
  std::string elements = "1";
  for (int i = 1; i < 15'000; ++i) elements += ",1";
  const Output output =
      output_of(R"({"items":{"type":"null"}})", "[" + elements + "]", OutputFormat::basic);
  EXPECT_EQ(output.verdict, Verdict::invalid);
  std::size_t errors = 0;
  for (std::size_t at = 0; (at = output.json.find("\"error\":", at)) != std::string::npos; ++at)
    ++errors;
  EXPECT_GT(errors, kOutputUnitsMax / 2);
  EXPECT_LE(errors, kOutputUnitsMax);
  EXPECT_TRUE(output.json.ends_with(R"(],"truncated":true})"));
  EXPECT_EQ(output_of(R"({"items":{"type":"null"}})", "[1,1]", OutputFormat::basic)
                .json.find("truncated"),
            std::string::npos);
}

}  // namespace
}  // namespace junctor::lang::schema
