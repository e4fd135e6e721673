#include "lang/cel/inference.h"

#include <algorithm>
#include <map>
#include <string>

namespace junctor::lang::cel {
namespace {

bool is_parameter(const Type* type) noexcept {
  return type->is(TypeKind::parameter);
}

// Null stands for the absence of these, for historical reasons of the language.
bool takes_null(const Type* type) noexcept {
  return type->is(TypeKind::null) || type->is(TypeKind::opaque) || type->is(TypeKind::timestamp) ||
         type->is(TypeKind::duration);
}

}  // namespace

const Type* Inference::fresh() {
  return pool_.add(TypeKind::parameter, {}, "_" + std::to_string(next_++));
}

std::vector<const Type*> Inference::instantiate(std::span<const Type* const> types) {
  std::map<std::string_view, const Type*> made;
  const auto copy = [&](const auto& self, const Type* type) -> const Type* {
    if (is_parameter(type)) {
      const Type*& parameter = made[type->name];
      if (parameter == nullptr) parameter = fresh();
      return parameter;
    }
    if (type->parameters.empty()) return type;
    std::vector<const Type*> parameters;
    parameters.reserve(type->parameters.size());
    for (const Type* parameter : type->parameters) parameters.push_back(self(self, parameter));
    return pool_.add(type->kind, std::move(parameters), type->name);
  };
  std::vector<const Type*> result;
  result.reserve(types.size());
  for (const Type* type : types) result.push_back(copy(copy, type));
  return result;
}

bool Inference::assign(const Type* to, const Type* from) {
  const std::size_t mark = trail_.size();
  if (unify(to, from)) return true;
  roll_back(mark);
  return false;
}

bool Inference::assign(std::span<const Type* const> to, std::span<const Type* const> from) {
  if (to.size() != from.size()) return false;
  const std::size_t mark = trail_.size();
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (!unify(to[i], from[i])) {
      roll_back(mark);
      return false;
    }
  }
  return true;
}

void Inference::set(const Type* parameter, const Type* meaning) {
  const Type*& bound = bindings_[parameter];
  trail_.emplace_back(parameter, bound);
  bound = meaning;
}

void Inference::roll_back(std::size_t mark) {
  for (; trail_.size() > mark; trail_.pop_back()) {
    const auto& [parameter, before] = trail_.back();
    if (before == nullptr) {
      bindings_.erase(parameter);
    } else {
      bindings_[parameter] = before;
    }
  }
}

bool Inference::occurs(const Type* parameter, const Type* in) const {
  if (parameter == in) return true;
  if (is_parameter(in)) {
    const auto found = bindings_.find(in);
    return found != bindings_.end() && occurs(parameter, found->second);
  }
  return std::ranges::any_of(in->parameters,
                             [&](const Type* each) { return occurs(parameter, each); });
}

Inference::Bound Inference::bind(const Type* parameter, const Type* meaning) {
  if (parameter == meaning) return Bound::yes;
  if (const auto found = bindings_.find(parameter); found != bindings_.end()) {
    const Type* const before = found->second;
    if (is_same(before, meaning)) return Bound::yes;
    if (!unify(meaning, before)) return Bound::conflict;
    const Type* const both = join(meaning, before);
    if (!occurs(parameter, both)) set(parameter, both);
    return Bound::yes;
  }
  if (occurs(parameter, meaning)) return Bound::no;
  set(parameter, meaning);
  return Bound::yes;
}

bool Inference::unify_parameters(const Type* to, const Type* from) {
  if (to->name != from->name || to->parameters.size() != from->parameters.size()) return false;
  for (std::size_t i = 0; i < to->parameters.size(); ++i) {
    if (!unify(to->parameters[i], from->parameters[i])) return false;
  }
  return true;
}

bool Inference::unify(const Type* to, const Type* from) {
  if (to == from) return true;
  if (is_parameter(from)) {
    const Bound bound = bind(from, to);
    if (bound == Bound::yes) return true;
    // Something else is known of it already: so it cannot mean what `to` means.
    if (bound == Bound::conflict) return false;
  }
  if (is_parameter(to)) return bind(to, from) == Bound::yes;
  if (to->is(TypeKind::dyn) || from->is(TypeKind::dyn)) return true;
  if (to->is(TypeKind::null)) return takes_null(from);
  if (from->is(TypeKind::null)) return takes_null(to);
  if (to->kind != from->kind) return false;
  if (to->is(TypeKind::type)) {
    // Any two types may be compared; where they agree, parameters learn from it.
    const std::size_t mark = trail_.size();
    if (!unify_parameters(to, from)) roll_back(mark);
    return true;
  }
  return unify_parameters(to, from);
}

const Type* Inference::join(const Type* a, const Type* b) {
  a = is_parameter(a) ? resolve(a) : a;
  b = is_parameter(b) ? resolve(b) : b;
  if (a == b || is_parameter(b) || a->is(TypeKind::dyn)) return a;
  if (is_parameter(a) || b->is(TypeKind::dyn)) return b;
  if (b->is(TypeKind::null)) return a;
  if (a->is(TypeKind::null)) return b;
  if (a->is(TypeKind::type) && b->is(TypeKind::type)) {
    if (is_same(resolve(a), resolve(b))) return a;
    return pool_.add(TypeKind::type, {simple_type(TypeKind::dyn)});
  }
  if (a->kind != b->kind || a->parameters.size() != b->parameters.size()) return a;
  std::vector<const Type*> parameters;
  parameters.reserve(a->parameters.size());
  for (std::size_t i = 0; i < a->parameters.size(); ++i)
    parameters.push_back(join(a->parameters[i], b->parameters[i]));
  if (parameters == a->parameters) return a;
  return pool_.add(a->kind, std::move(parameters), a->name);
}

const Type* Inference::resolve(const Type* type, Unbound unbound) {
  if (is_parameter(type)) {
    if (const auto found = bindings_.find(type); found != bindings_.end())
      return resolve(found->second, unbound);
    return unbound == Unbound::dyn ? simple_type(TypeKind::dyn) : type;
  }
  if (type->parameters.empty()) return type;
  std::vector<const Type*> parameters;
  parameters.reserve(type->parameters.size());
  for (const Type* parameter : type->parameters) parameters.push_back(resolve(parameter, unbound));
  if (parameters == type->parameters) return type;
  return pool_.add(type->kind, std::move(parameters), type->name);
}

}  // namespace junctor::lang::cel
