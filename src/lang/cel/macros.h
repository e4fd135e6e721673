#pragma once
// Macros: calls that are syntax. They are recognised by name, style and number of arguments while
// the parser reads, and become scopes or selects (expression.h).
//
// Source:  CEL language definition, "Macros"; the documentation of the extensions bindings, math,
//          lists, optionals, two-variable comprehensions and block.
// Errors:  an Issue where the shape of an argument is wrong.
// Threads: functions of their arguments.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lang/cel/expression.h"
#include "lang/cel/extensions.h"

namespace junctor::lang::cel {

// Adds expressions to a tree, and minds its limits.
class SyntaxBuilder {
 public:
  SyntaxBuilder(Syntax& syntax, std::size_t depth_max, std::size_t expressions_max) noexcept
      : syntax_{syntax}, depth_max_{depth_max}, expressions_max_{expressions_max} {}

  ExpressionIndex add(Expression expression, std::span<const ExpressionIndex> operands);
  [[nodiscard]] Expression& at(ExpressionIndex index) { return syntax_.expressions[index]; }
  [[nodiscard]] std::span<const ExpressionIndex> operands_of(ExpressionIndex index) {
    return syntax_.operands_of(at(index));
  }
  std::string_view keep(std::string name) { return syntax_.names.emplace_back(std::move(name)); }
  // Set once a limit is passed; what is added then is of no use.
  [[nodiscard]] const std::optional<Issue>& problem() const noexcept { return problem_; }

 private:
  Syntax& syntax_;
  std::size_t depth_max_;
  std::size_t expressions_max_;
  std::optional<Issue> problem_;
};

struct CallSite {
  std::string_view name;
  std::optional<ExpressionIndex> target;
  std::span<const ExpressionIndex> arguments;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t point = 0;
};

struct Expanded {
  std::optional<ExpressionIndex> made;  // None: the call is no macro.
  std::optional<Issue> issue;
};
[[nodiscard]] Expanded expand_macro(SyntaxBuilder& builder, const CallSite& call,
                                    Extensions extensions);

}  // namespace junctor::lang::cel
