#include "rt/frame.h"

#include <array>
#include <new>
#include <utility>

#include "base/assert.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define JUNCTOR_PLAIN_FRAMES 1
#endif

namespace junctor::rt {

#ifdef JUNCTOR_PLAIN_FRAMES

void* allocate_frame(std::size_t bytes) {
  return ::operator new(bytes);
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  ::operator delete(frame, bytes);
}

#else

namespace {

constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClasses = 64;  // Up to 4 KiB.

struct FreeFrame {
  FreeFrame* next;
};
static_assert(sizeof(FreeFrame) <= kClassBytes);

struct FrameCache {
  std::array<FreeFrame*, kClasses> free{};
  std::size_t bytes = 0;

  ~FrameCache() {
    for (FreeFrame* frame : free) {
      while (frame != nullptr) ::operator delete(std::exchange(frame, frame->next));
    }
    free = {};
    bytes = kFrameCacheBytesMax;  // Frames freed after this go straight back.
  }
};

thread_local FrameCache cache;

}  // namespace

void* allocate_frame(std::size_t bytes) {
  const std::size_t index = (bytes - 1) / kClassBytes;
  if (index >= kClasses) return ::operator new(bytes);
  FreeFrame*& head = cache.free[index];
  if (head == nullptr) return ::operator new((index + 1) * kClassBytes);
  FreeFrame* frame = head;
  head = frame->next;
  cache.bytes -= (index + 1) * kClassBytes;
  return frame;
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  JUNCTOR_ASSERT(bytes > 0);
  const std::size_t index = (bytes - 1) / kClassBytes;
  const std::size_t size = (index + 1) * kClassBytes;
  if (index >= kClasses || cache.bytes + size > kFrameCacheBytesMax) {
    ::operator delete(frame);
    return;
  }
  cache.free[index] = ::new (frame) FreeFrame{cache.free[index]};
  cache.bytes += size;
}

#endif

}  // namespace junctor::rt
