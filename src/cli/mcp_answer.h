#pragma once
// McpAnswer: what a server said to one message of ours, gathered from JSON or from an event stream.
//
// A sink for net::HttpClient. The message that carries our id is the answer and is kept as it came,
// byte by byte; progress goes to the listener, requests of the server are kept until somebody takes
// them, and everything else is dropped. Invariant: what comes behind the answer changes nothing.
//
// Source:  MCP 2026-07-28 and 2025-11-25, basic/transports (Streamable HTTP).
// Limits:  bytes_max of one message; kServerRequestsMax requests are kept, more are dropped.
// Errors:  too_large (answer_too_large).
// Threads: one owner at a time.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "base/error.h"
#include "base/time.h"
#include "net/answer_reader.h"
#include "wire/sse_decoder.h"

namespace junctor::cli {

// Hears what comes before an answer.
class McpListener {
 public:
  // `params` of notifications/progress: an object, raw.
  virtual void on_progress(std::string_view params) = 0;
  // Whether people are there to be asked; servers are told.
  [[nodiscard]] virtual bool answers_questions() const { return false; }
  // `params` of elicitation/create, raw. The raw result, and how long people took: that is not the
  // server's time.
  struct PeoplesAnswer {
    std::string result;
    Duration took{};
  };
  [[nodiscard]] virtual PeoplesAnswer on_question(std::string_view params);

 protected:
  ~McpListener() = default;
};

inline constexpr std::size_t kServerRequestsMax = 64;

class McpAnswer final : public net::AnswerSink {
 public:
  // `id`: raw, of our request; empty for a message that is only taken note of. `listener` may be
  // null.
  McpAnswer(std::string_view id, std::size_t bytes_max, McpListener* listener)
      : id_{id},
        bytes_max_{bytes_max},
        listener_{listener},
        events_{wire::SseDecoder::Limits{.event_bytes_max = bytes_max}} {}

  [[nodiscard]] Result<> on_head(const wire::http1::ResponseHead& head) override;
  [[nodiscard]] Result<> on_body(std::string_view piece, net::Part part) override;

  // All that was waited for has come.
  [[nodiscard]] bool is_complete() const noexcept {
    return answer_.has_value() || (id_.empty() && status_ != 0);
  }
  // The message with our id; for an error also one without an id.
  [[nodiscard]] const std::optional<std::string>& answer() const noexcept { return answer_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& session_id() const noexcept { return session_id_; }
  // Of an event stream: where to go on when it has ended without an answer; empty: nowhere.
  [[nodiscard]] const std::string& last_event_id() const noexcept { return last_event_id_; }
  [[nodiscard]] std::chrono::milliseconds retry() const noexcept { return retry_; }
  // The server's requests since the last call: id and params raw, the method unescaped.
  struct ServerRequest {
    std::string id;
    std::string method;
    std::string params;
  };
  [[nodiscard]] std::vector<ServerRequest> take_requests() {
    return std::exchange(requests_, std::vector<ServerRequest>{});
  }

 private:
  enum class Body : unsigned char { json, events };
  Result<> take_events(std::string_view piece);
  void take_event(const wire::SseEvent& event);
  void take_message(std::string_view text);

  std::string id_;
  std::size_t bytes_max_;
  McpListener* listener_;
  int status_ = 0;
  Body body_ = Body::json;
  Buffer json_;
  wire::SseDecoder events_;
  std::string session_id_;
  std::string last_event_id_;
  std::chrono::milliseconds retry_{1000};
  std::optional<std::string> answer_;
  std::vector<ServerRequest> requests_;
};

}  // namespace junctor::cli
