// Goal: ids of different kinds do not mix, and behave as values: compare, hash, print.
// Method: what must not compile is asserted as a type trait; the rest by example.
#include "base/ids.h"

#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace junctor {
namespace {

static_assert(!std::is_convertible_v<std::string, UpstreamName>);
static_assert(!std::is_convertible_v<UpstreamName, std::string>);
static_assert(!std::is_convertible_v<RouteId, GenerationId>);
static_assert(!std::is_constructible_v<RouteId, RequestId>);
static_assert(RouteId{1} < RouteId{2});

TEST(Name, ComparesAndHashesAsItsText) {
  std::unordered_set<UpstreamName> names{UpstreamName{"tickets"}, UpstreamName{"mail"}};
  EXPECT_TRUE(names.contains(UpstreamName{"mail"}));
  EXPECT_FALSE(names.contains(UpstreamName{"Mail"}));
  EXPECT_LT(UpstreamName{"a"}, UpstreamName{"b"});
  EXPECT_TRUE(UpstreamName{}.empty());
}

TEST(Number, ComparesAndHashesAsItsValue) {
  std::unordered_set<RouteId> routes{RouteId{1}, RouteId{2}, RouteId{1}};
  EXPECT_EQ(routes.size(), 2U);
  EXPECT_EQ(RouteId{}.value(), 0U);
}

TEST(RequestId, IsShownAsSixteenHexDigits) {
  EXPECT_EQ(to_string(RequestId{0}), "0000000000000000");
  EXPECT_EQ(to_string(RequestId{0x0123456789abcdef}), "0123456789abcdef");
  EXPECT_EQ(to_string(RequestId{UINT64_MAX}), "ffffffffffffffff");
}

TEST(Name, GivesItsTextAsItIs) {
  const UpstreamName name{"Tickets 2"};
  EXPECT_EQ(name.str(), "Tickets 2");
  EXPECT_EQ(name.view(), "Tickets 2");
  EXPECT_FALSE(name.empty());
}

TEST(RequestId, EachBitIsShown) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const auto text = to_string(RequestId{std::uint64_t{1} << bit});
    ASSERT_EQ(text.size(), kRequestIdChars);
    ASSERT_EQ(std::stoull(text, nullptr, 16), std::uint64_t{1} << bit);
  }
}

}  // namespace
}  // namespace junctor
