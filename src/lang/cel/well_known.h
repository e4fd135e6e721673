#pragma once
// Well-known messages: those of protocol buffers that the language takes for values of its own.
// `google.protobuf.Duration{seconds: 5}` is a duration, `google.protobuf.Int32Value{value: 5}` the
// int 5; so they can be written without protocol buffers. There are no other messages here.
//
// Invariant: a row's signature has a parameter for each of its fields. A field that is not given is
// the zero of its type.
//
// Source:  CEL language definition, "Dynamic Values", "Protocol Buffer Data Conversion".
// Errors:  values of Kind::error: a number that the field cannot hold, a value that is no JSON.
// Threads: built once, then immutable; safe from all.

#include <array>
#include <span>
#include <string_view>

#include "lang/cel/library.h"

namespace junctor::lang::cel {

struct MessageRow {
  std::string_view message;
  std::array<std::string_view, 2> fields;  // An empty one is none.
  Overload make;                           // Of the fields' values, in that order.
};

[[nodiscard]] bool is_well_known(std::string_view message) noexcept;
// The row that has all of these fields, or null. Of google.protobuf.Value each field has a row of
// its own, as it may have one alone.
[[nodiscard]] const MessageRow* well_known_message(
    std::string_view message, std::span<const std::string_view> fields) noexcept;
// The value of a field that is not given.
[[nodiscard]] Value zero_of(const Type* field) noexcept;

}  // namespace junctor::lang::cel
