// Goal: whatever is written is valid JSON and means what was given.
// Method: tables of texts with the token expected; each token is scanned and unescaped again.

#include "wire/json_write.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view name;
  std::string_view text;
  std::string_view want;
};

const Case kCases[] = {
    {"empty", "", R"("")"},
    {"plain", "a/b", R"("a/b")"},
    {"quote_and_backslash", "\"\\", R"("\"\\")"},
    {"short_escapes", "\b\f\n\r\t", R"("\b\f\n\r\t")"},
    {"control", "\x01\x1F", R"("\u0001\u001f")"},
    {"nul", "a\0b"sv, R"("a\u0000b")"},
    {"delete_is_plain", "\x7F", "\"\x7F\""},
    {"utf8_stays", "\xC3\xA4\xF0\x9F\x98\x80", "\"\xC3\xA4\xF0\x9F\x98\x80\""},
    {"lone_high_surrogate", "\xED\xA0\xBD", R"("\ud83d")"},
    {"lone_low_surrogate", "x\xED\xBF\xBFx", R"("x\udfffx")"},
    {"cut_surrogate", "\xED\xA0", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
    {"latin1", "\xE4y", "\"\xEF\xBF\xBDy\""},
    {"overlong", "\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
};

class Strings : public testing::TestWithParam<Case> {};

TEST_P(Strings, AreEscapedAsTheTableSays) {
  Buffer out;
  append_json_string(out, GetParam().text);
  EXPECT_EQ(out.view(), GetParam().want);
  EXPECT_TRUE(scan_json(out.view()));
  const bool was_text = out.view().find("\xEF\xBF\xBD") == std::string_view::npos;
  if (was_text) EXPECT_EQ(unescape_json_string(out.view()), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Rules, Strings, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Strings, EveryByteComesBack) {
  for (unsigned code = 0; code < 0x80; ++code) {
    const std::string text(40, static_cast<char>(code));
    Buffer out;
    append_json_string(out, text);
    EXPECT_EQ(scan_json(out.view()).root.kind, JsonKind::string);
    EXPECT_EQ(unescape_json_string(out.view()), text) << code;
  }
}

TEST(Integers, AreWrittenExactly) {
  constexpr std::int64_t kValues[] = {0, -1, 42, std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
  for (const std::int64_t value : kValues) {
    Buffer out;
    append_json_integer(out, value);
    EXPECT_EQ(out.view(), std::to_string(value));
    EXPECT_EQ(json_integer(out.view()), value);
  }
}

TEST(Writer, PutsCommasBetweenAndNowhereElse) {
  Buffer out;
  JsonWriter writer{out};
  writer.begin_object();
  writer.key("a").begin_array().integer(1).string("x").begin_object().end_object().null();
  writer.begin_array().end_array().end_array();
  writer.key("b").boolean(true).key("c").boolean(false).key("d").raw(R"({"x": 1})");
  writer.key("e\n").begin_object().key("f").null().end_object();
  writer.end_object();
  EXPECT_EQ(out.view(), R"({"a":[1,"x",{},null,[]],"b":true,"c":false,)"
                        R"("d":{"x": 1},"e\n":{"f":null}})");
  EXPECT_TRUE(scan_json(out.view()));
}

TEST(Writer, AppendsBehindWhatIsThere) {
  Buffer out;
  out.append("data: ");
  JsonWriter{out}.begin_array().integer(-5).end_array();
  EXPECT_EQ(out.view(), "data: [-5]");
}

TEST(WriterDeathTest, RefusesAKeyOutsideOfAContainer) {
  EXPECT_DEATH(
      {
        Buffer out;
        JsonWriter{out}.key("a");
      },
      "depth_ > 0");
}

}  // namespace
}  // namespace junctor::wire
