#pragma once
// Request targets: which of the four forms, and what path, query and authority they carry.
//
// Nothing is decoded or normalised: views of the target as sent. A target that could be read in two
// ways is refused.
//
// Source:  RFC 9112 section 3.2; RFC 3986 section 3.
// Threads: pure functions.

#include <string_view>

#include "wire/http1.h"

namespace junctor::wire::http1 {

struct Target {
  std::string_view path;       // "/" if an absolute target has none; "*" for the asterisk form.
  std::string_view query;      // Behind the '?'.
  std::string_view authority;  // Of the absolute form; otherwise empty.
  std::string_view refused;    // Why not; empty if it is good.
};

// `text`: visible ASCII, not empty.
[[nodiscard]] Target read_target(std::string_view text, Method method) noexcept;

}  // namespace junctor::wire::http1
