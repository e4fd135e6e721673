#include "base/ids.h"

namespace junctor {

std::array<char, kRequestIdChars> hex_digits(RequestId id) noexcept {
  // From the last digit to the first, so that the number shrinks as it is written.
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, kRequestIdChars> out{};
  std::uint64_t rest = id.value();
  for (auto place = out.rbegin(); place != out.rend(); ++place, rest >>= 4U) {
    *place = kDigits[rest & 0xFU];
  }
  return out;
}

std::string to_string(RequestId id) {
  const auto digits = hex_digits(id);
  return {digits.data(), digits.size()};
}

}  // namespace junctor
