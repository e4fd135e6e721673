// Evaluator, second part: the scopes that macros make.

#include <algorithm>
#include <vector>

#include "lang/cel/containers.h"
#include "lang/cel/evaluator.h"
#include "lang/cel/value_text.h"

namespace junctor::lang::cel {

// Goes through a list or a map, and puts what it finds into the slots of the variables.
class Evaluator::Range {
 public:
  Range(const Value& over, std::span<Value> slots) noexcept
      : over_{over},
        slots_{slots},
        list_{over.is(Kind::list) ? over : Value::list({})},
        map_{over.is(Kind::map) ? over : Value::map(kEmpty)} {}

  bool next() noexcept {
    Value key;
    Value value;
    if (over_.is(Kind::list)) {
      if (!list_.next(value)) return false;
      if (slots_.size() == 2) {
        slots_[0] = Value::int64(index_++);
        slots_[1] = value;
      } else {
        slots_[0] = value;
      }
      return true;
    }
    if (!map_.next(key, value)) return false;
    slots_[0] = key;
    if (slots_.size() == 2) slots_[1] = value;
    return true;
  }
  // The key or index; of a list with one variable, the element.
  [[nodiscard]] const Value& first() const noexcept { return slots_[0]; }
  // No fewer than there are.
  [[nodiscard]] std::size_t size_max() const noexcept { return size_max_of(over_); }

 private:
  static constexpr MapData kEmpty{};
  Value over_;
  std::span<Value> slots_;
  ListCursor list_;
  MapCursor map_;
  std::int64_t index_ = 0;
};

Value Evaluator::scope(const Node& node) {
  const auto kind = static_cast<ScopeKind>(node.detail);
  switch (kind) {
    case ScopeKind::bind: return bind(node);
    case ScopeKind::block: return block(node);
    case ScopeKind::opt_map:
    case ScopeKind::opt_flat_map: return optional_scope(node);
    default: break;
  }
  const Value over = evaluate(plan_.children[node.a]);
  if (over.is_error()) return over;
  if (!over.is(Kind::list) && !over.is(Kind::map))
    return Value::error(Fault::no_such_overload, "a range that is neither list nor map");
  if (over.is(Kind::map) && !machine_.charge_walk(over)) return machine_.stopped();
  Range range{over, locals_.subspan(node.b, node.c)};
  switch (kind) {
    case ScopeKind::all: return all(node, range);
    case ScopeKind::exists: return exists(node, range);
    case ScopeKind::exists_one: return exists_one(node, range);
    case ScopeKind::filter: return filter(node, range);
    case ScopeKind::collect: return collect(node, range);
    case ScopeKind::sort_by: return sort_by(node, range);
    default: return collect_map(node, range);
  }
}

Value Evaluator::all(const Node& node, Range& range) {
  const NodeIndex predicate = plan_.children[node.a + 1];
  Value result = Value::boolean(true);
  while (range.next()) {
    const Value value = evaluate(predicate);
    if (value.is_true()) continue;
    if (value.is_false() || machine_.is_stopped()) return value;
    if (!result.is_error()) result = as_condition(value);
  }
  return result;
}

Value Evaluator::exists(const Node& node, Range& range) {
  const NodeIndex predicate = plan_.children[node.a + 1];
  Value result = Value::boolean(false);
  while (range.next()) {
    const Value value = evaluate(predicate);
    if (value.is_false()) continue;
    if (value.is_true() || machine_.is_stopped()) return value;
    if (!result.is_error()) result = as_condition(value);
  }
  return result;
}

Value Evaluator::exists_one(const Node& node, Range& range) {
  const NodeIndex predicate = plan_.children[node.a + 1];
  std::size_t found = 0;
  while (range.next()) {
    const Value value = as_condition(evaluate(predicate));
    if (value.is_error()) return value;
    if (value.is_true()) ++found;
  }
  return Value::boolean(found == 1);
}

Value Evaluator::filter(const Node& node, Range& range) {
  Value* const elements = machine_.allocate<Value>(range.size_max());
  if (elements == nullptr) return machine_.stopped();
  const NodeIndex predicate = plan_.children[node.a + 1];
  std::size_t size = 0;
  while (range.next()) {
    const Value element = range.first();
    const Value value = as_condition(evaluate(predicate));
    if (value.is_error()) return value;
    if (value.is_true()) elements[size++] = element;
  }
  return Value::list({elements, size});
}

Value Evaluator::collect(const Node& node, Range& range) {
  Value* const elements = machine_.allocate<Value>(range.size_max());
  if (elements == nullptr) return machine_.stopped();
  const std::span<const NodeIndex> children = plan_.children_of(node);
  std::size_t size = 0;
  while (range.next()) {
    if (children.size() == 3) {
      const Value value = as_condition(evaluate(children[1]));
      if (value.is_error()) return value;
      if (value.is_false()) continue;
    }
    const Value element = evaluate(children.back());
    if (element.is_error()) return element;
    elements[size++] = element;
  }
  return Value::list({elements, size});
}

// transformMap and transformMapEntry.
Value Evaluator::collect_map(const Node& node, Range& range) {
  MapEntry* const entries = machine_.allocate<MapEntry>(range.size_max());
  if (entries == nullptr) return machine_.stopped();
  const std::span<const NodeIndex> children = plan_.children_of(node);
  const bool is_of_entries = static_cast<ScopeKind>(node.detail) == ScopeKind::collect_entries;
  std::size_t size = 0;
  while (range.next()) {
    const Value key = range.first();
    if (children.size() == 3) {
      const Value value = as_condition(evaluate(children[1]));
      if (value.is_error()) return value;
      if (value.is_false()) continue;
    }
    const Value made = evaluate(children.back());
    if (made.is_error()) return made;
    if (!is_of_entries) {
      entries[size++] = {.key = key, .value = made};
      continue;
    }
    if (!made.is(Kind::map) || size_of(made) != 1)
      return Value::error(Fault::invalid_argument, "transformMapEntry takes a map of one entry");
    MapCursor{made}.next(entries[size].key, entries[size].value);
    ++size;
  }
  return machine_.map_of({entries, size});
}

Value Evaluator::sort_by(const Node& node, Range& range) {
  const std::size_t size = range.size_max();
  MapEntry* const keyed = machine_.allocate<MapEntry>(size);
  Value* const elements = machine_.allocate<Value>(size);
  if (elements == nullptr || keyed == nullptr) return machine_.stopped();
  std::size_t count = 0;
  while (range.next()) {
    const Value element = range.first();
    const Value key = evaluate(plan_.children[node.a + 1]);
    if (key.is_error()) return key;
    if (!has_order(key.kind()) || key.kind() != (count == 0 ? key : keyed[0].key).kind())
      return Value::error(Fault::invalid_argument, "the keys of sortBy have no order");
    keyed[count++] = {.key = key, .value = element};
  }
  static_assert(sizeof(MapEntry) == 2 * sizeof(Value));
  if (!machine_.charge_sort({&keyed->key, 2 * count}, 2)) return machine_.stopped();
  // Of equal keys the order stays: indices are sorted, and decide between those.
  auto* const order = machine_.allocate<std::uint64_t>(count);
  if (order == nullptr) return machine_.stopped();
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  std::sort(order, order + count, [keyed](std::uint64_t a, std::uint64_t b) {
    if (sorts_before(keyed[a].key, keyed[b].key)) return true;
    return !sorts_before(keyed[b].key, keyed[a].key) && a < b;
  });
  for (std::size_t i = 0; i < count; ++i) elements[i] = keyed[order[i]].value;
  return Value::list({elements, count});
}

// What is bound may be an error: it counts where it is used.
Value Evaluator::bind(const Node& node) {
  const std::span<const NodeIndex> children = plan_.children_of(node);
  locals_[node.b] = evaluate(children[0]);
  return evaluate(children[1]);
}

Value Evaluator::block(const Node& node) {
  const std::span<const NodeIndex> children = plan_.children_of(node);
  for (std::size_t i = 0; i + 1 < children.size(); ++i) locals_[node.b + i] = evaluate(children[i]);
  return evaluate(children.back());
}

Value Evaluator::optional_scope(const Node& node) {
  const std::span<const NodeIndex> children = plan_.children_of(node);
  const Value optional = evaluate(children[0]);
  if (optional.is_error()) return optional;
  if (!optional.is(Kind::optional)) return Value::error(Fault::no_such_overload, "optMap");
  if (optional.held() == nullptr) return optional;
  locals_[node.b] = *optional.held();
  const Value result = evaluate(children[1]);
  if (result.is_error()) return result;
  if (static_cast<ScopeKind>(node.detail) == ScopeKind::opt_map) return machine_.some(result);
  if (result.is(Kind::optional)) return result;
  return Value::error(Fault::no_such_overload, "optFlatMap");
}

}  // namespace junctor::lang::cel
