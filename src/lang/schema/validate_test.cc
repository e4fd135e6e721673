// Goal: what the fast evaluator does otherwise than a reader of the keywords would changes no
// verdict. Method: tables of schemas with values, each applied by both evaluators, around the
// places where instructions are fused; the official suite has the rest.

#include "lang/schema/validate.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "lang/json_tree.h"
#include "lang/schema/output.h"

namespace junctor::lang::schema {
namespace {

struct Case {
  const char* name = "";
  std::string schema;
  std::string instance;
  bool is_valid = false;
};

void expect_all(std::span<const Case> cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string{c.name} + ": " + c.instance.substr(0, 60));
    const auto schema = Schema::compile(c.schema, {});
    ASSERT_TRUE(schema) << schema.error().detail();
    JsonTree tree;
    Scratch scratch;
    ASSERT_TRUE(tree.fill(c.instance));
    const Verdict expected = c.is_valid ? Verdict::valid : Verdict::invalid;
    EXPECT_EQ(validate(**schema, tree.root(), scratch), expected);
    EXPECT_EQ(describe(**schema, tree.root(), OutputFormat::detailed).verdict, expected);
  }
}

std::string many_names(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\"";
  return out;
}

std::string many_members(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":1";
  return "{" + out + "}";
}

TEST(Validate, Objects) {
  const std::string required_100 = R"({"required":[)" + many_names(100) + "]}";
  const Case kCases[] = {
      {"required_only", R"({"required":["a"]})", R"({"a":1})", true},
      {"required_only", R"({"required":["a"]})", R"({"b":1})", false},
      {"required_twice", R"({"required":["a"],"allOf":[{"required":["a"]}]})", R"({"a":1})", true},
      {"required_is_no_property", R"({"required":["a"],"additionalProperties":false})",
       R"({"a":1})", false},
      {"required_of_more_than_a_word", required_100, many_members(100), true},
      {"required_of_more_than_a_word", required_100, many_members(99), false},
      {"not_for_other_kinds", R"({"required":["a"],"additionalProperties":false})", "[1]", true},
      {"repeated_members_are_all_checked", R"({"properties":{"a":{"type":"string"}}})",
       R"({"a":1,"a":"x"})", false},
      {"repeated_members_are_all_checked", R"({"properties":{"a":{"type":"string"}}})",
       R"({"a":"x","a":1})", false},
      {"escaped_names", R"({"properties":{"\u0061b":{"type":"string"}}})", R"({"a\u0062":1})",
       false},
      {"pattern_and_name",
       R"({"properties":{"ab":{"minimum":2}},"patternProperties":{"b":{"maximum":5}},)"
       R"("additionalProperties":{"type":"null"}})",
       R"({"ab":3,"xb":1,"c":null})", true},
      {"pattern_and_name",
       R"({"properties":{"ab":{"minimum":2}},"patternProperties":{"b":{"maximum":5}}})",
       R"({"ab":6})", false},
      {"dependent", R"({"dependentRequired":{"a":["b","c"]}})", R"({"a":1,"b":2})", false},
      {"property_names", R"({"propertyNames":{"maxLength":2}})", R"({"abc":1})", false},
      {"long_names", R"({"properties":{"a_name_of_more_than_16_bytes_x":false}})",
       R"({"a_name_of_more_than_16_bytes_y":1})", true},
      {"long_names", R"({"properties":{"a_name_of_more_than_16_bytes_x":false}})",
       R"({"a_name_of_more_than_16_bytes_x":1})", false},
  };
  expect_all(kCases);
}

TEST(Validate, Numbers) {
  const Case kCases[] = {
      {"integer_and_string", R"({"type":["integer","string"]})", "1.5", false},
      {"integer_and_string", R"({"type":["integer","string"]})", "1.50e1", true},
      {"integer_and_number", R"({"type":["integer","number"]})", "1.5", true},
      {"beyond_64_bits", R"({"maximum":18446744073709551615})", "18446744073709551615", true},
      {"beyond_64_bits", R"({"maximum":18446744073709551615})", "18446744073709551616", false},
      {"beyond_double", R"({"minimum":1e400})", "1e399", false},
      {"fractions", R"({"exclusiveMinimum":0.1})", "0.10", false},
      {"fractions", R"({"exclusiveMinimum":0.1})", "0.100000000000000000000001", true},
      {"cents", R"({"multipleOf":0.01})", "19.99", true},
      {"cents", R"({"multipleOf":0.01})", "19.999", false},
      {"const_by_value", R"({"const":1.0})", "1", true},
      {"enum_by_value", R"({"enum":[1,"1",[2.0]]})", "[2]", true},
      {"enum_by_value", R"({"enum":[1,"1"]})", "true", false},
      {"enum_of_mixed_kinds", R"({"enum":["a",null]})", "null", true},
      {"enum_of_mixed_kinds", R"({"enum":["a",null]})", "\"b\"", false},
      {"enum_of_none", R"({"enum":[]})", "1", false},
      {"enum_and_another_type", R"({"enum":[""],"type":"integer"})", "0", false},
      {"const_and_another_type", R"({"type":"integer","const":[]})", "0", false},
  };
  expect_all(kCases);
}

TEST(Validate, StringsAndArrays) {
  const Case kCases[] = {
      {"code_points", R"({"maxLength":2})", "\"\xF0\x9F\x90\xB2\xF0\x9F\x90\xB2\"", true},
      {"code_points", R"({"minLength":2})", "\"\xF0\x9F\x90\xB2\"", false},
      {"code_points", R"({"maxLength":1})", "\"\\ud83d\\udc32\"", true},
      {"lone_surrogate", R"({"maxLength":1,"minLength":1})", "\"\\ud83d\"", true},
      {"unique_few", R"({"uniqueItems":true})", R"([{"a":1,"b":2},{"b":2,"a":1.0}])", false},
      {"unique_many", R"({"uniqueItems":true})", "[1,2,3,4,5,6,7,8,9,1.0]", false},
      {"unique_many", R"({"uniqueItems":true})", R"([1,"1",[1],{"a":1},true,null,0,false,"",[]])",
       true},
      {"contains_bounds", R"({"contains":{"const":1},"minContains":2,"maxContains":3})",
       "[1,1,1,2]", true},
      {"contains_bounds", R"({"contains":{"const":1},"minContains":2,"maxContains":3})",
       "[1,1,1,1]", false},
      {"contains_none", R"({"contains":{"const":1},"minContains":0})", "[]", true},
      {"prefix_and_rest", R"({"prefixItems":[{"type":"string"}],"items":{"type":"integer"}})",
       R"(["a",1,"b"])", false},
  };
  expect_all(kCases);
}

TEST(Validate, Unevaluated) {
  constexpr const char* kConditional = R"({"if":{"properties":{"a":{"const":1}},"required":["a"]},
    "then":{"properties":{"b":true}},"unevaluatedProperties":false})";
  constexpr const char* kNested = R"({"allOf":[{"properties":{"a":true},
    "unevaluatedProperties":{"type":"string"}}],"unevaluatedProperties":false})";
  constexpr const char* kReferred = R"({"$ref":"#/$defs/t","properties":{"c":true},
    "unevaluatedProperties":false,"$defs":{"t":{"anyOf":[{"properties":{"a":true},"required":["a"]},
    {"properties":{"b":true},"required":["b"]}]}}})";
  const Case kCases[] = {
      {"by_itself", R"({"properties":{"a":true},"unevaluatedProperties":false})", R"({"b":1})",
       false},
      {"by_itself_with_additional",
       R"({"additionalProperties":true,"unevaluatedProperties":false})", R"({"b":1})", true},
      {"conditional", kConditional, R"({"a":1,"b":2})", true},
      {"conditional", kConditional, R"({"a":2,"b":2})", false},
      {"conditional", kConditional, R"({"a":2})", false},
      {"nested", kNested, R"({"a":1,"b":"x"})", true},
      {"nested", kNested, R"({"a":1,"b":2})", false},
      {"both_branches_count", kReferred, R"({"a":1,"b":2,"c":3})", true},
      {"both_branches_count", kReferred, R"({"a":1,"c":3,"d":4})", false},
      {"not_counts_nothing",
       R"({"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false})", R"({"a":1})",
       false},
      {"items_by_contains", R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"null"}})",
       R"(["a",null,"b"])", true},
      {"items_by_contains", R"({"contains":{"type":"string"},"unevaluatedItems":{"type":"null"}})",
       R"(["a",1])", false},
      {"many_members",
       R"({"allOf":[{"patternProperties":{"^n[0-9]+$":true}}],"unevaluatedProperties":false})",
       many_members(200), true},
  };
  expect_all(kCases);
}

TEST(Validate, DynamicReferences) {
  constexpr const char* kTree = R"({"$id":"http://a/strict","$dynamicAnchor":"node","$ref":"tree",
    "unevaluatedProperties":false,"$defs":{"tree":{"$id":"tree","$dynamicAnchor":"node",
    "type":"object","properties":{"data":true,"children":{"type":"array",
    "items":{"$dynamicRef":"#node"}}}}}})";
  const Case kCases[] = {
      {"extended_tree", kTree, R"({"children":[{"data":1,"children":[]}]})", true},
      {"extended_tree", kTree, R"({"children":[{"daat":1}]})", false},
  };
  expect_all(kCases);
}

TEST(Validate, ATextIsReadFirst) {
  const auto schema = Schema::compile(R"({"type":"integer"})", {});
  ASSERT_TRUE(schema);
  JsonTree tree;
  Scratch scratch;
  EXPECT_EQ(validate(**schema, " 5 ", tree, scratch), Verdict::valid);
  EXPECT_EQ(validate(**schema, "\"5\"", tree, scratch), Verdict::invalid);
  const auto broken = validate(**schema, "{5}", tree, scratch);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().reason(), "bad_json");
}

TEST(Validate, ScratchIsUsedAgain) {
  const auto objects =
      Schema::compile(R"({"anyOf":[{"properties":{"a":true}}],"unevaluatedProperties":false})", {});
  const auto arrays = Schema::compile(R"({"uniqueItems":true})", {});
  ASSERT_TRUE(objects && arrays);
  Scratch scratch;
  JsonTree tree;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(tree.fill(R"({"a":1,"b":2})"));
    EXPECT_EQ(validate(**objects, tree.root(), scratch), Verdict::invalid);
    ASSERT_TRUE(tree.fill(R"([{"a":1},{"a":2},3,4,5,6,7,8])"));
    EXPECT_EQ(validate(**arrays, tree.root(), scratch), Verdict::valid);
  }
}

}  // namespace
}  // namespace junctor::lang::schema
