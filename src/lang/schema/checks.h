#pragma once
// Checks: the keywords that look at one value alone, as both evaluators apply them.
//
// Source:  JSON Schema 2020-12 validation section 6.
// Limits:  `cost` goes down by what a check may take, before it is made; below zero the answer
//          means nothing.
// Threads: one owner of the Equality; else pure.

#include <cstdint>
#include <span>

#include "lang/json_tree.h"
#include "lang/schema/equality.h"
#include "lang/schema/program.h"

namespace junctor::lang::schema {

// The instruction is no applicator, and the value is of the kind it is for or of any other, which
// passes.
[[nodiscard]] bool passes(const Program& program, const Instruction& instruction, JsonNode value,
                          Equality& equality, std::int64_t& cost);

// A number or a string and the instructions that are for it alone. Numbers are read once for all of
// them.
[[nodiscard]] bool passes_numbers(const Program& program, std::span<const Instruction> code,
                                  JsonNode value, Equality& equality, std::int64_t& cost);
[[nodiscard]] bool passes_strings(const Program& program, std::span<const Instruction> code,
                                  JsonNode value, Equality& equality, std::int64_t& cost);

// An integer under these types; `flags` as Op::type and Op::integer have them.
[[nodiscard]] bool is_of_types(JsonNode value, Types types, std::uint8_t flags) noexcept;

}  // namespace junctor::lang::schema
