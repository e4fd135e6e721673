#include "base/buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/pool.h"

namespace junctor {
namespace {

constexpr std::size_t kFirstCapacity = 1024 - kBufferPadding;

}  // namespace

void Buffer::grow(std::size_t bytes) {
  const std::size_t held = size();
  if (held + bytes <= capacity_ && begin_ >= capacity_ / 2) {  // Half is free in front: move down.
    std::memmove(data_, data_ + begin_, held);
  } else {
    const std::size_t wanted = std::max({kFirstCapacity, capacity_ * 2, held + bytes});
    auto* made = static_cast<char*>(pool_allocate(wanted + kBufferPadding));
    if (held != 0) std::memcpy(made, data_ + begin_, held);
    std::memset(made + wanted, 0, kBufferPadding);
    if (data_ != nullptr) pool_free(data_, capacity_ + kBufferPadding);
    data_ = made;
    capacity_ = wanted;
  }
  begin_ = 0;
  end_ = held;
}

std::span<char> Buffer::prepare(std::size_t bytes) {
  if (capacity_ - end_ < bytes) grow(bytes);
  return {data_ + end_, capacity_ - end_};
}

void Buffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
  end_ += bytes.size();
}

void Buffer::consume(std::size_t bytes) noexcept {
  JUNCTOR_ASSERT(bytes <= size());
  begin_ += bytes;
  if (begin_ == end_) release();
}

void Buffer::release() noexcept {
  if (data_ != nullptr) pool_free(data_, capacity_ + kBufferPadding);
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

void Buffer::swap(Buffer& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(capacity_, other.capacity_);
}

}  // namespace junctor
