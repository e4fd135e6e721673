#pragma once
// The sentinel encoding of `Mcp-Name` and `Mcp-Param-*`: text that a header field cannot carry
// safely travels as `=?base64?` + base64 of its UTF-8 + `?=`.
//
// Invariant: decoding what was encoded gives the same text, and a text that looks like a sentinel
//            is itself encoded, so that no text has two readings. The markers are literal and
//            lower-case; a value that lacks one of them is a literal. Base64 is strict: alphabet,
//            padding, zero trailing bits.
//
// Source:  MCP 2026-07-28 basic/transports#headers; RFC 4648 section 4.
// Limits:  none; the caller bounds the head.
// Errors:  HeaderForm::malformed.
// Threads: pure functions; safe from all.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer.h"

namespace junctor::wire {

enum class HeaderForm : std::uint8_t { literal, encoded, malformed };

struct HeaderText {
  HeaderForm form = HeaderForm::literal;
  std::string decoded;  // The text of an encoded value; a literal is its own text.
};
[[nodiscard]] HeaderText decode_header_value(std::string_view value);

// Empty text is encoded too: some HTTP stacks drop empty headers.
[[nodiscard]] bool needs_header_sentinel(std::string_view text) noexcept;
// `text` is valid UTF-8.
void append_header_value(Buffer& out, std::string_view text);

// True when the header value, decoded, is the raw JSON string, unescaped. Malformed values equal
// nothing.
[[nodiscard]] bool header_equals_json(std::string_view value, std::string_view raw);

}  // namespace junctor::wire
