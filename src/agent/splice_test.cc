// Goal: parts of a text are replaced where they stand, in any order of asking, and all else is as
// it was. Method: a table of parts and replacements.

#include "agent/splice.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::agent {
namespace {

constexpr std::string_view kText = R"({"id":1,"a":"x","b":2})";

std::string_view part(std::string_view what) {
  return kText.substr(kText.find(what), what.size());
}

TEST(Splice, ReplacesEachPartWhereItStands) {
  EXPECT_EQ(text_of(spliced(kText, {})), kText);
  EXPECT_EQ(text_of(spliced(kText, {{part("1"), "77"}})), R"({"id":77,"a":"x","b":2})");
  EXPECT_EQ(text_of(spliced(kText, {{part("2"), ""}, {part("1"), "one"}, {part("\"x\""), "[]"}})),
            R"({"id":one,"a":[],"b":})");
  EXPECT_EQ(text_of(spliced(kText, {{part("{"), "<"}, {part("}"), ">"}})),
            R"(<"id":1,"a":"x","b":2>)");
}

TEST(Splice, APartThatIsNotThereReplacesNothing) {
  EXPECT_EQ(text_of(spliced(kText, {{std::string_view{}, "y"}, {part("1"), "2"}})),
            R"({"id":2,"a":"x","b":2})");
}

TEST(Splice, ThePiecesAreViewsOfTheText) {
  const Pieces pieces = spliced(kText, {{part("1"), "2"}});
  ASSERT_EQ(pieces.view().size(), 3U);
  EXPECT_EQ(pieces.view()[0].data(), kText.data());
  EXPECT_EQ(pieces.view()[2].data(), kText.data() + kText.find(",\"a\""));
}

}  // namespace
}  // namespace junctor::agent
