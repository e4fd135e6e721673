// Goal: text is counted and cut by code points, and what is no UTF-8 is seen. Method: a table of
// texts with their characters; each code point written and read again.

#include "lang/cel/utf8.h"

#include <gtest/gtest.h>

#include "lang/code_points.h"
#include "wire/json_text.h"

namespace junctor::lang::cel {
namespace {

bool is_whole(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    if (!character.is_valid) return false;
    at += character.bytes;
  }
  return true;
}

// The readers of both rooms must agree on what is UTF-8.
TEST(Utf8, SaysWhatIsUtf8) {
  struct Case {
    const char* name = "";
    std::string_view text;
    bool is_valid = true;
  };
  const Case cases[] = {
      {"empty", "", true},
      {"ascii", "abc", true},
      {"two_three_four_bytes", "\u00e9\u20ac\U0001F600", true},
      {"last_code_point", "\xF4\x8F\xBF\xBF", true},
      {"above_the_last", "\xF4\x90\x80\x80", false},
      {"overlong_two", "\xC0\x80", false},
      {"overlong_three", "\xE0\x80\x80", false},
      {"overlong_four", "\xF0\x80\x80\x80", false},
      {"surrogate", "\xED\xA0\x80", false},
      {"cut", "\xE2\x82", false},
      {"lone_continuation", "\x80", false},
      {"broken_continuation", "\xC3(", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(is_whole(c.text), c.is_valid) << c.name;
    EXPECT_EQ(wire::is_valid_utf8(c.text), c.is_valid) << c.name;
  }
}

TEST(Utf8, EveryCodePointReadsAsItWasWritten) {
  for (char32_t code = 0; code <= kCodePointMax; code += code < 0x11000 ? 1 : 997) {
    if (!is_code_point(code)) continue;
    std::string text;
    wire::append_utf8(text, code);
    const Character read = character_at(text, 0);
    ASSERT_EQ(read.code, code);
    ASSERT_EQ(read.bytes, text.size());
    ASSERT_TRUE(read.is_valid);
  }
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(count_code_points(""), 0U);
  EXPECT_EQ(count_code_points("a\u00e9\U0001F600"), 3U);
  EXPECT_EQ(offset_of_character("a\u00e9b", 2), 3U);
  EXPECT_EQ(offset_of_character("a\u00e9b", 9), 4U);
}

TEST(Utf8, ABrokenByteIsACharacterOfItsOwn) {
  const Character broken = character_at("\xFFz", 0);
  EXPECT_EQ(broken.bytes, 1U);
  EXPECT_EQ(broken.code, kReplacement);
  EXPECT_FALSE(broken.is_valid);
  EXPECT_EQ(character_at("a", 1).bytes, 0U);
}

}  // namespace
}  // namespace junctor::lang::cel
