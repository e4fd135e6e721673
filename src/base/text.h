#pragma once
// Small things done to text in every room: compare, trim, encode, escape, suggest.
//
// Everything is ASCII-minded and independent of the locale; bytes above 0x7F pass as they are
// unless a function says otherwise. Bytes are std::string_view. Decoders are strict: one value has
// one spelling.
//
// Source:  RFC 4648 sections 4 and 5 (base64, base64url), RFC 8259 section 7 (JSON strings),
//          RFC 3629 (what is UTF-8).
// Limits:  did_you_mean() looks at words of at most kSuggestCharsMax characters.
// Errors:  decoders and parsers answer nullopt.
// Threads: functions of their arguments; safe from all.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace junctor {

[[nodiscard]] constexpr char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
  }
  return true;
}
[[nodiscard]] std::string to_lower(std::string_view text);

// Without spaces and tabs at both ends: HTTP's optional whitespace, and no more than that.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Decimal digits alone: no sign, no blanks, nothing behind, no overflow. Leading zeros are read.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept;

// Lowercase digits.
[[nodiscard]] std::string to_hex(std::string_view bytes);
// Writes 2 * bytes.size() characters at `out`; for those who have the room already.
void write_hex(std::string_view bytes, char* out) noexcept;
// Both cases are read.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

// base64 is padded; base64url is not, on both ways. Decoding refuses wrong padding, foreign
// characters, line breaks and stray bits in the last character.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);
// Characters that base64url_encode() makes of so many bytes.
[[nodiscard]] constexpr std::size_t base64url_chars(std::size_t bytes) noexcept {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

// Levenshtein distance, counted up to `most`; anything farther is most + 1.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);
// The closest candidate that is near enough to be meant (a third of the word, at least 1, at most 3
// edits), the first of equals; nullopt when none is.
inline constexpr std::size_t kSuggestCharsMax = 64;
[[nodiscard]] std::optional<std::string_view> did_you_mean(
    std::string_view word, std::span<const std::string_view> candidates);

// Text of unknown origin, fit for one line on a terminal: controls, DEL, the backslash and bytes
// that are not UTF-8 become \xNN (so do the C1 controls, each of their bytes); what is longer than
// `bytes_max` is cut at a character and ends in "...".
inline constexpr std::size_t kSafeTextBytesMax = 256;
[[nodiscard]] std::string safe_for_log(std::string_view text,
                                       std::size_t bytes_max = kSafeTextBytesMax);

// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, so that a line
// of the log is always JSON; relaying a peer's bytes unchanged is not for this function.
void append_json_string(std::string& out, std::string_view text);

}  // namespace junctor
