#include "agent/text_digest.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/text.h"

namespace junctor::agent {

// What is larger than libcrypto is given at once goes in by pieces, and their hashes again.
std::uint64_t text_digest(std::string_view text) {
  constexpr std::size_t kPieceBytes = std::size_t{64} << 20U;
  static_assert(kPieceBytes <= kCryptoBytesMax);
  std::string hashes;
  do {
    const auto hash = sha256(text.substr(0, kPieceBytes));
    JUNCTOR_ASSERT(hash.has_value());
    hashes += as_text(*hash);
    text.remove_prefix(std::min(text.size(), kPieceBytes));
  } while (!text.empty());
  if (hashes.size() > kSha256Bytes) return text_digest(hashes);
  std::uint64_t digest = 0;
  for (const char byte : std::string_view{hashes}.substr(0, sizeof(digest))) {
    digest = digest << 8U | static_cast<unsigned char>(byte);
  }
  return digest;
}

}  // namespace junctor::agent
