#pragma once
// Memory for coroutine frames: per-thread free lists by size class, because a call makes half a
// dozen frames and they all come back. A frame is freed on the thread that made it, since a Task
// starts and ends on one shard.
//
// Sanitizer builds use plain new and delete, or they would see nothing.
//
// Limits:  frames above 4 KiB go to malloc; a thread keeps at most kFrameCacheBytesMax for reuse.
// Threads: each has its own lists.

#include <cstddef>

namespace junctor::rt {

inline constexpr std::size_t kFrameCacheBytesMax = std::size_t{1} << 20;

[[nodiscard]] void* allocate_frame(std::size_t bytes);
void free_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace junctor::rt
