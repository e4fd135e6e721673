// Goal: the functions of the language itself on texts count code points, and search in time that
// grows with the text alone. Method: tables of calls and results.

#include <gtest/gtest.h>

#include "lang/cel/testing.h"

namespace junctor::lang::cel {
namespace {

using testing::expect_all;
using testing::Row;

TEST(TextFunctions, Sizes) {
  constexpr Row kRows[] = {
      {"of_text", "size('a\U0001F600') + 'ab'.size()", "4"},
      {"of_nothing", "size('') + b''.size() + size([]) + {}.size()", "0"},
      {"of_bytes", "size(b'\\xff') + b'\u00e9'.size()", "3"},
      {"of_list", "size([1, [2, 3]]) + [1].size()", "3"},
      {"of_map", "size({'a': 1, 'b': 2}) + {1: 1}.size()", "3"},
      {"of_number", "size(1)", "error: bad_expression"},
  };
  expect_all(kRows);
}

TEST(TextFunctions, Parts) {
  constexpr Row kRows[] = {
      {"contains", "'abc'.contains('bc') && !'abc'.contains('cb')", "true"},
      {"contains_nothing", "'abc'.contains('') && ''.contains('')", "true"},
      {"starts_with", "'\u00e9a'.startsWith('\u00e9') && !'ab'.startsWith('b')", "true"},
      {"ends_with", "'ab'.endsWith('b') && !'ab'.endsWith('a')", "true"},
      {"longer_than_the_text", "'a'.startsWith('ab') || 'a'.endsWith('ba')", "false"},
  };
  expect_all(kRows);
}

TEST(TextFunctions, Patterns) {
  constexpr Row kRows[] = {
      {"anywhere", "'abc'.matches('b') && !matches('abc', '^b')", "true"},
      {"whole", "'abc'.matches('^[a-c]+$')", "true"},
      {"code_points", "'\u00e9\u00e9'.matches('^.{2}$')", "true"},
      {"of_the_input", "['a.c', '^a', 'c$'].all(p, 'abc'.matches(p))", "true"},
      {"no_pattern", "'abc'.matches('(' + '')", "error: invalid_argument"},
      {"look_ahead", "'abc'.matches('a(?=b)' + '')", "error: invalid_argument"},
  };
  expect_all(kRows);
}

}  // namespace
}  // namespace junctor::lang::cel
