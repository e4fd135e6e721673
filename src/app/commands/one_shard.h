#pragma once
// OneShard: the gateway in one shard of this process, for the one client that is here too: a host
// on standard input and output, or the command line itself.
//
// The log goes to standard error, where people read it: that all is well is no news there, so its
// level is warn unless the configuration names another one.
//
// Threads: make it, start it and end it on the main thread. Signals that are waited for have to be
// blocked before it starts, since its threads inherit that.

#include <memory>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/plane.h"
#include "agent/settings.h"
#include "app/config.h"
#include "app/shard_host.h"
#include "base/error.h"
#include "base/log_writer.h"
#include "control/health.h"
#include "rt/clock.h"
#include "wire/sealed_token.h"

namespace junctor::app {

class OneShard {
 public:
  explicit OneShard(const LogConfig& log) : log_{log}, health_{1, clock_.now()} {}
  ~OneShard();
  OneShard(const OneShard&) = delete;
  OneShard& operator=(const OneShard&) = delete;

  // Makes the plane; nothing runs before start().
  [[nodiscard]] Result<> make_blocking(const agent::Settings& settings);
  // Where the plane's routes are reached over HTTP: a free port of 127.0.0.1.
  [[nodiscard]] Result<rt::Endpoint> listen();
  void start() { host_->start(); }
  [[nodiscard]] agent::Plane& plane() noexcept { return host_->plane(); }
  // Ends the processes of upstreams, each in its own time (StdioSettings::stop_grace), then the
  // threads.
  void end_blocking();
  // Ends the threads; what belongs to the shard and not to the plane goes before the destructor.
  void stop();

 private:
  [[nodiscard]] rt::Task<void> stop_children_first();

  const LogConfig& log_;
  rt::SystemClock clock_;
  control::Health health_;
  std::unique_ptr<LogWriter> log_writer_;
  std::unique_ptr<wire::KeyRing> seal_;
  std::unique_ptr<agent::ChildBudget> children_;
  agent::DefinitionWatch definitions_;
  std::unique_ptr<ShardHost> host_;
};

}  // namespace junctor::app
