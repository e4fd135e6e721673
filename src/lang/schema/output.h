#pragma once
// describe(): the verdict on a value with its reasons, in the output formats of JSON Schema.
//
// The same program as validate() applies, but each keyword for itself and to its end: what fails is
// told with the place in the value, the place in the schema on the way that was taken and the
// absolute one, and a sentence; what holds, with its annotations. For people and logs; it allocates
// as it likes.
//
// Source:  JSON Schema 2020-12 core section 12 (flag, basic, detailed).
// Limits:  SchemaLimits::cost_max, of which a schema that is entered takes more steps here than in
//          validate(), and depth_max; of failures and annotations the first kOutputUnitsMax and
//          kOutputBytesMax are told, of each.
// Threads: a Schema is shared; else none.

#include <cstddef>
#include <cstdint>
#include <string>

#include "lang/json_tree.h"
#include "lang/schema/schema.h"
#include "lang/schema/validate.h"

namespace junctor::lang::schema {

enum class OutputFormat : std::uint8_t { flag, basic, detailed };

inline constexpr std::size_t kOutputUnitsMax = 1'000;
inline constexpr std::size_t kOutputBytesMax = std::size_t{1} << 20U;

struct Output {
  Verdict verdict = Verdict::invalid;
  // {"valid":false,"errors":[...]}, with "truncated":true when the room for them was used up.
  std::string json;
  // The first failure, for one line: "/items/0/name: must be a string, but is 5". Empty: valid.
  std::string sentence;
};

[[nodiscard]] Output describe(const Schema& schema, JsonNode instance, OutputFormat format);

}  // namespace junctor::lang::schema
