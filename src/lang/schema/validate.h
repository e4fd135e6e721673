#pragma once
// validate(): whether a value is valid under a schema; nothing but yes or no, as fast as it can be.
//
// It stops at the first failure and gives no reason: who wants one asks output.h, which applies the
// same program slowly. A valid value costs no allocation once the Scratch has grown. Of members of
// equal name each must be valid, so that it does not matter which of them a reader takes.
//
// Source:  JSON Schema 2020-12 core sections 7 and 10, and validation.
// Limits:  SchemaLimits::cost_max and depth_max: what goes beyond is cost_exceeded, which is no
//          statement about the value.
// Threads: a Scratch has one owner; a Schema is shared.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/json_tree.h"
#include "lang/schema/equality.h"
#include "lang/schema/registry.h"
#include "lang/schema/schema.h"

namespace junctor::lang::schema {

enum class Verdict : std::uint8_t { valid, invalid, cost_exceeded };

// Memory that validations use one after the other.
struct Scratch {
  std::vector<std::uint64_t> marks;    // Which members and elements were evaluated, a bit for each.
  std::vector<ResourceIndex> entered;  // The dynamic scope.
  Equality equality;
};

[[nodiscard]] Verdict validate(const Schema& schema, JsonNode instance, Scratch& scratch);
// The same for a JSON text, which is read into `tree`. Errors: those of JsonTree::fill().
[[nodiscard]] Result<Verdict> validate(const Schema& schema, std::string_view text, JsonTree& tree,
                                       Scratch& scratch);

}  // namespace junctor::lang::schema
