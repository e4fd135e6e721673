// Goal: an optional holds a value or nothing, and what is done with nothing is nothing. Method:
// tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(OptionalFunctions, Made) {
  constexpr Row kRows[] = {
      {"of", "optional.of(1)", "optional.of(1)"},
      {"of_null", "optional.of(null).hasValue()", "true"},
      {"none", "optional.none().hasValue()", "false"},
      {"of_zero", "optional.ofNonZeroValue(0)", "optional.none()"},
      {"of_empty", "[optional.ofNonZeroValue(''), optional.ofNonZeroValue([])]",
       "[optional.none(), optional.none()]"},
      {"of_false", "optional.ofNonZeroValue(false)", "optional.none()"},
      {"of_non_zero", "optional.ofNonZeroValue('a')", "optional.of(\"a\")"},
      {"equal", "optional.of(1) == optional.of(1) && optional.none() == optional.none()", "true"},
      {"unequal", "optional.of(1) == optional.none()", "false"},
  };
  expect_all(kRows);
}

TEST(OptionalFunctions, TakenApart) {
  constexpr Row kRows[] = {
      {"value", "optional.of(1).value()", "1"},
      {"no_value", "optional.none().value()", "error: no_value"},
      {"or", "optional.none().or(optional.of(2))", "optional.of(2)"},
      {"or_first", "optional.of(1).or(optional.of(2))", "optional.of(1)"},
      {"or_value", "optional.none().orValue(3)", "3"},
      {"or_value_is_not_evaluated", "optional.of(1).orValue(1 / 0)", "1"},
      {"unwrap", "[optional.of(1), optional.none()].unwrapOpt()", "[1]"},
      {"unwrap_function", "optional.unwrap([optional.none(), optional.of(2)])", "[2]"},
      {"unwrap_others", "optional.unwrap([dyn(1)])", "error: no_such_overload"},
  };
  expect_all(kRows);
}

TEST(OptionalFunctions, LookedInto) {
  constexpr Row kRows[] = {
      {"field", "{'a': 1}.?a", "optional.of(1)"},
      {"no_field", "{'a': 1}.?b", "optional.none()"},
      {"below_a_field", "{'a': {'b': 1}}.?a.b", "optional.of(1)"},
      {"below_no_field", "{'a': {'b': dyn(1)}}.?x.b.c", "optional.none()"},
      {"element", "[1, 2][?1]", "optional.of(2)"},
      {"no_element", "[1, 2][?2]", "optional.none()"},
      {"entry", "{1: 'a'}[?1]", "optional.of(\"a\")"},
      {"element_of_optional", "optional.of([7])[0]", "optional.of(7)"},
      {"element_of_none", "optional.of([7])[?1]", "optional.none()"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
