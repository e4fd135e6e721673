#include "lang/cel/macros.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace junctor::lang::cel {
namespace {

enum class Style : std::uint8_t { global, method, cel, math };

// `variables` names come first among the arguments of a scope.
struct MacroRow {
  std::string_view name;
  Style style;
  std::size_t arguments;
  ScopeKind scope;
  std::size_t variables;
  std::optional<Extension> extension;
};

constexpr std::optional<Extension> kStandard = std::nullopt;

constexpr MacroRow kMacros[] = {
    {"all", Style::method, 2, ScopeKind::all, 1, kStandard},
    {"exists", Style::method, 2, ScopeKind::exists, 1, kStandard},
    {"exists_one", Style::method, 2, ScopeKind::exists_one, 1, kStandard},
    {"existsOne", Style::method, 2, ScopeKind::exists_one, 1, kStandard},
    {"filter", Style::method, 2, ScopeKind::filter, 1, kStandard},
    {"map", Style::method, 2, ScopeKind::collect, 1, kStandard},
    {"map", Style::method, 3, ScopeKind::collect, 1, kStandard},
    {"all", Style::method, 3, ScopeKind::all, 2, Extension::two_variables},
    {"exists", Style::method, 3, ScopeKind::exists, 2, Extension::two_variables},
    {"exists_one", Style::method, 3, ScopeKind::exists_one, 2, Extension::two_variables},
    {"existsOne", Style::method, 3, ScopeKind::exists_one, 2, Extension::two_variables},
    {"transformList", Style::method, 3, ScopeKind::collect, 2, Extension::two_variables},
    {"transformList", Style::method, 4, ScopeKind::collect, 2, Extension::two_variables},
    {"transformMap", Style::method, 3, ScopeKind::collect_map, 2, Extension::two_variables},
    {"transformMap", Style::method, 4, ScopeKind::collect_map, 2, Extension::two_variables},
    {"transformMapEntry", Style::method, 3, ScopeKind::collect_entries, 2,
     Extension::two_variables},
    {"transformMapEntry", Style::method, 4, ScopeKind::collect_entries, 2,
     Extension::two_variables},
    {"sortBy", Style::method, 2, ScopeKind::sort_by, 1, Extension::lists},
    {"optMap", Style::method, 2, ScopeKind::opt_map, 1, Extension::optionals},
    {"optFlatMap", Style::method, 2, ScopeKind::opt_flat_map, 1, Extension::optionals},
    {"bind", Style::cel, 3, ScopeKind::bind, 1, Extension::bindings},
};

class Expander {
 public:
  Expander(SyntaxBuilder& builder, const CallSite& call, Extensions extensions) noexcept
      : builder_{builder}, call_{call}, extensions_{extensions} {}

  Expanded run() {
    if (call_.name == "has" && !call_.target && call_.arguments.size() == 1) return has();
    if (is_namespace("math") && extensions_.has(Extension::math) &&
        (call_.name == "greatest" || call_.name == "least"))
      return extremum();
    if (is_namespace("cel") && extensions_.has(Extension::blocks)) {
      Expanded expanded = block_words();
      if (expanded.made || expanded.issue) return expanded;
    }
    for (const MacroRow& row : kMacros) {
      if (matches(row)) return scope(row);
    }
    return {};
  }

 private:
  bool is_namespace(std::string_view name) {
    if (!call_.target) return false;
    const Expression& target = builder_.at(*call_.target);
    return target.kind == ExpressionKind::identifier && target.name == name && !target.is_rooted;
  }
  bool matches(const MacroRow& row) {
    if (row.name != call_.name || row.arguments != call_.arguments.size()) return false;
    if (row.extension && !extensions_.has(*row.extension)) return false;
    if (row.style == Style::cel) return is_namespace("cel");
    return call_.target.has_value();
  }
  Expression made(ExpressionKind kind) const {
    Expression expression;
    expression.kind = kind;
    expression.begin = call_.begin;
    expression.end = call_.end;
    expression.point = call_.point;
    return expression;
  }
  Expanded issue(ExpressionIndex at, std::string message) {
    const Expression& where = builder_.at(at);
    return {.made = {}, .issue = Issue{where.begin, where.end, std::move(message)}};
  }

  // The select itself becomes the test.
  Expanded has() {
    const ExpressionIndex argument = call_.arguments[0];
    Expression& select = builder_.at(argument);
    if (select.kind != ExpressionKind::select || select.is_test || select.is_optional)
      return issue(argument,
                   "has() takes the selection of a field, as in has(a.b), and found another "
                   "expression");
    select.is_test = true;
    select.begin = call_.begin;
    select.end = call_.end;
    return {.made = argument, .issue = {}};
  }

  Expanded scope(const MacroRow& row) {
    Expression expression = made(ExpressionKind::scope);
    expression.scope = row.scope;
    std::vector<ExpressionIndex> operands;
    if (row.style == Style::method && call_.target) operands.push_back(*call_.target);
    for (std::size_t i = 0; i < row.variables; ++i) {
      const Expression& variable = builder_.at(call_.arguments[i]);
      if (variable.kind != ExpressionKind::identifier || variable.is_rooted)
        return issue(call_.arguments[i],
                     fmt::format("{}() takes the name of a variable here, and found another "
                                 "expression",
                                 call_.name));
      (i == 0 ? expression.name : expression.second) = variable.name;
    }
    if (row.variables == 2 && expression.name == expression.second)
      return issue(call_.arguments[1],
                   fmt::format("the two variables of {}() have the same name", call_.name));
    operands.insert(operands.end(),
                    call_.arguments.begin() + static_cast<std::ptrdiff_t>(row.variables),
                    call_.arguments.end());
    if (row.scope == ScopeKind::collect_entries &&
        builder_.at(operands.back()).kind != ExpressionKind::map)
      return issue(operands.back(), "transformMapEntry() takes a map literal as its last argument");
    return {.made = builder_.add(expression, operands), .issue = {}};
  }

  // math.greatest(a, b, c) is math.greatest([a, b, c]).
  Expanded extremum() {
    if (call_.arguments.empty())
      return {.made = {},
              .issue = Issue{call_.begin, call_.end,
                             fmt::format("math.{}() takes at least one argument", call_.name)}};
    for (const ExpressionIndex argument : call_.arguments) {
      if (!may_be_number(argument, call_.arguments.size() == 1))
        return issue(argument,
                     fmt::format("math.{}() takes numbers, and found another literal", call_.name));
    }
    Expression call = made(ExpressionKind::call);
    call.name = call_.name == "greatest" ? "math.@max" : "math.@min";
    if (call_.arguments.size() <= 2)
      return {.made = builder_.add(call, call_.arguments), .issue = {}};
    const ExpressionIndex list[] = {builder_.add(made(ExpressionKind::list), call_.arguments)};
    return {.made = builder_.add(call, list), .issue = {}};
  }
  // tidy: allow a private test of a shape, not part of an interface
  bool may_be_number(ExpressionIndex index, bool may_be_list) {  // tidy: allow see above
    const Expression& argument = builder_.at(index);
    switch (argument.kind) {
      case ExpressionKind::literal: return argument.value.is_number();
      case ExpressionKind::list:
        return may_be_list && std::ranges::all_of(builder_.operands_of(index), [this](auto each) {
                 return may_be_number(each, false);
               });
      case ExpressionKind::map:
      case ExpressionKind::message: return false;
      default: return true;
    }
  }

  // cel.block, and the words that stand for the names it makes.
  Expanded block_words() {
    const auto literal = [this](std::size_t index) -> std::optional<std::int64_t> {
      const Expression& argument = builder_.at(call_.arguments[index]);
      if (argument.kind != ExpressionKind::literal || !argument.value.is(Kind::int64))
        return std::nullopt;
      return argument.value.as_int64();
    };
    const std::size_t count = call_.arguments.size();
    const auto first = count == 0 ? std::nullopt : literal(0);
    if (call_.name == "index" && count == 1 && first) return name(fmt::format("@index{}", *first));
    const auto second = count == 2 ? literal(1) : std::nullopt;
    if ((call_.name == "iterVar" || call_.name == "accuVar") && first && second)
      return name(fmt::format("@{}:{}:{}", call_.name == "iterVar" ? "it" : "ac", *first, *second));
    if (call_.name != "block" || count != 2) return {};
    if (builder_.at(call_.arguments[0]).kind != ExpressionKind::list)
      return issue(call_.arguments[0], "cel.block() takes a list literal first");
    const auto values = builder_.operands_of(call_.arguments[0]);
    std::vector<ExpressionIndex> operands{values.begin(), values.end()};
    operands.push_back(call_.arguments[1]);
    Expression block = made(ExpressionKind::scope);
    block.scope = ScopeKind::block;
    return {.made = builder_.add(block, operands), .issue = {}};
  }
  Expanded name(std::string text) {
    Expression identifier = made(ExpressionKind::identifier);
    identifier.name = builder_.keep(std::move(text));
    return {.made = builder_.add(identifier, {}), .issue = {}};
  }

  SyntaxBuilder& builder_;
  const CallSite& call_;
  Extensions extensions_;
};

}  // namespace

ExpressionIndex SyntaxBuilder::add(Expression expression,
                                   std::span<const ExpressionIndex> operands) {
  std::size_t depth = 0;
  for (const ExpressionIndex operand : operands)
    depth = std::max<std::size_t>(depth, syntax_.expressions[operand].depth);
  if (!problem_ && depth >= depth_max_)
    problem_ = Issue{expression.begin, expression.end,
                     fmt::format("the expression is nested more than {} levels deep", depth_max_)};
  if (!problem_ && syntax_.expressions.size() >= expressions_max_)
    problem_ = Issue{expression.begin, expression.end,
                     fmt::format("the expression has more than {} parts", expressions_max_)};
  expression.depth = static_cast<std::uint16_t>(std::min<std::size_t>(depth + 1, 0xFFFF));
  expression.first = static_cast<std::uint32_t>(syntax_.operands.size());
  expression.count = static_cast<std::uint32_t>(operands.size());
  // The span may be one of the operands themselves.
  const std::vector<ExpressionIndex> copy{operands.begin(), operands.end()};
  syntax_.operands.insert(syntax_.operands.end(), copy.begin(), copy.end());
  syntax_.expressions.push_back(expression);
  return static_cast<ExpressionIndex>(syntax_.expressions.size() - 1);
}

Expanded expand_macro(SyntaxBuilder& builder, const CallSite& call, Extensions extensions) {
  return Expander{builder, call, extensions}.run();
}

}  // namespace junctor::lang::cel
