// Goal: source is cut into the right tokens, and literals have the values that are written. Method:
// tables of sources with their tokens, and of literals with their values or what is wrong.

#include "lang/cel/lexer.h"

#include <gtest/gtest.h>

#include <string>

namespace junctor::lang::cel {
namespace {

// Tokens by a letter for their kind, and their text.
std::string tokens_of(std::string_view text) {
  constexpr std::string_view kLetters = "eBnqiudsbp";
  std::string all;
  Lexer lexer{text};
  while (true) {
    const Token token = lexer.next();
    if (token.kind == TokenKind::end) return all;
    all += kLetters[static_cast<std::size_t>(token.kind)];
    all += "<" + std::string{token.text} + ">";
    if (token.kind == TokenKind::bad) return all;
  }
}

TEST(Lexer, CutsTokens) {
  struct Case {
    const char* name = "";
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {"empty", "", ""},
      {"blanks_and_comments", " \t// a\n\f// b", ""},
      {"operators", "a&&b||c<=1", "n<a>p<&&>n<b>p<||>n<c>p<<=>i<1>"},
      {"in_is_an_operator", "a in b", "n<a>p<in>n<b>"},
      {"in_is_a_whole_word", "inner", "n<inner>"},
      {"numbers", "1 0x1F 2u 0xAu 1.5 .5 1e3 1E+3",
       "i<1>i<0x1F>u<2u>u<0xAu>d<1.5>d<.5>d<1e3>d<1E+3>"},
      {"method_of_a_number", "1.a", "i<1>p<.>n<a>"},
      {"no_exponent", "1e", "i<1>n<e>"},
      {"hex_without_digits", "0x", "i<0>n<x>"},
      {"strings", "'a' \"b\" r'c' b'd' bR'e'", "s<'a'>s<\"b\">s<r'c'>b<b'd'>b<bR'e'>"},
      {"rb_is_a_name", "rb'x'", "n<rb>s<'x'>"},
      {"triple", "'''a'b''c''' \"\"\"\n\"\"\"", "s<'''a'b''c'''>s<\"\"\"\n\"\"\">"},
      {"escaped_quote", R"('a\'b')", R"(s<'a\'b'>)"},
      {"raw_has_no_escapes", R"(r'a\'b)", R"(s<r'a\'>n<b>)"},
      {"backticks", "a.`b-c/d.e f`", "n<a>p<.>q<b-c/d.e f>"},
      {"string_over_a_line", "'a\n'", "B<'a>"},
      {"open_string", "'a", "B<'a>"},
      {"open_triple", "'''a''", "B<'''a''>"},
      {"lone_ampersand", "a & b", "n<a>B<&>"},
      {"other_character", "a \u20ac", "n<a>B<\u20ac>"},
      {"empty_backticks", "``", "B<``>"},
  };
  for (const Case& c : kCases) EXPECT_EQ(tokens_of(c.text), c.expected) << c.name;
}

TEST(Lexer, LiteralsHaveTheirValues) {
  struct Case {
    const char* text = "";
    const char* expected = "";
  };
  constexpr Case kCases[] = {
      {R"('a\n\t\\\'\"\?\`')", "a\n\t\\'\"?`"},
      {R"('\x41\u00e9\U0001F600\101')", "A\u00e9\U0001F600A"},
      {R"('\xe9\377')", "\u00e9\u00ff"},
      {R"(b'\xe9\377')", "\xe9\xff"},
      {"b'\u00e9'", "\u00e9"},
      {R"(r'\n')", R"(\n)"},
      {"'''a''b'''", "a''b"},
      {"''", ""},
      {"\"\"\"\"\"\"", ""},
      {R"('\q')", "! this escape is not known"},
      {R"('\ud800')", "! this escape is no Unicode code point"},
      {R"('\U00110000')", "! this escape is no Unicode code point"},
      {R"('\x4')", "! this escape has too few hexadecimal digits"},
      {R"('\08')", "! an octal escape has three digits, from \\000 to \\377"},
      {R"('\400')", "! this escape is not known"},
      {R"(b'\u0041')", "! bytes have no escapes \\u and \\U"},
  };
  for (const Case& c : kCases) {
    Lexer lexer{c.text};
    const LiteralText text = literal_text(lexer.next());
    EXPECT_EQ(text.problem.empty() ? text.value : "! " + std::string{text.problem}, c.expected)
        << c.text;
  }
}

TEST(Lexer, WordsThatNameNothing) {
  EXPECT_TRUE(is_reserved("package"));
  EXPECT_FALSE(is_reserved("packages"));
  EXPECT_TRUE(is_keyword("in"));
  EXPECT_FALSE(is_keyword("as"));
}

}  // namespace
}  // namespace junctor::lang::cel
