#pragma once
// IP addresses and networks as text.
//
// Strict: one value has few spellings. IPv4 parts have no leading zeros; zones ("%eth0") and IPv6
// addresses that hold an IPv4 one ("::ffff:1.2.3.4") are refused, because two readers could take
// them for different hosts.
//
// Source:  RFC 4291 section 2.2, RFC 5952 section 4 (how IPv6 is written), RFC 4632 (prefixes); the
//          "network" extension of CEL.
// Errors:  AddressFault.
// Threads: functions of their arguments; safe from all.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "lang/cel/value.h"

namespace junctor::lang::cel {

enum class AddressFault : std::uint8_t { syntax, zone, mapped };

[[nodiscard]] std::expected<IpAddress, AddressFault> parse_address(std::string_view text) noexcept;
[[nodiscard]] std::expected<IpAddress, AddressFault> parse_network(std::string_view text) noexcept;
[[nodiscard]] std::string address_text(const IpAddress& address);
[[nodiscard]] std::string network_text(const IpAddress& network);

// The address with all bits behind the prefix at 0.
[[nodiscard]] IpAddress masked(const IpAddress& network) noexcept;
[[nodiscard]] bool contains(const IpAddress& network, const IpAddress& address) noexcept;
[[nodiscard]] bool is_unspecified(const IpAddress& address) noexcept;
[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;
[[nodiscard]] bool is_link_local_multicast(const IpAddress& address) noexcept;
[[nodiscard]] bool is_link_local_unicast(const IpAddress& address) noexcept;
// Neither unspecified, loopback, multicast, link-local nor the IPv4 broadcast address.
[[nodiscard]] bool is_global_unicast(const IpAddress& address) noexcept;

}  // namespace junctor::lang::cel
