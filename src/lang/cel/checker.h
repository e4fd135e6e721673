#pragma once
// Checker: what the names of an expression mean, which overloads its calls may take, and the types
// of all its parts.
//
// With Typing::dynamic every type is dyn: names are resolved all the same, and what is not known
// becomes an error value where it stands.
//
// Source:  CEL language definition, "Name Resolution", "Gradual Type Checking".
// Errors:  kIssuesMax issues at once, and one more where there are others.
// Threads: a function of its arguments.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lang/cel/environment.h"
#include "lang/cel/expression.h"
#include "lang/cel/type.h"
#include "lang/cel/well_known.h"

namespace junctor::lang::cel {

inline constexpr std::size_t kIssuesMax = 20;

enum class Meaning : std::uint8_t {
  structure,  // What its kind says.
  local,      // A variable of a scope.
  variable,   // A variable of the environment.
  constant,   // The name of a type.
  failing,    // It is not known, and its value is an error.
};

// What is known of one expression.
struct Annotation {
  const Type* type = nullptr;
  const MessageRow* message = nullptr;  // How a message is made.
  Meaning meaning = Meaning::structure;
  bool drops_target = false;  // A call of "a.f": `a` is no value, but part of the name.
  std::uint32_t slot = 0;     // Of a local or a variable; the first slot of a scope's locals.
  std::uint32_t first = 0;    // Of the overloads of a call.
  std::uint32_t count = 0;
  Value value;  // A constant or an error.
};

struct UsedVariable {
  std::string name;
  std::string type;
  JsonNumbers numbers = JsonNumbers::float64;
};

struct Checked {
  std::vector<Annotation> annotations;  // By index of the expression.
  std::vector<const Overload*> overloads;
  std::vector<UsedVariable> variables;
  std::vector<Issue> issues;
  std::uint32_t locals = 0;  // Slots that scopes need at most.
  std::string result_type;
  TypePool types;
};

// `syntax` also keeps the texts of errors.
[[nodiscard]] Checked check(Syntax& syntax, const Environment& environment);

}  // namespace junctor::lang::cel
