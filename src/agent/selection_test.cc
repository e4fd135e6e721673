// Goal: an operator's lists say exactly what is offered; nothing slips through a pattern. Method:
// tables of names and patterns; the matcher beside a plain recursive one on all short texts.
#include "agent/selection.h"

#include <string>

#include <gtest/gtest.h>

namespace junctor::agent {
namespace {

bool plainly_matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return plainly_matches(text, pattern.substr(1)) ||
           (!text.empty() && plainly_matches(text.substr(1), pattern));
  }
  return !text.empty() && text.front() == pattern.front() &&
         plainly_matches(text.substr(1), pattern.substr(1));
}

// All texts over the alphabet of up to `size` characters.
std::vector<std::string> all_texts(std::string_view alphabet, std::size_t size) {
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < texts.size() && texts[i].size() < size; ++i) {
    for (const char c : alphabet) texts.push_back(texts[i] + c);
  }
  return texts;
}

TEST(Pattern, StandsForWhatItSays) {
  EXPECT_TRUE(matches_pattern("", ""));
  EXPECT_TRUE(matches_pattern("", "*"));
  EXPECT_TRUE(matches_pattern("list_issues", "list_*"));
  EXPECT_TRUE(matches_pattern("list_", "list_*"));
  EXPECT_TRUE(matches_pattern("repo_delete_all", "*delete*"));
  EXPECT_FALSE(matches_pattern("list_issues", "list"));
  EXPECT_FALSE(matches_pattern("List_issues", "list_*"));
  EXPECT_FALSE(matches_pattern("a.b", "a?b"));
}

TEST(Pattern, IsWhatThePlainDefinitionSays) {
  const auto patterns = all_texts("ab*", 5);
  for (const std::string& text : all_texts("ab", 5)) {
    for (const std::string& pattern : patterns) {
      ASSERT_EQ(matches_pattern(text, pattern), plainly_matches(text, pattern))
          << text << " " << pattern;
    }
  }
}

TEST(Pattern, WithManyStarsIsStillQuick) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  EXPECT_FALSE(matches_pattern(std::string(10'000, 'a') + "b", pattern + "c"));
}

TEST(Selection, OffersAllByDefault) {
  const Selection all;
  EXPECT_TRUE(all.is_everything());
  for (const ListKind kind : kListKinds) {
    EXPECT_TRUE(all.of(kind).offers("anything"));
    EXPECT_EQ(all.of(kind).renamed("anything"), "anything");
  }
}

TEST(Selection, ADenyListIsStrongerThanAnAllowList) {
  const ItemSelection some{.allow = {{"list_*", "echo"}}, .deny = {"list_secrets"}, .rename = {}};
  EXPECT_TRUE(some.offers("list_issues"));
  EXPECT_TRUE(some.offers("echo"));
  EXPECT_FALSE(some.offers("list_secrets"));
  EXPECT_FALSE(some.offers("delete_issue"));
}

TEST(Selection, AnEmptyAllowListOffersNothing) {
  const ItemSelection none{.allow = std::vector<std::string>{}, .deny = {}, .rename = {}};
  EXPECT_FALSE(none.is_everything());
  EXPECT_FALSE(none.offers("echo"));
}

TEST(Selection, NamesAreReplacedAsAWhole) {
  const ItemSelection some{.allow = {}, .deny = {}, .rename = {{"echo", "say"}}};
  EXPECT_EQ(some.renamed("echo"), "say");
  EXPECT_EQ(some.renamed("echo2"), "echo2");
}

}  // namespace
}  // namespace junctor::agent
