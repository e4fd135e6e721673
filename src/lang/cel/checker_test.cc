// Goal: types are deduced, and what cannot work is refused with its place and what would do, all at
// once. Method: tables of expressions with their types or with the text of the error.

#include "lang/cel/checker.h"

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::Row;

Environment environment() {
  return testing::environment_with({{"s", "string"},
                                    {"n", "int"},
                                    {"d", "dyn"},
                                    {"m", "map(string, int)"},
                                    {"l", "list(string)"},
                                    {"request.path", "string"}});
}

TEST(Checker, DeducesTypes) {
  constexpr Row kRows[] = {
      {"variable", "m", "map(string, int)"},
      {"field_of_a_map", "m.a", "int"},
      {"field_of_dyn", "d.a.b", "dyn"},
      {"qualified_name", "request.path", "string"},
      {"empty_list", "[]", "list(dyn)"},
      {"mixed_list", "[1, 'a']", "list(dyn)"},
      {"list_of_lists", "[[], [1]]", "list(list(int))"},
      {"map_literal", "{'a': 1u}", "map(string, uint)"},
      {"conditional", "true ? [1] : []", "list(int)"},
      {"call_on_dyn", "size(d)", "int"},
      {"sum_with_dyn", "d + 1", "int"},
      {"comparison", "n < 3", "bool"},
      {"filter", "l.filter(x, x != '')", "list(string)"},
      {"map_macro", "l.map(x, size(x))", "list(int)"},
      {"map_of_map", "m.map(k, k)", "list(string)"},
      {"two_variables", "l.transformMap(i, v, v)", "map(int, string)"},
      {"optional", "m.?a", "optional_type(int)"},
      {"or_value", "m[?'a'].orValue(0)", "int"},
      {"opt_map", "m.?a.optMap(x, string(x))", "optional_type(string)"},
      {"bind", "cel.bind(x, n, [x])", "list(int)"},
      {"type_value", "type(n)", "type(int)"},
      {"sort_by", "l.sortBy(x, size(x))", "list(string)"},
      {"shadowing", "l.exists(n, n == 'a')", "bool"},
  };
  for (const Row& row : kRows) {
    const auto program = compile(row.expression, environment());
    ASSERT_TRUE(program) << row.name << ": " << program.error().detail();
    EXPECT_EQ((*program)->result_type(), row.expected) << row.name;
  }
}

TEST(Checker, SaysWhatCannotWork) {
  constexpr Row kRows[] = {
      {"unknown_variable", "reqest == 1",
       "line 1, column 1: there is no variable \"reqest\"\n  reqest == 1\n  ^"},
      {"near_variable", "x + nn == 1", "did you mean \"n\"?"},
      {"unknown_function", "sise(s)", "there is no function \"sise\": did you mean \"size\"?"},
      {"unknown_method", "s.startWith('a')", "did you mean \"startsWith\"?"},
      {"wrong_types", "s + n",
       "line 1, column 3: there is no string + int: expected int + int or uint + uint or double + "
       "double or string + string or bytes + bytes or list(A) + list(A) or"},
      {"wrong_argument", "s.startsWith(n)",
       "there is no string.startsWith(int): expected string.startsWith(string)"},
      {"wrong_count", "s.startsWith()", "there is no string.startsWith(): expected"},
      {"different_equality", "n == s", "there is no int == string: expected A == A"},
      {"no_condition", "n && true", "line 1, column 1: expected bool, and found int"},
      {"conditional_results", "true ? 1 : 'a'",
       "the two results have different types: int and string"},
      {"predicate", "l.all(x, 1)", "line 1, column 10: expected bool, and found int"},
      {"range", "n.all(x, true)", "expected a list or a map to go through, and found int"},
      {"field_of_int", "n.a", "a value of type int has no field \"a\": expected a map"},
      {"field_of_int_keys", "{1: 2}.a",
       "\"a\" is a string, and the keys of this map(int, int) are not"},
      {"key_type", "{1.5: 2}",
       "the keys of a map are int, uint, bool or string, and this one is double"},
      {"message", "a.B{c: 1}", "there are no messages here, and \"a.B\" is no type"},
      {"not_optional", "[?n]", "expected optional_type(dyn), and found int"},
      {"bad_pattern", "s.matches('(')", "this is no regular expression that can be used: "},
      {"second_line", "true &&\n  n",
       "line 2, column 3: expected bool, and found int\n    n\n    ^"},
  };
  for (const Row& row : kRows) {
    const auto program = compile(row.expression, environment());
    ASSERT_FALSE(program) << row.name;
    EXPECT_EQ(program.error().reason(), "bad_expression");
    EXPECT_TRUE(program.error().detail().contains(row.expected))
        << row.name << ": " << program.error().detail();
  }
}

TEST(Checker, SaysAllThatIsWrongAtOnce) {
  const auto program = compile("a == 1 && n.b && f(s) + g()", environment());
  ASSERT_FALSE(program);
  for (const char* part :
       {"no variable \"a\"", "no field \"b\"", "no function \"f\"", "no function \"g\""})
    EXPECT_TRUE(program.error().detail().contains(part)) << part;
}

TEST(Checker, NamesAreLookedForInTheContainerAndAroundIt) {
  Environment environment;
  constexpr testing::Declared kNames[] = {{"a.b.x", "int"}, {"a.x", "string"},
                                          {"x", "bool"},    {"a.y", "bytes"},
                                          {"z", "uint"},    {"a.b.c.d", "double"}};
  for (const testing::Declared& each : kNames)
    ASSERT_TRUE(environment.declare(each.name, each.type));
  environment.set_container("a.b");
  constexpr Row kRows[] = {
      {"nearest", "x", "int"},  {"around", "y", "bytes"},          {"root", "z", "uint"},
      {"rooted", ".x", "bool"}, {"longest_name", "c.d", "double"}, {"partly_named", "b.x", "int"}};
  for (const Row& row : kRows) {
    const auto program = compile(row.expression, environment);
    ASSERT_TRUE(program) << row.name << ": " << program.error().detail();
    EXPECT_EQ((*program)->result_type(), row.expected) << row.name;
  }
}

TEST(Checker, WithoutCheckingEverythingShowsWhenItRuns) {
  Environment environment;
  environment.set_typing(Typing::dynamic);
  constexpr Row kRows[] = {
      {"unknown_variable", "x || true", "true"},
      {"unknown_function", "f(1)", "error: undeclared"},
      {"no_overload", "1 + 'a'", "error: no_such_overload"},
      {"absorbed", "1 + 'a' == 2 || true", "true"},
      {"message", "a.B{c: 1}", "error: undeclared"},
      {"arguments", "size(1, 2)", "error: no_such_overload"},
  };
  for (const Row& row : kRows)
    EXPECT_EQ(testing::run(row.expression, environment), row.expected) << row.name;
}

}  // namespace
}  // namespace junctor::lang::cel
