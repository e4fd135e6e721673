#include "wire/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <system_error>

#include "base/assert.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace junctor::wire {
namespace {

constexpr std::uint32_t kHighSurrogateFirst = 0xD800;
constexpr std::uint32_t kLowSurrogateFirst = 0xDC00;
constexpr std::uint32_t kSurrogateLast = 0xDFFF;

constexpr bool is_plain(char byte) noexcept {
  const auto code = static_cast<unsigned char>(byte);
  return code >= 0x20 && code < 0x80 && code != '"' && code != '\\';
}

#if defined(__SSE2__)

constexpr std::ptrdiff_t kStrideBytes = 128;
constexpr int kVectorsBeforeStrides = 4;

// Skips strides of 128 plain bytes. Per 32 bytes one shuffle and one comparison find quote and
// backslash (the table holds each at its own low nibble and at the others a byte that equals
// nothing there), and a running minimum finds the rest: 64 KiB in about 1.1 us. It only
// skips: where in a stride the byte stands is for the shorter vectors to say.
__attribute__((target("avx2"))) const char* skip_plain_strides(const char* at,
                                                               const char* end) noexcept {
  const __m256i table =
      _mm256_setr_epi8(-1, -1, '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, '\\', -1, -1, -1, -1, -1,
                       '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, '\\', -1, -1, -1);
  const __m256i control = _mm256_set1_epi8(0x20);
  for (; end - at >= kStrideBytes; at += kStrideBytes) {
    const auto* from = reinterpret_cast<const __m256i*>(at);
    const __m256i a = _mm256_loadu_si256(from);
    const __m256i b = _mm256_loadu_si256(from + 1);
    const __m256i c = _mm256_loadu_si256(from + 2);
    const __m256i d = _mm256_loadu_si256(from + 3);
    const __m256i marks =
        _mm256_or_si256(_mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, a), a),
                                        _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, b), b)),
                        _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, c), c),
                                        _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, d), d)));
    const __m256i lowest = _mm256_min_epi8(_mm256_min_epi8(a, b), _mm256_min_epi8(c, d));
    const __m256i found = _mm256_or_si256(marks, _mm256_cmpgt_epi8(control, lowest));
    if (_mm256_testz_si256(found, found) == 0) break;
  }
  return at;
}

// Read once: a check at each string would cost more than most strings.
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;

#endif

// For strings that were scanned: no digit can be wrong here.
int hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  JUNCTOR_ASSERT(lower >= 'a' && lower <= 'f');  // The string was validated.
  return lower - 'a' + 10;
}

// The four digits behind "\u".
std::uint32_t hex_code(std::string_view digits) noexcept {
  JUNCTOR_ASSERT(digits.size() >= 4);
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    code = code << 4 | static_cast<std::uint32_t>(hex_digit(digits[i]));
  }
  return code;
}

char short_escape(char letter) noexcept {
  switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;  // Quote, backslash and slash stand for themselves.
  }
}

// Two escapes are one character only when they are halves of a pair in the right order; any other
// surrogate stands alone, and what follows it is read on its own.
JsonCharacter escaped_character(std::string_view escape) noexcept {
  JUNCTOR_ASSERT(escape.size() >= 2 && escape[0] == '\\');
  if (escape[1] != 'u') return {static_cast<unsigned char>(short_escape(escape[1])), 2};
  const std::uint32_t code = hex_code(escape.substr(2));
  const bool is_high = code >= kHighSurrogateFirst && code < kLowSurrogateFirst;
  if (!is_high || !escape.substr(6).starts_with("\\u")) return {code, 6};
  const std::uint32_t low = hex_code(escape.substr(8));
  if (low < kLowSurrogateFirst || low > kSurrogateLast) return {code, 6};
  return {0x10000 + ((code - kHighSurrogateFirst) << 10) + (low - kLowSurrogateFirst), 12};
}

// The bytes of a code point; returns how many.
std::size_t put_utf8(std::uint32_t code, std::array<char, 4>& out) noexcept {
  JUNCTOR_ASSERT(code <= 0x10FFFF);
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    out = {static_cast<char>(0xC0 | code >> 6), tail(0)};
    return 2;
  }
  if (code < 0x10000) {
    out = {static_cast<char>(0xE0 | code >> 12), tail(6), tail(0)};
    return 3;
  }
  out = {static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0)};
  return 4;
}

}  // namespace

// The twin of the vector code, for other processors and for the last bytes; a test compares the
// two.
const char* json_plain_end_scalar(const char* begin, const char* end) noexcept {
  while (begin != end && is_plain(*begin)) ++begin;
  return begin;
}

const char* json_long_plain_end(const char* begin, const char* end) noexcept {
#if defined(__SSE2__)
  for (int vectors = 0; end - begin >= kJsonVectorBytes; ++vectors) {
    const unsigned mask = json_special_mask(begin);
    if (mask != 0) return begin + std::countr_zero(mask);
    begin += kJsonVectorBytes;
    // Strides pay from a length on; what they leave is found by the vectors again.
    const bool is_long = vectors == kVectorsBeforeStrides && end - begin >= kStrideBytes;
    if (is_long && kHasAvx2) begin = skip_plain_strides(begin, end);
  }
#endif
  return json_plain_end_scalar(begin, end);
}

std::size_t utf8_sequence_bytes(const char* begin, const char* end) noexcept {
  if (begin == end) return 0;
  const auto at = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(begin[i]); };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::ptrdiff_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (end - begin < bytes) return 0;
  // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (at(1) < low || at(1) > high) return 0;
  for (std::ptrdiff_t i = 2; i < bytes; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  return static_cast<std::size_t>(bytes);
}

// For header values and other short texts; JSON is checked while it is scanned.
bool is_valid_utf8(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const std::size_t bytes = utf8_sequence_bytes(at, end);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  std::array<char, 4> bytes{};
  out.append(bytes.data(), put_utf8(code_point, bytes));
}

std::string_view json_string_body(std::string_view raw) noexcept {
  JUNCTOR_ASSERT(raw.size() >= 2 && raw.front() == '"' && raw.back() == '"');
  return raw.substr(1, raw.size() - 2);
}

JsonCharacter json_character_at(std::string_view body, std::size_t at) noexcept {
  JUNCTOR_ASSERT(at < body.size());
  if (body[at] == '\\') return escaped_character(body.substr(at));
  const char* const begin = body.data() + at;
  const std::size_t bytes = utf8_sequence_bytes(begin, body.data() + body.size());
  JUNCTOR_ASSERT(bytes != 0);  // The string was validated.
  auto code = static_cast<std::uint32_t>(static_cast<unsigned char>(*begin));
  if (bytes > 1) code &= 0x7FU >> bytes;
  for (std::size_t i = 1; i < bytes; ++i) {
    code = code << 6 | (static_cast<unsigned char>(begin[i]) & 0x3FU);
  }
  return {code, bytes};
}

// What is unescaped is never longer than the body, so one allocation is enough.
std::string unescape_json_string(std::string_view raw) {
  const std::string_view body = json_string_body(raw);
  std::string out;
  out.reserve(body.size());
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t escape = std::min(body.find('\\', at), body.size());
    out.append(body, at, escape - at);
    at = escape;
    if (at == body.size()) break;
    const JsonCharacter character = escaped_character(body.substr(at));
    append_utf8(out, character.code_point);
    at += character.bytes;
  }
  return out;
}

// Runs without an escape are compared as they are: most strings are a single one.
bool json_string_equals(std::string_view raw, std::string_view text) noexcept {
  std::string_view body = json_string_body(raw);
  // Nearly all strings come without escapes, and most differ in length from what is looked for. An
  // empty text may be null, which memcmp() must not be given.
  if (body.size() == text.size() &&
      (body.empty() || std::memcmp(body.data(), text.data(), body.size()) == 0)) {
    return body.find('\\') == std::string_view::npos;
  }
  if (body.size() <= text.size()) return false;  // An escape is longer than what it stands for.
  while (true) {
    const std::size_t plain = std::min(body.find('\\'), body.size());
    if (!text.starts_with(body.substr(0, plain))) return false;
    text.remove_prefix(plain);
    body.remove_prefix(plain);
    if (body.empty()) return text.empty();
    const JsonCharacter character = escaped_character(body);
    std::array<char, 4> bytes{};
    const std::string_view want{bytes.data(), put_utf8(character.code_point, bytes)};
    if (!text.starts_with(want)) return false;
    text.remove_prefix(want.size());
    body.remove_prefix(character.bytes);
  }
}

bool is_json_integer(std::string_view raw) noexcept {
  if (raw.starts_with('-')) raw.remove_prefix(1);
  return !raw.empty() &&
         std::ranges::all_of(raw, [](char byte) { return byte >= '0' && byte <= '9'; });
}

// from_chars() reads digits alone, in every locale, and tells an overflow from a value.
std::optional<std::int64_t> json_integer(std::string_view raw) noexcept {
  if (!is_json_integer(raw)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  if (error != std::errc{}) return std::nullopt;
  JUNCTOR_ASSERT(end == raw.data() + raw.size());
  return value;
}

}  // namespace junctor::wire
