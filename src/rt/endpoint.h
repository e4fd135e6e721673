#pragma once
// Endpoint: an address that a socket listens on or connects to: IPv4, IPv6, or a path of a Unix
// socket.
//
// Threads: values; safe from all.

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace junctor::rt {

class Endpoint {
 public:
  Endpoint() = default;

  // "127.0.0.1:8080", "[::1]:8080", "*:8080" (every address), "localhost:8080", "unix:PATH".
  // Errors: invalid_argument with a sentence that says what was expected.
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
  [[nodiscard]] static Endpoint ipv4(std::array<std::uint8_t, 4> address,
                                     std::uint16_t port) noexcept;
  [[nodiscard]] static Endpoint ipv6(std::array<std::uint8_t, 16> address,
                                     std::uint16_t port) noexcept;
  [[nodiscard]] static Endpoint from(const sockaddr_storage& address, socklen_t length) noexcept;

  // The length of what was written.
  socklen_t to(sockaddr_storage& address) const noexcept;

  [[nodiscard]] int family() const noexcept { return family_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] Endpoint with_port(std::uint16_t port) const;
  [[nodiscard]] bool is_loopback() const noexcept;
  // The address without the port: what limits per client are counted by.
  [[nodiscard]] const std::array<std::uint8_t, 16>& address() const noexcept { return address_; }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool operator==(const Endpoint& other) const noexcept = default;

 private:
  int family_ = AF_UNSPEC;
  std::uint16_t port_ = 0;
  std::array<std::uint8_t, 16> address_{};  // IPv4 in the first four bytes.
  std::string path_;
};

}  // namespace junctor::rt
