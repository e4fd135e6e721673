#include "wire/header_sentinel.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/text.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

// Lower-case alone: what another reader might take for a marker is to us a text like any other.
constexpr std::string_view kPrefix = "=?base64?";
constexpr std::string_view kSuffix = "?=";

}  // namespace

//= mcp 2026-07-28 basic/transports/streamable-http#value-encoding:decode MUST
//= mcp 2026-07-28 basic/transports/streamable-http#value-encoding:markers MUST
// Servers decode a sentinel before they compare it.
HeaderText decode_header_value(std::string_view value) {
  const bool is_sentinel = value.size() >= kPrefix.size() + kSuffix.size() &&
                           value.starts_with(kPrefix) && value.ends_with(kSuffix);
  if (!is_sentinel) return {};
  const std::string_view payload =
      value.substr(kPrefix.size(), value.size() - kPrefix.size() - kSuffix.size());
  std::optional<std::string> decoded = base64_decode(payload);
  if (!decoded || !is_valid_utf8(*decoded)) return {.form = HeaderForm::malformed, .decoded = {}};
  return {.form = HeaderForm::encoded, .decoded = *std::move(decoded)};
}

// Encoded are: text beyond ASCII, control characters, blanks at either end, and what looks encoded.
bool needs_header_sentinel(std::string_view text) noexcept {
  if (text.empty()) return true;
  const auto is_blank = [](char byte) { return byte == ' ' || byte == '\t'; };
  if (is_blank(text.front()) || is_blank(text.back())) return true;
  if (text.starts_with(kPrefix) && text.ends_with(kSuffix)) return true;
  return std::ranges::any_of(text, [](char byte) {
    const auto value = static_cast<unsigned char>(byte);  // char may be unsigned.
    return value < 0x20 || value >= 0x7F;
  });
}

// Encoding is for what needs it: a plain name stays readable in the logs of everybody on the way.
void append_header_value(Buffer& out, std::string_view text) {
  JUNCTOR_ASSERT(is_valid_utf8(text));
  if (!needs_header_sentinel(text)) {
    out.append(text);
    return;
  }
  out.append(kPrefix);
  out.append(base64_encode(text));
  out.append(kSuffix);
}

// A malformed sentinel equals nothing, not even the same malformed text in the body: some reader
// would decode it.
bool header_equals_json(std::string_view value, std::string_view raw) {
  const HeaderText text = decode_header_value(value);
  if (text.form == HeaderForm::malformed) return false;
  return json_string_equals(raw, text.form == HeaderForm::literal ? value : text.decoded);
}

}  // namespace junctor::wire
