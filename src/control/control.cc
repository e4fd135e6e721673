#include "control/control.h"

#include <memory>
#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/version.h"
#include "control/process.h"
#include "rt/event.h"
#include "rt/shard.h"
#include "wire/mcp.h"

namespace junctor::control {
namespace {

constexpr int kOk = 200;
constexpr net::Field kNoStore[] = {{"Cache-Control", "no-store"}};

// From the one table of statuses.
int unavailable_status() noexcept {
  return error_facts(ErrorKind::unavailable).http_status;
}

// A query of several words: "verbose" or "verbose=1" beside others. Without decoding, for nobody
// writes an escape into "verbose".
bool has_word(std::string_view query, std::string_view word) {
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    if (part.substr(0, part.find('=')) == word) return true;
    query.remove_prefix(std::min(query.size(), part.size() + 1));
  }
  return false;
}

// Never waits and touches no shard but its own: it has to answer when all else hangs.
class HealthHandler final : public net::HttpHandler {
 public:
  enum class Question : std::uint8_t { alive, ready };
  HealthHandler(Question question, const ControlSources& sources) noexcept
      : question_{question}, sources_{sources} {}

  rt::Task<void> handle(net::Request& request, net::ResponseWriter& response) override {
    const Time now = sources_.clock.now();
    const Health& health = sources_.health;
    const bool passes = question_ == Question::alive ? health.alive(now) : health.ready(now);
    std::string body = passes ? "ok\n" : "failing\n";
    if (has_word(request.head().query, "verbose")) body = health_text(sources_, now) + body;
    response.send({.status = passes ? kOk : unavailable_status(),
                   .content_type = "text/plain; charset=utf-8",
                   .fields = kNoStore},
                  body);
    co_return;
  }

 private:
  Question question_;
  const ControlSources& sources_;
};

// The cells of all shards are read where they are, while they are written: each is one atomic
// number.
class MetricsHandler final : public net::HttpHandler {
 public:
  explicit MetricsHandler(const ControlSources& sources) noexcept : sources_{sources} {}

  rt::Task<void> handle(net::Request& request, net::ResponseWriter& response) override {
    const Dialect dialect = choose_dialect(request.header(wire::http1::HeaderId::accept));
    const std::string body = metrics_text(sources_, dialect);
    response.send({.content_type = content_type(dialect), .fields = kNoStore}, body);
    co_return;
  }

 private:
  const ControlSources& sources_;
};

class VersionHandler final : public net::HttpHandler {
 public:
  rt::Task<void> handle(net::Request&, net::ResponseWriter& response) override {
    response.send({.content_type = "application/json", .fields = kNoStore}, version_json());
    co_return;
  }
};

class StatusHandler final : public net::HttpHandler {
 public:
  explicit StatusHandler(const ControlSources& sources) noexcept : sources_{sources} {}

  rt::Task<void> handle(net::Request&, net::ResponseWriter& response) override {
    response.send({.content_type = "application/json", .fields = kNoStore}, status_json(sources_));
    co_return;
  }

 private:
  const ControlSources& sources_;
};

// Waits by looking: the thread that reloads is none of the shards, and a reload is rare.
class ReloadHandler final : public net::HttpHandler {
 public:
  explicit ReloadHandler(const ControlSources& sources) noexcept : sources_{sources} {}

  rt::Task<void> handle(net::Request&, net::ResponseWriter& response) override {
    const std::uint64_t number = sources_.reloads->ask();
    const Time deadline = sources_.clock.now() + kReloadWait;
    std::optional<ReloadReport> report;
    while (!(report = sources_.reloads->answer(number)) && is_worth_waiting(deadline)) {
      if (co_await rt::sleep_until(rt::Shard::current().now() + kLook) == rt::Wake::cancelled)
        break;
    }
    int status = kOk;
    if (!report) {
      status = unavailable_status();
    } else if (report->outcome == ReloadOutcome::refused) {
      status = kUnprocessable;
    }
    response.send({.status = status, .content_type = "application/json", .fields = kNoStore},
                  to_json(report.value_or(ReloadReport{})) + "\n");
  }

 private:
  // A process that drains reads nothing any more.
  [[nodiscard]] bool is_worth_waiting(Time deadline) const {
    const Time now = sources_.clock.now();
    return now < deadline && sources_.health.ready(now);
  }

  static constexpr Duration kLook = std::chrono::milliseconds{10};
  // The request is well-formed; what the file says is not.
  static constexpr int kUnprocessable = 422;
  const ControlSources& sources_;
};

void append_reload(std::string& text, const ReloadReport& report) {
  if (report.outcome == ReloadOutcome::none) return;
  text += fmt::format("[info] reload at {}: {}, generation {}\n", report.at,
                      outcome_name(report.outcome), report.generation);
  for (const std::string& problem : report.problems)
    text += fmt::format("[info] reload problem: {}\n", safe_for_log(problem));
  for (const std::string& setting : report.needs_restart)
    text += fmt::format("[info] needs a restart: {}\n", safe_for_log(setting));
}

constexpr MetricInfo kReloads{.name = "junctor_config_reloads_total",
                              .help = "Reloads of the configuration, by how they went.",
                              .kind = MetricKind::counter,
                              .labels = {"outcome"}};
static_assert(is_well_formed(kReloads));

MetricFamily reload_family(const ReloadDesk& desk) {
  MetricFamily family{.info = &kReloads, .samples = {}};
  for (const auto outcome :
       {ReloadOutcome::applied, ReloadOutcome::refused, ReloadOutcome::unchanged}) {
    MetricSample& sample = family.samples.emplace_back();
    sample.label_values = {std::string{outcome_name(outcome)}};
    sample.value = static_cast<std::int64_t>(desk.count(outcome));
  }
  return family;
}

// An array; left out where there are none.
void append_changed_tools(std::string& json, std::span<const std::string> tools) {
  if (tools.empty()) return;
  json += R"(,"changedTools":[)";
  for (const std::string& tool : tools) {
    if (!json.ends_with('[')) json += ',';
    append_json_string(json, tool);
  }
  json += ']';
}

}  // namespace

// Also what `junctor version` prints.
std::string version_json() {
  std::string json = R"({"name":"junctor","version":)";
  append_json_string(json, version());
  json += R"(,"revision":)";
  append_json_string(json, revision());
  return json + fmt::format(R"(,"protocolVersions":{}}})", wire::kAllVersionsJson) + "\n";
}

std::string health_text(const ControlSources& sources, Time now) {
  JUNCTOR_ASSERT(sources.agent);
  std::string text;
  for (const HealthCheck& check : sources.health.checks(now)) {
    text += fmt::format("[{}] {}: {}\n", check.passes ? "pass" : "fail", check.name, check.detail);
  }
  const agent::Status status = sources.agent();
  for (const agent::UpstreamStatus& upstream : status.upstreams) {
    text += fmt::format("[info] upstream {}: {}, connections {}", upstream.name,
                        agent::reach_name(upstream.reach), upstream.connections);
    if (!upstream.changed_tools.empty())
      text += fmt::format(", changed tools {}", upstream.changed_tools.size());
    text += '\n';
  }
  text += fmt::format("[info] sessions: {}\n", status.sessions);
  if (sources.reloads != nullptr) append_reload(text, sources.reloads->last());
  return text;
}

std::string status_json(const ControlSources& sources) {
  JUNCTOR_ASSERT(sources.agent && sources.reloads != nullptr);
  const agent::Status status = sources.agent();
  const ReloadReport reload = sources.reloads->last();
  std::string json = R"({"version":)";
  append_json_string(json, version());
  json += fmt::format(R"(,"generation":{},"sessions":{},"upstreams":[)", reload.generation,
                      status.sessions);
  for (std::size_t i = 0; i < status.upstreams.size(); ++i) {
    const agent::UpstreamStatus& upstream = status.upstreams[i];
    json += i == 0 ? R"({"name":)" : R"(,{"name":)";
    append_json_string(json, upstream.name);
    json += R"(,"reach":)";
    append_json_string(json, agent::reach_name(upstream.reach));
    json += fmt::format(R"(,"connections":{})", upstream.connections);
    if (upstream.children.is_stdio) {
      json +=
          fmt::format(R"(,"processes":{},"crashes":{},"backsOff":{})", upstream.children.children,
                      upstream.children.crashes, upstream.children.backs_off);
    }
    append_changed_tools(json, upstream.changed_tools);
    json += '}';
  }
  return json + R"(],"reload":)" + to_json(reload) + "}\n";
}

// What the shards counted, then what is counted once for the process.
std::string metrics_text(const ControlSources& sources, Dialect dialect) {
  JUNCTOR_ASSERT(sources.log_lines_lost && sources.inbox_refused);
  Exposition out{dialect};
  out.families(snapshot(sources.metrics));
  std::uint64_t series_refused = 0;
  for (const Metrics* metrics : sources.metrics) series_refused += metrics->series_refused();
  const auto counter = [&out](std::string_view name, std::string_view help, std::uint64_t value) {
    out.single({.name = name, .help = help, .kind = MetricKind::counter},
               static_cast<double>(value));
  };
  out.single({.name = "junctor_build_info", .help = "Which build this is; always 1."}, 1,
             {{"version", version()}, {"revision", revision()}});
  counter("junctor_bugs_seen_total", "Broken assumptions that were survived.", bugs_seen());
  counter("junctor_log_records_lost_total", "Log records that were not written.",
          sources.log_lines_lost());
  counter("junctor_inbox_refused_total", "Messages that found a shard's inbox full.",
          sources.inbox_refused());
  counter("junctor_series_refused_total", "Metric series that share the one named _OTHER.",
          series_refused);
  if (sources.reloads != nullptr) {
    const MetricFamily reloads[] = {reload_family(*sources.reloads)};
    out.families(reloads);
  }
  append_process(out, read_process_facts());
  return std::move(out).take();
}

// In the order of kPaths, which the configuration keeps free of routes.
std::vector<net::HttpRoute> control_routes(const ControlSources& sources, Operating operating) {
  using Question = HealthHandler::Question;
  const auto get = [](std::string_view path, std::shared_ptr<net::HttpHandler> handler,
                      std::string summary) {
    return net::HttpRoute{.path = std::string{path},
                          .methods = {"GET"},
                          .handler = std::move(handler),
                          .summary = std::move(summary)};
  };
  std::vector<net::HttpRoute> routes{
      get(kPaths[0], std::make_shared<HealthHandler>(Question::alive, sources),
          "200 while every shard's loop turns; ?verbose lists the checks"),
      get(kPaths[1], std::make_shared<HealthHandler>(Question::ready, sources),
          "200 while new requests are welcome; ?verbose lists the checks"),
      get(kPaths[2], std::make_shared<MetricsHandler>(sources),
          "All metrics, as OpenMetrics where Accept asks for it"),
      get(kPaths[3], std::make_shared<VersionHandler>(), "Which build this is, as JSON"),
  };
  if (operating == Operating::absent) return routes;
  JUNCTOR_ASSERT(sources.reloads != nullptr);
  routes.push_back(get(kPaths[4], std::make_shared<StatusHandler>(sources),
                       "Upstreams, sessions and the last reload, as JSON"));
  routes.push_back(
      {.path = std::string{kPaths[5]},
       .methods = {"POST"},
       .handler = std::make_shared<ReloadHandler>(sources),
       .summary = "Reads the configuration again; 422 with all problems of a bad one"});
  return routes;
}

}  // namespace junctor::control
