#pragma once
// StdioTwin: the process that stands behind one client session of the session era.
//
// It is one to one, so ids of the server's requests, progress tokens and cursors pass unchanged;
// ids of the client's requests are replaced by ours, because a client may use one twice. What the
// server says without being asked goes to the stream of the call that it belongs to, or to the
// session's standalone stream. A process that ended, or was stopped while it was idle, is started
// again by the next request and told what it was told before: `initialize`, the log level, the
// subscriptions. Invariant: the client sees one session, however many processes it takes.
//
// Source:  MCP 2025-11-25 basic/lifecycle, basic/transports (stdio).
// Limits:  kHandshakeBytesMax, kSubscriptionsMax; StdioSettings::idle_timeout.
// Errors:  those of StdioLeg::start() and of StdioConnection.
// Threads: one shard.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/single_flight.h"
#include "agent/stdio_connection.h"
#include "agent/stdio_leg.h"
#include "agent/upstream_message.h"
#include "base/units.h"
#include "rt/event.h"
#include "rt/task.h"
#include "rt/timer.h"

namespace junctor::agent {

class Session;
class StdioHub;

// The resource that raw params of resources/subscribe and /unsubscribe name; empty: none.
[[nodiscard]] std::string subscribed_uri(std::string_view params);

class StdioTwin final : StdioListener, rt::Timer {
 public:
  static constexpr std::size_t kHandshakeBytesMax = 64_KiB;
  static constexpr std::size_t kSubscriptionsMax = 1000;
  struct Subscription {
    std::string uri;
    std::string params;  // Raw, of resources/subscribe.
  };

  explicit StdioTwin(StdioLeg& leg);
  ~StdioTwin() override;
  StdioTwin(const StdioTwin&) = delete;
  StdioTwin& operator=(const StdioTwin&) = delete;

  // A process without a handshake, for the client's own `initialize`, whose params are `params`.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> begin(std::string_view params,
                                                                         Time deadline);
  // A process that is started by the first request; `params` are those of its handshake.
  void prepare(std::string_view params) {
    handshake_ = params;
    (void)join(params);
  }
  // Where the upstream's sessions share processes and that client's may: it has a part in one, and
  // never one of its own. `params` as above.
  bool join(std::string_view params);
  [[nodiscard]] StdioHub* hub() noexcept { return hub_; }
  // The session that is made by its answer; null when that has ended.
  void belong_to(Session* session) noexcept { session_ = session; }

  // One request under way: the process is not idle while one lives.
  class Use {
   public:
    explicit Use(StdioTwin& twin) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    StdioTwin& twin_;
  };
  // The process, with its handshake done; started if need be. Inside of a Use.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> process(Time deadline);
  // The process that runs, its own or one that it has a part in; null when none does.
  [[nodiscard]] StdioConnection* running() noexcept;
  // What a new process has to be told again: the raw params of logging/setLevel, and of a
  // subscription. Of a level: whether the process that runs has to be told, too.
  bool note_level(std::string_view params);
  [[nodiscard]] const std::string& level() const noexcept { return level_; }
  void note_subscription(std::string_view params);
  void forget_subscription(std::string_view params);
  [[nodiscard]] const std::vector<Subscription>& subscriptions() const noexcept {
    return subscriptions_;
  }
  [[nodiscard]] bool has_subscription(std::string_view uri) const;
  // What the server says to the session as a whole.
  void tell_session(const UpstreamMessage& message);

  [[nodiscard]] bool is_idle() const noexcept {
    return connection_ != nullptr && uses_ == 0 && !start_.is_under_way();
  }
  // The smaller, the sooner its process is stopped: those to which nobody listens first, and then
  // by their last use.
  [[nodiscard]] std::pair<bool, Time> idle_rank() const noexcept;
  void stop_process() noexcept;
  // For good.
  void close() noexcept;

 private:
  void on_said(const UpstreamMessage& message) override;
  void on_ended() noexcept override;
  void on_timer() noexcept override;
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> restart(Time deadline);
  [[nodiscard]] StdioCall* call_of(const UpstreamMessage& message) const;
  void adopt(std::shared_ptr<StdioConnection> connection);

  StdioLeg& leg_;
  Session* session_ = nullptr;
  StdioHub* hub_ = nullptr;  // In place of a process of its own.
  std::shared_ptr<StdioConnection> connection_;
  std::string handshake_;  // The client's params of `initialize`.
  std::string level_;
  std::vector<Subscription> subscriptions_;
  std::size_t uses_ = 0;
  Time last_used_;
  bool closed_ = false;
  SingleFlight start_;
};

}  // namespace junctor::agent
