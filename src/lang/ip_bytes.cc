#include "lang/ip_bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>

namespace junctor::lang {
namespace {

template <std::size_t kBytes>
std::optional<std::array<std::uint8_t, kBytes>> read_by_library(int family,
                                                                std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> zero_ended{};
  if (text.size() >= zero_ended.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, zero_ended.begin());
  std::array<std::uint8_t, kBytes> bytes{};
  if (::inet_pton(family, zero_ended.data(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<std::array<std::uint8_t, 4>> ipv4_bytes(std::string_view text) noexcept {
  return read_by_library<4>(AF_INET, text);
}

std::optional<std::array<std::uint8_t, 16>> ipv6_bytes(std::string_view text) noexcept {
  return read_by_library<16>(AF_INET6, text);
}

}  // namespace junctor::lang
