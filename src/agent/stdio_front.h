#pragma once
// StdioFront: serves one MCP client that speaks in lines, by the HTTP endpoint of either era.
//
// A line becomes a request for a net::HttpHandler, and what the handler answers becomes lines
// (agent/line_response.h). The front knows what a connection of lines has and HTTP has not: one era
// for the whole process, one session, its standalone stream, and cancellation by a message.
// Requests run beside each other; notifications and answers are handed over one behind the other,
// in their order. `initialize` and `notifications/initialized` end before the next line is taken.
//
//   initialize                     legacy for good
//   a message of a modern version  modern for good; a later initialize is answered -32022
//   server/discover                modern, and leaves both ways open
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio), basic/versioning,
// basic/lifecycle,
//          basic/patterns/cancellation, basic/utilities/cancellation.
// Limits:  Limits.
// Errors:  each request has one answer, an error of ours at worst; a line that is no message is
//          answered too.
// Threads: one shard.

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/line_response.h"
#include "agent/line_sink.h"
#include "agent/stdio_message.h"
#include "agent/text_request.h"
#include "base/buffer.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "rt/task_group.h"

namespace junctor::agent {

class StdioFront {
 public:
  struct Limits {
    std::size_t calls_max = 256;  // Requests under way; one more is answered with an error.
    std::size_t notes_max = 256;  // Notifications and answers that wait; lines wait beyond.
    Duration end_max = std::chrono::seconds{1};  // For the session's end.
    // Between two tries to open the standalone stream again, which double.
    Duration reopen_min = std::chrono::seconds{1};
    Duration reopen_max = std::chrono::seconds{30};
    LineResponse::Limits response;
  };

  StdioFront(rt::Shard& shard, net::HttpHandler& handler, LineSink& sink, Limits limits) noexcept
      : shard_{shard}, handler_{handler}, sink_{sink}, limits_{limits} {}
  StdioFront(const StdioFront&) = delete;
  StdioFront& operator=(const StdioFront&) = delete;

  // One line, or why there is none. Ends when the next one may be taken.
  [[nodiscard]] rt::Task<void> take(Result<Buffer> line);
  // The client has gone: what runs is cancelled, and the session ended. Needed before destruction;
  // no take() is under way or follows.
  [[nodiscard]] rt::Task<void> end();

  [[nodiscard]] std::optional<wire::Era> era() const noexcept { return era_; }
  [[nodiscard]] std::size_t calls() const noexcept { return calls_.size(); }

 private:
  class Call;

  [[nodiscard]] rt::Task<void> take_request(const StdioMessage& message, Buffer line);
  [[nodiscard]] rt::Task<void> take_note(const StdioMessage& message, Buffer line);
  [[nodiscard]] rt::Task<void> open_session(const StdioMessage& message, Buffer line);
  // `line`: of a request in a session, which may have to be made again.
  [[nodiscard]] rt::Task<void> run_call(std::unique_ptr<TextRequest> request, std::string id,
                                        wire::Era era, std::string line);
  [[nodiscard]] rt::Task<void> repeat(LineResponse& response, const StdioSession& lost,
                                      std::string_view line);
  // Whether there is another session in place of this one.
  [[nodiscard]] rt::Task<bool> renew(const StdioSession& lost);
  [[nodiscard]] rt::Task<bool> begin_again();
  [[nodiscard]] rt::Task<void> read_rest(LineResponse& response, const StdioSession& session);
  [[nodiscard]] rt::Task<void> hand_over_notes();
  [[nodiscard]] rt::Task<void> read_standalone(StdioSession session);
  [[nodiscard]] rt::Task<void> end_session(StdioSession session, rt::Event* ended);

  // Null when the line cannot be passed on; it has been answered then.
  [[nodiscard]] std::unique_ptr<TextRequest> request_of(const StdioMessage& message, Buffer line,
                                                        const StdioSession& session);
  [[nodiscard]] std::unique_ptr<TextRequest> request_in(const StdioSession& session,
                                                        SessionVerb verb,
                                                        std::string_view last_event_id = {});
  void cancel(const StdioMessage& message) noexcept;
  // False when the era of the process does not take this message; it has been answered then.
  [[nodiscard]] bool settle_era(const StdioMessage& message);
  void refuse(std::string_view id, const wire::JsonRpcError& error);
  void refuse(std::string_view id, const Error& error);
  void put(std::string_view message);

  rt::Shard& shard_;
  net::HttpHandler& handler_;
  LineSink& sink_;
  Limits limits_;
  std::optional<wire::Era> era_;
  StdioSession session_;
  std::string initialize_;  // The line that began it.
  bool is_renewing_ = false;
  rt::Event renewed_;
  std::vector<Call*> calls_;
  std::deque<std::unique_ptr<TextRequest>> notes_;
  bool is_handing_over_ = false;
  rt::Event handed_over_;
  rt::TaskGroup tasks_;
};

}  // namespace junctor::agent
