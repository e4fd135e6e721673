// The extensions "lists" and "sets".

#include <algorithm>

#include "lang/cel/containers.h"
#include "lang/cel/library.h"

namespace junctor::lang::cel {
namespace {

constexpr std::int64_t kRangeMax = 1'000'000;
constexpr std::size_t kFlattenDepthMax = 64;

// All elements, side by side; null when cost or memory is used up.
Value* spread(Machine& machine, const Value& list, std::size_t& size) {
  size = size_of(list);
  if (!machine.charge(size)) return nullptr;
  Value* const elements = machine.allocate<Value>(size);
  if (elements == nullptr) return nullptr;
  std::size_t at = 0;
  for (ListCursor cursor{list}; at < size && cursor.next(elements[at]);) ++at;
  return elements;
}

Value slice(Machine& machine, Arguments a) {
  const std::int64_t begin = a[1].as_int64();
  const std::int64_t end = a[2].as_int64();
  const auto size = static_cast<std::int64_t>(size_of(a[0]));
  if (begin < 0 || end < begin || end > size)
    return Machine::fail(Fault::invalid_argument,
                         "slice() takes a begin and an end within the list, in this order");
  std::size_t count = 0;
  const Value* elements = a[0].is_json() ? spread(machine, a[0], count) : a[0].elements().data();
  if (machine.is_stopped()) return machine.stopped();
  return Value::list({elements + begin, static_cast<std::size_t>(end - begin)});
}

// Adds the elements of `list`, those of lists among them in their place down to `depth`. With no
// `to` it counts them alone.
bool flatten_into(Machine& machine, const Value& list, std::int64_t depth, std::size_t level,
                  std::size_t& count, Value* to) {
  if (level > kFlattenDepthMax) {
    machine.stop(Fault::too_deep);
    return false;
  }
  Value each;
  for (ListCursor cursor{list}; cursor.next(each);) {
    if (!machine.charge()) return false;
    if (each.is(Kind::list) && depth > 0) {
      if (!flatten_into(machine, each, depth - 1, level + 1, count, to)) return false;
    } else {
      if (to != nullptr) to[count] = each;
      ++count;
    }
  }
  return true;
}

Value flatten_to(Machine& machine, const Value& list, std::int64_t depth) {
  if (depth < 0)
    return Machine::fail(Fault::invalid_argument, "flatten() takes a depth that is not negative");
  std::size_t count = 0;
  if (!flatten_into(machine, list, depth, 0, count, nullptr)) return machine.stopped();
  Value* const elements = machine.allocate<Value>(count);
  if (elements == nullptr) return machine.stopped();
  count = 0;
  if (!flatten_into(machine, list, depth, 0, count, elements)) return machine.stopped();
  return Value::list({elements, count});
}

Value flatten(Machine& machine, Arguments a) {
  return flatten_to(machine, a[0], 1);
}

Value flatten_depth(Machine& machine, Arguments a) {
  return flatten_to(machine, a[0], a[1].as_int64());
}

Value distinct(Machine& machine, Arguments a) {
  std::size_t size = 0;
  Value* const elements = spread(machine, a[0], size);
  if (elements == nullptr) return machine.stopped();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < size; ++i) {
    bool is_new = true;
    for (std::size_t j = 0; j < kept && is_new; ++j)
      is_new = !machine.equal(elements[i], elements[j]);
    if (machine.is_stopped()) return machine.stopped();
    if (is_new) elements[kept++] = elements[i];
  }
  return Value::list({elements, kept});
}

Value range(Machine& machine, Arguments a) {
  const std::int64_t size = a[0].as_int64();
  if (size < 0 || size > kRangeMax)
    return Machine::fail(Fault::invalid_argument, "lists.range() takes a size from 0 to 1000000");
  const auto count = static_cast<std::size_t>(size);
  if (!machine.charge(count)) return machine.stopped();
  Value* const elements = machine.allocate<Value>(count);
  if (elements == nullptr) return machine.stopped();
  for (std::size_t i = 0; i < count; ++i) elements[i] = Value::int64(static_cast<std::int64_t>(i));
  return Value::list({elements, count});
}

Value reverse(Machine& machine, Arguments a) {
  std::size_t size = 0;
  Value* const elements = spread(machine, a[0], size);
  if (elements == nullptr) return machine.stopped();
  std::reverse(elements, elements + size);
  return Value::list({elements, size});
}

Value sort(Machine& machine, Arguments a) {
  std::size_t size = 0;
  Value* const elements = spread(machine, a[0], size);
  if (elements == nullptr) return machine.stopped();
  for (std::size_t i = 0; i < size; ++i) {
    if (elements[i].is_error()) return elements[i];
    if (elements[i].kind() != elements[0].kind() || !has_order(elements[i].kind()))
      return Machine::fail(Fault::invalid_argument,
                           "sort() takes a list whose elements are of one type that has an order");
  }
  if (!machine.charge_sort({elements, size})) return machine.stopped();
  std::sort(elements, elements + size, sorts_before);
  return Value::list({elements, size});
}

// Whether `list` has an element that equals this one.
bool has(Machine& machine, const Value& list, const Value& wanted) {
  Value each;
  for (ListCursor cursor{list}; cursor.next(each);) {
    if (machine.equal(each, wanted)) return true;
    if (machine.is_stopped()) return false;
  }
  return false;
}

bool has_all(Machine& machine, const Value& list, const Value& wanted) {
  Value each;
  for (ListCursor cursor{wanted}; cursor.next(each);) {
    if (!has(machine, list, each)) return false;
  }
  return true;
}

Value answer(const Machine& machine, bool holds) {  // tidy: allow a value that is a truth
  return machine.is_stopped() ? machine.stopped() : Value::boolean(holds);
}

Value sets_contains(Machine& machine, Arguments a) {
  return answer(machine, has_all(machine, a[0], a[1]));
}

Value sets_equivalent(Machine& machine, Arguments a) {
  return answer(machine, has_all(machine, a[0], a[1]) && has_all(machine, a[1], a[0]));
}

Value sets_intersects(Machine& machine, Arguments a) {
  Value each;
  bool found = false;
  for (ListCursor cursor{a[1]}; !found && !machine.is_stopped() && cursor.next(each);)
    found = has(machine, a[0], each);
  return answer(machine, found);
}

constexpr auto kFunction = CallStyle::function;
constexpr auto kMethod = CallStyle::method;

constexpr FunctionRow kLists[] = {
    {"slice", kMethod, "list(A), int, int -> list(A)", slice},
    {"flatten", kMethod, "list(A) -> list(dyn)", flatten},
    {"flatten", kMethod, "list(A), int -> list(dyn)", flatten_depth},
    {"distinct", kMethod, "list(A) -> list(A)", distinct},
    {"lists.range", kFunction, "int -> list(int)", range},
    {"reverse", kMethod, "list(A) -> list(A)", reverse},
    {"sort", kMethod, "list(A) -> list(A)", sort},
};

constexpr FunctionRow kSets[] = {
    {"sets.contains", kFunction, "list(A), list(A) -> bool", sets_contains},
    {"sets.equivalent", kFunction, "list(A), list(A) -> bool", sets_equivalent},
    {"sets.intersects", kFunction, "list(A), list(A) -> bool", sets_intersects},
};

}  // namespace

std::span<const FunctionRow> list_extension() noexcept {
  return kLists;
}
std::span<const FunctionRow> set_extension() noexcept {
  return kSets;
}

}  // namespace junctor::lang::cel
