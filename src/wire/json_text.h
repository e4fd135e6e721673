#pragma once
// JSON at the level of characters: runs of plain bytes, UTF-8, string tokens compared and
// unescaped.
//
// A "raw" string is a token as it stands in the text, quotes included; all functions here that take
// one expect it validated (json_scan.h). A lone surrogate escape (\ud800) is legal JSON: it
// unescapes to the three bytes of WTF-8, which is no valid UTF-8 and therefore never equals text
// from elsewhere, and append_json_string() (json_write.h) turns it back into an escape. Surrogate
// pairs combine.
//
// Source:  RFC 8259 sections 6, 7 and 8; RFC 3629 (UTF-8); Simon Sapin, "The WTF-8 encoding".
// Limits:  none; the caller has bounded the text.
// Threads: pure functions; safe from all.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace junctor::wire {

// First byte in [begin, end) that a JSON string cannot hold as plain ASCII: quote, backslash,
// control byte or a byte of 0x80 and above; `end` when there is none. Reads nothing outside the
// range. Vectors of 16 bytes, and of 32 for long runs where the processor has AVX2; most strings
// end in the first.
[[nodiscard]] const char* json_plain_end(const char* begin, const char* end) noexcept;
// The same behind the first vector.
[[nodiscard]] const char* json_long_plain_end(const char* begin, const char* end) noexcept;
// The same byte by byte; the twin that tests compare with.
[[nodiscard]] const char* json_plain_end_scalar(const char* begin, const char* end) noexcept;

// Length of the well-formed UTF-8 sequence at `begin`, 1 to 4; 0 when it is malformed or cut by
// `end`.
[[nodiscard]] std::size_t utf8_sequence_bytes(const char* begin, const char* end) noexcept;
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;
// Appends a code point, also a surrogate (WTF-8).
void append_utf8(std::string& out, std::uint32_t code_point);

// The characters of a validated raw string without its quotes and still escaped.
[[nodiscard]] std::string_view json_string_body(std::string_view raw) noexcept;
// One character of a string body: `bytes` of it make the code point. Surrogate pairs are one
// character of 12 bytes; a lone surrogate is a character of its own.
struct JsonCharacter {
  std::uint32_t code_point = 0;
  std::size_t bytes = 0;
};
[[nodiscard]] JsonCharacter json_character_at(std::string_view body, std::size_t at) noexcept;

[[nodiscard]] std::string unescape_json_string(std::string_view raw);
// True when the raw string, unescaped, is `text`, byte for byte. Allocates nothing.
[[nodiscard]] bool json_string_equals(std::string_view raw, std::string_view text) noexcept;

// True for a number token without fraction and exponent, of any size.
[[nodiscard]] bool is_json_integer(std::string_view raw) noexcept;
// The exact value of such a token; nothing for other numbers and for values outside of 64 bits.
[[nodiscard]] std::optional<std::int64_t> json_integer(std::string_view raw) noexcept;

#if defined(__SSE2__)
inline constexpr std::ptrdiff_t kJsonVectorBytes = 16;

// A bit for each of 16 bytes that is not plain. The signed comparison finds control bytes and those
// of 0x80 and above at once.
[[nodiscard]] inline unsigned json_special_mask(const char* at) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i found = _mm_or_si128(low, _mm_or_si128(quote, backslash));
  return static_cast<unsigned>(_mm_movemask_epi8(found));
}

inline const char* json_plain_end(const char* begin, const char* end) noexcept {
  if (end - begin >= kJsonVectorBytes) [[likely]] {
    const unsigned mask = json_special_mask(begin);
    if (mask != 0) [[likely]]
      return begin + std::countr_zero(mask);
    begin += kJsonVectorBytes;
  }
  return json_long_plain_end(begin, end);
}
#else
inline const char* json_plain_end(const char* begin, const char* end) noexcept {
  return json_plain_end_scalar(begin, end);
}
#endif

}  // namespace junctor::wire
