#include "net/resolver.h"

#include <arpa/inet.h>

#include <array>

#include "base/assert.h"

namespace junctor::net {

// By inet_pton(), which knows the plain notations alone: inet_aton() would take "127.1" too.
std::optional<rt::Endpoint> numeric_address(std::string_view host, std::uint16_t port) {
  if (host.empty() || host.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string text{host};
  std::array<std::uint8_t, 4> v4{};
  if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return rt::Endpoint::ipv4(v4, port);
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return rt::Endpoint::ipv6(v6, port);
  return std::nullopt;
}

// RFC 8305 section 4: where one family does not work, the second attempt already tries the other.
std::vector<rt::Endpoint> interleave_families(std::vector<rt::Endpoint> addresses) {
  if (addresses.empty()) return addresses;
  const int family = addresses.front().family();
  std::vector<rt::Endpoint> made;
  made.reserve(addresses.size());
  std::array<std::size_t, 2> next{};  // The place behind the last one taken: first family, others.
  while (made.size() < addresses.size()) {
    for (const std::size_t turn : {0U, 1U}) {
      std::size_t& at = next[turn];
      while (at < addresses.size() && (addresses[at].family() != family) != (turn == 1)) ++at;
      if (at < addresses.size()) made.push_back(addresses[at++]);
    }
  }
  JUNCTOR_ASSERT(made.front() == addresses.front());
  return made;
}

}  // namespace junctor::net
