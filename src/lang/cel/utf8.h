#pragma once
// Characters of UTF-8 text, as CEL counts them: by code points.
//
// Source:  RFC 3629; CEL language definition, "String and Bytes Values".
// Errors:  reading never fails: a byte that begins no character is a character of its own, of the
//          value kReplacement.
// Threads: functions of their arguments; safe from all.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace junctor::lang::cel {

inline constexpr char32_t kReplacement = 0xFFFD;
inline constexpr char32_t kCodePointMax = 0x10FFFF;

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0 at the end of the text.
  bool is_valid = true;
};

// The one that begins at `at`.
[[nodiscard]] Character character_at(std::string_view text, std::size_t at) noexcept;
// The offset in bytes of the character of that index; the text's size when there are fewer.
[[nodiscard]] std::size_t offset_of_character(std::string_view text, std::size_t index) noexcept;
// Neither a surrogate nor above kCodePointMax.
[[nodiscard]] constexpr bool is_code_point(char32_t code) noexcept {
  return code <= kCodePointMax && (code < 0xD800 || code > 0xDFFF);
}
// As std::string_view::find(), in time linear in both lengths, whatever they hold.
[[nodiscard]] std::size_t find_text(std::string_view text, std::string_view wanted,
                                    std::size_t from = 0) noexcept;

}  // namespace junctor::lang::cel
