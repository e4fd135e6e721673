#include "lang/cel/library.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace junctor::lang::cel {
namespace {

// A bug in a row is found by the first test that asks for its table.
std::vector<Overload> build(std::initializer_list<std::span<const FunctionRow>> tables) {
  static TypePool pool;
  std::vector<Overload> overloads;
  for (const std::span<const FunctionRow> table : tables) {
    for (const FunctionRow& row : table) {
      Result<Overload> made = make_overload(row, pool);
      JUNCTOR_ASSERT(made.has_value());
      overloads.push_back(*std::move(made));
    }
  }
  return overloads;
}

}  // namespace

Result<Overload> make_overload(const FunctionRow& row, TypePool& pool) {
  JUNCTOR_TRY(std::vector<const Type*> types, parse_signature(row.signature, pool));
  Overload overload;
  overload.name = row.name;
  overload.style = row.style;
  overload.result = types.back();
  types.pop_back();
  if (types.size() > kArgumentsMax)
    return fail(ErrorKind::invalid_argument, "bad_function",
                "a function takes at most " + std::to_string(kArgumentsMax) +
                    " arguments: " + std::string{row.name});
  for (std::size_t i = 0; i < types.size(); ++i) overload.kinds[i] = mask_of(types[i]);
  overload.parameters = std::move(types);
  overload.run = row.run;
  return overload;
}

std::span<const Overload> library(std::optional<Extension> extension) {
  // One list after the other: they share a pool of types.
  static const std::vector<std::vector<Overload>> kLibraries = [] {
    std::vector<std::vector<Overload>> libraries;
    libraries.push_back(
        build({operator_functions(), conversion_functions(), text_functions(), time_functions()}));
    libraries.push_back(build({string_extension()}));
    libraries.push_back(build({math_extension()}));
    libraries.push_back(build({list_extension()}));
    libraries.push_back(build({encoder_extension()}));
    libraries.push_back(build({optional_extension()}));
    libraries.push_back(build({}));  // bindings
    libraries.push_back(build({set_extension()}));
    libraries.push_back(build({network_extension()}));
    return libraries;
  }();
  const std::size_t index = extension ? static_cast<std::size_t>(*extension) + 1 : 0;
  return index < kLibraries.size() ? std::span<const Overload>{kLibraries[index]}
                                   : std::span<const Overload>{};
}

}  // namespace junctor::lang::cel
