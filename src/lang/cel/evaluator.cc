#include "lang/cel/evaluator.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>

#include "lang/cel/checker_words.h"
#include "lang/cel/containers.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {
namespace {

// The index that a number is, if it is a whole one.
std::optional<std::int64_t> as_index(const Value& value) noexcept {
  if (value.is(Kind::int64)) return value.as_int64();
  if (value.is(Kind::uint64) && value.as_uint64() <= INT64_MAX)
    return static_cast<std::int64_t>(value.as_uint64());
  if (value.is(Kind::float64)) {
    const double number = value.as_float64();
    if (std::abs(number) < 0x1p53 && std::trunc(number) == number)
      return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

std::string_view operator_of(Order order) noexcept {
  switch (order) {
    case Order::less: return "_<_";
    case Order::less_or_equal: return "_<=_";
    case Order::greater: return "_>_";
    case Order::greater_or_equal: return "_>=_";
  }
  return {};
}

Value add_overflow() noexcept {
  return Value::error(Fault::overflow, "int");
}

Value arithmetic_of(Arithmetic what, std::int64_t a, std::int64_t b) noexcept {
  std::int64_t result = 0;
  switch (what) {
    case Arithmetic::add:
      return __builtin_add_overflow(a, b, &result) ? add_overflow() : Value::int64(result);
    case Arithmetic::subtract:
      return __builtin_sub_overflow(a, b, &result) ? add_overflow() : Value::int64(result);
    case Arithmetic::multiply:
      return __builtin_mul_overflow(a, b, &result) ? add_overflow() : Value::int64(result);
    case Arithmetic::divide:
      if (b == 0) return Value::error(Fault::divide_by_zero, {});
      if (b == -1) return a == INT64_MIN ? add_overflow() : Value::int64(-a);
      return Value::int64(a / b);
    case Arithmetic::modulo:
      if (b == 0) return Value::error(Fault::modulus_by_zero, {});
      if (b == -1) return a == INT64_MIN ? add_overflow() : Value::int64(0);
      return Value::int64(a % b);
  }
  return {};
}

}  // namespace

inline Value Evaluator::equal_text(const Node& node) {
  Value made;
  const Value& value = operand(node.a, made);
  if (value.is_error()) return value;
  const std::string_view wanted = plan_.constants[node.b].text();
  bool same = value.is(Kind::string) && value.text().size() == wanted.size();
  if (same) {
    if (!machine_.charge_bytes(wanted.size())) return machine_.stopped();
    same = is_same_text(value.text().data(), wanted.data(), wanted.size());
  }
  return Value::boolean(same != (node.detail != 0));
}

// A member of a map by its name; an error when there is none.
inline Value Evaluator::fields_of(const Value& of, std::string_view name) {
  if (!of.is(Kind::map)) return Value::error(Fault::no_field_selection, type_name(of));
  if (!charge_look_up(of, name)) return machine_.stopped();
  if (of.is_json()) {
    const JsonNode found = find_member(of.node(), name);
    return found ? Value::json(found, of.numbers()) : Value::error(Fault::no_such_key, name);
  }
  const std::optional<Value> found = find(of, name);
  return found ? *found : Value::error(Fault::no_such_key, name);
}

inline Value Evaluator::select(const Node& node) {
  Value made;
  const Value& of = operand(node.a, made);
  if (of.is_error()) return of;
  const std::string_view name = plan_.constants[node.b].text();
  if (node.detail == 0 && !of.is(Kind::optional)) return fields_of(of, name);
  // The result is optional too.
  if (of.is(Kind::optional) && of.held() == nullptr) return of;
  const Value field = fields_of(of.is(Kind::optional) ? *of.held() : of, name);
  if (!field.is_error()) return machine_.some(field);
  // With `.?`, what has no fields at all does not have this one. (A list has an index in its place,
  // and is no less wrong here than with a plain dot.)
  const bool is_absent = field.fault() == Fault::no_such_key ||
                         (node.detail != 0 && field.fault() == Fault::no_field_selection &&
                          field.text() != type_name(Kind::list));
  return is_absent ? Value::none() : field;
}

// Straight through JSON, with no value made on the way. Whatever is unusual, and what is traced,
// goes from select to select, so that errors know their place.
inline Value Evaluator::path(const Node& node) {
  const Value& root = variables_[node.c];
  if (!root.is_json() || !root.is(Kind::map) || !trace_.empty()) return evaluate(node.a);
  JsonNode at = root.node();
  for (std::uint32_t i = 0; i < node.count; ++i) {
    if (!at.is_object()) return evaluate(node.a);
    const std::string_view name = plan_.constants[node.b + i].text();
    if (!machine_.charge(1 + look_up_cost(at, name))) return machine_.stopped();
    at = find_member(at, name);
    if (!at) return evaluate(node.a);
  }
  return Value::json(at, root.numbers());
}

Value Evaluator::test(const Node& node) {
  Value made;
  const Value& of = operand(node.a, made);
  if (of.is_error()) return of;
  if (of.is(Kind::optional) && of.held() == nullptr) return Value::boolean(false);
  const Value field =
      fields_of(of.is(Kind::optional) ? *of.held() : of, plan_.constants[node.b].text());
  // A field that is there counts, even one whose value is an error.
  const bool is_failed = field.is_error() && field.fault() != Fault::no_such_key &&
                         field.fault() != Fault::bad_conversion;
  if (is_failed) return field;
  return Value::boolean(!field.is_error() || field.fault() != Fault::no_such_key);
}

Value Evaluator::at_key(const Value& of, const Value& key) {
  if (of.is(Kind::map)) {
    if (!charge_look_up(of, key.is(Kind::string) ? key.text() : std::string_view{}))
      return machine_.stopped();
    const std::optional<Value> found = find(of, key);
    return found ? *found
                 : Value::error(Fault::no_such_key, key.is(Kind::string) ? key.text() : "");
  }
  if (!of.is(Kind::list) || !key.is_number()) {
    const Value operands[] = {of, key};
    return no_overload("_[_]", CallStyle::function, operands);
  }
  const std::optional<std::int64_t> index = as_index(key);
  if (!index) return Value::error(Fault::index_out_of_range, "the index is no whole number");
  if (of.is_json() && !machine_.charge(of.node().size() / 16)) return machine_.stopped();
  const std::optional<Value> found =
      *index < 0 ? std::nullopt : element(of, static_cast<std::size_t>(*index));
  return found ? *found : Value::error(Fault::index_out_of_range, {});
}

Value Evaluator::index(const Node& node) {
  Value made[2];
  const Value& of = operand(node.a, made[0]);
  if (of.is_error() || (of.is(Kind::optional) && of.held() == nullptr)) return of;
  const Value& key = operand(node.b, made[1]);
  if (key.is_error()) return key;
  if (node.detail == 0 && !of.is(Kind::optional)) return at_key(of, key);
  const Value& in = of.is(Kind::optional) ? *of.held() : of;
  // With `[?]`, what holds no others has nothing in it.
  if (node.detail != 0 && !in.is(Kind::list) && !in.is(Kind::map)) return Value::none();
  const Value found = at_key(in, key);
  if (!found.is_error()) return machine_.some(found);
  const bool is_absent =
      found.fault() == Fault::no_such_key || found.fault() == Fault::index_out_of_range;
  return is_absent ? Value::none() : found;
}

Value Evaluator::equal(const Node& node) {
  Value made[2];
  const Value& a = operand(node.a, made[0]);
  if (a.is_error()) return a;
  const Value& b = operand(node.b, made[1]);
  if (b.is_error()) return b;
  const bool same = machine_.equal(a, b);
  if (machine_.is_stopped()) return machine_.stopped();
  return Value::boolean(same != (node.detail != 0));
}

inline Value Evaluator::order(const Node& node) {
  Value made[2];
  const Value& a = operand(node.a, made[0]);
  if (a.is_error()) return a;
  const Value& b = operand(node.b, made[1]);
  if (b.is_error()) return b;
  if (a.is(Kind::string) || a.is(Kind::bytes)) {
    if (!machine_.charge_bytes(a.text().size())) return machine_.stopped();
  }
  const auto found = compare(a, b);
  if (!found) {
    const Value operands[] = {a, b};
    return no_overload(operator_of(static_cast<Order>(node.detail)), CallStyle::function, operands);
  }
  switch (static_cast<Order>(node.detail)) {
    case Order::less: return Value::boolean(*found < 0);
    case Order::less_or_equal: return Value::boolean(*found <= 0);
    case Order::greater: return Value::boolean(*found > 0);
    case Order::greater_or_equal: return Value::boolean(*found >= 0);
  }
  return {};
}

Value Evaluator::dispatch(std::span<const Overload* const> overloads,
                          std::span<const Value> arguments) {
  for (const Overload* const overload : overloads) {
    if (overload->takes(arguments))
      return overload->run(machine_, {.values = arguments, .context = overload->context});
  }
  if (overloads.empty()) return Value::error(Fault::no_such_overload, {});
  return no_overload(overloads.front()->name, overloads.front()->style, arguments);
}

// The words take time and memory, which are paid for: an error may be made many times that nobody
// reads, as in an exists() that holds in the end.
Value Evaluator::no_overload(std::string_view function, CallStyle style,
                             std::span<const Value> arguments) {
  constexpr std::uint64_t kSteps = 32;
  if (!machine_.charge(kSteps)) return machine_.stopped();
  return machine_.fail_with(Fault::no_such_overload, mismatch_text(function, style, arguments));
}

Value Evaluator::arithmetic(const Node& node) {
  const Value operands[] = {evaluate(node.a), evaluate(node.b)};
  const auto what = static_cast<Arithmetic>(node.detail);
  if (operands[0].is(Kind::int64) && operands[1].is(Kind::int64))
    return arithmetic_of(what, operands[0].as_int64(), operands[1].as_int64());
  for (const Value& operand : operands) {
    if (operand.is_error()) return operand;
  }
  return dispatch(std::span{plan_.overloads}.subspan(node.c, node.count), operands);
}

Value Evaluator::member(const Node& node) {
  Value made[2];
  const Value& wanted = operand(node.a, made[0]);
  if (wanted.is_error()) return wanted;
  const Value& in = operand(node.b, made[1]);
  if (in.is_error()) return in;
  if (in.is(Kind::map)) {
    if (!charge_look_up(in, wanted.is(Kind::string) ? wanted.text() : std::string_view{}))
      return machine_.stopped();
    return Value::boolean(find(in, wanted).has_value());
  }
  if (!in.is(Kind::list)) {
    const Value operands[] = {wanted, in};
    return no_overload("@in", CallStyle::function, operands);
  }
  if (wanted.is(Kind::string) && !in.is_json()) {
    const std::string_view text = wanted.text();
    if (!machine_.charge(in.elements().size() * (1 + text.size() / Machine::kBytesPerStep)))
      return machine_.stopped();
    for (const Value& each : in.elements()) {
      const bool same = each.is(Kind::string) && each.text().size() == text.size() &&
                        is_same_text(each.text().data(), text.data(), text.size());
      if (same) return Value::boolean(true);
    }
    return Value::boolean(false);
  }
  Value each;
  for (ListCursor cursor{in}; cursor.next(each);) {
    if (machine_.equal(each, wanted)) return Value::boolean(true);
    if (machine_.is_stopped()) return machine_.stopped();
  }
  return Value::boolean(false);
}

// What stands for a value that is not there is evaluated only then.
Value Evaluator::otherwise(const Node& node) {
  const Value optional = evaluate(node.a);
  if (optional.is_error()) return optional;
  const bool wants_value = node.detail != 0;
  if (!optional.is(Kind::optional))
    return Value::error(Fault::no_such_overload, wants_value ? "orValue" : "or");
  if (optional.held() != nullptr) return wants_value ? *optional.held() : optional;
  const Value other = evaluate(node.b);
  if (wants_value || other.is_error() || other.is(Kind::optional)) return other;
  return Value::error(Fault::no_such_overload, "or");
}

Value Evaluator::conjunction(const Node& node) {
  Value result = Value::boolean(true);
  for (const NodeIndex child : plan_.children_of(node)) {
    const Value value = evaluate(child);
    if (value.is_true()) continue;
    if (value.is_false() || machine_.is_stopped()) return value;
    if (!result.is_error()) result = as_condition(value);
  }
  return result;
}

Value Evaluator::disjunction(const Node& node) {
  Value result = Value::boolean(false);
  for (const NodeIndex child : plan_.children_of(node)) {
    const Value value = evaluate(child);
    if (value.is_false()) continue;
    if (value.is_true() || machine_.is_stopped()) return value;
    if (!result.is_error()) result = as_condition(value);
  }
  return result;
}

Value Evaluator::conditional(const Node& node) {
  const std::span<const NodeIndex> children = plan_.children_of(node);
  const Value condition = as_condition(evaluate(children[0]));
  if (condition.is_error()) return condition;
  return evaluate(children[condition.as_boolean() ? 1 : 2]);
}

Evaluator::Entry Evaluator::unpack(const Value& optional, Value& value) {
  if (!optional.is(Kind::optional)) {
    value = optional.is_error() ? optional : Value::error(Fault::no_such_overload, "?");
    return Entry::failed;
  }
  if (optional.held() == nullptr) return Entry::absent;
  value = *optional.held();
  return Entry::present;
}

Value Evaluator::list(const Node& node) {
  Value* const elements = machine_.allocate<Value>(node.count);
  if (elements == nullptr) return machine_.stopped();
  std::size_t size = 0;
  for (const NodeIndex child : plan_.children_of(node)) {
    Value value = evaluate(child);
    if (value.is_error()) return value;
    if (plan_.nodes[child].op == Op::optional_entry) {
      const Entry entry = unpack(value, value);
      if (entry == Entry::failed) return value;
      if (entry == Entry::absent) continue;
    }
    elements[size++] = value;
  }
  return Value::list({elements, size});
}

Value Evaluator::map(const Node& node) {
  const std::span<const NodeIndex> children = plan_.children_of(node);
  MapEntry* const entries = machine_.allocate<MapEntry>(children.size() / 2);
  if (entries == nullptr) return machine_.stopped();
  std::size_t size = 0;
  for (std::size_t i = 0; i < children.size(); i += 2) {
    const Value key = evaluate(children[i]);
    if (key.is_error()) return key;
    Value value = evaluate(children[i + 1]);
    if (value.is_error()) return value;
    if (plan_.nodes[children[i]].op == Op::optional_entry) {
      const Entry entry = unpack(value, value);
      if (entry == Entry::failed) return value;
      if (entry == Entry::absent) continue;
    }
    constexpr KindMask kKeys = mask_of(Kind::int64) | mask_of(Kind::uint64) |
                               mask_of(Kind::boolean) | mask_of(Kind::string);
    if ((mask_of(key.kind()) & kKeys) == 0)
      return Value::error(Fault::unsupported_key, type_name(key));
    entries[size++] = {.key = key, .value = value};
  }
  return machine_.map_of({entries, size});
}

Value Evaluator::call(const Node& node) {
  // Room alone: what is not an argument is not made.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): that is what it is for
  alignas(Value) std::array<std::byte, kArgumentsMax * sizeof(Value)> room;
  auto* const arguments = reinterpret_cast<Value*>(room.data());
  const std::span<const NodeIndex> children = plan_.children_of(node);
  for (std::size_t i = 0; i < children.size(); ++i) {
    Value made;
    const Value& argument = operand(children[i], made);
    if (argument.is_error()) return argument;
    std::construct_at(arguments + i, argument);
  }
  return dispatch(std::span{plan_.overloads}.subspan(node.c, node.b), {arguments, children.size()});
}

Value Evaluator::match(const Node& node) {
  Value made;
  const Value& text = operand(node.a, made);
  if (text.is_error()) return text;
  if (!text.is(Kind::string)) return Value::error(Fault::no_such_overload, "matches");
  const Pattern& pattern = plan_.patterns[node.b];
  if (!machine_.charge(pattern.cost(text.text().size()))) return machine_.stopped();
  return Value::boolean(pattern.matches(text.text()));
}

// The operations that policies are made of are inlined here: a call for each costs as much as they
// do.
[[gnu::always_inline]] inline Value Evaluator::run(const Node& node) {
  switch (node.op) {
    case Op::constant:
    case Op::failure: return plan_.constants[node.b];
    case Op::variable: return variables_[node.b];
    case Op::local: return locals_[node.b];
    case Op::select: return select(node);
    case Op::path: return path(node);
    case Op::test: return test(node);
    case Op::index: return index(node);
    case Op::equal: return equal(node);
    case Op::equal_text: return equal_text(node);
    case Op::order: return order(node);
    case Op::arithmetic: return arithmetic(node);
    case Op::member: return member(node);
    case Op::otherwise: return otherwise(node);
    case Op::invert: {
      Value made;
      const Value& value = operand(node.a, made);
      if (value.is(Kind::boolean)) return Value::boolean(!value.as_boolean());
      return value.is_error() ? value : Value::error(Fault::no_such_overload, "!");
    }
    case Op::conjunction: return conjunction(node);
    case Op::disjunction: return disjunction(node);
    case Op::conditional: return conditional(node);
    case Op::list: return list(node);
    case Op::map: return map(node);
    case Op::scope: return scope(node);
    case Op::call: return call(node);
    case Op::match: return match(node);
    case Op::optional_entry: return evaluate(node.a);
  }
  return {};
}

Value Evaluator::evaluate(NodeIndex index) {
  if (!machine_.charge()) return machine_.stopped();
  Value value = run(plan_.nodes[index]);
  if (value.is_error() && value.node_index() < 0) [[unlikely]]
    value.set_node_index(static_cast<std::int32_t>(index));
  if (!trace_.empty()) [[unlikely]] {
    trace_[index].value = value;
    ++trace_[index].count;
  }
  return value;
}

}  // namespace junctor::lang::cel
