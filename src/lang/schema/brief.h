#pragma once
// What a schema or a value says, cut and made fit for one line of a message to a person.
//
// Limits:  kBriefBytesMax of the text.
// Threads: pure; safe from all.

#include <cstddef>
#include <string>
#include <string_view>

#include "lang/json_tree.h"

namespace junctor::lang::schema {

inline constexpr std::size_t kBriefBytesMax = 100;

// As safe_for_log(), but that a backslash stays one: patterns are full of them.
[[nodiscard]] std::string brief_text(std::string_view text);
// A string has its quotes; "absent" for none.
[[nodiscard]] std::string brief_json(JsonNode node);

}  // namespace junctor::lang::schema
