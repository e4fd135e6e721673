// Goal: each function of the "strings" extension counts code points and refuses what lies outside
// of the text. Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(StringFunctions, Positions) {
  constexpr Row kRows[] = {
      {"char_at", "'h\u00e9llo'.charAt(1)", "\"\u00e9\""},
      {"char_at_end", "'h'.charAt(1)", "\"\""},
      {"char_at_behind", "'h'.charAt(2)", "error: index_out_of_range"},
      {"char_at_before", "'h'.charAt(-1)", "error: index_out_of_range"},
      {"char_at_wide", "'a\U0001F600b'.charAt(2)", "\"b\""},
      {"index_of", "'tacocat'.indexOf('ac')", "1"},
      {"index_of_none", "'tacocat'.indexOf('none')", "-1"},
      {"index_of_empty", "'tacocat'.indexOf('')", "0"},
      {"index_of_behind", "'\u00e9a\u00e9a'.indexOf('a', 2)", "3"},
      {"index_of_nothing", "'abc'.indexOf('', 3)", "3"},
      {"index_of_before_text", "'abc'.indexOf('a', -1)", "error: index_out_of_range"},
      {"last_index_of", "'\u00e9a\u00e9a'.lastIndexOf('\u00e9')", "2"},
      {"last_index_of_empty", "'tacocat'.lastIndexOf('')", "7"},
      {"last_index_of_none", "'tacocat'.lastIndexOf('none')", "-1"},
      {"last_index_of_before", "'tacocat'.lastIndexOf('a', 3)", "1"},
      {"last_index_of_at", "'tacocat'.lastIndexOf('c', 4)", "4"},
      {"substring", "'h\u00e9llo'.substring(1, 3)", "\"\u00e9l\""},
      {"substring_rest", "'tacocat'.substring(4)", "\"cat\""},
      {"substring_of_end", "'tacocat'.substring(7)", "\"\""},
      {"substring_empty", "'tacocat'.substring(4, 4)", "\"\""},
      {"substring_reversed", "'abc'.substring(2, 1)", "error: invalid_argument"},
      {"substring_before", "'abc'.substring(-1)", "error: index_out_of_range"},
      {"substring_behind", "'abc'.substring(0, 4)", "error: index_out_of_range"},
  };
  expect_all(kRows);
}

TEST(StringFunctions, Parts) {
  constexpr Row kRows[] = {
      {"replace", "'hello hello'.replace('he', 'we')", "\"wello wello\""},
      {"replace_most", "'aaa'.replace('a', 'bb', 2)", "\"bbbba\""},
      {"replace_none", "'aaa'.replace('a', 'b', 0)", "\"aaa\""},
      {"replace_all", "'aaa'.replace('a', '', -1)", "\"\""},
      {"replace_all_by_least_int", "'aa'.replace('a', 'b', -9223372036854775808)", "\"bb\""},
      {"replace_nothing", "'ab'.replace('', '-')", "\"-a-b-\""},
      {"replace_nothing_most", "'ab'.replace('', '-', 2)", "\"-a-b\""},
      {"split", "'hello hello hello'.split(' ')", R"(["hello", "hello", "hello"])"},
      {"split_most", "'a,b,,c'.split(',', 3)", R"(["a", "b", ",c"])"},
      {"split_into_none", "'a,b'.split(',', 0)", "[]"},
      {"split_into_one", "'a,b'.split(',', 1)", R"(["a,b"])"},
      {"split_all", "'a,b'.split(',', -1)", R"(["a", "b"])"},
      {"split_characters", "'a\u00e9c'.split('')", "[\"a\", \"\u00e9\", \"c\"]"},
      {"split_nothing", "''.split(',')", "[\"\"]"},
      {"split_ends", "',a,'.split(',')", R"(["", "a", ""])"},
      {"join", "['hello', 'mellow'].join()", "\"hellomellow\""},
      {"join_between", "['a', 'b'].join('-') + [].join('x')", "\"a-b\""},
      {"join_one", "['a'].join('-')", "\"a\""},
      {"join_numbers", "dyn([1]).join()", "error: no_such_overload"},
      {"trim", "'\u00a0\\n a b \u3000'.trim()", "\"a b\""},
      {"trim_of_spaces", "' \\t\\v\\f\\r\\n'.trim()", "\"\""},
      {"trim_not", "'\u200ba\u200b'.trim() == '\u200ba\u200b'", "true"},
      {"reverse", "'a\u00e9b'.reverse()", "\"b\u00e9a\""},
      {"reverse_empty", "''.reverse()", "\"\""},
  };
  expect_all(kRows);
}

TEST(StringFunctions, Letters) {
  constexpr Row kRows[] = {
      {"upper", "'aB\u00e9'.upperAscii()", "\"AB\u00e9\""},
      {"lower", "'AB\u00c9'.lowerAscii()", "\"ab\u00c9\""},
      {"quote", "strings.quote('a\"\\n')", R"("\"a\\\"\\n\"")"},
      {"quote_controls", "strings.quote('\\a\\b\\f\\r\\t\\v\\\\')",
       R"("\"\\a\\b\\f\\r\\t\\v\\\\\"")"},
      {"quote_wide", "strings.quote('\U0001F431') == '\"\U0001F431\"'", "true"},
  };
  expect_all(kRows);
}

TEST(StringFunctions, FormatWritesEachKind) {
  constexpr Row kRows[] = {
      {"several", "'%s %d %.2f %e %x %X %o %b'.format(['a', 5, 1.5, 2, 255, -255, 8, 5])",
       R"("a 5 1.50 2.000000e+00 ff -FF 10 101")"},
      {"percent", "'100%%'.format([])", "\"100%\""},
      {"list", "'%s'.format([[1, 'a', {'k': b'v', 'j': null}]])", R"("[1, a, {j: null, k: v}]")"},
      {"double", "'%s %s'.format([1e21, 0.1])", "\"1000000000000000000000 0.1\""},
      {"no_numbers", "'%s %s %s'.format([0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0])",
       "\"NaN Infinity -Infinity\""},
      {"digits", "'%.3f|%.0f|%.3e'.format([1.23456, 2.5, 12.5])", "\"1.235|2|1.250e+01\""},
      {"least_int", "'%x %b'.format([-9223372036854775808, true])", "\"-8000000000000000 1\""},
      {"uint", "'%d %x'.format([18446744073709551615u, 255u])", "\"18446744073709551615 ff\""},
      {"bytes", "'%s'.format([b'a\\xff\\xffb'])", "\"a\ufffdb\""},
      {"text_in_hex", "'%X %x'.format(['\u00e9', b'\\x0f'])", "\"C3A9 0f\""},
      {"type", "'%s'.format([type(1)])", "\"int\""},
      {"time", "'%s %s'.format([timestamp(0), duration('90s')])", "\"1970-01-01T00:00:00Z 90s\""},
      {"too_few", "'%s %s'.format([1])", "error: invalid_argument"},
      {"no_letter", "'%'.format([1])", "error: invalid_argument"},
      {"unknown_letter", "'%q'.format([1])", "error: invalid_argument"},
      {"precision", "'%.101f'.format([1.0])", "error: invalid_argument"},
      {"wrong_type", "'%d'.format(['a'])", "error: invalid_argument"},
      {"no_binary_text", "'%b'.format(['a'])", "error: invalid_argument"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
