#include "lang/cel/utf8.h"

#include <string.h>  // memmem

namespace junctor::lang::cel {
namespace {

constexpr bool goes_on(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return {};
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {.code = first, .bytes = 1};
  constexpr Character kInvalid{.code = kReplacement, .bytes = 1, .is_valid = false};
  const std::size_t bytes = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
  if (first < 0xC2 || first > 0xF4 || text.size() - at < bytes) return kInvalid;
  char32_t code = first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!goes_on(text[at + i])) return kInvalid;
    code = (code << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[bytes] || !is_code_point(code)) return kInvalid;
  return {.code = code, .bytes = bytes};
}

std::size_t offset_of_character(std::string_view text, std::size_t index) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!goes_on(text[at])) {
      if (index == 0) return at;
      --index;
    }
    ++at;
  }
  return at;
}

std::size_t find_text(std::string_view text, std::string_view wanted, std::size_t from) noexcept {
  if (from > text.size()) return std::string_view::npos;
  if (wanted.empty()) return from;
  // The library's: the two-way algorithm, which never goes back.
  const void* const found =
      ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace junctor::lang::cel
