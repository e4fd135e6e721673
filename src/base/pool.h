#pragma once
// Memory that comes and goes with every call: coroutine frames and the buffers of connections.
// Per-thread free lists by size class, because a call takes a dozen pieces and all of them come
// back.
//
// Memory may be given back on another thread than it was taken on; it is then used there. Sanitizer
// builds use plain new and delete, or they would see nothing.
//
// What a thread keeps is lost when it ends: the house's threads live as long as the process.
//
// Limits:  pieces above kPooledBytesMax go to the heap; a thread keeps at most kPoolBytesMax for
//          reuse, and beyond that what came back last.
// Threads: each has its own lists.

#include <cstddef>

namespace junctor {

inline constexpr std::size_t kPooledBytesMax = 4096;
inline constexpr std::size_t kPoolBytesMax = std::size_t{1} << 20;

// `bytes` > 0. Never null.
[[nodiscard]] void* pool_allocate(std::size_t bytes);
// `bytes` as it was asked for.
void pool_free(void* memory, std::size_t bytes) noexcept;
// What this thread keeps for reuse; 0 in sanitizer builds.
[[nodiscard]] std::size_t pool_bytes() noexcept;

}  // namespace junctor
