// Goal: the spellings of addresses that two readers could take for different ones are none.
// Method: tables of texts.

#include "lang/ip_bytes.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace junctor::lang {
namespace {

TEST(IpBytes, AreInNetworkOrder) {
  EXPECT_EQ(ipv4_bytes("192.0.2.1"), (std::array<std::uint8_t, 4>{192, 0, 2, 1}));
  const auto six = ipv6_bytes("2001:DB8::1");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->at(0), 0x20);
  EXPECT_EQ(six->at(3), 0xb8);
  EXPECT_EQ(six->at(15), 1);
  EXPECT_EQ(ipv6_bytes("::ffff:192.0.2.1"), ipv6_bytes("::ffff:c000:201"));
  EXPECT_EQ(ipv6_bytes("1:2:3:4:5:6:7::"), ipv6_bytes("1:2:3:4:5:6:7:0"));
}

TEST(IpBytes, AreNoneOfWhatIsNoAddress) {
  for (const std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.0x4", " 1.2.3.4", "1.2.3.4 ",
        "1.2.3.4/8", "1..3.4", "::1"})
    EXPECT_FALSE(ipv4_bytes(text)) << text;
  for (const std::string_view text :
       {"", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", "1::2::3",
        "12345::", "::00001", "::g", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::1.2.3", "::01.2.3.4",
        "1.2.3.4::", "fe80::1%eth0", "::1/64", "[::1]", "1.2.3.4"})
    EXPECT_FALSE(ipv6_bytes(text)) << text;
  EXPECT_FALSE(ipv4_bytes(std::string("1.2.3.4\0", 8)));
  EXPECT_FALSE(ipv6_bytes(std::string(1'000, ':')));
}

}  // namespace
}  // namespace junctor::lang
