#pragma once
// dial(): a name and a port become a connected Stream, over TLS where the URL says so.
//
// Happy eyeballs: the addresses are tried in order, the next one beside those under way when
// `attempt_delay` has passed without success, or at once when one has failed. The first that
// connects wins, the others are closed. TLS is spoken with the winner alone.
//
// Source:  RFC 8305 sections 4 and 5.
// Limits:  DialLimits; kDialAddressesMax addresses are tried.
// Errors:  unavailable: dns_..., connect_refused, connect_unreachable, connect_timeout,
//          connect_failed, upstream_tls. Also cancelled. Nothing was sent in any case but the TLS
//          handshake.
// Threads: one shard.

#include <chrono>
#include <cstddef>
#include <memory>

#include "base/error.h"
#include "base/time.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/url.h"
#include "rt/shard.h"
#include "rt/task.h"

namespace junctor::net {

inline constexpr std::size_t kDialAddressesMax = 16;

struct DialLimits {
  Duration connect_timeout = std::chrono::seconds{5};  // Everything: name, connection, TLS.
  Duration attempt_delay =
      std::chrono::milliseconds{250};  // Before the next address is tried beside it.
};

// Whom to call, and with whose help; all of it outlives the dialling.
struct DialTarget {
  rt::Shard& shard;
  Resolver& resolver;
  TlsClient* tls;  // Null: https fails.
  const Url& url;
};

[[nodiscard]] rt::Task<Result<std::unique_ptr<Stream>>> dial(DialTarget target, DialLimits limits,
                                                             Time deadline);

}  // namespace junctor::net
