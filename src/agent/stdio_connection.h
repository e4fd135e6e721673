#pragma once
// StdioConnection: one running process of an upstream, and the messages that go to it and come from
// it, one a line.
//
// The channel is shared: requests carry ids of ours (a number that counts), and an answer finds its
// call by that number. What the process says on its own goes to a listener. Invariant: whatever the
// process does (garbage, silence, a full pipe, its death), each call of it ends, and the loop never
// waits for it.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio), basic/lifecycle (shutdown).
// Limits:  Limits::event_bytes_max for a line; kInputBacklogMax bytes that the process has not read
//          yet; kGarbageMax lines in a row that are no message; kErrorLine* for its stderr.
// Errors:  of a call: unavailable "upstream_stream_lost" (the process ended), corrupt
//          "upstream_invalid", "upstream_too_large", rate_limited "upstream_busy" (it reads
//          nothing).
// Threads: one shard.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/message_sink.h"
#include "agent/settings.h"
#include "agent/upstream_message.h"
#include "base/buffer.h"
#include "base/log.h"
#include "rt/child.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "wire/line_decoder.h"

namespace junctor::agent {

class StdioConnection;
class StdioTwin;

// One request under way. It is found by its number from its making to its end.
class StdioCall {
 public:
  // What its client calls it; raw, empty where there is none. Where several sessions share the
  // channel, that of the session too.
  struct Client {
    std::string id;
    std::string progress_token;
    const StdioTwin* twin = nullptr;
  };
  StdioCall(StdioConnection& connection, MessageSink& sink, Client client);
  ~StdioCall();
  StdioCall(const StdioCall&) = delete;
  StdioCall& operator=(const StdioCall&) = delete;

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] const Client& client() const noexcept { return client_; }
  // A message of the process that belongs to it.
  void take(const UpstreamMessage& message);
  void fail(const Error& why);
  // Set by each of both.
  rt::Event changed;
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }

 private:
  StdioConnection& connection_;
  MessageSink& sink_;
  Client client_;
  std::uint64_t number_;
  std::optional<Error> failure_;
};

// Who hears what a process says without being asked: notifications, and requests of its own.
class StdioListener {
 public:
  virtual void on_said(const UpstreamMessage& message) = 0;
  // Nothing follows; its calls have failed already.
  virtual void on_ended() noexcept = 0;

 protected:
  ~StdioListener() = default;
};

class StdioConnection final : rt::SocketObserver {
 public:
  static constexpr std::size_t kInputBacklogMax = 32_MiB;
  static constexpr std::size_t kGarbageMax = 200;
  static constexpr std::size_t kErrorLineBytesMax = 8_KiB;
  static constexpr std::size_t kErrorLinesPerSecondMax = 50;

  struct Services {
    rt::Shard& shard;
    std::string_view upstream;  // Its name.
    const StdioSettings& settings;
    std::size_t line_bytes_max;
    Counter& garbage;      // Lines that were no message.
    Counter& errors_lost;  // Lines of stderr over the rate.
    Logger log;
  };
  StdioConnection(const Services& services, std::unique_ptr<rt::Child> child);
  ~StdioConnection();
  StdioConnection(const StdioConnection&) = delete;
  StdioConnection& operator=(const StdioConnection&) = delete;

  // Carries messages until the process ends, by itself or by close(); once.
  [[nodiscard]] rt::Task<void> run();
  // Ends it gracefully; its calls fail at once.
  void close() noexcept;
  // No call can be begun any more.
  [[nodiscard]] bool ended() const noexcept { return over_.is_set(); }
  // It ended by itself, or had to be ended.
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }
  // There is no such program, or it may not be executed.
  [[nodiscard]] bool never_ran() const noexcept {
    const std::optional<rt::ChildEnd>& end = child_->end();
    return end.has_value() && end->exit_status == rt::kExitCannotStart;
  }
  // Its end is no fault of it.
  void forgive() noexcept { is_forgiven_ = true; }
  [[nodiscard]] bool is_forgiven() const noexcept { return is_forgiven_; }
  // It has said something that was a message.
  [[nodiscard]] bool has_spoken() const noexcept { return has_spoken_; }

  void listen(StdioListener* listener) noexcept { listener_ = listener; }
  // One message, whole; line ends in it become blanks, which is the same JSON.
  [[nodiscard]] Result<> send(const Pieces& message);
  // Those under way, the oldest first.
  [[nodiscard]] const std::vector<StdioCall*>& calls() const noexcept { return calls_; }

  // While one of these lives the process is not read: its client takes nothing.
  class Pause {
   public:
    explicit Pause(StdioConnection& connection) noexcept : connection_{connection} {
      if (connection_.pauses_++ == 0) connection_.unpaused_.reset();
    }
    ~Pause() {
      if (--connection_.pauses_ == 0) connection_.unpaused_.set();
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    StdioConnection& connection_;
  };

 private:
  friend class StdioCall;
  // Its stdin was closed by it: told though nobody writes.
  void on_socket(unsigned bits) noexcept override;
  [[nodiscard]] rt::Task<void> read_messages();
  [[nodiscard]] rt::Task<void> read_errors();
  [[nodiscard]] rt::Task<void> write_messages();
  [[nodiscard]] rt::Task<void> watch_end();
  enum class Fed : std::uint8_t { more, over };
  Fed feed(std::string_view piece);
  void take_line(std::string_view line);
  void take_garbage(std::string_view line);
  void take_error_line(std::string_view line);
  [[nodiscard]] StdioCall* find_call(std::string_view raw_id) const noexcept;
  void end_with(ErrorKind kind, std::string_view reason, std::string detail);
  void fail_calls();

  rt::Shard& shard_;
  std::string_view upstream_;
  const StdioSettings& settings_;
  Counter& garbage_;
  Counter& errors_lost_;
  Logger log_;
  std::unique_ptr<rt::Child> child_;
  StdioListener* listener_ = nullptr;
  std::vector<StdioCall*> calls_;  // By number.
  std::uint64_t last_number_ = 0;
  wire::LineDecoder lines_;
  Buffer input_;  // Not written yet.
  rt::Event wanted_;
  rt::Event unpaused_;
  std::size_t pauses_ = 0;
  rt::Event output_over_;
  rt::Event over_;
  std::optional<Error> failure_;
  bool has_spoken_ = false;
  bool is_forgiven_ = false;
  std::size_t garbage_in_a_row_ = 0;
  Time errors_second_{};
  std::size_t errors_in_second_ = 0;
};

// One request of our own, of which `rest` is what stands behind the id
// (`"method":...,"params":...`), and its answer, whole. Errors: those above; deadline_exceeded
// "upstream_timeout"; cancelled.
[[nodiscard]] rt::Task<Result<std::string>> ask(StdioConnection& connection, std::string rest,
                                                Time deadline);
// The call of that number; null when it is over.
[[nodiscard]] StdioCall* find_call(const StdioConnection& connection, std::string_view raw_number);
// Where progress tokens are numbers of calls: gives progress to its call, with the client's own
// token again. False when it is another message.
bool take_progress(const StdioConnection& connection, const UpstreamMessage& message);
// Tells the process that nobody waits for `call` any more.
void tell_cancelled(StdioConnection& connection, const StdioCall& call, std::string_view reason);
// What `call` waits for, until there is something new: another message, a failure.
[[nodiscard]] rt::Task<Result<>> next_message(StdioCall& call, Time deadline);

}  // namespace junctor::agent
