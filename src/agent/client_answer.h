#pragma once
// ClientAnswer: the answer to one HTTP request of a client, said in messages.
//
// It decides nothing about the messages; it knows how this client wants them: as one JSON body when
// a single message is the whole answer, else as an event stream, which it keeps alive with
// comments. Once a stream has begun everything goes on it, since a body cannot change its type. A
// client that takes JSON alone gets the final message and nothing before it.
//
// A client that sends no more may have left or may be waiting (RFC 9112 section 9.6): only writing
// tells. So a request that would be cancelled by its client's leaving begins its event stream then,
// and learns it.
//
// Source:  MCP 2026-07-28 basic/transports; MCP 2025-11-25 basic/transports; WHATWG HTML 9.2
//          (keep-alive).
// Limits:  Limits::keep_alive, ::backlog_bytes_max, ::write_timeout.
// Threads: one shard.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/negotiation.h"
#include "agent/settings.h"
#include "agent/upstream_message.h"
#include "base/buffer.h"
#include "base/prefetch.h"
#include "net/http.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "rt/timer.h"
#include "wire/jsonrpc.h"

namespace junctor::agent {

class ClientAnswer final : net::ClientListener, rt::Timer {
 public:
  ClientAnswer(rt::Shard& shard, net::ResponseWriter& writer, const net::Request& request,
               const Limits& limits);
  ~ClientAnswer() override { writer_.listen(nullptr); }

  [[nodiscard]] Accepted accepted() const noexcept { return accepted_; }
  // `scope` is cancelled when the client has left.
  void cancel_on_gone(rt::Cancellation& scope);
  void stop_cancelling() noexcept { scope_ = nullptr; }
  // A field of the head, such as a session's id; before the answer begins.
  void set_session_id(std::string_view id) { named().session_id = id; }
  // When an upstream that refused for now wants to be asked again, as it wrote it: seconds or a
  // date (RFC 9110 section 10.2.3). Nothing of more than kRetryAfterBytesMax is passed on.
  static constexpr std::size_t kRetryAfterBytesMax = 64;
  void set_retry_after(std::string_view value) {
    if (!value.empty() && value.size() <= kRetryAfterBytesMax) named().retry_after = value;
  }

  // The whole answer: one message (an event stream has not begun), or an empty body.
  void send(int status, const Pieces& message);
  void send_empty(int status, std::span<const net::Field> fields = {});
  // One message, in whatever form the client takes it at this point; the answer ends with it.
  void send_final(int status, const Pieces& message);
  void send_error(int status, std::string_view id, const wire::JsonRpcError& error);
  // The protocol version `requested` (raw JSON, or nothing) is none of `supported`, a JSON array.
  void send_unsupported_version(std::string_view id, std::string_view supported,
                                std::string_view requested);
  // An error of ours, by the one table, with data.reason.
  void send_error(std::string_view id, const Error& error, std::string_view upstream);

  // A JSON body in parts. abort() makes plain that it is not whole.
  void begin_json(int status);
  void json(std::string_view piece) { writer_.write(piece); }
  void end_json() { writer_.finish(); }
  void abort() { writer_.abort(); }

  // An event stream. begin_events() is implied by the first event.
  void begin_events();
  void event(std::string_view id, const Pieces& message);
  void prime(std::string_view id, std::optional<std::chrono::milliseconds> retry);
  void end_events();

  // A hint: something may be written soon.
  void prefetch() const noexcept {
    constexpr std::size_t kWriterBytes = 6 * kCacheLineBytes;  // Of a net::HttpConnection.
    junctor::prefetch(&writer_, kWriterBytes);
  }
  void flush() { writer_.flush(); }
  [[nodiscard]] bool started() const noexcept { return writer_.started(); }
  [[nodiscard]] bool has_events() const noexcept { return phase_ == Phase::events; }
  [[nodiscard]] bool ended() const noexcept { return phase_ == Phase::ended; }
  [[nodiscard]] bool gone() const noexcept { return writer_.gone(); }
  [[nodiscard]] bool is_backed_up() const noexcept {
    return writer_.backlog_bytes() > limits_.backlog_bytes_max;
  }
  [[nodiscard, clang::coro_wrapper]] rt::Task<Result<>> drain() {
    return writer_.drain(shard_.now() + limits_.write_timeout);
  }
  // Set by whoever waits for this client to leave (a stream without requests of its own).
  rt::Event left;

 private:
  enum class Phase : std::uint8_t { waiting, json, events, ended };
  class Fields;

  void on_client_gone() noexcept override;
  void on_client_half_closed() noexcept override;
  void on_timer() noexcept override;
  void add_retry_after(Fields& fields, int status) const;
  void rest() noexcept { arm(shard_.timers(), shard_.now() + limits_.keep_alive); }

  rt::Shard& shard_;
  net::ResponseWriter& writer_;
  const Limits& limits_;
  Accepted accepted_;
  Phase phase_ = Phase::waiting;
  rt::Cancellation* scope_ = nullptr;
  // What the head names and most answers do not have.
  struct Named {
    std::string session_id;
    std::string origin;       // In Access-Control-Allow-Origin.
    std::string retry_after;  // With 429 and 503; empty: a second.
  };
  Named& named();
  std::unique_ptr<Named> named_;
};

}  // namespace junctor::agent
