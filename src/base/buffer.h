#pragma once
// Buffer: bytes that grow at the end and are consumed at the front, with 64 readable bytes behind
// them.
//
// The padding lets vector code (simdjson, the scanners in wire/) read past the end without a copy;
// it is zeroed when memory is acquired and its content means nothing. An empty Buffer owns no
// memory, so that an idle connection holds none.
//
// Limits:  none of its own; who appends checks its own `..._max` first.
// Threads: one owner at a time.

#include <cstddef>
#include <span>
#include <string_view>

#include "base/assert.h"

namespace junctor {

inline constexpr std::size_t kBufferPadding = 64;

class Buffer {
 public:
  Buffer() noexcept = default;
  ~Buffer() { release(); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      release();
      swap(other);
    }
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] std::string_view view() const noexcept { return {data_ + begin_, end_ - begin_}; }
  [[nodiscard]] const char* data() const noexcept { return data_ + begin_; }
  [[nodiscard]] char* data() noexcept { return data_ + begin_; }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

  // Room for at least `bytes` behind the content; write there, then commit(). Moves the content.
  [[nodiscard]] std::span<char> prepare(std::size_t bytes);
  void commit(std::size_t bytes) noexcept {
    JUNCTOR_ASSERT(bytes <= capacity_ - end_);
    end_ += bytes;
  }
  void append(std::string_view bytes);
  void append(char byte) { append(std::string_view{&byte, 1}); }
  // Drops bytes at the front; cheap, moves nothing. Memory is given back when nothing is left.
  void consume(std::size_t bytes) noexcept;
  // Forgets the content and keeps the memory.
  void clear() noexcept { begin_ = end_ = 0; }
  // Forgets the content and gives the memory back.
  void release() noexcept;
  void swap(Buffer& other) noexcept;

 private:
  void grow(std::size_t bytes);

  char* data_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;  // Without the padding.
};

}  // namespace junctor
