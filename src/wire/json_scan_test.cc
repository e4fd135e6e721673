// Goal: RFC 8259 rule by rule, the capture of members, and the walk over validated containers.
// Method: a table of texts with the fault expected, each also fed to json_stream.h whole and byte
//         by byte (the two state the same grammar); captures are compared as text.

#include "wire/json_scan.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "wire/json_stream.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view name;
  std::string_view text;
  JsonFault want = JsonFault::none;
  std::size_t offset = 0;
};

constexpr JsonFault kFine = JsonFault::none;
constexpr JsonFault kSyntax = JsonFault::syntax;
constexpr JsonFault kNumber = JsonFault::number;

const Case kCases[] = {
    {"empty_object", "{}"},
    {"empty_array", "[]"},
    {"blanks_everywhere", " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : { } } \n"},
    {"scalars", R"([null,true,false,0,-1,1.5,"x"])"},
    {"root_string", R"("x")"},
    {"root_number", "12"},
    {"root_literal", "true"},
    {"byte_order_mark", "\xEF\xBB\xBF{}"},
    {"byte_order_mark_inside", "{\xEF\xBB\xBF}", kSyntax, 1},
    {"byte_order_mark_alone", "\xEF\xBB\xBF", kSyntax, 3},
    {"nothing", "", kSyntax, 0},
    {"blanks_alone", "  \n", kSyntax, 3},
    {"trailing_value", "{} {}", JsonFault::trailing, 3},
    {"trailing_bracket", "[]]", JsonFault::trailing, 2},
    {"nul_behind", "{}\0"sv, JsonFault::trailing, 2},
    {"open_object", "{", kSyntax, 1},
    {"open_array", "[1", kSyntax, 2},
    {"open_string", R"(["ab)", kSyntax, 4},
    {"wrong_bracket", "[1}", kSyntax, 2},
    {"wrong_brace", R"({"a":1])", kSyntax, 6},
    {"comma_behind_element", "[1,]", kSyntax, 3},
    {"comma_behind_member", R"({"a":1,})", kSyntax, 7},
    {"comma_alone", "[,]", kSyntax, 1},
    {"two_commas", "[1,,2]", kSyntax, 3},
    {"missing_comma", "[1 2]", kSyntax, 3},
    {"missing_colon", R"({"a" 1})", kSyntax, 5},
    {"missing_value", R"({"a":})", kSyntax, 5},
    {"number_as_key", "{1:2}", kSyntax, 1},
    {"bare_key", "{a:1}", kSyntax, 1},
    {"single_quotes", "['a']", kSyntax, 1},
    {"comment", "[1/**/]", kSyntax, 2},
    {"form_feed_is_no_blank", "[\f1]", kSyntax, 1},
    {"no_break_space_is_no_blank", "[\xC2\xA0]", kSyntax, 1},
    {"numbers", "[0,-0,10,1.5,0.1,1e5,1E+5,1e-5,-1.25e10,1e400]"},
    {"digits_without_end", "[123456789012345678901234567890123456789]"},
    {"leading_zero", "[01]", kNumber, 2},
    {"leading_plus", "[+1]", kSyntax, 1},
    {"minus_alone", "[-]", kNumber, 2},
    {"minus_zero_digit", "[-01]", kNumber, 3},
    {"point_without_digits", "[1.]", kNumber, 3},
    {"point_in_front", "[.5]", kSyntax, 1},
    {"exponent_without_digits", "[1e]", kNumber, 3},
    {"exponent_sign_without_digits", "[1e+]", kNumber, 4},
    {"exponent_with_point", "[1e1.5]", kSyntax, 4},
    {"hexadecimal", "[0x1]", kSyntax, 2},
    {"infinity", "[Infinity]", kSyntax, 1},
    {"nan", "[NaN]", kSyntax, 1},
    {"minus_infinity", "[-Infinity]", kNumber, 2},
    {"truncated_number", "-", kNumber, 1},
    {"upper_case_literal", "[True]", kSyntax, 1},
    {"short_literal", "[tru]", kSyntax},
    {"long_literal", "[nulll]", kSyntax},
    {"cut_literal", "fals", kSyntax},
    {"escapes", R"(["\"\\\/\b\f\n\r\t\u0000\uABCD\uabcd"])"},
    {"unknown_escape", R"(["\x41"])", kSyntax, 3},
    {"short_code", R"(["\u12"])", kSyntax, 6},
    {"bad_digit", R"(["\u12G4"])", kSyntax, 6},
    {"cut_escape", R"(["\)", kSyntax, 3},
    {"cut_code", R"(["\u00)", kSyntax, 6},
    {"lone_high_surrogate", R"(["\ud800"])"},
    {"lone_low_surrogate", R"(["\udc00"])"},
    {"surrogate_pair", R"(["\ud83d\ude00"])"},
    {"line_feed_in_string", "[\"a\nb\"]", kSyntax, 3},
    {"nul_in_string", "[\"a\0b\"]"sv, kSyntax, 3},
    {"unit_separator_in_string", "[\"\x1F\"]", kSyntax, 2},
    {"delete_in_string", "[\"\x7F\"]"},
    {"utf8", "[\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"]"},
    {"latin1", "[\"\xE4\"]", JsonFault::utf8},
    {"overlong", "[\"\xC0\xAF\"]", JsonFault::utf8},
    {"surrogate_bytes", "[\"\xED\xA0\x80\"]", JsonFault::utf8},
    {"cut_character", "[\"\xE2\x82\"]", JsonFault::utf8},
    {"utf8_outside_of_strings", "[\xC3\xA4]", kSyntax, 1},
    {"utf16", "\xFE\xFF\0{\0}"sv, kSyntax, 0},
    {"empty_key", R"({"":1})"},
    {"uncaptured_key_twice", R"({"x":1,"x":2})"},
};

class Grammar : public testing::TestWithParam<Case> {};

TEST_P(Grammar, IsJudgedAsTheTableSays) {
  const Case& row = GetParam();
  const ScanResult result = scan_json(row.text);
  EXPECT_EQ(result.fault, row.want) << json_fault_name(result.fault);
  if (row.offset != 0) EXPECT_EQ(result.offset, row.offset);
  EXPECT_EQ(static_cast<bool>(result), row.want == kFine);
}

// The tokenizer for pieces, cut into pieces of that size.
bool stream_accepts(std::string_view text, std::size_t piece_bytes) {
  JsonStream stream;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    while (true) {
      const JsonStream::Step step = stream.feed(piece);
      if (step.stop == JsonStop::fault) return false;
      piece.remove_prefix(step.used);
      if (step.stop == JsonStop::more) break;
    }
  }
  return stream.finish() != JsonStop::fault;
}

TEST_P(Grammar, IsTheSameForTextsInPieces) {
  const Case& row = GetParam();
  EXPECT_EQ(stream_accepts(row.text, row.text.size() + 1), row.want == kFine);
  for (const std::size_t piece_bytes : {1, 2, 3, 7}) {
    EXPECT_EQ(stream_accepts(row.text, piece_bytes), row.want == kFine) << piece_bytes;
  }
}

TEST_P(Grammar, HoldsBehindLongText) {
  // In front of the case stands a string that takes the paths for long runs.
  const Case& row = GetParam();
  if (row.text.starts_with("\xEF\xBB\xBF") || row.text.starts_with("\xFE")) return;
  const std::string text = "[\"" + std::string(300, 'x') + "\"," + std::string{row.text} + "]";
  const bool may_stand_inside = row.want != JsonFault::trailing;
  if (may_stand_inside) {
    EXPECT_EQ(static_cast<bool>(scan_json(text)), row.want == kFine);
    EXPECT_EQ(stream_accepts(text, 5), row.want == kFine);
  }
}

// A text that ends in a bracket is scanned by code of its own. Behind a blank the same text is not.
TEST_P(Grammar, IsTheSameForEveryCutWithAndWithoutABlankBehindIt) {
  const Case& row = GetParam();
  for (std::size_t size = 0; size <= row.text.size(); ++size) {
    for (const std::string_view end : {"", "]", "}"}) {
      const std::string text = std::string{row.text.substr(0, size)} + std::string{end};
      const std::vector<char> exact{text.begin(), text.end()};  // ASan sees a read beyond.
      const ScanResult bare = scan_json({exact.data(), exact.size()});
      const ScanResult padded = scan_json(text + " ");
      ASSERT_EQ(static_cast<bool>(bare), static_cast<bool>(padded)) << text;
      ASSERT_EQ(bare.root.kind, padded.root.kind) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, Grammar, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(Depth, IsBoundedAtTheStatedLimit) {
  EXPECT_TRUE(scan_json(nested(kJsonDepthMax, "[", "]")));
  const ScanResult over = scan_json(nested(kJsonDepthMax + 1, "[", "]"));
  EXPECT_EQ(over.fault, JsonFault::depth);
  EXPECT_EQ(over.offset, kJsonDepthMax);
  EXPECT_TRUE(stream_accepts(nested(kJsonDepthMax, "[", "]"), 3));
  EXPECT_FALSE(stream_accepts(nested(kJsonDepthMax + 1, "[", "]"), 3));
  EXPECT_EQ(scan_json(std::string(100'000, '[')).fault, JsonFault::depth);
  // Siblings do not add up.
  std::string wide = "[";
  for (int i = 0; i < 1000; ++i) wide += "[],";
  EXPECT_TRUE(scan_json(wide + "[]]"));
}

constexpr std::uint8_t kId = 0;
constexpr std::uint8_t kMethod = 1;
constexpr std::uint8_t kParams = 2;
constexpr std::uint8_t kName = 3;
constexpr std::uint8_t kMeta = 4;
constexpr std::uint8_t kToken = 5;
constexpr std::size_t kSlots = 6;
constexpr KeyNode kMetaTree[] = {{.key = "token", .slot = kToken}};
constexpr KeyNode kParamsTree[] = {{.key = "name", .slot = kName},
                                   {.key = "_meta", .slot = kMeta, .children = kMetaTree}};
constexpr KeyNode kTree[] = {{.key = "id", .slot = kId},
                             {.key = "method", .slot = kMethod},
                             {.key = "params", .slot = kParams, .children = kParamsTree}};

struct CaptureCase {
  std::string_view name;
  std::string_view text;
  std::vector<std::pair<std::uint8_t, std::string_view>> want;
  JsonFault fault = JsonFault::none;
};

const CaptureCase kCaptureCases[] = {
    {"nothing", "{}", {}},
    {"scalars_as_written",
     R"({"id": 1.50e1 ,"method":"a\u0062"})",
     {{kId, "1.50e1"}, {kMethod, R"("a\u0062")"}}},
    {"containers_without_blanks_around",
     R"({"params": { "name" : "x" } , "id":[ 1 ]})",
     {{kParams, R"({ "name" : "x" })"}, {kName, R"("x")"}, {kId, "[ 1 ]"}}},
    {"three_levels",
     R"({"params":{"_meta":{"token":7}}})",
     {{kParams, R"({"_meta":{"token":7}})"}, {kMeta, R"({"token":7})"}, {kToken, "7"}}},
    {"escaped_key", R"({"i\u0064":1})", {{kId, "1"}}},
    {"fully_escaped_key", R"({"\u006d\u0065\u0074\u0068\u006f\u0064":"x"})", {{kMethod, R"("x")"}}},
    {"other_case_is_another_key", R"({"ID":1})", {}},
    {"prefix_is_another_key", R"({"i":1,"idd":2})", {}},
    {"same_key_elsewhere", R"({"x":{"id":1},"y":[{"id":2}]})", {}},
    {"members_of_an_array_are_not_ours",
     R"({"params":[{"name":1}]})",
     {{kParams, R"([{"name":1}])"}}},
    {"child_of_a_scalar", R"({"params":null,"name":1})", {{kParams, "null"}}},
    {"root_array", R"([{"id":1}])", {}},
    {"after_byte_order_mark", "\xEF\xBB\xBF{\"id\":1}", {{kId, "1"}}},
    {"twice", R"({"id":1,"id":2})", {{kId, "1"}}, JsonFault::duplicate_key},
    {"twice_escaped", R"({"id":1,"\u0069d":2})", {{kId, "1"}}, JsonFault::duplicate_key},
    {"twice_null", R"({"id":null,"id":null})", {{kId, "null"}}, JsonFault::duplicate_key},
    {"twice_below",
     R"({"params":{"name":1,"name":2},"id":3})",
     {{kParams, R"({"name":1,"name":2})"}, {kName, "1"}, {kId, "3"}},
     JsonFault::duplicate_key},
    {"container_twice",
     R"({"params":{"name":1},"params":{"name":2,"_meta":{}}})",
     {{kParams, R"({"name":1})"}, {kName, "1"}},
     JsonFault::duplicate_key},
    {"syntax_beats_duplicate", R"({"id":1,"id":2,)", {{kId, "1"}}, JsonFault::syntax},
};

class Capture : public testing::TestWithParam<CaptureCase> {};

TEST_P(Capture, GivesTheSpansOfTheTable) {
  const CaptureCase& row = GetParam();
  std::array<JsonValue, kSlots> slots;
  slots.fill({.raw = "stale", .kind = JsonKind::string});
  const ScanResult result = scan_json(row.text, kTree, slots);
  EXPECT_EQ(result.fault, row.fault);
  std::array<std::string_view, kSlots> want;
  for (const auto& [slot, raw] : row.want) want[slot] = raw;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    EXPECT_EQ(slots[slot].raw, want[slot]) << slot;
    EXPECT_EQ(static_cast<bool>(slots[slot]), !want[slot].empty()) << slot;
    if (!slots[slot]) continue;
    const ScanResult again = scan_json(slots[slot].raw);
    EXPECT_TRUE(again);
    EXPECT_EQ(again.root.kind, slots[slot].kind);
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, Capture, testing::ValuesIn(kCaptureCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Scan, TellsTheDocumentWithoutBlanks) {
  const ScanResult result = scan_json("  [1, 2]\n");
  EXPECT_EQ(result.root.raw, "[1, 2]");
  EXPECT_EQ(result.root.kind, JsonKind::array);
  EXPECT_EQ(scan_json("null").root.kind, JsonKind::null);
  EXPECT_EQ(scan_json("[1").root.kind, JsonKind::array);
}

TEST(Scan, TellsKeysApartThatShareTheirEnd) {
  constexpr KeyNode kAlike[] = {{.key = "one.example/version", .slot = 0},
                                {.key = "two.example/version", .slot = 1},
                                {.key = "/version", .slot = 2},
                                {.key = "version", .slot = 3},
                                {.key = "", .slot = 4}};
  std::array<JsonValue, 5> slots;
  ASSERT_TRUE(scan_json(R"({"version":3,"two.example/version":1,"":4,"/version":2,)"
                        R"("one.example/version":0,"six.example/version":9,"ersion":8})",
                        kAlike, slots));
  for (std::size_t i = 0; i < slots.size(); ++i) EXPECT_EQ(slots[i].raw, std::to_string(i));
}

TEST(Scan, ReadsNothingBehindTheText) {
  // What follows would complete the text; an allocation of the exact size lets ASan see a read
  // beyond.
  for (const std::string_view text : {R"(["ab)", "[12", "[tru", R"(["\u00)", "[\"\xE2\x82", "{"}) {
    const std::vector<char> exact{text.begin(), text.end()};
    EXPECT_FALSE(scan_json({exact.data(), exact.size()})) << text;
  }
  const std::string_view longer = R"([1,2]"x"])";
  EXPECT_TRUE(scan_json(longer.substr(0, 5)));
}

std::vector<std::string> walk(std::string_view text) {
  const ScanResult result = scan_json(text);
  EXPECT_TRUE(result) << text;
  std::vector<std::string> out;
  for (const JsonMember& member : JsonMembers{result.root}) {
    EXPECT_EQ(scan_json(member.value.raw).root.kind, member.value.kind);
    out.push_back(std::string{member.key} + "=" + std::string{member.value.raw});
  }
  return out;
}

TEST(Members, AreWalkedInOrderAsWritten) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(walk("{}"), Texts{});
  EXPECT_EQ(walk("[ ]"), Texts{});
  EXPECT_EQ(walk("7"), Texts{});
  EXPECT_EQ(walk(R"("a,b")"), Texts{});
  EXPECT_EQ(walk(R"({ "a" : 1 , "b" : "x}\"" ,"c":[{"d":"]"}, 2],"e":null})"),
            (Texts{R"("a"=1)", R"("b"="x}\"")", R"("c"=[{"d":"]"}, 2])", R"("e"=null)"}));
  EXPECT_EQ(walk(R"([ -1.5e3 ,true, "\\" ,{},[[]]])"),
            (Texts{"=-1.5e3", "=true", R"(="\\")", "={}", "=[[]]"}));
}

TEST(Members, AreFoundByTheirUnescapedName) {
  const JsonValue object = scan_json(R"({"a":1,"b\u0063":{"x":2}})").root;
  EXPECT_EQ(json_member(object, "a").raw, "1");
  EXPECT_EQ(json_member(object, "bc").raw, R"({"x":2})");
  EXPECT_FALSE(json_member(object, "x"));
  EXPECT_FALSE(json_member(scan_json("[1]").root, "a"));
  const JsonValue texts = scan_json(R"({"t":"\u0041","e":"","n":1})").root;
  EXPECT_EQ(json_text_member(texts, "t"), "A");
  EXPECT_EQ(json_text_member(texts, "e"), "");
  EXPECT_FALSE(json_text_member(texts, "n"));
  EXPECT_FALSE(json_text_member(texts, "x"));
  EXPECT_FALSE(json_member({}, "a"));
}

// A text may be anything that a stranger wrote where an object was meant to be.
TEST(Members, OfAKeptTextAreThoseOfItsKind) {
  EXPECT_EQ(json_member(json_value(R"({"a":1})"), "a").raw, "1");
  for (const std::string_view other :
       {"", "[]", R"(["a",1])", R"("a")", "1", "-1", "true", "null"}) {
    SCOPED_TRACE(other);
    EXPECT_FALSE(json_member(json_value(other), "a"));
    EXPECT_FALSE(json_text_member(json_value(other), "a"));
  }
  EXPECT_EQ(json_value("[]").kind, JsonKind::array);
  EXPECT_EQ(json_value("-1").kind, JsonKind::number);
  EXPECT_FALSE(json_value(""));
}

TEST(Faults, HaveNamesOfTheirOwn) {
  EXPECT_EQ(json_fault_name(JsonFault::none), "none");
  EXPECT_EQ(json_fault_name(JsonFault::duplicate_key), "duplicate_key");
  EXPECT_EQ(json_fault_name(JsonFault::too_large), "too_large");
}

}  // namespace
}  // namespace junctor::wire
