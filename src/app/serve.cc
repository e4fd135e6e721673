#include "app/serve.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "app/confinement_check.h"
#include "app/cpu_count.h"
#include "app/reload_plan.h"
#include "app/shard_host.h"
#include "base/assert.h"
#include "base/text.h"
#include "base/version.h"
#include "control/control.h"
#include "rt/file_watch.h"
#include "rt/open_files.h"
#include "rt/signals.h"
#include "wire/sealed_token.h"

namespace junctor::app {
namespace {

using namespace std::chrono_literals;

// How often the main thread looks while it waits for shards.
constexpr Duration kLook = 10ms;
// For cancelled tasks to end; a shard that takes longer hangs, and the process leaves without it.
constexpr Duration kStopMax = 3s;
// A file that has changed is left alone for so long before it is read, and read at the latest then.
constexpr Duration kQuiet = 200ms;
constexpr Duration kQuietMax = 2s;
// For all shards to take a new generation.
constexpr Duration kApplyMax = 10s;

// The shards share a port with SO_REUSEPORT, and so would a second gateway of the same user: each
// would get a part of the connections, and nobody would be told. A socket without that option
// cannot be bound then.
Result<> check_free(const rt::Endpoint& at) {
  if (at.port() == 0 || at.family() == AF_UNIX) return {};
  const int descriptor = ::socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return {};  // Listening will say why.
  const int on = 1;
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage address{};
  const socklen_t length = at.to(address);
  const int failed = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length);
  const bool is_taken = failed != 0 && errno == EADDRINUSE;
  ::close(descriptor);
  if (!is_taken) return {};
  return fail(ErrorKind::unavailable, "cannot_listen",
              fmt::format("cannot listen on {}: the address is in use", at.text()));
}

// The main thread has nothing else to do meanwhile; signals stay for later.
void look_again_blocking() {
  (void)::poll(nullptr, 0, 1);
}

// The running program. Members are destroyed from the bottom up.
class Program {
 public:
  Program(const Config& config, std::string file, rt::Signals& signals)
      : config_{config}, file_{std::move(file)}, reloads_{[&signals] { signals.wake(); }} {}
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  [[nodiscard]] Result<> start_blocking();
  void run_until_signal_blocking(rt::Signals& signals);
  void stop_blocking(rt::Signals& signals);

 private:
  [[nodiscard]] Result<> make_shards_blocking();
  [[nodiscard]] Result<> listen();
  [[nodiscard]] Result<> listen_admin(rt::Endpoint at);
  [[nodiscard]] net::HttpServer::Options http_options(rt::Endpoint at) const;
  [[nodiscard]] agent::Status status() const;
  void announce() const;
  void warn_of_confinement_blocking() const;
  void watch(rt::Signals& signals);
  void note_change() noexcept;
  [[nodiscard]] Duration until_quiet() noexcept;
  void reload_blocking();
  [[nodiscard]] control::ReloadReport next_generation_blocking();
  [[nodiscard]] Result<> apply_blocking(const std::shared_ptr<const agent::Settings>& settings);
  void drain_blocking(rt::Signals& signals);
  [[nodiscard]] bool delay_drain_blocking(rt::Signals& signals);
  using Done = bool (ShardHost::*)() const noexcept;
  [[nodiscard]] bool wait_blocking(rt::Signals& signals, Duration limit, std::size_t count,
                                   Done done);

  Config config_;
  const std::string file_;
  control::ReloadDesk reloads_;
  std::uint64_t generation_ = 1;
  rt::SystemClock clock_;
  std::unique_ptr<rt::FileWatch> file_watch_;
  Time changed_at_ = kNever;  // The first change that was not read yet,
  Time quiet_from_ = kNever;  // and when it is time to read.
  std::unique_ptr<LogWriter> log_writer_;
  Logger log_;
  std::unique_ptr<wire::KeyRing> seal_;
  std::shared_ptr<const agent::Settings> settings_;
  std::unique_ptr<agent::ChildBudget> children_;
  agent::DefinitionWatch definitions_;
  std::unique_ptr<control::Health> health_;
  std::vector<std::unique_ptr<ShardHost>> shards_;  // The admin one is the last.
  std::unique_ptr<control::ControlSources> control_;
  std::size_t serving_ = 0;  // How many of shards_ serve agents.
};

// In the order in which each needs the one before; what fails leaves the rest unmade, and the
// destructor ends what is there.
Result<> Program::start_blocking() {
  JUNCTOR_TRY(log_writer_, LogWriter::start({.format = log_format(config_.log.format),
                                             .level = config_.log.level,
                                             .now = [this] { return clock_.wall_now(); }}));
  log_ = Logger{log_writer_->add_ring(), "app"};
  JUNCTOR_TRY(wire::KeyRing ring, config_.seal_keys.empty()
                                      ? wire::KeyRing::random()
                                      : wire::KeyRing::from_secrets(config_.seal_keys));
  seal_ = std::make_unique<wire::KeyRing>(std::move(ring));
  settings_ = std::make_shared<const agent::Settings>(agent_settings(config_));
  JUNCTOR_CHECK(make_shards_blocking());
  JUNCTOR_CHECK(listen());
  health_->set_listening();  // Before the first thread, so that no request finds it unsaid.
  for (const auto& shard : shards_) shard->start();
  warn_of_confinement_blocking();
  announce();
  return {};
}

// The admin listener has a shard of its own: it answers while those that serve are busy, and that
// is when somebody asks.
Result<> Program::make_shards_blocking() {
  serving_ = config_.shards > 0 ? config_.shards : std::min(usable_cpus_blocking(), kShardsMax);
  const std::size_t all = serving_ + (config_.listen.admin ? 1 : 0);
  health_ = std::make_unique<control::Health>(all, clock_.now());
  for (std::size_t i = 0; i < all; ++i) {
    shards_.push_back(std::make_unique<ShardHost>(i, clock_, log_writer_->add_ring(), *health_));
  }
  children_ = std::make_unique<agent::ChildBudget>(*settings_);
  std::vector<agent::Plane*> planes;
  for (std::size_t i = 0; i < serving_; ++i) {
    JUNCTOR_CHECK(shards_[i]->add_plane_blocking(*settings_, *seal_, *children_, definitions_));
    planes.push_back(&shards_[i]->plane());
  }
  for (agent::Plane* plane : planes) plane->join(planes);
  return {};
}

// Asked on any thread, while the shards run.
agent::Status Program::status() const {
  agent::Status status = shards_.front()->plane().status();
  for (std::size_t i = 1; i < serving_; ++i) {
    status = joined(std::move(status), shards_[i]->plane().status());
  }
  return status;
}

// One in zero is none, one in one is all.
net::HttpServer::Options Program::http_options(rt::Endpoint at) const {
  std::uint32_t access_one_in = 0;
  if (config_.log.access == AccessLog::full) access_one_in = 1;
  if (config_.log.access == AccessLog::sampled) access_one_in = config_.log.access_one_in;
  return {.at = std::move(at),
          .limits = config_.http,
          .hosts = host_policy(config_.listen),
          .access_one_in = access_one_in};
}

// All listeners are bound before a thread runs: a port that is taken is found before anybody was
// answered.
Result<> Program::listen() {
  std::vector<Metrics*> metrics;
  metrics.reserve(shards_.size());
  for (const auto& shard : shards_) metrics.push_back(&shard->metrics());
  control_ = std::make_unique<control::ControlSources>(
      control::ControlSources{.health = *health_,
                              .clock = clock_,
                              .metrics = std::move(metrics),
                              .log_lines_lost = [this] { return log_writer_->lines_lost(); },
                              .inbox_refused =
                                  [this] {
                                    std::uint64_t sum = 0;
                                    for (const auto& shard : shards_)
                                      sum += shard->shard().inbox_refused();
                                    return sum;
                                  },
                              .agent = [this] { return status(); },
                              .reloads = &reloads_});
  rt::Endpoint at = config_.listen.http;
  JUNCTOR_CHECK(check_free(at));
  // Where agents from anywhere come in, operators need a listener of their own.
  const auto operating =
      at.is_loopback() ? control::Operating::offered : control::Operating::absent;
  for (std::size_t i = 0; i < serving_; ++i) {
    ShardHost& shard = *shards_[i];
    if (!config_.listen.admin)
      JUNCTOR_CHECK(shard.add_routes(control_routes(*control_, operating)));
    JUNCTOR_CHECK(shard.listen(http_options(at)));
    at = shard.bound();  // Of port 0 the first shard gets a free one, and the others share it.
  }
  return config_.listen.admin ? listen_admin(*config_.listen.admin) : Result<>{};
}

// Default limits: the file's are for agents, and must not be able to shut out the operator.
Result<> Program::listen_admin(rt::Endpoint at) {
  ShardHost& admin = *shards_.back();
  JUNCTOR_CHECK(check_free(at));
  JUNCTOR_CHECK(admin.add_routes(control_routes(*control_, control::Operating::offered)));
  net::HttpServer::Options options{.at = std::move(at), .limits = {}, .hosts = {}};
  if (options.at.is_loopback()) options.hosts = net::HostPolicy::loopback();
  return admin.listen(std::move(options));
}

void Program::announce() const {
  log_.info("starting", fmt::format("junctor {} ({})", version(), revision()),
            {{"shards", serving_}, {"upstreams", settings_->upstreams.size()}});
  if (config_.listen.admin) {
    log_.info("admin_listening",
              fmt::format("health and metrics on http://{}", shards_.back()->bound().text()));
  }
  log_.info("listening", fmt::format("listening on http://{}", shards_.front()->bound().text()));
  if (!settings_->routes.empty()) return;
  log_.info("no_upstreams",
            "no upstream is configured: write `upstreams:` and `routes:` into a file and start "
            "with --config FILE; `junctor config reference` says how");
}

// The gateway serves what it can; the upstream's own calls fail, and say so too.
void Program::warn_of_confinement_blocking() const {
  for (const std::size_t i : unconfinable_blocking(settings_->upstreams)) {
    log_.warn("cannot_confine", kUnconfinable, {{"upstream", settings_->upstreams[i].name.view()}});
  }
}

// The main thread serves nothing; it waits here for as long as the process runs.
void Program::run_until_signal_blocking(rt::Signals& signals) {
  watch(signals);
  while (true) {
    const int signal = signals.wait_blocking(until_quiet());
    note_change();
    switch (signal) {
      case SIGTERM:
        signals.also_wake_on(-1);  // Nobody reads it any more.
        return drain_blocking(signals);
      case SIGINT:
        signals.also_wake_on(-1);
        log_.info("interrupted", "SIGINT: ending at once");
        return;
      case SIGHUP: reload_blocking(); break;
      default:
        if (reloads_.take() || until_quiet() == Duration::zero()) reload_blocking();
        break;
    }
  }
}

// Without it the file is still read at a signal.
void Program::watch(rt::Signals& signals) {
  if (config_.reload != ReloadMode::watch || file_.empty()) return;
  auto made = rt::FileWatch::make_blocking(file_);
  if (!made) return log_.error("watch_failed", made.error().detail());
  file_watch_ = *std::move(made);
  signals.also_wake_on(file_watch_->descriptor());
}

void Program::note_change() noexcept {
  if (file_watch_ == nullptr || !file_watch_->take_change_blocking()) return;
  const Time now = clock_.now();
  changed_at_ = std::min(changed_at_, now);
  quiet_from_ = std::min(now + kQuiet, changed_at_ + kQuietMax);
}

// Negative: there is nothing to wait for.
Duration Program::until_quiet() noexcept {
  if (quiet_from_ == kNever) return Duration{-1};
  return std::max(quiet_from_ - clock_.now(), Duration::zero());
}

// Who asked meanwhile is answered too: the file is read after that.
void Program::reload_blocking() {
  (void)reloads_.take();
  changed_at_ = quiet_from_ = kNever;
  control::ReloadReport report = next_generation_blocking();
  report.at = rfc3339(clock_.wall_now());
  report.generation = generation_;
  const bool is_refused = report.outcome == control::ReloadOutcome::refused;
  for (const std::string& problem : report.problems) log_.error("reload_problem", problem);
  for (const std::string& change : report.changes) log_.info("reload_change", change);
  for (const std::string& setting : report.needs_restart) {
    log_.warn("reload_needs_restart", "a setting keeps its value until the next start",
              {{"setting", setting}});
  }
  if (is_refused) {
    log_.error("reload_refused", "the configuration was not changed",
               {{"generation", generation_}});
  } else {
    log_.info("reloaded", "the configuration was read again",
              {{"outcome", control::outcome_name(report.outcome)}, {"generation", generation_}});
  }
  reloads_.report(std::move(report));
}

// Everything that can go wrong goes wrong before the first shard is told.
control::ReloadReport Program::next_generation_blocking() {
  control::ReloadReport report{.outcome = control::ReloadOutcome::refused};
  if (file_.empty()) {
    report.problems.emplace_back(
        "the gateway runs without a configuration file; start it with --config FILE");
    return report;
  }
  auto wanted = load_config_blocking(file_);
  if (!wanted) {
    for (const ConfigProblem& problem : wanted.error())
      report.problems.push_back(describe(problem, safe_for_log(file_)));
    return report;
  }
  ReloadPlan plan = plan_reload(config_, *std::move(wanted));
  report.needs_restart = std::move(plan.needs_restart);
  if (plan.changes.empty()) {
    report.outcome = control::ReloadOutcome::unchanged;
    return report;
  }
  const auto settings = std::make_shared<const agent::Settings>(agent_settings(plan.config));
  if (const auto applied = apply_blocking(settings); !applied) {
    report.problems.emplace_back(applied.error().detail());
    return report;
  }
  config_ = std::move(plan.config);
  settings_ = settings;
  ++generation_;
  warn_of_confinement_blocking();
  report.changes = std::move(plan.changes);
  report.outcome = control::ReloadOutcome::applied;
  return report;
}

// Certificates first, for all shards. An inbox that is full is one of a shard that is busy or
// hangs; it is tried again for a while.
Result<> Program::apply_blocking(const std::shared_ptr<const agent::Settings>& settings) {
  std::vector<ShardHost::TlsClients> tls(serving_);
  for (std::size_t i = 0; i < serving_; ++i) {
    JUNCTOR_TRY(tls[i], shards_[i]->prepare_blocking(*settings));
  }
  children_->apply(*settings);
  const Time end = clock_.now() + kApplyMax;
  std::vector<std::size_t> applied_before(serving_);
  for (std::size_t i = 0; i < serving_; ++i) {
    applied_before[i] = shards_[i]->applied();
    while (!shards_[i]->try_apply(settings, tls[i])) {
      if (clock_.now() >= end) {
        return fail(ErrorKind::unavailable, "shard_busy",
                    "a shard takes no messages: it hangs, and others have the new configuration "
                    "already; restart the gateway");
      }
      look_again_blocking();
    }
  }
  for (std::size_t i = 0; i < serving_; ++i) {
    const auto is_waiting = [&] { return shards_[i]->applied() == applied_before[i]; };
    while (is_waiting() && clock_.now() < end) look_again_blocking();
    if (is_waiting())
      log_.warn("reload_slow", "a shard has not come round to the new configuration yet");
  }
  return {};
}

// True when `done` holds for the first `count` shards; false when the time is over or a signal asks
// to end now.
bool Program::wait_blocking(rt::Signals& signals, Duration limit, std::size_t count, Done done) {
  JUNCTOR_ASSERT(count <= shards_.size());
  const Time end = clock_.now() + limit;
  while (true) {
    const auto begin = shards_.begin();
    if (std::all_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                    [done](const auto& shard) { return (*shard.*done)(); })) {
      return true;
    }
    const Time now = clock_.now();
    if (now >= end) return false;
    const int signal = signals.wait_blocking(std::min(kLook, end - now));
    if (signal == SIGTERM || signal == SIGINT) {
      log_.info("interrupted", "a second signal: ending at once");
      return false;
    }
  }
}

// Not ready, but still accepting, so that a balancer sees it in time. False when a signal asks to
// end now.
bool Program::delay_drain_blocking(rt::Signals& signals) {
  const Time end = clock_.now() + config_.drain.delay;
  while (clock_.now() < end) {
    const int signal = signals.wait_blocking(end - clock_.now());
    if (signal == SIGTERM || signal == SIGINT) return false;
  }
  return true;
}

void Program::drain_blocking(rt::Signals& signals) {
  log_.info("draining", "SIGTERM: no new work; running calls finish",
            {{"timeout", format_duration(config_.drain.timeout)}});
  health_->set_draining();
  if (!delay_drain_blocking(signals)) return;
  // The admin listener stays until the end: somebody may watch the drain.
  for (std::size_t i = 0; i < serving_; ++i) shards_[i]->drain();
  const bool done = wait_blocking(signals, config_.drain.timeout, serving_, &ShardHost::drained);
  log_.info("drained", done ? "all calls have finished" : "calls that still run are ended");
}

// Leaves without the destructors if it has to: joining a thread that hangs would hang too. A signal
// shortens nothing here: of Ctrl-C there may be two, one by the terminal and one by who waits.
void Program::stop_blocking(rt::Signals& signals) {
  for (const auto& shard : shards_) shard->stop();
  const Time end = clock_.now() + kStopMax;
  while (clock_.now() < end) {
    if (wait_blocking(signals, end - clock_.now(), shards_.size(), &ShardHost::ended)) return;
  }
  log_.error("shard_hangs", "a shard does not end; leaving without it");
  log_writer_->stop();
  std::_Exit(1);
}

// Threads first; then planes, which need their shards; then the shards; and the log last, for all
// of them still write to it.
Program::~Program() {
  for (const auto& shard : shards_) shard->stop();
  for (const auto& shard : shards_) shard->join();
  for (const auto& shard : shards_) shard->drop_plane();
  shards_.clear();
  if (log_writer_) log_writer_->stop();
}

}  // namespace

LogFormat log_format(LogFormatChoice choice) noexcept {
  switch (choice) {
    case LogFormatChoice::automatic: return log_format_for(STDERR_FILENO);
    case LogFormatChoice::json: return LogFormat::json;
    case LogFormatChoice::text: return LogFormat::text;
  }
  std::unreachable();
}

net::HostPolicy host_policy(const ListenConfig& listen) {
  net::HostPolicy policy =
      listen.http.is_loopback() ? net::HostPolicy::loopback() : net::HostPolicy::same_origin();
  for (const std::string& host : listen.allowed_hosts) policy.allow_host(host);
  for (const std::string& origin : listen.allowed_origins) policy.allow_origin(origin);
  return policy;
}

void set_process_limits() {
  rt::raise_open_files();
  // Keys and clients' data are in memory; tracing by whom the system allows it still works.
  const rlimit no_core{};
  (void)::setrlimit(RLIMIT_CORE, &no_core);
}

// Signals before anything else, for every thread inherits what is blocked.
Result<> serve_blocking(const Config& config, const std::string& file) {
  set_process_limits();
  rt::Signals signals{SIGTERM, SIGINT, SIGHUP};
  Program program{config, file, signals};
  JUNCTOR_CHECK(program.start_blocking());
  program.run_until_signal_blocking(signals);
  program.stop_blocking(signals);
  return {};
}

}  // namespace junctor::app
