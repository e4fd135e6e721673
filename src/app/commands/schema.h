#pragma once
// `junctor schema compile SCHEMA` and `junctor schema validate SCHEMA [INSTANCE...]`: JSON Schema
// for people who write one.
//
// A reference may lead to files in the schema's folder and below, and by its $id to each file that
// is given with it; never to the network. Each failure is told with file, line, column, the place
// in the value and a sentence.
//
// Limits:  kInstanceBytesMax of each value; those of SchemaLimits.
// Errors:  in the outcome: exit code 1 when a schema does not compile, a value is not valid, or a
//          file cannot be read.
// Threads: safe from all; reads files.

#include <cstddef>
#include <string>

#include "base/units.h"
#include "cli/arguments.h"

namespace junctor::app {

inline constexpr std::size_t kInstanceBytesMax = 64_MiB;

struct SchemaOutcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Without instances the schema is only compiled.
[[nodiscard]] SchemaOutcome schema_blocking(const cli::SchemaUse& wishes);

}  // namespace junctor::app
