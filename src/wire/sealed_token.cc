#include "wire/sealed_token.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace junctor::wire {
namespace {

// A change of layout, cipher or key derivation takes the next number; the old one may then still be
// opened.
constexpr char kVersion = 1;
constexpr std::size_t kNonceAt = 1 + kTokenKeyIdBytes;
constexpr std::size_t kSealAt = kNonceAt + kAeadNonceBytes;
constexpr std::size_t kExpiryBytes = 8;
static_assert(kSealAt + kExpiryBytes + kAeadTagBytes == kTokenOverheadBytes);

// One error for all; it must not even tell by its place which check failed.
std::unexpected<Error> invalid_token() {
  return fail(ErrorKind::invalid_argument, "invalid_token",
              "the token is not valid here, or no longer; start again without it");
}

// Everything before the principal has a fixed length, so no two bindings give the same bytes.
std::string binding(std::string_view key_id, TokenPurpose purpose, std::string_view principal) {
  JUNCTOR_ASSERT(key_id.size() == kTokenKeyIdBytes);
  std::string aad;
  aad.reserve(kNonceAt + 1 + principal.size());
  aad.push_back(kVersion);
  aad.append(key_id).push_back(static_cast<char>(purpose));
  return aad.append(principal);
}

// Rounded towards the past for both sides of the comparison: no token lives longer than it should.
std::int64_t whole_seconds(WallTime time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// Big-endian, so that nodes of any kind agree.
void append_expiry(std::string& out, WallTime expires) {
  const auto seconds = static_cast<std::uint64_t>(whole_seconds(expires));
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    out.push_back(static_cast<char>(seconds >> (shift - 8) & 0xFFU));
  }
}

std::int64_t read_expiry(std::string_view bytes) noexcept {
  JUNCTOR_ASSERT(bytes.size() >= kExpiryBytes);
  std::uint64_t seconds = 0;
  for (const char c : bytes.substr(0, kExpiryBytes)) {
    seconds = seconds << 8U | static_cast<unsigned char>(c);
  }
  return static_cast<std::int64_t>(seconds);
}

// The id is derived with another label than the key: it is sent in the clear and must say nothing
// about the key. It comes from the secret and not from its place in the list, so nodes need not
// agree on the order.
Result<KeyRing::Key> key_from(const Secret& secret) {
  constexpr std::string_view kSalt = "junctor sealed token 1";
  JUNCTOR_TRY(const Secret key, hkdf_sha256(secret.reveal(), kSalt, "key", kAeadKeyBytes));
  JUNCTOR_TRY(const Secret id, hkdf_sha256(secret.reveal(), kSalt, "id", kTokenKeyIdBytes));
  return KeyRing::Key{.id = std::string{id.reveal()},
                      .aead = AeadKey{AeadAlgorithm::aes_256_gcm, key.reveal()}};
}

}  // namespace

Result<KeyRing> KeyRing::from_secrets(std::span<const Secret> secrets) {
  if (secrets.empty() || secrets.size() > kTokenKeysMax) {
    return fail(ErrorKind::invalid_argument, "invalid_seal_keys", "expected 1 to 16 keys");
  }
  std::vector<Key> keys;
  for (const Secret& secret : secrets) {
    if (secret.reveal().size() < kTokenSecretBytesMin) {
      return fail(ErrorKind::invalid_argument, "invalid_seal_keys",
                  "a key is shorter than 32 characters");
    }
    JUNCTOR_TRY(Key key, key_from(secret));
    if (std::ranges::find(keys, key.id, &Key::id) != keys.end()) {
      return fail(ErrorKind::invalid_argument, "invalid_seal_keys", "a key is given twice");
    }
    keys.push_back(std::move(key));
  }
  return KeyRing{std::move(keys)};
}

Result<KeyRing> KeyRing::random() {
  std::array<std::uint8_t, kTokenSecretBytesMin> bytes{};
  random_bytes(bytes);
  const Secret secret{as_text(bytes)};
  explicit_bzero(bytes.data(), bytes.size());
  return from_secrets({&secret, 1});
}

const KeyRing::Key* KeyRing::find(std::string_view id) const noexcept {
  const auto found = std::ranges::find(keys_, id, &Key::id);
  return found == keys_.end() ? nullptr : &*found;
}

Result<std::string> seal_token(const KeyRing& ring, TokenPurpose purpose,
                               std::string_view principal, std::string_view payload,
                               WallTime expires, const AeadNonce& nonce) {
  if (payload.size() > kTokenPayloadBytesMax) {
    return fail(ErrorKind::too_large, "token_too_large", "what the token must carry is too long");
  }
  const KeyRing::Key& key = ring.sealing();
  std::string plain;
  plain.reserve(kExpiryBytes + payload.size());
  append_expiry(plain, expires);
  plain.append(payload);
  JUNCTOR_TRY(const std::string sealed,
              aead_seal(key.aead, nonce, binding(key.id, purpose, principal), plain));
  std::string token;
  token.reserve(kSealAt + sealed.size());
  token.push_back(kVersion);
  token.append(key.id).append(as_text(nonce)).append(sealed);
  JUNCTOR_ASSERT(token.size() == kTokenOverheadBytes + payload.size());
  return base64url_encode(token);
}

Result<std::string> open_token(const KeyRing& ring, TokenPurpose purpose,
                               std::string_view principal, std::string_view token, WallTime now) {
  // Before decoding: a long text costs nothing but its length.
  if (token.size() > kTokenCharsMax) return invalid_token();
  const auto bytes = base64url_decode(token);
  if (!bytes || bytes->size() < kTokenOverheadBytes) return invalid_token();
  const std::string_view view = *bytes;
  const auto key_id = view.substr(1, kTokenKeyIdBytes);
  const KeyRing::Key* const key = ring.find(key_id);
  if (view.front() != kVersion || key == nullptr) return invalid_token();

  AeadNonce nonce{};
  std::memcpy(nonce.data(), view.data() + kNonceAt, nonce.size());
  auto plain =
      aead_open(key->aead, nonce, binding(key_id, purpose, principal), view.substr(kSealAt));
  // The expiry is believed only after the seal was found whole.
  if (!plain || read_expiry(*plain) <= whole_seconds(now)) return invalid_token();
  plain->erase(0, kExpiryBytes);
  return plain;
}

}  // namespace junctor::wire
