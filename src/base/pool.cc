#include "base/pool.h"

#include <array>
#include <new>
#include <type_traits>

#include "base/assert.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define JUNCTOR_PLAIN_POOL 1
#endif

namespace junctor {

#ifdef JUNCTOR_PLAIN_POOL

void* pool_allocate(std::size_t bytes) {
  return ::operator new(bytes);
}

void pool_free(void* memory, std::size_t bytes) noexcept {
  ::operator delete(memory, bytes);
}

#else

namespace {

// As malloc rounds: coarser classes cost an open stream 10 %.
constexpr std::size_t kClassBytes = 16;
constexpr std::size_t kClasses = kPooledBytesMax / kClassBytes;

struct FreePiece {
  FreePiece* next;
};
static_assert(sizeof(FreePiece) <= kClassBytes);

struct Pool {
  std::array<FreePiece*, kClasses> free{};
  std::size_t bytes = 0;
};
// No destructor, since that would cost a check with every use.
static_assert(std::is_trivially_destructible_v<Pool>);

constinit thread_local Pool pool;

}  // namespace

void* pool_allocate(std::size_t bytes) {
  const std::size_t index = (bytes - 1) / kClassBytes;
  if (index >= kClasses) return ::operator new(bytes);
  FreePiece*& head = pool.free[index];
  if (head == nullptr) return ::operator new((index + 1) * kClassBytes);
  FreePiece* piece = head;
  head = piece->next;
  pool.bytes -= (index + 1) * kClassBytes;
  return piece;
}

void pool_free(void* memory, std::size_t bytes) noexcept {
  const std::size_t index = (bytes - 1) / kClassBytes;
  const std::size_t size = (index + 1) * kClassBytes;
  if (index >= kClasses || pool.bytes + size > kPoolBytesMax) {
    ::operator delete(memory);
    return;
  }
  pool.free[index] = ::new (memory) FreePiece{pool.free[index]};
  pool.bytes += size;
}

#endif

}  // namespace junctor
