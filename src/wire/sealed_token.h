#pragma once
// Sealed tokens: what we hand to a client and want back unchanged and unread: cursors, session ids,
// event ids, request state, task ids.
//
// token = base64url( version (1) | key id (4) | nonce (12) | AEAD( expiry (8) | payload ) )
// The AEAD authenticates version, key id, purpose and principal beside its content, so a token
// opens only for whom and for what it was made. All nodes with the same secrets open each other's
// tokens.
//
// Source:  NIST SP 800-38D (AES-256-GCM), RFC 5869 (keys from secrets), RFC 4648 section 5.
// Limits:  kTokenCharsMax characters a token, so kTokenPayloadBytesMax of payload; kTokenKeysMax
//          keys.
// Errors:  open_token() has one error for every failure, invalid_argument "invalid_token": who
//          tries tokens learns nothing. seal_token(): too_large "token_too_large".
// Threads: a KeyRing does not change after it was made; safe from all.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/time.h"

namespace junctor::wire {

inline constexpr std::size_t kTokenCharsMax = std::size_t{8} << 10U;
inline constexpr std::size_t kTokenKeysMax = 16;
inline constexpr std::size_t kTokenSecretBytesMin = 32;
inline constexpr std::size_t kTokenKeyIdBytes = 4;
// Version, key id, nonce; and inside the seal the expiry, behind it the tag.
inline constexpr std::size_t kTokenOverheadBytes =
    1 + kTokenKeyIdBytes + kAeadNonceBytes + 8 + kAeadTagBytes;
inline constexpr std::size_t kTokenPayloadBytesMax = kTokenCharsMax / 4 * 3 - kTokenOverheadBytes;
static_assert(base64url_chars(kTokenPayloadBytesMax + kTokenOverheadBytes) <= kTokenCharsMax);

// What a token is for. The numbers are part of the format.
enum class TokenPurpose : std::uint8_t {
  cursor = 1,
  session = 2,
  event = 3,
  request_state = 4,
  task = 5,
};

// The keys: the first seals, all open.
class KeyRing {
 public:
  // One key from each secret, in their order. invalid_argument: no secret, more than kTokenKeysMax,
  // one shorter than kTokenSecretBytesMin, or one given twice.
  [[nodiscard]] static Result<KeyRing> from_secrets(std::span<const Secret> secrets);
  // One key that nobody else has: tokens end with the process.
  [[nodiscard]] static Result<KeyRing> random();

  struct Key {
    std::string id;  // kTokenKeyIdBytes bytes, derived from the secret: equal on all nodes.
    AeadKey aead;
  };
  [[nodiscard]] const Key& sealing() const noexcept { return keys_.front(); }
  [[nodiscard]] const Key* find(std::string_view id) const noexcept;

 private:
  explicit KeyRing(std::vector<Key> keys) : keys_{std::move(keys)} {
    JUNCTOR_ASSERT(!keys_.empty());
  }
  std::vector<Key> keys_;
};

// `principal` is any text that tells principals apart. `expires` counts in whole seconds. `nonce`
// is fresh random bytes for every token.
[[nodiscard]] Result<std::string> seal_token(const KeyRing& ring, TokenPurpose purpose,
                                             std::string_view principal, std::string_view payload,
                                             WallTime expires, const AeadNonce& nonce);
// The payload.
[[nodiscard]] Result<std::string> open_token(const KeyRing& ring, TokenPurpose purpose,
                                             std::string_view principal, std::string_view token,
                                             WallTime now);

}  // namespace junctor::wire
