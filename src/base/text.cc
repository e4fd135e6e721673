#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <vector>

#include "base/assert.h"

namespace junctor {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(kBase64.size() == 64 && kBase64Url.size() == 64);

// In no alphabet. No value of 6 bits looks like it.
constexpr std::uint8_t kForeign = 0xFF;

using Reverse = std::array<std::uint8_t, 256>;
constexpr Reverse reverse_of(std::string_view alphabet) {
  Reverse table{};
  table.fill(kForeign);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr Reverse kFromBase64 = reverse_of(kBase64);
constexpr Reverse kFromBase64Url = reverse_of(kBase64Url);

// char may be signed; shifts and tables want what the byte means.
unsigned byte_at(std::string_view bytes, std::size_t index) noexcept {
  return static_cast<unsigned char>(bytes[index]);
}

// Without padding; base64_encode() adds it.
std::string encode_64(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const unsigned bits =
        byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out.push_back(alphabet[bits >> shift & 0x3FU]);
  }
  const std::size_t rest = bytes.size() - at;
  if (rest == 0) return out;
  const unsigned bits = byte_at(bytes, at) << 16U | (rest == 2 ? byte_at(bytes, at + 1) << 8U : 0U);
  out.push_back(alphabet[bits >> 18U & 0x3FU]);
  out.push_back(alphabet[bits >> 12U & 0x3FU]);
  if (rest == 2) out.push_back(alphabet[bits >> 6U & 0x3FU]);
  return out;
}

// Without padding: one character alone in its group of four can hold no byte.
std::optional<std::string> decode_64(std::string_view text, const Reverse& table) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t value = table[byte_at(text, i)];
    if (value == kForeign) return std::nullopt;
    bits = bits << 6U | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>(bits >> held & 0xFFU));
  }
  // Bits that belong to no byte must be zero, or two texts would mean the same.
  if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
  return out;
}

// Bytes of the well-formed UTF-8 character at the front of `text`, 0 when there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return 1;
  // First at two bytes: C0 and C1 could only begin a longer spelling of ASCII, F5 and above nothing
  // at all.
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80) return 0;
  }
  const unsigned second = byte_at(text, 1);
  // The three ranges that the shape of the bytes alone would let through.
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool beyond = first == 0xF4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), ascii_lower);
  return out;
}

// from_chars refuses signs and blanks of unsigned numbers by itself.
std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void write_hex(std::string_view bytes, char* out) noexcept {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *out++ = kHexDigits[byte >> 4U];
    *out++ = kHexDigits[byte & 0xFU];
  }
}

std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '0');
  write_hex(bytes, out.data());
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = kHexDigits.find(ascii_lower(text[i]));
    const auto low = kHexDigits.find(ascii_lower(text[i + 1]));
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    out.push_back(static_cast<char>(high << 4U | low));
  }
  return out;
}

std::string base64_encode(std::string_view bytes) {
  std::string out = encode_64(bytes, kBase64);
  out.append((4 - out.size() % 4) % 4, '=');
  JUNCTOR_ASSERT(out.size() % 4 == 0);
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  // More than two at the end are not padding, and foreign to the alphabet.
  for (int pads = 0; pads < 2 && text.ends_with('='); ++pads) text.remove_suffix(1);
  return decode_64(text, kFromBase64);
}

std::string base64url_encode(std::string_view bytes) {
  std::string out = encode_64(bytes, kBase64Url);
  JUNCTOR_ASSERT(out.size() == base64url_chars(bytes.size()));
  return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  return decode_64(text, kFromBase64Url);
}

// The classic table, of which one row is kept at a time.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  // The difference of the lengths is the least it can be.
  const std::size_t apart = a.size() < b.size() ? b.size() - a.size() : a.size() - b.size();
  if (apart > most) return most + 1;
  std::vector<std::size_t> row(b.size() + 1);  // Distances of the beginning of `a` to those of `b`.
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
    // Distances never fall from row to row, so a row beyond the bound decides.
    if (std::ranges::min(row) > most) return most + 1;
  }
  return std::min(row.back(), most + 1);
}

std::optional<std::string_view> did_you_mean(std::string_view word,
                                             std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kSuggestCharsMax) return std::nullopt;
  std::size_t most = std::clamp<std::size_t>(word.size() / 3, 1, 3);
  std::optional<std::string_view> best;
  // A wrong case is the mistake most easily made, and is not counted as an edit.
  const std::string wanted = to_lower(word);
  for (const auto candidate : candidates) {
    if (candidate.size() > kSuggestCharsMax) continue;
    const std::size_t distance = edit_distance(wanted, to_lower(candidate), most);
    if (distance > most) continue;
    best = candidate;
    if (distance == 0) break;
    most = distance - 1;  // Only a closer one may take its place.
  }
  return best;
}

std::string safe_for_log(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view kCut = "...";
  std::string out;
  std::size_t fits = 0;  // Length of `out` that leaves room for kCut.
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const unsigned first = byte_at(text, 0);
    const bool c1_control = length == 2 && first == 0xC2 && byte_at(text, 1) < 0xA0;
    // The backslash too, or the text could pretend to have been escaped.
    if (length == 0 || first < 0x20 || first == 0x7F || first == '\\' || c1_control) {
      const std::size_t escaped = std::max<std::size_t>(length, 1);
      for (std::size_t i = 0; i < escaped; ++i) {
        out.append("\\x").append(to_hex(text.substr(i, 1)));
      }
      text.remove_prefix(escaped);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
    if (out.size() + kCut.size() <= bytes_max) fits = out.size();
    // Noticed one character late, when the place to cut at is already known.
    if (out.size() > bytes_max) {
      out.resize(fits);
      return bytes_max < kCut.size() ? out : out.append(kCut);
    }
  }
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const char c = text.front();
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (c == '\n') {
      out.append("\\n");
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out.append("\\u00").append(to_hex(text.substr(0, 1)));
    } else if (const std::size_t length = utf8_length(text); length != 0) {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
      continue;
    } else {
      out.append("\xEF\xBF\xBD");  // U+FFFD.
    }
    text.remove_prefix(1);
  }
  out.push_back('"');
}

}  // namespace junctor
