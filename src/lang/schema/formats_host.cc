// Hosts, addresses and mailboxes.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <idn2.h>

#include "base/text.h"
#include "lang/ip_bytes.h"
#include "lang/schema/formats.h"

namespace junctor::lang::schema {
namespace {

constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kLocalPartBytesMax = 64;

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_ascii(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}

// Letters, digits and hyphens, of which none at an end.
bool is_plain_label(std::string_view label) noexcept {
  return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' &&
         label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
}

struct Idn2Free {
  void operator()(std::uint8_t* text) const noexcept { idn2_free(text); }
};

// All rules of IDNA 2008, those of context with them. `bytes` grows by the length of the A-label.
bool is_registrable(std::string_view label, std::size_t& bytes) {
  if (label.size() > kHostBytesMax || label.contains('\0')) return false;
  const std::string text = to_lower(label);
  const bool is_a_label = text.starts_with("xn--");
  // Lowercase is of ASCII alone: other capitals are refused by the rules themselves.
  if (!is_a_label && text != label) return false;
  const auto* const raw = reinterpret_cast<const std::uint8_t*>(text.c_str());
  std::uint8_t* made = nullptr;
  const int result = idn2_register_u8(is_a_label ? nullptr : raw, is_a_label ? raw : nullptr, &made,
                                      IDN2_NFC_INPUT);
  const std::unique_ptr<std::uint8_t, Idn2Free> owned{made};
  if (result != IDN2_OK || made == nullptr) return false;
  bytes += std::string_view{reinterpret_cast<const char*>(made)}.size();
  return true;
}

// The label in front and its separator, which IDNA has four of; true: one follows.
bool take_label(std::string_view& host, std::string_view& label) noexcept {
  for (std::size_t i = 0; i < host.size(); ++i) {
    for (const std::string_view dot : {".", "\xE3\x80\x82", "\xEF\xBC\x8E", "\xEF\xBD\xA1"}) {
      if (!host.substr(i).starts_with(dot)) continue;
      label = host.substr(0, i);
      host.remove_prefix(i + dot.size());
      return true;
    }
  }
  label = host;
  return false;
}

bool is_ascii_host(std::string_view text) noexcept {
  if (text.size() > kHostBytesMax) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_plain_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

enum class Letters : std::uint8_t { ascii, unicode };

bool is_quoted_local_part(std::string_view text, Letters letters) noexcept {
  if (text.size() < 2 || !text.ends_with('"')) return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return false;
    if (text[i] == '\\') ++i;
    if (i == text.size()) return false;
    if (!is_ascii(text[i]) && letters == Letters::ascii) return false;
    if (is_ascii(text[i]) && (text[i] < ' ' || text[i] > '~')) return false;
  }
  return true;
}

bool is_local_part(std::string_view text, Letters letters) noexcept {
  if (text.empty() || text.size() > kLocalPartBytesMax) return false;
  if (text.front() == '"') return is_quoted_local_part(text, letters);
  if (text.front() == '.' || text.back() == '.' || text.contains("..")) return false;
  static constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return std::ranges::all_of(text, [letters](char c) {
    if (!is_ascii(c)) return letters == Letters::unicode;
    return is_alpha(c) || is_digit(c) || kMarks.contains(c);
  });
}

// "[192.0.2.1]", "[IPv6:::1]" or a tag that is registered elsewhere.
bool is_address_literal(std::string_view text) noexcept {
  if (text.size() < 2 || !text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  if (equals_ignoring_case(text.substr(0, 5), "IPv6:")) return is_ipv6(text.substr(5));
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return is_ipv4(text);
  const std::string_view content = text.substr(colon + 1);
  return is_plain_label(text.substr(0, colon)) && !content.empty() &&
         std::ranges::all_of(content, [](char c) {
           return c >= '!' && c <= '~' && c != '[' && c != '\\' && c != ']';
         });
}

// The "@" that ends the local part: in a quoted one there may be others.
std::size_t at_sign(std::string_view text) noexcept {
  return text.starts_with('"') ? text.rfind('@') : text.find('@');
}

}  // namespace

bool is_ipv4(std::string_view text) noexcept {
  return ipv4_bytes(text).has_value();
}

bool is_ipv6(std::string_view text) noexcept {
  return ipv6_bytes(text).has_value();
}

bool is_hostname(std::string_view text) {
  if (!is_ascii_host(text)) return false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, end);
    std::size_t bytes = 0;
    if (equals_ignoring_case(label.substr(0, 4), "xn--") && !is_registrable(label, bytes))
      return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool is_idn_hostname(std::string_view text) {
  std::size_t bytes = 0;
  bool goes_on = true;
  while (goes_on) {
    std::string_view label;
    goes_on = take_label(text, label);
    const bool is_mere =
        std::ranges::all_of(label, is_ascii) && !equals_ignoring_case(label.substr(0, 4), "xn--");
    if (is_mere) {
      // What has hyphens there is reserved for what encodes something.
      if (!is_plain_label(label) || (label.size() >= 4 && label.substr(2, 2) == "--")) return false;
      bytes += label.size();
    } else if (!is_registrable(label, bytes)) {
      return false;
    }
    bytes += goes_on ? 1 : 0;
    if (bytes > kHostBytesMax) return false;
  }
  return true;
}

bool is_email(std::string_view text) noexcept {
  const std::size_t at = at_sign(text);
  if (at == std::string_view::npos || !is_local_part(text.substr(0, at), Letters::ascii))
    return false;
  const std::string_view domain = text.substr(at + 1);
  return domain.starts_with('[') ? is_address_literal(domain) : is_ascii_host(domain);
}

bool is_idn_email(std::string_view text) {
  const std::size_t at = at_sign(text);
  if (at == std::string_view::npos || !is_local_part(text.substr(0, at), Letters::unicode))
    return false;
  const std::string_view domain = text.substr(at + 1);
  return domain.starts_with('[') ? is_address_literal(domain) : is_idn_hostname(domain);
}

}  // namespace junctor::lang::schema
