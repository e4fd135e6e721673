#include "control/control.h"

#include <memory>
#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/version.h"
#include "control/process.h"
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
    text += fmt::format("[info] upstream {}: {}, connections {}\n", upstream.name,
                        agent::reach_name(upstream.reach), upstream.connections);
  }
  return text + fmt::format("[info] sessions: {}\n", status.sessions);
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
  append_process(out, read_process_facts());
  return std::move(out).take();
}

// In the order of kPaths, which the configuration keeps free of routes.
std::vector<net::HttpRoute> control_routes(const ControlSources& sources) {
  using Question = HealthHandler::Question;
  const auto get = [](std::string_view path, std::shared_ptr<net::HttpHandler> handler,
                      std::string summary) {
    return net::HttpRoute{.path = std::string{path},
                          .methods = {"GET"},
                          .handler = std::move(handler),
                          .summary = std::move(summary)};
  };
  return {
      get(kPaths[0], std::make_shared<HealthHandler>(Question::alive, sources),
          "200 while every shard's loop turns; ?verbose lists the checks"),
      get(kPaths[1], std::make_shared<HealthHandler>(Question::ready, sources),
          "200 while new requests are welcome; ?verbose lists the checks"),
      get(kPaths[2], std::make_shared<MetricsHandler>(sources),
          "All metrics, as OpenMetrics where Accept asks for it"),
      get(kPaths[3], std::make_shared<VersionHandler>(), "Which build this is, as JSON"),
  };
}

}  // namespace junctor::control
