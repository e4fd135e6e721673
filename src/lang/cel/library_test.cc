// Goal: the functions of the standard library and of the extensions give what their documentation
// says, at the edges too; the official tests cover the rest. Method: tables of calls and results.

#include "lang/cel/library.h"

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::Row;

void expect_all(std::span<const Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(testing::run(row.expression), row.expected) << row.name;
}

TEST(Library, OverloadsOfOneNameCanBeToldApart) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Extension::blocks); ++i) {
    for (const Overload& each : library(static_cast<Extension>(i))) {
      EXPECT_FALSE(each.name.empty());
      EXPECT_NE(each.run, nullptr) << each.name;
      EXPECT_LE(each.parameters.size(), kArgumentsMax);
    }
  }
  EXPECT_GT(library(std::nullopt).size(), 100U);
}

TEST(Library, ConversionsReadStrictly) {
  constexpr Row kRows[] = {
      {"int_of_text", "int('-12')", "-12"},
      {"int_of_plus", "int('+12')", "12"},
      {"int_of_blank", "int(' 12')", "error: invalid_argument"},
      {"int_of_two_signs", "int('+-12')", "error: invalid_argument"},
      {"int_of_empty", "int('')", "error: invalid_argument"},
      {"int_of_large_text", "int('9223372036854775808')", "error: invalid_argument"},
      {"int_of_no_number", "int(0.0 / 0.0)", "error: out_of_range"},
      {"uint_of_minus_half", "uint(-0.5)", "error: out_of_range"},
      {"double_of_text", "double('1e3')", "1000.0"},
      {"double_of_inf", "double('-inf')", "-Infinity"},
      {"string_of_double", "string(1e100)", "\"1e+100\""},
      {"string_of_bytes", "string(b'\\xff')", "error: invalid_argument"},
      {"bytes_of_text", "bytes('\u00e9')", "b\"\\xc3\\xa9\""},
      {"bool_of_text", "bool('True') && !bool('f')", "true"},
      {"type", "type([]) == list && type(type(1)) == type", "true"},
      {"timestamp", "timestamp('2024-13-01T00:00:00Z')", "error: invalid_argument"},
      {"duration", "duration('1 h')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

TEST(Library, TextsAreCountedByCodePoints) {
  constexpr Row kRows[] = {
      {"size", "size('a\U0001F600') + 'ab'.size() + size(b'\\xff')", "5"},
      {"matches", "'abc'.matches('b') && !matches('abc', '^b')", "true"},
      {"matches_of_bad_pattern", "'abc'.matches('(' + '')", "error: invalid_argument"},
      {"char_at", "'h\u00e9llo'.charAt(1)", "\"\u00e9\""},
      {"char_at_end", "'h'.charAt(1)", "\"\""},
      {"char_at_behind", "'h'.charAt(2)", "error: index_out_of_range"},
      {"index_of", "'\u00e9a\u00e9a'.indexOf('a', 2)", "3"},
      {"index_of_nothing", "'abc'.indexOf('', 3)", "3"},
      {"last_index_of", "'\u00e9a\u00e9a'.lastIndexOf('\u00e9')", "2"},
      {"substring", "'h\u00e9llo'.substring(1, 3)", "\"\u00e9l\""},
      {"substring_reversed", "'abc'.substring(2, 1)", "error: invalid_argument"},
      {"replace", "'aaa'.replace('a', 'bb', 2)", "\"bbbba\""},
      {"replace_all_by_least_int", "'aa'.replace('a', 'b', -9223372036854775808)", "\"bb\""},
      {"replace_nothing", "'ab'.replace('', '-')", "\"-a-b-\""},
      {"split", "'a,b,,c'.split(',', 3)", R"(["a", "b", ",c"])"},
      {"split_characters", "'a\u00e9c'.split('')", "[\"a\", \"\u00e9\", \"c\"]"},
      {"split_nothing", "''.split(',')", "[\"\"]"},
      {"join", "['a', 'b'].join('-') + [].join('x')", "\"a-b\""},
      {"join_numbers", "dyn([1]).join()", "error: no_such_overload"},
      {"trim", "'\u00a0\\n a b \u3000'.trim()", "\"a b\""},
      {"case", "'aB\u00e9'.upperAscii() + 'AB'.lowerAscii()", "\"AB\u00e9ab\""},
      {"reverse", "'a\u00e9b'.reverse()", "\"b\u00e9a\""},
      {"quote", "strings.quote('a\"\\n')", R"("\"a\\\"\\n\"")"},
  };
  expect_all(kRows);
}

TEST(Library, FormatWritesEachKind) {
  constexpr Row kRows[] = {
      {"several", "'%s %d %.2f %e %x %X %o %b'.format(['a', 5, 1.5, 2, 255, -255, 8, 5])",
       R"("a 5 1.50 2.000000e+00 ff -FF 10 101")"},
      {"percent", "'100%%'.format([])", "\"100%\""},
      {"list", "'%s'.format([[1, 'a', {'k': b'v', 'j': null}]])", R"("[1, a, {j: null, k: v}]")"},
      {"double", "'%s %s'.format([1e21, 0.1])", "\"1000000000000000000000 0.1\""},
      {"least_int", "'%x %b'.format([-9223372036854775808, true])", "\"-8000000000000000 1\""},
      {"bytes", "'%s'.format([b'a\\xff\\xffb'])", "\"a\ufffdb\""},
      {"text_in_hex", "'%X'.format(['\u00e9'])", "\"C3A9\""},
      {"too_few", "'%s %s'.format([1])", "error: invalid_argument"},
      {"no_letter", "'%'.format([1])", "error: invalid_argument"},
      {"unknown_letter", "'%q'.format([1])", "error: invalid_argument"},
      {"precision", "'%.101f'.format([1.0])", "error: invalid_argument"},
      {"wrong_type", "'%d'.format(['a'])", "error: invalid_argument"},
  };
  expect_all(kRows);
}

TEST(Library, NumbersKeepTheirType) {
  constexpr Row kRows[] = {
      {"greatest", "math.greatest(1, 2.5, 2u)", "2.5"},
      {"least_of_list", "math.least([3, 1, 2])", "1"},
      {"greatest_of_nothing", "math.greatest(dyn([]))", "error: invalid_argument"},
      {"greatest_of_texts", "math.greatest(dyn(['a']))", "error: no_such_overload"},
      {"round", "math.round(-2.5)", "-3.0"},
      {"abs", "math.abs(-9223372036854775808)", "error: overflow"},
      {"sign", "[math.sign(-3), math.sign(0)]", "[-1, 0]"},
      {"shift", "math.bitShiftRight(-1, 60)", "15"},
      {"shift_far", "math.bitShiftLeft(1u, 64)", "0u"},
      {"shift_back", "math.bitShiftLeft(1, -1)", "error: invalid_argument"},
      {"sqrt", "math.sqrt(81)", "9.0"},
  };
  expect_all(kRows);
}

TEST(Library, ListsAreTakenApartAndSorted) {
  constexpr Row kRows[] = {
      {"slice", "[1, 2, 3].slice(1, 3)", "[2, 3]"},
      {"slice_over", "[1].slice(0, 2)", "error: invalid_argument"},
      {"flatten", "[1, [2, [3]]].flatten()", "[1, 2, [3]]"},
      {"flatten_deep", "[1, [2, [3]]].flatten(9)", "[1, 2, 3]"},
      {"distinct", "[1, 1.0, 'a', 1u, 'a'].distinct()", "[1, \"a\"]"},
      {"range", "lists.range(3)", "[0, 1, 2]"},
      {"range_too_large", "lists.range(1000001)", "error: invalid_argument"},
      {"sort", "[3.0, 0.0 / 0.0, -1.0].sort()", "[NaN, -1.0, 3.0]"},
      {"sort_mixed", "[1, dyn('a')].sort()", "error: invalid_argument"},
      {"sets", "sets.equivalent([1, 2, 2], [2.0, 1]) && !sets.intersects([1], [])", "true"},
      {"first_and_last", "[1, 2].first().value() + [1, 2].last().value()", "3"},
      {"unwrap", "[optional.of(1), optional.none()].unwrapOpt()", "[1]"},
  };
  expect_all(kRows);
}

TEST(Library, TimePartsFollowTheZone) {
  constexpr Row kRows[] = {
      {"year", "timestamp('2024-12-31T23:30:00Z').getFullYear('+01:00')", "2025"},
      {"day_of_year", "timestamp('2024-12-31T00:00:00Z').getDayOfYear()", "365"},
      {"milliseconds", "timestamp('2024-01-01T00:00:00.25Z').getMilliseconds()", "250"},
      {"milliseconds_in_no_zone", "timestamp(0).getMilliseconds('x')", "error: invalid_argument"},
      {"duration", "duration('-90m').getHours()", "-1"},
      {"duration_milliseconds", "duration('61.5s').getMilliseconds()", "500"},
  };
  expect_all(kRows);
}

TEST(Library, EncodersAndNetworkReadStrictly) {
  constexpr Row kRows[] = {
      {"encode", "base64.encode(b'\\xff\\xfe')", "\"//4=\""},
      {"decode_unpadded", "base64.decode('//4')", "b\"\\xff\\xfe\""},
      {"decode_bad", "base64.decode('a')", "error: invalid_argument"},
      {"contains", "cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"},
      {"contains_bad", "cidr('10.0.0.0/8').containsIP('10.1.2')", "error: invalid_argument"},
      {"contains_network", "cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "false"},
      {"address_of", "cidr('10.1.2.3/8').ip() == ip('10.1.2.3')", "true"},
      {"text", "string(ip('2001:DB8::1'))", "\"2001:db8::1\""},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
