#pragma once
// TLS to upstreams: OpenSSL through a BIO of our own that reads and writes the shard's socket, so
// that no byte is copied into OpenSSL's buffers twice and nothing ever blocks.
//
// TLS 1.2 and 1.3, certificates verified against the system's store (or a given file) and the
// host's name, SNI sent for names, ALPN "http/1.1" offered and required if the peer chooses one, no
// renegotiation, no compression, session reuse within the shard. Nothing of OpenSSL is initialised
// before make_blocking().
//
// Source:  RFC 8446, RFC 5246, RFC 6066 (SNI), RFC 7301 (ALPN), RFC 9525 (names).
// Limits:  kTlsSessionsMax sessions are kept for reuse, one a host.
// Errors:  unavailable, reason upstream_tls, with OpenSSL's sentence; no key material, ever.
//          handshake() also deadline_exceeded and cancelled. A stream cut without TLS's own goodbye
//          is -ECONNRESET, not an end.
// Threads: TlsClient of one shard.

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/stream.h"

namespace junctor::net {

inline constexpr std::size_t kTlsSessionsMax = 256;

class TlsClient {
 public:
  struct Options {
    std::string ca_file;  // Empty: the system's store.
  };
  // Reads the certificates: blocks, so make it before the shard runs.
  [[nodiscard]] static Result<std::unique_ptr<TlsClient>> make_blocking(const Options& options);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // A Stream over a descriptor that is connected or about to be; once it is, await its handshake().
  // The client outlives it.
  [[nodiscard]] std::unique_ptr<Stream> make_stream(rt::Shard& shard, int descriptor,
                                                    const std::string& host);
  // Handshakes that were shortened by a session of before.
  [[nodiscard]] std::size_t sessions_reused() const noexcept;

 private:
  struct Context;
  class TlsStream;
  explicit TlsClient(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

}  // namespace junctor::net
