#pragma once
// `junctor cel eval EXPR [--input FILE] [--explain]`: one CEL expression on one input, for people
// who write one.
//
// The members of the input, which is a JSON object, are the variables. The value is printed as
// JSON; with --explain also what each part of the expression came to. All extensions are on. A time
// zone is known when the expression names it and this machine has its zone data.
//
// Limits:  kCelInputBytesMax; those of cel::Environment.
// Errors:  in the outcome: exit code 1 when the expression does not compile (with line, column and
// a
//          caret), fails, or the input cannot be read.
// Threads: safe from all; reads files.

#include <cstddef>
#include <string>

#include "base/units.h"
#include "cli/arguments.h"

namespace junctor::app {

inline constexpr std::size_t kCelInputBytesMax = 64_MiB;

struct CelOutcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

[[nodiscard]] CelOutcome cel_blocking(const cli::CelUse& wishes);

}  // namespace junctor::app
