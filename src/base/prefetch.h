#pragma once
// A hint to the processor to fetch memory that will be touched soon: worth it where something else,
// such as a system call, is done in between. Any address will do, also one that is gone or null.

#include <cstddef>

namespace junctor {

inline constexpr std::size_t kCacheLineBytes = 64;

inline void prefetch(const void* from, std::size_t bytes) noexcept {
  if (from == nullptr) return;
  const char* const begin = static_cast<const char*>(from);
  for (std::size_t at = 0; at < bytes; at += kCacheLineBytes) __builtin_prefetch(begin + at);
}

}  // namespace junctor
