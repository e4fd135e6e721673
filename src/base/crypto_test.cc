// Goal: the algorithms are the ones they claim to be, and an AEAD opens nothing that was touched.
// Method: the vectors of the RFCs and of the GCM paper; every bit of a sealed message flipped; all
// threads at once.
#include "base/crypto.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"

#include <gtest/gtest.h>

namespace junctor {
namespace {

using enum AeadAlgorithm;

std::string hex(const Result<Sha256Digest>& digest) {
  return digest ? to_hex(as_text(*digest)) : "error";
}
std::string bytes(std::string_view digits) {
  return from_hex(digits).value();
}
AeadNonce nonce_of(std::string_view digits) {
  AeadNonce nonce{};
  std::ranges::copy(bytes(digits), nonce.begin());
  return nonce;
}

TEST(Sha256, MatchesKnownDigests) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

struct MacCase {
  const char* name;
  std::string key;
  std::string text;
  const char* mac;
};
const MacCase kMacs[] = {
    // RFC 4231.
    {"case_1", std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"case_2_short_key", "Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"case_3", std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"case_6_long_key", std::string(131, '\xaa'),
     "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

TEST(HmacSha256, MatchesRfc4231) {
  for (const MacCase& one : kMacs) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(hex(hmac_sha256(one.key, one.text)), one.mac);
  }
}

TEST(HmacSha256, AnEmptyKeyIsNotTheKeyOfTheCallBefore) {
  constexpr std::string_view kEmpty =
      "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  EXPECT_EQ(hex(hmac_sha256({}, {})), kEmpty);
  ASSERT_TRUE(hmac_sha256("other", "text"));
  EXPECT_EQ(hex(hmac_sha256({}, {})), kEmpty);
}

std::string run_of(int first, int last) {
  std::string out;
  for (int byte = first; byte <= last; ++byte) out.push_back(static_cast<char>(byte));
  return out;
}

struct HkdfCase {
  const char* name;
  std::string secret;
  std::string salt;
  std::string info;
  std::string okm;
};
const HkdfCase kHkdf[] = {
    // RFC 5869, appendix A.
    {"case_1", std::string(22, '\x0b'), run_of(0x00, 0x0c), run_of(0xf0, 0xf9),
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"case_2_long", run_of(0x00, 0x4f), run_of(0x60, 0xaf), run_of(0xb0, 0xff),
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e59"
     "0e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"case_3_empty", std::string(22, '\x0b'), "", "",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

TEST(HkdfSha256, MatchesRfc5869) {
  for (const HkdfCase& one : kHkdf) {
    SCOPED_TRACE(one.name);
    const auto key = hkdf_sha256(one.secret, one.salt, one.info, one.okm.size() / 2);
    ASSERT_TRUE(key);
    EXPECT_EQ(to_hex(key->reveal()), one.okm);
  }
}

TEST(HkdfSha256, GivesUpTo255Blocks) {
  EXPECT_EQ(hkdf_sha256("secret", "", "", kHkdfBytesMax)->reveal().size(), kHkdfBytesMax);
  EXPECT_EQ(hkdf_sha256("secret", "", "", 0)->reveal(), "");
  const auto refused = hkdf_sha256("secret", "", "", kHkdfBytesMax + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::too_large);
}

struct AeadCase {
  const char* name;
  AeadAlgorithm algorithm;
  std::string key;
  const char* nonce;
  std::string aad;
  std::string plain;
  std::string sealed;
};
const std::string kGcmKey =
    bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
const AeadCase kAeads[] = {
    {"gcm_case_13_empty", aes_256_gcm, std::string(32, '\0'), "000000000000000000000000", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {"gcm_case_14_one_block", aes_256_gcm, std::string(32, '\0'), "000000000000000000000000", "",
     std::string(16, '\0'), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    {"gcm_case_16_with_data", aes_256_gcm, kGcmKey, "cafebabefacedbaddecaf888",
     bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
     bytes(
         "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
         "49a6b525b16aedf5aa0de657ba637b39"),
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    {"rfc_8439_section_2_8_2", chacha20_poly1305, run_of(0x80, 0x9f), "070000004041424344454647",
     bytes("50515253c0c1c2c3c4c5c6c7"),
     "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
     "sunscreen would be it.",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
     "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
     "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
};

TEST(Aead, MatchesThePublishedVectorsBothWays) {
  for (const AeadCase& one : kAeads) {
    SCOPED_TRACE(one.name);
    const AeadKey key{one.algorithm, one.key};
    const auto sealed = aead_seal(key, nonce_of(one.nonce), one.aad, one.plain);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(to_hex(*sealed), one.sealed);
    const auto opened = aead_open(key, nonce_of(one.nonce), one.aad, *sealed);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, one.plain);
  }
}

TEST(Aead, OpensNothingThatWasTouched) {
  for (const auto algorithm : {aes_256_gcm, chacha20_poly1305}) {
    const AeadKey key{algorithm, std::string(kAeadKeyBytes, 'k')};
    const AeadKey other{algorithm, std::string(kAeadKeyBytes, 'o')};
    const AeadNonce nonce = nonce_of("000102030405060708090a0b");
    const auto sealed = aead_seal(key, nonce, "aad", "plain text").value();
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      std::string bad = sealed;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
      const auto opened = aead_open(key, nonce, "aad", bad);
      ASSERT_FALSE(opened);
      ASSERT_EQ(opened.error().kind(), ErrorKind::corrupt);
      ASSERT_EQ(opened.error().reason(), "bad_seal");
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      ASSERT_FALSE(aead_open(key, nonce, "aad", std::string_view{sealed}.substr(0, size)));
    }
    EXPECT_FALSE(aead_open(key, nonce, "aaD", sealed));
    EXPECT_FALSE(aead_open(key, nonce, "", sealed));
    EXPECT_FALSE(aead_open(key, nonce_of("000102030405060708090a0c"), "aad", sealed));
    EXPECT_FALSE(aead_open(other, nonce, "aad", sealed));
    EXPECT_TRUE(aead_open(key, nonce, "aad", sealed));  // And the context is still good.
  }
}

TEST(Aead, RefusesWhatIsTooLargeWithoutReadingIt) {
  const AeadKey key{aes_256_gcm, std::string(kAeadKeyBytes, 'k')};
  const std::string_view huge{"", kCryptoBytesMax + 1};
  EXPECT_EQ(aead_seal(key, {}, "", huge).error().kind(), ErrorKind::too_large);
  EXPECT_EQ(aead_open(key, {}, "", huge).error().kind(), ErrorKind::too_large);
}

TEST(AeadDeathTest, AKeyHas32Bytes) {
  EXPECT_DEATH((AeadKey{aes_256_gcm, "short"}), "assertion failed");
}

TEST(Random, FillsEveryByteAndDoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    std::array<std::uint8_t, 16> out{};
    random_bytes(out);
    EXPECT_TRUE(seen.insert(std::string{as_text(out)}).second);
  }
  std::vector<std::uint8_t> many(4096, 0);
  random_bytes(many);
  EXPECT_GT((std::set<std::uint8_t>{many.begin(), many.end()}.size()), 200U);
  random_bytes({});
}

TEST(ConstantTimeEqual, ComparesTheWholeText) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "abcd"));
}

TEST(Crypto, ThreadsDoNotDisturbEachOther) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      const AeadKey key{i % 2 == 0 ? aes_256_gcm : chacha20_poly1305,
                        std::string(kAeadKeyBytes, static_cast<char>('a' + i))};
      for (int round = 0; round < 200; ++round) {
        const std::string text = std::to_string(round);
        const auto sealed = aead_seal(key, {}, text, text);
        ASSERT_EQ(aead_open(key, {}, text, *sealed).value(), text);
        ASSERT_EQ(hex(sha256("")).substr(0, 8), "e3b0c442");
        ASSERT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")).substr(0, 8),
                  "5bdcc146");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Aead, EveryLengthComesBack) {
  for (const auto algorithm : {aes_256_gcm, chacha20_poly1305}) {
    const AeadKey key{algorithm, std::string(kAeadKeyBytes, 'k')};
    for (std::size_t size = 0; size < 300; ++size) {
      const std::string plain(size, static_cast<char>(size));
      const auto sealed = aead_seal(key, {}, plain, plain);
      ASSERT_EQ(sealed->size(), size + kAeadTagBytes);
      ASSERT_EQ(aead_open(key, {}, plain, *sealed).value(), plain);
    }
    const std::string large(1 << 20, 'x');
    EXPECT_EQ(aead_open(key, {}, "", aead_seal(key, {}, "", large).value()).value(), large);
  }
}

TEST(Aead, AlgorithmsDoNotOpenEachOther) {
  const AeadKey aes{aes_256_gcm, std::string(kAeadKeyBytes, 'k')};
  const AeadKey chacha{chacha20_poly1305, std::string(kAeadKeyBytes, 'k')};
  EXPECT_FALSE(aead_open(chacha, {}, "", aead_seal(aes, {}, "", "text").value()));
  EXPECT_FALSE(aead_open(aes, {}, "", aead_seal(chacha, {}, "", "text").value()));
}

TEST(Aead, AnotherNonceGivesAnotherText) {
  const AeadKey key{aes_256_gcm, std::string(kAeadKeyBytes, 'k')};
  EXPECT_NE(aead_seal(key, nonce_of("000000000000000000000001"), "", "text").value(),
            aead_seal(key, nonce_of("000000000000000000000002"), "", "text").value());
}

TEST(HkdfSha256, AnotherLabelGivesAnotherKey) {
  const auto one = hkdf_sha256("secret", "salt", "one", 32).value();
  EXPECT_FALSE(one == hkdf_sha256("secret", "salt", "two", 32).value());
  EXPECT_FALSE(one == hkdf_sha256("secret", "pepper", "one", 32).value());
  EXPECT_FALSE(one == hkdf_sha256("secreT", "salt", "one", 32).value());
  const std::string longer{hkdf_sha256("secret", "salt", "one", 64)->reveal()};
  EXPECT_EQ(longer.substr(0, 32), one.reveal());
}

TEST(Sha256, HashesMoreThanOneBlock) {
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace junctor
