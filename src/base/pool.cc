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

std::size_t pool_bytes() noexcept {
  return 0;
}

#else

namespace {

// The sizes of malloc's own pieces, which are 8, 24, 40... after its header of 8: coarser classes
// cost an open stream 10 %, and multiples of 16 still 3 %.
constexpr std::size_t kClassBytes = 16;
constexpr std::size_t kHeaderBytes = 8;
constexpr std::size_t kClasses = kPooledBytesMax / kClassBytes + 1;

constexpr std::size_t class_of(std::size_t bytes) noexcept {
  return (bytes + kHeaderBytes - 1) / kClassBytes;
}
constexpr std::size_t bytes_of(std::size_t index) noexcept {
  return (index + 1) * kClassBytes - kHeaderBytes;
}
static_assert(bytes_of(class_of(24)) == 24 && bytes_of(class_of(25)) == 40);

struct FreePiece {
  FreePiece* next;
};
static_assert(sizeof(FreePiece) <= bytes_of(0));

struct Pool {
  std::array<FreePiece*, kClasses> free{};
  std::size_t bytes = 0;
  std::size_t next_to_drop = 0;  // A class.
};
// No destructor, since that would cost a check with every use.
static_assert(std::is_trivially_destructible_v<Pool>);

constinit thread_local Pool pool;

// A piece of each class in turns: sizes that nobody needs any more make room for those that come
// and go.
void drop_one() noexcept {
  JUNCTOR_ASSERT(pool.bytes > 0);
  while (pool.free[pool.next_to_drop] == nullptr) {
    pool.next_to_drop = (pool.next_to_drop + 1) % kClasses;
  }
  FreePiece* const piece = pool.free[pool.next_to_drop];
  pool.free[pool.next_to_drop] = piece->next;
  pool.bytes -= bytes_of(pool.next_to_drop);
  pool.next_to_drop = (pool.next_to_drop + 1) % kClasses;
  ::operator delete(piece);
}

}  // namespace

void* pool_allocate(std::size_t bytes) {
  const std::size_t index = class_of(bytes);
  if (index >= kClasses) return ::operator new(bytes);
  FreePiece*& head = pool.free[index];
  if (head == nullptr) return ::operator new(bytes_of(index));
  FreePiece* piece = head;
  head = piece->next;
  pool.bytes -= bytes_of(index);
  return piece;
}

void pool_free(void* memory, std::size_t bytes) noexcept {
  const std::size_t index = class_of(bytes);
  const std::size_t size = bytes_of(index);
  if (index >= kClasses) return ::operator delete(memory);
  while (pool.bytes + size > kPoolBytesMax) drop_one();
  pool.free[index] = ::new (memory) FreePiece{pool.free[index]};
  pool.bytes += size;
}

std::size_t pool_bytes() noexcept {
  return pool.bytes;
}

#endif

}  // namespace junctor
