#pragma once
// format() of the extension "strings".
//
// Source:  cel-spec, doc/extensions/strings.md.
// Limits:  kFormatBytesMax of result, kFormatPrecisionMax digits; the machine's cost.
// Errors:  values of Kind::error.
// Threads: a function of its arguments.

#include <cstddef>
#include <string_view>

#include "lang/cel/machine.h"

namespace junctor::lang::cel {

inline constexpr std::size_t kFormatBytesMax = std::size_t{256} * 1024;
inline constexpr int kFormatPrecisionMax = 100;

[[nodiscard]] Value format_string(Machine& machine, std::string_view format, const Value& list);

}  // namespace junctor::lang::cel
