// Goal: patterns mean what ECMA-262 says, and what cannot be matched in linear time is refused with
// a sentence that says so. Method: tables of patterns with texts that they match and do not match.

#include "lang/schema/ecma_regex.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "lang/schema/pattern.h"

namespace junctor::lang::schema {
namespace {

struct Match {
  const char* pattern = "";
  std::string text;
  bool matches = false;
};

void expect_all(std::span<const Match> cases) {
  for (const Match& c : cases) {
    SCOPED_TRACE(std::string{c.pattern} + " on " + c.text.substr(0, 40));
    const auto pattern = Pattern::compile(c.pattern, {});
    ASSERT_TRUE(pattern) << pattern.error().detail();
    EXPECT_EQ(pattern->matches(c.text), c.matches);
  }
}

TEST(EcmaRegex, ReadsCharactersAsTheStandardSays) {
  const Match kCases[] = {
      {"", "anything", true},
      {"b", "abc", true},
      {"b", "acd", false},
      {"a.c", "a\nc", false},
      {"a.c",
       "a\xE2\x80\xA8"
       "c",
       false},  // U+2028 ends a line.
      {"a.c",
       "a\xE2\x82\xAC"
       "c",
       true},
      {"^a$", "a\n", false},
      {"^\\d+$", "\xD9\xA3", false},  // An Arabic digit.
      {"^\\w+$", "\xC3\xA9", false},
      {"^\\s$", "\xC2\xA0", true},
      {"^\\s$", "\xEF\xBB\xBF", true},
      {"^[\\s]$", "\xE3\x80\x80", true},
      {"^\\S$", "\xE3\x80\x80", false},
      {"^[\\S]$", "\xE3\x80\x80", false},
      {"^[\\D]$", "5", false},
      {"^[^\\D]$", "5", true},
      {"^\\cJ$", "\n", true},
      {"^\\x41\\u0042\\u{43}$", "ABC", true},
      {"^\\uD83D\\uDC32$", "\xF0\x9F\x90\xB2", true},
      {"^\\u{1F432}+$", "\xF0\x9F\x90\xB2\xF0\x9F\x90\xB2", true},
      {"^[\xF0\x9F\x90\xB2-\xF0\x9F\x90\xB4]$", "\xF0\x9F\x90\xB3", true},
      {"^\\0$", std::string(1, '\0'), true},
      {"^\\p{Letter}+$",
       "\xC3\xA9"
       "A",
       true},
      {"^\\p{Lu}$", "a", false},
      {"^\\P{Lu}$", "a", true},
      {"^[\\p{Lu}_]+$", "A_B", true},
      {"^\\p{Script=Greek}+$", "\xCE\xB1\xCE\xB2", true},
      {"^\\p{sc=Grek}+$", "ab", false},
      {"^\\p{ASCII}+$", "a~\t", true},
      {"^[]$", "a", false},
      {"^[^]$", "\n", true},
  };
  expect_all(kCases);
}

TEST(EcmaRegex, ReadsClassesAndRepetitionsAsTheStandardSays) {
  const Match kCases[] = {
      {"^[\\w.-]+$", "a-b.c", true},
      {"^[a\\-z]+$", "b", false},
      {"^[a-\\d]+$", "a-7", true},
      {"^\\/\\.\\-\\@$", "/.-@", true},
      {"^(?<year>\\d{4})$", "2024", true},
      {"^(?:ab|cd)+?$", "abcd", true},
      {"\\bfoo\\b", "a foo b", true},
      {"\\Bfoo", "foo", false},
      {"^a{2}$", "aaa", false},
      {"^a{2,}$", "aaa", true},
      {"^a{,2}$", "a{,2}", true},
      {"^{$", "{", true},
      {"^a*b$", "aaab", true},
      {"^a*a$", "aaa", true},  // Taking all would leave none: this is no row.
      {"^a?a?aa$", "aa", true},
      {"^[ab]{2,3}b$", "abb", true},
      {"^.{1,2000}$", std::string(2000, 'x'), true},
      {"^.{1,2000}$", std::string(2001, 'x'), false},
      {"^(?:[ab]|x){1,1500}$", std::string(1500, 'x'), true},
      {"^(?:[ab]|x){1200}$", std::string(1199, 'x'), false},
      {"^abc", "abcd", true},
      {"^x-", "X-", false},
      {"a|^b$", "b", true},
  };
  expect_all(kCases);
}

TEST(EcmaRegex, SaysWhatIsWrong) {
  struct Case {
    const char* pattern = "";
    const char* says = "";
  };
  constexpr Case kCases[] = {
      {"^(?=a)", "look-around"},
      {"(?!a)", "look-around"},
      {"(?<=a)b", "look-around"},
      {"(?<!a)b", "look-around"},
      {"(a)\\1", "back-references"},
      {"(?<n>a)\\k<n>", "back-references"},
      {"^(abc", "')' is missing"},
      {"abc)", "closes nothing"},
      {"[abc", "']' is missing"},
      {"[z-a]", "wrong order"},
      {"a{3,2}", "wrong order"},
      {"*a", "nothing to repeat"},
      {"a**", "nothing to repeat"},
      {"(?i)a", "is none that is known"},
      {"\\a", "\\a is no escape"},
      {"^\\S(|(.|\\n)*\\S)\\Z", "\\Z is no escape"},
      {"\\", "ends in a backslash"},
      {"\\c1", "followed by a letter"},
      {"\\u12", "hexadecimal digits"},
      {"\\u{110000}", "code point"},
      {"\\p{Nonsense}", "not supported"},
      {"\\p{Script_Extensions=Greek}", "not supported"},
      {"\\pL", "name of a property"},
      {"a{100001}", "more than 100000 times"},
      {"((a{900}){900})", "more than 1000 times in all"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.pattern);
    const auto pattern = Pattern::compile(c.pattern, {});
    ASSERT_FALSE(pattern);
    EXPECT_NE(pattern.error().detail().find(c.says), std::string::npos) << pattern.error().detail();
  }
}

TEST(Pattern, IsBounded) {
  const auto too_long = Pattern::compile(std::string(8193, 'a'), {});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().reason(), "pattern_too_large");
  const auto too_many = Pattern::compile("(?:[a-z]|\\p{L}){1000}", {});
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().reason(), "pattern_too_large");
}

TEST(Pattern, CostsMoreWhereAnEngineIsAsked) {
  const auto row = Pattern::compile("^[a-z]+$", {});
  const auto engine = Pattern::compile("(a|b)*a(a|b)(a|b)", {});
  ASSERT_TRUE(row && engine);
  EXPECT_EQ(row->instructions(), 0U);
  EXPECT_GT(engine->instructions(), 0U);
  EXPECT_GT(engine->cost(1000), row->cost(1000));
}

}  // namespace
}  // namespace junctor::lang::schema
