#include "lang/schema/schema.h"

#include <utility>

#include "lang/schema/compiler.h"
#include "lang/schema/program.h"

namespace junctor::lang::schema {

Schema::Schema(Program program) : program_{std::make_unique<const Program>(std::move(program))} {}

Schema::~Schema() = default;

Result<std::shared_ptr<const Schema>> Schema::compile(std::string_view text,
                                                      const SchemaOptions& options) {
  JUNCTOR_TRY(Program program, Compiler{options}.run(text));
  return std::make_shared<const Schema>(std::move(program));
}

}  // namespace junctor::lang::schema
