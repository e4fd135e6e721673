// Goal: source becomes the tree that the grammar says, macros expanded, and what is wrong is said
// with its place. Method: tables of sources with their trees in prefix form, and with their issues.

#include "lang/cel/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

std::string tree_of(const Syntax& syntax, ExpressionIndex index) {
  constexpr const char* kScopes[] = {"none",   "all",     "exists",      "exists_one",
                                     "filter", "collect", "collect_map", "collect_entries",
                                     "sort",   "bind",    "opt_map",     "opt_flat_map",
                                     "block"};
  const Expression& e = syntax.expressions[index];
  std::string text;
  switch (e.kind) {
    case ExpressionKind::literal: return to_text(e.value);
    case ExpressionKind::identifier: return (e.is_rooted ? "." : "") + std::string{e.name};
    case ExpressionKind::select:
      text = std::string{e.is_test ? "has" : "select"} + (e.is_optional ? "? " : " ");
      text += e.name;
      break;
    case ExpressionKind::call: text = (e.has_target ? "." : "") + std::string{e.name}; break;
    case ExpressionKind::list: text = "list"; break;
    case ExpressionKind::map: text = "map"; break;
    case ExpressionKind::message: text = "message " + std::string{e.name}; break;
    case ExpressionKind::optional_entry: text = "?"; break;
    case ExpressionKind::scope:
      text = std::string{kScopes[static_cast<std::size_t>(e.scope)]} + " " + std::string{e.name};
      if (!e.second.empty()) text += " " + std::string{e.second};
      break;
  }
  for (const ExpressionIndex operand : syntax.operands_of(e))
    text += " " + tree_of(syntax, operand);
  return "(" + text + ")";
}

std::string parsed(std::string_view text, const ParserOptions& options) {
  const auto syntax = parse(text, options);
  if (!syntax) {
    return "at " + std::to_string(syntax.error().begin) + ": " + syntax.error().message;
  }
  return tree_of(**syntax, (*syntax)->root);
}

TEST(Parser, BuildsTheTreeOfTheGrammar) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"1 + 2 * 3", "(_+_ 1 (_*_ 2 3))"},
      {"1 - 2 - 3", "(_-_ (_-_ 1 2) 3)"},
      {"(1 + 2) * 3", "(_*_ (_+_ 1 2) 3)"},
      {"a < b == c", "(_==_ (_<_ a b) c)"},
      {"a || b && c || d", "(_||_ a (_&&_ b c) d)"},
      {"a && b && c", "(_&&_ a b c)"},
      {"(a && b) && c", "(_&&_ (_&&_ a b) c)"},
      {"a ? b : c ? d : e", "(_?_:_ a b (_?_:_ c d e))"},
      {"!!a", "(!_ (!_ a))"},
      {"-a", "(-_ a)"},
      {"-1", "-1"},
      {"--1", "(-_ -1)"},
      {"-1.5", "-1.5"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"2 - -2", "(_-_ 2 -2)"},
      {"0x10 + 0xFFu", "(_+_ 16 255u)"},
      {"a.b.c", "(select c (select b a))"},
      {"a.b(c)", "(.b a c)"},
      {"f()", "(f)"},
      {".f(.x)", "(.f .x)"},
      {"a[0].b", "(select b (_[_] a 0))"},
      {"a.?b[?c]", "(_[?_] (select? b a) c)"},
      {"a.`b-c`", "(select b-c a)"},
      {"a.package", "(select package a)"},
      {"[1, ?b, 3,]", "(list 1 (? b) 3)"},
      {"{a: 1, ?'b': c}", "(map a 1 (? \"b\") c)"},
      {"[,]", "(list)"},
      {"a.B{c: 1}", "(message a.B \"c\" 1)"},
      {"x in [1]", "(@in x (list 1))"},
      {"has(a.b)", "(has b a)"},
      {"a.all(x, x > 1)", "(all x a (_>_ x 1))"},
      {"a.map(x, x > 1, x * 2)", "(collect x a (_>_ x 1) (_*_ x 2))"},
      {"a.exists(i, v, i == v)", "(exists i v a (_==_ i v))"},
      {"a.transformMap(k, v, v)", "(collect_map k v a v)"},
      {"cel.bind(x, 1, x)", "(bind x 1 x)"},
      {"a.optMap(x, x)", "(opt_map x a x)"},
      {"a.sortBy(x, x.y)", "(sort x a (select y x))"},
      {"math.greatest(1, 2, 3)", "(math.@max (list 1 2 3))"},
      {"math.least(a)", "(math.@min a)"},
      {"a.all(x)", "(.all a x)"},
      {"cel.block([1], 2)", "(.block cel (list 1) 2)"},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(parsed(c.text, {.extensions = Extensions::all()}), c.expected) << c.text;
}

TEST(Parser, SaysWhatWasExpectedAndWhere) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"", "at 0: expected a value, and found the end of the expression"},
      {"1 +", "at 3: expected a value, and found the end of the expression"},
      {"(1", "at 2: expected \")\", and found the end of the expression"},
      {"1 2", "at 2: expected an operator or the end, and found \"2\""},
      {"a.", "at 2: expected the name of a field, and found the end of the expression"},
      {"a.true", "at 2: expected the name of a field, and found \"true\""},
      {"a ? b", "at 5: expected \":\", and found the end of the expression"},
      {"[1", "at 2: expected \"]\", and found the end of the expression"},
      {"{1}", "at 2: expected \":\", and found \"}\""},
      {"f(1,)", "at 4: expected a value, and found \")\""},
      {"if", "at 0: \"if\" is a reserved word, and names nothing"},
      {"9223372036854775808", "at 0: this number does not fit int"},
      {"18446744073709551616u", "at 0: this number does not fit uint"},
      {"'a", "at 0: this string does not end"},
      {"'ab\\q'", "at 3: this escape is not known"},
      {"!-a", "at 1: expected a value, and found \"-\""},
      {"has(a)",
       "at 4: has() takes the selection of a field, as in has(a.b), and found another "
       "expression"},
      {"a.all(x.y, true)",
       "at 6: all() takes the name of a variable here, and found another "
       "expression"},
      {"a.all(x, x, true)", "at 9: the two variables of all() have the same name"},
      {"math.greatest()", "at 0: math.greatest() takes at least one argument"},
      {"math.greatest('a')", "at 14: math.greatest() takes numbers, and found another literal"},
      {"a.transformMapEntry(k, v, v)",
       "at 26: transformMapEntry() takes a map literal as its last argument"},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(parsed(c.text, {.extensions = Extensions::all()}), c.expected) << c.text;
}

TEST(Parser, ExtensionsAndMacrosAreSwitchedOn) {
  EXPECT_EQ(parsed("a.?b", {}), "at 2: expected the name of a field, and found \"?\"");
  EXPECT_EQ(parsed("a.all(x, true)", {.macros = Macros::off}), "(.all a x true)");
  EXPECT_EQ(parsed("a.all(i, x, true)", {}), "(.all a i x true)");
  EXPECT_EQ(parsed("cel.bind(x, 1, x)", {}), "(.bind cel x 1 x)");
  EXPECT_EQ(
      parsed("cel.block([1, cel.index(0)], cel.index(1))", {.extensions = {Extension::blocks}}),
      "(block  1 @index0 @index1)");
}

TEST(Parser, NestingIsBounded) {
  const auto nested = [](std::string_view open, std::string_view close, std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "a";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  const ParserOptions options{.depth_max = 50};
  constexpr const char* kForms[][2] = {{"(", ")"}, {"[", "]"},  {"f(", ")"}, {"-", ""},   {"!", ""},
                                       {"", ".b"}, {"", "[0]"}, {"", "+1"},  {"{1:", "}"}};
  for (const auto& [open, close] : kForms) {
    EXPECT_TRUE(parse(nested(open, close, 40), options)) << open << close;
    const auto deep = parse(nested(open, close, 100), options);
    ASSERT_FALSE(deep) << open << close;
    EXPECT_EQ(deep.error().message, "the expression is nested more than 50 levels deep");
  }
}

TEST(Parser, TheNumberOfPartsIsBounded) {
  std::string text = "a";
  for (int i = 0; i < 200; ++i) text += " || a";
  EXPECT_TRUE(parse(text, {.expressions_max = 300}));
  const auto large = parse(text, {.expressions_max = 100});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().message, "the expression has more than 100 parts");
}

TEST(Parser, PlacesCoverTheSource) {
  const std::string text = "a.b(1) + [2][0]";
  const auto syntax = parse(text, {});
  ASSERT_TRUE(syntax);
  const auto text_at = [&](ExpressionIndex index) {
    const Expression& e = (*syntax)->expressions[index];
    return text.substr(e.begin, e.end - e.begin);
  };
  const Expression& root = (*syntax)->expressions[(*syntax)->root];
  EXPECT_EQ(text_at((*syntax)->root), text);
  EXPECT_EQ(root.point, 7U);
  EXPECT_EQ(text_at((*syntax)->operands_of(root)[0]), "a.b(1)");
  EXPECT_EQ(text_at((*syntax)->operands_of(root)[1]), "[2][0]");
}

}  // namespace
}  // namespace junctor::lang::cel
