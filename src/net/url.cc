#include "net/url.h"

#include <algorithm>
#include <charconv>

#include "base/assert.h"
#include "net/resolver.h"
#include "wire/http1.h"

namespace junctor::net {
namespace {

// RFC 1035 section 2.3.4, as text.
constexpr std::size_t kHostBytesMax = 253;
constexpr std::string_view kTargetMarks = "-._~!$&'()*+,;=:@/?";

constexpr std::uint16_t default_port(Url::Scheme scheme) noexcept {
  return scheme == Url::Scheme::http ? 80 : 443;
}

std::unexpected<Error> bad(std::string_view sentence) {
  return fail(ErrorKind::invalid_argument, "bad_url", std::string{sentence});
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr bool is_hex(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}
constexpr bool is_alphanumeric(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

std::string lower_case(std::string_view text) {
  std::string made{text};
  std::ranges::transform(made, made.begin(), lower);
  return made;
}

// RFC 3986 section 3.3 and 3.4: what may stand in a path or a query, and percent signs with two
// digits behind them.
bool is_target(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_alphanumeric(text[i]) && kTargetMarks.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

// Some resolvers take a name that ends in a number for an IPv4 address in an odd notation ("127.1",
// "0x7f000001"): such a host is an address in the plain notation, or refused.
bool ends_in_number(std::string_view host) noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::size_t dot = host.rfind('.');
  std::string_view label = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (!label.empty() && std::ranges::all_of(label, is_digit)) return true;
  if (!label.starts_with("0x")) return false;
  return std::ranges::all_of(label.substr(2), is_hex);
}

// The text of the authority is what goes into the Host header: without a port that the scheme has
// anyway, as some servers compare it.
Result<> read_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos) {
    return bad("a URL must not carry a user or a password; give credentials by their own setting");
  }
  if (text.empty()) return bad("the URL has no host");
  if (!wire::http1::is_authority(text)) return bad("the URL's host or port is not valid");
  const std::string_view host = wire::http1::host_name(text);
  JUNCTOR_ASSERT(!host.empty() && host.size() <= text.size());
  url.host = lower_case(host);
  if (url.host.size() > kHostBytesMax) return bad("the URL's host is longer than 253 bytes");
  url.authority = url.host;
  const bool bracketed = url.host.front() == '[';
  if (bracketed) url.host = url.host.substr(1, url.host.size() - 2);
  if ((bracketed || ends_in_number(url.host)) && !numeric_address(url.host, 0)) {
    return bad("the URL's host looks like an IP address and is not one");
  }
  url.port = default_port(url.scheme);
  if (host.size() == text.size()) return {};
  const std::string_view digits = text.substr(host.size() + 1);
  const auto [end, fault] = std::from_chars(digits.begin(), digits.end(), url.port);
  JUNCTOR_ASSERT(fault == std::errc{} && end == digits.end());  // is_authority() saw to it.
  if (url.port != default_port(url.scheme)) url.authority += ":" + std::to_string(url.port);
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kUrlBytesMax) return bad("the URL is longer than 8 KiB");
  Url url;
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return bad("expected a URL such as https://HOST[:PORT]/PATH");
  const std::string scheme = lower_case(text.substr(0, mark));
  if (scheme != "http" && scheme != "https") return bad("the URL's scheme must be http or https");
  url.scheme = scheme == "http" ? Scheme::http : Scheme::https;

  const std::string_view rest = text.substr(mark + 3);
  // Browsers take a backslash for a slash, others for a part of the host: it ends the host here,
  // and is then refused in the target.
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
  JUNCTOR_CHECK(read_authority(authority, url));

  // Kept as written: an upstream may tell "/a/../b" from "/b", and "%41" from "A".
  const std::string_view target = rest.substr(authority.size());
  if (target.find('#') != std::string_view::npos) return bad("a URL must not carry a fragment (#)");
  if (!is_target(target)) {
    return bad("the URL's path or query has a byte that must be percent-encoded");
  }
  if (!target.starts_with('/')) url.target = "/";
  url.target += target;
  return url;
}

std::string Url::text() const {
  JUNCTOR_ASSERT(target.starts_with('/'));
  return (scheme == Scheme::http ? "http://" : "https://") + authority + target;
}

}  // namespace junctor::net
