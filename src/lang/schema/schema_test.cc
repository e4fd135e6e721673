// Goal: a schema compiles exactly when it means something, and what is wrong with it is said with
// its place. Method: tables of schemas with what must be said; resolvers that count.

#include "lang/schema/schema.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "lang/json_tree.h"
#include "lang/schema/validate.h"

namespace junctor::lang::schema {
namespace {

std::string refusal(std::string_view text, const SchemaOptions& options = {}) {
  const auto schema = Schema::compile(text, options);
  return schema ? "" : std::string{schema.error().reason()} + ": " + schema.error().detail();
}

Verdict verdict_of(const Schema& schema, std::string_view instance) {
  JsonTree tree;
  Scratch scratch;
  EXPECT_TRUE(tree.fill(instance));
  return validate(schema, tree.root(), scratch);
}

bool is_valid(std::string_view text, std::string_view instance, const SchemaOptions& options = {}) {
  const auto schema = Schema::compile(text, options);
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().detail());
  return schema && verdict_of(**schema, instance) == Verdict::valid;
}

TEST(Schema, SaysWhatIsWrongAndWhere) {
  struct Case {
    const char* text = "";
    const char* says = "";
  };
  constexpr Case kCases[] = {
      {"[]",
       "bad_schema: the schema at # (line 1, column 1): a schema must be an object, true or false"},
      {"{\"a\":", "bad_json: the schema, line 1, column 6"},
      {R"({"minLength":"3"})", R"(the schema at # (line 1, column 14):)"
                               R"( "minLength" must be a whole number of at least 0, but is "3")"},
      {R"({"minLength":-1})", "\"minLength\" must be a whole number"},
      {R"({"maxItems":1.5})", "\"maxItems\" must be a whole number"},
      {R"({"properties":{"a/b":{"type":"int"}}})",
       R"(the schema at #/properties/a~1b (line 1, column 30):)"
       R"( "type" must be one or several of)"},
      {R"({"properties":[]})", "\"properties\" must be an object"},
      {R"({"properties":{"a":1,"b":{}}})",
       "the schema at #/properties/a (line 1, column 20): a schema must be"},
      {R"({"properties":{"a":{},"a":{}}})", "must name each property once"},
      {R"({"minimum":1,"minimum":2})", "\"minimum\" must occur once"},
      {R"({"minimum":"1"})", "\"minimum\" must be a number"},
      {R"({"multipleOf":0})", "a number greater than 0"},
      {R"({"required":"a"})", "\"required\" must be an array of names"},
      {R"({"required":[1]})", "\"required\" must be an array of names"},
      {R"({"required":["a","b","a"]})", "\"required\" must name each member once"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#","required":[]})",
       "\"required\" must name at least one member"},
      {R"({"$schema":"http://json-schema.org/draft-06/schema#","enum":[]})",
       "\"enum\" must have at least one value"},
      {R"({"type":[]})", "\"type\" must be one or several of"},
      {R"({"type":["null","null"]})", "\"type\" must name each type once"},
      {R"({"enum":1})", "\"enum\" must be an array"},
      {R"({"allOf":[]})", "\"allOf\" must be an array of at least one schema"},
      {R"({"items":[{}]})", "the schema at #/items (line 1, column 10): a schema must be"},
      {R"({"uniqueItems":1})", "\"uniqueItems\" must be true or false"},
      {R"({"dependentRequired":{"a":"b"}})", "arrays of names"},
      {R"({"dependentRequired":{"a":["b","b"]}})", "must name each member once"},
      {R"x({"pattern":"(?=a)"})x", R"(bad_pattern: the schema at # (line 1, column 12), "pattern":)"
                                   R"( at byte 1 of the pattern: look-around)"},
      {R"({"patternProperties":{"[":{}}})",
       "bad_pattern: the schema at # (line 1, column 22), \"patternProperties\""},
      {R"({"$ref":"#/$defs/a"})",
       R"(unknown_reference: the schema at # (line 1, column 9), "$ref":)"
       R"( the reference "#/$defs/a" leads nowhere: # (line 1, column 1) has no "$defs")"},
      {R"({"$ref":"#a"})", "the anchor \"a\""},
      {R"({"$ref":"http://example.com/x"})", "neither in the schema nor known to the resolver"},
      {R"({"$ref":1})", "\"$ref\" must be a string"},
      {R"({"$schema":"http://example.com/s"})",
       "unknown_dialect: the schema: \"$schema\" names "
       "http://example.com/s"},
      {R"({"$schema":1})", "\"$schema\" must be a string"},
      {R"({"$id":"http://a/#b"})", "\"$id\" must have no fragment"},
      {R"({"$anchor":"1a"})", "\"$anchor\" must be a name"},
      {R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})",
       "the anchor \"x\" is already "
       "there"},
      {R"({"$id":"http://a/","$defs":{"a":{"$id":"b"},"b":{"$id":"/b"}}})",
       "two schemas have "
       "the same URI, http://a/b"},
      {R"({"$id":"http://a/","allOf":[{"$id":"b","type":1}]})",
       "the schema at http://a/b# (line 1, column 47): "
       "\"type\""},
      {R"({"$ref":"#"})", "endless_reference: the schema at # refers to itself"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_NE(refusal(c.text).find(c.says), std::string::npos) << refusal(c.text);
  }
}

TEST(Schema, LimitsAreSaidByName) {
  SchemaOptions options;
  options.limits.documents.schema_bytes_max = 100;
  EXPECT_NE(
      refusal("{\"title\":\"" + std::string(100, 'x') + "\"}", options).find("schema_bytes_max"),
      std::string::npos);
  options = {};
  options.limits.subschemas_max = 3;
  EXPECT_EQ(refusal(R"({"allOf":[{},{}]})", options), "");
  EXPECT_NE(refusal(R"({"allOf":[{},{},{}]})", options).find("subschemas_max"), std::string::npos);
  options = {};
  options.limits.pattern_instructions_max = 1;
  EXPECT_NE(refusal(R"({"pattern":"(a|b)+c"})", options).find("pattern_instructions_max"),
            std::string::npos);
  options = {};
  options.limits.engines_max = 1;
  EXPECT_EQ(refusal(R"({"allOf":[{"pattern":"(a|b)+c"},{"pattern":"^a+$"}]})", options), "");
  EXPECT_NE(refusal(R"({"allOf":[{"pattern":"(a|b)+c"},{"pattern":"(a|b)+d"}]})", options)
                .find("engines_max"),
            std::string::npos);
  options = {};
  options.limits.documents.resources_max = 2;
  EXPECT_NE(refusal(R"({"allOf":[{"$id":"http://a/b"},{"$id":"http://a/c"}]})", options)
                .find("resources_max"),
            std::string::npos);
  options = {};
  options.limits.documents.anchors_max = 1;
  EXPECT_EQ(refusal(R"({"allOf":[{"$anchor":"a"}]})", options), "");
  EXPECT_NE(
      refusal(R"({"allOf":[{"$anchor":"a"},{"$dynamicAnchor":"b"}]})", options).find("anchors_max"),
      std::string::npos);
  EXPECT_NE(
      refusal("{\"$id\":\"http://a/" + std::string(kUriBytesMax, 'x') + "\"}").find("too long"),
      std::string::npos);
  options = {};
  options.limits.documents.documents_max = 2;
  options.resolver = [](std::string_view uri) -> std::optional<std::string> {
    // Each names another one.
    return R"({"$ref":")" + std::string{uri} + R"(x"})";
  };
  EXPECT_NE(refusal(R"({"$ref":"http://a/x"})", options).find("documents_max"), std::string::npos);
}

TEST(Schema, AsksTheResolverOnceAndForAbsoluteUris) {
  std::map<std::string, int, std::less<>> asked;
  SchemaOptions options;
  options.base_uri = "http://example.com/folder/root.json";
  options.resolver = [&asked](std::string_view uri) -> std::optional<std::string> {
    ++asked[std::string{uri}];
    if (uri == "http://example.com/folder/item.json") return R"({"$defs":{"n":{"type":"number"}}})";
    return std::nullopt;
  };
  EXPECT_TRUE(is_valid(
      R"({"items":{"$ref":"item.json#/$defs/n"},"contains":{"$ref":"./item.json#/$defs/n"}})",
      "[1]", options));
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked["http://example.com/folder/item.json"], 1);
  options.base_uri.clear();
  EXPECT_NE(refusal(R"({"$ref":"item.json"})", options), "");
  EXPECT_EQ(asked.size(), 1U);
}

TEST(Schema, KnowsTheMetaschemasByItself) {
  for (const char* uri :
       {"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#",
        "http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2019-09/schema",
        "https://json-schema.org/draft/2020-12/schema"}) {
    SCOPED_TRACE(uri);
    const std::string text = R"({"$schema":")" + std::string{uri} + R"(","$ref":")" + uri + "\"}";
    EXPECT_TRUE(is_valid(text, R"({"type":"object","properties":{"a":{"type":"string"}}})"));
    EXPECT_FALSE(is_valid(text, R"({"type":"object","properties":{"a":{"type":"text"}}})"));
    EXPECT_FALSE(is_valid(text, R"({"minLength":-1})"));
  }
}

TEST(Schema, KeywordsAreThoseOfTheDialect) {
  SchemaOptions options;
  options.dialect = Dialect::draft4;
  EXPECT_TRUE(is_valid(R"({"const":1})", "2", options));
  EXPECT_FALSE(is_valid(R"({"type":"integer"})", "1.0", options));
  EXPECT_FALSE(is_valid(R"({"minimum":1,"exclusiveMinimum":true})", "1", options));
  EXPECT_TRUE(
      is_valid(R"({"$ref":"#/definitions/a","definitions":{"a":{}},"type":"null"})", "1", options));
  options.dialect = Dialect::draft7;
  EXPECT_TRUE(is_valid(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})", options));
  EXPECT_FALSE(is_valid(R"({"if":true,"then":false})", "1", options));
  options.dialect = Dialect::draft2020_12;
  EXPECT_TRUE(is_valid(R"({"additionalItems":false,"prefixItems":[true]})", "[1,2]", options));
  EXPECT_TRUE(is_valid(R"({"type":"integer"})", "1.0", options));
  // An embedded schema has a dialect of its own.
  EXPECT_FALSE(is_valid(R"({"$ref":"#/$defs/old","$defs":{"old":{"$id":"http://a/old",
    "$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}}})",
                        "[1]", options));
}

TEST(Schema, VocabulariesDecideWhatAKeywordMeans) {
  SchemaOptions options;
  std::string metaschema;
  options.resolver = [&metaschema](std::string_view) { return std::optional{metaschema}; };
  const std::string head = R"({"$schema":"https://json-schema.org/draft/2020-12/schema",
    "$id":"http://m/","$vocabulary":{"https://json-schema.org/draft/2020-12/vocab/core":true)";
  const char* const text = R"({"$schema":"http://m/","minimum":5,"format":"date"})";
  metaschema = head + "}}";
  EXPECT_TRUE(is_valid(text, "1", options));
  metaschema = head + R"(,"https://json-schema.org/draft/2020-12/vocab/validation":true}})";
  EXPECT_FALSE(is_valid(text, "1", options));
  EXPECT_TRUE(is_valid(text, "\"x\"", options));
  metaschema = head + R"(,"https://json-schema.org/draft/2020-12/vocab/format-assertion":true}})";
  EXPECT_FALSE(is_valid(text, "\"x\"", options));
  EXPECT_NE(refusal(R"({"$schema":"http://m/","format":"nonsense"})", options), "");
  metaschema = head + R"(,"http://example.com/mine":false}})";
  EXPECT_EQ(refusal(text, options), "");
  metaschema = head + R"(,"http://example.com/mine":true}})";
  EXPECT_NE(refusal(text, options).find("requires the vocabulary http://example.com/mine"),
            std::string::npos);
}

TEST(Schema, FormatsAreCheckedOnDemand) {
  constexpr const char* kText = R"({"format":"date"})";
  EXPECT_TRUE(is_valid(kText, "\"x\""));
  EXPECT_FALSE(is_valid(kText, "\"x\"", {.formats = FormatUse::check}));
  EXPECT_TRUE(is_valid(kText, "1", {.formats = FormatUse::check}));
  EXPECT_TRUE(is_valid(R"({"format":"nonsense"})", "\"x\"", {.formats = FormatUse::check}));
}

TEST(Schema, IsSharedBetweenThreads) {
  const auto schema = Schema::compile(
      R"({"items":{"pattern":"(a|b)+c","unevaluatedProperties":false,"enum":["abc","bc"]},)"
      R"("uniqueItems":true})",
      {});
  ASSERT_TRUE(schema);
  std::vector<std::thread> threads;
  std::vector<int> valid(4);
  for (int& count : valid) {
    threads.emplace_back([&count, &schema = **schema] {
      JsonTree tree;
      Scratch scratch;
      for (int i = 0; i < 200; ++i) {
        if (!tree.fill(R"(["abc","bc"])")) return;
        count += validate(schema, tree.root(), scratch) == Verdict::valid ? 1 : 0;
      }
    });
  }
  for (std::thread& each : threads) each.join();
  for (const int count : valid) EXPECT_EQ(count, 200);
}

}  // namespace
}  // namespace junctor::lang::schema
