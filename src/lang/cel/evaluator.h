#pragma once
// Evaluator: runs a plan.
//
// A walk over the tree of nodes, as deep as the expression was nested when it was compiled. Errors
// are values: an operation with one among its operands gives it on, and only && || and the macros
// built of them look past it. Invariant: an error that comes out knows the node it came to be in.
//
// Source:  CEL language definition, "Evaluation", "Logical Operators", "Field Selection", "Macros".
// Errors:  values of Kind::error.
// Threads: one owner; a plan may be run by many evaluators at a time.

#include <cstdint>
#include <span>

#include "lang/cel/machine.h"
#include "lang/cel/plan.h"
#include "lang/cel/value.h"

namespace junctor::lang::cel {

// What a node came to; of one that ran often, the last.
struct NodeTrace {
  Value value;
  std::uint64_t count = 0;
};

class Evaluator {
 public:
  // `variables` by slot, an error value where none is bound; `locals` has room for plan.locals.
  // `trace`, when not empty, has an entry for each node.
  Evaluator(const Plan& plan, std::span<const Value> variables, std::span<Value> locals,
            Machine& machine, std::span<NodeTrace> trace = {}) noexcept
      : plan_{plan}, variables_{variables}, locals_{locals}, machine_{machine}, trace_{trace} {}

  [[nodiscard]] Value evaluate(NodeIndex index);

 private:
  // As evaluate(), but what stands somewhere already is not copied to `made`.
  const Value& operand(NodeIndex index, Value& made) {
    const Node& node = plan_.nodes[index];
    static_assert(Op::constant < Op::variable && Op::variable < Op::local);
    if (node.op <= Op::local && trace_.empty() && machine_.charge()) [[likely]] {
      if (node.op == Op::constant) return plan_.constants[node.b];
      return node.op == Op::variable ? variables_[node.b] : locals_[node.b];
    }
    made = evaluate(index);
    return made;
  }
  // For finding a key: in JSON all members are looked at.
  static std::uint64_t look_up_cost(JsonNode object, std::string_view key) noexcept {
    const std::uint64_t by_length = key.size() / Machine::kBytesPerStep;
    return object.size() / 8 * (1 + by_length) + by_length;
  }
  bool charge_look_up(const Value& map, std::string_view key) noexcept {
    return machine_.charge(map.is_json() ? look_up_cost(map.node(), key)
                                         : key.size() / Machine::kBytesPerStep);
  }
  Value run(const Node& node);
  Value select(const Node& node);
  Value path(const Node& node);
  Value test(const Node& node);
  Value index(const Node& node);
  Value order(const Node& node);
  Value equal(const Node& node);
  Value arithmetic(const Node& node);
  Value member(const Node& node);
  Value otherwise(const Node& node);
  Value conjunction(const Node& node);
  Value disjunction(const Node& node);
  Value conditional(const Node& node);
  Value list(const Node& node);
  Value map(const Node& node);
  Value call(const Node& node);
  Value match(const Node& node);
  Value dispatch(std::span<const Overload* const> overloads, std::span<const Value> arguments);
  Value no_overload(std::string_view function, CallStyle style, std::span<const Value> arguments);
  Value equal_text(const Node& node);
  Value fields_of(const Value& of, std::string_view name);
  Value at_key(const Value& of, const Value& key);
  // The value of an optional entry: nothing when it has none.
  enum class Entry : std::uint8_t { present, absent, failed };
  Entry unpack(const Value& optional, Value& value);

  // evaluator_scopes.cc
  class Range;
  Value scope(const Node& node);
  Value all(const Node& node, Range& range);
  Value exists(const Node& node, Range& range);
  Value exists_one(const Node& node, Range& range);
  Value filter(const Node& node, Range& range);
  Value collect(const Node& node, Range& range);
  Value collect_map(const Node& node, Range& range);
  Value sort_by(const Node& node, Range& range);
  Value bind(const Node& node);
  Value block(const Node& node);
  Value optional_scope(const Node& node);

  const Plan& plan_;
  std::span<const Value> variables_;
  std::span<Value> locals_;
  Machine& machine_;
  std::span<NodeTrace> trace_;
};

// As a predicate gave it: true, false, or an error.
[[nodiscard]] inline Value as_condition(const Value& value) noexcept {
  if (value.is(Kind::boolean) || value.is_error()) return value;
  return Value::error(Fault::no_such_overload, "a condition that is no bool");
}

}  // namespace junctor::lang::cel
