#pragma once
// Regular expressions as JSON Schema writes them (ECMA-262), turned into the syntax of RE2.
//
// RE2 matches in time that is linear in the text, whatever the pattern; what it cannot express
// (look-around, back-references) is refused here with a sentence that says so. Patterns are read as
// if with the flag "u", but a backslash in front of punctuation is let through as most engines do.
// A pattern that is nothing but a row of characters and classes, each perhaps repeated, is given as
// that row as well, so that it can be matched without an engine.
//
// Source:  ECMA-262 section 22.2.1 (patterns), 12.2 and 12.3 (what \s is); RE2's syntax page; JSON
//          Schema 2020-12 core section 6.4.
// Limits:  kTranslatedBytesMax; the caller bounds the pattern.
// Errors:  invalid_argument "bad_pattern".
// Threads: pure; safe from all.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace junctor::lang::schema {

inline constexpr std::size_t kTranslatedBytesMax = std::size_t{256} * 1024;
inline constexpr std::uint32_t kCodePointMax = 0x10'FFFF;

struct CodePointRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
// Sorted, apart from each other.
using CodePointSet = std::vector<CodePointRange>;

inline constexpr std::uint32_t kUnbounded = 0xFFFF'FFFF;

// A character of a set, so many times.
struct RegexStep {
  CodePointSet set;
  std::uint32_t min = 1;
  std::uint32_t max = 1;
};

struct TranslatedRegex {
  std::string re2;
  // The steps are the whole pattern.
  bool is_row = false;
  bool is_from_start = false;  // '^'
  bool is_to_end = false;      // '$'
  std::vector<RegexStep> row;
};

[[nodiscard]] Result<TranslatedRegex> translate_ecma_regex(std::string_view pattern);

}  // namespace junctor::lang::schema
