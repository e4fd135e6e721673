#pragma once
// A session of the legacy era at the example server: what its client declared and set, the calls
// that have not been answered yet, and the questions that the server asked in them.
//
// Invariant: an ended session has no open stream for long, since end() cancels all of them; their
// handlers hold the session until they are done.
//
// Source:  MCP 2025-11-25 basic/lifecycle, basic/transports#session-management,
//          basic/utilities/cancellation, server/utilities/logging.
// Limits:  kExampleSessionsMax sessions, the oldest goes first; kExampleCallsMax open calls with a
//          stream in a session; kExampleAnswerWaitMax for an answer.
// Threads: one shard.

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "cli/example_resources.h"
#include "cli/example_stream.h"
#include "rt/clock.h"
#include "rt/event.h"
#include "rt/task.h"
#include "wire/mcp_request.h"

namespace junctor::cli {

inline constexpr std::size_t kExampleSessionsMax = 1000;
inline constexpr std::size_t kExampleCallsMax = 32;
inline constexpr Duration kExampleAnswerWaitMax = std::chrono::minutes{5};

// May a server ask this client so? `capabilities` are the client's. A server that asks for a form
// needs a client that has forms, which one that names no mode has.
[[nodiscard]] bool declares(const wire::JsonValue& capabilities, wire::McpMethod question);

// 0 for `debug` to 7 for `emergency`; expects one of the eight.
[[nodiscard]] std::size_t log_level_number(const wire::JsonValue& level);
[[nodiscard]] std::string_view log_level_name(std::size_t number);
inline constexpr std::size_t kLogLevels = 8;

class ExampleSession {
 public:
  // A call whose answer is a stream, findable while it lives.
  class Call {
   public:
    Call(ExampleSession& session, std::string_view id, ExampleStream& stream);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    friend class ExampleSession;
    ExampleSession& session_;
    std::string_view id_;
    ExampleStream& stream_;
  };

  ExampleSession(std::string id, const wire::JsonValue& capabilities);

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] bool may_ask(wire::McpMethod question) const noexcept;
  [[nodiscard]] bool full() const noexcept { return calls_.size() >= kExampleCallsMax; }

  // A question on the call's own stream. The client's result, a JSON text; nothing when it refused,
  // did not answer in time, or the call ended.
  [[nodiscard]] rt::Task<std::optional<std::string>> ask(ExampleStream& stream,
                                                         wire::McpMethod method,
                                                         std::string params);
  // The client's answer to a question; one to a question that is not open is dropped.
  void answered(const wire::JsonRpcMessage& answer);
  // The client does not want the answer of this call any more.
  void cancel(const wire::JsonValue& call_id) noexcept;
  void end() noexcept;
  [[nodiscard]] bool ended() const noexcept { return ended_; }

  std::size_t log_level = 1;  // `info`, until the client sets another.
  ExampleResourceSet wanted;
  ExampleStream* standalone = nullptr;  // The stream of its GET.

 private:
  struct Question {
    std::string id;
    rt::Event over;
    std::optional<std::string> result;
  };

  std::string id_;
  bool has_forms_;
  bool has_sampling_;
  bool ended_ = false;
  std::size_t questions_asked_ = 0;
  std::vector<Call*> calls_;
  std::vector<Question*> questions_;
};

class ExampleSessions {
 public:
  explicit ExampleSessions(rt::Random& random) noexcept : random_{random} {}

  // The oldest makes room: nobody ends the sessions of a server to try things on.
  [[nodiscard]] std::shared_ptr<ExampleSession> open(const wire::JsonValue& capabilities);
  [[nodiscard]] std::shared_ptr<ExampleSession> find(std::string_view id) const;
  // False when there is none.
  [[nodiscard]] bool end(std::string_view id);

 private:
  rt::Random& random_;
  std::vector<std::shared_ptr<ExampleSession>> sessions_;  // The oldest first.
};

}  // namespace junctor::cli
