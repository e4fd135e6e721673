// Goal: addresses are read strictly and written as RFC 5952 says. Method: tables of texts, and of
// properties.

#include "lang/cel/network.h"

#include <gtest/gtest.h>

namespace junctor::lang::cel {
namespace {

TEST(Network, AddressesReadAndWrite) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"192.168.0.1", "192.168.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"2001:DB8::68", "2001:db8::68"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:0:0:2:3:0:0:4", "1::2:3:0:0:4"},
      {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
      {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
      {"::ffff:1.2.3.4", "mapped"},
      {"::ffff:c0a8:1", "mapped"},
      {"fe80::1%eth0", "zone"},
      {"1.2.3", "syntax"},
      {"1.2.3.4.5", "syntax"},
      {"1.2.3.256", "syntax"},
      {"1.2.3.04", "syntax"},
      {"1.2.3.4 ", "syntax"},
      {"", "syntax"},
      {":", "syntax"},
      {":1", "syntax"},
      {"1:", "syntax"},
      {"1::2::3", "syntax"},
      {":::", "syntax"},
      {"1:2:3:4:5:6:7", "syntax"},
      {"1:2:3:4:5:6:7:8:9", "syntax"},
      {"1:2:3:4:5:6:7::8", "syntax"},
      {"12345::", "syntax"},
      {"g::", "syntax"},
      {"1.2.3.4::", "syntax"},
  };
  constexpr const char* kFaults[] = {"syntax", "zone", "mapped"};
  for (const Case& c : kCases) {
    const auto parsed = parse_address(c.text);
    const std::string found =
        parsed ? address_text(*parsed) : kFaults[static_cast<std::size_t>(parsed.error())];
    EXPECT_EQ(found, c.expected) << c.text;
  }
}

TEST(Network, NetworksHaveAPrefix) {
  EXPECT_EQ(network_text(*parse_network("10.1.2.3/8")), "10.1.2.3/8");
  EXPECT_EQ(network_text(masked(*parse_network("10.1.2.3/8"))), "10.0.0.0/8");
  EXPECT_EQ(network_text(masked(*parse_network("2001:db8:1:2:3::/65"))), "2001:db8:1:2::/65");
  EXPECT_EQ(network_text(masked(*parse_network("255.1.1.1/0"))), "0.0.0.0/0");
  for (const char* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/08", "/8"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(Network, ContainsWhatSharesThePrefix) {
  const auto in = [](const char* network, const char* address) {
    return contains(*parse_network(network), *parse_address(address));
  };
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(in("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(Network, KnowsWhatAddressesAreFor) {
  const auto address = [](const char* text) { return *parse_address(text); };
  EXPECT_TRUE(is_loopback(address("127.9.9.9")));
  EXPECT_TRUE(is_loopback(address("::1")));
  EXPECT_TRUE(is_link_local_unicast(address("169.254.1.1")));
  EXPECT_TRUE(is_link_local_unicast(address("febf::1")));
  EXPECT_FALSE(is_link_local_unicast(address("fec0::1")));
  EXPECT_TRUE(is_link_local_multicast(address("224.0.0.9")));
  EXPECT_TRUE(is_link_local_multicast(address("ff12::1")));
  EXPECT_TRUE(is_unspecified(address("::")));
  EXPECT_TRUE(is_global_unicast(address("10.0.0.1")));
  for (const char* text : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "ff00::1"})
    EXPECT_FALSE(is_global_unicast(address(text))) << text;
}

}  // namespace
}  // namespace junctor::lang::cel
