// Goal: each function of the "lists" and "sets" extensions takes lists apart, orders and compares
// them by CEL's equality. Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(ListFunctions, Parts) {
  constexpr Row kRows[] = {
      {"slice", "[1, 2, 3].slice(1, 3)", "[2, 3]"},
      {"slice_whole", "[1, 2, 3].slice(0, 3)", "[1, 2, 3]"},
      {"slice_of_nothing", "[1, 2, 3].slice(2, 2)", "[]"},
      {"slice_over", "[1].slice(0, 2)", "error: invalid_argument"},
      {"slice_before", "[1].slice(-1, 1)", "error: invalid_argument"},
      {"slice_reversed", "[1, 2].slice(2, 1)", "error: invalid_argument"},
      {"flatten", "[1, [2, [3]]].flatten()", "[1, 2, [3]]"},
      {"flatten_deep", "[1, [2, [3]]].flatten(9)", "[1, 2, 3]"},
      {"flatten_not", "[1, [2]].flatten(0)", "[1, [2]]"},
      {"flatten_empty", "[[], [[]]].flatten()", "[[]]"},
      {"flatten_below", "[1].flatten(-1)", "error: invalid_argument"},
      {"reverse", "[5, 1, 2, 3].reverse()", "[3, 2, 1, 5]"},
      {"reverse_empty", "[].reverse()", "[]"},
      {"first_and_last", "[1, 2].first().value() + [1, 2].last().value()", "3"},
      {"first_of_none", "[].first()", "optional.none()"},
      {"last_of_none", "[].last()", "optional.none()"},
  };
  expect_all(kRows);
}

TEST(ListFunctions, Ranges) {
  constexpr Row kRows[] = {
      {"range", "lists.range(3)", "[0, 1, 2]"},
      {"range_of_none", "lists.range(0)", "[]"},
      {"range_below", "lists.range(-1)", "error: invalid_argument"},
      {"range_too_large", "lists.range(1000001)", "error: invalid_argument"},
  };
  expect_all(kRows);
}

TEST(ListFunctions, Orders) {
  constexpr Row kRows[] = {
      {"sort", "[3, 2, 1].sort()", "[1, 2, 3]"},
      {"sort_texts", "['b', 'c', 'a'].sort()", R"(["a", "b", "c"])"},
      {"sort_flags", "[true, false].sort()", "[false, true]"},
      {"sort_bytes", "[b'b', b'a'].sort()", R"([b"a", b"b"])"},
      {"sort_empty", "[].sort()", "[]"},
      {"sort_no_numbers", "[3.0, 0.0 / 0.0, -1.0].sort()", "[NaN, -1.0, 3.0]"},
      {"sort_durations", "[duration('2s'), duration('1s')].sort()[0] == duration('1s')", "true"},
      {"sort_mixed", "[1, dyn('a')].sort()", "error: invalid_argument"},
      {"sort_by", "[{'n': 2}, {'n': 1}].sortBy(e, e.n)", R"([{"n": 1}, {"n": 2}])"},
      {"sort_by_is_stable", "['bb', 'a', 'cc', 'd'].sortBy(s, size(s))",
       R"(["a", "d", "bb", "cc"])"},
      {"sort_by_error", "[1, 2].sortBy(e, 1 / 0)", "error: divide_by_zero"},
      {"distinct", "[1, 1.0, 'a', 1u, 'a'].distinct()", "[1, \"a\"]"},
      {"distinct_lists", "[[1], [1], [2]].distinct()", "[[1], [2]]"},
      {"distinct_of_no_number", "[0.0 / 0.0, 0.0 / 0.0].distinct().size()", "2"},
  };
  expect_all(kRows);
}

TEST(ListFunctions, Sets) {
  constexpr Row kRows[] = {
      {"contains", "sets.contains([1, 2, 3, 4], [2, 3])", "true"},
      {"contains_none", "sets.contains([1], [])", "true"},
      {"contains_not", "sets.contains([1], [1, 2])", "false"},
      {"contains_by_value", "sets.contains([1, 2.0, 3u], [1.0, 2u, 3])", "true"},
      {"equivalent", "sets.equivalent([1, 2, 2], [2.0, 1])", "true"},
      {"equivalent_not", "sets.equivalent([1], [1, 2])", "false"},
      {"intersects", "sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])", "true"},
      {"intersects_none", "sets.intersects([1], [])", "false"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
