#pragma once
// What a request says of bodies: which types its sender takes as an answer, and whether its own is
// JSON.
//
// Source:  RFC 9110 sections 8.3 (Content-Type), 8.4 (Content-Encoding), 12.5.1 (Accept);
//          MCP 2026-07-28 basic/transports (a client accepts application/json and
//          text/event-stream).
// Threads: pure; safe from all.

#include <cstdint>
#include <string_view>

#include "wire/http1_fields.h"

namespace junctor::agent {

struct Accepted {
  bool json = false;
  bool events = false;
  [[nodiscard]] bool nothing() const noexcept { return !json && !events; }
};

// An absent or empty Accept takes everything; a type with q=0 is excluded.
[[nodiscard]] Accepted accepted_types(const wire::http1::Headers& headers) noexcept;

enum class MediaType : std::uint8_t { json, events, other, none };
// Parameters are ignored, except that a charset other than UTF-8 makes JSON `other`.
[[nodiscard]] MediaType media_type(std::string_view content_type) noexcept;

}  // namespace junctor::agent
