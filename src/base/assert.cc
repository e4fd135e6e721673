#include "base/assert.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace junctor {
namespace {

std::atomic<std::uint64_t> bugs{0};
std::atomic<bool> aborts{false};

// A bug in a loop must not flood the log: each place is printed once, as long as the table has
// room.
bool first_of(const char* file, int line) noexcept {
  static std::array<std::atomic<std::uint64_t>, 64> seen{};
  const std::uint64_t key =
      reinterpret_cast<std::uintptr_t>(file) * 31U + static_cast<unsigned>(line);
  for (auto& place : seen) {
    std::uint64_t empty = 0;
    if (place.compare_exchange_strong(empty, key)) return true;
    if (empty == key) return false;
  }
  return false;
}

}  // namespace

void assertion_failed(const char* file, int line, const char* condition) noexcept {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

bool bug_seen(const char* file, int line, const char* condition) noexcept {
  bugs.fetch_add(1, std::memory_order_relaxed);
  if (first_of(file, line)) std::fprintf(stderr, "%s:%d: bug: %s\n", file, line, condition);
  if (aborts.load(std::memory_order_relaxed)) std::abort();
  return true;
}

void set_on_bug(OnBug what) noexcept {
  aborts.store(what == OnBug::abort, std::memory_order_relaxed);
}

std::uint64_t bugs_seen() noexcept {
  return bugs.load(std::memory_order_relaxed);
}

}  // namespace junctor
