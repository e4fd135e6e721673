// Goal: `schema` says of schemas and values what is wrong, and where in which file. Method: files
// in a folder of their own, and the sentences that must come.

#include "app/commands/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "app/folder.h"

namespace junctor::app {
namespace {

constexpr std::string_view kSchema = R"({
  "properties": {
    "id": {"pattern": "^\\d+$"},
    "lines": {"items": {"$ref": "line.json"}}
  }
})";
constexpr std::string_view kLine = R"({"properties": {"n": {"minimum": 1}}, "required": ["n"]})";

TEST(SchemaCommand, SaysOfEachValueWhatIsWrongAndWhere) {
  Folder folder;
  const std::string schema = folder.write("order.json", kSchema);
  folder.write("line.json", kLine);
  const std::string good = folder.write("good.json", R"({"id": "12", "lines": [{"n": 1}]})");
  const std::string bad =
      folder.write("bad.json", "\n{\"id\": \"x\",\n \"lines\": [{}, {\"n\": 0}]}\n");
  const auto outcome = schema_blocking({.schema = schema, .instances = {good, bad}});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, good + ": valid\n" + bad +
                             ":2:8: /id: must match the pattern \"^\\d+$\", but is \"x\"\n" + bad +
                             ":3:12: /lines/0: must have the member \"n\"\n" + bad +
                             ":3:22: /lines/1/n: must be at least 1, but is 0\n");
}

TEST(SchemaCommand, PrintsTheFormatsOfJsonSchema) {
  Folder folder;
  const std::string schema = folder.write("s.json", R"({"type": "null"})");
  const std::string value = folder.write("v.json", "1");
  const auto outcome = schema_blocking(
      {.schema = schema, .instances = {value, value}, .form = cli::SchemaUse::Form::flag});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(outcome.out, "{\"valid\":false}\n{\"valid\":false}\n");
}

TEST(SchemaCommand, WithoutValuesItIsCompiled) {
  Folder folder;
  const std::string schema = folder.write("order.json", kSchema);
  folder.write("line.json", kLine);
  const auto outcome = schema_blocking({.schema = schema});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, schema + ": compiles: subschemas 6, patterns 1, documents 2\n");
}

TEST(SchemaCommand, OthersAreFoundByTheirId) {
  Folder folder;
  const std::string schema =
      folder.write("s.json", R"({"$id": "http://a.example/s", "items": {"$ref": "t"}})");
  const std::string other =
      folder.write("x.json", R"({"$id": "http://a.example/t", "type": "string"})");
  const std::string value = folder.write("v.json", "[1]");
  const auto alone = schema_blocking({.schema = schema, .instances = {value}});
  EXPECT_EQ(alone.exit_code, 1);
  EXPECT_NE(alone.err.find("means http://a.example/t, which is neither"), std::string::npos);
  const auto both = schema_blocking({.schema = schema, .instances = {value}, .others = {other}});
  EXPECT_EQ(both.out, value + ":1:2: /0: must be a string, but is 1\n");
}

TEST(SchemaCommand, SaysWhatIsWrongWithFiles) {
  struct Case {
    const char* name = "";
    const char* schema = "";
    const char* value = "";
    const char* says = "";
  };
  constexpr Case kCases[] = {
      {"wrong_keyword", "{\n  \"type\": \"int\"}", "1",
       "the schema at s.json# (line 2, column 11): \"type\" must be one or several of"},
      {"no_json", "{\n  \"type\" \"int\"}", "1",
       "the schema s.json, line 2, column 10: no valid JSON"},
      {"no_such_file", R"({"$ref": "other.json"})", "1", "means other.json, which is neither"},
      {"above_the_folder", R"({"$ref": "../other.json"})", "1", "which is neither"},
      {"value_no_json", "{}", "[1,]", "/v.json, line 1, column 4: no valid JSON"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Folder folder;
    const std::string schema = folder.write("s.json", c.schema);
    const std::string value = folder.write("v.json", c.value);
    const auto outcome = schema_blocking({.schema = schema, .instances = {value}});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(c.says), std::string::npos) << outcome.err;
  }
  Folder folder;
  const auto missing = schema_blocking({.schema = folder.path() + "/missing.json"});
  EXPECT_EQ(missing.err,
            "junctor: cannot read " + folder.path() + "/missing.json: No such file or directory\n");
}

TEST(SchemaCommand, EscapedDotsDoNotLeadOutOfTheFolder) {
  Folder folder;
  folder.write("t.json", "true");
  const std::string name = folder.path().substr(folder.path().rfind('/') + 1);
  const std::string schema = folder.write("s.json", R"({"$ref": "%2e%2E/)" + name + R"(/t.json"})");
  EXPECT_NE(schema_blocking({.schema = schema}).err.find("which is neither"), std::string::npos);
}

TEST(SchemaCommand, DialectAndFormatsAreTheCallers) {
  Folder folder;
  const std::string schema =
      folder.write("s.json", R"({"format": "date", "items": [{"type": "string"}]})");
  const std::string text = folder.write("text.json", "\"yesterday\"");
  const auto annotated = schema_blocking(
      {.schema = schema, .instances = {text}, .dialect = lang::schema::Dialect::draft7});
  EXPECT_EQ(annotated.out, text + ": valid\n");
  const auto checked = schema_blocking({.schema = schema,
                                        .instances = {text},
                                        .dialect = lang::schema::Dialect::draft7,
                                        .checks_formats = true});
  EXPECT_NE(checked.out.find("must be a date such as"), std::string::npos);
  // In 2020-12 "items" is no list.
  EXPECT_NE(schema_blocking({.schema = schema}).err.find("#/items"), std::string::npos);
}

}  // namespace
}  // namespace junctor::app
