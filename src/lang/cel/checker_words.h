#pragma once
// What is said of names that are not known, and of calls for which there is no function.
//
// Threads: functions of their arguments.

#include <span>
#include <string>
#include <string_view>

#include "lang/cel/library.h"

namespace junctor::lang::cel {

// Of a name that people can write as it is; operators are none.
[[nodiscard]] bool is_word(std::string_view function) noexcept;
// "+" of "_+_"; of a word, the word.
[[nodiscard]] std::string operator_text(std::string_view function);
// ": did you mean \"request\"?", or nothing.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> known);
// "double + int", with what is to be done when only a number's type is in the way.
[[nodiscard]] std::string mismatch_text(std::string_view function, CallStyle style,
                                        std::span<const Value> arguments);
// What was found, and what there is.
[[nodiscard]] std::string overload_message(std::string_view function, CallStyle style,
                                           std::span<const std::string> found,
                                           std::span<const Overload* const> overloads);

}  // namespace junctor::lang::cel
