#include "lang/cel/lexer.h"

#include <algorithm>
#include <array>

#include "lang/cel/utf8.h"
#include "wire/json_text.h"

namespace junctor::lang::cel {
namespace {

constexpr std::string_view kReserved[] = {
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while",
};
constexpr std::string_view kKeywords[] = {"true", "false", "null", "in"};
constexpr std::string_view kTwoCharacters[] = {"&&", "||", "==", "!=", "<=", ">="};
constexpr std::string_view kOneCharacter = "()[]{}.,?:+-*/%!<>";

}  // namespace

bool is_reserved(std::string_view word) noexcept {
  return std::ranges::find(kReserved, word) != std::end(kReserved);
}

bool is_keyword(std::string_view word) noexcept {
  return std::ranges::find(kKeywords, word) != std::end(kKeywords);
}

void Lexer::skip_blanks() noexcept {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
      ++at_;
    } else if (c == '/' && peek(1) == '/') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

Token Lexer::make(TokenKind kind, std::size_t begin) const noexcept {
  return {.kind = kind,
          .begin = static_cast<std::uint32_t>(begin),
          .end = static_cast<std::uint32_t>(at_),
          .text = text_.substr(begin, at_ - begin),
          .problem = {}};
}

Token Lexer::bad(std::size_t begin, std::string_view problem) const noexcept {
  Token token = make(TokenKind::bad, begin);
  token.problem = problem;
  return token;
}

Token Lexer::number() {
  const std::size_t begin = at_;
  TokenKind kind = TokenKind::int_literal;
  if (peek() == '0' && peek(1) == 'x' && hex_digit(peek(2)) >= 0) {
    at_ += 2;
    while (hex_digit(peek()) >= 0) ++at_;
  } else {
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      kind = TokenKind::double_literal;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    const std::size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
      kind = TokenKind::double_literal;
      at_ += 1 + sign;
      while (is_digit(peek())) ++at_;
    }
  }
  if (kind == TokenKind::int_literal && (peek() == 'u' || peek() == 'U')) {
    kind = TokenKind::uint_literal;
    ++at_;
  }
  return make(kind, begin);
}

// `prefix`: so many letters (r, b) stand before the quote.
Token Lexer::string(std::size_t prefix) {
  const std::size_t begin = at_;
  bool is_raw = false;
  TokenKind kind = TokenKind::string_literal;
  for (std::size_t i = 0; i < prefix; ++i) {
    const char letter = static_cast<char>(text_[at_ + i] | 0x20);
    if (letter == 'r') is_raw = true;
    if (letter == 'b') kind = TokenKind::bytes_literal;
  }
  at_ += prefix;
  const char quote = peek();
  const bool is_triple = peek(1) == quote && peek(2) == quote;
  at_ += is_triple ? 3 : 1;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == quote && (!is_triple || (peek(1) == quote && peek(2) == quote))) {
      at_ += is_triple ? 3 : 1;
      return make(kind, begin);
    }
    if (!is_triple && (c == '\n' || c == '\r'))
      return bad(begin, "this string does not end on its line");
    at_ += c == '\\' && !is_raw && at_ + 1 < text_.size() ? 2 : 1;
  }
  return bad(begin, "this string does not end");
}

Token Lexer::escaped_identifier() {
  const std::size_t begin = at_++;
  const auto is_allowed = [](char c) {
    return is_identifier_start(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
  };
  while (is_allowed(peek())) ++at_;
  if (peek() != '`' || at_ == begin + 1) {
    if (at_ < text_.size()) ++at_;
    return bad(begin,
               "a name in backticks holds letters, digits, \"_\", \".\", \"-\", \"/\" and blanks");
  }
  ++at_;
  Token token = make(TokenKind::escaped_identifier, begin);
  token.text = token.text.substr(1, token.text.size() - 2);
  return token;
}

Token Lexer::next() {
  skip_blanks();
  const std::size_t begin = at_;
  if (at_ >= text_.size()) return make(TokenKind::end, begin);
  const char c = peek();
  if (c == '"' || c == '\'') return string(0);
  if (c == '`') return escaped_identifier();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
  if (is_identifier_start(c)) {
    while (is_identifier_start(peek()) || is_digit(peek())) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const bool is_prefix =
        word.size() <= 2 && std::ranges::all_of(word, [](char letter) {
          return letter == 'r' || letter == 'R' || letter == 'b' || letter == 'B';
        });
    const auto is_b = [](char letter) { return letter == 'b' || letter == 'B'; };
    if (is_prefix && (peek() == '"' || peek() == '\'') &&
        (word.size() == 1 || (is_b(word[0]) && !is_b(word[1])))) {
      at_ = begin;
      return string(word.size());
    }
    return make(word == "in" ? TokenKind::punctuation : TokenKind::identifier, begin);
  }
  const std::string_view two = text_.substr(at_, 2);
  if (std::ranges::find(kTwoCharacters, two) != std::end(kTwoCharacters)) {
    at_ += 2;
    return make(TokenKind::punctuation, begin);
  }
  if (kOneCharacter.contains(c)) {
    ++at_;
    return make(TokenKind::punctuation, begin);
  }
  at_ += character_at(text_, at_).bytes;
  return bad(begin, "this character has no meaning here");
}

namespace {

// Reads the escapes of one literal.
class Unescaper {
 public:
  Unescaper(std::string_view body, std::size_t offset, TokenKind kind) noexcept
      : body_{body}, offset_{offset}, is_bytes_{kind == TokenKind::bytes_literal} {}

  LiteralText run() {
    while (at_ < body_.size() && out_.problem.empty()) {
      if (body_[at_] != '\\') {
        out_.value += body_[at_++];
      } else {
        escape();
      }
    }
    return std::move(out_);
  }

 private:
  void fail(std::string_view problem) {
    out_.problem = problem;
    out_.problem_at = offset_ + at_;
  }
  void add(char32_t code) {
    if (is_bytes_) {
      out_.value += static_cast<char>(code);
    } else {
      wire::append_utf8(out_.value, code);
    }
  }
  void hex(std::size_t digits) {
    char32_t code = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const int digit = at_ + 2 + i < body_.size() ? hex_digit(body_[at_ + 2 + i]) : -1;
      if (digit < 0) return fail("this escape has too few hexadecimal digits");
      code = code * 16 + static_cast<char32_t>(digit);
    }
    if (digits > 2 && is_bytes_) return fail("bytes have no escapes \\u and \\U");
    if (!is_code_point(code)) return fail("this escape is no Unicode code point");
    add(code);
    at_ += 2 + digits;
  }
  void octal() {
    char32_t code = 0;
    for (std::size_t i = 1; i <= 3; ++i) {
      const char c = at_ + i < body_.size() ? body_[at_ + i] : '\0';
      if (c < '0' || c > '7') return fail("an octal escape has three digits, from \\000 to \\377");
      code = code * 8 + static_cast<char32_t>(c - '0');
    }
    add(code);
    at_ += 4;
  }
  void escape() {
    constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
    const char c = at_ + 1 < body_.size() ? body_[at_ + 1] : '\0';
    if (const std::size_t index = kLetters.find(c); index != std::string_view::npos && c != '\0') {
      out_.value += kMeanings[index];
      at_ += 2;
      return;
    }
    switch (c) {
      case 'x':
      case 'X': return hex(2);
      case 'u': return hex(4);
      case 'U': return hex(8);
      case '0':
      case '1':
      case '2':
      case '3': return octal();
      default: return fail("this escape is not known");
    }
  }

  std::string_view body_;
  std::size_t at_ = 0;
  std::size_t offset_;
  bool is_bytes_;
  LiteralText out_;
};

}  // namespace

LiteralText literal_text(const Token& token) {
  std::string_view body = token.text;
  bool is_raw = false;
  while (body.front() != '"' && body.front() != '\'') {
    is_raw = is_raw || body.front() == 'r' || body.front() == 'R';
    body.remove_prefix(1);
  }
  const bool is_triple = body.size() >= 6 && body[1] == body[0] && body[2] == body[0];
  const std::size_t quotes = is_triple ? 3 : 1;
  body = body.substr(quotes, body.size() - 2 * quotes);
  const auto offset = static_cast<std::size_t>(body.data() - token.text.data());
  if (is_raw) return {.value = std::string{body}, .problem = {}, .problem_at = 0};
  return Unescaper{body, offset, token.kind}.run();
}

}  // namespace junctor::lang::cel
