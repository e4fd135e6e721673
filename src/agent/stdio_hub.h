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
// Limits:  those of StdioProcess; those of StdioTwin for what is told again.
// Errors:  those of StdioProcess and of begin_session().
// Threads: one shard.

#include <string>
#include <string_view>
#include <vector>

#include "agent/stdio_process.h"
#include "rt/task.h"
#include "wire/mcp.h"

namespace junctor::agent {

class StdioTwin;

class StdioHub final : public StdioProcess {
 public:
  StdioHub(StdioLeg& leg, const wire::VersionFacts& version) noexcept
      : StdioProcess{leg}, version_{version} {}
  ~StdioHub() override { JUNCTOR_ASSERT(twins_.empty()); }

  [[nodiscard]] const wire::VersionFacts& version() const noexcept { return version_; }
  // A session that it stands behind, from now on until then.
  void add(StdioTwin& twin) { twins_.push_back(&twin); }
  void remove(StdioTwin& twin) noexcept;

  // The raw result of its `initialize`; once there was a process.
  [[nodiscard]] const std::string& hello() const noexcept { return hello_; }

  // Whether the process has to be told of a level (raw params of logging/setLevel), for it says
  // less now. It never goes back: another session may want the rest.
  [[nodiscard]] bool raise_level(std::string_view params);
  // Whether a session but that one has subscribed to the resource.
  [[nodiscard]] bool is_wanted(std::string_view uri, const StdioTwin& but) const;

 private:
  [[nodiscard]] rt::Task<Result<>> greet(StdioConnection& fresh, Time deadline) override;
  void on_said(const UpstreamMessage& message) override;
  [[nodiscard]] std::vector<std::string> subscriptions() const;
  void refuse_question(const UpstreamMessage& message);
  void tell_subscribers(const UpstreamMessage& message) const;
  void tell_only_call(const UpstreamMessage& message) const;

  const wire::VersionFacts& version_;
  std::vector<StdioTwin*> twins_;
  std::string hello_;
  std::string level_;  // The most that any session wanted; raw params.
};

}  // namespace junctor::agent
