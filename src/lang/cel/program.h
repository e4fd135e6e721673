#pragma once
// Program: a compiled CEL expression, and how it is run and explained.
//
//   JUNCTOR_TRY(const auto program, compile("user.role == 'admin'", environment));
//   Activation activation{*program};
//   activation.bind("user", tree.root());
//   JUNCTOR_TRY(const Value allowed, evaluate(*program, activation, scratch));
//
// Source:  CEL language definition; see environment.h, evaluator.h.
// Limits:  those of the environment that it was compiled in: Environment::Limits.
// Errors:  of compile(): invalid_argument "bad_expression", with a line, a column, the line of the
//          source and a caret for each issue; too_large "expression_too_large". Of evaluate():
//          invalid_argument with the name of the fault ("no_such_key"), too_large "cost_exceeded"
//          or "memory_exceeded".
// Threads: a program is immutable, and safe from all; an Activation and a Scratch have one owner.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/cel/arena.h"
#include "lang/cel/environment.h"
#include "lang/cel/pattern.h"
#include "lang/cel/value.h"
#include "lang/json_tree.h"

namespace junctor::lang::cel {

struct Plan;

class Program {
 public:
  explicit Program(std::unique_ptr<const Plan> plan) noexcept;
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] std::string_view text() const noexcept;
  // As the checker deduced it: "bool", "list(dyn)".
  [[nodiscard]] std::string_view result_type() const noexcept;
  // The variables that it reads, by slot.
  [[nodiscard]] std::size_t variable_count() const noexcept;
  [[nodiscard]] std::string_view variable_name(std::size_t slot) const noexcept;
  [[nodiscard]] std::optional<std::size_t> slot_of(std::string_view name) const noexcept;

  [[nodiscard]] const Plan& plan() const noexcept { return *plan_; }

 private:
  std::unique_ptr<const Plan> plan_;
};

[[nodiscard]] Result<std::shared_ptr<const Program>> compile(std::string_view expression,
                                                             const Environment& environment);

// What the variables of one program are. To be used again for each evaluation.
class Activation {
 public:
  explicit Activation(const Program& program);

  // A name that the program does not read is passed over. What is given must live as long as
  // results are used. JSON is taken as the variable's declared type says (value.h).
  void bind(std::string_view name, const Value& value);
  void bind(std::string_view name, JsonNode node);
  void bind(std::size_t slot, const Value& value) { values_[slot] = value; }
  void bind(std::size_t slot, JsonNode node);
  // As if nothing had been bound.
  void clear();

  [[nodiscard]] std::span<const Value> values() const noexcept { return values_; }

 private:
  const Program& program_;
  std::vector<Value> values_;
};

// The memory of evaluations, kept from one to the next.
class Scratch {
 public:
  Arena arena;
  PatternCache patterns;
  std::vector<Value> locals;
};

// The value is valid until `scratch` is used again.
[[nodiscard]] Result<Value> evaluate(const Program& program, const Activation& activation,
                                     Scratch& scratch);
// What the last evaluation with it cost is told by this one.
struct Measured {
  Result<Value> value;
  std::uint64_t cost = 0;
};
[[nodiscard]] Measured evaluate_measured(const Program& program, const Activation& activation,
                                         Scratch& scratch);

// What an evaluation costs at least and at most, when no input is larger than assumed. In steps;
// see machine.h.
struct SizeAssumptions {
  std::uint64_t elements = 100;  // Of a list or map of the input.
  std::uint64_t bytes = 1024;    // Of a text of the input.
};
struct CostRange {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};
[[nodiscard]] CostRange estimate_cost(const Program& program, const SizeAssumptions& assumed);

// One sub-expression and what it came to.
struct Explained {
  std::string_view text;    // Of the program.
  std::size_t begin = 0;    // Its offset there.
  std::size_t depth = 0;    // In the tree: 0 is the whole.
  std::uint64_t count = 0;  // How often it was evaluated; 0: it did not matter.
  std::string value;        // The last time; empty when it was not evaluated.
};
// In the order of the text, the whole first. Constants are left out.
[[nodiscard]] std::vector<Explained> explain(const Program& program, const Activation& activation,
                                             Scratch& scratch);

}  // namespace junctor::lang::cel
