#pragma once
// Url: the parts of an http(s) URL from the configuration.
//
// Strict: what two readers could take for different hosts is refused, so the host that is checked,
// named in the certificate and connected to is one. No user info (secrets belong elsewhere), no
// fragment; the target is kept as written. Invariant: text() parses to the same Url.
//
// Source:  RFC 3986 sections 3 and 6.2.2, RFC 9110 section 4.2.
// Limits:  kUrlBytesMax; a host name of 253 bytes.
// Errors:  invalid_argument, reason bad_url; the sentence never repeats the text, which may hold a
//          secret.
// Threads: values; safe from all.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace junctor::net {

inline constexpr std::size_t kUrlBytesMax = std::size_t{8} << 10;

struct Url {
  enum class Scheme : std::uint8_t { http, https };

  // Errors: invalid_argument with a sentence that says what was expected.
  [[nodiscard]] static Result<Url> parse(std::string_view text);

  Scheme scheme = Scheme::http;
  std::string host;  // Lower case; an IPv6 address without its brackets.
  std::uint16_t port = 0;
  std::string authority;  // As Host carries it: the port only when it is not the scheme's.
  std::string target;     // Path and query; at least "/".

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool operator==(const Url& other) const = default;
};

}  // namespace junctor::net
