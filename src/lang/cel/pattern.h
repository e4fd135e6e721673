#pragma once
// Regular expressions of `matches`, in the syntax of RE2 and with its guarantee: time linear in the
// text.
//
// Source:  CEL language definition, "Regular Expressions".
// Limits:  kPatternBytesMax of source, kPatternMemoryMax for the compiled form.
// Errors:  null with a sentence.
// Threads: a Pattern is immutable, and safe from all; a cache has one owner.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}  // namespace re2

namespace junctor::lang::cel {

inline constexpr std::size_t kPatternBytesMax = 1024;
inline constexpr std::int64_t kPatternMemoryMax = std::int64_t{1} << 20U;

class Pattern {
 public:
  Pattern() noexcept;
  explicit Pattern(std::string_view source);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  [[nodiscard]] bool is_valid() const noexcept;
  // Why it is not valid.
  [[nodiscard]] std::string problem() const;
  // Steps (machine.h) that a text of so many bytes is worth: more for a larger pattern.
  [[nodiscard]] std::uint64_t cost(std::size_t bytes) const noexcept;
  // And what it was worth to compile it.
  [[nodiscard]] std::uint64_t compile_cost() const noexcept { return compile_cost_; }
  // Somewhere in the text.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  std::unique_ptr<re2::RE2> compiled_;
  std::string problem_;
  std::uint64_t size_ = 0;  // Instructions of the compiled form.
  std::uint64_t compile_cost_ = 0;
};

// The last few patterns that an evaluation made of its input.
class PatternCache {
 public:
  // Valid until the next call. `was_made`: it was compiled now.
  struct Found {
    const Pattern& pattern;
    bool was_made;
  };
  [[nodiscard]] Found get(std::string_view source);

 private:
  struct Slot {
    std::string source;
    Pattern pattern;
    bool is_used = false;
  };
  std::array<Slot, 8> slots_;
  std::size_t next_ = 0;
};

}  // namespace junctor::lang::cel
