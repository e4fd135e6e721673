// Goal: patterns match somewhere in the text, bad ones say why, and the cache compiles each once.
// Method: a few patterns; more of them than the cache holds.

#include "lang/cel/pattern.h"

#include <gtest/gtest.h>

namespace junctor::lang::cel {
namespace {

TEST(Pattern, MatchesSomewhere) {
  EXPECT_TRUE(Pattern{"b+"}.matches("abbc"));
  EXPECT_FALSE(Pattern{"^b"}.matches("abbc"));
  EXPECT_TRUE(Pattern{""}.matches(""));
  EXPECT_TRUE(Pattern{"^\\p{Greek}$"}.matches("\u03b1"));
}

TEST(Pattern, SaysWhyItIsNone) {
  const Pattern open{"(a"};
  EXPECT_FALSE(open.is_valid());
  EXPECT_FALSE(open.problem().empty());
  EXPECT_FALSE(Pattern{"(?=a)"}.is_valid());
  EXPECT_FALSE(Pattern{std::string(kPatternBytesMax + 1, 'a')}.is_valid());
  EXPECT_TRUE(Pattern{std::string(kPatternBytesMax, 'a')}.is_valid());
}

TEST(Pattern, TheCacheCompilesOnce) {
  PatternCache cache;
  EXPECT_TRUE(cache.get("a").was_made);
  EXPECT_FALSE(cache.get("a").was_made);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(cache.get("b" + std::to_string(i)).was_made);
  EXPECT_TRUE(cache.get("a").was_made);
  EXPECT_TRUE(cache.get("a").pattern.matches("xax"));
  const std::string large(kPatternBytesMax + 1, 'a');
  EXPECT_FALSE(cache.get(large).pattern.is_valid());
  EXPECT_TRUE(cache.get(large).was_made);
}

}  // namespace
}  // namespace junctor::lang::cel
