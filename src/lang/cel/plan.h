#pragma once
// Plan: an expression in the form in which it runs: a flat tree of small nodes.
//
// What the checker found out is in the choice of the operation: names are slots, calls know their
// overloads, a comparison with a constant text is an operation of its own, and what is constant was
// computed. Invariant: the operands of a node have smaller indices than it has.
//
// Threads: immutable once made; safe from all.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lang/cel/arena.h"
#include "lang/cel/checker.h"
#include "lang/cel/pattern.h"
#include "lang/cel/time_zones.h"
#include "lang/cel/value.h"

namespace junctor::lang::cel {

enum class Op : std::uint8_t {
  constant,  // b: of the constants.
  variable,  // b: the slot.
  local,     // b: the slot.
  failure,   // b: of the constants, an error.
  select,    // Of a; b: the name among the constants. detail 1: optional.
  path,      // As a, which is a select of a select ... of a variable; count: names. b: the first of
             // them among the constants; c: the slot.
  test,      // As select, has().
  index,     // a[b]. detail 1: optional.
  equal,     // a, b. detail 1: negated.
  equal_text,   // a; b: a string among the constants. detail 1: negated.
  order,        // a, b. detail: Order.
  arithmetic,   // a, b. detail: Arithmetic. c: the overloads, as of a call; so many are `count`.
  member,       // a in b.
  otherwise,    // a, an optional, or else b: or(). detail 1: its value, orValue().
  invert,       // !a
  conjunction,  // a: of the children, count of them; so for the next ones.
  disjunction,
  conditional,
  list,            // detail 1: some are optional entries.
  map,             // Keys and values in turn. detail 1: some keys are optional entries.
  scope,           // detail: ScopeKind. b: the first slot; c: so many variables.
  call,            // c: the first of the overloads; b: so many are there.
  match,           // a matches the pattern b.
  optional_entry,  // Of a.
};

enum class Order : std::uint8_t { less, less_or_equal, greater, greater_or_equal };
enum class Arithmetic : std::uint8_t { add, subtract, multiply, divide, modulo };

using NodeIndex = std::uint32_t;

struct Node {
  Op op = Op::constant;
  std::uint8_t detail = 0;
  std::uint16_t count = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

// Where a node stands in the text.
struct NodePlace {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct Plan {
  std::string text;
  std::vector<Node> nodes;  // The last is the root.
  std::vector<NodePlace> places;
  std::vector<NodeIndex> children;
  std::vector<Value> constants;
  std::vector<const Overload*> overloads;
  std::vector<Pattern> patterns;
  std::vector<UsedVariable> variables;
  std::uint32_t locals = 0;
  std::string result_type;
  std::uint64_t cost_max = 0;
  std::size_t memory_bytes_max = 0;
  Arena memory{std::size_t{1} << 30U};  // Of the constants.
  std::shared_ptr<const TimeZones> zones;
  std::shared_ptr<const void> host;  // Keeps the host's functions.

  [[nodiscard]] std::span<const NodeIndex> children_of(const Node& node) const noexcept {
    return std::span{children}.subspan(node.a, node.count);
  }
};

}  // namespace junctor::lang::cel
