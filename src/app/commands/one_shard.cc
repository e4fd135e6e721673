#include "app/commands/one_shard.h"

#include <utility>

#include "app/serve.h"
#include "base/assert.h"
#include "rt/signals.h"

namespace junctor::app {
namespace {

LogLevel quiet_level(LogLevel level) noexcept {
  return level == LogConfig{}.level ? LogLevel::warn : level;
}

}  // namespace

// As serve does: the thread, the plane, the shard, and the log last.
OneShard::~OneShard() {
  if (host_ != nullptr) {
    if (!host_->ended()) stop();
    host_->drop_plane();
    host_.reset();
  }
  if (log_writer_ != nullptr) log_writer_->stop();
}

Result<> OneShard::make_blocking(const agent::Settings& settings) {
  JUNCTOR_ASSERT(host_ == nullptr);
  rt::settle_pipes_and_children();
  JUNCTOR_TRY(log_writer_, LogWriter::start({.format = log_format(log_.format),
                                             .level = quiet_level(log_.level),
                                             .now = [this] { return clock_.wall_now(); }}));
  JUNCTOR_TRY(wire::KeyRing ring, wire::KeyRing::random());
  seal_ = std::make_unique<wire::KeyRing>(std::move(ring));
  children_ = std::make_unique<agent::ChildBudget>(settings);
  host_ = std::make_unique<ShardHost>(0, clock_, log_writer_->add_ring(), health_);
  JUNCTOR_CHECK(host_->add_plane_blocking(settings, *seal_, *children_, definitions_));
  agent::Plane* const planes[] = {&host_->plane()};
  host_->plane().join(planes);
  return {};
}

Result<rt::Endpoint> OneShard::listen() {
  JUNCTOR_CHECK(host_->listen({.at = rt::Endpoint::ipv4({127, 0, 0, 1}, 0),
                               .limits = {},
                               .hosts = net::HostPolicy::loopback()}));
  return host_->bound();
}

rt::Task<void> OneShard::stop_children_first() {
  co_await host_->plane().stop_children();
  host_->stop();
}

void OneShard::end_blocking() {
  const bool posted =
      plane().shard().post([this] { plane().shard().tasks().spawn(stop_children_first()); });
  if (!posted) host_->stop();  // A shard that hangs; its processes are killed with this one.
  host_->join();
}

void OneShard::stop() {
  host_->stop();
  host_->join();
}

}  // namespace junctor::app
