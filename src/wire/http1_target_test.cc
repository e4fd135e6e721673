// Goal: a path is routed only if everybody who reads it reads the same path; hosts and ports are
// what RFC 9110 section 7.2 allows and nothing that another reader would cut elsewhere. Method:
// tables with one row per trick.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "wire/http1.h"
#include "wire/http1_target.h"

namespace junctor::wire::http1 {
namespace {

using namespace std::string_view_literals;

TEST(PlainPath, IsReadInOneWay) {
  for (const std::string_view path :
       {"/"sv, "/mcp"sv, "/mcp/"sv, "/a/b.c/d-e_f~g"sv, "/.well-known/x"sv, "/a..b"sv, "/..."sv,
        "/a.."sv, "/..a/b"sv, "/a:b@c"sv, "/!$&'()*+,="sv, "/A/9"sv}) {
    EXPECT_TRUE(is_plain_path(path)) << path;
  }
}

TEST(PlainPath, IsNothingThatIsDecodedCutOrNormalised) {
  const struct {
    std::string_view name, path;
  } kRows[] = {
      {"empty", ""},
      {"asterisk", "*"},
      {"relative", "a/b"},
      {"encoded_slash", "/a%2fb"},
      {"encoded_slash_capital", "/a%2Fb"},
      {"encoded_dots", "/%2e%2e/a"},
      {"encoded_backslash", "/a%5cb"},
      {"encoded_nul", "/a%00"},
      {"encoded_letter", "/%61"},
      {"encoded_twice", "/%252e%252e/"},
      {"half_an_encoding", "/a%"},
      {"overlong_encoded", "/%c0%ae%c0%ae/"},
      {"overlong_raw", "/\xC0\xAE/"},
      {"utf8_raw", "/\xC3\xA9"},
      {"dot", "/."},
      {"dot_segment", "/./a"},
      {"dot_last", "/a/."},
      {"dots", "/.."},
      {"dots_segment", "/a/../b"},
      {"dots_last", "/a/.."},
      {"dots_and_slash", "/a/../"},
      {"dots_with_parameter", "/a/..;/b"},
      {"parameter", "/a;b"},
      {"empty_segment", "/a//b"},
      {"empty_first_segment", "//a"},
      {"empty_last_segments", "/a//"},
      {"two_slashes", "//"},
      {"backslash", "/a\\b"},
      {"backslash_dots", "/..\\a"},
      {"nul", "/a\0"sv},
      {"blank", "/a b"},
      {"tab", "/a\tb"},
      {"query", "/a?b"},
      {"fragment", "/a#b"},
      {"quote", "/\""},
      {"angle", "/<a>"},
      {"braces", "/{a}"},
      {"bar", "/a|b"},
      {"caret", "/a^b"},
      {"backtick", "/`"},
      {"del", "/\x7F"},
  };
  for (const auto& row : kRows) EXPECT_FALSE(is_plain_path(row.path)) << row.name;
}

TEST(PlainPath, EndsInAnyByteThatIsPlain) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,=:@/";
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    const bool want = kPlain.find(byte) != std::string_view::npos;
    EXPECT_EQ(is_plain_path("/ab" + std::string(1, byte)), want) << value;
  }
}

TEST(Authority, SplitsIntoHostAndPort) {
  const struct {
    std::string_view text, name;
  } kRows[] = {
      {"a", "a"},
      {"a:80", "a"},
      {"localhost:8080", "localhost"},
      {"127.0.0.1:1", "127.0.0.1"},
      {"[::1]", "[::1]"},
      {"[::1]:65535", "[::1]"},
      {"[2001:db8::1.2.3.4]:80", "[2001:db8::1.2.3.4]"},
      {"a.b.", "a.b."},
      {"my_service:00080", "my_service"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
  };
  for (const auto& row : kRows) {
    EXPECT_TRUE(is_authority(row.text)) << row.text;
    EXPECT_EQ(host_name(row.text), row.name) << row.text;
  }
}

TEST(Authority, IsNothingElse) {
  for (const std::string_view text :
       {""sv,        ":"sv,        ":80"sv,      "a:"sv,    "a:0"sv,     "a:00000"sv,
        "a:65536"sv, "a:99999"sv,  "a:100000"sv, "a:8 0"sv, "a:-1"sv,    "a:80:80"sv,
        "a@b"sv,     "a:b@c"sv,    "a/b"sv,      "a b"sv,   "a,b"sv,     "a\0"sv,
        ".a"sv,      "a..b"sv,     "."sv,        ".."sv,    "a%41"sv,    "["sv,
        "]"sv,       "[]"sv,       "[:"sv,       "[a]"sv,   "[::1"sv,    "::1"sv,
        "[::1]a"sv,  "[::1]:"sv,   "[::1]:x"sv,  "[::g]"sv, "[[::1]]"sv, "[::1%25lo]"sv,
        "a[::1]"sv,  "\xC3\xA4"sv, "a\\b"sv,     "a?"sv,    "a#"sv,      "!a"sv}) {
    EXPECT_FALSE(is_authority(text)) << text;
  }
}

TEST(Target, IsTakenApartWithoutBeingChanged) {
  const struct {
    std::string_view text;
    Method method;
    std::string_view path, query, authority, refused;
  } kRows[] = {
      {"/", Method::get, "/", "", "", ""},
      {"/a?b", Method::get, "/a", "b", "", ""},
      {"/a?", Method::get, "/a", "", "", ""},
      {"/a??b", Method::get, "/a", "?b", "", ""},
      {"//a/b", Method::get, "//a/b", "", "", ""},
      {"/http://b/", Method::get, "/http://b/", "", "", ""},
      {"*", Method::options, "*", "", "", ""},
      {"*", Method::get, "", "", "", "bad_target"},
      {"http://a", Method::get, "/", "", "a", ""},
      {"http://a/", Method::get, "/", "", "a", ""},
      {"hTTps://a:1/b?c/d", Method::get, "/b", "c/d", "a:1", ""},
      {"http://a?b", Method::get, "/", "b", "a", ""},
      {"http://[::1]:80/b", Method::get, "/b", "", "[::1]:80", ""},
      {"ws://a/", Method::get, "", "", "", "bad_target"},
      {"a", Method::get, "", "", "", "bad_target"},
      {":", Method::get, "", "", "", "bad_target"},
  };
  for (const auto& row : kRows) {
    const Target got = read_target(row.text, row.method);
    EXPECT_EQ(got.refused, row.refused) << row.text;
    if (!row.refused.empty()) continue;
    EXPECT_EQ(got.path, row.path) << row.text;
    EXPECT_EQ(got.query, row.query) << row.text;
    EXPECT_EQ(got.authority, row.authority) << row.text;
  }
}

}  // namespace
}  // namespace junctor::wire::http1
