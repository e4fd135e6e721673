#pragma once
// Values as JSON text, for those that are not CEL: programs that read what an expression came to.
//
// Numbers are written exactly, ints beyond 2^53 too; NaN and the infinities as the texts "NaN",
// "Infinity" and "-Infinity"; bytes in base64; timestamps and durations as "2009-02-13T23:31:30Z"
// and "1.5s"; a type, an address or a network by its text; an optional as what it holds, or null.
// Keys that are no text become it. Invariant: what comes out is JSON that JsonTree can read, and no
// object in it has two members of equal name.
//
// Source:  RFC 8259; "JSON Mapping" of protocol buffers, for what JSON has no values for.
// Limits:  bytes_max; kJsonValueDepthMax nested values.
// Errors:  too_large "json_too_large"; invalid_argument "duplicate_key" where two keys have the
//          same text, or with the name of the fault of an error within the value.
// Threads: a function of its arguments; safe from all.

#include <cstddef>
#include <string>

#include "base/error.h"
#include "lang/cel/value.h"
#include "wire/json_scan.h"

namespace junctor::lang::cel {

inline constexpr std::size_t kJsonBytesMax = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kJsonValueDepthMax = wire::kJsonDepthMax;

// Values share their parts: a small one may be exponentially large to write, hence `bytes_max`.
[[nodiscard]] Result<std::string> to_json(const Value& value,
                                          std::size_t bytes_max = kJsonBytesMax);

}  // namespace junctor::lang::cel
