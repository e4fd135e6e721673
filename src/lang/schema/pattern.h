#pragma once
// Pattern: one compiled regular expression of a schema.
//
// Most patterns of real schemas are a row of characters and classes ("^[a-z][a-z0-9_]*$"): where no
// choice can turn out wrong, they are matched by walking along the row. All others are RE2's.
// Neither looks at a byte of the text more often than the pattern allows, and cost() says
// beforehand what a text may cost at most.
//
// Source:  JSON Schema 2020-12 core section 6.4 (patterns are not anchored).
// Limits:  PatternLimits.
// Errors:  invalid_argument "bad_pattern"; too_large "pattern_too_large".
// Threads: immutable; matches() is safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/schema/ecma_regex.h"

namespace re2 {
class RE2;
}

namespace junctor::lang::schema {

struct PatternLimits {
  std::size_t pattern_bytes_max = std::size_t{8} * 1024;
  std::size_t engine_bytes_max = std::size_t{1} << 19U;  // What RE2 may use for one pattern.
};

class Pattern {
 public:
  [[nodiscard]] static Result<Pattern> compile(std::string_view text, const PatternLimits& limits);
  Pattern(Pattern&& other) noexcept;
  Pattern& operator=(Pattern&& other) noexcept;
  ~Pattern();

  // Anywhere in the text.
  [[nodiscard]] bool matches(std::string_view text) const;
  // In steps of the evaluator (validate.h).
  [[nodiscard]] std::uint64_t cost(std::size_t bytes) const noexcept {
    return cost_at_least_ + (bytes * cost_per_16_bytes_) / 16;
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // The size of what was compiled, in RE2's instructions; 0: it needs no engine.
  [[nodiscard]] std::size_t instructions() const noexcept { return instructions_; }

 private:
  struct Step {
    CodePointSet wide;  // From 0x80 on.
    std::uint32_t min = 1;
    std::uint32_t max = 1;

    [[nodiscard]] bool has(std::uint32_t code_point) const noexcept;  // Of those.
  };

  Pattern() = default;
  void take_row(const TranslatedRegex& translated);
  void fix_length();
  [[nodiscard]] bool matches_row(std::string_view text) const noexcept;

  std::string text_;
  std::string literal_;  // Without anchors: the text must hold it.
  std::vector<Step> row_;
  // For each byte, in which of the steps it is; those of other characters than ASCII are in none.
  std::array<std::uint16_t, 256> ascii_{};
  std::unique_ptr<re2::RE2> engine_;  // Null: the row, or the literal, is all of it.
  std::size_t instructions_ = 0;
  std::uint64_t cost_at_least_ = 1;
  std::uint64_t cost_per_16_bytes_ = 2;
  // The bit of the step for each character of a short text that the row fits exactly; empty: it may
  // be of several lengths.
  std::vector<std::uint16_t> fixed_;
  bool is_row_ = false;
  bool is_to_end_ = false;
};

}  // namespace junctor::lang::schema
