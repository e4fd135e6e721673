#pragma once
// AnswerRelay: carries what an upstream answers to the client that asked, message by message, as it
// arrives.
//
// The upstream chooses JSON or an event stream; ClientAnswer turns either into what the client
// takes. A JSON body that came whole is read in one scan; a larger one goes on through the
// streaming tokenizer, which keeps a broken body from being completed. Tolerated: bodies of several
// JSON documents (they become events), answers without `jsonrpc`, with a wrong id, without
// `resultType` (agent/upstream_message.h).
//
// Nothing here waits: on_head and on_body are called by ClientCall::read() with bytes of the
// shard's scratch.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports.
// Limits:  Limits::answer_bytes_max, ::event_bytes_max, kHeldBytesMax.
// Errors:  corrupt "upstream_invalid", unavailable "upstream_stream_lost" and others, in failure().
// Threads: one shard.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/client_answer.h"
#include "agent/message_sink.h"
#include "agent/session.h"
#include "agent/settings.h"
#include "agent/upstream_message.h"
#include "base/prefetch.h"
#include "net/http_client.h"
#include "wire/json_stream.h"
#include "wire/sse_decoder.h"

namespace junctor::agent {

class AnswerRelay final : public net::AnswerSink, public MessageSink {
 public:
  static constexpr std::size_t kHeldBytesMax = std::size_t{16} << 10;

  // What the client posted. A message that is no request has no answer but its status.
  // `events` is the standalone stream, `resumption` the rest of a request's stream: both by GET.
  enum class Asked : std::uint8_t { request, notification, events, resumption };

  // What the answer to `initialize` tells, before anything of it goes out: once the head is there,
  // and again with the version that was negotiated.
  struct Opening {
    std::function<void(const Opening&)> tell;
    std::string upstream_session_id = {};
    const wire::VersionFacts* version = nullptr;
  };

  struct Plan {
    Asked asked = Asked::request;
    wire::Era era = wire::Era::modern;
    bool had_session = false;         // The upstream was told a session id.
    std::string_view id = {};         // Raw; of a request. Outlives the relay, as all here.
    SessionStream* stream = nullptr;  // Where events go in a session; null: straight to the client.
    Opening* opening = nullptr;       // Of `initialize`.
  };

  // `answer` may be null when events go to a stream and nothing else can come (events, resumption).
  AnswerRelay(const Limits& limits, ClientAnswer* answer, Plan plan);

  // AnswerSink:
  [[nodiscard]] Result<> on_head(const wire::http1::ResponseHead& head) override;
  [[nodiscard]] Result<> on_body(std::string_view piece, net::Part part) override;
  // MessageSink, in place of both, where messages come by themselves and not as the body of an
  // answer:
  void take(const UpstreamMessage& message) override;
  // A hint: a part of the answer may come soon.
  void prefetch() const noexcept {
    junctor::prefetch(this, sizeof *this);
    junctor::prefetch(events_.get(), sizeof *events_);
    if (answer_ != nullptr) answer_->prefetch();
  }
  // What was asked has no answer, and went out.
  void accept() noexcept { outcome_ = Outcome::answered; }

  enum class Outcome : std::uint8_t {
    open,          // More is to come.
    answered,      // The final message was delivered (or its part of a broken one was).
    failed,        // failure() says why; the client was told nothing yet, unless answer.started().
    session_lost,  // The upstream does not know the session any more; nothing was processed.
    interrupted,   // An event stream ended before its final message.
  };
  [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
  // Of an outcome that is `failed`.
  [[nodiscard]] const Error& failure() const noexcept {
    JUNCTOR_ASSERT(failure_.has_value());
    return *failure_;
  }
  [[nodiscard]] bool is_error_answer() const noexcept { return is_error_; }
  [[nodiscard]] int status() const noexcept { return status_; }

  // For resumption of an interrupted stream.
  [[nodiscard]] const std::string& last_event_id() const noexcept { return last_event_id_; }
  [[nodiscard]] std::chrono::milliseconds retry() const noexcept { return retry_; }

 private:
  enum class Body : std::uint8_t { none, json, held, streamed, many, events, lines, ignored };

  void fail_with(ErrorKind kind, std::string_view reason, std::string detail);
  void refuse_by_status();
  void take_json(std::string_view piece, net::Part part);
  void take_whole(std::string_view text);
  void take_held(std::string_view piece, net::Part part);
  [[nodiscard]] static bool holds_documents(std::string_view text);
  [[nodiscard]] bool may_stream() const;
  void begin_streamed();
  void take_streamed(std::string_view piece, net::Part part);
  void end_streamed();
  void begin_documents();
  void take_documents(std::string_view piece, net::Part part);
  void take_events(std::string_view piece, net::Part part);
  void take_event(const wire::SseEvent& event);
  // A message of an event stream, or of a body of several documents.
  void take_message(const UpstreamMessage& message);
  void deliver_final(const UpstreamMessage& message);
  [[nodiscard]] bool is_lost_session(const UpstreamMessage& message) const noexcept;

  const Limits& limits_;
  ClientAnswer* answer_;
  Plan plan_;
  Outcome outcome_ = Outcome::open;
  Body body_ = Body::none;
  bool is_error_ = false;
  bool in_id_ = false;  // Of a streamed body: the upstream's id is being skipped.
  int status_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::string last_event_id_;
  std::chrono::milliseconds retry_{1000};
  std::optional<Error> failure_;
  Buffer held_;  // A body, or the document of it that is not whole yet.
  std::unique_ptr<wire::JsonStream> json_;
  std::unique_ptr<wire::SseDecoder> events_;
};

}  // namespace junctor::agent
