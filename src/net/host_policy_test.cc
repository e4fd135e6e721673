// Goal: on loopback only names and pages of this machine are answered, whatever their spelling;
// elsewhere only those allowed, and nothing is checked until somebody asks for it.
// Method: tables of Host and Origin values against each kind of policy.

#include "net/host_policy.h"

#include <gtest/gtest.h>

namespace junctor::net {
namespace {

struct HostCase {
  const char* host;
  bool loopback;  // Allowed by loopback().
  bool named;     // Allowed when "api.example" alone is.
};

const HostCase kHosts[] = {
    {"localhost", true, false},
    {"LocalHost:8080", true, false},
    {"127.0.0.1", true, false},
    {"127.0.0.1:65535", true, false},
    {"127.1.2.3:1", true, false},
    {"[::1]", true, false},
    {"[::1]:8080", true, false},
    {"", false, false},
    {"localhost.evil.example", false, false},
    {"evil.example", false, false},
    {"evil-localhost", false, false},
    {"127.evil.example", false, false},
    {"127.0.0.1.evil.example", false, false},
    {"127.0.0.1.1", false, false},
    {"127.0.1", false, false},
    {"1127.0.0.1", false, false},
    {"0.0.0.0", false, false},
    {"[::]", false, false},
    {"[::ffff:127.0.0.1]", false, false},
    {"10.0.0.1", false, false},
    {"api.example", false, true},
    {"API.Example:443", false, true},
    {"x.api.example", false, false},
    {"api.example.evil", false, false},
};

TEST(HostPolicy, HostsAreComparedWithoutPortAndCase) {
  const HostPolicy loopback = HostPolicy::loopback();
  HostPolicy named;
  named.allow_host("api.example");
  HostPolicy with_port;
  with_port.allow_host("API.example:8443");
  HostPolicy both = HostPolicy::loopback();
  both.allow_host("api.example");
  for (const HostCase& each : kHosts) {
    SCOPED_TRACE(each.host);
    EXPECT_EQ(loopback.host_allowed(each.host), each.loopback);
    EXPECT_EQ(named.host_allowed(each.host), each.named);
    EXPECT_EQ(with_port.host_allowed(each.host), each.named);
    EXPECT_EQ(both.host_allowed(each.host), each.loopback || each.named);
    EXPECT_TRUE(HostPolicy{}.host_allowed(each.host));
  }
}

struct OriginCase {
  const char* origin;
  bool loopback;
  bool named;  // Allowed when "https://app.example" alone is.
};

const OriginCase kOrigins[] = {
    {"http://localhost", true, false},
    {"http://localhost:3000", true, false},
    {"https://LOCALHOST:3000", true, false},
    {"HTTP://127.0.0.1:8080", true, false},
    {"http://[::1]:8080", true, false},
    {"null", false, false},
    {"", false, false},
    {"http://", false, false},
    {"localhost", false, false},
    {"//localhost", false, false},
    {"ftp://localhost", false, false},
    {"file://localhost", false, false},
    {"chrome-extension://localhost", false, false},
    {"http://localhost/", false, false},
    {"http://localhost/x", false, false},
    {"http://localhost:0", false, false},
    {"http://localhost:99999", false, false},
    {"http://localhost:", false, false},
    {"http://user@localhost", false, false},
    {"http://localhost@evil.example", false, false},
    {"http://localhost.evil.example", false, false},
    {"http://127.0.0.1.evil.example", false, false},
    {"http://evil.example", false, false},
    {"http://localhost http://evil.example", false, false},
    {"https://app.example", false, true},
    {"HTTPS://APP.example", false, true},
    {"http://app.example", false, false},
    {"https://app.example:443", false, false},
    {"https://app.example.evil", false, false},
    {"https://x.app.example", false, false},
};

//= mcp 2026-07-28 basic/transports/streamable-http#security-endpoint:origin MUST
//= mcp 2025-11-25 basic/transports#security-warning:origin MUST
TEST(HostPolicy, OriginsAreComparedInFullOrMustBeOfThisMachine) {
  const HostPolicy loopback = HostPolicy::loopback();
  HostPolicy named;
  named.allow_origin("https://app.example");
  HostPolicy both = HostPolicy::loopback();
  both.allow_origin("https://app.example");
  for (const OriginCase& each : kOrigins) {
    SCOPED_TRACE(each.origin);
    EXPECT_EQ(loopback.origin_allowed(each.origin), each.loopback);
    EXPECT_EQ(named.origin_allowed(each.origin), each.named);
    EXPECT_EQ(both.origin_allowed(each.origin), each.loopback || each.named);
    EXPECT_TRUE(HostPolicy{}.origin_allowed(each.origin));
  }
}

TEST(HostPolicy, AnOpaqueOriginMayBeAllowedByName) {
  HostPolicy policy = HostPolicy::loopback();
  policy.allow_origin("null");
  EXPECT_TRUE(policy.origin_allowed("null"));
}

TEST(HostPolicy, EachCheckIsSwitchedOnByItself) {
  HostPolicy hosts;
  hosts.allow_host("a");
  EXPECT_FALSE(hosts.host_allowed("b"));
  EXPECT_TRUE(hosts.origin_allowed("https://b"));
  HostPolicy origins;
  origins.allow_origin("https://a");
  EXPECT_TRUE(origins.host_allowed("b"));
  EXPECT_FALSE(origins.origin_allowed("https://b"));
}

TEST(HostPolicy, SameOriginIsTheVeryHostThatIsAsked) {
  const HostPolicy policy = HostPolicy::same_origin();
  EXPECT_TRUE(policy.host_allowed("anything.example"));
  EXPECT_TRUE(policy.origin_allowed("https://mcp.example:8443", "MCP.example:8443"));
  EXPECT_FALSE(policy.origin_allowed("https://mcp.example", "mcp.example:8443"));
  EXPECT_FALSE(policy.origin_allowed("https://evil.example", "mcp.example"));
  EXPECT_FALSE(policy.origin_allowed("null", "mcp.example"));
  EXPECT_FALSE(policy.origin_allowed("http://", ""));
}

}  // namespace
}  // namespace junctor::net
