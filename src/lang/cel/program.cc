#include "lang/cel/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/cel/checker.h"
#include "lang/cel/evaluator.h"
#include "lang/cel/parser.h"
#include "lang/cel/plan.h"
#include "lang/cel/planner.h"
#include "lang/cel/program_words.h"

namespace junctor::lang::cel {
namespace {

std::unexpected<Error> bad_expression(std::string_view text, std::span<const Issue> issues) {
  return fail(ErrorKind::invalid_argument, "bad_expression", issues_text(text, issues));
}

}  // namespace

Program::Program(std::unique_ptr<const Plan> plan) noexcept : plan_{std::move(plan)} {}
Program::~Program() = default;

std::string_view Program::text() const noexcept {
  return plan_->text;
}
std::string_view Program::result_type() const noexcept {
  return plan_->result_type;
}
std::size_t Program::variable_count() const noexcept {
  return plan_->variables.size();
}
std::string_view Program::variable_name(std::size_t slot) const noexcept {
  return plan_->variables[slot].name;
}

std::optional<std::size_t> Program::slot_of(std::string_view name) const noexcept {
  const auto found = std::ranges::find(plan_->variables, name, &UsedVariable::name);
  if (found == plan_->variables.end()) return std::nullopt;
  return static_cast<std::size_t>(found - plan_->variables.begin());
}

Result<std::shared_ptr<const Program>> compile(std::string_view expression,
                                               const Environment& environment) {
  const Environment::Limits& limits = environment.limits();
  if (expression.size() > limits.expression_bytes_max)
    return fail(ErrorKind::too_large, "expression_too_large",
                fmt::format("the expression has {} bytes, and {} are the most", expression.size(),
                            limits.expression_bytes_max));
  auto plan = std::make_unique<Plan>();
  plan->text = expression;
  const std::string_view text = plan->text;
  auto syntax = parse(text, {.extensions = environment.extensions(),
                             .macros = environment.macros(),
                             .depth_max = limits.depth_max,
                             .expressions_max = limits.expressions_max});
  if (!syntax) return bad_expression(text, {&syntax.error(), 1});
  const Checked checked = check(**syntax, environment);
  if (!checked.issues.empty()) return bad_expression(text, checked.issues);
  const std::vector<Issue> issues = make_plan(**syntax, checked, environment, *plan);
  if (!issues.empty()) return bad_expression(text, issues);
  return std::make_shared<const Program>(std::move(plan));
}

Activation::Activation(const Program& program) : program_{program} {
  clear();
}

void Activation::clear() {
  values_.clear();
  for (const UsedVariable& variable : program_.plan().variables)
    values_.push_back(Value::error(Fault::unbound, variable.name));
}

void Activation::bind(std::string_view name, const Value& value) {
  if (const auto slot = program_.slot_of(name)) bind(*slot, value);
}

void Activation::bind(std::string_view name, JsonNode node) {
  if (const auto slot = program_.slot_of(name)) bind(*slot, node);
}

void Activation::bind(std::size_t slot, JsonNode node) {
  values_[slot] = Value::json(node, program_.plan().variables[slot].numbers);
}

namespace {

// Runs a plan; `trace` as for Evaluator.
Value run(const Plan& plan, const Activation& activation, Scratch& scratch, Machine& machine,
          std::span<NodeTrace> trace) {
  JUNCTOR_ASSERT(activation.values().size() == plan.variables.size());
  scratch.arena.reset();
  scratch.arena.set_bytes_max(plan.memory_bytes_max);
  if (scratch.locals.size() < plan.locals) scratch.locals.resize(plan.locals);
  Evaluator evaluator{plan, activation.values(), scratch.locals, machine, trace};
  return evaluator.evaluate(static_cast<NodeIndex>(plan.nodes.size() - 1));
}

}  // namespace

Measured evaluate_measured(const Program& program, const Activation& activation, Scratch& scratch) {
  const Plan& plan = program.plan();
  Machine machine{scratch.arena, scratch.patterns, plan.zones.get(), plan.cost_max};
  const Value value = run(plan, activation, scratch, machine, {});
  if (machine.is_stopped())
    return {.value = std::unexpected{fault_error(plan, machine.stopped())}, .cost = machine.cost()};
  if (value.is_error())
    return {.value = std::unexpected{fault_error(plan, value)}, .cost = machine.cost()};
  return {.value = value, .cost = machine.cost()};
}

Result<Value> evaluate(const Program& program, const Activation& activation, Scratch& scratch) {
  const Plan& plan = program.plan();
  Machine machine{scratch.arena, scratch.patterns, plan.zones.get(), plan.cost_max};
  const Value value = run(plan, activation, scratch, machine, {});
  if (machine.is_stopped()) [[unlikely]]
    return std::unexpected{fault_error(plan, machine.stopped())};
  if (value.is_error()) [[unlikely]]
    return std::unexpected{fault_error(plan, value)};
  return value;
}

std::vector<Explained> explain(const Program& program, const Activation& activation,
                               Scratch& scratch) {
  const Plan& plan = program.plan();
  std::vector<NodeTrace> trace(plan.nodes.size());
  Machine machine{scratch.arena, scratch.patterns, plan.zones.get(), plan.cost_max};
  (void)run(plan, activation, scratch, machine, trace);
  return explained(plan, trace);
}

}  // namespace junctor::lang::cel
