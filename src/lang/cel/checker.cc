#include "lang/cel/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "lang/cel/checker_words.h"
#include "lang/cel/inference.h"

namespace junctor::lang::cel {
namespace {

using Unbound = Inference::Unbound;

const Type* dyn() noexcept {
  return simple_type(TypeKind::dyn);
}
const Type* boolean_type() noexcept {
  return simple_type(TypeKind::boolean);
}
const Type* int_type() noexcept {
  return simple_type(TypeKind::int64);
}

// What numbers of a JSON value of that type are.
JsonNumbers numbers_of(const Type* type) noexcept {
  while (type->is(TypeKind::list) || type->is(TypeKind::map)) type = type->parameters.back();
  if (type->is(TypeKind::int64)) return JsonNumbers::int64;
  return type->is(TypeKind::uint64) ? JsonNumbers::uint64 : JsonNumbers::float64;
}

// The only value of the only enumeration that a well-known message has.
constexpr std::string_view kNullName = "google.protobuf.NullValue.NULL_VALUE";

struct Local {
  std::string_view name;
  const Type* type = nullptr;
  std::uint32_t slot = 0;
};

class Checker {
 public:
  Checker(Syntax& syntax, const Environment& environment) noexcept
      : syntax_{syntax}, environment_{environment}, inference_{checked_.types} {
    checked_.annotations.resize(syntax.expressions.size());
  }

  Checked run() {
    const Type* const type = visit(syntax_.root);
    checked_.result_type = type_text(inference_.resolve(type, Unbound::dyn));
    return std::move(checked_);
  }

 private:
  [[nodiscard]] bool is_dynamic() const noexcept {
    return environment_.typing() == Typing::dynamic;
  }
  const Expression& at(ExpressionIndex index) const { return syntax_.expressions[index]; }
  Annotation& note(ExpressionIndex index) { return checked_.annotations[index]; }
  void issue(std::uint32_t begin, std::uint32_t end, std::string message) {
    checked_.issues.push_back({.begin = begin, .end = end, .message = std::move(message)});
  }
  void issue(const Expression& at, std::string message) {
    issue(at.point, std::max(at.point + 1, at.end), std::move(message));
  }

  const Type* visit(ExpressionIndex index);
  const Type* type_of(ExpressionIndex index);
  const Type* message(ExpressionIndex index);
  const Type* literal_type(const Value& value);
  const Type* identifier(ExpressionIndex index);
  const Type* select(ExpressionIndex index);
  const Type* field_type(const Expression& select, const Type* of);
  const Type* call(ExpressionIndex index);
  const Type* call_operator(ExpressionIndex index, std::span<const Type* const> arguments);
  const Type* resolve_call(ExpressionIndex index, std::span<const Overload* const> overloads,
                           std::span<const Type* const> arguments, CallStyle style);
  std::span<const Overload* const> functions_of(ExpressionIndex index);
  const Type* list(ExpressionIndex index);
  const Type* map(ExpressionIndex index);
  const Type* entry(ExpressionIndex index);
  const Type* scope(ExpressionIndex index);
  const Type* loop(ExpressionIndex index);
  const Type* optional_scope(ExpressionIndex index);
  const Type* block(ExpressionIndex index);

  // The type that covers all of those seen so far.
  const Type* widen(const Type* so_far, const Type* next);
  void expect(ExpressionIndex index, const Type* wanted, const Type* found);
  const Type* fail_at(ExpressionIndex index, Fault fault, std::string message);
  std::uint32_t push(std::string_view name, const Type* type);
  const Type* variable(ExpressionIndex index, std::string_view name, const Type* type);
  // Tries the name as a variable or a type, in the container and those around it.
  const Type* resolve_name(ExpressionIndex index, std::string_view name);
  std::optional<std::string> qualified_name(ExpressionIndex index) const;
  const Local* local_named(std::string_view name) const;
  template <class Try>
  bool each_candidate(std::string_view name, Try try_name) const;

  Syntax& syntax_;
  const Environment& environment_;
  Checked checked_;
  Inference inference_;
  std::vector<Local> locals_;
};

const Type* Checker::visit(ExpressionIndex index) {
  // Nobody reads more of them, and each costs as much as a good deal of checking.
  if (checked_.issues.size() > kIssuesMax) return note(index).type = dyn();
  const Type* const type = type_of(index);
  return note(index).type = is_dynamic() ? dyn() : type;
}

const Type* Checker::type_of(ExpressionIndex index) {
  switch (at(index).kind) {
    case ExpressionKind::literal: return literal_type(at(index).value);
    case ExpressionKind::identifier: return identifier(index);
    case ExpressionKind::select: return select(index);
    case ExpressionKind::call: return call(index);
    case ExpressionKind::list: return list(index);
    case ExpressionKind::map: return map(index);
    case ExpressionKind::optional_entry: return entry(index);
    case ExpressionKind::scope: return scope(index);
    case ExpressionKind::message: break;
  }
  return message(index);
}

// One of those that are values of the language (well_known.h); there are no others.
const Type* Checker::message(ExpressionIndex index) {
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(at(index));
  std::vector<const Type*> found;
  std::vector<std::string_view> fields;
  for (std::size_t i = 0; i < operands.size(); i += 2) {
    visit(operands[i]);
    fields.push_back(at(operands[i]).value.text());
    found.push_back(visit(operands[i + 1]));
    if (at(operands[i + 1]).kind == ExpressionKind::optional_entry)
      return fail_at(operands[i + 1], Fault::undeclared, "the fields of messages are not optional");
  }
  std::string name;
  const bool is_known = each_candidate(at(index).name, [&](std::string_view candidate) {
    name = candidate;
    return is_well_known(candidate);
  });
  if (!is_known)
    return fail_at(index, Fault::undeclared,
                   fmt::format("there are no messages here, and \"{}\" is no type to be made of "
                               "fields: write a map",
                               at(index).name));
  const MessageRow* const row = well_known_message(name, fields);
  const bool has_repeated = fields.size() == 2 && fields[0] == fields[1];
  if (row == nullptr || has_repeated)
    return fail_at(index, Fault::undeclared,
                   fmt::format("{} has no such fields, or not all of them at a time", name));
  note(index).message = row;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t field = fields[i] == row->fields[0] ? 0 : 1;
    expect(operands[2 * i + 1], row->make.parameters[field], found[i]);
  }
  return row->make.result;
}

const Type* Checker::literal_type(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean: return boolean_type();
    case Kind::int64: return int_type();
    case Kind::uint64: return simple_type(TypeKind::uint64);
    case Kind::float64: return simple_type(TypeKind::float64);
    case Kind::string: return simple_type(TypeKind::string);
    case Kind::bytes: return simple_type(TypeKind::bytes);
    default: return simple_type(TypeKind::null);
  }
}

// An issue; where types are not checked, an error value that says the same.
const Type* Checker::fail_at(ExpressionIndex index, Fault fault, std::string message) {
  Annotation& annotation = note(index);
  annotation.meaning = Meaning::failing;
  annotation.value = Value::error(fault, syntax_.literals.copy(message));
  if (!is_dynamic()) issue(at(index), std::move(message));
  return dyn();
}

template <class Try>
bool Checker::each_candidate(std::string_view name, Try try_name) const {
  if (name.starts_with('.')) return try_name(name.substr(1));
  std::string_view container = environment_.container();
  while (!container.empty()) {
    if (try_name(std::string{container} + "." + std::string{name})) return true;
    const std::size_t dot = container.rfind('.');
    container = dot == std::string_view::npos ? std::string_view{} : container.substr(0, dot);
  }
  return try_name(name);
}

const Local* Checker::local_named(std::string_view name) const {
  for (std::size_t i = locals_.size(); i-- != 0;) {
    if (locals_[i].name == name) return &locals_[i];
  }
  return nullptr;
}

const Type* Checker::variable(ExpressionIndex index, std::string_view name, const Type* type) {
  auto found = std::ranges::find(checked_.variables, name, &UsedVariable::name);
  if (found == checked_.variables.end()) {
    checked_.variables.push_back(
        {.name = std::string{name}, .type = type_text(type), .numbers = numbers_of(type)});
    found = checked_.variables.end() - 1;
  }
  note(index).meaning = Meaning::variable;
  note(index).slot = static_cast<std::uint32_t>(found - checked_.variables.begin());
  return type;
}

const Type* Checker::resolve_name(ExpressionIndex index, std::string_view name) {
  const Type* found = nullptr;
  each_candidate(name, [&](std::string_view candidate) {
    if (const Type* const type = environment_.variable(candidate)) {
      found = variable(index, candidate, type);
    } else if (const Type* const named = environment_.type_named(candidate)) {
      note(index).meaning = Meaning::constant;
      note(index).value = Value::type(runtime_name(named));
      found = checked_.types.add(TypeKind::type, {named});
    } else if (candidate == kNullName) {
      note(index).meaning = Meaning::constant;
      note(index).value = Value::int64(0);
      found = int_type();
    }
    return found != nullptr;
  });
  return found;
}

// "a.b.c" of selects of a name that is no local of a scope.
std::optional<std::string> Checker::qualified_name(ExpressionIndex index) const {
  const Expression& expression = at(index);
  if (expression.kind == ExpressionKind::identifier) {
    if (expression.is_rooted) return "." + std::string{expression.name};
    if (local_named(expression.name) != nullptr) return std::nullopt;
    return std::string{expression.name};
  }
  if (expression.kind != ExpressionKind::select || expression.is_test || expression.is_optional)
    return std::nullopt;
  std::optional<std::string> before = qualified_name(syntax_.operands_of(expression)[0]);
  if (before) *before += "." + std::string{expression.name};
  return before;
}

const Type* Checker::identifier(ExpressionIndex index) {
  const Expression& expression = at(index);
  if (!expression.is_rooted) {
    if (const Local* const local = local_named(expression.name)) {
      note(index).meaning = Meaning::local;
      note(index).slot = local->slot;
      return local->type;
    }
  }
  const std::string name = (expression.is_rooted ? "." : "") + std::string{expression.name};
  if (const Type* const type = resolve_name(index, name)) return type;
  std::vector<std::string_view> known = environment_.names_like_variables();
  for (const Local& local : locals_) known.push_back(local.name);
  return fail_at(index, Fault::undeclared,
                 fmt::format("there is no variable \"{}\"{}", expression.name,
                             suggestion(expression.name, known)));
}

const Type* Checker::select(ExpressionIndex index) {
  const Expression& expression = at(index);
  const ExpressionIndex operand = syntax_.operands_of(expression)[0];
  if (const std::optional<std::string> name = qualified_name(index)) {
    if (const Type* const type = resolve_name(index, *name)) return type;
  }
  const Type* of = inference_.resolve(visit(operand));
  const bool is_optional = of->is_optional();
  if (is_optional) of = inference_.resolve(of->parameters[0]);
  const Type* const field = field_type(expression, of);
  if (expression.is_test) return boolean_type();
  if (!is_optional && !expression.is_optional) return field;
  return checked_.types.add(TypeKind::opaque, {field}, "optional_type");
}

const Type* Checker::field_type(const Expression& select, const Type* of) {
  if (of->is(TypeKind::map)) {
    // The field is a key, which must be a string then.
    if (!inference_.assign(simple_type(TypeKind::string), of->parameters[0]))
      issue(select, fmt::format("\"{}\" is a string, and the keys of this {} are not", select.name,
                                type_text(of)));
    return of->parameters[1];
  }
  if (of->is(TypeKind::parameter)) (void)inference_.assign(dyn(), of);
  if (!of->is(TypeKind::parameter) && !of->is(TypeKind::dyn) && !is_dynamic())
    issue(select, fmt::format("a value of type {} has no field \"{}\": expected a map",
                              type_text(inference_.resolve(of, Unbound::dyn)), select.name));
  return dyn();
}

std::span<const Overload* const> Checker::functions_of(ExpressionIndex index) {
  const Expression& expression = at(index);
  std::span<const Overload* const> found;
  const auto look_up = [&](std::string_view candidate) {
    found = environment_.functions(candidate);
    return !found.empty();
  };
  if (!expression.has_target) {
    each_candidate(expression.name, look_up);
    return found;
  }
  const std::optional<std::string> target = qualified_name(syntax_.operands_of(expression)[0]);
  if (target && each_candidate(*target + "." + std::string{expression.name}, look_up)) {
    note(index).drops_target = true;
    return found;
  }
  return environment_.functions(expression.name);
}

const Type* Checker::call(ExpressionIndex index) {
  const Expression& expression = at(index);
  const std::span<const Overload* const> overloads = functions_of(index);
  std::span<const ExpressionIndex> operands = syntax_.operands_of(expression);
  if (note(index).drops_target) operands = operands.subspan(1);
  std::vector<const Type*> arguments;
  for (const ExpressionIndex operand : operands) arguments.push_back(visit(operand));
  if (!is_word(expression.name) && !expression.has_target) {
    if (const Type* const type = call_operator(index, arguments)) return type;
  }
  const CallStyle style =
      expression.has_target && !note(index).drops_target ? CallStyle::method : CallStyle::function;
  const bool has_style = std::ranges::any_of(
      overloads, [style](const Overload* each) { return each->style == style; });
  if (!has_style) {
    return fail_at(index, Fault::undeclared,
                   fmt::format("there is no {} \"{}\"{}",
                               style == CallStyle::method ? "method" : "function", expression.name,
                               suggestion(expression.name, environment_.names_like_functions())));
  }
  return resolve_call(index, overloads, arguments, style);
}

// The operators that have no overloads, because they do not evaluate all their operands.
const Type* Checker::call_operator(ExpressionIndex index, std::span<const Type* const> arguments) {
  const Expression& expression = at(index);
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(expression);
  if (expression.name == "_&&_" || expression.name == "_||_") {
    for (std::size_t i = 0; i < operands.size(); ++i)
      expect(operands[i], boolean_type(), arguments[i]);
    return boolean_type();
  }
  if (expression.name != "_?_:_") return nullptr;
  expect(operands[0], boolean_type(), arguments[0]);
  if (is_dynamic()) return dyn();
  if (!inference_.assign(arguments[1], arguments[2])) {
    issue(expression, fmt::format("the two results have different types: {} and {}",
                                  type_text(inference_.resolve(arguments[1], Unbound::dyn)),
                                  type_text(inference_.resolve(arguments[2], Unbound::dyn))));
    return dyn();
  }
  return inference_.join(arguments[1], arguments[2]);
}

const Type* Checker::resolve_call(ExpressionIndex index, std::span<const Overload* const> overloads,
                                  std::span<const Type* const> arguments, CallStyle style) {
  Annotation& annotation = note(index);
  annotation.first = static_cast<std::uint32_t>(checked_.overloads.size());
  const Type* result = nullptr;
  for (const Overload* const overload : overloads) {
    if (overload->style != style || overload->parameters.size() != arguments.size()) continue;
    std::vector<const Type*> types = overload->parameters;
    types.push_back(overload->result);
    types = inference_.instantiate(types);
    const Type* const of_this = types.back();
    types.pop_back();
    if (!is_dynamic() && !inference_.assign(types, arguments)) continue;
    checked_.overloads.push_back(overload);
    const Type* const resolved = inference_.resolve(of_this);
    result = result == nullptr || is_same(result, resolved) ? resolved : dyn();
  }
  annotation.count = static_cast<std::uint32_t>(checked_.overloads.size()) - annotation.first;
  if (result != nullptr) return result;
  std::vector<std::string> found;
  for (const Type* argument : arguments)
    found.push_back(type_text(inference_.resolve(argument, Unbound::dyn)));
  if (is_dynamic()) {
    annotation.meaning = Meaning::failing;
    annotation.value = Value::error(Fault::no_such_overload, at(index).name);
    return dyn();
  }
  issue(at(index), overload_message(at(index).name, style, found, overloads));
  return dyn();
}

void Checker::expect(ExpressionIndex index, const Type* wanted, const Type* found) {
  if (is_dynamic() || inference_.assign(wanted, found)) return;
  const Expression& expression = at(index);
  issue(
      expression.begin, expression.end,
      fmt::format("expected {}, and found {}", type_text(inference_.resolve(wanted, Unbound::dyn)),
                  type_text(inference_.resolve(found, Unbound::dyn))));
}

const Type* Checker::widen(const Type* so_far, const Type* next) {
  if (so_far == nullptr) return next;
  if (!inference_.assign(so_far, next)) return dyn();
  return inference_.join(so_far, next);
}

// The value within the optional.
const Type* Checker::entry(ExpressionIndex index) {
  const ExpressionIndex operand = syntax_.operands_of(at(index))[0];
  const Type* const inner = inference_.fresh();
  const Type* const wanted = checked_.types.add(TypeKind::opaque, {inner}, "optional_type");
  expect(operand, wanted, visit(operand));
  return inference_.resolve(inner);
}

const Type* Checker::list(ExpressionIndex index) {
  const Type* element = nullptr;
  for (const ExpressionIndex each : syntax_.operands_of(at(index)))
    element = widen(element, visit(each));
  if (element == nullptr) element = inference_.fresh();
  return checked_.types.add(TypeKind::list, {element});
}

const Type* Checker::map(ExpressionIndex index) {
  const Type* key = nullptr;
  const Type* value = nullptr;
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(at(index));
  for (std::size_t i = 0; i < operands.size(); i += 2) {
    const bool is_optional = at(operands[i]).kind == ExpressionKind::optional_entry;
    const ExpressionIndex key_at =
        is_optional ? syntax_.operands_of(at(operands[i]))[0] : operands[i];
    const Type* const key_type = inference_.resolve(visit(key_at));
    note(operands[i]).type = key_type;
    if (!is_dynamic() &&
        (mask_of(key_type) & (mask_of(Kind::int64) | mask_of(Kind::uint64) |
                              mask_of(Kind::boolean) | mask_of(Kind::string))) == 0)
      issue(at(key_at), fmt::format("the keys of a map are int, uint, bool or string, and this "
                                    "one is {}",
                                    type_text(key_type)));
    key = widen(key, key_type);
    const Type* value_type = visit(operands[i + 1]);
    if (is_optional) {
      const Type* const inner = inference_.fresh();
      expect(operands[i + 1], checked_.types.add(TypeKind::opaque, {inner}, "optional_type"),
             value_type);
      value_type = inference_.resolve(inner);
    }
    value = widen(value, value_type);
  }
  if (key == nullptr) {
    key = inference_.fresh();
    value = inference_.fresh();
  }
  return checked_.types.add(TypeKind::map, {key, value});
}

std::uint32_t Checker::push(std::string_view name, const Type* type) {
  const auto slot = static_cast<std::uint32_t>(locals_.size());
  locals_.push_back({.name = name, .type = is_dynamic() ? dyn() : type, .slot = slot});
  checked_.locals = std::max(checked_.locals, slot + 1);
  return slot;
}

const Type* Checker::scope(ExpressionIndex index) {
  switch (at(index).scope) {
    case ScopeKind::block: return block(index);
    case ScopeKind::opt_map:
    case ScopeKind::opt_flat_map: return optional_scope(index);
    case ScopeKind::bind: {
      const std::span<const ExpressionIndex> operands = syntax_.operands_of(at(index));
      const Type* const bound = visit(operands[0]);
      note(index).slot = push(at(index).name, bound);
      const Type* const result = visit(operands[1]);
      locals_.pop_back();
      return result;
    }
    default: return loop(index);
  }
}

const Type* Checker::block(ExpressionIndex index) {
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(at(index));
  const std::size_t before = locals_.size();
  note(index).slot = static_cast<std::uint32_t>(before);
  for (std::size_t i = 0; i + 1 < operands.size(); ++i) {
    const Type* const type = visit(operands[i]);
    push(syntax_.names.emplace_back(fmt::format("@index{}", i)), type);
  }
  const Type* const result = visit(operands.back());
  locals_.resize(before);
  return result;
}

const Type* Checker::optional_scope(ExpressionIndex index) {
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(at(index));
  const Type* const inner = inference_.fresh();
  expect(operands[0], checked_.types.add(TypeKind::opaque, {inner}, "optional_type"),
         visit(operands[0]));
  note(index).slot = push(at(index).name, inference_.resolve(inner));
  const Type* const result = visit(operands[1]);
  locals_.pop_back();
  if (at(index).scope == ScopeKind::opt_map)
    return checked_.types.add(TypeKind::opaque, {result}, "optional_type");
  const Type* const wanted =
      checked_.types.add(TypeKind::opaque, {inference_.fresh()}, "optional_type");
  expect(operands[1], wanted, result);
  return wanted;
}

const Type* Checker::loop(ExpressionIndex index) {
  const Expression& expression = at(index);
  const std::span<const ExpressionIndex> operands = syntax_.operands_of(expression);
  const Type* const range = inference_.resolve(visit(operands[0]));
  const Type* first = dyn();
  const Type* second = dyn();
  if (range->is(TypeKind::list)) {
    first = expression.second.empty() ? range->parameters[0] : int_type();
    second = range->parameters[0];
  } else if (range->is(TypeKind::map) && expression.scope != ScopeKind::sort_by) {
    first = range->parameters[0];
    second = range->parameters[1];
  } else if (range->is(TypeKind::parameter)) {
    (void)inference_.assign(dyn(), range);
  } else if (!range->is(TypeKind::dyn) && !is_dynamic()) {
    issue(at(operands[0]),
          fmt::format("expected a list or a map to go through, and found {}", type_text(range)));
  }
  const std::size_t before = locals_.size();
  note(index).slot = push(expression.name, first);
  if (!expression.second.empty()) push(expression.second, second);
  const Type* result = visit(operands[1]);
  const bool is_filtered = operands.size() == 3 || expression.scope == ScopeKind::all ||
                           expression.scope == ScopeKind::exists ||
                           expression.scope == ScopeKind::exists_one ||
                           expression.scope == ScopeKind::filter;
  if (is_filtered) expect(operands[1], boolean_type(), result);
  if (operands.size() == 3) result = visit(operands[2]);
  locals_.resize(before);
  switch (expression.scope) {
    case ScopeKind::filter:
    case ScopeKind::sort_by: return checked_.types.add(TypeKind::list, {first});
    case ScopeKind::collect: return checked_.types.add(TypeKind::list, {result});
    case ScopeKind::collect_map: return checked_.types.add(TypeKind::map, {first, result});
    case ScopeKind::collect_entries: return result;
    default: return boolean_type();
  }
}

}  // namespace

Checked check(Syntax& syntax, const Environment& environment) {
  return Checker{syntax, environment}.run();
}

}  // namespace junctor::lang::cel
