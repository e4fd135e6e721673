// Goal: a URL is read in one way or refused, and nothing of a refused one is repeated.
// Method: tables of good and bad URLs.

#include "net/url.h"

#include <gtest/gtest.h>

namespace junctor::net {
namespace {

struct Good {
  std::string_view name;
  std::string_view text;
  Url::Scheme scheme;
  std::string_view host;
  std::uint16_t port;
  std::string_view authority;
  std::string_view target;
};

constexpr auto kHttp = Url::Scheme::http;
constexpr auto kHttps = Url::Scheme::https;

const Good kGood[] = {
    {"plain", "http://example.com/mcp", kHttp, "example.com", 80, "example.com", "/mcp"},
    {"secure", "https://example.com/mcp", kHttps, "example.com", 443, "example.com", "/mcp"},
    {"no_path", "https://example.com", kHttps, "example.com", 443, "example.com", "/"},
    {"query_without_path", "http://a?b=c", kHttp, "a", 80, "a", "/?b=c"},
    {"port", "http://127.0.0.1:8080/x?y=z", kHttp, "127.0.0.1", 8080, "127.0.0.1:8080", "/x?y=z"},
    {"scheme_port_is_dropped", "https://a:443/", kHttps, "a", 443, "a", "/"},
    {"other_schemes_port_stays", "https://a:80/", kHttps, "a", 80, "a:80", "/"},
    {"port_with_zeros", "http://a:00081/", kHttp, "a", 81, "a:81", "/"},
    {"case", "HTTP://Example.COM/PaTh", kHttp, "example.com", 80, "example.com", "/PaTh"},
    {"ipv6", "http://[2001:DB8::1]:81/", kHttp, "2001:db8::1", 81, "[2001:db8::1]:81", "/"},
    {"ipv6_loopback", "https://[::1]", kHttps, "::1", 443, "[::1]", "/"},
    {"path_is_kept", "http://a/b/../%2e%2E//c;d=1", kHttp, "a", 80, "a", "/b/../%2e%2E//c;d=1"},
    {"at_in_the_path", "http://a/@scope/x?u=b@c", kHttp, "a", 80, "a", "/@scope/x?u=b@c"},
    {"root_dot", "http://db.internal./", kHttp, "db.internal.", 80, "db.internal.", "/"},
    {"digits_inside", "http://1.2.3.com/", kHttp, "1.2.3.com", 80, "1.2.3.com", "/"},
};

class UrlGood : public testing::TestWithParam<Good> {};

TEST_P(UrlGood, IsReadInItsParts) {
  const Good& row = GetParam();
  const auto url = Url::parse(row.text);
  ASSERT_TRUE(url) << url.error().detail();
  EXPECT_EQ(url->scheme, row.scheme);
  EXPECT_EQ(url->host, row.host);
  EXPECT_EQ(url->port, row.port);
  EXPECT_EQ(url->authority, row.authority);
  EXPECT_EQ(url->target, row.target);
  const auto again = Url::parse(url->text());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *url);
}

INSTANTIATE_TEST_SUITE_P(Table, UrlGood, testing::ValuesIn(kGood),
                         [](const auto& row) { return std::string{row.param.name}; });

struct Bad {
  std::string_view name;
  std::string_view text;
  std::string_view says;  // A part of the sentence.
};

const Bad kBad[] = {
    {"empty", "", "expected a URL"},
    {"no_scheme", "example.com/mcp", "expected a URL"},
    {"other_scheme", "ftp://example.com/", "http or https"},
    {"websocket", "wss://example.com/", "http or https"},
    {"no_host", "http:///x", "no host"},
    {"only_a_port", "http://:80/", "not valid"},
    {"user", "https://bob:hunter2@example.com/", "user or a password"},
    {"fragment", "http://a/b#hunter2", "fragment"},
    {"fragment_without_path", "http://a#hunter2", "fragment"},
    {"port_zero", "http://a:0/", "not valid"},
    {"port_too_large", "http://a:65536/", "not valid"},
    {"port_empty", "http://a:/", "not valid"},
    {"port_of_letters", "http://a:hunter2/", "not valid"},
    {"space_in_host", "http://a b/", "not valid"},
    {"percent_in_host", "http://a%2eb/", "not valid"},
    {"empty_label", "http://a..b/", "not valid"},
    {"control_byte", "http://a/b\r\nX: hunter2", "percent-encoded"},
    {"space", "http://a/b c", "percent-encoded"},
    {"half_percent", "http://a/%4", "percent-encoded"},
    {"wrong_percent", "http://a/%zz", "percent-encoded"},
    {"backslash", "http://a\\@b/", "percent-encoded"},
    {"not_ascii", "http://a/\xC3\xA9", "percent-encoded"},
    {"short_ipv4", "http://127.1/", "looks like an IP address"},
    {"one_number", "http://2130706433/", "looks like an IP address"},
    {"hexadecimal", "http://0x7f000001/", "looks like an IP address"},
    {"octal", "http://0177.0.0.1/", "looks like an IP address"},
    {"too_many_parts", "http://1.2.3.4.5/", "looks like an IP address"},
    {"ipv4_with_root_dot", "http://127.0.0.1./", "looks like an IP address"},
    {"bad_ipv6", "http://[1:2]/", "looks like an IP address"},
    {"zone", "http://[fe80::1%25eth0]/", "not valid"},
    {"behind_bracket", "http://[::1]x/", "not valid"},
};

class UrlBad : public testing::TestWithParam<Bad> {};

TEST_P(UrlBad, IsRefusedWithoutBeingRepeated) {
  const auto url = Url::parse(GetParam().text);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(url.error().reason(), "bad_url");
  EXPECT_NE(url.error().detail().find(GetParam().says), std::string::npos) << url.error().detail();
  EXPECT_EQ(url.error().detail().find("hunter2"), std::string::npos) << "a secret is not shown";
}

INSTANTIATE_TEST_SUITE_P(Table, UrlBad, testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Url, RefusesWhatIsTooLong) {
  const std::string head = "http://a/";
  EXPECT_TRUE(Url::parse(head + std::string(kUrlBytesMax - head.size(), 'x')));
  EXPECT_FALSE(Url::parse(head + std::string(kUrlBytesMax - head.size() + 1, 'x')));
  EXPECT_FALSE(Url::parse("http://" + std::string(254, 'a') + "/"));
}

}  // namespace
}  // namespace junctor::net
