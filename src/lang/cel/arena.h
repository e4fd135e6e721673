#pragma once
// Arena: the memory of one evaluation. Values that are made while an expression runs live here, and
// all of them are gone at once with reset().
//
// Blocks are kept for the next evaluation, so that the usual one allocates nothing. Invariant: what
// was given stays where it is until reset(), and what is used never exceeds bytes_max.
//
// Limits:  bytes_max, given to the constructor or set_bytes_max().
// Errors:  allocate() answers null when the limit is reached; nothing is thrown away then.
// Threads: one owner at a time.

#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

namespace junctor::lang::cel {

class Arena {
 public:
  static constexpr std::size_t kBlockBytes = std::size_t{16} * 1024;
  static constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;

  explicit Arena(std::size_t bytes_max = kBytesMax) noexcept : bytes_max_{bytes_max} {}

  // Uninitialised, aligned for every value; null at the limit. Of 0 bytes: a valid pointer.
  [[nodiscard]] void* allocate(std::size_t bytes);
  template <class T>
  [[nodiscard]] T* allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);
    if (count > bytes_max_ / sizeof(T)) return nullptr;
    return static_cast<T*>(allocate(count * sizeof(T)));
  }
  // A copy of `text`; its data is null at the limit.
  [[nodiscard]] std::string_view copy(std::string_view text);

  // All that was given is gone; the memory is kept, but for what exceeds one usual evaluation.
  void reset() noexcept {
    if (used_ != 0) give_back();
  }
  void set_bytes_max(std::size_t bytes_max) noexcept { bytes_max_ = bytes_max; }
  [[nodiscard]] std::size_t bytes_used() const noexcept { return used_; }

 private:
  static constexpr std::size_t kAlignment = 8;
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  void* allocate_block(std::size_t bytes);
  void give_back() noexcept;

  std::vector<Block> blocks_;
  std::size_t block_ = 0;    // The one in use is blocks_[block_ - 1].
  std::byte* at_ = nullptr;  // The rest of it is [at_, end_).
  std::byte* end_ = nullptr;
  std::size_t used_ = 0;
  std::size_t bytes_max_;
};

inline void* Arena::allocate(std::size_t bytes) {
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (rounded > static_cast<std::size_t>(end_ - at_) || at_ == nullptr) [[unlikely]]
    return allocate_block(rounded);
  if (rounded > bytes_max_ - used_) [[unlikely]]
    return nullptr;
  std::byte* const given = at_;
  at_ += rounded;
  used_ += rounded;
  return given;
}

}  // namespace junctor::lang::cel
