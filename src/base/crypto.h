#pragma once
// The cryptography the house needs, and the only door to libcrypto: AEAD, SHA-256, HMAC, HKDF,
// random.
//
// Nonces and time are arguments. Algorithms are fetched from libcrypto at first use, not at start,
// and each thread keeps its contexts, so that a call allocates nothing inside the library. A nonce
// must never repeat under one key; with random ones, rotate the key before 2^32 messages.
//
// Source:  NIST SP 800-38D (GCM), RFC 8439 (ChaCha20-Poly1305), FIPS 180-4, RFC 2104, RFC 5869.
// Limits:  kCryptoBytesMax per message; HKDF gives at most 255 * 32 bytes.
// Errors:  corrupt ("bad_seal") from aead_open() when anything does not fit; too_large; internal
//          when libcrypto refuses what it must be able to do.
// Threads: safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace junctor {

inline constexpr std::size_t kAeadKeyBytes = 32;
inline constexpr std::size_t kAeadNonceBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;
inline constexpr std::size_t kSha256Bytes = 32;
inline constexpr std::size_t kCryptoBytesMax = std::size_t{1} << 30U;
inline constexpr std::size_t kHkdfBytesMax = 255 * kSha256Bytes;

enum class AeadAlgorithm : std::uint8_t { aes_256_gcm, chacha20_poly1305 };

using AeadNonce = std::array<std::uint8_t, kAeadNonceBytes>;
using Sha256Digest = std::array<std::uint8_t, kSha256Bytes>;

// 32 secret bytes and the algorithm they are for; wiped at the end.
class AeadKey {
 public:
  // Expects kAeadKeyBytes bytes.
  AeadKey(AeadAlgorithm algorithm, std::string_view bytes);
  [[nodiscard]] AeadAlgorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] std::string_view reveal() const noexcept { return bytes_.reveal(); }

 private:
  AeadAlgorithm algorithm_;
  Secret bytes_;
};

// The ciphertext and behind it the tag: kAeadTagBytes more than the plaintext. `aad` is
// authenticated, not hidden.
[[nodiscard]] Result<std::string> aead_seal(const AeadKey& key, const AeadNonce& nonce,
                                            std::string_view aad, std::string_view plaintext);
// The plaintext, or an error that does not say what was wrong.
[[nodiscard]] Result<std::string> aead_open(const AeadKey& key, const AeadNonce& nonce,
                                            std::string_view aad, std::string_view sealed);

[[nodiscard]] Result<Sha256Digest> sha256(std::string_view bytes);
[[nodiscard]] Result<Sha256Digest> hmac_sha256(std::string_view key, std::string_view bytes);
// `bytes` bytes derived from `secret`; `info` says what for, so that two uses never share a key.
[[nodiscard]] Result<Secret> hkdf_sha256(std::string_view secret, std::string_view salt,
                                         std::string_view info, std::size_t bytes);

// From the kernel. Waits only where the kernel's pool was never seeded, early in the boot of a
// machine.
void random_bytes(std::span<std::uint8_t> out) noexcept;
// Takes the same time wherever the two differ; the lengths are no secret.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

[[nodiscard]] inline std::string_view as_text(std::span<const std::uint8_t> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace junctor
