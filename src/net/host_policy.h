#pragma once
// HostPolicy: which Host and Origin a listener answers to. It stops DNS rebinding: a web page that
// makes a browser talk to a server on the person's own machine.
//
// A Host is compared without its port and without regard to case. An Origin ("null" is one too)
// must be allowed in full, scheme, host and port, or be of a loopback host where those are allowed.
//
// Source:  MCP 2025-11-25 and 2026-07-28, basic/transports#security-warning; RFC 6454 section 6.2.
// Threads: immutable once made; safe from all.

#include <string>
#include <string_view>
#include <vector>

namespace junctor::net {

class HostPolicy {
 public:
  // Everything is allowed.
  HostPolicy() = default;
  // Only localhost, 127.0.0.0/8 and [::1], and pages from there.
  [[nodiscard]] static HostPolicy loopback();

  // Every Host, but only pages that came from the very host they ask.
  [[nodiscard]] static HostPolicy same_origin();

  // Allow one more; switches the check on. A port behind the host is not looked at.
  void allow_host(std::string host);
  void allow_origin(std::string origin);

  // `host`: the Host field, port included. An absent Host (HTTP/1.0) is not allowed while checking.
  [[nodiscard]] bool host_allowed(std::string_view host) const noexcept;
  // Call it only when the request has an Origin; `host` is its Host field.
  [[nodiscard]] bool origin_allowed(std::string_view origin,
                                    std::string_view host = {}) const noexcept;

 private:
  bool checks_hosts_ = false;
  bool checks_origins_ = false;
  bool loopback_ = false;
  bool same_origin_ = false;
  std::vector<std::string> hosts_;
  std::vector<std::string> origins_;
};

}  // namespace junctor::net
