// Goal: expressions come to what CEL says they do: operators, errors and what absorbs them, macros,
// scopes, optionals, and JSON where it stands. Method: tables of expressions and results.

#include "lang/cel/evaluator.h"

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(Evaluator, OperatorsGiveWhatTheLanguageSays) {
  constexpr Row kRows[] = {
      {"sum", "1 + 2 * 3 - 4 / 2 % 3", "5"},
      {"truncates_towards_zero", "-7 / 2", "-3"},
      {"remainder_has_the_sign_of_the_dividend", "-7 % 2", "-1"},
      {"int_overflow", "9223372036854775807 + 1", "error: overflow"},
      {"int_underflow", "-9223372036854775808 - 1", "error: overflow"},
      {"int_product", "5000000000 * 5000000000", "error: overflow"},
      {"least_int_over_minus_one", "-9223372036854775808 / -1", "error: overflow"},
      {"least_int_modulo_minus_one", "-9223372036854775808 % -1", "error: overflow"},
      {"negated_least_int", "-(-9223372036854775808)", "error: overflow"},
      {"uint_underflow", "1u - 2u", "error: overflow"},
      {"division_by_zero", "1 / 0", "error: divide_by_zero"},
      {"modulus_by_zero", "1u % 0u", "error: modulus_by_zero"},
      {"double_by_zero", "1.0 / 0.0", "Infinity"},
      {"texts", "'a' + 'b' + ''", "\"ab\""},
      {"lists", "[1] + [] + [2]", "[1, 2]"},
      {"bytes", "b'a' + b'\\xff'", "b\"a\\xff\""},
      {"time", "timestamp('2024-02-28T00:00:00Z') + duration('24h')",
       "timestamp(\"2024-02-29T00:00:00Z\")"},
      {"hetero_equality", "dyn(1) == 1.0 && dyn(1u) == 1", "true"},
      {"other_kinds_are_unequal", "dyn('1') == 1", "false"},
      {"hetero_order", "dyn(1) < 1.5", "true"},
      {"no_order", "dyn('a') < 1", "error: no_such_overload"},
      {"in_list", "2.0 in [1, dyn(2)]", "true"},
      {"in_texts", "'b' in ['a', 'b'] && !('c' in ['a', 'b'])", "true"},
      {"in_map", "'a' in {'a': 1} && !('b' in {'a': 1})", "true"},
      {"index", "[1, 2][1]", "2"},
      {"index_by_whole_double", "[1, 2][dyn(1.0)]", "2"},
      {"index_by_half", "[1, 2][dyn(0.5)]", "error: index_out_of_range"},
      {"index_behind", "[1, 2][2]", "error: index_out_of_range"},
      {"index_before", "[1, 2][-1]", "error: index_out_of_range"},
      {"key", "{1: 'a', 'b': 2}[1u]", "\"a\""},
      {"no_key", "{1: 'a'}[2]", "error: no_such_key"},
      {"field", "{'a': {'b': 1}}.a.b", "1"},
      {"no_field", "{'a': 1}.b", "error: no_such_key"},
      {"field_of_text", "dyn('a').b", "error: no_field_selection"},
      {"repeated_key", "{'a': 1, 'a': 2}", "error: duplicate_key"},
      {"equal_keys_of_two_kinds", "{1: 1, 1u: 2}", "error: duplicate_key"},
      {"bad_key", "{dyn(1.5): 1}", "error: unsupported_key"},
  };
  expect_all(kRows);
}

TEST(Evaluator, ErrorsAreAbsorbedWhereTheResultIsSure) {
  constexpr Row kRows[] = {
      {"and_false", "1 / 0 == 1 && false", "false"},
      {"and_true", "1 / 0 == 1 && true", "error: divide_by_zero"},
      {"or_true", "1 / 0 == 1 || true", "true"},
      {"or_false", "1 / 0 == 1 || false", "error: divide_by_zero"},
      {"first_error_counts", "1 / 0 == 1 || {}.a || false", "error: divide_by_zero"},
      {"not_bool", "dyn(1) && true", "error: no_such_overload"},
      {"not_bool_absorbed", "dyn(1) && false", "false"},
      {"conditional", "false ? 1 / 0 : 2", "2"},
      {"conditional_on_error", "1 / 0 == 1 ? 1 : 2", "error: divide_by_zero"},
      {"all", "[0, 1].all(x, 1 / x == 2)", "false"},
      {"all_of_errors", "[0, 1].all(x, 1 / x == 1)", "error: divide_by_zero"},
      {"exists", "[0, 1].exists(x, 1 / x == 1)", "true"},
      {"exists_of_errors", "[0, 1].exists(x, 1 / x == 2)", "error: divide_by_zero"},
      {"exists_one_absorbs_nothing", "[1, 0].exists_one(x, 1 / x == 1)", "error: divide_by_zero"},
      {"filter_absorbs_nothing", "[1, 0].filter(x, 1 / x == 1)", "error: divide_by_zero"},
      {"bound_error_counts_where_used", "cel.bind(x, 1 / 0, true)", "true"},
      {"bound_error", "cel.bind(x, 1 / 0, x)", "error: divide_by_zero"},
  };
  expect_all(kRows);
}

TEST(Evaluator, MacrosGoThroughListsAndMaps) {
  constexpr Row kRows[] = {
      {"has", "has({'a': null}.a) && !has({}.a)", "true"},
      {"has_of_text", "has(dyn('a').b)", "error: no_field_selection"},
      {"all_of_nothing", "[].all(x, false)", "true"},
      {"exists_of_nothing", "[].exists(x, true)", "false"},
      {"exists_one", "[1, 2, 2].exists_one(x, x == 1)", "true"},
      {"exists_two", "[1, 2, 2].existsOne(x, x == 2)", "false"},
      {"filter", "[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
      {"filter_keys", "{'a': 1, 'b': 2}.filter(k, k > 'a')", "[\"b\"]"},
      {"map", "[1, 2].map(x, [x, x * x])", "[[1, 1], [2, 4]]"},
      {"map_some", "[1, 2, 3].map(x, x > 1, x * 2)", "[4, 6]"},
      {"nested", "[1, 2].map(x, [10, 20].map(y, x + y))", "[[11, 21], [12, 22]]"},
      {"shadowed", "[1].map(x, [2].map(x, x))", "[[2]]"},
      {"inner_then_outer", "[1, 2].map(x, [3].exists(y, y > x) ? x : 0)", "[1, 2]"},
      {"two_variables_of_list", "['a', 'b'].transformList(i, v, v + string(i))",
       "[\"a0\", \"b1\"]"},
      {"two_variables_of_map", "{'a': 1}.exists(k, v, k == 'a' && v == 1)", "true"},
      {"transform_map", "[7, 8].transformMap(i, v, i > 0, v * 2)", "{1: 16}"},
      {"transform_map_entry", "{'a': 1, 'b': 2}.transformMapEntry(k, v, {v: k})",
       "{1: \"a\", 2: \"b\"}"},
      {"transform_map_entry_twice", "{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})",
       "error: duplicate_key"},
      {"sort_by", "[3, 1, 2].sortBy(x, -x)", "[3, 2, 1]"},
      {"sort_by_is_stable", "['b1', 'a1', 'b0'].sortBy(x, x.charAt(0))",
       "[\"a1\", \"b1\", \"b0\"]"},
      {"sort_by_no_number", "[1.0, 0.0, 2.0].sortBy(x, x == 0.0 ? 0.0 / 0.0 : x)",
       "[0.0, 1.0, 2.0]"},
      {"sort_by_mixed_keys", "[1, 2].sortBy(x, x == 1 ? dyn('a') : dyn(x))",
       "error: invalid_argument"},
      {"range_of_text", "dyn('abc').all(x, true)", "error: no_such_overload"},
      {"predicate_of_no_bool", "[1].exists(x, dyn(x))", "error: no_such_overload"},
      {"bind", "cel.bind(x, [1, 2], x + x)", "[1, 2, 1, 2]"},
      {"bind_within_a_loop", "[1, 2].map(x, cel.bind(y, x * 2, y + x))", "[3, 6]"},
  };
  expect_all(kRows);
}

TEST(Evaluator, OptionalsHoldOneValueOrNone) {
  constexpr Row kRows[] = {
      {"present", "{'a': 1}.?a", "optional.of(1)"},
      {"absent", "{'a': 1}.?b", "optional.none()"},
      {"chained", "{'a': {'b': 1}}.?a.b.value()", "1"},
      {"chained_absent", "{}.?a.b.c", "optional.none()"},
      {"index", "[1][?1].orValue(7)", "7"},
      {"wrong_kind", "dyn(1).?a", "optional.none()"},
      {"element", "[?{}.?a, ?optional.of(2)]", "[2]"},
      {"entry", "{?'a': {}.?a, ?'b': optional.of(2)}", "{\"b\": 2}"},
      {"element_of_no_optional", "[?dyn(1)]", "error: no_such_overload"},
      {"has", "has({}.?a.b)", "false"},
      {"no_value", "optional.none().value()", "error: no_value"},
      {"opt_map", "optional.of(1).optMap(x, x + 1)", "optional.of(2)"},
      {"opt_flat_map", "optional.of({'a': 1}).optFlatMap(x, x.?b)", "optional.none()"},
      {"opt_map_of_none", "optional.none().optMap(x, 1 / 0)", "optional.none()"},
  };
  expect_all(kRows);
}

TEST(Evaluator, JsonIsUsedWhereItStands) {
  const char* const json = R"({
      "a": {"n": 5, "t": "x", "l": [1, 2.5, null, {"z": true}], "t": "y"},
      "ints": {"n": 5, "l": 7, "big": 9007199254740993}, "half": 0.5})";
  const Environment environment =
      testing::environment_with({{"a", "dyn"}, {"ints", "map(string, dyn)"}, {"half", "int"}});
  const Environment typed =
      testing::environment_with({{"a", "dyn"}, {"ints", "map(string, int)"}, {"half", "int"}});
  constexpr Row kRows[] = {
      {"field", "a.t", "\"y\""},
      {"number", "a.n == 5 && type(a.n) == double", "true"},
      {"sum_with_int", "a.n + 1", "error: no_such_overload"},
      {"element", "a.l[3].z", "true"},
      {"element_behind", "a.l[4]", "error: index_out_of_range"},
      {"loop", "a.l.exists(x, x == 2.5)", "true"},
      {"keys", "a.map(k, k)", "[\"n\", \"l\", \"t\"]"},
      {"size", "size(a) == 3 && size(a.l) == 4", "true"},
      {"in", "'n' in a && null in a.l", "true"},
      {"whole", "a.l + [1]", "[1.0, 2.5, null, {\"z\": true}, 1]"},
      {"unbound", "half + 1", "error: bad_conversion"},
  };
  for (const Row& row : kRows)
    EXPECT_EQ(testing::run(row.expression, environment, json), row.expected) << row.name;
  constexpr Row kTyped[] = {
      {"declared_int", "ints.n + 1", "6"},
      {"exact", "ints.big == 9007199254740993 && ints.big != 9007199254740992", "true"},
      {"does_not_fit", "half == 0", "error: bad_conversion"},
      {"absorbed", "half == 0 || true", "true"},
  };
  for (const Row& row : kTyped)
    EXPECT_EQ(testing::run(row.expression, typed, json), row.expected) << row.name;
}

TEST(Evaluator, BlocksKnowWhatStandsBefore) {
  Environment environment;
  environment.enable({Extension::blocks});
  EXPECT_EQ(testing::run("cel.block([1, cel.index(0) + 1], cel.index(1) * 10)", environment), "20");
}

}  // namespace
}  // namespace junctor::lang::cel
