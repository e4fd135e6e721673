#include "rt/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <cstring>

#include "base/assert.h"

namespace junctor::rt {
namespace {

// Shows the forms that are taken, because the reader of this error has a configuration open; not
// the text itself, which may have come out of a secret.
std::unexpected<Error> bad() {
  return fail(ErrorKind::invalid_argument, "bad_address",
              "expected HOST:PORT with a numeric address, such as 127.0.0.1:8080 or [::1]:8080, or "
              "unix:PATH");
}

}  // namespace

Endpoint Endpoint::ipv4(std::array<std::uint8_t, 4> address, std::uint16_t port) noexcept {
  Endpoint made;
  made.family_ = AF_INET;
  made.port_ = port;
  std::memcpy(made.address_.data(), address.data(), address.size());
  return made;
}

Endpoint Endpoint::ipv6(std::array<std::uint8_t, 16> address, std::uint16_t port) noexcept {
  Endpoint made;
  made.family_ = AF_INET6;
  made.port_ = port;
  made.address_ = address;
  return made;
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  // The system's functions below would stop reading there.
  if (text.find('\0') != std::string_view::npos) return bad();
  if (text.starts_with("unix:")) {
    Endpoint made;
    made.family_ = AF_UNIX;
    made.path_ = text.substr(5);
    if (made.path_.empty() || made.path_.size() >= sizeof(sockaddr_un::sun_path)) return bad();
    return made;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string host{text.substr(0, colon)};
  std::uint16_t port = 0;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, fault] = std::from_chars(digits.begin(), digits.end(), port);
  if (fault != std::errc{} || end != digits.end() || digits.empty()) return bad();
  if (host == "localhost") host = "127.0.0.1";
  if (host == "*") host = "0.0.0.0";
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
    return ipv4({bytes[0], bytes[1], bytes[2], bytes[3]}, port);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string inner = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, inner.c_str(), bytes.data()) == 1) return ipv6(bytes, port);
  }
  return bad();
}

// Copied into a structure of the right type: a cast of the storage would alias two types. A peer of
// a Unix socket has no name worth keeping.
Endpoint Endpoint::from(const sockaddr_storage& address, socklen_t length) noexcept {
  Endpoint made;
  made.family_ = length >= sizeof(sa_family_t) ? address.ss_family : AF_UNSPEC;
  if (made.family_ == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    made.port_ = ntohs(in.sin_port);
    std::memcpy(made.address_.data(), &in.sin_addr, 4);
  } else if (made.family_ == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    made.port_ = ntohs(in.sin6_port);
    std::memcpy(made.address_.data(), &in.sin6_addr, 16);
  }
  return made;
}

socklen_t Endpoint::to(sockaddr_storage& address) const noexcept {
  std::memset(&address, 0, sizeof address);
  if (family_ == AF_INET) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port_);
    std::memcpy(&in.sin_addr, address_.data(), 4);
    std::memcpy(&address, &in, sizeof in);
    return sizeof in;
  }
  if (family_ == AF_INET6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port_);
    std::memcpy(&in.sin6_addr, address_.data(), 16);
    std::memcpy(&address, &in, sizeof in);
    return sizeof in;
  }
  JUNCTOR_ASSERT(family_ == AF_UNIX);
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  path_.copy(un.sun_path, sizeof un.sun_path - 1);
  std::memcpy(&address, &un, sizeof un);
  return sizeof un;
}

Endpoint Endpoint::with_port(std::uint16_t port) const {
  Endpoint made = *this;
  made.port_ = port;
  return made;
}

// All of 127/8, not its first address alone; and a socket file, which only this machine reaches.
bool Endpoint::is_loopback() const noexcept {
  if (family_ == AF_INET) return address_[0] == 127;
  if (family_ == AF_INET6) return std::memcmp(address_.data(), &in6addr_loopback, 16) == 0;
  return family_ == AF_UNIX;
}

std::string Endpoint::text() const {
  if (family_ == AF_UNIX) return "unix:" + path_;
  if (family_ == AF_UNSPEC) return "unknown";
  char host[INET6_ADDRSTRLEN] = "";
  inet_ntop(family_, address_.data(), host, sizeof host);
  const std::string port = std::to_string(port_);
  return family_ == AF_INET6 ? "[" + std::string{host} + "]:" + port : host + (":" + port);
}

}  // namespace junctor::rt
