// URIs, IRIs and their templates.

#include <algorithm>
#include <cstdint>

#include "lang/code_points.h"
#include "lang/schema/formats.h"
#include "lang/schema/uri.h"

namespace junctor::lang::schema {
namespace {

enum class Alphabet : std::uint8_t { uri, iri };

constexpr bool is_digit(std::uint32_t c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(std::uint32_t c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(std::uint32_t c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_in(std::uint32_t c, std::string_view set) noexcept {
  return c < 0x80 && set.contains(static_cast<char>(c));
}

constexpr bool is_private(std::uint32_t c) noexcept {
  return (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;
}
// RFC 3987 section 2.2.
constexpr bool is_ucs_character(std::uint32_t c) noexcept {
  if (c < 0xA0 || (c >= 0xD800 && c <= 0xDFFF) || is_private(c)) return false;
  if (c >= 0xFDD0 && c <= 0xFDEF) return false;
  if (c >= 0xFFF0 && c <= 0xFFFF) return false;
  return (c & 0xFFFFU) < 0xFFFE && (c < 0xE0000 || c >= 0xE1000);
}

constexpr std::string_view kUnreservedMarks = "-._~";
constexpr std::string_view kSubDelims = "!$&'()*+,;=";

// Unreserved characters, sub-delims, escapes, and those of `more`.
bool is_made_of(std::string_view text, Alphabet alphabet, std::string_view more) noexcept {
  const bool may_be_private = more.contains('?') && more.contains('\x01');
  while (!text.empty()) {
    const CodePoint next = code_point_at(text);
    const std::uint32_t c = next.value;
    if (c == '%') {
      if (text.size() < 3 || !is_hex(static_cast<unsigned char>(text[1])) ||
          !is_hex(static_cast<unsigned char>(text[2])))
        return false;
    }
    const bool is_wide =
        alphabet == Alphabet::iri && (is_ucs_character(c) || (may_be_private && is_private(c)));
    const bool is_allowed = c == '%' || is_digit(c) || is_alpha(c) || is_in(c, kUnreservedMarks) ||
                            is_in(c, kSubDelims) || is_wide || (c > 0x01 && is_in(c, more));
    if (!is_allowed) return false;
    text.remove_prefix(next.bytes);
  }
  return true;
}

bool is_ip_future(std::string_view text) noexcept {
  if (!text.starts_with('v') && !text.starts_with('V')) return false;
  text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
  return std::ranges::all_of(text.substr(0, dot), [](char c) { return is_hex(c & 0xFFU); }) &&
         !text.contains('%') && is_made_of(text.substr(dot + 1), Alphabet::uri, ":");
}

bool is_authority(std::string_view text, Alphabet alphabet) noexcept {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    if (!is_made_of(text.substr(0, at), alphabet, ":")) return false;
    text.remove_prefix(at + 1);
  }
  std::size_t host_end = 0;
  if (text.starts_with('[')) {
    host_end = text.find(']');
    if (host_end == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, host_end - 1);
    if (!is_ipv6(address) && !is_ip_future(address)) return false;
    ++host_end;
  } else {
    host_end = std::min(text.find(':'), text.size());
    if (!is_made_of(text.substr(0, host_end), alphabet, "")) return false;
  }
  text.remove_prefix(host_end);
  if (text.empty()) return true;
  return text.front() == ':' && std::ranges::all_of(text.substr(1), [](char c) {
           return is_digit(static_cast<unsigned char>(c));
         });
}

enum class Scheme : std::uint8_t { required, optional };

bool is_reference(std::string_view text, Alphabet alphabet, Scheme scheme) noexcept {
  const UriParts parts = split_uri(text);
  if (scheme == Scheme::required && !parts.has_scheme) return false;
  if (parts.has_authority && !is_authority(parts.authority, alphabet)) return false;
  // What looks like a scheme and is none.
  const std::string_view first = parts.path.substr(0, parts.path.find('/'));
  if (!parts.has_scheme && !parts.has_authority && first.contains(':')) return false;
  // \x01 stands for the private characters of an IRI's query.
  return is_made_of(parts.path, alphabet, ":@/") && is_made_of(parts.query, alphabet, ":@/?\x01") &&
         is_made_of(parts.fragment, alphabet, ":@/?");
}

// "{" is taken; up to and with "}".
bool take_expression(std::string_view& text) noexcept {
  const std::size_t end = text.find('}');
  if (end == std::string_view::npos) return false;
  std::string_view list = text.substr(0, end);
  text.remove_prefix(end + 1);
  constexpr std::string_view kOperators = "+#./;?&=,!@|";
  if (!list.empty() && kOperators.contains(list.front())) list.remove_prefix(1);
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view variable = list.substr(0, comma);
    if (variable.ends_with('*')) {
      variable.remove_suffix(1);
    } else if (const std::size_t colon = variable.find(':'); colon != std::string_view::npos) {
      const std::string_view length = variable.substr(colon + 1);
      const auto is_one = [](char c) { return is_digit(static_cast<unsigned char>(c)); };
      if (length.empty() || length.size() > 4 || length.front() == '0' ||
          !std::ranges::all_of(length, is_one))
        return false;
      variable = variable.substr(0, colon);
    }
    constexpr std::string_view kNotInNames = "-~!$&'()*+;=";
    if (variable.empty() || variable.starts_with('.') || variable.ends_with('.') ||
        variable.contains("..") || variable.find_first_of(kNotInNames) != std::string_view::npos ||
        !is_made_of(variable, Alphabet::uri, ""))
      return false;
    if (comma == list.size()) return true;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_uri(std::string_view text) noexcept {
  return is_reference(text, Alphabet::uri, Scheme::required);
}
bool is_uri_reference(std::string_view text) noexcept {
  return is_reference(text, Alphabet::uri, Scheme::optional);
}
bool is_iri(std::string_view text) noexcept {
  return is_reference(text, Alphabet::iri, Scheme::required);
}
bool is_iri_reference(std::string_view text) noexcept {
  return is_reference(text, Alphabet::iri, Scheme::optional);
}

bool is_uri_template(std::string_view text) noexcept {
  constexpr std::string_view kRefused = "\"'<>\\^`|}\x7F";
  while (!text.empty()) {
    const CodePoint next = code_point_at(text);
    if (next.value == '{') {
      text.remove_prefix(1);
      if (!take_expression(text)) return false;
      continue;
    }
    if (next.value == '%') {
      if (text.size() < 3 || !is_hex(text[1] & 0xFFU) || !is_hex(text[2] & 0xFFU)) return false;
    } else if (next.value <= 0x20 || is_in(next.value, kRefused) ||
               (next.value >= 0x80 && !is_ucs_character(next.value) && !is_private(next.value))) {
      return false;
    }
    text.remove_prefix(next.bytes);
  }
  return true;
}

}  // namespace junctor::lang::schema
