#include "agent/stdio_leg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "agent/own_words.h"
#include "agent/stdio_hub.h"
#include "agent/stdio_shared.h"
#include "agent/stdio_twin.h"
#include "base/units.h"

namespace junctor::agent {
namespace {

constexpr MetricInfo kChildren{.name = "junctor_upstream_children",
                               .help = "Processes of an upstream that run.",
                               .kind = MetricKind::gauge,
                               .labels = {"upstream"}};
constexpr MetricInfo kStarts{.name = "junctor_upstream_child_starts_total",
                             .help = "Processes of an upstream that were started.",
                             .kind = MetricKind::counter,
                             .labels = {"upstream"}};
constexpr MetricInfo kCrashes{.name = "junctor_upstream_child_crashes_total",
                              .help = "Processes of an upstream that ended by themselves.",
                              .kind = MetricKind::counter,
                              .labels = {"upstream"}};
constexpr MetricInfo kGarbage{.name = "junctor_upstream_garbage_lines_total",
                              .help = "Lines on a process's standard output that are no message.",
                              .kind = MetricKind::counter,
                              .labels = {"upstream"}};
constexpr MetricInfo kErrorsLost{.name = "junctor_upstream_stderr_lines_lost_total",
                                 .help = "Lines on a process's standard error over the rate.",
                                 .kind = MetricKind::counter,
                                 .labels = {"upstream"}};
static_assert(is_well_formed(kChildren) && is_well_formed(kStarts) && is_well_formed(kCrashes) &&
              is_well_formed(kGarbage) && is_well_formed(kErrorsLost));

// Between two looks whether a process has made room.
constexpr Duration kRoomLook = std::chrono::milliseconds{20};

}  // namespace

StdioLeg::StdioLeg(Services services, const UpstreamSettings& settings, const Limits& limits)
    : services_{std::move(services)},
      settings_{settings},
      share_{services_.budget.share_of(settings.name.view())},
      limits_{&limits},
      log_{services_.log},
      shared_{std::make_unique<StdioShared>(*this)},
      running_gauge_{services_.metrics.gauge(kChildren, {settings.name.view()})},
      starts_{services_.metrics.counter(kStarts, {settings.name.view()})},
      crashed_{services_.metrics.counter(kCrashes, {settings.name.view()})},
      garbage_{services_.metrics.counter(kGarbage, {settings.name.view()})},
      errors_lost_{services_.metrics.counter(kErrorsLost, {settings.name.view()})} {
  JUNCTOR_ASSERT(settings.is_stdio());
}

StdioLeg::~StdioLeg() {
  JUNCTOR_ASSERT(running_.empty() && twins_.empty());
}

rt::ChildSpec StdioLeg::spec() const {
  const StdioSettings& stdio = settings();
  rt::ChildSpec spec{.argv = stdio.command,
                     .environment = {},
                     .folder = stdio.folder,
                     .limits = {.address_space_bytes = stdio.memory_bytes_max,
                                .open_files = stdio.open_files_max,
                                .cpu_seconds = stdio.cpu_seconds_max,
                                .nice = static_cast<int>(stdio.nice)},
                     .confinement = stdio.confinement};
  const auto is_given = [&](std::string_view name) {
    return std::ranges::any_of(stdio.environment,
                               [&](const auto& each) { return each.name == name; });
  };
  for (const std::string_view name : kInheritedVariables) {
    const char* const value = std::getenv(std::string{name}.c_str());
    if (value != nullptr && !is_given(name))
      spec.environment.push_back(fmt::format("{}={}", name, value));
  }
  for (const StdioSettings::Variable& each : stdio.environment) {
    spec.environment.push_back(std::string{each.name}.append("=").append(each.value.reveal()));
  }
  return spec;
}

// First the time that failed starts cost, then a place among the processes.
rt::Task<Result<>> StdioLeg::take_place(Time deadline) {
  rt::Shard& shard = services_.shard;
  const Time room_until = std::min(deadline, shard.now() + kRoomWait);
  while (true) {
    const Time now = shard.now();
    if (now < not_before_) {
      if (not_before_ > deadline || not_before_ - now > kBackoffWait) {
        co_return fail(ErrorKind::unavailable, "upstream_unavailable",
                       fmt::format("The server's process ended {} times in a row soon after its "
                                   "start; it is started again in {}.",
                                   failures_, format_duration(not_before_ - now)));
      }
      if (co_await rt::sleep_until(not_before_) == rt::Wake::cancelled) break;
      continue;
    }
    if (services_.budget.try_take(*share_)) co_return Result<>{};
    if (now >= room_until) {
      co_return fail(ErrorKind::rate_limited, "upstream_busy",
                     "All processes that this server may have are in use; try again later.");
    }
    services_.make_room(services_.budget.is_full(*share_) ? name() : std::string_view{});
    ended_.reset();
    if (co_await ended_.wait(std::min(room_until, now + kRoomLook)) == rt::Wake::cancelled) break;
  }
  co_return fail(ErrorKind::cancelled, "cancelled");
}

rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioLeg::start(Time deadline) {
  JUNCTOR_CO_CHECK(co_await take_place(deadline));
  rt::Shard& shard = services_.shard;
  auto child = co_await rt::Child::spawn(shard, spec());
  if (!child) {
    services_.budget.give(*share_);
    log_.error("spawn_failed", child.error().detail(), {{"upstream", name()}});
    co_return fail(ErrorKind::unavailable, "upstream_unavailable",
                   "The server's process could not be started; the gateway's log says why.");
  }
  starts_.add();
  log_.debug("child_started", "started a process",
             {{"upstream", name()}, {"pid", (*child)->pid()}});
  const StdioConnection::Services parts{.shard = shard,
                                        .upstream = name(),
                                        .settings = settings(),
                                        .line_bytes_max = limits_->event_bytes_max,
                                        .garbage = garbage_,
                                        .errors_lost = errors_lost_,
                                        .log = log_};
  auto connection = std::make_shared<StdioConnection>(parts, *std::move(child));
  running_.push_back(connection.get());
  children_.store(running_.size(), std::memory_order_relaxed);
  running_gauge_.add();
  shard.tasks().spawn(keep(connection, shard.now()));
  co_return connection;
}

// By value: the process is carried on until it is reaped, whether anybody still wants it or not.
rt::Task<void> StdioLeg::keep(std::shared_ptr<StdioConnection> connection, Time started) {
  co_await connection->run();
  std::erase(running_, connection.get());
  children_.store(running_.size(), std::memory_order_relaxed);
  running_gauge_.sub();
  services_.budget.give(*share_);
  note_end(*connection, started);
  ended_.set();
}

// One that was stopped by us says nothing of the server.
void StdioLeg::note_end(const StdioConnection& connection, Time started) {
  const Time now = services_.shard.now();
  const bool was_stable = now - started >= kStable;
  const std::optional<Error>& failure = connection.failure();
  if (was_stable || (!failure && connection.has_spoken())) failures_ = 0;
  if (failure && (!connection.is_forgiven() || connection.never_ran())) {
    crashed_.add();
    crashes_.fetch_add(1, std::memory_order_relaxed);
    log_.warn("child_ended", failure->detail(), {{"upstream", name()}});
    if (!was_stable) {
      const auto doublings = std::min<std::size_t>(failures_++, 20);
      const Duration delay =
          std::min(settings().backoff_max, settings().backoff_min * (std::int64_t{1} << doublings));
      // Between half of it and all of it: many that failed together do not come back together.
      const auto half = delay.count() / 2;
      std::array<std::uint8_t, 4> dice{};
      services_.shard.random().fill(dice);
      const std::uint32_t roll = dice[0] | dice[1] << 8U | dice[2] << 16U;
      not_before_ = now + Duration{half + half * roll / (1 << 24)};
    }
  }
  backs_off_.store(failures_ > 1, std::memory_order_relaxed);
}

//= mcp 2026-07-28 basic/versioning#dual-era-clients SHOULD
rt::Task<Result<bool>> StdioLeg::probe(Time deadline) {
  const Time until = std::min(deadline, services_.shard.now() + settings().start_timeout);
  JUNCTOR_CO_TRY(const std::shared_ptr<StdioConnection> sibling, co_await start(until));
  sibling->forgive();
  const auto answer = co_await ask(*sibling, era_probe_rest(), until);
  sibling->close();
  if (answer) co_return is_modern_answer(read_upstream_message(*answer));
  if (answer.error().kind() == ErrorKind::cancelled || sibling->never_ran())
    co_return std::unexpected{answer.error()};
  co_return false;
}

StdioHub& StdioLeg::hub(const wire::VersionFacts& version) {
  const auto known =
      std::ranges::find_if(hubs_, [&](const auto& each) { return &each->version() == &version; });
  if (known != hubs_.end()) return **known;
  return *hubs_.emplace_back(std::make_unique<StdioHub>(*this, version));
}

bool StdioLeg::stop_idle() noexcept {
  StdioTwin* oldest = nullptr;
  for (StdioTwin* twin : twins_) {
    if (!twin->is_idle()) continue;
    if (oldest == nullptr || twin->idle_rank() < oldest->idle_rank()) oldest = twin;
  }
  if (oldest == nullptr) {
    return shared_->stop_if_idle() ||
           std::ranges::any_of(hubs_, [](const auto& each) { return each->stop_if_idle(); });
  }
  oldest->stop_process();
  return true;
}

rt::Task<void> StdioLeg::stop_all() {
  for (StdioConnection* connection : running_) connection->close();
  while (!running_.empty()) {
    ended_.reset();
    if (co_await ended_.wait(kNever) == rt::Wake::cancelled) co_return;
  }
}

StdioStatus StdioLeg::status() const {
  return {.is_stdio = true,
          .children = children_.load(std::memory_order_relaxed),
          .crashes = crashes_.load(std::memory_order_relaxed),
          .backs_off = backs_off_.load(std::memory_order_relaxed)};
}

}  // namespace junctor::agent
