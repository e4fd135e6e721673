#pragma once
// Inference: which types may stand for which, and what parameters of types come to mean meanwhile.
//
// One type may be given where another is asked for when they are the same, when one is dyn, or when
// a parameter can be bound so that they are. What a parameter is bound to widens as needed: int and
// then dyn is dyn. Invariant: no parameter is bound to a type that holds it.
//
// Source:  CEL language definition, "Gradual Type Checking"; the official tests of type deduction.
// Threads: one owner.

#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lang/cel/type.h"

namespace junctor::lang::cel {

class Inference {
 public:
  explicit Inference(TypePool& pool) noexcept : pool_{pool} {}

  // A parameter that means nothing yet.
  [[nodiscard]] const Type* fresh();
  // Copies of these types in which parameters of equal name are one fresh parameter.
  [[nodiscard]] std::vector<const Type*> instantiate(std::span<const Type* const> types);

  // Binds what is needed for it; nothing when the answer is no.
  [[nodiscard]] bool assign(const Type* to, const Type* from);
  [[nodiscard]] bool assign(std::span<const Type* const> to, std::span<const Type* const> from);
  // Of two types of which one may stand for the other: what covers both.
  [[nodiscard]] const Type* join(const Type* a, const Type* b);

  // With what is bound put in; unbound parameters stay, or become dyn.
  enum class Unbound : std::uint8_t { kept, dyn };
  [[nodiscard]] const Type* resolve(const Type* type, Unbound unbound = Unbound::kept);

 private:
  using Bindings = std::unordered_map<const Type*, const Type*>;

  bool unify(const Type* to, const Type* from);
  bool unify_parameters(const Type* to, const Type* from);
  enum class Bound : std::uint8_t { yes, no, conflict };
  Bound bind(const Type* parameter, const Type* meaning);
  [[nodiscard]] bool occurs(const Type* parameter, const Type* in) const;
  void set(const Type* parameter, const Type* meaning);
  void roll_back(std::size_t mark);

  TypePool& pool_;
  Bindings bindings_;
  std::vector<std::pair<const Type*, const Type*>> trail_;  // What was bound before each change.
  std::size_t next_ = 0;
};

}  // namespace junctor::lang::cel
