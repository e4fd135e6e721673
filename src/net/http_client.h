#pragma once
// HTTP/1.1 client of one upstream on one shard: a pool of connections, and calls on them.
//
// A call is made in two steps. call() finds a connection (the one used last first), writes the
// request and gives a ClientCall; what the socket does not take at once is kept and sent while the
// answer is awaited. The owner then awaits read() until it says `ended`: each read takes what has
// come with one receive and hands it to the AnswerSink, whose functions are plain: the bytes they
// see are the shard's scratch and gone when they return. A ClientCall that is destroyed before its
// end closes its connection.
//
// A request is written again only when surely nothing of it was processed: the connection was found
// closed before a byte was written; or, for one that is Repeatable, when a reused connection ended
// before the first byte of an answer (call() then waits for that byte). Never more than once, and
// then on a new connection.
//
// Source:  RFC 9112 sections 6 to 9; RFC 9110 section 9.2.2 (repeatable requests).
// Limits:  ClientLimits; kRequestPiecesMax pieces of a request.
// Errors:  with reasons
//            upstream_unavailable (unavailable: surely nothing was processed),
//            upstream_busy        (unavailable: connections_max),
//            upstream_timeout     (deadline_exceeded; after read() the call is still there),
//            upstream_stream_lost (corrupt, since it may have been processed),
//            upstream_invalid     (corrupt: not HTTP);
//          and cancelled; and what the sink returns.
// Threads: one shard.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/answer_reader.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/url.h"
#include "rt/shard.h"
#include "rt/task.h"
#include "wire/http1.h"

namespace junctor::net {

inline constexpr std::size_t kRequestPiecesMax = 16;

struct ClientLimits {
  wire::http1::Limits head = {};
  std::size_t connections_max =
      1024;                    // To this upstream from this shard; a call beyond is upstream_busy.
  std::size_t idle_max = 256;  // Kept for reuse.
  Duration idle_timeout =
      std::chrono::seconds{60};  // Less where the upstream's Keep-Alive says so.
  Duration connect_timeout = std::chrono::seconds{5};
  Duration attempt_delay =
      std::chrono::milliseconds{250};  // Before the next address is tried beside it.

  [[nodiscard]] bool operator==(const ClientLimits& other) const = default;
};

enum class Repeatable : std::uint8_t { no, yes };

class ClientConnection;
class HttpClient;

class ClientCall {
 public:
  ClientCall() noexcept;
  ClientCall(ClientCall&& other) noexcept;
  ClientCall& operator=(ClientCall&& other) noexcept;
  ~ClientCall();

  using Progress = AnswerProgress;
  // One receive, which may give nothing new. Waits at the latest until `deadline`; after a timeout
  // it may be called again, after any other error the call is closed. Neither move nor close the
  // call meanwhile.
  [[nodiscard]] rt::Task<Result<Progress>> read(AnswerSink& sink, Time deadline);
  // The same in parts, for those who wait long and by the thousand, without a coroutine of its own:
  //   rt::Wake wake = rt::Wake::ready;
  //   if (!call.maybe_readable()) wake = co_await call.readable(deadline);
  //   auto progress = call.receive(sink, wake);
  // A peer that sends as fast as we read is never waited for: such a loop needs a turn for others.
  [[nodiscard]] bool maybe_readable() const noexcept;
  [[nodiscard]] rt::Socket::Wait readable(Time deadline) noexcept;
  [[nodiscard]] Result<Progress> receive(AnswerSink& sink, rt::Wake wake);
  // Gives the call up: closes the connection, unless the answer has ended.
  void close() noexcept;
  // The answer has not ended.
  [[nodiscard]] explicit operator bool() const noexcept { return connection_ != nullptr; }

 private:
  friend class HttpClient;
  ClientCall(HttpClient& client, std::unique_ptr<ClientConnection> connection) noexcept;

  HttpClient* client_ = nullptr;
  std::unique_ptr<ClientConnection> connection_;
};

class HttpClient {
 public:
  struct Options {
    std::string upstream;  // Its configured name: the metrics' label.
    Url url;
    ClientLimits limits;
  };

  // `resolver` and `tls` (null: none; https then fails) outlive the client, the client its calls.
  HttpClient(rt::Shard& shard, Options options, Resolver& resolver, TlsClient* tls,
             Metrics& metrics, Logger log);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `request`: a whole request, head and body in at most kRequestPiecesMax pieces that live until
  // the Task ends.
  [[nodiscard]] rt::Task<Result<ClientCall>> call(std::span<const std::string_view> request,
                                                  wire::http1::RequestKind kind,
                                                  Repeatable repeatable, Time deadline);
  // The same at once, for a request that is not Repeatable, where a connection is idle: an empty
  // call when there is none, or it turned out to be closed; nothing was written then.
  [[nodiscard]] ClientCall call_now(std::span<const std::string_view> request,
                                    wire::http1::RequestKind kind);
  [[nodiscard]] const Url& url() const noexcept { return options_.url; }
  // "host[:port]" for the Host field.
  [[nodiscard]] std::string_view authority() const noexcept { return options_.url.authority; }
  // Those being made, in use and idle.
  [[nodiscard]] std::size_t open_connections() const noexcept {
    return open_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t idle_connections() const noexcept { return idle_.size(); }
  // Closes what is idle.
  void close_idle() noexcept;

 private:
  friend class ClientCall;
  friend class ClientConnection;
  struct Cells;
  enum class IdleEnd : std::uint8_t { peer, timeout, full, drain };

  [[nodiscard]] std::unique_ptr<ClientConnection> take_idle() noexcept;
  [[nodiscard]] rt::Task<Result<std::unique_ptr<ClientConnection>>> connect(Time deadline);
  [[nodiscard]] Error connect_failed(const Error& why, Time deadline);
  // The call on it has ended.
  void give_back(std::unique_ptr<ClientConnection> connection) noexcept;
  // Takes an idle connection out of the pool.
  [[nodiscard]] std::unique_ptr<ClientConnection> drop_idle(ClientConnection& connection,
                                                            IdleEnd why) noexcept;
  // The peer closed it, or spoke without being asked; called from within its socket.
  void lose_idle(ClientConnection& connection) noexcept;
  void connection_closed() noexcept;

  rt::Shard& shard_;
  Options options_;
  Resolver& resolver_;
  TlsClient* tls_;
  std::unique_ptr<Cells> cells_;
  Logger log_;
  std::vector<std::unique_ptr<ClientConnection>> idle_;  // The one used last is last.
  std::unique_ptr<ClientConnection>
      lost_;                          // Closed within its own socket's callback; destroyed later.
  std::atomic<std::size_t> open_{0};  // Written by the shard, read by whoever asks for the status.
};

}  // namespace junctor::net
