#pragma once
// Resolver: host names to addresses. Two implementations: c-ares with a cache
// (net/ares_resolver.h), and the simulated world's table (tests/sim).
//
// Errors:  unavailable (reason dns_failed, dns_timeout, dns_busy), cancelled, deadline_exceeded.
// Threads: one shard each.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "rt/endpoint.h"
#include "rt/task.h"

namespace junctor::net {

class Resolver {
 public:
  virtual ~Resolver() = default;
  // At least one address, in the order in which they should be tried (RFC 6724, families
  // interleaved as RFC 8305 section 4 says). A numeric `host` (IPv6 without brackets) is not asked
  // for.
  [[nodiscard]] virtual rt::Task<Result<std::vector<rt::Endpoint>>> resolve(std::string host,
                                                                            std::uint16_t port,
                                                                            Time deadline) = 0;
};

// For implementations: the address that `host` is, dotted IPv4 or IPv6 without brackets; nothing
// for a name.
[[nodiscard]] std::optional<rt::Endpoint> numeric_address(std::string_view host,
                                                          std::uint16_t port);

// The same addresses with the families in turns, starting with the first one's; the order within a
// family stays (RFC 8305 section 4).
[[nodiscard]] std::vector<rt::Endpoint> interleave_families(std::vector<rt::Endpoint> addresses);

}  // namespace junctor::net
