#pragma once
// Characters of strings that a JsonTree holds: UTF-8, in which half a surrogate pair may stand
// (WTF-8). What JSON Schema and CEL call a character is a code point.
//
// Source:  RFC 8259 section 8.2; JSON Schema 2020-12 validation section 6.3; the CEL language
//          definition, "String and Bytes Values".
// Threads: pure; safe from all.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace junctor::lang {

struct CodePoint {
  std::uint32_t value = 0;
  std::uint32_t bytes = 1;
};

// The first of a text that is not empty. A byte that begins nothing is a character of its own.
[[nodiscard]] constexpr CodePoint code_point_at(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0xC0) return {first, 1};
  const std::uint32_t bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < bytes) return {first, 1};
  std::uint32_t value = first & (0xFFU >> (bytes + 1));
  for (std::uint32_t i = 1; i < bytes; ++i) value = value << 6U | (byte(i) & 0x3FU);
  return {value, bytes};
}

[[nodiscard]] constexpr std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char each : text) count += (static_cast<unsigned char>(each) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

}  // namespace junctor::lang
