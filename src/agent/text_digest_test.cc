// Goal: a digest that stays what it is from release to release, since nodes compare them. Method:
// known values; a text beyond one piece.
#include "agent/text_digest.h"

#include <string>

#include <gtest/gtest.h>

namespace junctor::agent {
namespace {

TEST(TextDigest, IsTheBeginningOfTheHash) {
  EXPECT_EQ(text_digest("abc"), 0xba7816bf8f01cfeaU);  // FIPS 180-4's own example.
  EXPECT_EQ(text_digest(""), 0xe3b0c44298fc1c14U);
}

TEST(TextDigest, OfALargeTextSeesEachByte) {
  std::string text(std::size_t{65} << 20U, 'a');
  const std::uint64_t before = text_digest(text);
  text.back() = 'b';
  EXPECT_NE(text_digest(text), before);
  text.back() = 'a';
  EXPECT_EQ(text_digest(text), before);
}

}  // namespace
}  // namespace junctor::agent
