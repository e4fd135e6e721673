#pragma once
// JUNCTOR_ASSERT and JUNCTOR_BUG: what a programmer believes, checked in every build.
//
// JUNCTOR_ASSERT: a fact without which going on would do harm; a process that lost it stops before
// it writes. JUNCTOR_BUG: a fact whose loss is survivable; it is true when the condition (the bug)
// holds, is counted and reported once per place in a release build, and aborts in tests, so that
// the code behind it may do the safe thing. Neither is for input from outside: that is an Error
// (base/error.h).
//
// Threads: safe from all.

#include <cstdint>

namespace junctor {

[[noreturn]] void assertion_failed(const char* file, int line, const char* condition) noexcept;

// Counts a bug; prints the first of each place to stderr. Returns true, unless it aborts.
bool bug_seen(const char* file, int line, const char* condition) noexcept;
// What a bug comes to; at first it is survived. The tests' main makes it fatal.
enum class OnBug : std::uint8_t { survive, abort };
void set_on_bug(OnBug what) noexcept;
[[nodiscard]] std::uint64_t bugs_seen() noexcept;

}  // namespace junctor

#define JUNCTOR_ASSERT(condition)                                  \
  do {                                                             \
    if (!(condition)) [[unlikely]] {                               \
      ::junctor::assertion_failed(__FILE__, __LINE__, #condition); \
    }                                                              \
  } while (false)

#define JUNCTOR_BUG(condition) \
  ((condition) ? ::junctor::bug_seen(__FILE__, __LINE__, #condition) : false)
