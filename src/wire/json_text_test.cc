// Goal: the character rules of JSON: which bytes are plain, what is UTF-8, what an escaped token
// means. Method: tables with one row per rule; the vector path is compared with its scalar twin at
// every
//         length and position of one special byte, which covers each vector's edges.

#include "wire/json_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace junctor::wire {
namespace {

const char* end_of(const std::string& text) {
  return text.data() + text.size();
}

class PlainEnd : public testing::TestWithParam<unsigned> {};

TEST_P(PlainEnd, VectorsFindWhatTheScalarTwinFinds) {
  const auto byte = static_cast<char>(GetParam());
  for (const std::size_t size : {0, 1, 2, 15, 16, 17, 31, 33, 79, 95, 96, 128, 200, 230, 420}) {
    for (std::size_t at = 0; at <= size; ++at) {
      std::string text(size, 'x');
      if (at < size) text[at] = byte;
      const char* const want = json_plain_end_scalar(text.data(), end_of(text));
      ASSERT_EQ(json_plain_end(text.data(), end_of(text)), want) << size << " at " << at;
      ASSERT_EQ(json_long_plain_end(text.data(), end_of(text)), want) << size << " at " << at;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Bytes, PlainEnd,
                         testing::Values(0x00U, 0x1FU, 0x20U, 0x21U, 0x22U, 0x23U, 0x2CU, 0x32U,
                                         0x5BU, 0x5CU, 0x5DU, 0x7FU, 0x80U, 0xA2U, 0xDCU, 0xFFU));

TEST(PlainEnd, EveryByteIsClassifiedAsTheGrammarHasIt) {
  for (unsigned code = 0; code < 256; ++code) {
    std::string text(200, static_cast<char>(code));
    const bool is_plain = code >= 0x20 && code != '"' && code != '\\' && code < 0x80;
    const char* const want = is_plain ? end_of(text) : text.data();
    EXPECT_EQ(json_plain_end(text.data(), end_of(text)), want) << code;
    EXPECT_EQ(json_plain_end_scalar(text.data(), end_of(text)), want) << code;
  }
}

TEST(PlainEnd, FindsTheQuoteInLongText) {
  std::string text(65'536, 'a');
  EXPECT_EQ(json_plain_end(text.data(), end_of(text)), end_of(text));
  for (const std::size_t at : {0, 15, 16, 79, 80, 207, 208, 32'767, 65'535}) {
    std::string marked = text;
    marked[at] = '"';
    EXPECT_EQ(json_plain_end(marked.data(), end_of(marked)), marked.data() + at);
  }
}

struct Utf8Case {
  std::string_view name;
  std::string_view bytes;
  std::size_t want;  // 0: malformed.
};

const Utf8Case kUtf8Cases[] = {
    {"ascii", "a", 1},
    {"two_bytes_first", "\xC2\x80", 2},
    {"two_bytes_last", "\xDF\xBF", 2},
    {"three_bytes_first", "\xE0\xA0\x80", 3},
    {"three_bytes_last", "\xEF\xBF\xBF", 3},
    {"below_the_surrogates", "\xED\x9F\xBF", 3},
    {"above_the_surrogates", "\xEE\x80\x80", 3},
    {"four_bytes_first", "\xF0\x90\x80\x80", 4},
    {"four_bytes_last", "\xF4\x8F\xBF\xBF", 4},
    {"overlong_two", "\xC0\x80", 0},
    {"overlong_two_high", "\xC1\xBF", 0},
    {"overlong_three", "\xE0\x9F\xBF", 0},
    {"overlong_four", "\xF0\x8F\xBF\xBF", 0},
    {"first_surrogate", "\xED\xA0\x80", 0},
    {"last_surrogate", "\xED\xBF\xBF", 0},
    {"above_the_last_code_point", "\xF4\x90\x80\x80", 0},
    {"lead_of_five", "\xF8\x88\x80\x80\x80", 0},
    {"lone_continuation", "\x80", 0},
    {"bad_third_byte", "\xE2\x82\x28", 0},
    {"bad_fourth_byte", "\xF0\x9F\x98\x28", 0},
    {"cut_after_one_of_two", "\xC3", 0},
    {"cut_after_two_of_three", "\xE2\x82", 0},
    {"cut_after_three_of_four", "\xF0\x9F\x98", 0},
    {"nothing", "", 0},
};

class Utf8 : public testing::TestWithParam<Utf8Case> {};

TEST_P(Utf8, IsWellFormedAsTheTableHasIt) {
  const auto& [name, bytes, want] = GetParam();
  EXPECT_EQ(utf8_sequence_bytes(bytes.data(), bytes.data() + bytes.size()), want);
  if (bytes.empty()) return;
  EXPECT_EQ(is_valid_utf8(bytes), want != 0);
  EXPECT_EQ(is_valid_utf8("abc" + std::string{bytes} + "abc"), want != 0);
}

INSTANTIATE_TEST_SUITE_P(Rules, Utf8, testing::ValuesIn(kUtf8Cases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(AppendUtf8, WritesEveryLengthAndRoundTrips) {
  for (const std::uint32_t code :
       {0x0U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    append_utf8(text, code);
    EXPECT_TRUE(is_valid_utf8(text)) << code;
    const JsonCharacter character = json_character_at(text, 0);
    EXPECT_EQ(character.code_point, code);
    EXPECT_EQ(character.bytes, text.size());
  }
}

struct EscapeCase {
  std::string_view name;
  std::string_view raw;
  std::string_view want;
};

using namespace std::string_view_literals;

const EscapeCase kEscapeCases[] = {
    {"empty", R"("")", ""},
    {"plain", R"("name")", "name"},
    {"short_escapes", R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
    {"code_in_the_middle", R"("n\u0061me")", "name"},
    {"code_in_upper_case", R"("\u00C4")", "\xC3\x84"},
    {"nul", R"("a\u0000b")", "a\0b"sv},
    {"three_bytes", R"("\u20ac")", "\xE2\x82\xAC"},
    {"pair", R"("\ud83d\ude00!")", "\xF0\x9F\x98\x80!"},
    {"lone_high", R"("\ud800x")", "\xED\xA0\x80x"},
    {"lone_high_at_the_end", R"("\ud83d")", "\xED\xA0\xBD"},
    {"lone_low", R"("\udc00")", "\xED\xB0\x80"},
    {"two_highs", R"("\ud83d\ud83d")", "\xED\xA0\xBD\xED\xA0\xBD"},
    {"high_and_short_escape", R"("\ud83d\n")", "\xED\xA0\xBD\n"},
    {"utf8_stays", "\"\xF0\x9F\x98\x80\"", "\xF0\x9F\x98\x80"},
    {"backslash_then_letter", R"("\\u0041")", "\\u0041"},
};

class Escapes : public testing::TestWithParam<EscapeCase> {};

TEST_P(Escapes, MeanWhatTheTableSays) {
  EXPECT_EQ(unescape_json_string(GetParam().raw), GetParam().want);
}

TEST_P(Escapes, EqualTheirMeaningAndNothingElse) {
  const auto& [name, raw, want] = GetParam();
  EXPECT_TRUE(json_string_equals(raw, want));
  EXPECT_FALSE(json_string_equals(raw, std::string{want} + "x"));
  EXPECT_FALSE(json_string_equals(raw, "x" + std::string{want}));
  if (want.empty()) return;
  EXPECT_FALSE(json_string_equals(raw, want.substr(1)));
  EXPECT_FALSE(json_string_equals(raw, want.substr(0, want.size() - 1)));
}

TEST_P(Escapes, CharactersCoverTheBody) {
  const std::string_view body = json_string_body(GetParam().raw);
  std::string built;
  std::size_t at = 0;
  while (at < body.size()) {
    const JsonCharacter character = json_character_at(body, at);
    ASSERT_GT(character.bytes, 0U);
    append_utf8(built, character.code_point);
    at += character.bytes;
  }
  EXPECT_EQ(at, body.size());
  EXPECT_EQ(built, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Rules, Escapes, testing::ValuesIn(kEscapeCases),
                         [](const auto& row) { return std::string{row.param.name}; });

struct IntegerCase {
  std::string_view name;
  std::string_view raw;
  bool is_integer;
  std::optional<std::int64_t> value;
};

const IntegerCase kIntegerCases[] = {
    {"zero", "0", true, 0},
    {"minus_zero", "-0", true, 0},
    {"positive", "42", true, 42},
    {"negative", "-7", true, -7},
    {"largest", "9223372036854775807", true, std::numeric_limits<std::int64_t>::max()},
    {"smallest", "-9223372036854775808", true, std::numeric_limits<std::int64_t>::min()},
    {"over_64_bits", "9223372036854775808", true, std::nullopt},
    {"far_over", "100000000000000000000000000000", true, std::nullopt},
    {"fraction", "1.0", false, std::nullopt},
    {"exponent", "1e0", false, std::nullopt},
    {"big_exponent", "1E2", false, std::nullopt},
    {"string", "\"1\"", false, std::nullopt},
    {"minus_alone", "-", false, std::nullopt},
    {"empty", "", false, std::nullopt},
};

class Integers : public testing::TestWithParam<IntegerCase> {};

TEST_P(Integers, AreExactOrRefused) {
  EXPECT_EQ(is_json_integer(GetParam().raw), GetParam().is_integer);
  EXPECT_EQ(json_integer(GetParam().raw), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(Rules, Integers, testing::ValuesIn(kIntegerCases),
                         [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace junctor::wire
