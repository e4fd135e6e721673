// Goal: each function of the "math" extension keeps the type of its number and says what does not
// fit. Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(MathFunctions, Extremes) {
  constexpr Row kRows[] = {
      {"greatest", "math.greatest(1, 2.5, 2u)", "2.5"},
      {"greatest_of_one", "math.greatest(-5)", "-5"},
      {"greatest_of_equals", "math.greatest(1, 1.0)", "1"},
      {"greatest_of_list", "math.greatest([1.5, -2.0])", "1.5"},
      {"greatest_of_mixed_list", "math.greatest([1, 2.5, dyn(3u)])", "3u"},
      {"least", "math.least(-5, 7u, 0.5)", "-5"},
      {"least_of_list", "math.least([3, 1, 2])", "1"},
      {"least_of_uints", "math.least(3u, 1u)", "1u"},
      {"of_nothing", "math.greatest(dyn([]))", "error: invalid_argument"},
      {"of_texts", "math.greatest(dyn(['a']))", "error: no_such_overload"},
  };
  expect_all(kRows);
}

TEST(MathFunctions, Rounding) {
  constexpr Row kRows[] = {
      {"ceil", "[math.ceil(1.2), math.ceil(-1.2)]", "[2.0, -1.0]"},
      {"floor", "[math.floor(1.2), math.floor(-1.2)]", "[1.0, -2.0]"},
      {"round", "[math.round(1.5), math.round(-2.5), math.round(1.2)]", "[2.0, -3.0, 1.0]"},
      {"trunc", "[math.trunc(1.9), math.trunc(-1.9)]", "[1.0, -1.0]"},
      {"of_no_number", "math.isNaN(math.round(0.0 / 0.0))", "true"},
      {"abs", "[math.abs(-1), math.abs(1)]", "[1, 1]"},
      {"abs_of_double", "math.abs(-1.5)", "1.5"},
      {"abs_of_uint", "math.abs(1u)", "1u"},
      {"abs_of_least", "math.abs(-9223372036854775808)", "error: overflow"},
      {"sign", "[math.sign(-3), math.sign(0), math.sign(9)]", "[-1, 0, 1]"},
      {"sign_of_uint", "[math.sign(0u), math.sign(9u)]", "[0u, 1u]"},
      {"sign_of_double", "[math.sign(-0.5), math.sign(0.0)]", "[-1.0, 0.0]"},
      {"sqrt", "[math.sqrt(81), math.sqrt(4u), math.sqrt(2.25)]", "[9.0, 2.0, 1.5]"},
      {"sqrt_of_minus", "math.isNaN(math.sqrt(-1))", "true"},
  };
  expect_all(kRows);
}

TEST(MathFunctions, Kinds) {
  constexpr Row kRows[] = {
      {"is_nan", "math.isNaN(0.0 / 0.0) && !math.isNaN(1.0)", "true"},
      {"is_inf", "math.isInf(1.0 / 0.0) && math.isInf(-1.0 / 0.0) && !math.isInf(1.2)", "true"},
      {"is_finite", "math.isFinite(1.2) && !math.isFinite(1.0 / 0.0)", "true"},
      {"of_ints", "math.isNaN(1)", "error: bad_expression"},
  };
  expect_all(kRows);
}

TEST(MathFunctions, Bits) {
  constexpr Row kRows[] = {
      {"and", "math.bitAnd(3, 5)", "1"},
      {"and_of_uints", "math.bitAnd(3u, 2u)", "2u"},
      {"or", "math.bitOr(1, 2)", "3"},
      {"or_of_uints", "math.bitOr(1u, 2u)", "3u"},
      {"xor", "math.bitXor(3, 5)", "6"},
      {"xor_of_uints", "math.bitXor(1u, 3u)", "2u"},
      {"not", "math.bitNot(1)", "-2"},
      {"not_of_uint", "math.bitNot(0u)", "18446744073709551615u"},
      {"left", "math.bitShiftLeft(1, 2)", "4"},
      {"left_of_minus", "math.bitShiftLeft(-1, 1)", "-2"},
      {"left_of_uint", "math.bitShiftLeft(1u, 200)", "0u"},
      {"right", "math.bitShiftRight(1024, 2)", "256"},
      {"right_fills_with_zeros", "math.bitShiftRight(-1, 60)", "15"},
      {"right_far", "math.bitShiftRight(1024, 64)", "0"},
      {"back", "math.bitShiftLeft(1, -1)", "error: invalid_argument"},
      {"mixed", "math.bitAnd(1, 1u)", "error: bad_expression"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
