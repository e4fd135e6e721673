#include "agent/stdio_process.h"

#include <algorithm>
#include <utility>

#include "agent/stdio_leg.h"

namespace junctor::agent {

StdioProcess::~StdioProcess() {
  JUNCTOR_ASSERT(uses_ == 0);
  if (connection_ != nullptr) connection_->listen(nullptr);
}

StdioProcess::Use::Use(StdioProcess& process) noexcept : process_{process} {
  ++process_.uses_;
  process_.disarm();
}

StdioProcess::Use::~Use() {
  JUNCTOR_ASSERT(process_.uses_ > 0);
  if (--process_.uses_ != 0 || process_.connection_ == nullptr) return;
  rt::Shard& shard = process_.leg_.shard();
  process_.arm(shard.timers(), shard.now() + process_.leg_.settings().idle_timeout);
}

void StdioProcess::on_timer() noexcept {
  (void)stop_if_idle();
}

bool StdioProcess::stop_if_idle() noexcept {
  if (connection_ == nullptr || uses_ != 0 || start_.is_under_way()) return false;
  disarm();
  connection_->listen(nullptr);
  std::exchange(connection_, nullptr)->close();
  return true;
}

void StdioProcess::on_ended() noexcept {
  disarm();
  connection_.reset();
}

// One start at a time; the others wait for it, and each that finds it failed tries for itself.
rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioProcess::process(Time deadline) {
  JUNCTOR_ASSERT(uses_ > 0);
  while (true) {
    if (connection_ != nullptr) co_return connection_;
    if (!start_.is_under_way()) break;
    JUNCTOR_CO_CHECK(
        co_await start_.landed(deadline, "The server's process did not start in time."));
  }
  const SingleFlight::Attempt attempt{start_};
  JUNCTOR_CO_TRY(auto fresh, co_await leg_.start(deadline));
  const Time until = std::min(deadline, leg_.shard().now() + leg_.settings().start_timeout);
  auto greeted = co_await greet(*fresh, until);
  if (!greeted) {
    fresh->close();
    co_return std::unexpected{std::move(greeted).error()};
  }
  fresh->listen(this);
  connection_ = std::move(fresh);
  co_return connection_;
}

}  // namespace junctor::agent
