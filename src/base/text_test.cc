// Goal: the small text functions do what they say on ordinary input and on hostile input, and every
// decoder refuses a second spelling of a value.
// Method: tables with known answers (RFC 4648 section 10 for base64), round trips over all lengths,
// and exhaustive single-character damage.
#include "base/text.h"

#include <array>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace junctor {
namespace {

using namespace std::string_literals;

TEST(Compare, IgnoresTheCaseOfAsciiLettersAlone) {
  EXPECT_TRUE(equals_ignoring_case("Content-Type", "content-TYPE"));
  EXPECT_FALSE(equals_ignoring_case("Content-Type", "content-typ"));
  EXPECT_FALSE(equals_ignoring_case("@[", "`{"));
  EXPECT_FALSE(equals_ignoring_case("\xC3\x84", "\xC3\xA4"));
  EXPECT_EQ(to_lower("A-Z[\xC4"), "a-z[\xC4");
}

TEST(Trim, RemovesSpacesAndTabsAtTheEnds) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("\r\na"), "\r\na");
}

TEST(ParseUnsigned, ReadsDigitsAndNothingElse) {
  EXPECT_EQ(parse_unsigned("0"), 0U);
  EXPECT_EQ(parse_unsigned("00042"), 42U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1a", "0x1", "18446744073709551616"}) {
    EXPECT_EQ(parse_unsigned(text), std::nullopt) << text;
  }
}

TEST(Hex, WritesLowercaseAndReadsBoth) {
  EXPECT_EQ(to_hex("\x00\xAB\x7F"s), "00ab7f");
  EXPECT_EQ(from_hex("00AB7f"), "\x00\xAB\x7F"s);
  EXPECT_EQ(from_hex(""), "");
  for (const char* text : {"0", "0g", "g0", "0 ", "-1"}) EXPECT_EQ(from_hex(text), std::nullopt);
}

struct Base64Case {
  const char* bytes;
  const char* padded;
  const char* bare;
};
const Base64Case kBase64[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xFB\xFF\xBF", "+/+/", "-_-_"},
};

TEST(Base64, MatchesTheVectorsOfTheRfc) {
  for (const auto& one : kBase64) {
    SCOPED_TRACE(one.padded);
    EXPECT_EQ(base64_encode(one.bytes), one.padded);
    EXPECT_EQ(base64_decode(one.padded), one.bytes);
    EXPECT_EQ(base64url_encode(one.bytes), one.bare);
    EXPECT_EQ(base64url_decode(one.bare), one.bytes);
  }
}

TEST(Base64, RefusesWrongPaddingForeignCharactersAndStrayBits) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=", "Zg==Zg==",
                           "Z g=", "Zm9v\n", "-_-_", "Zm8=Zm8=", "=Zm8"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
  for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "+/+/", "Zm9v\n", " Zg", "Zm9vY"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

TEST(Base64, EveryLengthComesBack) {
  std::mt19937 random{3};
  std::string bytes;
  for (std::size_t size = 0; size < 200; ++size) {
    ASSERT_EQ(base64_decode(base64_encode(bytes)), bytes);
    const auto bare = base64url_encode(bytes);
    ASSERT_EQ(bare.size(), base64url_chars(size));
    ASSERT_EQ(base64url_decode(bare), bytes);
    bytes.push_back(static_cast<char>(random()));
  }
}

TEST(Base64Url, OneValueHasOneSpelling) {
  // Of all one-character changes of an encoding, none decodes to the same bytes.
  const std::string good = base64url_encode("abcd");
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string bad = good;
      bad[at] = static_cast<char>(c);
      if (bad != good) {
        ASSERT_NE(base64url_decode(bad), "abcd") << bad;
      }
    }
  }
}

struct DistanceCase {
  const char* a;
  const char* b;
  std::size_t distance;
};
const DistanceCase kDistances[] = {
    {"", "", 0},       {"", "abc", 3},           {"abc", "abc", 0},
    {"abc", "abd", 1}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2},
};

TEST(EditDistance, IsExactUpToTheBoundAndOneMoreBeyond) {
  for (const auto& one : kDistances) {
    SCOPED_TRACE(one.a);
    EXPECT_EQ(edit_distance(one.a, one.b, 5), one.distance);
    EXPECT_EQ(edit_distance(one.b, one.a, 5), one.distance);
    for (std::size_t most = 0; most < one.distance; ++most) {
      EXPECT_EQ(edit_distance(one.a, one.b, most), most + 1);
    }
  }
}

TEST(DidYouMean, SuggestsTheClosestThatIsNearEnough) {
  constexpr std::array<std::string_view, 4> kKeys{"upstream", "upstreams", "routes", "listen"};
  EXPECT_EQ(did_you_mean("upstrem", kKeys), "upstream");
  EXPECT_EQ(did_you_mean("upstreamss", kKeys), "upstreams");
  EXPECT_EQ(did_you_mean("ROUTES", kKeys), "routes");
  EXPECT_EQ(did_you_mean("lisetn", kKeys), "listen");
  EXPECT_EQ(did_you_mean("banana", kKeys), std::nullopt);
  EXPECT_EQ(did_you_mean("", kKeys), std::nullopt);
  EXPECT_EQ(did_you_mean(std::string(kSuggestCharsMax + 1, 'a'), kKeys), std::nullopt);
  EXPECT_EQ(did_you_mean("routes", {}), std::nullopt);
}

TEST(DidYouMean, TheFirstOfEqualsIsChosen) {
  constexpr std::array<std::string_view, 2> kKeys{"cat", "bat"};
  EXPECT_EQ(did_you_mean("hat", kKeys), "cat");
}

struct SafeCase {
  const char* name;
  std::string text;
  const char* safe;
};
const SafeCase kSafe[] = {
    {"plain", "hello world", "hello world"},
    {"utf8_stays", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x99\x82", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x99\x82"},
    {"line_ends", "a\r\nb", R"(a\x0d\x0ab)"},
    {"escape_sequence", "\x1B[31m", R"(\x1b[31m)"},
    {"nul_and_del", "\0\x7F"s, R"(\x00\x7f)"},
    {"backslash_is_not_ambiguous", R"(\x0a)", R"(\x5cx0a)"},
    {"c1_control", "\xC2\x9B", R"(\xc2\x9b)"},
    {"no_utf8", "\xFF\xC3", R"(\xff\xc3)"},
    {"overlong", "\xC0\xAF", R"(\xc0\xaf)"},
    {"surrogate", "\xED\xA0\x80", R"(\xed\xa0\x80)"},
    {"beyond_unicode", "\xF4\x90\x80\x80", R"(\xf4\x90\x80\x80)"},
    {"short_character", "\xE2\x82", R"(\xe2\x82)"},
};

TEST(SafeForLog, LeavesNothingThatATerminalObeys) {
  for (const auto& one : kSafe) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(safe_for_log(one.text), one.safe);
  }
}

TEST(SafeForLog, CutsAtACharacterWithinItsBound) {
  EXPECT_EQ(safe_for_log("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(safe_for_log("abcdefghi", 8), "abcde...");
  EXPECT_EQ(safe_for_log("\n\n\n", 8), R"(\x0a...)");
  EXPECT_EQ(safe_for_log("\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 8), "\xC3\xBC\xC3\xBC...");
  EXPECT_EQ(safe_for_log("abcdef", 2), "");
  for (std::size_t most = 3; most < 40; ++most) {
    ASSERT_LE(safe_for_log(std::string(1000, '\n'), most).size(), most);
  }
}

struct JsonCase {
  const char* name;
  std::string text;
  const char* json;
};
const JsonCase kJson[] = {
    {"plain", "abc", R"("abc")"},
    {"quotes", R"(a"b\c/)", R"("a\"b\\c/")"},
    {"line_end", "a\nb", R"("a\nb")"},
    {"controls", "\0\x1F\x7F"s, R"("\u0000\u001f\u007f")"},
    {"utf8", "\xC3\xBC", "\"\xC3\xBC\""},
    {"not_utf8", "a\xFF", "\"a\xEF\xBF\xBD\""},
    {"cut_character", "a\xE2\x82", "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""},
};

TEST(AppendJsonString, IsAlwaysAJsonString) {
  for (const auto& one : kJson) {
    SCOPED_TRACE(one.name);
    std::string out = "x";
    append_json_string(out, one.text);
    EXPECT_EQ(out, std::string{"x"} + one.json);
  }
}

TEST(SafeForLog, OfAnySingleByteIsPrintableAscii) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    for (const char out : safe_for_log({&byte, 1})) {
      ASSERT_TRUE(out >= ' ' && out <= '~') << c;
    }
  }
}

TEST(AppendJsonString, OfAnyTwoBytesIsClosedAndHoldsNoControl) {
  for (int high = 0; high < 256; ++high) {
    for (int low = 0; low < 256; ++low) {
      const std::array<char, 2> bytes{static_cast<char>(high), static_cast<char>(low)};
      std::string out;
      append_json_string(out, {bytes.data(), bytes.size()});
      ASSERT_GE(out.size(), 3U);
      ASSERT_TRUE(out.starts_with('"') && out.ends_with('"'));
      const auto inside = std::string_view{out}.substr(1, out.size() - 2);
      for (const char c : inside) ASSERT_GE(static_cast<unsigned char>(c), 0x20) << high << low;
      // Outside an escape there is no quotation mark.
      for (std::size_t i = 0; i < inside.size(); ++i) {
        ASSERT_NE(inside[i], '"');
        if (inside[i] == '\\') ++i;
      }
    }
  }
}

TEST(EditDistance, IsAMetric) {
  std::mt19937 random{11};
  const auto word = [&random] {
    std::string out(random() % 8, 'a');
    for (char& c : out) c = static_cast<char>('a' + random() % 3);
    return out;
  };
  for (int i = 0; i < 500; ++i) {
    const auto a = word();
    const auto b = word();
    const auto c = word();
    ASSERT_EQ(edit_distance(a, b, 100), edit_distance(b, a, 100));
    ASSERT_EQ(edit_distance(a, b, 100) == 0, a == b);
    ASSERT_LE(edit_distance(a, c, 100), edit_distance(a, b, 100) + edit_distance(b, c, 100));
  }
}

}  // namespace
}  // namespace junctor
