#pragma once
// Parser: CEL source as a tree (expression.h), macros expanded.
//
// Source:  CEL language definition, "Syntax"; the optional syntax (`a.?b`, `a[?b]`, `[?x]`) of the
//          optionals extension; names in backticks.
// Limits:  depth_max nested expressions, expressions_max of them.
// Errors:  the first Issue; reading stops there.
// Threads: a function of its arguments.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string_view>

#include "lang/cel/expression.h"
#include "lang/cel/extensions.h"

namespace junctor::lang::cel {

enum class Macros : std::uint8_t { off, on };

struct ParserOptions {
  Extensions extensions = {};
  Macros macros = Macros::on;
  std::size_t depth_max = 200;
  std::size_t expressions_max = 20'000;
};

// The text must live as long as the syntax.
[[nodiscard]] std::expected<std::unique_ptr<Syntax>, Issue> parse(std::string_view text,
                                                                  const ParserOptions& options);

}  // namespace junctor::lang::cel
