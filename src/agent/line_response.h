#pragma once
// LineResponse: the answer of an HTTP handler, written as lines of messages.
//
// A JSON body is one line, an event stream one for each event that is a message; statuses,
// comments, priming events and ids have no line of their own. A message passes byte by byte, but
// for line ends, which JSON has between its tokens alone and which become blanks, and for an
// answer's id where it is not the request's. Invariant: what is put is a valid JSON-RPC message,
// and a request has exactly one answer, once conclude() was called, unless nobody wants one any
// more.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio; Streamable HTTP; resumability).
// Limits:  Limits.
// Errors:  what the handler leaves unanswered is answered with an error by conclude().
// Threads: one shard.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/line_sink.h"
#include "agent/upstream_message.h"
#include "base/buffer.h"
#include "base/units.h"
#include "net/http.h"
#include "wire/sse_decoder.h"

namespace junctor::agent {

class LineResponse final : public net::ResponseWriter {
 public:
  struct Limits {
    std::size_t answer_bytes_max = 64_MiB;  // Of a JSON body; an error is said beyond.
    std::size_t event_bytes_max = 16_MiB;
  };
  // A note is a notification or an answer: nothing that comes back is for the client. An `own`
  // request is one that the client did not make: its answer is read, and not put.
  enum class Asked : std::uint8_t { request, note, stream, own };

  // `id`: raw; of a request.
  LineResponse(LineSink& sink, Asked asked, std::string id, const Limits& limits)
      : sink_{sink}, limits_{limits}, asked_{asked}, id_{std::move(id)} {}

  using net::ResponseWriter::send;
  using net::ResponseWriter::write;
  void send(const net::Answer& answer, std::span<const std::string_view> body) override;
  void start(const net::Answer& answer) override;
  void write(std::span<const std::string_view> pieces) override;
  void flush() override {}
  void finish() override;
  void abort() override { phase_ = Phase::ended; }
  [[nodiscard]] bool started() const noexcept override { return phase_ != Phase::waiting; }
  [[nodiscard]] std::size_t backlog_bytes() const noexcept override;
  [[nodiscard]] rt::Task<Result<>> drain(Time deadline) override;
  [[nodiscard]] bool gone() const noexcept override { return is_left_ || sink_.gone(); }
  [[nodiscard]] bool half_closed() const noexcept override { return false; }
  void listen(net::ClientListener* listener) noexcept override { listener_ = listener; }

  // The client wants nothing of this any more: its handler is told, and nothing more is put.
  void leave() noexcept;
  // The client owes itself no answer any more, but takes what comes.
  void forgo() noexcept { is_forgone_ = true; }
  // Of a request in a session: an answer that says that there is no such session is kept back,
  // once.
  void keep_loss_back() noexcept { keeps_loss_back_ = true; }
  [[nodiscard]] bool is_session_lost() const noexcept {
    return is_session_lost_ && !is_forgone_ && !gone();
  }
  // The handler has ended.
  void conclude();

  // What the head and the messages said.
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& session_id() const noexcept { return session_id_; }
  [[nodiscard]] const std::string& protocol_version() const noexcept { return version_; }
  [[nodiscard]] bool succeeded() const noexcept { return is_answered_ && !is_error_; }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }

  // A stream that ended before its answer, and whose rest can be asked for behind that event.
  [[nodiscard]] bool may_resume() const noexcept;
  [[nodiscard]] const std::string& last_event_id() const noexcept { return last_event_id_; }
  [[nodiscard]] std::chrono::milliseconds retry() const noexcept { return retry_; }
  // Another answer follows, which goes on where this one ended, or takes its place.
  void resume() noexcept;

 private:
  enum class Phase : std::uint8_t { waiting, body, events, ended };

  void take_head(const net::Answer& answer);
  void take_field(std::string_view name, std::string_view value);
  void take_bytes(std::string_view piece);
  void take_events(std::string_view piece);
  void take_message(std::string_view text);
  void put(const Pieces& message);
  [[nodiscard]] Error failure() const;

  LineSink& sink_;
  const Limits& limits_;
  net::ClientListener* listener_ = nullptr;
  Asked asked_;
  Phase phase_ = Phase::waiting;
  bool is_events_ = false;
  bool is_answered_ = false;
  bool is_error_ = false;
  bool is_left_ = false;
  bool is_forgone_ = false;
  bool keeps_loss_back_ = false;
  bool is_session_lost_ = false;
  bool is_too_large_ = false;
  int status_ = 0;
  std::size_t messages_ = 0;
  std::uint64_t end_ = 0;  // Of the last line that was put, in bytes of the sink.
  std::string id_;
  std::string session_id_;
  std::string version_;
  std::string last_event_id_;
  std::chrono::milliseconds retry_ = wire::kSseRetryMin;
  Buffer body_;
  std::unique_ptr<wire::SseDecoder> decoder_;
};

}  // namespace junctor::agent
