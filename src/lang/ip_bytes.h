#pragma once
// The bytes of an IP address that a text writes, by inet_pton(): four decimal numbers without
// leading zeros, or groups of hexadecimal digits with "::" for one or more of them that are zero.
// No zone, no prefix length, nothing around it.
//
// Source:  POSIX inet_pton(); RFC 4291 section 2.2.
// Errors:  nothing for what is no address.
// Threads: functions of their arguments; safe from all.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace junctor::lang {

// In network order.
[[nodiscard]] std::optional<std::array<std::uint8_t, 4>> ipv4_bytes(std::string_view text) noexcept;
[[nodiscard]] std::optional<std::array<std::uint8_t, 16>> ipv6_bytes(
    std::string_view text) noexcept;

}  // namespace junctor::lang
