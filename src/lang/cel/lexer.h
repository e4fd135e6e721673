#pragma once
// Lexer: CEL source as tokens, one at a time; and the values of literals.
//
// Invariant: tokens do not overlap, and what lies between them is blanks and comments.
//
// Source:  CEL language definition, "Syntax" (lexis), "String and Bytes Values" (escapes).
// Errors:  a token of kind `bad`, with a sentence that says what is wrong.
// Threads: one owner; views of the text that it was given.

#include <cstdint>
#include <string>
#include <string_view>

namespace junctor::lang::cel {

enum class TokenKind : std::uint8_t {
  end,
  bad,
  identifier,
  escaped_identifier,  // `content-type`
  int_literal,
  uint_literal,
  double_literal,
  string_literal,
  bytes_literal,
  punctuation,  // By its text: "&&", "(", …; also "in".
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string_view text;     // Of the escaped identifier without its backticks.
  std::string_view problem;  // Of a bad one.

  [[nodiscard]] bool is(std::string_view punctuation) const noexcept {
    return kind == TokenKind::punctuation && text == punctuation;
  }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) noexcept : text_{text} {}

  [[nodiscard]] Token next();

 private:
  void skip_blanks() noexcept;
  Token number();
  Token string(std::size_t prefix);
  Token escaped_identifier();
  Token make(TokenKind kind, std::size_t begin) const noexcept;
  Token bad(std::size_t begin, std::string_view problem) const noexcept;
  [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The value of a string or bytes literal. On failure `problem` is a sentence and `problem_at` an
// offset within the token.
struct LiteralText {
  std::string value;
  std::string_view problem;
  std::size_t problem_at = 0;
};
[[nodiscard]] LiteralText literal_text(const Token& token);

[[nodiscard]] constexpr bool is_identifier_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
// Words that may not name variables or functions.
[[nodiscard]] bool is_reserved(std::string_view word) noexcept;
// true, false, null, in: no names of fields either.
[[nodiscard]] bool is_keyword(std::string_view word) noexcept;

}  // namespace junctor::lang::cel
