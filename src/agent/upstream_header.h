#pragma once
// A header field that is added to each request to a server, and what such a field may be.
//
// Source:  RFC 9110 section 5.5 (field values).
// Limits:  none of its own; whoever reads one bounds it.
// Threads: values and functions of their arguments; safe from all.

#include <string>
#include <string_view>

#include "base/secret.h"

namespace junctor::agent {

struct UpstreamHeader {
  std::string name;
  Secret value;  // Mostly the key of an API.

  [[nodiscard]] bool operator==(const UpstreamHeader& other) const = default;
};

// A field that is written for each request anyway, or that would change how the bytes behind it are
// read.
[[nodiscard]] bool is_own_header(std::string_view name) noexcept;

// Bytes that a field may hold, without blanks at their ends: whoever reads a header drops those, so
// a key with a stray one would never match, and nobody would see why.
[[nodiscard]] bool is_header_value(std::string_view text) noexcept;

}  // namespace junctor::agent
