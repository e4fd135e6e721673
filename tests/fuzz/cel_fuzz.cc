// Property: an expression compiles or is refused with a reason; it comes to the same again, with
// and without its types checked, within its budget; and what it came to is written as JSON that can
// be read. The input is an expression, the byte 0xFF and a JSON object, whose members are the
// variables.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "lang/cel/program.h"
#include "lang/cel/value_json.h"
#include "lang/json_tree.h"

namespace {

using junctor::lang::JsonNode;
using junctor::lang::JsonTree;
namespace cel = junctor::lang::cel;

cel::Environment environment_of(JsonNode input, cel::Typing typing) {
  cel::Environment environment;
  environment.enable(cel::Extensions::all());
  environment.set_typing(typing);
  environment.set_limits({.cost_max = 20'000, .memory_bytes_max = std::size_t{1} << 18U});
  // A name that is none, or is there twice, is refused.
  for (const auto& member : input.members()) (void)environment.declare(member.name, "dyn");
  return environment;
}

// What it came to as JSON, or the name of its fault.
std::string outcome_of(const cel::Program& program, const cel::Activation& activation,
                       cel::Scratch& scratch) {
  const auto measured = cel::evaluate_measured(program, activation, scratch);
  JUNCTOR_ASSERT(measured.cost <= 20'000);
  if (!measured.value) return std::string{measured.value.error().reason()};
  constexpr std::size_t kJsonBytesMax = std::size_t{1} << 16U;
  const auto json = cel::to_json(*measured.value, kJsonBytesMax);
  if (!json) return std::string{json.error().reason()};
  JsonTree told;
  JUNCTOR_ASSERT(told.fill(*json));
  return *json;
}

std::string outcome_of(std::string_view expression, JsonNode input, cel::Typing typing) {
  const auto program = cel::compile(expression, environment_of(input, typing));
  JUNCTOR_ASSERT(program || !program.error().detail().empty());
  if (!program) return {};
  cel::Activation activation{**program};
  for (const auto& member : input.members()) activation.bind(member.name, member.value);
  cel::Scratch scratch;
  std::string outcome = outcome_of(**program, activation, scratch);
  JUNCTOR_ASSERT(outcome == outcome_of(**program, activation, scratch));
  JUNCTOR_ASSERT(!cel::explain(**program, activation, scratch).empty());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto border = std::min(input.find('\xFF'), size);
  JsonTree tree;
  if (!tree.fill(input.substr(std::min(border + 1, size)))) (void)tree.fill("{}");
  const std::string_view expression = input.substr(0, border);
  const std::string checked = outcome_of(expression, tree.root(), cel::Typing::checked);
  const std::string unchecked = outcome_of(expression, tree.root(), cel::Typing::dynamic);
  JUNCTOR_ASSERT(checked.empty() || checked == unchecked || checked.ends_with("_exceeded") ||
                 unchecked.ends_with("_exceeded"));
  return 0;
}
