#pragma once
// What is done to a program once all of its blocks are there: the fast instructions are made.
//
// For each block the keywords are sorted by the kind of value that they are for; the type becomes a
// mask that is looked at first; "properties", "patternProperties", "additionalProperties" and
// "required" become one pass over the members; what a reference alone stands for takes the place of
// its target; "unevaluated*" that sees nothing but its own block becomes "additional*".
//
// Errors:  invalid_argument "endless_reference": a value would be checked against a schema again
//          before anything in it was looked at.
// Threads: one owner.

#include "base/error.h"
#include "lang/schema/program.h"

namespace junctor::lang::schema {

// The steps, in this order. A dynamic reference with one candidate is a reference like others.
void settle_dynamic_references(Program& program);
[[nodiscard]] Result<> refuse_endless_references(const Program& program);
void fuse(Program& program);

}  // namespace junctor::lang::schema
