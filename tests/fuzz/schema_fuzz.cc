// Property: a schema compiles or is refused with a reason; of a value both evaluators say the same,
// again and again, as far as their budgets go; and what is told of it is a JSON text.
// The input is a schema, the byte 0xFF and a value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "lang/json_tree.h"
#include "lang/schema/output.h"
#include "lang/schema/schema.h"
#include "lang/schema/validate.h"

namespace {

using junctor::lang::JsonTree;
namespace schema = junctor::lang::schema;

// Small enough that many of the inputs that cost are tried.
schema::SchemaOptions options_of(std::uint8_t seed) {
  schema::SchemaOptions options;
  options.dialect = static_cast<schema::Dialect>(seed % 5);
  options.formats = seed % 2 == 0 ? schema::FormatUse::check : schema::FormatUse::annotate;
  options.limits.cost_max = 20'000;
  options.limits.subschemas_max = 1'000;
  return options;
}

void look_at(const schema::Schema& compiled, std::string_view text) {
  JsonTree tree;
  schema::Scratch scratch;
  const auto verdict = schema::validate(compiled, text, tree, scratch);
  if (!verdict) return;
  JUNCTOR_ASSERT(schema::validate(compiled, tree.root(), scratch) == *verdict);
  for (const auto format :
       {schema::OutputFormat::flag, schema::OutputFormat::basic, schema::OutputFormat::detailed}) {
    const auto output = schema::describe(compiled, tree.root(), format);
    const bool are_decided = *verdict != schema::Verdict::cost_exceeded &&
                             output.verdict != schema::Verdict::cost_exceeded;
    JUNCTOR_ASSERT(!are_decided || output.verdict == *verdict);
    JUNCTOR_ASSERT(output.sentence.empty() == (output.verdict == schema::Verdict::valid));
    JsonTree told;
    JUNCTOR_ASSERT(told.fill(output.json));
    JUNCTOR_ASSERT(told.root().find("valid").is_true() ==
                   (output.verdict == schema::Verdict::valid));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto border = std::min(input.find('\xFF'), size);
  const auto seed = static_cast<std::uint8_t>(size);
  const auto compiled = schema::Schema::compile(input.substr(0, border), options_of(seed));
  JUNCTOR_ASSERT(compiled || !compiled.error().detail().empty());
  if (compiled) look_at(**compiled, input.substr(std::min(border + 1, size)));
  return 0;
}
