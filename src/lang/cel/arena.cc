#include "lang/cel/arena.h"

#include <algorithm>
#include <cstring>

namespace junctor::lang::cel {

// Blocks of an earlier evaluation are taken again in their order when they are large enough.
void* Arena::allocate_block(std::size_t bytes) {
  if (bytes > bytes_max_ - std::min(used_, bytes_max_)) return nullptr;
  while (block_ < blocks_.size() && blocks_[block_].size < bytes) ++block_;
  if (block_ == blocks_.size()) {
    const std::size_t size = std::max(bytes, kBlockBytes);
    blocks_.push_back({.bytes = std::make_unique_for_overwrite<std::byte[]>(size), .size = size});
  }
  const Block& block = blocks_[block_++];
  at_ = block.bytes.get();
  end_ = at_ + block.size;
  std::byte* const given = at_;
  at_ += bytes;
  used_ += bytes;
  return given;
}

std::string_view Arena::copy(std::string_view text) {
  char* const to = static_cast<char*>(allocate(text.size()));
  if (to == nullptr) return {};
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

void Arena::give_back() noexcept {
  constexpr std::size_t kBlocksKept = 16;
  if (used_ > kBlockBytes) {
    if (blocks_.size() > kBlocksKept) blocks_.resize(kBlocksKept);
    std::erase_if(blocks_, [](const Block& block) { return block.size > 4 * kBlockBytes; });
  }
  block_ = 0;
  used_ = 0;
  at_ = nullptr;
  end_ = nullptr;
}

}  // namespace junctor::lang::cel
