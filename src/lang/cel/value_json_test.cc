// Goal: every value becomes JSON that reads as it, exactly, and no value makes more than it may.
// Method: tables of expressions and texts; what comes out is read again.

#include "lang/cel/value_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::Row;

// What an expression comes to, as JSON; or the reason of the error.
std::string json_of(std::string_view expression, const Environment& environment,
                    std::string_view json = "{}", std::size_t bytes_max = kJsonBytesMax) {
  const auto program = compile(expression, environment);
  if (!program) return "error: " + std::string{program.error().reason()};
  JsonTree tree;
  if (!tree.fill(json)) return "bad JSON";
  Activation activation{**program};
  for (const JsonNamed& member : tree.root().members()) activation.bind(member.name, member.value);
  Scratch scratch;
  const auto value = evaluate(**program, activation, scratch);
  if (!value) return "error: " + std::string{value.error().reason()};
  const auto text = to_json(*value, bytes_max);
  if (!text) return "error: " + std::string{text.error().reason()};
  JsonTree again;
  return again.fill(*text) ? *text : "no JSON: " + *text;
}

std::string json_of(std::string_view expression) {
  return json_of(expression, testing::environment_with());
}

TEST(ValueJson, ValuesOfEachKind) {
  constexpr Row kRows[] = {
      {"null", "null", "null"},
      {"bool", "[true, false]", "[true,false]"},
      {"int", "-9223372036854775808", "-9223372036854775808"},
      {"uint", "18446744073709551615u", "18446744073709551615"},
      {"whole_double", "3.0", "3"},
      {"double", "[0.1, -1.5e-7, 1e300]", "[0.1,-1.5e-07,1e+300]"},
      {"no_number", "[0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0]", R"(["NaN","Infinity","-Infinity"])"},
      {"text", R"('a"\\\n\u0001é')", R"("a\"\\\n\u0001é")"},
      {"bytes", R"(b'\xff\x00a')", R"("/wBh")"},
      {"timestamp", "timestamp('2009-02-13T23:31:30.5+01:00')", R"("2009-02-13T22:31:30.5Z")"},
      {"duration", "[duration('1500ms'), duration('-1h')]", R"(["1.5s","-3600s"])"},
      {"type", "[type(1), type(type(1)), type(duration('1s'))]",
       R"(["int","type","google.protobuf.Duration"])"},
      {"optional", "[optional.of([1]), optional.none()]", "[[1],null]"},
      {"address", "[ip('10.0.0.1')]", R"(["10.0.0.1"])"},
      {"network", "[cidr('10.0.0.0/8')]", R"(["10.0.0.0/8"])"},
      {"empty", "[[], {}]", "[[],{}]"},
      {"map", "{'a': 1, 'b': [{'c': null}]}", R"({"a":1,"b":[{"c":null}]})"},
      {"keys", "{1: 'a', 2u: 'b', true: 'c', '': 'd'}", R"({"1":"a","2":"b","true":"c","":"d"})"},
      {"large_map", "lists.range(9).transformMap(i, v, v + 1)",
       R"({"0":1,"1":2,"2":3,"3":4,"4":5,"5":6,"6":7,"7":8,"8":9})"},
  };
  for (const Row& row : kRows) EXPECT_EQ(json_of(row.expression), row.expected) << row.name;
}

TEST(ValueJson, KeysOfEqualTextAreRefused) {
  EXPECT_EQ(json_of("{1: 'a', '1': 'b'}"), "error: duplicate_key");
  EXPECT_EQ(json_of("{'true': 1, true: 2}"), "error: duplicate_key");
  EXPECT_EQ(json_of("[{'1': {1: 2}}]"), R"([{"1":{"1":2}}])");
}

TEST(ValueJson, InputIsWrittenAsItWasTaken) {
  const Environment environment = testing::environment_with(
      {{"x", "dyn"}, {"ints", "list(int)"}, {"uints", "map(string, uint)"}});
  EXPECT_EQ(json_of("x", environment, R"({"x": {"a": 1.50, "b": ["\ud83d\ude00"], "a": null}})"),
            R"({"b":["😀"],"a":null})");
  // Half a surrogate pair stays what it was.
  EXPECT_EQ(json_of("x", environment, R"({"x": "\ud83d"})"), R"("\ud83d")");
  EXPECT_EQ(json_of("ints", environment, R"({"ints": [9007199254740993]})"), "[9007199254740993]");
  EXPECT_EQ(json_of("uints", environment, R"({"uints": {"a": 18446744073709551615}})"),
            R"({"a":18446744073709551615})");
  EXPECT_EQ(json_of("ints", environment, R"({"ints": [1.5]})"), "error: bad_conversion");
}

TEST(ValueJson, NothingIsWrittenBeyondTheLimits) {
  const Environment environment = testing::environment_with();
  EXPECT_EQ(json_of("'abc'", environment, "{}", 5), "\"abc\"");
  EXPECT_EQ(json_of("'abc'", environment, "{}", 4), "error: json_too_large");
  EXPECT_EQ(json_of("[1, 2]", environment, "{}", 5), "[1,2]");
  EXPECT_EQ(json_of("[1, 2]", environment, "{}", 4), "error: json_too_large");
  // A list of 2^60 elements that share their parts.
  std::string shared = "[1]";
  for (int i = 0; i < 60; ++i) shared += ".map(l, [l, l])";
  EXPECT_EQ(json_of(shared, environment, "{}", 10'000), "error: json_too_large");
}

TEST(ValueJson, DepthIsThatOfJson) {
  Value inner = Value::list({});
  std::vector<Value> lists(kJsonValueDepthMax + 1);
  for (std::size_t i = 0; i + 1 < kJsonValueDepthMax; ++i) {
    lists[i] = inner;
    inner = Value::list({&lists[i], 1});
  }
  ASSERT_TRUE(to_json(inner).has_value());
  lists.back() = inner;
  const auto deeper = to_json(Value::list({&lists.back(), 1}));
  ASSERT_FALSE(deeper.has_value());
  EXPECT_EQ(deeper.error().reason(), "json_too_large");
}

TEST(ValueJson, ManyMembersTakeNoQuadraticTime) {
  std::string text = R"({"x": {)";
  for (int i = 0; i < 50'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text += R"("k7":1}})";
  const Environment environment = testing::environment_with({{"x", "dyn"}});
  const std::string written = json_of("x", environment, text);
  EXPECT_TRUE(written.ends_with(R"("k49999":0,"k7":1})")) << written.substr(0, 100);
}

}  // namespace
}  // namespace junctor::lang::cel
