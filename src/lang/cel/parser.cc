#include "lang/cel/parser.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/cel/lexer.h"
#include "lang/cel/macros.h"

namespace junctor::lang::cel {
namespace {

struct Operator {
  std::string_view text;
  std::string_view function;
  int precedence;
};

constexpr int kOr = 1;
constexpr int kAnd = 2;
constexpr int kRelation = 3;
constexpr Operator kOperators[] = {
    {"||", "_||_", kOr},       {"&&", "_&&_", kAnd},      {"<", "_<_", kRelation},
    {"<=", "_<=_", kRelation}, {">", "_>_", kRelation},   {">=", "_>=_", kRelation},
    {"==", "_==_", kRelation}, {"!=", "_!=_", kRelation}, {"in", "@in", kRelation},
    {"+", "_+_", 4},           {"-", "_-_", 4},           {"*", "_*_", 5},
    {"/", "_/_", 5},           {"%", "_%_", 5},
};

const Operator* operator_of(const Token& token) noexcept {
  if (token.kind != TokenKind::punctuation) return nullptr;
  for (const Operator& each : kOperators) {
    if (each.text == token.text) return &each;
  }
  return nullptr;
}

// Recursive descent. Every function gives an expression, or nothing once issue_ is set.
class Parser {
 public:
  using Parsed = std::optional<ExpressionIndex>;

  Parser(Syntax& syntax, const ParserOptions& options) noexcept
      : options_{options},
        syntax_{syntax},
        lexer_{syntax.text},
        builder_{syntax, options.depth_max, options.expressions_max} {}

  std::optional<Issue> run() {
    advance();
    const Parsed root = expression();
    if (!issue_ && token_.kind != TokenKind::end) fail_expected("an operator or the end");
    if (!issue_) issue_ = builder_.problem();
    if (!issue_ && root) syntax_.root = *root;
    return issue_;
  }

 private:
  void advance() {
    previous_end_ = token_.end;
    token_ = lexer_.next();
    if (token_.kind == TokenKind::bad) fail(token_, std::string{token_.problem});
  }
  Parsed fail(const Token& token, std::string message) {
    if (!issue_) issue_ = Issue{token.begin, token.end, std::move(message)};
    return std::nullopt;
  }
  Parsed fail_expected(std::string_view what) {
    const std::string found = token_.kind == TokenKind::end
                                  ? "the end of the expression"
                                  : fmt::format("\"{}\"", token_.text.substr(0, 40));
    return fail(token_, fmt::format("expected {}, and found {}", what, found));
  }
  bool take(std::string_view punctuation) {
    if (issue_ || !token_.is(punctuation)) return false;
    advance();
    return true;
  }
  bool expect(std::string_view punctuation) {
    if (take(punctuation)) return true;
    fail_expected(fmt::format("\"{}\"", punctuation));
    return false;
  }
  // Stops at the limits as soon as they are passed.
  Parsed add(Expression expression, std::span<const ExpressionIndex> operands) {
    expression.end = previous_end_;
    const ExpressionIndex made = builder_.add(expression, operands);
    if (builder_.problem() && !issue_) issue_ = builder_.problem();
    if (issue_) return std::nullopt;
    return made;
  }
  Expression make(ExpressionKind kind, std::uint32_t begin, std::uint32_t point) const {
    Expression made;
    made.kind = kind;
    made.begin = begin;
    made.point = point;
    return made;
  }
  Parsed call(std::string_view name, std::uint32_t begin, std::uint32_t point,
              std::span<const ExpressionIndex> operands) {
    Expression made = make(ExpressionKind::call, begin, point);
    made.name = name;
    return add(made, operands);
  }
  std::uint32_t begin_of(ExpressionIndex index) { return builder_.at(index).begin; }

  Parsed expression();
  Parsed conditional();
  Parsed binary(int precedence);
  Parsed unary();
  Parsed member(std::optional<Token> minus);
  Parsed primary(std::optional<Token> minus);
  Parsed name_or_call(bool is_rooted, std::uint32_t begin);  // tidy: allow of one class
  Parsed literal(std::optional<Token> minus);
  Parsed integer(std::string digits, const Token& token);
  Parsed select(ExpressionIndex of);
  Parsed index(ExpressionIndex of);
  Parsed list();
  Parsed map();
  Parsed message(ExpressionIndex type);
  Parsed finish_call(std::string_view name, std::optional<ExpressionIndex> target,
                     std::uint32_t begin, std::uint32_t point);
  Parsed entry();
  std::optional<std::string> qualified_name(ExpressionIndex index);

  const ParserOptions& options_;
  Syntax& syntax_;
  Lexer lexer_;
  SyntaxBuilder builder_;
  Token token_;
  std::uint32_t previous_end_ = 0;
  std::size_t depth_ = 0;
  std::optional<Issue> issue_;
};

Parser::Parsed Parser::expression() {
  if (++depth_ > options_.depth_max)
    return fail(token_, fmt::format("the expression is nested more than {} levels deep",
                                    options_.depth_max));
  const Parsed made = conditional();
  --depth_;
  return made;
}

Parser::Parsed Parser::conditional() {
  const Parsed condition = binary(kOr);
  if (issue_ || !condition || !token_.is("?")) return condition;
  const std::uint32_t point = token_.begin;
  advance();
  const Parsed yes = binary(kOr);
  if (!yes || !expect(":")) return std::nullopt;
  const Parsed no = expression();
  if (!no) return std::nullopt;
  const ExpressionIndex operands[] = {*condition, *yes, *no};
  return call("_?_:_", begin_of(*condition), point, operands);
}

Parser::Parsed Parser::binary(int precedence) {
  Parsed left = unary();
  while (left && !issue_) {
    const Operator* const found = operator_of(token_);
    if (found == nullptr || found->precedence < precedence) break;
    const std::uint32_t point = token_.begin;
    std::vector<ExpressionIndex> operands{*left};
    // A row of && or of || is one expression.
    do {
      advance();
      const Parsed right = binary(found->precedence + 1);
      if (!right) return std::nullopt;
      operands.push_back(*right);
    } while (found->precedence <= kAnd && token_.is(found->text));
    left = call(found->function, begin_of(*left), point, operands);
  }
  return issue_ ? std::nullopt : left;
}

Parser::Parsed Parser::unary() {
  if (!token_.is("!") && !token_.is("-")) return member(std::nullopt);
  const std::string_view sign = token_.text;
  std::vector<Token> signs;
  while (token_.is(sign) && !issue_) {
    signs.push_back(token_);
    advance();
    if (signs.size() > options_.depth_max)
      return fail(token_, fmt::format("the expression is nested more than {} levels deep",
                                      options_.depth_max));
  }
  // The last minus before a number is part of it.
  const bool is_number =
      token_.kind == TokenKind::int_literal || token_.kind == TokenKind::double_literal;
  std::optional<Token> minus;
  if (sign == "-" && is_number) {
    minus = signs.back();
    signs.pop_back();
  }
  Parsed made = member(minus);
  for (; made && !signs.empty(); signs.pop_back()) {
    const ExpressionIndex operands[] = {*made};
    made = call(sign == "!" ? "!_" : "-_", signs.back().begin, signs.back().begin, operands);
  }
  return made;
}

Parser::Parsed Parser::member(std::optional<Token> minus) {
  Parsed made = primary(minus);
  while (made && !issue_) {
    if (token_.is(".")) {
      made = select(*made);
    } else if (token_.is("[")) {
      made = index(*made);
    } else if (token_.is("{") && qualified_name(*made)) {
      made = message(*made);
    } else {
      return made;
    }
  }
  return std::nullopt;
}

Parser::Parsed Parser::select(ExpressionIndex of) {
  const std::uint32_t point = token_.begin;
  advance();
  Expression made = make(ExpressionKind::select, begin_of(of), point);
  if (options_.extensions.has(Extension::optionals)) made.is_optional = take("?");
  const bool is_escaped = token_.kind == TokenKind::escaped_identifier;
  if (issue_ || (token_.kind != TokenKind::identifier && !is_escaped) ||
      (!is_escaped && is_keyword(token_.text)))
    return fail_expected("the name of a field");
  made.name = token_.text;
  const std::uint32_t name_at = token_.begin;
  advance();
  if (!made.is_optional && !is_escaped && token_.is("("))
    return finish_call(made.name, of, made.begin, name_at);
  const ExpressionIndex operands[] = {of};
  return add(made, operands);
}

Parser::Parsed Parser::index(ExpressionIndex of) {
  const std::uint32_t point = token_.begin;
  advance();
  const bool is_optional = options_.extensions.has(Extension::optionals) && take("?");
  const Parsed key = expression();
  if (!key || !expect("]")) return std::nullopt;
  const ExpressionIndex operands[] = {of, *key};
  return call(is_optional ? "_[?_]" : "_[_]", begin_of(of), point, operands);
}

// Arguments and ")"; a macro is expanded.
Parser::Parsed Parser::finish_call(std::string_view name, std::optional<ExpressionIndex> target,
                                   std::uint32_t begin, std::uint32_t point) {
  std::vector<ExpressionIndex> operands;
  if (target) operands.push_back(*target);
  advance();
  if (!token_.is(")")) {
    do {
      const Parsed argument = expression();
      if (!argument) return std::nullopt;
      operands.push_back(*argument);
    } while (take(","));
  }
  if (!expect(")")) return std::nullopt;
  if (options_.macros == Macros::on) {
    const CallSite site{.name = name,
                        .target = target,
                        .arguments = std::span{operands}.subspan(target ? 1 : 0),
                        .begin = begin,
                        .end = previous_end_,
                        .point = point};
    Expanded expanded = expand_macro(builder_, site, options_.extensions);
    if (expanded.issue) issue_ = std::move(expanded.issue);
    if (!issue_ && builder_.problem()) issue_ = builder_.problem();
    if (issue_) return std::nullopt;
    if (expanded.made) return expanded.made;
  }
  Expression made = make(ExpressionKind::call, begin, point);
  made.name = name;
  made.has_target = target.has_value();
  return add(made, operands);
}

Parser::Parsed Parser::primary(std::optional<Token> minus) {
  if (issue_) return std::nullopt;
  const std::uint32_t begin = token_.begin;
  switch (token_.kind) {
    case TokenKind::int_literal:
    case TokenKind::uint_literal:
    case TokenKind::double_literal:
    case TokenKind::string_literal:
    case TokenKind::bytes_literal: return literal(minus);
    case TokenKind::identifier: return name_or_call(false, begin);
    default: break;
  }
  if (token_.is("[")) return list();
  if (token_.is("{")) return map();
  if (take(".")) return name_or_call(true, begin);
  if (!take("(")) return fail_expected("a value");
  const Parsed made = expression();
  if (!made || !expect(")")) return std::nullopt;
  return made;
}

// NOLINTNEXTLINE: of one class
Parser::Parsed Parser::name_or_call(bool is_rooted, std::uint32_t begin) {  // tidy: allow as above
  if (token_.kind != TokenKind::identifier) return fail_expected("a name");
  const std::string_view name = token_.text;
  if (!is_rooted && (name == "true" || name == "false" || name == "null")) return literal({});
  if (is_reserved(name) || is_keyword(name))
    return fail(token_, fmt::format("\"{}\" is a reserved word, and names nothing", name));
  const std::uint32_t point = token_.begin;
  advance();
  if (token_.is("(")) {
    // A rooted call is of the function of that very name.
    return finish_call(is_rooted ? builder_.keep("." + std::string{name}) : name, std::nullopt,
                       begin, point);
  }
  Expression made = make(ExpressionKind::identifier, begin, point);
  made.name = name;
  made.is_rooted = is_rooted;
  return add(made, {});
}

Parser::Parsed Parser::integer(std::string digits, const Token& token) {
  Expression made = make(ExpressionKind::literal, token.begin, token.begin);
  const bool is_unsigned = token_.kind == TokenKind::uint_literal;
  if (is_unsigned) digits.pop_back();
  const bool is_negative = digits.starts_with('-');
  const std::size_t sign = is_negative ? 1 : 0;
  int base = 10;
  if (digits.compare(sign, 2, "0x") == 0) {
    base = 16;
    digits.erase(sign, 2);
  }
  const char* const end = digits.data() + digits.size();
  std::errc fault{};
  if (is_unsigned) {
    std::uint64_t value = 0;
    fault = std::from_chars(digits.data(), end, value, base).ec;
    made.value = Value::uint64(value);
  } else {
    std::int64_t value = 0;
    fault = std::from_chars(digits.data(), end, value, base).ec;
    made.value = Value::int64(value);
  }
  if (fault != std::errc{})
    return fail(token_, fmt::format("this number does not fit {}", is_unsigned ? "uint" : "int"));
  advance();
  return add(made, {});
}

Parser::Parsed Parser::literal(std::optional<Token> minus) {
  const Token& first = minus ? *minus : token_;
  const std::string digits = (minus ? "-" : "") + std::string{token_.text};
  Expression made = make(ExpressionKind::literal, first.begin, first.begin);
  switch (token_.kind) {
    case TokenKind::int_literal:
    case TokenKind::uint_literal: return integer(digits, first);
    case TokenKind::double_literal: {
      double value = 0;
      const auto [end, fault] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      // Too large is infinite, too small is 0, as everywhere in CEL.
      if (fault == std::errc::result_out_of_range) value = std::strtod(digits.c_str(), nullptr);
      made.value = Value::float64(value);
      break;
    }
    case TokenKind::string_literal:
    case TokenKind::bytes_literal: {
      const LiteralText text = literal_text(token_);
      if (!text.problem.empty()) {
        Token at = token_;
        at.begin += static_cast<std::uint32_t>(text.problem_at);
        return fail(at, std::string{text.problem});
      }
      const std::string_view kept = syntax_.literals.copy(text.value);
      made.value =
          token_.kind == TokenKind::string_literal ? Value::string(kept) : Value::bytes(kept);
      break;
    }
    default: made.value = token_.text == "null" ? Value{} : Value::boolean(token_.text == "true");
  }
  advance();
  return add(made, {});
}

// One element or key, perhaps with "?" before it.
Parser::Parsed Parser::entry() {
  const Token first = token_;
  if (!options_.extensions.has(Extension::optionals) || !take("?")) return expression();
  const Parsed inner = expression();
  if (!inner) return std::nullopt;
  const ExpressionIndex operands[] = {*inner};
  return add(make(ExpressionKind::optional_entry, first.begin, first.begin), operands);
}

Parser::Parsed Parser::list() {
  const Expression made = make(ExpressionKind::list, token_.begin, token_.begin);
  advance();
  std::vector<ExpressionIndex> operands;
  while (!issue_ && !token_.is("]") && !token_.is(",")) {
    const Parsed element = entry();
    if (!element) return std::nullopt;
    operands.push_back(*element);
    if (!take(",")) break;
  }
  if (operands.empty()) (void)take(",");
  if (!expect("]")) return std::nullopt;
  return add(made, operands);
}

Parser::Parsed Parser::map() {
  const Expression made = make(ExpressionKind::map, token_.begin, token_.begin);
  advance();
  std::vector<ExpressionIndex> operands;
  while (!issue_ && !token_.is("}") && !token_.is(",")) {
    const Parsed key = entry();
    if (!key || !expect(":")) return std::nullopt;
    const Parsed value = expression();
    if (!value) return std::nullopt;
    operands.push_back(*key);
    operands.push_back(*value);
    if (!take(",")) break;
  }
  if (operands.empty()) (void)take(",");
  if (!expect("}")) return std::nullopt;
  return add(made, operands);
}

// The dotted name that the expression is written as, if it is one.
std::optional<std::string> Parser::qualified_name(ExpressionIndex index) {
  const Expression& expression = builder_.at(index);
  if (expression.kind == ExpressionKind::identifier)
    return (expression.is_rooted ? "." : "") + std::string{expression.name};
  if (expression.kind != ExpressionKind::select || expression.is_test || expression.is_optional)
    return std::nullopt;
  std::optional<std::string> before = qualified_name(builder_.operands_of(index)[0]);
  if (before) *before += "." + std::string{expression.name};
  return before;
}

Parser::Parsed Parser::message(ExpressionIndex type) {
  Expression made = make(ExpressionKind::message, begin_of(type), token_.begin);
  made.name = builder_.keep(qualified_name(type).value_or(""));
  advance();
  std::vector<ExpressionIndex> operands;
  while (!issue_ && !token_.is("}")) {
    const Token first = token_;
    const bool is_optional = options_.extensions.has(Extension::optionals) && take("?");
    if (token_.kind != TokenKind::identifier && token_.kind != TokenKind::escaped_identifier)
      return fail_expected("the name of a field");
    Expression field = make(ExpressionKind::literal, token_.begin, token_.begin);
    field.value = Value::string(token_.text);
    advance();
    const Parsed name = add(field, {});
    if (!name || !expect(":")) return std::nullopt;
    Parsed value = expression();
    if (value && is_optional) {
      const ExpressionIndex inner[] = {*value};
      value = add(make(ExpressionKind::optional_entry, first.begin, first.begin), inner);
    }
    if (!value) return std::nullopt;
    operands.push_back(*name);
    operands.push_back(*value);
    if (!take(",")) break;
  }
  if (!expect("}")) return std::nullopt;
  return add(made, operands);
}

}  // namespace

std::expected<std::unique_ptr<Syntax>, Issue> parse(std::string_view text,
                                                    const ParserOptions& options) {
  auto syntax = std::make_unique<Syntax>();
  syntax->text = text;
  if (std::optional<Issue> issue = Parser{*syntax, options}.run())
    return std::unexpected{std::move(*issue)};
  return syntax;
}

}  // namespace junctor::lang::cel
