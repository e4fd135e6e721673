// Goal: what is typed becomes the arguments that the tool's schema asks for, or a sentence that
// says what to type instead. Method: rows of a schema, of words, and of what must come.

#include "cli/tool_arguments.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace junctor::cli {
namespace {

using wire::JsonValue;

JsonValue object(std::string_view text) {
  const auto scan = wire::scan_json(text);
  EXPECT_TRUE(scan) << text;
  return scan.root;
}

constexpr std::string_view kAll =
    R"({"type":"object","properties":{"text":{"type":"string"},"count":{"type":"integer"},)"
    R"("rate":{"type":"number"},"on":{"type":"boolean"},"list":{"type":"array"},)"
    R"("map":{"type":"object"},"nothing":{"type":"null"},"maybe":{"type":["string","null"]},)"
    R"("either":{"type":["string","integer"]},"any":{},"strange":{"type":"colour"},)"
    R"("caf\u00e9":{"type":"string"}}})";

struct Typed {
  std::string_view name;
  std::string pair;
  std::string_view json;
};
const Typed kTyped[] = {
    {"string", "text=hello", R"({"text":"hello"})"},
    {"string_that_looks_like_json", "text=42", R"({"text":"42"})"},
    {"empty_string", "text=", R"({"text":""})"},
    {"string_with_equals", "text=a=b", R"({"text":"a=b"})"},
    {"string_is_escaped", "text=\"\n", R"({"text":"\"\n"})"},
    {"not_utf8", "text=\xff", "{\"text\":\"\xef\xbf\xbd\"}"},
    {"integer", "count=42", R"({"count":42})"},
    {"long_integer", "count=123456789012345678901", R"({"count":123456789012345678901})"},
    {"negative", "count=-1", R"({"count":-1})"},
    {"integer_by_value", "count=1.0", R"({"count":1.0})"},
    {"number", "rate=1.5e3", R"({"rate":1.5e3})"},
    {"whole_number", "rate=2", R"({"rate":2})"},
    {"boolean", "on=true", R"({"on":true})"},
    {"array", "list=[1, 2]", R"({"list":[1, 2]})"},
    {"object", R"(map={"a":{}})", R"({"map":{"a":{}}})"},
    {"null", "nothing=null", R"({"nothing":null})"},
    {"null_before_string", "maybe=null", R"({"maybe":null})"},
    {"string_after_null", "maybe=nil", R"({"maybe":"nil"})"},
    {"integer_before_string", "either=7", R"({"either":7})"},
    {"string_after_integer", "either=7a", R"({"either":"7a"})"},
    {"any_json", "any=[true]", R"({"any":[true]})"},
    {"any_text", "any=[true", R"({"any":"[true"})"},
    {"escaped_key", "café=x", R"({"café":"x"})"},
};

TEST(ToolArguments, ValuesAreTypedByTheSchema) {
  const Parameters parameters = tool_parameters(object(kAll));
  for (const Typed& row : kTyped) {
    SCOPED_TRACE(row.name);
    const std::vector<std::string> pairs{row.pair};
    const auto made = typed_arguments(parameters, pairs);
    ASSERT_TRUE(made.has_value()) << made.error().detail();
    EXPECT_EQ(*made, row.json);
  }
}

struct Wrong {
  std::string_view name;
  std::string_view schema;
  std::vector<std::string> pairs;
  std::string_view sentence;
};
constexpr std::string_view kPair =
    R"({"properties":{"text":{"type":"string"},"count":{"type":"integer"}},"required":["text"]})";
const Wrong kWrong[] = {
    {"no_equals", kPair, {"text"}, "expected key=value, not \"text\""},
    {"no_key", kPair, {"=x"}, "expected key=value, not \"=x\""},
    {"twice", kPair, {"text=a", "text=b"}, "text is given twice"},
    {"not_an_integer", kPair, {"text=a", "count=x"}, "count has to be integer, not \"x\""},
    {"a_fraction", kPair, {"text=a", "count=1.5"}, "count has to be integer, not \"1.5\""},
    {"octal", kPair, {"text=a", "count=01"}, "count has to be integer, not \"01\""},
    {"blank", kPair, {"text=a", "count="}, "count has to be integer, not \"\""},
    {"one_of_several",
     R"({"properties":{"a":{"type":["integer","null"]}}})",
     {"a=x"},
     "a has to be integer or null, not \"x\""},
    {"no_boolean",
     R"({"properties":{"a":{"type":"boolean"}}})",
     {"a=yes"},
     "a has to be boolean, not \"yes\""},
    {"a_type_nobody_knows", kAll, {"strange=red"}, "strange has to be colour, not \"red\""},
    {"near", kPair, {"txt=a"}, "there is no argument \"txt\"; did you mean \"text\"?"},
    {"far", kPair, {"zzzzzz=a"}, "there is no argument \"zzzzzz\"; there are: text, count"},
    {"none_taken", R"({"properties":{}})", {"a=1"}, "there is no argument \"a\"; none are taken"},
    {"closed",
     R"({"additionalProperties":false})",
     {"a=1"},
     "there is no argument \"a\"; none are taken"},
    {"missing", kPair, {"count=1"}, "missing: text (string)"},
    {"all_missing",
     R"({"properties":{"a":{},"b":{"type":"array"}},"required":["a","b"]})",
     {},
     "missing: a (any), b (array)"},
    {"required_without_a_property", R"({"required":["a"]})", {}, "missing: a (any)"},
    {"controls_are_shown",
     kPair,
     {"te\x1b[31mxt=a"},
     "there is no argument \"te\\x1b[31mxt\"; there are: text, count"},
};

TEST(ToolArguments, WhatIsWrongIsSaidBeforeAnythingIsSent) {
  for (const Wrong& row : kWrong) {
    SCOPED_TRACE(row.name);
    const auto made = typed_arguments(tool_parameters(object(row.schema)), row.pairs);
    ASSERT_FALSE(made.has_value()) << *made;
    EXPECT_EQ(made.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(made.error().detail(), row.sentence);
  }
}

const std::string_view kOpen[] = {
    R"({"type":"object"})",
    R"({"properties":{"a":{}},"additionalProperties":true})",
    R"({"properties":{"a":{}},"additionalProperties":{"type":"string"}})",
    R"({"properties":{"a":{}},"patternProperties":{"^x":{}}})",
    R"({"properties":{"a":{}},"anyOf":[{}]})",
    R"({"properties":{"a":{}},"$ref":"#/$defs/x"})",
    R"(true)",
};

TEST(ToolArguments, ASchemaThatIsOpenTakesOthers) {
  for (const std::string_view schema : kOpen) {
    SCOPED_TRACE(schema);
    const std::vector<std::string> pairs{"other=1", "word=x"};
    const auto made = typed_arguments(tool_parameters(object(schema)), pairs);
    ASSERT_TRUE(made.has_value()) << made.error().detail();
    EXPECT_EQ(*made, R"({"other":1,"word":"x"})");
  }
}

TEST(ToolArguments, DepthIsNoAssertion) {
  const std::string deep =
      std::string(wire::kJsonDepthMax, '[') + std::string(wire::kJsonDepthMax, ']');
  const std::vector<std::string> pairs{"a=" + deep};
  const auto made = typed_arguments(Parameters{}, pairs);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().detail(), "the arguments are nested too deeply");
}

TEST(ToolArguments, ManyParametersAreCutAndTheRestIsTaken) {
  std::string schema = R"({"properties":{)";
  for (std::size_t i = 0; i <= kParametersMax; ++i) {
    schema += (i == 0 ? "\"p" : ",\"p") + std::to_string(i) + "\":{}";
  }
  schema += "}}";
  const Parameters parameters = tool_parameters(object(schema));
  EXPECT_EQ(parameters.list.size(), kParametersMax);
  EXPECT_EQ(parameters.others, Parameters::Others::taken);
}

TEST(ToolArguments, APromptTakesStringsAlone) {
  const std::string text =
      R"([{"name":"topic","required":true},{"name":"tone"},{"description":"no name"},7])";
  const Parameters parameters = prompt_parameters(object(text));
  ASSERT_EQ(parameters.list.size(), 2U);
  const std::vector<std::string> good{"topic=42"};
  EXPECT_EQ(typed_arguments(parameters, good).value(), R"({"topic":"42"})");
  const std::vector<std::string> bad{"tone=x", "tpic=1"};
  EXPECT_EQ(typed_arguments(parameters, bad).error().detail(),
            "there is no argument \"tpic\"; did you mean \"topic\"?");
  EXPECT_EQ(typed_arguments(parameters, {}).error().detail(), "missing: topic (string)");
}

struct Mirrored {
  std::string_view name;
  std::string_view schema;
  std::string_view arguments;
  std::vector<std::string> fields;
};
constexpr std::string_view kRegion =
    R"({"properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
    R"("size":{"type":"integer","x-mcp-header":"Size"},)"
    R"("in":{"properties":{"dry":{"type":"boolean","x-mcp-header":"Dry"}}}}})";
const Mirrored kMirrored[] = {
    {"none_annotated", kPair, R"({"text":"a"})", {}},
    {"each_type",
     kRegion,
     R"({"region":"eu","size":7,"in":{"dry":false}})",
     {"Mcp-Param-Region: eu", "Mcp-Param-Size: 7", "Mcp-Param-Dry: false"}},
    {"absent_and_null_are_left_out", kRegion, R"({"region":null,"in":{}})", {}},
    {"unsafe_text_is_encoded",
     kRegion,
     R"({"region":"caf\u00e9"})",
     {"Mcp-Param-Region: =?base64?Y2Fmw6k=?="}},
};

//= mcp 2026-07-28 basic/transports/streamable-http#custom-headers-from-tool-parameters MUST
TEST(ToolArguments, AnnotatedParametersBecomeFields) {
  for (const Mirrored& row : kMirrored) {
    SCOPED_TRACE(row.name);
    const auto fields = parameter_fields(object(row.schema), object(row.arguments));
    ASSERT_TRUE(fields.has_value()) << fields.error().detail();
    std::vector<std::string> lines;
    for (const auto& field : *fields) lines.push_back(field.name + ": " + field.value);
    EXPECT_EQ(lines, row.fields);
  }
}

constexpr std::string_view kTwice = R"({"properties":{"a":{"type":"boolean","x-mcp-header":"A"},)"
                                    R"("b":{"type":"string","x-mcp-header":"a"}}})";
const std::string_view kBadAnnotations[] = {
    R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
    R"({"properties":{"a":{"type":"string","x-mcp-header":"a b"}}})",
    R"({"properties":{"a":{"type":"string","x-mcp-header":7}}})",
    R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})",
    R"({"properties":{"a":{"x-mcp-header":"A"}}})",
    kTwice,
};

TEST(ToolArguments, ABrokenAnnotationForbidsTheCall) {
  for (const std::string_view schema : kBadAnnotations) {
    SCOPED_TRACE(schema);
    const auto fields = parameter_fields(object(schema), object("{}"));
    ASSERT_FALSE(fields.has_value());
    EXPECT_TRUE(fields.error().detail().starts_with("the tool's annotation x-mcp-header \""));
  }
}

}  // namespace
}  // namespace junctor::cli
