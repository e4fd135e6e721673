#pragma once
// What a handler of HTTP requests sees: a request whose body it may read, and a writer for the
// answer.
//
// Handlers never see a connection. HTTP/1 over TCP is one source of this pair; a request handed
// over by another shard is another. The handler is one Task; when it ends the answer is finished,
// or the connection is closed. The writer never blocks: it sends what the socket takes and queues
// the rest, so a handler that streams asks backlog_bytes() and awaits drain().
//
// Errors:  body(): too_large (413), deadline_exceeded (408), invalid_argument (bad chunk),
//          cancelled, unavailable (the client left). drain(): deadline_exceeded, cancelled,
//          unavailable.
// Threads: one shard.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "rt/endpoint.h"
#include "rt/task.h"
#include "wire/http1.h"

namespace junctor::net {

class Request {
 public:
  virtual ~Request() = default;

  [[nodiscard]] virtual const wire::http1::RequestHead& head() const noexcept = 0;
  [[nodiscard]] virtual const rt::Endpoint& peer() const noexcept = 0;
  // The whole body, with kBufferPadding readable bytes behind it; valid until release() or the
  // handler's end.
  [[nodiscard]] virtual rt::Task<Result<std::string_view>> body(std::size_t bytes_max) = 0;
  // The same at once, when all of it is here already and within the limit.
  [[nodiscard]] virtual std::optional<std::string_view> body_now(std::size_t bytes_max) const = 0;
  // Gives the memory of the parsed head back, which is several times that of its text: for waits
  // with many beside them. head() and body() may not be called any more; what body() gave stays.
  virtual void release_head() noexcept = 0;
  // Gives all memory of the request back: for answers that stream for long.
  virtual void release() noexcept = 0;

  [[nodiscard]] std::string_view header(wire::http1::HeaderId id) const noexcept {
    const auto* found = head().headers.find(id);
    return found == nullptr ? std::string_view{} : found->value;
  }
};

struct Field {
  std::string_view name;
  std::string_view value;
};

// Status and fields of an answer. Framing, Connection and Date are the writer's.
struct Answer {
  int status = 200;
  std::string_view content_type;  // Empty: none.
  // Whole lines, each with its CRLF, of fields that never change: they are not checked again.
  std::string_view lines = {};
  std::span<const Field> fields = {};  // More of them.
};

// Who wants to know that the client leaves while an answer is under way.
class ClientListener {
 public:
  // Nothing can be delivered any more. Once.
  virtual void on_client_gone() noexcept = 0;
  // The client sends no more. It may have left, or half-closed and wait for the answer: only
  // writing tells.
  virtual void on_client_half_closed() noexcept = 0;

 protected:
  ~ClientListener() = default;
};

class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;

  // The whole answer: head and pieces leave in one write. Once, and nothing after it.
  virtual void send(const Answer& answer, std::span<const std::string_view> body) = 0;
  void send(const Answer& answer, std::string_view body = {}) {
    send(answer, std::span<const std::string_view>{&body, 1});
  }

  // An answer whose length is not known: start(), write()..., finish(). What is written may be held
  // until flush() or finish(), so that small pieces leave together.
  virtual void start(const Answer& answer) = 0;
  virtual void write(std::span<const std::string_view> pieces) = 0;
  void write(std::string_view piece) { write(std::span<const std::string_view>{&piece, 1}); }
  virtual void flush() = 0;
  virtual void finish() = 0;
  // Ends a started answer so that the client sees that it is not whole.
  virtual void abort() = 0;

  [[nodiscard]] virtual bool started() const noexcept = 0;
  // Bytes that the client has not taken yet; unbounded by the writer, so look before writing more.
  [[nodiscard]] virtual std::size_t backlog_bytes() const noexcept = 0;
  // Until the backlog is gone.
  [[nodiscard]] virtual rt::Task<Result<>> drain(Time deadline) = 0;

  [[nodiscard]] virtual bool gone() const noexcept = 0;
  [[nodiscard]] virtual bool half_closed() const noexcept = 0;
  // One listener at most; null: none. It is not told what was so before.
  virtual void listen(ClientListener* listener) noexcept = 0;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Both outlive the Task.
  [[nodiscard]] virtual rt::Task<void> handle(Request& request, ResponseWriter& response) = 0;
};

// One row of a room's table: app joins the tables into one router for each listener.
struct HttpRoute {
  std::string path;                  // A plain path, matched exactly.
  std::vector<std::string> methods;  // "GET" also serves HEAD.
  std::shared_ptr<HttpHandler> handler;
  std::string summary;  // One line for the API's documentation.
};

}  // namespace junctor::net
