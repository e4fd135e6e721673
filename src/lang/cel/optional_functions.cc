// The extension "optionals", but for its syntax and macros.

#include "lang/cel/containers.h"
#include "lang/cel/library.h"

namespace junctor::lang::cel {
namespace {

Value none(Machine& /*machine*/, Arguments /*arguments*/) {
  return Value::none();
}

Value of(Machine& machine, Arguments a) {
  return machine.some(a[0]);
}

bool is_zero(const Value& value) noexcept {
  switch (value.kind()) {
    case Kind::null: return true;
    case Kind::boolean: return !value.as_boolean();
    case Kind::int64:
    case Kind::uint64: return value.as_uint64() == 0;
    case Kind::float64: return value.as_float64() == 0;
    case Kind::string:
    case Kind::bytes: return value.text().empty();
    case Kind::list: return size_of(value) == 0;
    case Kind::map: return value.is_json() ? value.node().size() == 0 : size_of(value) == 0;
    case Kind::timestamp:
    case Kind::duration: return value.moment() == Moment{};
    default: return false;
  }
}

Value of_non_zero_value(Machine& machine, Arguments a) {
  return is_zero(a[0]) ? Value::none() : machine.some(a[0]);
}

Value has_value(Machine& /*machine*/, Arguments a) {
  return Value::boolean(a[0].held() != nullptr);
}

Value value(Machine& /*machine*/, Arguments a) {
  return a[0].held() == nullptr ? Machine::fail(Fault::no_value, {}) : *a[0].held();
}

Value evaluated_apart(Machine& /*machine*/, Arguments /*arguments*/) {
  return Machine::fail(Fault::no_such_overload, "or");
}

Value first(Machine& machine, Arguments a) {
  const std::optional<Value> found = element(a[0], 0);
  return found ? machine.some(*found) : Value::none();
}

Value last(Machine& machine, Arguments a) {
  const std::size_t size = size_of(a[0]);
  if (size == 0) return Value::none();
  if (a[0].is_json() && !machine.charge(size / 16)) return machine.stopped();
  const std::optional<Value> found = element(a[0], size - 1);
  return found ? machine.some(*found) : Value::none();
}

// The elements of the optionals that have one.
Value unwrap(Machine& machine, Arguments a) {
  const std::size_t size = size_of(a[0]);
  Value* const elements = machine.allocate<Value>(size);
  if (elements == nullptr || !machine.charge(size)) return machine.stopped();
  std::size_t kept = 0;
  Value each;
  for (ListCursor cursor{a[0]}; cursor.next(each);) {
    if (!each.is(Kind::optional)) return Machine::fail(Fault::no_such_overload, "unwrapOpt");
    if (each.held() != nullptr) elements[kept++] = *each.held();
  }
  return Value::list({elements, kept});
}

// Operations of the evaluator's own: their rows are for the checker.
Value never(Machine& /*machine*/, Arguments /*arguments*/) {
  return Machine::fail(Fault::no_such_overload, {});
}

constexpr auto kFunction = CallStyle::function;
constexpr auto kMethod = CallStyle::method;

constexpr FunctionRow kOptionals[] = {
    {"optional.none", kFunction, "-> optional_type(A)", none},
    {"optional.of", kFunction, "A -> optional_type(A)", of},
    {"optional.ofNonZeroValue", kFunction, "A -> optional_type(A)", of_non_zero_value},
    {"hasValue", kMethod, "optional_type(A) -> bool", has_value},
    {"value", kMethod, "optional_type(A) -> A", value},
    {"or", kMethod, "optional_type(A), optional_type(A) -> optional_type(A)", evaluated_apart},
    {"orValue", kMethod, "optional_type(A), A -> A", evaluated_apart},
    {"first", kMethod, "list(A) -> optional_type(A)", first},
    {"last", kMethod, "list(A) -> optional_type(A)", last},
    {"optional.unwrap", kFunction, "list(optional_type(A)) -> list(A)", unwrap},
    {"unwrapOpt", kMethod, "list(optional_type(A)) -> list(A)", unwrap},
    {"_[_]", kFunction, "optional_type(list(A)), int -> optional_type(A)", never},
    {"_[_]", kFunction, "optional_type(map(A, B)), A -> optional_type(B)", never},
    {"_[?_]", kFunction, "list(A), int -> optional_type(A)", never},
    {"_[?_]", kFunction, "map(A, B), A -> optional_type(B)", never},
    {"_[?_]", kFunction, "optional_type(list(A)), int -> optional_type(A)", never},
    {"_[?_]", kFunction, "optional_type(map(A, B)), A -> optional_type(B)", never},
};

}  // namespace

Implementation optional_or() noexcept {
  return evaluated_apart;
}

std::span<const FunctionRow> optional_extension() noexcept {
  return kOptionals;
}

}  // namespace junctor::lang::cel
