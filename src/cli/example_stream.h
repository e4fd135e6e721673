#pragma once
// An answer of the example server that is an event stream, and the scope of the work behind it.
//
// The work runs under run(): it ends with `cancelled` when the client leaves, when the client asks
// for that, or when the session ends. Invariant: finish() or the destructor ends the answer, so no
// stream outlives its handler.
//
// Source:  MCP 2026-07-28 basic/transports/streamable-http, 2025-11-25 basic/transports; WHATWG
//          HTML, "Server-sent events".
// Limits:  what a slow client does not read counts against HttpLimits::backlog_bytes_max, and over
//          it the connection ends; a quiet stream has a comment each kExampleKeepAlive.
// Threads: one shard.

#include <chrono>
#include <string_view>

#include "base/time.h"
#include "net/http.h"
#include "rt/task.h"
#include "wire/mcp.h"

namespace junctor::cli {

inline constexpr Duration kExampleKeepAlive = std::chrono::seconds{15};

class ExampleStream final : net::ClientListener {
 public:
  // Starts the answer; its head leaves at once. Behind it the request's head is not needed.
  explicit ExampleStream(net::ResponseWriter& response);
  ~ExampleStream();
  ExampleStream(const ExampleStream&) = delete;
  ExampleStream& operator=(const ExampleStream&) = delete;

  // One JSON-RPC message, as an event.
  void send(std::string_view message);
  // `params` is a JSON text.
  void notify(wire::McpMethod method, std::string_view params);
  // Nothing can be sent behind it.
  void finish();

  // co_await stream.run(work): the work, under this stream's scope.
  template <class TaskType>
  [[nodiscard]] auto run(TaskType work) noexcept {
    return scope_.run(std::move(work));
  }
  void cancel() noexcept { scope_.request(); }
  [[nodiscard]] bool cancelled() const noexcept { return scope_.requested(); }
  [[nodiscard]] bool has_client() const noexcept { return !response_.gone(); }
  // For a stream that waits for what others send on it: until it is cancelled.
  [[nodiscard]] rt::Task<void> keep_open();

 private:
  void on_client_gone() noexcept override;
  void on_client_half_closed() noexcept override;
  void comment();

  net::ResponseWriter& response_;
  rt::Cancellation scope_;
};

}  // namespace junctor::cli
