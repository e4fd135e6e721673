#pragma once
// HttpLeg: the way to an upstream that is reached by URL: its connections, and the head of what it
// is sent.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (headers).
// Limits:  those of net::HttpClient; OwnRequest::answer_bytes_max.
// Threads: one shard.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/settings.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/http_client.h"
#include "rt/shard.h"
#include "wire/http1_writer.h"

namespace junctor::agent {

// What the gateway asks on its own account. Asking twice does no harm.
struct OwnRequest {
  std::string body;
  std::string_view version = {};  // Fields of the head; empty: without.
  std::string_view method = {};
  std::string session_id = {};
  std::size_t answer_bytes_max = 16_MiB;
};
// A JSON body, or the one event that is the answer; whatever its status, unless that says that it
// is no answer of the protocol.
struct OwnAnswer {
  int status = 0;
  std::string session_id = {};
  std::string text = {};
};

class HttpLeg {
 public:
  // `tls` may be null for an upstream that is not https.
  struct Services {
    rt::Shard& shard;
    net::Resolver& resolver;
    net::TlsClient* tls = nullptr;
    Metrics& metrics;
    Logger log;
  };
  HttpLeg(const Services& services, const UpstreamSettings& settings);

  [[nodiscard]] net::HttpClient& client() noexcept { return client_; }
  [[nodiscard]] const net::HttpClient& client() const noexcept { return client_; }

  // The head of a request, in `room`: what every request of that method to this upstream carries,
  // then `fields(HeadWriter&)`, then the length of the body.
  enum class Method : std::uint8_t { post, get, delete_ };
  template <class Fields>
  [[nodiscard]] Result<std::size_t> write_head(std::span<char> room, Method method,
                                               std::size_t body_bytes, const Fields& fields) const {
    wire::http1::HeadWriter head{room};
    head.lines(lines_[static_cast<std::size_t>(method)]);
    fields(head);
    if (method == Method::post) head.content_length(body_bytes);
    return head.finish();
  }

  // Errors: those of net::HttpClient; unavailable "upstream_auth", "upstream_busy",
  // "upstream_error"; corrupt "upstream_too_large".
  [[nodiscard]] rt::Task<Result<OwnAnswer>> ask(OwnRequest request, Time deadline);
  // Whether it speaks the modern era. Errors: unavailable, deadline_exceeded, cancelled: no
  // evidence.
  [[nodiscard]] rt::Task<Result<bool>> probe(Time deadline);

 private:
  net::HttpClient client_;
  std::array<std::string, 3> lines_;  // By Method.
};

}  // namespace junctor::agent
