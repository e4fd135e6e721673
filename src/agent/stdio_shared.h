#pragma once
// StdioShared: the process of an upstream that serves all clients of the stateless era.
//
// Many clients share the channel, so ids and progress tokens on it are ours, and a message of the
// process finds its call by them: an answer by its id, progress by its token, what a subscription
// brings by its subscription id. A log message names no call; it goes to the only one that is under
// way, or to nobody. Calls go to the process of the shard that the upstream's name chooses
// (Plane::home_of()), and are handed over to it. Another shard starts one of its own only for what
// a federated route asks on its own account there: lists and subscriptions.
//
// Source:  MCP 2026-07-28 basic/transports (stdio), basic/patterns/progress, /subscriptions.
// Limits:  StdioSettings::idle_timeout.
// Errors:  those of StdioLeg::start().
// Threads: one shard.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/message_sink.h"
#include "agent/single_flight.h"
#include "agent/stdio_connection.h"
#include "rt/event.h"
#include "rt/task.h"
#include "rt/timer.h"

namespace junctor::agent {

class StdioLeg;

// Gives a call of a client the process's messages in the client's words: its id for ours.
class StdioSharedSink final : public MessageSink {
 public:
  StdioSharedSink(MessageSink& client, std::string id) noexcept
      : client_{client}, id_{std::move(id)} {}
  void take(const UpstreamMessage& message) override;

 private:
  MessageSink& client_;
  std::string id_;
};

class StdioShared final : StdioListener, rt::Timer {
 public:
  explicit StdioShared(StdioLeg& leg) noexcept : leg_{leg} {}
  ~StdioShared() override;
  StdioShared(const StdioShared&) = delete;
  StdioShared& operator=(const StdioShared&) = delete;

  // One request under way: the process is not idle while one lives.
  class Use {
   public:
    explicit Use(StdioShared& shared) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    StdioShared& shared_;
  };
  // The process, started if need be. Inside of a Use.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> process(Time deadline);
  [[nodiscard]] rt::Task<void> boot();
  bool stop_if_idle() noexcept;

 private:
  void on_said(const UpstreamMessage& message) override;
  void on_ended() noexcept override;
  void on_timer() noexcept override;

  StdioLeg& leg_;
  std::shared_ptr<StdioConnection> connection_;
  std::size_t uses_ = 0;
  SingleFlight start_;
};

}  // namespace junctor::agent
