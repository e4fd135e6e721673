#pragma once
// Schema: a JSON Schema, compiled once and then applied to as many values as one likes.
//
//   JUNCTOR_TRY(const auto schema, Schema::compile(text, {}));
//   switch (validate(*schema, tree.root(), scratch)) { … }
//
// compile() reads what the root needs: a definition that nothing refers to is not looked at. The
// values of keywords are checked, and a keyword that the dialect does not have means nothing. What
// the schema says is decided here; validate.h and output.h only apply it.
//
// Source:  JSON Schema 2020-12, 2019-09, draft-07, draft-06, draft-04.
// Limits:  SchemaLimits.
// Errors:  invalid_argument "bad_schema", "bad_json", "bad_pattern", "unknown_reference",
//          "unknown_dialect", "endless_reference"; too_large "schema_too_large",
//          "pattern_too_large". The detail says where in the schema and what was expected.
// Threads: immutable; shared by all.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "lang/schema/dialect.h"
#include "lang/schema/pattern.h"
#include "lang/schema/registry.h"

namespace junctor::lang::schema {

struct Program;

struct SchemaLimits {
  DocumentLimits documents;
  PatternLimits patterns;
  std::size_t subschemas_max = 5'000;
  // Patterns that need RE2, each of which may grow to PatternLimits::engine_bytes_max; and their
  // size together, in its instructions. A simple pattern is none of them.
  std::size_t engines_max = 256;
  std::size_t pattern_instructions_max = 40'000;
  // Of one validation: about as many steps as there are keywords times values that they meet. So
  // many of the usual ones take some milliseconds.
  std::uint64_t cost_max = 500'000;
  // Subschemas within subschemas that one validation may enter.
  std::size_t depth_max = 512;
};

struct SchemaOptions {
  Dialect dialect = Dialect::draft2020_12;  // Where the schema has no $schema.
  FormatUse formats = FormatUse::annotate;
  SchemaLimits limits = {};
  Resolver resolver = {};     // None: the schema can refer to itself and the metaschemas alone.
  std::string base_uri = {};  // Of where the schema came from; its $id counts for more.
};

class Schema {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Schema>> compile(std::string_view text,
                                                                     const SchemaOptions& options);
  explicit Schema(Program program);
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;
  ~Schema();

  [[nodiscard]] const Program& program() const noexcept { return *program_; }

 private:
  std::unique_ptr<const Program> program_;
};

}  // namespace junctor::lang::schema
