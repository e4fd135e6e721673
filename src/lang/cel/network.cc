#include "lang/cel/network.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <span>

#include "lang/ip_bytes.h"

namespace junctor::lang::cel {
namespace {

constexpr std::size_t kGroups = 8;
using Groups = std::array<std::uint16_t, kGroups>;

// Decimal digits without leading zeros; -1 when they are not, or above `most`.
int parse_decimal(std::string_view text, int most) noexcept {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value > most ? -1 : value;
}

// Of up to eight bytes in network order.
std::uint64_t number_of(std::span<const std::uint8_t> bytes) noexcept {
  std::uint64_t number = 0;
  for (const std::uint8_t each : bytes) number = (number << 8U) | each;
  return number;
}

std::uint64_t mask_of(unsigned bits) noexcept {
  return bits == 0 ? 0 : ~std::uint64_t{0} << (64U - bits);
}

std::uint8_t first_byte(const IpAddress& address) noexcept {
  return static_cast<std::uint8_t>(address.high >> 56U);
}

bool is_multicast(const IpAddress& address) noexcept {
  return address.family == 4 ? (first_byte(address) & 0xF0U) == 0xE0U : first_byte(address) == 0xFF;
}

}  // namespace

std::expected<IpAddress, AddressFault> parse_address(std::string_view text) noexcept {
  if (!text.contains(':')) {
    const auto bytes = ipv4_bytes(text);
    if (!bytes) return std::unexpected{AddressFault::syntax};
    return IpAddress{.high = number_of(*bytes) << 32U, .family = 4};
  }
  if (text.contains('%')) return std::unexpected{AddressFault::zone};
  const auto bytes = ipv6_bytes(text);
  if (!bytes) return std::unexpected{AddressFault::syntax};
  const std::span halves{*bytes};
  const IpAddress address{
      .high = number_of(halves.first<8>()), .low = number_of(halves.last<8>()), .family = 6};
  if (address.high == 0 && (address.low >> 32U) == 0xFFFF)
    return std::unexpected{AddressFault::mapped};
  return address;
}

std::expected<IpAddress, AddressFault> parse_network(std::string_view text) noexcept {
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return std::unexpected{AddressFault::syntax};
  auto network = parse_address(text.substr(0, slash));
  if (!network) return network;
  const int bits = parse_decimal(text.substr(slash + 1), network->family == 4 ? 32 : 128);
  if (bits < 0) return std::unexpected{AddressFault::syntax};
  network->prefix_bits = static_cast<std::uint8_t>(bits);
  return network;
}

std::string address_text(const IpAddress& address) {
  if (address.family == 4) {
    const std::uint64_t word = address.high >> 32U;
    return fmt::format("{}.{}.{}.{}", word >> 24U, (word >> 16U) & 0xFFU, (word >> 8U) & 0xFFU,
                       word & 0xFFU);
  }
  Groups groups{};
  for (std::size_t i = 0; i < 4; ++i) {
    groups[i] = static_cast<std::uint16_t>(address.high >> (48 - 16 * i));
    groups[i + 4] = static_cast<std::uint16_t>(address.low >> (48 - 16 * i));
  }
  // The first longest run of two or more zeros is "::".
  std::size_t run_at = kGroups;
  std::size_t run = 1;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t zeros = 0;
    while (i + zeros < kGroups && groups[i + zeros] == 0) ++zeros;
    if (zeros > run) run_at = i, run = zeros;
  }
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == run_at) {
      text += "::";
      i += run - 1;
    } else {
      if (!text.empty() && text.back() != ':') text += ':';
      text += fmt::format("{:x}", groups[i]);
    }
  }
  return text;
}

std::string network_text(const IpAddress& network) {
  return fmt::format("{}/{}", address_text(network), network.prefix_bits);
}

IpAddress masked(const IpAddress& network) noexcept {
  IpAddress result = network;
  const unsigned bits = network.prefix_bits;
  result.high &= mask_of(std::min(bits, 64U));
  result.low &= mask_of(bits > 64 ? bits - 64 : 0);
  return result;
}

bool contains(const IpAddress& network, const IpAddress& address) noexcept {
  if (network.family != address.family) return false;
  IpAddress other = address;
  other.prefix_bits = network.prefix_bits;
  return masked(network) == masked(other);
}

bool is_unspecified(const IpAddress& address) noexcept {
  return address.high == 0 && address.low == 0;
}

bool is_loopback(const IpAddress& address) noexcept {
  return address.family == 4 ? first_byte(address) == 127 : address.high == 0 && address.low == 1;
}

bool is_link_local_multicast(const IpAddress& address) noexcept {
  if (address.family == 4) return (address.high >> 40U) == 0xE00000;
  return first_byte(address) == 0xFF && ((address.high >> 48U) & 0x0FU) == 0x02;
}

bool is_link_local_unicast(const IpAddress& address) noexcept {
  if (address.family == 4) return (address.high >> 48U) == 0xA9FE;
  return (address.high >> 54U) == (0xFE80U >> 6U);
}

bool is_global_unicast(const IpAddress& address) noexcept {
  const bool is_broadcast = address.family == 4 && (address.high >> 32U) == 0xFFFFFFFF;
  return !is_broadcast && !is_unspecified(address) && !is_loopback(address) &&
         !is_multicast(address) && !is_link_local_unicast(address);
}

}  // namespace junctor::lang::cel
