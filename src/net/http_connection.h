#pragma once
// HttpConnection: one client's connection, from accept to close; the Request and ResponseWriter of
// whatever request it is serving.
//
// run() is the connection's life, one step after the other: wait for a head, serve it, make ready
// for the next. Bytes are received into the shard's scratch and copied into `in_`, which is empty,
// and holds no memory, while the connection is idle. Views of head and body live until the request
// is over or released.
//
// Limits:  HttpLimits of the server.
// Threads: one shard.

#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "net/http_server.h"
#include "net/send_queue.h"
#include "net/stream.h"

namespace junctor::net {

class HttpConnection final : public Request, public ResponseWriter, rt::SocketObserver {
 public:
  // Takes the descriptor; runs until the connection is closed.
  [[nodiscard]] static rt::Task<void> run(HttpServer& server, int descriptor, rt::Endpoint peer);

  HttpConnection(HttpServer& server, int descriptor, rt::Endpoint peer);
  ~HttpConnection() override;

  // Closes the connection if it is idle, else after its request.
  void end_when_idle() noexcept;
  [[nodiscard]] HttpConnection* next() const noexcept { return next_; }

  // Request:
  [[nodiscard]] const wire::http1::RequestHead& head() const noexcept override;
  [[nodiscard]] const rt::Endpoint& peer() const noexcept override { return peer_; }
  [[nodiscard]] rt::Task<Result<std::string_view>> body(std::size_t bytes_max) override;
  [[nodiscard]] std::optional<std::string_view> body_now(std::size_t bytes_max) const override;
  void release_head() noexcept override;
  void release() noexcept override;

  // ResponseWriter:
  void send(const Answer& answer, std::span<const std::string_view> body) override;
  void start(const Answer& answer) override;
  void write(std::span<const std::string_view> pieces) override;
  void flush() override;
  void finish() override;
  void abort() override;
  [[nodiscard]] bool started() const noexcept override { return phase_ != Phase::unanswered; }
  [[nodiscard]] std::size_t backlog_bytes() const noexcept override { return out_.bytes(); }
  [[nodiscard]] rt::Task<Result<>> drain(Time deadline) override;
  [[nodiscard]] bool gone() const noexcept override { return gone_; }
  [[nodiscard]] bool half_closed() const noexcept override;
  void listen(ClientListener* listener) noexcept override { listener_ = listener; }

 private:
  // How far the answer to the current request is.
  enum class Phase : std::uint8_t { unanswered, streaming, finished, aborted };
  enum class Framing : std::uint8_t { length, chunked, until_close, no_body };

  // False when there is no next request and the connection is to be closed.
  [[nodiscard, gnu::noinline]] rt::Task<bool> next_head();
  // noinline: coroutines that are not under way all the time keep frames of their own: clang would
  // put those of inlined ones into the caller's, for its whole life.
  [[nodiscard, gnu::noinline]] const HttpRoute* begin_request();
  [[gnu::noinline]] void end_answer();
  [[nodiscard, gnu::noinline]] rt::Task<void> deliver();
  [[nodiscard, gnu::noinline]] const HttpRoute* route();
  [[nodiscard, gnu::noinline]] bool parse_head();
  [[gnu::noinline]] void refuse(int status, std::string_view reason,
                                std::span<const Field> fields = {});
  // Plain functions that coroutines call stay functions: inlined, their locals would be in the
  // frame.
  [[gnu::noinline]] void end_request(Time began);
  [[gnu::noinline]] void log_request(Duration took);
  // Reads what the peer still sends for a moment, so that our last answer is not lost to a reset.
  [[nodiscard, gnu::noinline]] rt::Task<void> linger();

  enum class Received : std::uint8_t { nothing, bytes, end, timeout, cancelled };
  // How a wait ended: `nothing` yet, if the socket may have bytes now.
  [[nodiscard]] static Received after(rt::Wake wake) noexcept;
  [[nodiscard]] Received receive_now(std::size_t bytes_max, std::string_view& bytes);
  // One receive of at most `bytes_max`; the bytes are in the scratch.
  [[nodiscard]] rt::Task<std::pair<Received, std::string_view>> receive(std::size_t bytes_max,
                                                                        Time deadline);
  [[nodiscard]] rt::Task<Result<>> read_body(std::size_t bytes_max);
  [[nodiscard]] Error body_error(Received outcome);
  void send_continue();

  // The head of an answer, in `room`; its size.
  [[nodiscard]] std::size_t write_head(std::span<char> room, const Answer& answer,
                                       std::int64_t length);
  // What the queue said: unless it is good the client is lost.
  void settle(SendQueue::Outcome outcome) noexcept;
  [[nodiscard]] rt::Task<Result<>> drain_once(Time deadline);
  void lose() noexcept;
  void on_socket(unsigned bits) noexcept override;

  HttpServer& server_;
  Stream stream_;
  rt::Endpoint peer_;
  HttpConnection* previous_ = nullptr;
  HttpConnection* next_ = nullptr;
  Buffer in_;  // The current request's head, and what came with it.
  // Of a body that did not come with its head.
  struct Late {
    Buffer body;
    Buffer pipelined;  // Came behind it.
  };
  std::unique_ptr<Late> late_;
  SendQueue out_;
  std::unique_ptr<wire::http1::RequestHead> head_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_ = 0;     // Of in_, behind the head, that belong to the body.
  std::uint64_t sent_before_ = 0;  // Bytes sent before the current answer.
  ClientListener* listener_ = nullptr;
  // Of the one request of so many that has a record; a handler may give its head back early.
  struct Logged {
    std::string method;
    std::string path;
  };
  std::unique_ptr<Logged> logged_;
  int status_ = 0;
  Phase phase_ = Phase::unanswered;
  Framing framing_ = Framing::chunked;
  bool idle_ = false;  // Waits for the first byte of a request.
  bool keep_alive_ = true;
  bool fresh_ = true;          // No request has begun yet.
  bool answers_head_ = false;  // The request is HEAD.
  bool is_http_1_0_ = false;
  bool body_read_ = false;
  bool body_in_place_ = false;  // It came whole with its head, and not chunked: it is in in_.
  bool body_failed_ = false;
  bool gone_ = false;
  bool half_close_seen_ = false;
  // Ends with a reset: only so is an answer without a length seen to be broken.
  bool breaks_off_ = false;
};

}  // namespace junctor::net
