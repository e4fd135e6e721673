#pragma once
// The syntax of an expression: a tree kept flat, macros expanded.
//
// Operators are calls of functions with the names that the language definition gives them ("_+_").
// `&&` and `||` of one row have all their operands side by side. What macros make is a scope: an
// expression that evaluates others with names of its own. Invariant: the operands of an expression
// have smaller indices than it has, so that one pass forward visits them first.
//
// Source:  CEL language definition, "Syntax", "Macros"; the extensions' documentation.
// Threads: one owner while it is built; then read by all.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/cel/arena.h"
#include "lang/cel/value.h"

namespace junctor::lang::cel {

enum class ExpressionKind : std::uint8_t {
  literal,
  identifier,
  select,   // Operand: of what. `name`: the field.
  call,     // Operands: the arguments; the target first, when it has one.
  list,     // Operands: the elements.
  map,      // Operands: keys and values in turn.
  message,  // Operands: the fields' names, as literals, and values in turn. `name`: the type.
  optional_entry,  // Within a list or map, as element or key: there only when its optional is.
  scope,
};

enum class ScopeKind : std::uint8_t {
  none,
  all,              // Range, predicate.
  exists,           // Range, predicate.
  exists_one,       // Range, predicate.
  filter,           // Range, predicate.
  collect,          // Range, [predicate,] element: a list.
  collect_map,      // Range, [predicate,] value: a map, with the keys of the range.
  collect_entries,  // Range, [predicate,] map of one entry: a map.
  sort_by,          // Range, key.
  bind,             // Value, result.
  opt_map,          // Optional, value.
  opt_flat_map,     // Optional, optional.
  block,            // Values, each of which knows those before it, and the result.
};

using ExpressionIndex = std::uint32_t;

struct Expression {
  ExpressionKind kind = ExpressionKind::literal;
  ScopeKind scope = ScopeKind::none;
  bool is_test = false;      // A select in has().
  bool is_optional = false;  // A select with `.?`.
  bool has_target = false;   // A call in receiver style.
  bool is_rooted = false;    // A name with a leading dot.
  std::uint16_t depth = 1;   // Of the tree from here down.
  std::uint32_t first = 0;   // Of the operands.
  std::uint32_t count = 0;
  std::uint32_t begin = 0;  // The place in the text.
  std::uint32_t end = 0;
  std::uint32_t point = 0;  // Where errors point at: an operator, the name of a function.
  std::string_view name;    // Of an identifier, field, function, type; of a scope's first variable.
  std::string_view second;  // A scope's second variable; empty when it has one.
  Value value;              // Of a literal.
};

struct Issue {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::string message;
};

struct Syntax {
  std::string_view text;
  std::vector<Expression> expressions;
  std::vector<ExpressionIndex> operands;
  std::deque<std::string> names;  // Those that do not stand in the text.
  Arena literals{std::size_t{1} << 30U};
  ExpressionIndex root = 0;

  [[nodiscard]] std::span<const ExpressionIndex> operands_of(const Expression& of) const {
    return std::span{operands}.subspan(of.first, of.count);
  }
};

}  // namespace junctor::lang::cel
