// Goal: the sentinel encoding of header values, strict when decoding, one reading for each text.
// Method: tables; each text is encoded, checked to be a safe header value, and decoded again.

#include "wire/header_sentinel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "wire/json_write.h"

namespace junctor::wire {
namespace {

using namespace std::string_view_literals;

struct DecodeCase {
  std::string_view name;
  std::string_view value;
  HeaderForm form;
  std::string_view decoded = {};
};

constexpr HeaderForm kLiteral = HeaderForm::literal;
constexpr HeaderForm kEncoded = HeaderForm::encoded;
constexpr HeaderForm kMalformed = HeaderForm::malformed;

//= mcp 2026-07-28 basic/transports/streamable-http#value-encoding:decode MUST
//= mcp 2026-07-28 basic/transports/streamable-http#value-encoding:markers MUST
const DecodeCase kDecodeCases[] = {
    {"plain", "search", kLiteral},
    {"empty", "", kLiteral},
    {"encoded", "=?base64?w6Q=?=", kEncoded, "\xC3\xA4"},
    {"encoded_without_padding", "=?base64?YWJj?=", kEncoded, "abc"},
    {"encoded_with_two_pads", "=?base64?YQ==?=", kEncoded, "a"},
    {"empty_payload", "=?base64?\?=", kEncoded, ""},
    {"encoded_sentinel", "=?base64?PT9iYXNlNjQ/YT89?=", kEncoded, "=?base64?a?="},
    {"no_suffix", "=?base64?YWJj", kLiteral},
    {"no_prefix", "YWJj?=", kLiteral},
    {"markers_overlap", "=?base64?=", kLiteral},
    {"upper_case_marker", "=?BASE64?YWJj?=", kLiteral},
    {"mixed_case_marker", "=?Base64?YWJj?=", kLiteral},
    {"other_charset", "=?utf-8?B?YWJj?=", kLiteral},
    {"blank_in_front", " =?base64?YWJj?=", kLiteral},
    {"missing_padding", "=?base64?YQ?=", kMalformed},
    {"half_the_padding", "=?base64?YQ=?=", kMalformed},
    {"too_much_padding", "=?base64?YWJj====?=", kMalformed},
    {"padding_in_the_middle", "=?base64?YQ==YWJj?=", kMalformed},
    {"padding_alone", "=?base64?====?=", kMalformed},
    {"foreign_character", "=?base64?YW!j?=", kMalformed},
    {"url_alphabet", "=?base64?-_-_?=", kMalformed},
    {"blank", "=?base64?YW Jj?=", kMalformed},
    {"trailing_bits", "=?base64?YR==?=", kMalformed},
    {"trailing_bits_of_two", "=?base64?YWK=?=", kMalformed},
    {"not_utf8", "=?base64?/w==?=", kMalformed},
    {"surrogate", "=?base64?7aCA?=", kMalformed},
};

class Decode : public testing::TestWithParam<DecodeCase> {};

TEST_P(Decode, ReadsTheValueAsTheTableSays) {
  const HeaderText text = decode_header_value(GetParam().value);
  EXPECT_EQ(text.form, GetParam().form);
  EXPECT_EQ(text.decoded, GetParam().decoded);
}

INSTANTIATE_TEST_SUITE_P(Values, Decode, testing::ValuesIn(kDecodeCases),
                         [](const auto& row) { return std::string{row.param.name}; });

struct EncodeCase {
  std::string_view name;
  std::string_view text;
  std::string_view want;
};

const EncodeCase kEncodeCases[] = {
    {"plain", "search", "search"},
    {"inner_blank", "a b", "a b"},
    {"punctuation", "file:///a,b;c=\"d\"", "file:///a,b;c=\"d\""},
    {"empty", "", "=?base64?\?="},
    {"leading_space", " a", "=?base64?IGE=?="},
    {"trailing_tab", "a\t", "=?base64?YQk=?="},
    {"inner_tab", "a\tb", "=?base64?YQli?="},
    {"line_end", "a\r\nb", "=?base64?YQ0KYg==?="},
    {"nul", "a\0b"sv, "=?base64?YQBi?="},
    {"delete", "a\x7F", "=?base64?YX8=?="},
    {"beyond_ascii", "\xC3\xA4", "=?base64?w6Q=?="},
    {"looks_encoded", "=?base64?a?=", "=?base64?PT9iYXNlNjQ/YT89?="},
    {"nearly_looks_encoded", "=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="},
    {"prefix_alone", "=?base64?a", "=?base64?a"},
    {"suffix_alone", "a?=", "a?="},
    {"upper_case", "=?BASE64?a?=", "=?BASE64?a?="},
};

class Encode : public testing::TestWithParam<EncodeCase> {};

TEST_P(Encode, WritesTheValueOfTheTable) {
  Buffer out;
  append_header_value(out, GetParam().text);
  EXPECT_EQ(out.view(), GetParam().want);
  EXPECT_EQ(needs_header_sentinel(GetParam().text), out.view() != GetParam().text);
}

TEST_P(Encode, IsSafeAndComesBack) {
  Buffer out;
  append_header_value(out, GetParam().text);
  const std::string_view value = out.view();
  EXPECT_TRUE(std::ranges::all_of(value, [](char byte) { return byte >= 0x20 && byte < 0x7F; }));
  const HeaderText text = decode_header_value(value);
  EXPECT_EQ(text.form == kLiteral ? value : text.decoded, GetParam().text);
  Buffer json;
  append_json_string(json, GetParam().text);
  EXPECT_TRUE(header_equals_json(value, json.view()));
}

INSTANTIATE_TEST_SUITE_P(Texts, Encode, testing::ValuesIn(kEncodeCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Comparison, IsOfDecodedWithUnescaped) {
  EXPECT_TRUE(header_equals_json("name", R"("name")"));
  EXPECT_TRUE(header_equals_json("name", R"("n\u0061me")"));
  EXPECT_TRUE(header_equals_json("=?base64?bmFtZQ==?=", R"("name")"));
  EXPECT_TRUE(header_equals_json("=?base64?w6Q=?=", R"("\u00e4")"));
  EXPECT_TRUE(header_equals_json("", R"("")"));
  EXPECT_TRUE(header_equals_json("=?base64?\?=", R"("")"));
  EXPECT_FALSE(header_equals_json("Name", R"("name")"));
  EXPECT_FALSE(header_equals_json("name, name", R"("name")"));
  EXPECT_FALSE(header_equals_json("n\\u0061me", R"("n\u0061me")"));
}

TEST(Comparison, IsFalseForWhatIsMalformed) {
  EXPECT_FALSE(header_equals_json("=?base64?YQ?=", R"("a")"));
  EXPECT_FALSE(header_equals_json("=?base64?YQ?=", R"("=?base64?YQ?=")"));
  EXPECT_FALSE(header_equals_json("=?base64?YQ==?=", R"("=?base64?YQ==?=")"));
  EXPECT_FALSE(header_equals_json("=?base64?7aCA?=", R"("\ud800")"));
}

}  // namespace
}  // namespace junctor::wire
