// Goal: an address is read in one way only, printed so that it reads back, and survives the
// kernel's form. Method: tables of texts.

#include "rt/endpoint.h"

#include <gtest/gtest.h>

namespace junctor::rt {
namespace {

struct GoodCase {
  std::string_view name;
  std::string_view text;
  std::string_view printed;
  int family;
  std::uint16_t port;
  bool loopback;
};

const GoodCase kGood[] = {
    {"ipv4", "192.0.2.7:8080", "192.0.2.7:8080", AF_INET, 8080, false},
    {"ipv4_loopback", "127.0.0.1:0", "127.0.0.1:0", AF_INET, 0, true},
    {"ipv4_of_the_loopback_net", "127.9.9.9:1", "127.9.9.9:1", AF_INET, 1, true},
    {"every_address", "*:65535", "0.0.0.0:65535", AF_INET, 65535, false},
    {"localhost", "localhost:80", "127.0.0.1:80", AF_INET, 80, true},
    {"ipv6", "[2001:db8::1]:443", "[2001:db8::1]:443", AF_INET6, 443, false},
    {"ipv6_loopback", "[::1]:80", "[::1]:80", AF_INET6, 80, true},
    {"ipv6_every_address", "[::]:80", "[::]:80", AF_INET6, 80, false},
    {"ipv6_is_printed_in_one_form", "[2001:DB8:0:0:0:0:0:1]:1", "[2001:db8::1]:1", AF_INET6, 1,
     false},
    {"unix", "unix:/run/junctor.sock", "unix:/run/junctor.sock", AF_UNIX, 0, true},
    {"unix_relative", "unix:a:b", "unix:a:b", AF_UNIX, 0, true},
};

TEST(Endpoint, ReadsAndPrints) {
  for (const GoodCase& c : kGood) {
    SCOPED_TRACE(c.name);
    const auto parsed = Endpoint::parse(c.text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->text(), c.printed);
    EXPECT_EQ(parsed->family(), c.family);
    EXPECT_EQ(parsed->port(), c.port);
    EXPECT_EQ(parsed->is_loopback(), c.loopback);
    EXPECT_EQ(Endpoint::parse(parsed->text()).value(), *parsed);
  }
}

struct BadCase {
  std::string_view name;
  std::string_view text;
};

using namespace std::string_view_literals;

const BadCase kBad[] = {
    {"empty", ""},
    {"no_port", "127.0.0.1"},
    {"empty_port", "127.0.0.1:"},
    {"port_above_16_bits", "127.0.0.1:65536"},
    {"negative_port", "127.0.0.1:-1"},
    {"port_with_plus", "127.0.0.1:+1"},
    {"port_with_blank", "127.0.0.1: 1"},
    {"port_with_tail", "127.0.0.1:80x"},
    {"no_host", ":80"},
    {"name", "example.com:80"},
    {"ipv6_without_brackets", "::1:80"},
    {"ipv6_without_port", "[::1]"},
    {"ipv6_half_open", "[::1:80"},
    {"ipv6_empty", "[]:80"},
    {"ipv4_in_brackets", "[127.0.0.1]:80"},
    {"ipv4_short", "127.1:80"},
    {"ipv4_octal", "0177.0.0.1:80"},
    {"ipv4_with_blank", " 127.0.0.1:80"},
    {"nul_hides_the_rest", "127.0.0.1\0.example.com:80"sv},
    {"nul_in_brackets", "[::1\0x]:80"sv},
    {"unix_empty", "unix:"},
    {"unix_nul", "unix:/run/a\0b"sv},
};

TEST(Endpoint, RefusesWhatIsNotExactlyAnAddress) {
  for (const BadCase& c : kBad) {
    SCOPED_TRACE(c.name);
    const auto parsed = Endpoint::parse(c.text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().kind(), ErrorKind::invalid_argument);
  }
  EXPECT_TRUE(Endpoint::parse("unix:" + std::string(107, 'p')));
  EXPECT_FALSE(Endpoint::parse("unix:" + std::string(108, 'p')));
}

TEST(Endpoint, SurvivesTheKernelsForm) {
  for (const std::string_view text : {"192.0.2.7:8080", "[2001:db8::1]:443"}) {
    const Endpoint endpoint = Endpoint::parse(text).value();
    sockaddr_storage address{};
    const socklen_t length = endpoint.to(address);
    EXPECT_EQ(Endpoint::from(address, length), endpoint);
  }
  sockaddr_storage address{};
  EXPECT_GT(Endpoint::parse("unix:/run/a").value().to(address), sizeof(sa_family_t));
  EXPECT_EQ(address.ss_family, AF_UNIX);
  EXPECT_EQ(Endpoint::from(address, 0).text(), "unknown");
}

TEST(Endpoint, ComparesByAddressAndPort) {
  const Endpoint one = Endpoint::ipv4({192, 0, 2, 7}, 80);
  EXPECT_EQ(one, Endpoint::parse("192.0.2.7:80").value());
  EXPECT_NE(one, one.with_port(81));
  EXPECT_EQ(one.address(), one.with_port(81).address());
  EXPECT_NE(one, Endpoint{});
}

}  // namespace
}  // namespace junctor::rt
