#pragma once
// Sentences: what a person is told about a keyword that a value fails.
//
// Each is what follows the value's place: "/age: must be at least 18, but is 17".
//
// Limits:  values are shown cut (brief_json), lists of choices up to kChoicesShownMax.
// Threads: pure; safe from all.

#include <cstddef>
#include <string>

#include "lang/json_tree.h"
#include "lang/schema/program.h"

namespace junctor::lang::schema {

inline constexpr std::size_t kChoicesShownMax = 10;

// Of an instruction of a block's `all`. Applicators that only pass on what their schemas say have
// none: empty. `matches`: how many of the schemas, or of the elements, were valid.
[[nodiscard]] std::string failure_sentence(const Program& program, const Instruction& instruction,
                                           JsonNode value, std::size_t matches);

}  // namespace junctor::lang::schema
