#include "base/crypto.h"

#include <cerrno>
#include <memory>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

#include "base/assert.h"

namespace junctor {
namespace {

// Deleter for what libcrypto hands out: the function is part of the type and costs no pointer.
template <auto Free>
struct Freed {
  void operator()(auto* object) const noexcept { Free(object); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;

// Fetching walks libcrypto's providers under locks, so it happens once; the objects live to the end
// and are never freed, because threads may still use them while the process ends. The first fetch
// also loads the library's tables: a process that seals nothing does not pay for them.
const EVP_CIPHER* cipher_of(AeadAlgorithm algorithm) noexcept {
  if (algorithm == AeadAlgorithm::aes_256_gcm) {
    static const EVP_CIPHER* aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return aes;
  }
  static const EVP_CIPHER* chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  return chacha;
}

const EVP_MD* sha256_method() noexcept {
  static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

// One context per thread: making one for each call costs an allocation of some hundred bytes, and a
// shared one would need a lock.
EVP_CIPHER_CTX* cipher_context() noexcept {
  thread_local CipherContext context{EVP_CIPHER_CTX_new()};
  return context.get();
}

EVP_MD_CTX* digest_context() noexcept {
  thread_local DigestContext context{EVP_MD_CTX_new()};
  return context.get();
}

EVP_MAC_CTX* mac_context() noexcept {
  static EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  thread_local MacContext context{hmac == nullptr ? nullptr : EVP_MAC_CTX_new(hmac)};
  return context.get();
}

// Out of memory, or a libcrypto configured without the algorithm. What it left in its error queue
// is not shown: it names internals, and no caller could act on it.
std::unexpected<Error> library_failed(Location where = Location::current()) {
  return fail(ErrorKind::internal, "crypto_failed", "the cryptographic library refused", where);
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

enum class Direction : std::uint8_t { open = 0, seal = 1 };

// Key, nonce and additional data are in; null when libcrypto refused. A context keeps its key
// schedule until the next call: wiped with the thread, and no more reachable than the key itself.
EVP_CIPHER_CTX* start_aead(const AeadKey& key, const AeadNonce& nonce, std::string_view aad,
                           Direction direction) noexcept {
  EVP_CIPHER_CTX* const context = cipher_context();
  const EVP_CIPHER* const cipher = cipher_of(key.algorithm());
  if (context == nullptr || cipher == nullptr) return nullptr;
  static_assert(kAeadNonceBytes == 12, "the nonce length both ciphers start with");
  if (EVP_CipherInit_ex2(context, cipher, bytes_of(key.reveal()), nonce.data(),
                         static_cast<int>(direction), nullptr) != 1) {
    return nullptr;
  }
  int written = 0;
  if (!aad.empty() && EVP_CipherUpdate(context, nullptr, &written, bytes_of(aad),
                                       static_cast<int>(aad.size())) != 1) {
    return nullptr;
  }
  return context;
}

// libcrypto counts in int; the limit is far below where that would matter.
bool has_room(std::string_view aad, std::string_view text) noexcept {
  return aad.size() <= kCryptoBytesMax && text.size() <= kCryptoBytesMax;
}

// All of `in` through the cipher, then its end; false when libcrypto or the tag says no.
bool run_aead(EVP_CIPHER_CTX* context, std::string_view in, std::string& out) noexcept {
  JUNCTOR_ASSERT(out.size() >= in.size());
  int written = 0;
  if (!in.empty() && EVP_CipherUpdate(context, bytes_of(out), &written, bytes_of(in),
                                      static_cast<int>(in.size())) != 1) {
    return false;
  }
  // Both are stream ciphers: nothing is held back.
  JUNCTOR_ASSERT(std::cmp_equal(written, in.size()));
  return EVP_CipherFinal_ex(context, bytes_of(out) + written, &written) == 1;
}

}  // namespace

AeadKey::AeadKey(AeadAlgorithm algorithm, std::string_view bytes)
    : algorithm_{algorithm}, bytes_{bytes} {
  JUNCTOR_ASSERT(bytes.size() == kAeadKeyBytes);
}

Result<std::string> aead_seal(const AeadKey& key, const AeadNonce& nonce, std::string_view aad,
                              std::string_view plaintext) {
  if (!has_room(aad, plaintext)) return fail(ErrorKind::too_large, "message_too_large");
  EVP_CIPHER_CTX* const context = start_aead(key, nonce, aad, Direction::seal);
  if (context == nullptr) return library_failed();
  std::string out(plaintext.size() + kAeadTagBytes, '\0');
  if (!run_aead(context, plaintext, out)) return library_failed();
  if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes,
                          bytes_of(out) + plaintext.size()) != 1) {
    return library_failed();
  }
  return out;
}

Result<std::string> aead_open(const AeadKey& key, const AeadNonce& nonce, std::string_view aad,
                              std::string_view sealed) {
  if (sealed.size() < kAeadTagBytes) return fail(ErrorKind::corrupt, "bad_seal");
  if (!has_room(aad, sealed)) return fail(ErrorKind::too_large, "message_too_large");
  EVP_CIPHER_CTX* const context = start_aead(key, nonce, aad, Direction::open);
  if (context == nullptr) return library_failed();
  const auto ciphertext = sealed.substr(0, sealed.size() - kAeadTagBytes);
  // libcrypto takes the expected tag through a pointer to bytes it may write; hence the copy.
  std::string tag{sealed.substr(ciphertext.size())};
  if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) != 1) {
    return library_failed();
  }
  // One byte more than needed, so that data() is a place to write to even for nothing.
  std::string out(ciphertext.size() + 1, '\0');
  if (!run_aead(context, ciphertext, out)) {
    OPENSSL_cleanse(out.data(), out.size());  // Unauthenticated plaintext reaches nobody.
    return fail(ErrorKind::corrupt, "bad_seal");
  }
  out.pop_back();
  return out;
}

Result<Sha256Digest> sha256(std::string_view bytes) {
  EVP_MD_CTX* const context = digest_context();
  const EVP_MD* const method = sha256_method();
  Sha256Digest digest{};
  unsigned size = 0;
  if (context == nullptr || method == nullptr ||
      EVP_DigestInit_ex2(context, method, nullptr) != 1 ||
      EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context, digest.data(), &size) != 1) {
    return library_failed();
  }
  JUNCTOR_ASSERT(size == kSha256Bytes);
  return digest;
}

Result<Sha256Digest> hmac_sha256(std::string_view key, std::string_view bytes) {
  EVP_MAC_CTX* const context = mac_context();
  if (context == nullptr) return library_failed();
  // The parameter list wants a place it may write to, though it only reads this one.
  char name[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                               OSSL_PARAM_construct_end()};
  // A null key means "the last one" to libcrypto; an empty key is a key.
  const unsigned char* const key_bytes =
      key.data() == nullptr ? bytes_of(std::string_view{""}) : bytes_of(key);
  Sha256Digest digest{};
  std::size_t size = 0;
  if (EVP_MAC_init(context, key_bytes, key.size(), params) != 1 ||
      EVP_MAC_update(context, bytes_of(bytes), bytes.size()) != 1 ||
      EVP_MAC_final(context, digest.data(), &size, digest.size()) != 1) {
    return library_failed();
  }
  JUNCTOR_ASSERT(size == kSha256Bytes);
  return digest;
}

Result<Secret> hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info,
                           std::size_t bytes) {
  if (bytes > kHkdfBytesMax) return fail(ErrorKind::too_large, "derived_key_too_large");
  JUNCTOR_TRY(Sha256Digest extracted, hmac_sha256(salt, secret));
  std::string out;
  out.reserve(bytes + kSha256Bytes);  // Never moves, so that no copy of key bytes stays behind.
  std::string block;
  block.reserve(kSha256Bytes + info.size() + 1);
  for (unsigned char counter = 1; out.size() < bytes; ++counter) {
    // T(n) = HMAC(extracted, T(n-1) | info | n), and T(0) is empty.
    block.append(info).push_back(static_cast<char>(counter));
    JUNCTOR_TRY(const Sha256Digest next, hmac_sha256(as_text(extracted), block));
    out.append(as_text(next));
    block.assign(as_text(next));
  }
  // The intermediate values would give the key away as well as the key itself.
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(block.data(), block.size());
  Secret result{std::string_view{out}.substr(0, bytes)};
  OPENSSL_cleanse(out.data(), out.size());
  return result;
}

void random_bytes(std::span<std::uint8_t> out) noexcept {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    JUNCTOR_ASSERT(got > 0 || errno == EINTR);  // No other failure exists on Linux 3.17 and later.
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace junctor
