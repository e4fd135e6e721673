#include "net/host_policy.h"

#include <algorithm>

#include "base/text.h"
#include "wire/http1.h"

namespace junctor::net {
namespace {

bool is_loopback_name(std::string_view name) noexcept {
  if (name == "127.0.0.1" || name == "[::1]" || equals_ignoring_case(name, "localhost"))
    return true;
  // 127.0.0.0/8: four numbers, since "127.evil.example" is a name.
  if (!name.starts_with("127.")) return false;
  const auto is_digit_or_dot = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return std::ranges::all_of(name, is_digit_or_dot) && std::ranges::count(name, '.') == 3;
}

bool contains(const std::vector<std::string>& list, std::string_view text) noexcept {
  return std::ranges::any_of(
      list, [&](const std::string& each) { return equals_ignoring_case(each, text); });
}

}  // namespace

// For a server that listens on this machine alone: a browser on the same machine must not be led to
// it under another name (DNS rebinding).
HostPolicy HostPolicy::loopback() {
  HostPolicy made;
  made.checks_hosts_ = made.checks_origins_ = made.loopback_ = true;
  return made;
}

HostPolicy HostPolicy::same_origin() {
  HostPolicy made;
  made.checks_origins_ = made.same_origin_ = true;
  return made;
}

// Without its port: a proxy in front has another one, and the name is what is protected.
void HostPolicy::allow_host(std::string host) {
  checks_hosts_ = true;
  hosts_.emplace_back(wire::http1::is_authority(host) ? wire::http1::host_name(host)
                                                      : std::string_view{host});
}

void HostPolicy::allow_origin(std::string origin) {
  checks_origins_ = true;
  origins_.push_back(std::move(origin));
}

// An empty name is never in a list; a request of HTTP/1.0 may have none.
bool HostPolicy::host_allowed(std::string_view host) const noexcept {
  if (!checks_hosts_) return true;
  const std::string_view name = wire::http1::host_name(host);
  if (loopback_ && is_loopback_name(name)) return true;
  return !name.empty() && contains(hosts_, name);
}

//= mcp 2026-07-28 basic/transports/streamable-http#security-endpoint:origin MUST
//= mcp 2025-11-25 basic/transports#security-warning:origin MUST
// Compared as a whole, port included, as RFC 6454 section 5 has it; "null" and other schemes are
// allowed only by name.
bool HostPolicy::origin_allowed(std::string_view origin, std::string_view host) const noexcept {
  if (!checks_origins_) return true;
  if (contains(origins_, origin)) return true;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.size() <= scheme.size() ||
        !equals_ignoring_case(origin.substr(0, scheme.size()), scheme))
      continue;
    const std::string_view authority = origin.substr(scheme.size());
    if (same_origin_ && !host.empty() && equals_ignoring_case(authority, host)) return true;
    return loopback_ && wire::http1::is_authority(authority) &&
           is_loopback_name(wire::http1::host_name(authority));
  }
  return false;
}

}  // namespace junctor::net
