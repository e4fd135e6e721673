#pragma once
// HTTP/1.1 server: a listener of one shard, and its connections.
//
// Requests of a connection are served in order; while one is served the next stays in the kernel,
// which is the backpressure. Whatever is wrong with the framing is answered and the connection is
// closed, never repaired. An idle connection holds no buffer.
//
// Source:  RFC 9112, RFC 9110.
// Limits:  HttpLimits; each over it is answered (431, 414, 413, 408, 503 with Retry-After) and
//          counted.
// Threads: one shard; stop_accepting() and the counters too.

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "net/host_policy.h"
#include "net/http.h"
#include "rt/shard.h"

namespace junctor::net {

struct HttpLimits {
  wire::http1::Limits head;
  std::size_t body_bytes_max = std::size_t{16} << 20;
  std::size_t connections_max = 16'384;  // Of this shard's listener; more are answered 503.
  std::size_t in_flight_max = 16'384;    // Requests being served; more are answered 503.
  // Unsent bytes of one connection; more ends it. Above the largest single event and body.
  std::size_t backlog_bytes_max = std::size_t{24} << 20;
  Duration head_timeout =
      std::chrono::seconds{10};  // From the first byte of a head to its end; 408.
  Duration body_timeout = std::chrono::seconds{30};   // The whole body; 408.
  Duration idle_timeout = std::chrono::seconds{75};   // Between requests.
  Duration write_timeout = std::chrono::seconds{30};  // Without progress of a queued answer.
};

// Path to handler, for one listener. Another may be moved into its place on the server's shard; who
// does that keeps the handlers of before for as long as they handle something.
class Router {
 public:
  // Errors: conflict when a path is there already.
  [[nodiscard]] Result<> add(HttpRoute route);
  [[nodiscard]] const HttpRoute* find(std::string_view path) const noexcept;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, HttpRoute, Hash, std::equal_to<>> routes_;
};

class HttpConnection;

// What the server counts; label `listener` is not needed: each has its own registry or its own
// name.
struct HttpServerCells {
  explicit HttpServerCells(Metrics& metrics);
  void count_answer(int status, Duration took) noexcept;

  std::array<Counter*, 6> answers{};  // By the status' first digit; [0] is "no answer".
  Histogram& duration;
  Gauge& connections;
  Gauge& in_flight;
  Counter& accepted;
  Counter& shed;
  Counter& refused_heads;
  Counter& timeouts;
};

class HttpServer {
 public:
  struct Options {
    rt::Endpoint at;
    HttpLimits limits;
    HostPolicy hosts;
    int backlog = 4096;
    std::uint32_t access_one_in = 0;  // A log record for one request in so many; 0: none.
  };

  // `router` outlives the server, the server the shard's tasks.
  HttpServer(rt::Shard& shard, Options options, const Router& router, Metrics& metrics, Logger log);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds and begins to accept. Errors: unavailable with the address and the reason.
  [[nodiscard]] Result<> start();
  [[nodiscard]] const rt::Endpoint& bound() const noexcept { return bound_; }
  // Graceful end: no new connections; idle ones are closed, each other after its request.
  void drain() noexcept;
  [[nodiscard]] std::size_t connections() const noexcept { return connections_; }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

 private:
  friend class HttpConnection;
  class Listener;
  rt::Task<void> accept_all();
  // False when the listener has no more.
  [[nodiscard]] int accept_one() noexcept;
  void shed(int descriptor) noexcept;
  // "Date: ...\r\n" of this second.
  [[nodiscard]] std::string_view date_line();
  [[nodiscard]] std::unique_ptr<wire::http1::RequestHead> take_head();
  void give_head(std::unique_ptr<wire::http1::RequestHead> head);

  rt::Shard& shard_;
  Options options_;
  const Router& router_;
  Logger log_;
  HttpServerCells cells_;
  std::unique_ptr<Listener> listener_;
  rt::Endpoint bound_;
  HttpConnection* first_ = nullptr;  // All connections, for drain().
  std::size_t connections_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t request_count_ = 0;
  std::vector<std::unique_ptr<wire::http1::RequestHead>> spare_heads_;  // 5 KiB each, used again.
  Time date_until_{};
  std::string date_line_;
  bool draining_ = false;
};

}  // namespace junctor::net
