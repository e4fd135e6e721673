#pragma once
// StdioHub: one process of the session era behind many client sessions, for a server whose
// operator says that it keeps nothing of a client (`isolation: shared`).
//
// Only sessions join whose client can be asked nothing (no roots, sampling, elicitation): whose a
// question of the process is, nobody could tell. Those of one protocol version share a process on
// each shard. The handshake is ours; ids and progress tokens on the channel are ours, as on that of
// StdioShared. Lists that changed are told to all sessions, an updated resource to those that have
// subscribed to it, a log message to the only call that is under way, within the level that its
// session has set; what is left belongs to nobody and is dropped. Invariant: no session is told
// what belongs to a call of another.
//
// Source:  MCP 2025-11-25 basic/lifecycle, basic/transports (stdio), basic/utilities/progress,
//          server/utilities/logging, server/resources (subscriptions).
// Limits:  StdioSettings::idle_timeout; those of StdioTwin for what is told again.
// Errors:  those of StdioLeg::start() and of begin_session().
// Threads: one shard.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/single_flight.h"
#include "agent/stdio_connection.h"
#include "rt/task.h"
#include "rt/timer.h"
#include "wire/mcp.h"

namespace junctor::agent {

class StdioLeg;
class StdioTwin;

class StdioHub final : StdioListener, rt::Timer {
 public:
  StdioHub(StdioLeg& leg, const wire::VersionFacts& version) noexcept
      : leg_{leg}, version_{version} {}
  ~StdioHub() override;
  StdioHub(const StdioHub&) = delete;
  StdioHub& operator=(const StdioHub&) = delete;

  [[nodiscard]] const wire::VersionFacts& version() const noexcept { return version_; }
  // A session that it stands behind, from now on until then.
  void add(StdioTwin& twin) { twins_.push_back(&twin); }
  void remove(StdioTwin& twin) noexcept;

  // One request under way: the process is not idle while one lives.
  class Use {
   public:
    explicit Use(StdioHub& hub) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    StdioHub& hub_;
  };
  // The process, with its handshake done; started if need be. Inside of a Use.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> process(Time deadline);
  // The process that runs; null when none does.
  [[nodiscard]] StdioConnection* running() noexcept { return connection_.get(); }
  // The raw result of its `initialize`; once there was a process.
  [[nodiscard]] const std::string& hello() const noexcept { return hello_; }

  // Whether the process has to be told of a level (raw params of logging/setLevel), for it says
  // less now. It never goes back: another session may want the rest.
  [[nodiscard]] bool raise_level(std::string_view params);
  // Whether a session but that one has subscribed to the resource of these params.
  [[nodiscard]] bool is_wanted(std::string_view params, const StdioTwin& but) const;
  bool stop_if_idle() noexcept;

 private:
  void on_said(const UpstreamMessage& message) override;
  void on_ended() noexcept override;
  void on_timer() noexcept override;
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> start(Time deadline);
  [[nodiscard]] std::vector<std::string> subscriptions() const;
  void refuse_question(const UpstreamMessage& message);
  void tell_subscribers(const UpstreamMessage& message) const;
  void tell_only_call(const UpstreamMessage& message) const;

  StdioLeg& leg_;
  const wire::VersionFacts& version_;
  std::vector<StdioTwin*> twins_;
  std::shared_ptr<StdioConnection> connection_;
  std::string hello_;
  std::string level_;  // The most that any session wanted; raw params.
  std::size_t uses_ = 0;
  SingleFlight start_;
};

}  // namespace junctor::agent
