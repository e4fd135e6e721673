// Goal: conversions give the value of the other type or say that there is none: nothing is cut.
// Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(ConversionFunctions, Numbers) {
  constexpr Row kRows[] = {
      {"int_of_text", "int('-12')", "-12"},
      {"int_of_plus", "int('+12')", "12"},
      {"int_of_blank", "int(' 12')", "error: invalid_argument"},
      {"int_of_two_signs", "int('+-12')", "error: invalid_argument"},
      {"int_of_empty", "int('')", "error: invalid_argument"},
      {"int_of_point", "int('1.0')", "error: invalid_argument"},
      {"int_of_large_text", "int('9223372036854775808')", "error: invalid_argument"},
      {"int_of_double", "[int(1.9), int(-1.9)]", "[1, -1]"},
      {"int_of_large_double", "int(1e19)", "error: out_of_range"},
      {"int_of_no_number", "int(0.0 / 0.0)", "error: out_of_range"},
      {"int_of_large_uint", "int(9223372036854775808u)", "error: out_of_range"},
      {"int_of_timestamp", "int(timestamp('2001-09-09T01:46:40Z'))", "1000000000"},
      {"uint", "[uint(1), uint('2'), uint(3.9)]", "[1u, 2u, 3u]"},
      {"uint_of_minus", "uint(-1)", "error: out_of_range"},
      {"uint_of_minus_half", "uint(-0.5)", "error: out_of_range"},
      {"uint_of_largest", "uint('18446744073709551615')", "18446744073709551615u"},
      {"double", "[double(1), double(2u), double('-2.5')]", "[1.0, 2.0, -2.5]"},
      {"double_of_text", "double('1e3')", "1000.0"},
      {"double_of_inf", "double('-inf')", "-Infinity"},
      {"double_of_word", "double('one')", "error: invalid_argument"},
      {"double_of_large_int", "double(9007199254740993) == 9007199254740992.0", "true"},
  };
  expect_all(kRows);
}

TEST(ConversionFunctions, Texts) {
  constexpr Row kRows[] = {
      {"of_int", "string(-9223372036854775808)", "\"-9223372036854775808\""},
      {"of_uint", "string(18446744073709551615u)", "\"18446744073709551615\""},
      {"of_double", "string(1e100)", "\"1e+100\""},
      {"of_bool", "string(true) + string(false)", "\"truefalse\""},
      {"of_bytes", "string(b'\\xc3\\xa9')", "\"\u00e9\""},
      {"of_no_text", "string(b'\\xff')", "error: invalid_argument"},
      {"of_timestamp", "string(timestamp('2024-01-01T01:00:00.5+01:00'))",
       "\"2024-01-01T00:00:00.5Z\""},
      {"of_duration", "string(duration('1h1.5s'))", "\"3601.5s\""},
      {"of_list", "string([1])", "error: bad_expression"},
      {"bytes", "bytes('\u00e9')", "b\"\\xc3\\xa9\""},
  };
  expect_all(kRows);
}

TEST(ConversionFunctions, Others) {
  constexpr Row kRows[] = {
      {"bool", "bool('True') && bool('1') && !bool('f') && !bool('FALSE')", "true"},
      {"bool_of_word", "bool('yes')", "error: invalid_argument"},
      {"bool_of_other_case", "bool('TrUe')", "error: invalid_argument"},
      {"type", "type([]) == list && type(type(1)) == type", "true"},
      {"types_differ", "type(1) == type(1u)", "false"},
      {"dyn", "dyn(1) == 1.0", "true"},
      {"timestamp", "timestamp(1000000000) == timestamp('2001-09-09T01:46:40Z')", "true"},
      {"timestamp_of_no_month", "timestamp('2024-13-01T00:00:00Z')", "error: invalid_argument"},
      {"timestamp_without_zone", "timestamp('2024-01-01T00:00:00')", "error: invalid_argument"},
      {"timestamp_of_leap_day", "timestamp('2023-02-29T00:00:00Z')", "error: invalid_argument"},
      {"timestamp_too_late", "timestamp(253402300800)", "error: out_of_range"},
      {"duration", "duration('1h30m') == duration('5400s')", "true"},
      {"duration_with_space", "duration('1 h')", "error: invalid_argument"},
      {"duration_without_unit", "duration('1')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
