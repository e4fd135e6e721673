// Goal: a tree shows each value of a text where it stands and as it was meant, and tells equal
// values from others. Method: texts walked whole, and pairs compared both ways.

#include "lang/json_tree.h"

#include <gtest/gtest.h>

#include <string>

#include <fmt/core.h>

namespace junctor::lang {
namespace {

// Kinds, names and texts, so that a place that is wrong shows.
std::string shown(JsonNode node) {
  std::string text;
  switch (node.kind()) {
    case JsonKind::array:
      for (const JsonNode each : node.elements()) text += shown(each) + " ";
      return fmt::format("{}[{}]", node.size(), text);
    case JsonKind::object:
      for (const JsonNamed each : node.members())
        text += fmt::format("{}={} ", each.name, shown(each.value));
      return fmt::format("{}{{{}}}", node.size(), text);
    case JsonKind::string: return fmt::format("'{}'", node.text());
    default: return std::string{node.text()};
  }
}

std::string walked(std::string_view text) {
  JsonTree tree;
  const auto filled = tree.fill(text);
  return filled ? shown(tree.root()) : filled.error().detail();
}

TEST(JsonTree, ShowsEveryValueInItsPlace) {
  struct Case {
    const char* text = "";
    const char* shown = "";
  };
  constexpr Case kCases[] = {
      {"1", "1"},
      {" \"a\\u0062\\n\" ", "'ab\n'"},
      {"[]", "0[]"},
      {"{}", "0{}"},
      {"[[],{},[1]]", "3[0[] 0{} 1[1 ] ]"},
      {R"({"a":1.0,"b":[true,null,{"c":"d"}],"e":-1e400})",
       "3{a=1.0 b=3[true null 1{c='d' } ] e=-1e400 }"},
      {R"({"a":{"b":{}},"c":2})", "2{a=1{b=0{} } c=2 }"},
      {"\xEF\xBB\xBF[ \"\xC3\xA9\\u00e9\" , false ]\n", "2['\xC3\xA9\xC3\xA9' false ]"},
      {R"({"x":1,"x":2})", "2{x=1 x=2 }"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(walked(c.text), c.shown);
  }
}

TEST(JsonTree, SaysWhereATextIsBroken) {
  struct Case {
    std::string text;
    const char* says = "";
  };
  const Case cases[] = {
      {"{\n  \"\xC3\xA9\": x}", "line 2, column 8: no valid JSON: not expected here: x"},
      {"", "line 1, column 1: no valid JSON: the text ends too early"},
      {"[1,", "line 1, column 4: no valid JSON: the text ends too early"},
      {"[1,]", "line 1, column 4: no valid JSON: not expected here: ]"},
      {"[\xC3\xA9]", "line 1, column 2: no valid JSON: not expected here: \xC3\xA9"},
      {"{'a':1}", "line 1, column 2: no valid JSON: not expected here: '"},
      {"[01]",
       "line 1, column 3: no valid JSON: a number is written like -1.5e3, without + or zeros in "
       "front"},
      {"[\"\xFF\"]", "line 1, column 3: no valid JSON: these bytes are not UTF-8"},
      {"1 2",
       "line 1, column 3: no valid JSON: the value ends in front of this, and nothing may follow"},
      {std::string(10'000, '['),
       "line 1, column 129: no valid JSON: more than 128 arrays and objects within one another"},
  };
  for (const Case& c : cases) EXPECT_EQ(walked(c.text), c.says);
}

TEST(JsonTree, IsFilledAgain) {
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"a":"\u0041"})"));
  ASSERT_TRUE(tree.fill(R"(["\u0042", 2])"));
  EXPECT_EQ(shown(tree.root()), "2['B' 2 ]");
  EXPECT_FALSE(tree.fill("nonsense"));
  EXPECT_FALSE(tree.root());
}

TEST(JsonTree, FindsByNameAndIndex) {
  JsonTree tree;
  ASSERT_TRUE(tree.fill(R"({"a":1,"\u0062":[5,[6],7],"a":3})"));
  EXPECT_EQ(tree.root().find("a").text(), "3");
  EXPECT_EQ(tree.root().find("b").element(2).text(), "7");
  EXPECT_FALSE(tree.root().find("b").element(3));
  EXPECT_FALSE(tree.root().find("c"));
  EXPECT_FALSE(tree.root().find("a").find("a"));
  EXPECT_FALSE(JsonNode{}.find("a").element(0));
}

}  // namespace
}  // namespace junctor::lang
