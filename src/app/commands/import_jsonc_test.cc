// Goal: comments and commas too many go, everything else stays where it is. Method: rows of text
// before and after, and the length of every cut of one of them.

#include "app/commands/import_jsonc.h"

#include <gtest/gtest.h>

namespace junctor::app {
namespace {

struct Row {
  std::string_view name;
  std::string_view text;
  std::string_view made;
};
const Row kRows[] = {
    {"json", R"({"a": [1, 2], "b": "c"})", R"({"a": [1, 2], "b": "c"})"},
    {"line_comment", "{ // x\n}", "{     \n}"},
    {"line_comment_with_carriage_return", "{//x\r\n}", "{   \r\n}"},
    {"line_comment_to_the_end", "{}//x", "{}   "},
    {"block_comment", "{/* \"a\" */}", "{         }"},
    {"block_comment_keeps_lines", "{/*a\nb*/}", "{   \n   }"},
    {"block_comment_without_end", "{/*a", "{   "},
    {"block_comment_is_not_its_own_end", "{/*/}", "{    "},
    {"comment_in_string", R"({"u": "http://x/*y*/"})", R"({"u": "http://x/*y*/"})"},
    {"quote_in_string", R"({"a": "\"//b"} //c)", R"({"a": "\"//b"}    )"},
    {"backslash_before_quote", R"({"a": "b\\"} //c)", R"({"a": "b\\"}    )"},
    {"string_without_end", R"({"a //b)", R"({"a //b)"},
    {"comma_before_brace", "{\"a\": 1,\n}", "{\"a\": 1 \n}"},
    {"comma_before_bracket", "[1,]", "[1 ]"},
    {"comma_comment_bracket", "[1, // x\n /* y */ ]", "[1      \n         ]"},
    {"two_commas_are_no_json", "[1,,]", "[1,,]"},
    {"a_comma_without_a_value", "{,}", "{,}"},
    {"comma_in_string", R"([",",])", R"(["," ])"},
    {"comma_and_then_a_string", R"([1, "]"])", R"([1, "]"])"},
    {"slash_alone", "{/}", "{/}"},
    {"empty", "", ""},
};

TEST(BlankComments, OnlyCommentsAndLastCommasGo) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(blank_comments(row.text), row.made);
  }
}

// What is JSON already comes out as it went in, so doing it twice changes nothing.
TEST(BlankComments, IsDoneOnce) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const std::string once = blank_comments(row.text);
    EXPECT_EQ(blank_comments(once), once);
  }
}

TEST(BlankComments, EveryPlaceStaysWhereItIs) {
  constexpr std::string_view kText = "{ // a\n  \"b\": [1, /* c\n */ ], \"d\\\"\": \"e\", }";
  for (std::size_t bytes = 0; bytes <= kText.size(); ++bytes) {
    const std::string_view cut = kText.substr(0, bytes);
    const std::string made = blank_comments(cut);
    ASSERT_EQ(made.size(), cut.size());
    for (std::size_t i = 0; i < cut.size(); ++i) {
      EXPECT_EQ(made[i] == '\n', cut[i] == '\n') << bytes << " " << i;
      if (made[i] != cut[i]) EXPECT_EQ(made[i], ' ') << bytes << " " << i;
    }
  }
}

}  // namespace
}  // namespace junctor::app
