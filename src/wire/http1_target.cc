#include "wire/http1_target.h"

#include <algorithm>

#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

// `text`: a path, or nothing, and a query. A fragment never travels.
void split_query(std::string_view text, Target& target) noexcept {
  const char* cut = scan<PathEndScan>(text.begin(), text.end());
  target.path = text.substr(0, static_cast<std::size_t>(cut - text.begin()));
  if (cut == text.end()) return;
  target.query = text.substr(target.path.size() + 1);
  if (*cut == '#' || target.query.find('#') != std::string_view::npos) {
    target.refused = "bad_target";
  }
}

// A server must take the absolute form too (RFC 9112 section 3.2.2). Its scheme is not compared
// with how the request came: a proxy in front may have ended the TLS.
Target read_absolute(std::string_view text) noexcept {
  Target target;
  const std::size_t colon = text.find(':');
  const std::string_view scheme = text.substr(0, colon);
  const bool is_known = equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https");
  if (!is_known || !text.substr(scheme.size()).starts_with("://")) {
    target.refused = "bad_target";
    return target;
  }
  const std::string_view rest = text.substr(scheme.size() + 3);
  const std::size_t cut = std::min(rest.find_first_of("/?#"), rest.size());
  target.authority = rest.substr(0, cut);
  split_query(rest.substr(cut), target);
  if (!is_authority(target.authority)) target.refused = "bad_target";
  if (target.path.empty()) target.path = "/";
  return target;
}

// An IPv6 address by its bytes; whether it is one that exists does not matter for comparing it.
bool is_ip_literal(std::string_view text) noexcept {
  if (text.size() < 4) return false;  // Not closed, or nothing in it.
  JUNCTOR_ASSERT(text.starts_with('[') && text.ends_with(']'));
  const std::string_view inside = text.substr(1, text.size() - 2);
  return inside.find(':') != std::string_view::npos &&
         std::ranges::all_of(inside, [](char byte) { return is_in(byte, kIpLiteralByte); });
}

// Five digits cannot overflow, so no conversion has to be asked whether it did.
bool is_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5) return false;
  unsigned port = 0;
  for (const char byte : text) {
    if (!is_in(byte, kDigit)) return false;
    port = port * 10 + static_cast<unsigned>(byte - '0');
  }
  return port >= 1 && port <= 65535;
}

}  // namespace

// Four forms (RFC 9112 section 3.2); that of CONNECT was refused with its method.
Target read_target(std::string_view text, Method method) noexcept {
  JUNCTOR_ASSERT(!text.empty());
  Target target;
  if (text.front() == '/') {
    split_query(text, target);
  } else if (text != "*") {
    return read_absolute(text);
  } else if (method == Method::options) {
    target.path = text;
  } else {
    target.refused = "bad_target";
  }
  return target;
}

// Only such paths meet a route, so no two readers on the way can disagree about which one it is.
bool is_plain_path(std::string_view path) noexcept {
  if (!path.starts_with('/')) return false;
  std::string_view rest = path;
  while (!rest.empty()) {  // `rest` starts with a '/'.
    rest.remove_prefix(1);
    const std::size_t bytes = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    const bool is_last = rest.empty();
    if (segment == "." || segment == ".." || (segment.empty() && !is_last)) return false;
    for (const char byte : segment) {
      if (!is_in(byte, kPlainPathByte)) return false;
    }
  }
  return true;
}

// Brackets stay: they are part of how a literal is written and compared.
std::string_view host_name(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_authority(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::string_view literal = host_name(text);
    const std::string_view rest = text.substr(literal.size());
    return is_ip_literal(literal) && (rest.empty() || (rest[0] == ':' && is_port(rest.substr(1))));
  }
  const auto* const name_end =
      std::ranges::find_if(text, [](char byte) { return !is_in(byte, kHostByte); });
  const std::string_view name{text.begin(), name_end};
  if (name_end != text.end() && (*name_end != ':' || !is_port({name_end + 1, text.end()}))) {
    return false;
  }
  // One dot may end a name: that is the root of the name space, not an empty label.
  return !name.empty() && name.front() != '.' && name.find("..") == std::string_view::npos;
}

}  // namespace junctor::wire::http1
