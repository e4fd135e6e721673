#pragma once
// The names of Unicode properties in ECMA-262 patterns, as RE2 knows them.
//
// Source:  ECMA-262 section 22.2.1 with the aliases of Unicode's PropertyValueAliases.txt.
// Threads: pure; safe from all.

#include <string>
#include <string_view>

namespace junctor::lang::schema {

// What stands between the braces of \p{...}: "Letter", "gc=Lu", "Script=Greek", "ASCII". Empty: RE2
// has no such property.
[[nodiscard]] std::string re2_property(std::string_view name);

}  // namespace junctor::lang::schema
