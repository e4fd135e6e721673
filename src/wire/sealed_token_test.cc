// Goal: a token opens for whom and for what it was made, until it expires, with any key of the
// ring, and in no other case; and no failure can be told from another. Method: one good token and
// one row per wrong use; every character damaged and every prefix cut; the same error is demanded
// from all.
#include "wire/sealed_token.h"

#include <array>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace junctor::wire {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{std::chrono::seconds{1'800'000'000}};
constexpr AeadNonce kNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr std::string_view kPayload = "upstream cursor";

KeyRing ring_of(const std::vector<std::string>& secrets) {
  std::vector<Secret> all;
  for (const std::string& secret : secrets) all.emplace_back(std::string_view{secret});
  return KeyRing::from_secrets(all).value();
}
const std::string kOld(32, 'o');
const std::string kNew(32, 'n');

std::string good_token(const KeyRing& ring) {
  return seal_token(ring, TokenPurpose::cursor, "alice", kPayload, kNow + 60s, kNonce).value();
}

// True when it is refused with the one error there is.
testing::AssertionResult refused(const Result<std::string>& opened) {
  if (opened) return testing::AssertionFailure() << "opened: " << *opened;
  static const Error kReference =
      open_token(ring_of({kOld}), TokenPurpose::cursor, "", "", kNow).error();
  const Error& error = opened.error();
  if (error.kind() != ErrorKind::invalid_argument || error.reason() != "invalid_token" ||
      error.detail() != kReference.detail() || error.where().line() != kReference.where().line()) {
    return testing::AssertionFailure() << error.reason() << ": " << error.detail();
  }
  return testing::AssertionSuccess();
}

TEST(SealedToken, OpensForWhomAndForWhatItWasMade) {
  const KeyRing ring = ring_of({kNew});
  const auto opened = open_token(ring, TokenPurpose::cursor, "alice", good_token(ring), kNow);
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, kPayload);
}

TEST(SealedToken, CarriesAnyBytesUpToItsLimit) {
  const KeyRing ring = ring_of({kNew});
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3},
                                 std::size_t{1000}, kTokenPayloadBytesMax}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload.push_back(static_cast<char>(i));
    const auto token = seal_token(ring, TokenPurpose::task, "", payload, kNow + 1s, kNonce);
    ASSERT_TRUE(token);
    EXPECT_LE(token->size(), kTokenCharsMax);
    EXPECT_EQ(open_token(ring, TokenPurpose::task, "", *token, kNow).value(), payload);
  }
}

TEST(SealedToken, FillsTheLimitExactly) {
  const KeyRing ring = ring_of({kNew});
  const std::string payload(kTokenPayloadBytesMax, 'x');
  EXPECT_EQ(seal_token(ring, TokenPurpose::task, "", payload, kNow, kNonce)->size(),
            kTokenCharsMax);
  const auto over = seal_token(ring, TokenPurpose::task, "", payload + "x", kNow, kNonce);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().kind(), ErrorKind::too_large);
  EXPECT_EQ(over.error().reason(), "token_too_large");
}

TEST(SealedToken, HasTheDocumentedLayout) {
  const KeyRing ring = ring_of({kNew});
  const auto bytes = base64url_decode(good_token(ring)).value();
  EXPECT_EQ(bytes.size(), kPayload.size() + kTokenOverheadBytes);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(bytes.substr(1, 4), ring.sealing().id);
  EXPECT_EQ(bytes.substr(5, 12), as_text(kNonce));
  EXPECT_EQ(bytes.find(kPayload), std::string::npos);
}

TEST(SealedToken, RefusesAnotherPurpose) {
  const KeyRing ring = ring_of({kNew});
  const std::string token = good_token(ring);
  for (const auto purpose : {TokenPurpose::session, TokenPurpose::event,
                             TokenPurpose::request_state, TokenPurpose::task}) {
    EXPECT_TRUE(refused(open_token(ring, purpose, "alice", token, kNow)));
  }
}

TEST(SealedToken, RefusesAnotherPrincipal) {
  const KeyRing ring = ring_of({kNew});
  const std::string token = good_token(ring);
  for (const char* principal : {"", "bob", "Alice", "alic", "alice ", "alicealice"}) {
    EXPECT_TRUE(refused(open_token(ring, TokenPurpose::cursor, principal, token, kNow)));
  }
}

struct ExpiryCase {
  const char* name;
  Duration expires_in;
  Duration opened_after;
  bool opens;
};
const ExpiryCase kExpiries[] = {
    {"just_before", 60s, 59s + 999'999'999ns, true},
    {"at_the_second", 60s, 60s, false},
    {"long_after", 60s, 24h * 3650, false},
    {"made_expired", -1s, 0s, false},
    {"parts_of_a_second_are_dropped", 1s + 900ms, 1s, false},
    {"before_it_was_made", 60s, -24h, true},
};

TEST(SealedToken, RefusesWhatExpired) {
  const KeyRing ring = ring_of({kNew});
  for (const auto& one : kExpiries) {
    SCOPED_TRACE(one.name);
    const auto token =
        seal_token(ring, TokenPurpose::session, "alice", "x", kNow + one.expires_in, kNonce);
    const auto opened =
        open_token(ring, TokenPurpose::session, "alice", *token, kNow + one.opened_after);
    if (one.opens) {
      EXPECT_TRUE(opened);
    } else {
      EXPECT_TRUE(refused(opened));
    }
  }
}

TEST(SealedToken, KeysRotate) {
  const KeyRing before = ring_of({kOld});
  const KeyRing during = ring_of({kNew, kOld});
  const KeyRing after = ring_of({kNew});
  const std::string token = good_token(before);
  EXPECT_TRUE(open_token(during, TokenPurpose::cursor, "alice", token, kNow));
  EXPECT_TRUE(refused(open_token(after, TokenPurpose::cursor, "alice", token, kNow)));
  EXPECT_TRUE(open_token(after, TokenPurpose::cursor, "alice", good_token(during), kNow));
  EXPECT_TRUE(refused(open_token(before, TokenPurpose::cursor, "alice", good_token(during), kNow)));
}

TEST(SealedToken, NodesWithTheSameSecretsUnderstandEachOther) {
  EXPECT_EQ(good_token(ring_of({kOld, kNew})), good_token(ring_of({kOld})));
}

TEST(SealedToken, RandomRingsDoNotUnderstandEachOther) {
  const KeyRing one = KeyRing::random().value();
  const KeyRing two = KeyRing::random().value();
  EXPECT_TRUE(open_token(one, TokenPurpose::cursor, "alice", good_token(one), kNow));
  EXPECT_TRUE(refused(open_token(two, TokenPurpose::cursor, "alice", good_token(one), kNow)));
}

TEST(SealedToken, RefusesEveryChangedCharacter) {
  const KeyRing ring = ring_of({kNew, kOld});
  const std::string good = good_token(ring);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : std::string_view{"AZaz09-_+/= \n\xFF"}) {
      if (good[at] == c) continue;
      std::string bad = good;
      bad[at] = c;
      ASSERT_TRUE(refused(open_token(ring, TokenPurpose::cursor, "alice", bad, kNow))) << at;
    }
  }
}

TEST(SealedToken, RefusesEveryFlippedBit) {
  const KeyRing ring = ring_of({kNew, kOld});
  const std::string good = base64url_decode(good_token(ring)).value();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(
        refused(open_token(ring, TokenPurpose::cursor, "alice", base64url_encode(bad), kNow)))
        << bit;
  }
}

TEST(SealedToken, RefusesAKeyIdThatNamesAnotherKeyOfTheRing) {
  const KeyRing ring = ring_of({kNew, kOld});
  std::string bytes = base64url_decode(good_token(ring)).value();
  bytes.replace(1, kTokenKeyIdBytes, ring_of({kOld}).sealing().id);
  EXPECT_TRUE(
      refused(open_token(ring, TokenPurpose::cursor, "alice", base64url_encode(bytes), kNow)));
}

TEST(SealedToken, RefusesEveryPrefixAndEverythingBehind) {
  const KeyRing ring = ring_of({kNew});
  const std::string good = good_token(ring);
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_TRUE(
        refused(open_token(ring, TokenPurpose::cursor, "alice", good.substr(0, size), kNow)));
  }
  for (const char* more : {"A", "AA", "AAAA", "=", " "}) {
    EXPECT_TRUE(refused(open_token(ring, TokenPurpose::cursor, "alice", good + more, kNow)));
  }
}

TEST(SealedToken, RefusesWhatIsTooLong) {
  const KeyRing ring = ring_of({kNew});
  const std::string payload(kTokenPayloadBytesMax, 'x');
  const auto longest = seal_token(ring, TokenPurpose::cursor, "alice", payload, kNow + 1s, kNonce);
  EXPECT_TRUE(refused(open_token(ring, TokenPurpose::cursor, "alice", *longest + "AAAA", kNow)));
  EXPECT_TRUE(
      refused(open_token(ring, TokenPurpose::cursor, "alice", std::string(1'000'000, 'A'), kNow)));
}

TEST(KeyRing, RefusesSecretsThatCannotBeKeys) {
  const auto reason = [](const std::vector<std::string>& secrets) {
    std::vector<Secret> all;
    for (const std::string& secret : secrets) all.emplace_back(std::string_view{secret});
    const auto ring = KeyRing::from_secrets(all);
    return ring ? std::string{} : std::string{ring.error().reason()};
  };
  std::vector<std::string> many;
  for (std::size_t i = 0; i < kTokenKeysMax; ++i) {
    many.push_back(std::string(32, static_cast<char>('a' + i)));
  }
  EXPECT_EQ(reason(many), "");
  many.push_back(std::string(32, 'z'));
  EXPECT_EQ(reason(many), "invalid_seal_keys");
  EXPECT_EQ(reason({}), "invalid_seal_keys");
  EXPECT_EQ(reason({std::string(31, 'x')}), "invalid_seal_keys");
  EXPECT_EQ(reason({kOld, kNew, kOld}), "invalid_seal_keys");
}

TEST(KeyRing, FindsKeysByTheirIdAlone) {
  const KeyRing ring = ring_of({kNew, kOld});
  EXPECT_EQ(ring.find(ring.sealing().id), &ring.sealing());
  EXPECT_EQ(ring.find(""), nullptr);
  EXPECT_EQ(ring.find("none"), nullptr);
}

TEST(SealedToken, AnyBytesMayNameAPrincipal) {
  using namespace std::string_literals;
  const KeyRing ring = ring_of({kNew});
  const std::string principals[] = {"", "\0"s, "\0\0"s, "\x01", "a\nb", std::string(10'000, 'p')};
  for (const std::string& maker : principals) {
    const auto token = seal_token(ring, TokenPurpose::event, maker, "x", kNow + 1s, kNonce).value();
    for (const std::string& other : principals) {
      const auto opened = open_token(ring, TokenPurpose::event, other, token, kNow);
      if (maker == other) {
        EXPECT_TRUE(opened);
      } else {
        EXPECT_TRUE(refused(opened));
      }
    }
  }
}

TEST(SealedToken, PurposeAndPrincipalDoNotRunIntoEachOther) {
  const KeyRing ring = ring_of({kNew});
  // If the two were simply joined, ("\x01", purpose 2) could be read as ("", purpose 2, "\x01").
  const auto token =
      seal_token(ring, TokenPurpose::session, "\x01", "x", kNow + 1s, kNonce).value();
  EXPECT_TRUE(refused(open_token(ring, TokenPurpose::cursor, "\x02", token, kNow)));
  EXPECT_TRUE(refused(open_token(ring, TokenPurpose::session, "", token, kNow)));
}

TEST(SealedToken, TimesAtTheEdgesOfTheCalendarWork) {
  const KeyRing ring = ring_of({kNew});
  const auto open_at = [&ring](WallTime expires, WallTime now) {
    const auto token =
        seal_token(ring, TokenPurpose::cursor, "alice", "x", expires, kNonce).value();
    return open_token(ring, TokenPurpose::cursor, "alice", token, now).has_value();
  };
  EXPECT_TRUE(open_at(WallTime::max(), kNow));
  EXPECT_FALSE(open_at(WallTime::min(), kNow));
  EXPECT_FALSE(open_at(WallTime{-1s}, WallTime{}));  // Before 1970 is before 1970, not far ahead.
  EXPECT_TRUE(open_at(WallTime{-1s}, WallTime{-2s}));
}

TEST(SealedToken, AnotherNonceGivesAnotherToken) {
  const KeyRing ring = ring_of({kNew});
  std::set<std::string> tokens;
  for (std::uint8_t i = 0; i < 50; ++i) {
    AeadNonce nonce{};
    nonce[0] = i;
    tokens.insert(
        seal_token(ring, TokenPurpose::cursor, "alice", kPayload, kNow + 60s, nonce).value());
  }
  EXPECT_EQ(tokens.size(), 50U);
  for (const std::string& token : tokens) {
    EXPECT_EQ(open_token(ring, TokenPurpose::cursor, "alice", token, kNow).value(), kPayload);
  }
}

TEST(SealedToken, RefusesBytesNobodySealed) {
  const KeyRing ring = ring_of({kNew});
  std::string bytes(kTokenOverheadBytes - 2, '\0');
  for (std::size_t more = 0; more < 80; ++more) {
    bytes.push_back('\0');
    std::string forged = bytes;
    EXPECT_TRUE(
        refused(open_token(ring, TokenPurpose::cursor, "alice", base64url_encode(forged), kNow)));
    forged[0] = 1;
    forged.replace(1, kTokenKeyIdBytes, ring.sealing().id);
    EXPECT_TRUE(
        refused(open_token(ring, TokenPurpose::cursor, "alice", base64url_encode(forged), kNow)));
  }
}

TEST(KeyRing, KeepsEveryKeyUsable) {
  std::vector<std::string> secrets;
  for (std::size_t i = 0; i < kTokenKeysMax; ++i) {
    secrets.push_back(std::string(40, static_cast<char>('a' + i)));
  }
  const KeyRing all = ring_of(secrets);
  for (const std::string& secret : secrets) {
    const auto token = good_token(ring_of({secret}));
    EXPECT_TRUE(open_token(all, TokenPurpose::cursor, "alice", token, kNow));
  }
}

}  // namespace
}  // namespace junctor::wire
