// Goal: a Secret does not show itself, and leaves nothing behind where it was.
// Method: print it through fmt; look at the bytes of the object itself after it was moved from or
// ended (short strings live inside the object, so this is memory we may still read).
#include "base/secret.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace junctor {
namespace {

static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_constructible_v<Secret, const char*>);

std::string_view raw_bytes(const void* object) {
  return {static_cast<const char*>(object), sizeof(Secret)};
}

TEST(Secret, PrintsAsStars) {
  const Secret secret{std::string_view{"hunter2"}};
  EXPECT_EQ(fmt::format("{}", secret), "***");
  EXPECT_EQ(fmt::format("[{:>5}]", secret), "[  ***]");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, TakesFromAStringAndWipesIt) {
  std::string text = "hunter2";
  const Secret secret{std::move(text)};
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_EQ(std::string_view(text.data(), 7), std::string_view("\0\0\0\0\0\0\0", 7));
}

TEST(Secret, MovedFromHoldsNothing) {
  Secret from{std::string_view{"hunter2"}};
  ASSERT_NE(raw_bytes(&from).find("hunter2"), std::string_view::npos);
  const Secret to{std::move(from)};
  EXPECT_EQ(raw_bytes(&from).find("hunter2"), std::string_view::npos);
  Secret third;
  Secret second = to;
  third = std::move(second);
  EXPECT_EQ(raw_bytes(&second).find("hunter2"), std::string_view::npos);
  EXPECT_EQ(third.reveal(), "hunter2");
}

TEST(Secret, AShorterOneLeavesNoRest) {
  Secret secret{std::string_view{"hunter2hunter2"}};
  secret = Secret{std::string_view{"x"}};
  EXPECT_EQ(raw_bytes(&secret).find("unter2"), std::string_view::npos);
  const Secret other{std::string_view{"y"}};
  secret = other;
  EXPECT_EQ(secret.reveal(), "y");
  const Secret& same = secret;
  secret = same;
  EXPECT_EQ(secret.reveal(), "y");
}

TEST(Secret, IsWipedWhenItEnds) {
  alignas(Secret) std::array<char, sizeof(Secret)> place{};
  auto* secret = new (place.data()) Secret{std::string_view{"hunter2"}};
  ASSERT_NE(raw_bytes(place.data()).find("hunter2"), std::string_view::npos);
  std::destroy_at(secret);
  EXPECT_EQ(raw_bytes(place.data()).find("unter2"), std::string_view::npos);
}

TEST(Secret, ComparesByContent) {
  EXPECT_EQ(Secret{std::string_view{"a"}}, Secret{std::string_view{"a"}});
  EXPECT_FALSE(Secret{std::string_view{"a"}} == Secret{std::string_view{"b"}});
  EXPECT_FALSE(Secret{std::string_view{"a"}} == Secret{std::string_view{"ab"}});
  EXPECT_TRUE(Secret{}.empty());
}

}  // namespace
}  // namespace junctor
