// Goal: the first address that answers is used, whatever the others do; the whole is bounded in
// time; and a failure says which and why. Method: real connections on loopback addresses, of which
// some refuse and some ("holes") never answer.

#include "net/dial.h"

#include <gtest/gtest.h>

#include "net/loopback.h"
#include "net/scripted_server.h"

namespace junctor::net {
namespace {

using namespace std::chrono_literals;
using test::Loop;
using test::ScriptedServer;

class Dial : public testing::Test {
 protected:
  // An address of this machine that refuses, or with `hole` is silent.
  rt::Endpoint dead(std::uint8_t last) {
    return rt::Endpoint::ipv4({127, 0, 0, last}, server_.at().port());
  }
  rt::Endpoint hole(std::uint8_t last) {
    loop_.io.holes.insert(dead(last).text());
    return dead(last);
  }
  Result<std::unique_ptr<Stream>> call(DialLimits limits, Duration patience = 5s) {
    const DialTarget target{
        .shard = loop_.shard, .resolver = resolver_, .tls = nullptr, .url = url_};
    return loop_.run(dial(target, limits, loop_.in(patience)));
  }

  Loop loop_;
  ScriptedServer server_{loop_.shard};
  test::TableResolver resolver_;
  Url url_ = Url::parse("http://a/").value();
};

TEST_F(Dial, TriesTheNextAddressAtOnceWhenOneRefuses) {
  resolver_.names["a"] = {dead(2), dead(3), server_.at()};
  const auto got = call({.connect_timeout = 5s, .attempt_delay = 1h});
  ASSERT_TRUE(got) << got.error().detail();
  EXPECT_TRUE((*got)->socket().open());
}

TEST_F(Dial, TriesTheNextAddressBesideASilentOne) {
  resolver_.names["a"] = {hole(2), hole(3), server_.at()};
  const Time start = loop_.clock.now();
  const auto got = call({.connect_timeout = 5s, .attempt_delay = 20ms});
  ASSERT_TRUE(got) << got.error().detail();
  EXPECT_GE(loop_.clock.now() - start, 40ms) << "each silent one had its time";
  EXPECT_LT(loop_.clock.now() - start, 4s);
}

TEST_F(Dial, WaitsForASlowOneWhenTheOthersRefuse) {
  resolver_.names["a"] = {hole(2), dead(3), dead(4)};
  const auto got = call({.connect_timeout = 50ms, .attempt_delay = 1ms});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "connect_timeout");
  EXPECT_EQ(got.error().kind(), ErrorKind::unavailable);
}

TEST_F(Dial, SaysWhichAddressRefusedLast) {
  resolver_.names["a"] = {dead(2), dead(3)};
  const auto got = call({});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "connect_refused");
  EXPECT_NE(got.error().detail().find(dead(3).text()), std::string::npos) << got.error().detail();
  EXPECT_NE(got.error().detail().find("None of the 2"), std::string::npos) << got.error().detail();
}

TEST_F(Dial, EndsWhenTheCallersTimeDoes) {
  resolver_.names["a"] = {hole(2)};
  const auto got = call({.connect_timeout = 1h}, 20ms);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "connect_timeout");
}

TEST_F(Dial, CountsTheNamesTimeToo) {
  resolver_.gate.reset();
  const auto got = call({.connect_timeout = 20ms});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "connect_timeout");
}

TEST_F(Dial, PassesOnWhatTheResolverSays) {
  const auto got = call({});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "dns_failed");
}

TEST_F(Dial, TriesNoMoreAddressesThanItsLimit) {
  for (int i = 0; i < static_cast<int>(kDialAddressesMax); ++i) {
    resolver_.names["a"].push_back(dead(static_cast<std::uint8_t>(2 + i)));
  }
  resolver_.names["a"].push_back(server_.at());
  const auto got = call({});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "connect_refused");
  EXPECT_EQ(server_.accepted, 0U);
}

TEST_F(Dial, RefusesHttpsWithoutTls) {
  url_ = Url::parse("https://a/").value();
  const auto got = call({});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().reason(), "upstream_tls");
}

TEST(Addresses, AreNumericOnlyInThePlainForm) {
  EXPECT_EQ(numeric_address("127.0.0.1", 80)->text(), "127.0.0.1:80");
  EXPECT_EQ(numeric_address("::1", 80)->text(), "[::1]:80");
  for (const std::string_view name :
       {"", "127.1", "a", "[::1]", "1.2.3.4.5", "127.0.0.1 ", "::1%lo"}) {
    EXPECT_FALSE(numeric_address(name, 80)) << name;
  }
}

TEST(Addresses, TakeTurnsByFamily) {
  const auto v4 = [](std::uint8_t n) { return rt::Endpoint::ipv4({10, 0, 0, n}, 1); };
  const auto v6 = [](std::uint8_t n) {
    std::array<std::uint8_t, 16> bytes{};
    bytes.back() = n;
    return rt::Endpoint::ipv6(bytes, 1);
  };
  using List = std::vector<rt::Endpoint>;
  EXPECT_EQ(interleave_families({}), List{});
  EXPECT_EQ(interleave_families({v4(1)}), (List{v4(1)}));
  EXPECT_EQ(interleave_families({v6(1), v6(2), v4(1), v4(2)}), (List{v6(1), v4(1), v6(2), v4(2)}));
  EXPECT_EQ(interleave_families({v4(1), v6(1), v6(2), v6(3)}), (List{v4(1), v6(1), v6(2), v6(3)}));
  EXPECT_EQ(interleave_families({v6(1), v6(2), v6(3), v4(1)}), (List{v6(1), v4(1), v6(2), v6(3)}));
}

}  // namespace
}  // namespace junctor::net
