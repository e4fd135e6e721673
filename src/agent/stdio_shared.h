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
// Limits, errors: those of StdioProcess.
// Threads: one shard.

#include <string>

#include "agent/message_sink.h"
#include "agent/stdio_process.h"
#include "rt/task.h"

namespace junctor::agent {

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

class StdioShared final : public StdioProcess {
 public:
  explicit StdioShared(StdioLeg& leg) noexcept : StdioProcess{leg} {}
  [[nodiscard]] rt::Task<void> boot();

 private:
  // The stateless era has no handshake.
  [[nodiscard]] rt::Task<Result<>> greet(StdioConnection& fresh, Time deadline) override;
  void on_said(const UpstreamMessage& message) override;
};

}  // namespace junctor::agent
