#pragma once
// Values and types in words: the names of types, and values as people write them.
//
// Source:  CEL language definition, "Values" (type names), "Types and Conversions" (doubles).
// Limits:  to_text() cuts behind bytes_max and below kValueDepthMax.
// Threads: functions of their arguments; safe from all.

#include <cstddef>
#include <string>
#include <string_view>

#include "lang/cel/value.h"

namespace junctor::lang::cel {

// The name of its type as type() gives it: "int", "google.protobuf.Duration".
[[nodiscard]] std::string_view type_name(Kind kind) noexcept;
[[nodiscard]] inline std::string_view type_name(const Value& value) noexcept {
  return type_name(value.kind());
}

// As a CEL expression that makes it: for messages and for people.
inline constexpr std::size_t kValueTextBytesMax = 512;
[[nodiscard]] std::string to_text(const Value& value, std::size_t bytes_max = kValueTextBytesMax);

// The shortest text that reads as this double again; a literal has a point or an exponent.
enum class DoubleText : std::uint8_t { plain, literal };
[[nodiscard]] std::string double_text(double value, DoubleText form = DoubleText::plain);
// In double quotes, escaped as a CEL literal.
enum class Quoted : std::uint8_t { string, bytes };
[[nodiscard]] std::string quote(std::string_view text, Quoted what = Quoted::string);

}  // namespace junctor::lang::cel
