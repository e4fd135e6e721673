#include "agent/upstream.h"

#include <algorithm>

#include "agent/definition_watch.h"
#include "agent/http_leg.h"
#include "agent/listing.h"
#include "agent/stdio_leg.h"

namespace junctor::agent {
namespace {

constexpr MetricInfo kCalls{.name = "junctor_mcp_calls_total",
                            .help = "Messages of clients to an upstream, by method and outcome.",
                            .kind = MetricKind::counter,
                            .labels = {"upstream", "method", "outcome"}};
constexpr MetricInfo kDuration{.name = "junctor_mcp_call_duration_seconds",
                               .unit = "seconds",
                               .help = "From the judged request to its settled answer.",
                               .kind = MetricKind::histogram,
                               .labels = {"upstream"},
                               .bounds = kMcpDurationBounds};
constexpr MetricInfo kUp{.name = "junctor_upstream_up",
                         .help = "Whether a shard's last attempt to reach the upstream succeeded.",
                         .kind = MetricKind::gauge,
                         .merge = MetricMerge::max,
                         .labels = {"upstream"}};
constexpr MetricInfo kDefinitionsChanged{
    .name = "junctor_tool_definitions_changed_total",
    .help = "Tools seen with another definition than before under the same name.",
    .kind = MetricKind::counter,
    .labels = {"upstream"}};
constexpr MetricInfo kDefinitionsUnwatched{
    .name = "junctor_tool_definitions_unwatched_total",
    .help = "Tools read that are too many to be watched for changes.",
    .kind = MetricKind::counter,
    .labels = {"upstream"}};
static_assert(is_well_formed(kCalls) && is_well_formed(kDuration) && is_well_formed(kUp) &&
              is_well_formed(kDefinitionsChanged) && is_well_formed(kDefinitionsUnwatched));

// Of one list, in the log.
constexpr std::size_t kDefinitionsToldMax = 20;
constexpr std::size_t kToolNameShownBytesMax = 128;

constexpr std::string_view kOutcomes[] = {"ok", "error_answer", "failed", "cancelled", "refused"};
static_assert(std::size(kOutcomes) == kCallOutcomeCount);

}  // namespace

Upstream::Upstream(const Services& services, UpstreamSettings settings, const Limits& limits)
    : shard_{services.shard},
      settings_{std::move(settings)},
      selection_{settings_.selection.is_everything()
                     ? nullptr
                     : std::make_shared<const Selection>(settings_.selection)},
      limits_{&limits},
      metrics_{services.metrics},
      definitions_{services.definitions},
      log_{services.log},
      in_flight_{limits.in_flight_max},
      duration_{metrics_.histogram(kDuration, {settings_.name.view()})},
      up_{metrics_.gauge(kUp, {settings_.name.view()})},
      definitions_changed_{metrics_.counter(kDefinitionsChanged, {settings_.name.view()})},
      definitions_unwatched_{metrics_.counter(kDefinitionsUnwatched, {settings_.name.view()})} {
  if (settings_.is_stdio()) {
    stdio_ = std::make_unique<StdioLeg>(
        StdioLeg::Services{services.shard, services.children, services.make_room, services.metrics,
                           services.log},
        settings_, limits);
  } else {
    http_ =
        std::make_unique<HttpLeg>(HttpLeg::Services{services.shard, services.resolver, services.tls,
                                                    services.metrics, services.log},
                                  settings_);
  }
  if (settings_.era == EraChoice::legacy) modern_ = Verdict::no;
  if (settings_.era == EraChoice::modern) modern_ = Verdict::yes;
}

Upstream::~Upstream() = default;

void Upstream::set_limits(const Limits& limits) noexcept {
  limits_ = &limits;
  in_flight_.set_max(limits.in_flight_max);
  if (stdio_ != nullptr) stdio_->set_limits(limits);
}

// What clients only listen to would keep it for ever; they come back, and find what there is then.
void Upstream::retire() noexcept {
  is_retired_ = true;
  up_.set(0);  // The series may be another one's from now on.
  end_subscriptions();
  if (stdio_ == nullptr) return http_->client().close_idle();
  while (stdio_->stop_idle()) continue;
}

// Asked once, by the first who needs to know; the others wait for that answer. A verdict is kept,
// "no" for a while and "yes" for good; a failure is not.
rt::Task<Result<bool>> Upstream::speaks_modern(Time deadline) {
  for (;;) {
    if (modern_ == Verdict::no && shard_.now() >= verdict_until_) modern_ = Verdict::unknown;
    if (modern_ != Verdict::unknown) co_return modern_ == Verdict::yes;
    if (!probing_) break;
    const rt::Wake wake = co_await probed_.wait(deadline);
    if (wake == rt::Wake::timeout)
      co_return fail(ErrorKind::deadline_exceeded, "upstream_timeout",
                     "The upstream did not say which protocol it speaks.");
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
    if (modern_ == Verdict::unknown && probe_failure_) co_return std::unexpected{*probe_failure_};
  }
  probing_ = true;
  probed_.reset();
  probe_failure_.reset();
  const auto verdict = co_await probe(deadline);
  probing_ = false;
  note_attempt(verdict ? nullptr : &verdict.error());
  if (verdict) {
    modern_ = *verdict ? Verdict::yes : Verdict::no;
    // A server may be replaced by one that speaks both, and nothing would ever tell.
    verdict_until_ = shard_.now() + limits_->legacy_verdict_ttl;
    log_.info("era_found", "asked an upstream which protocol it speaks",
              {{"upstream", name()}, {"speaks_modern", modern_ == Verdict::yes}});
  }
  // Who waited would hear the same; but a probe that was cancelled says nothing.
  if (!verdict && verdict.error().kind() != ErrorKind::cancelled) probe_failure_ = verdict.error();
  probed_.set();
  co_return verdict;
}

// A process takes longer to start than a connection; its leg knows how long.
rt::Task<Result<bool>> Upstream::probe(Time deadline) {
  if (stdio_ != nullptr) return stdio_->probe(deadline);
  return http_->probe(std::min(deadline, shard_.now() + limits_->probe_timeout));
}

Counter& Upstream::calls(const wire::MethodFacts* method, CallOutcome outcome) {
  const std::size_t row =
      method == nullptr ? kMethods - 1 : static_cast<std::size_t>(method->method);
  JUNCTOR_ASSERT(row < kMethods);
  Counter*& cell = calls_[row][static_cast<std::size_t>(outcome)];
  if (cell == nullptr) {
    cell = &metrics_.counter(kCalls, {name(), method == nullptr ? kMetricOther : method->name,
                                      kOutcomes[static_cast<std::size_t>(outcome)]});
  }
  return *cell;
}

// A refused call never took its place.
void Upstream::settle(const wire::MethodFacts* method, CallOutcome outcome,
                      Duration took) noexcept {
  if (outcome != CallOutcome::refused) in_flight_.give(1);
  calls(method, outcome).add();
  duration_.observe(took);
}

void Upstream::note_attempt(const Error* error) noexcept {
  // Our own limits, and a caller that went away, say nothing of the upstream.
  if (error == nullptr || error->reason() == "upstream_unavailable") {
    note_reach(error == nullptr ? UpstreamStatus::Reach::up : UpstreamStatus::Reach::down);
  }
}

// Told when it changes: an upstream that is down would fill the log with every call.
void Upstream::note_reach(UpstreamStatus::Reach now) noexcept {
  if (reach_.load(std::memory_order_relaxed) == now) return;
  reach_.store(now, std::memory_order_relaxed);
  const bool is_up = now == UpstreamStatus::Reach::up;
  if (!is_retired_) up_.set(is_up ? 1 : 0);
  if (is_up) {
    log_.info("upstream_up", "an upstream answers", {{"upstream", name()}});
  } else {
    log_.warn("upstream_down", "an upstream cannot be reached", {{"upstream", name()}});
  }
}

void Upstream::note_definitions(wire::Era era, const Listing& listing) {
  const auto [changed, unwatched] = definitions_.look(era, listing);
  definitions_unwatched_.add(unwatched);
  definitions_changed_.add(changed.size());
  for (const std::string& tool :
       std::span{changed}.first(std::min(changed.size(), kDefinitionsToldMax))) {
    log_.warn("tool_definition_changed",
              "A tool's name, description, schemas or annotations are not what they were when this "
              "gateway first saw it.",
              {{"upstream", name()}, {"tool", cut_at_character(tool, kToolNameShownBytesMax)}});
  }
}

UpstreamStatus Upstream::status() const {
  return {.name = settings_.name.str(),
          .reach = reach_.load(std::memory_order_relaxed),
          .connections = http_ == nullptr ? 0 : http_->client().open_connections(),
          .children = stdio_ == nullptr ? StdioStatus{} : stdio_->status(),
          .changed_tools = definitions_.changed(name())};
}

}  // namespace junctor::agent
