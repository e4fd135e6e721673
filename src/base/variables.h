#pragma once
// ${...} in a text, replaced.
//
// From left to right, once: what was put in is not looked at again, or the content of a secret
// would be a program. "$${" is a plain "${".
//
// Limits:  none of its own; the caller bounds the text and what is put in.
// Errors:  a sentence for the user, without the content of any variable.
// Threads: a function of its arguments; safe from all.

#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace junctor {

// What stands for the text between "${" and "}", or a sentence that says why nothing does.
using VariableLookup = std::function<std::expected<std::string, std::string>(std::string_view)>;

[[nodiscard]] std::expected<std::string, std::string> expand_variables(
    std::string_view text, const VariableLookup& lookup);

}  // namespace junctor
