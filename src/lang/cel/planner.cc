#include "lang/cel/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "lang/cel/evaluator.h"

namespace junctor::lang::cel {
namespace {

struct NamedOperator {
  std::string_view name;
  Op op;
  std::uint8_t detail;
};

constexpr NamedOperator kOperators[] = {
    {"_&&_", Op::conjunction, 0},
    {"_||_", Op::disjunction, 0},
    {"_?_:_", Op::conditional, 0},
    {"!_", Op::invert, 0},
    {"_==_", Op::equal, 0},
    {"_!=_", Op::equal, 1},
    {"_<_", Op::order, static_cast<std::uint8_t>(Order::less)},
    {"_<=_", Op::order, static_cast<std::uint8_t>(Order::less_or_equal)},
    {"_>_", Op::order, static_cast<std::uint8_t>(Order::greater)},
    {"_>=_", Op::order, static_cast<std::uint8_t>(Order::greater_or_equal)},
    {"_+_", Op::arithmetic, static_cast<std::uint8_t>(Arithmetic::add)},
    {"_-_", Op::arithmetic, static_cast<std::uint8_t>(Arithmetic::subtract)},
    {"_*_", Op::arithmetic, static_cast<std::uint8_t>(Arithmetic::multiply)},
    {"_/_", Op::arithmetic, static_cast<std::uint8_t>(Arithmetic::divide)},
    {"_%_", Op::arithmetic, static_cast<std::uint8_t>(Arithmetic::modulo)},
    {"_[_]", Op::index, 0},
    {"_[?_]", Op::index, 1},
    {"@in", Op::member, 0},
};

class Planner {
 public:
  Planner(const Syntax& syntax, const Checked& checked, Plan& plan) noexcept
      : syntax_{syntax}, checked_{checked}, plan_{plan} {}

  std::vector<Issue> run(Typing typing) {
    typing_ = typing;
    visit(syntax_.root);
    return std::move(issues_);
  }

 private:
  NodeIndex visit(ExpressionIndex index);
  NodeIndex call(ExpressionIndex index);
  NodeIndex plain_call(ExpressionIndex index, std::span<const ExpressionIndex> operands);
  NodeIndex equality(ExpressionIndex index, std::uint8_t detail);
  NodeIndex select(ExpressionIndex index);
  NodeIndex container(ExpressionIndex index, Op op);
  NodeIndex message(ExpressionIndex index);
  NodeIndex scope(ExpressionIndex index);
  std::optional<NodeIndex> match(ExpressionIndex index, std::span<const ExpressionIndex> operands);

  NodeIndex add(Node node, ExpressionIndex from) {
    const Expression& expression = syntax_.expressions[from];
    plan_.nodes.push_back(node);
    plan_.places.push_back({.begin = expression.begin, .end = expression.end});
    return static_cast<NodeIndex>(plan_.nodes.size() - 1);
  }
  std::uint32_t keep(const Value& value) {
    plan_.constants.push_back(value);
    return static_cast<std::uint32_t>(plan_.constants.size() - 1);
  }
  NodeIndex constant(const Value& value, ExpressionIndex from, Op op = Op::constant) {
    return add({.op = op, .b = keep(value)}, from);
  }
  Value copy(const Value& value) {
    const std::string_view text = plan_.memory.copy(value.text());
    switch (value.kind()) {
      case Kind::string: return Value::string(text);
      case Kind::bytes: return Value::bytes(text);
      case Kind::type: return Value::type(text);
      case Kind::error: return Value::error(value.fault(), text);
      default: return value;
    }
  }
  // Visits the operands, and gives the first of them among the children.
  std::uint32_t visit_all(std::span<const ExpressionIndex> operands) {
    std::vector<NodeIndex> made;
    for (const ExpressionIndex each : operands) made.push_back(visit(each));
    plan_.children.insert(plan_.children.end(), made.begin(), made.end());
    return static_cast<std::uint32_t>(plan_.children.size() - made.size());
  }
  const Value* constant_of(NodeIndex index) const {
    const Node& node = plan_.nodes[index];
    return node.op == Op::constant ? &plan_.constants[node.b] : nullptr;
  }
  // Replaces what was planned since `mark` by its value, when that is known.
  NodeIndex fold(NodeIndex node, std::size_t mark, ExpressionIndex from);

  const Syntax& syntax_;
  const Checked& checked_;
  Plan& plan_;
  Typing typing_ = Typing::checked;
  std::vector<Issue> issues_;
  std::uint64_t folding_left_ = kFoldingCostMax;
  std::uint64_t patterns_left_ = kPatternsCostMax;
};

NodeIndex Planner::fold(NodeIndex node, std::size_t mark, ExpressionIndex from) {
  const auto is_constant = [this](std::size_t index) {
    return plan_.nodes[index].op == Op::constant;
  };
  for (std::size_t i = mark; i < node; ++i) {
    if (!is_constant(i)) return node;
  }
  PatternCache patterns;
  Machine machine{plan_.memory, patterns, plan_.zones.get(), folding_left_};
  const Value value = Evaluator{plan_, {}, {}, machine}.evaluate(node);
  folding_left_ -= machine.cost();
  if (value.is_error()) return node;
  plan_.nodes.resize(mark);
  plan_.places.resize(mark);
  return constant(value, from);
}

NodeIndex Planner::visit(ExpressionIndex index) {
  const Expression& expression = syntax_.expressions[index];
  const Annotation& annotation = checked_.annotations[index];
  switch (annotation.meaning) {
    case Meaning::structure: break;
    case Meaning::local: return add({.op = Op::local, .b = annotation.slot}, index);
    case Meaning::variable: return add({.op = Op::variable, .b = annotation.slot}, index);
    case Meaning::constant: return constant(copy(annotation.value), index);
    case Meaning::failing: return constant(copy(annotation.value), index, Op::failure);
  }
  switch (expression.kind) {
    case ExpressionKind::literal: return constant(copy(expression.value), index);
    case ExpressionKind::select: return select(index);
    case ExpressionKind::call: return call(index);
    case ExpressionKind::list: return container(index, Op::list);
    case ExpressionKind::map: return container(index, Op::map);
    case ExpressionKind::optional_entry: {
      const NodeIndex operand = visit(syntax_.operands_of(expression)[0]);
      return add({.op = Op::optional_entry, .a = operand}, index);
    }
    case ExpressionKind::scope: return scope(index);
    case ExpressionKind::message: return message(index);
    default: break;
  }
  JUNCTOR_BUG(true);  // Names have a meaning, or are failing.
  return constant(Value::error(Fault::undeclared, {}), index, Op::failure);
}

NodeIndex Planner::select(ExpressionIndex index) {
  const Expression& expression = syntax_.expressions[index];
  const NodeIndex operand = visit(syntax_.operands_of(expression)[0]);
  const Node of = plan_.nodes[operand];
  const bool is_plain = !expression.is_test && !expression.is_optional;
  const bool begins_path = is_plain && of.op == Op::variable;
  const bool goes_on = is_plain && of.op == Op::path && of.b + of.count == plan_.constants.size();
  if (goes_on) {
    // The longer path takes the place of the shorter.
    JUNCTOR_ASSERT(operand + 1 == plan_.nodes.size());
    plan_.nodes.pop_back();
    plan_.places.pop_back();
  }
  const std::uint32_t name = keep(Value::string(plan_.memory.copy(expression.name)));
  const NodeIndex made = add({.op = expression.is_test ? Op::test : Op::select,
                              .detail = static_cast<std::uint8_t>(expression.is_optional ? 1 : 0),
                              .a = goes_on ? of.a : operand,
                              .b = name},
                             index);
  if (begins_path) return add({.op = Op::path, .count = 1, .a = made, .b = name, .c = of.b}, index);
  if (!goes_on) return made;
  const auto count = static_cast<std::uint16_t>(of.count + 1);
  return add({.op = Op::path, .count = count, .a = made, .b = of.b, .c = of.c}, index);
}

NodeIndex Planner::container(ExpressionIndex index, Op op) {
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(syntax_.expressions[index]);
  const std::size_t mark = plan_.nodes.size();
  const std::size_t children = plan_.children.size();
  const bool has_optional = std::ranges::any_of(operands, [this](ExpressionIndex each) {
    return syntax_.expressions[each].kind == ExpressionKind::optional_entry;
  });
  const std::uint32_t first = visit_all(operands);
  const NodeIndex node = add({.op = op,
                              .detail = static_cast<std::uint8_t>(has_optional ? 1 : 0),
                              .count = static_cast<std::uint16_t>(operands.size()),
                              .a = first},
                             index);
  const NodeIndex folded = fold(node, mark, index);
  if (folded != node) plan_.children.resize(children);
  return folded;
}

// A call with a value for each of the fields that the row has.
NodeIndex Planner::message(ExpressionIndex index) {
  const MessageRow* const row = checked_.annotations[index].message;
  JUNCTOR_ASSERT(row != nullptr);
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(syntax_.expressions[index]);
  const std::size_t mark = plan_.nodes.size();
  std::vector<NodeIndex> made;
  for (std::size_t field = 0; field < row->make.parameters.size(); ++field) {
    std::optional<NodeIndex> value;
    for (std::size_t i = 0; i < operands.size(); i += 2) {
      if (syntax_.expressions[operands[i]].value.text() == row->fields[field])
        value = visit(operands[i + 1]);
    }
    made.push_back(value ? *value : constant(zero_of(row->make.parameters[field]), index));
  }
  const auto first = static_cast<std::uint32_t>(plan_.children.size());
  plan_.children.insert(plan_.children.end(), made.begin(), made.end());
  plan_.overloads.push_back(&row->make);
  const NodeIndex node = add({.op = Op::call,
                              .count = static_cast<std::uint16_t>(made.size()),
                              .a = first,
                              .b = 1,
                              .c = static_cast<std::uint32_t>(plan_.overloads.size() - 1)},
                             index);
  return fold(node, mark, index);
}

NodeIndex Planner::scope(ExpressionIndex index) {
  const Expression& expression = syntax_.expressions[index];
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(expression);
  const std::uint32_t first = visit_all(operands);
  return add({.op = Op::scope,
              .detail = static_cast<std::uint8_t>(expression.scope),
              .count = static_cast<std::uint16_t>(operands.size()),
              .a = first,
              .b = checked_.annotations[index].slot,
              .c = expression.second.empty() ? 1U : 2U},
             index);
}

NodeIndex Planner::equality(ExpressionIndex index, std::uint8_t detail) {
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(syntax_.expressions[index]);
  NodeIndex a = visit(operands[0]);
  NodeIndex b = visit(operands[1]);
  const auto is_text = [this](NodeIndex node) {
    const Value* const value = constant_of(node);
    return value != nullptr && value->is(Kind::string);
  };
  if (is_text(a)) std::swap(a, b);
  if (!is_text(b)) return add({.op = Op::equal, .detail = detail, .a = a, .b = b}, index);
  return add({.op = Op::equal_text, .detail = detail, .a = a, .b = plan_.nodes[b].b}, index);
}

NodeIndex Planner::call(ExpressionIndex index) {
  const Expression& expression = syntax_.expressions[index];
  const Annotation& annotation = checked_.annotations[index];
  std::span<const ExpressionIndex> operands = syntax_.operands_of(expression);
  if (annotation.drops_target) operands = operands.subspan(1);
  const auto* const found = std::ranges::find(kOperators, expression.name, &NamedOperator::name);
  if (found == std::end(kOperators) || expression.has_target) return plain_call(index, operands);
  const std::size_t mark = plan_.nodes.size();
  switch (found->op) {
    case Op::equal: return equality(index, found->detail);
    case Op::conjunction:
    case Op::disjunction:
    case Op::conditional: {
      const std::uint32_t first = visit_all(operands);
      return add(
          {.op = found->op, .count = static_cast<std::uint16_t>(operands.size()), .a = first},
          index);
    }
    case Op::invert: {
      const NodeIndex operand = visit(operands[0]);
      return add({.op = Op::invert, .a = operand}, index);
    }
    default: break;
  }
  const NodeIndex a = visit(operands[0]);
  const NodeIndex b = visit(operands[1]);
  const auto overloads = static_cast<std::uint32_t>(plan_.overloads.size());
  for (std::uint32_t i = 0; i < annotation.count; ++i)
    plan_.overloads.push_back(checked_.overloads[annotation.first + i]);
  const NodeIndex node = add({.op = found->op,
                              .detail = found->detail,
                              .count = static_cast<std::uint16_t>(annotation.count),
                              .a = a,
                              .b = b,
                              .c = overloads},
                             index);
  return found->op == Op::arithmetic ? fold(node, mark, index) : node;
}

// text.matches("constant"): the pattern is compiled here.
std::optional<NodeIndex> Planner::match(ExpressionIndex index,
                                        std::span<const ExpressionIndex> operands) {
  const Expression& pattern_at = syntax_.expressions[operands[1]];
  if (pattern_at.kind != ExpressionKind::literal || !pattern_at.value.is(Kind::string))
    return std::nullopt;
  const auto issue = [&](std::string message) {
    issues_.push_back(
        {.begin = pattern_at.begin, .end = pattern_at.end, .message = std::move(message)});
  };
  // One issue says enough: more of them would take as long again.
  if (!issues_.empty()) return std::nullopt;
  Pattern pattern{pattern_at.value.text()};
  if (pattern.compile_cost() > patterns_left_) {
    issue("the regular expressions of this expression are too large together");
    return std::nullopt;
  }
  patterns_left_ -= pattern.compile_cost();
  if (!pattern.is_valid()) {
    if (typing_ == Typing::checked)
      issue("this is no regular expression that can be used: " + pattern.problem());
    return std::nullopt;
  }
  const NodeIndex text = visit(operands[0]);
  plan_.patterns.push_back(std::move(pattern));
  return add(
      {.op = Op::match, .a = text, .b = static_cast<std::uint32_t>(plan_.patterns.size() - 1)},
      index);
}

NodeIndex Planner::plain_call(ExpressionIndex index, std::span<const ExpressionIndex> operands) {
  const Annotation& annotation = checked_.annotations[index];
  const std::span<const Overload* const> overloads =
      std::span{checked_.overloads}.subspan(annotation.first, annotation.count);
  if (overloads.size() == 1 && overloads[0]->name == "matches" &&
      overloads[0]->context == nullptr && operands.size() == 2) {
    if (const auto made = match(index, operands)) return *made;
  }
  if (!overloads.empty() && overloads[0]->run == optional_or()) {
    const NodeIndex a = visit(operands[0]);
    const NodeIndex b = visit(operands[1]);
    const std::uint8_t wants_value = overloads[0]->name == "orValue" ? 1 : 0;
    return add({.op = Op::otherwise, .detail = wants_value, .a = a, .b = b}, index);
  }
  const std::size_t mark = plan_.nodes.size();
  const std::uint32_t first = visit_all(operands);
  const auto overloads_first = static_cast<std::uint32_t>(plan_.overloads.size());
  plan_.overloads.insert(plan_.overloads.end(), overloads.begin(), overloads.end());
  const NodeIndex node = add({.op = Op::call,
                              .count = static_cast<std::uint16_t>(operands.size()),
                              .a = first,
                              .b = static_cast<std::uint32_t>(overloads.size()),
                              .c = overloads_first},
                             index);
  const bool is_of_host =
      std::ranges::any_of(overloads, [](const Overload* each) { return each->context != nullptr; });
  return is_of_host ? node : fold(node, mark, index);
}

}  // namespace

std::vector<Issue> make_plan(const Syntax& syntax, const Checked& checked,
                             const Environment& environment, Plan& plan) {
  plan.variables = checked.variables;
  plan.locals = checked.locals;
  plan.result_type = checked.result_type;
  plan.cost_max = environment.limits().cost_max;
  plan.memory_bytes_max = environment.limits().memory_bytes_max;
  plan.zones = environment.time_zones();
  plan.host = environment.host();
  return Planner{syntax, checked, plan}.run(environment.typing());
}

}  // namespace junctor::lang::cel
