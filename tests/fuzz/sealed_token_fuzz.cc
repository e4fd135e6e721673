// Property: text from outside opens only if it is, character by character, a token that the ring's
// own key sealed for the same principal and purpose; and what is sealed opens to the same payload,
// but for no other principal. The first byte chooses the purpose; the rest is tried as a token, and
// sealed as a payload.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/sealed_token.h"

namespace {

using namespace junctor::wire;

constexpr junctor::WallTime kNow{std::chrono::seconds{1'000}};
constexpr junctor::WallTime kLater{std::chrono::seconds{2'000}};
constexpr junctor::AeadNonce kNonce{'f', 'u', 'z', 'z'};

const KeyRing& ring() {
  static const KeyRing kRing = [] {
    const junctor::Secret secret{std::string_view{"the corpus was sealed with this key"}};
    return KeyRing::from_secrets({&secret, 1}).value();
  }();
  return kRing;
}

// Sealing again what was opened, with the token's own nonce, must give the token: there is no
// second spelling. The expiry is not known from outside; tokens of the corpus end at kLater.
void check_foreign(TokenPurpose purpose, std::string_view token) {
  const auto opened = open_token(ring(), purpose, "alice", token, kNow);
  if (!opened) {
    JUNCTOR_ASSERT(opened.error().reason() == "invalid_token");
    return;
  }
  const auto again = seal_token(ring(), purpose, "alice", *opened, kLater, kNonce);
  JUNCTOR_ASSERT(again && *again == token);
}

void check_own(TokenPurpose purpose, std::string_view payload) {
  const auto token = seal_token(ring(), purpose, "alice", payload, kLater, kNonce);
  JUNCTOR_ASSERT(token.has_value() == (payload.size() <= kTokenPayloadBytesMax));
  if (!token) return;
  JUNCTOR_ASSERT(token->size() <= kTokenCharsMax);
  const auto opened = open_token(ring(), purpose, "alice", *token, kNow);
  JUNCTOR_ASSERT(opened && *opened == payload);
  JUNCTOR_ASSERT(!open_token(ring(), purpose, "bob", *token, kNow));
  JUNCTOR_ASSERT(!open_token(ring(), purpose, "alice", *token, kLater));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto purpose = static_cast<TokenPurpose>(1 + data[0] % 5);
  const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  check_foreign(purpose, rest);
  check_own(purpose, rest);
  return 0;
}
