#pragma once
// StdioProcess: one process that many calls use at a time: started by the first of them, again when
// it has ended, and stopped when it has been idle for long.
//
// What is said to a new process before its first call, and who hears what it says by itself, is of
// those who derive from it. Invariant: a process is given out only once it was greeted, and until
// it ends.
//
// Limits:  StdioSettings::idle_timeout, ::start_timeout for the greeting.
// Errors:  those of StdioLeg::start() and of the greeting.
// Threads: one shard.

#include <memory>

#include "agent/single_flight.h"
#include "agent/stdio_connection.h"
#include "rt/task.h"
#include "rt/timer.h"

namespace junctor::agent {

class StdioLeg;

class StdioProcess : protected StdioListener, rt::Timer {
 public:
  StdioProcess(const StdioProcess&) = delete;
  StdioProcess& operator=(const StdioProcess&) = delete;

  // One request under way: the process is not idle while one lives.
  class Use {
   public:
    explicit Use(StdioProcess& process) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    StdioProcess& process_;
  };
  // Started if need be. Inside of a Use.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<StdioConnection>>> process(Time deadline);
  // The one that runs; null when none does.
  [[nodiscard]] StdioConnection* running() const noexcept { return connection_.get(); }
  bool stop_if_idle() noexcept;

 protected:
  explicit StdioProcess(StdioLeg& leg) noexcept : leg_{leg} {}
  ~StdioProcess() override;
  // A process that fails here is of no use. The last wait is followed by no other thing.
  [[nodiscard]] virtual rt::Task<Result<>> greet(StdioConnection& fresh, Time deadline) = 0;
  [[nodiscard]] StdioLeg& leg() noexcept { return leg_; }

 private:
  void on_ended() noexcept override;
  void on_timer() noexcept override;

  StdioLeg& leg_;
  std::shared_ptr<StdioConnection> connection_;
  std::size_t uses_ = 0;
  SingleFlight start_;
};

}  // namespace junctor::agent
