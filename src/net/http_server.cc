#include "net/http_server.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "net/http_connection.h"
#include "rt/event.h"

namespace junctor::net {
namespace {

constexpr MetricInfo kAnswers{.name = "junctor_http_requests_total",
                              .help = "Requests by the class of their answer's status.",
                              .kind = MetricKind::counter,
                              .labels = {"status_class"}};
constexpr MetricInfo kDuration{.name = "junctor_http_request_duration_seconds",
                               .unit = "seconds",
                               .help = "From the end of a request's head to the end of its answer.",
                               .kind = MetricKind::histogram,
                               .bounds = kHttpDurationBounds};
constexpr MetricInfo kConnections{.name = "junctor_http_connections",
                                  .help = "Open client connections.",
                                  .kind = MetricKind::gauge};
constexpr MetricInfo kInFlight{.name = "junctor_http_requests_in_flight",
                               .help = "Requests being served.",
                               .kind = MetricKind::gauge};
constexpr MetricInfo kAccepted{.name = "junctor_http_connections_accepted_total",
                               .help = "Connections accepted.",
                               .kind = MetricKind::counter};
constexpr MetricInfo kShed{.name = "junctor_http_shed_total",
                           .help = "Connections and requests refused because a limit was reached.",
                           .kind = MetricKind::counter};
constexpr MetricInfo kRefusedHeads{
    .name = "junctor_http_refused_heads_total",
    .help = "Requests refused because their head is not proper HTTP.",
    .kind = MetricKind::counter};
constexpr MetricInfo kTimeouts{
    .name = "junctor_http_timeouts_total",
    .help = "Connections ended because a head, a body or a reader was too slow.",
    .kind = MetricKind::counter};
static_assert(is_well_formed(kAnswers) && is_well_formed(kDuration) &&
              is_well_formed(kConnections) && is_well_formed(kInFlight) &&
              is_well_formed(kAccepted) && is_well_formed(kShed) && is_well_formed(kRefusedHeads) &&
              is_well_formed(kTimeouts));

constexpr Duration kAcceptPause = std::chrono::milliseconds{50};
constexpr std::size_t kSpareHeadsMax = 64;
constexpr std::string_view kOverloaded =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

}  // namespace

// All series exist from the start, at zero: a rate over a counter that appears with its first event
// misses that event.
HttpServerCells::HttpServerCells(Metrics& metrics)
    : duration{metrics.histogram(kDuration)},
      connections{metrics.gauge(kConnections)},
      in_flight{metrics.gauge(kInFlight)},
      accepted{metrics.counter(kAccepted)},
      shed{metrics.counter(kShed)},
      refused_heads{metrics.counter(kRefusedHeads)},
      timeouts{metrics.counter(kTimeouts)} {
  constexpr std::array<std::string_view, 6> kClasses{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < kClasses.size(); ++i)
    answers[i] = &metrics.counter(kAnswers, {kClasses[i]});
}

// Status 0: the client left before it had its answer, and none is counted for it.
void HttpServerCells::count_answer(int status, Duration took) noexcept {
  const auto digit = static_cast<std::size_t>(status / 100);
  JUNCTOR_ASSERT(digit < answers.size());
  answers[digit]->add();
  duration.observe(took);
}

// Paths are compared whole: no prefixes and no patterns, so at most one route fits and its place in
// the configuration does not matter.
Result<> Router::add(HttpRoute route) {
  JUNCTOR_ASSERT(route.handler != nullptr && !route.methods.empty());
  std::string path = route.path;
  if (!routes_.emplace(std::move(path), std::move(route)).second) {
    return fail(ErrorKind::conflict, "route_conflict", "two routes have the same path");
  }
  return {};
}

const HttpRoute* Router::find(std::string_view path) const noexcept {
  const auto found = routes_.find(path);
  return found == routes_.end() ? nullptr : &found->second;
}

// The listening descriptor, and the wish to be told of new connections.
class HttpServer::Listener final : rt::Pollable {
 public:
  Listener(rt::Io& io, int descriptor) noexcept : io_{io}, descriptor_{descriptor} {
    JUNCTOR_ASSERT(io_.watch(descriptor_, *this) == 0);
  }
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  void close() noexcept {
    if (descriptor_ >= 0) io_.close(std::exchange(descriptor_, -1), this);
    event.set();
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  rt::Event event;

 private:
  void on_ready(unsigned /*bits*/) noexcept override { event.set(); }

  rt::Io& io_;
  int descriptor_;
};

HttpServer::HttpServer(rt::Shard& shard, Options options, const Router& router, Metrics& metrics,
                       Logger log)
    : shard_{shard}, options_{std::move(options)}, router_{router}, log_{log}, cells_{metrics} {}

HttpServer::~HttpServer() {
  JUNCTOR_ASSERT(first_ == nullptr && connections_ == 0);
}

// The address is in the error: with several listeners "address in use" alone says nothing.
Result<> HttpServer::start() {
  const int descriptor = shard_.io().listen(options_.at, options_.backlog, bound_);
  if (descriptor < 0) {
    return fail(ErrorKind::unavailable, "cannot_listen",
                "cannot listen on " + options_.at.text() + ": " + std::strerror(-descriptor));
  }
  listener_ = std::make_unique<Listener>(shard_.io(), descriptor);
  shard_.tasks().spawn(accept_all());
  return {};
}

// A descriptor; -EAGAIN when there is none now; another negated errno when none can be had.
int HttpServer::accept_one() noexcept {
  rt::Endpoint peer;
  const int made = shard_.io().accept(listener_->descriptor(), peer);
  if (made < 0) return made;
  cells_.accepted.add();
  if (connections_ >= options_.limits.connections_max) {
    shed(made);
  } else {
    shard_.tasks().spawn(HttpConnection::run(*this, made, std::move(peer)));
  }
  return made;
}

// Accepts until the kernel has none left, as an edge is told once.
rt::Task<void> HttpServer::accept_all() {
  while (co_await listener_->event.wait(kNever) == rt::Wake::ready) {
    listener_->event.reset();
    int outcome = 0;
    while (listener_->descriptor() >= 0 && outcome >= 0) {
      outcome = accept_one();
      if (outcome == -ECONNABORTED || outcome == -EINTR) outcome = 0;
    }
    if (listener_->descriptor() < 0) break;
    if (outcome == -EAGAIN) continue;
    // Out of descriptors or memory: the kernel keeps who waits. Asking at once again would spin.
    cells_.shed.add();
    log_.warn("accept_paused", "no descriptor for a new connection; trying again shortly",
              {{"error", std::strerror(-outcome)}});
    if (co_await rt::sleep_until(shard_.now() + kAcceptPause) == rt::Wake::cancelled) break;
    listener_->event.set();
  }
  listener_->close();
}

// A connection over the limit gets its answer without a coroutine, a buffer or a wait: this is the
// time to be cheap.
void HttpServer::shed(int descriptor) noexcept {
  cells_.shed.add();
  const iovec text{const_cast<char*>(kOverloaded.data()), kOverloaded.size()};
  (void)shard_.io().send(descriptor, {&text, 1});  // Fits any fresh socket's buffer.
  // Closing with unread bytes would reset, and might take the answer with it.
  (void)shard_.io().receive(descriptor, shard_.scratch());
  shard_.io().close(descriptor, nullptr);
}

// New connections are refused by the kernel from here on; those that are idle end now, the others
// with their answer.
void HttpServer::drain() noexcept {
  draining_ = true;
  if (listener_ != nullptr) listener_->close();
  for (HttpConnection* each = first_; each != nullptr; each = each->next()) each->end_when_idle();
}

// Formatted once a second, since every answer has it (RFC 9110 section 6.6.1).
std::string_view HttpServer::date_line() {
  const Time now = shard_.now();
  if (now < date_until_ && !date_line_.empty()) return date_line_;
  const auto wall = shard_.clock().wall_now();
  const auto second = std::chrono::floor<std::chrono::seconds>(wall);
  date_until_ = now + (second + std::chrono::seconds{1} - wall);
  const std::time_t seconds = second.time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[48];
  const std::size_t bytes =
      std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
  date_line_.assign(text, bytes);
  return date_line_;
}

// A parsed head is 5 KiB, used for microseconds: a few are enough for all connections of the shard.
std::unique_ptr<wire::http1::RequestHead> HttpServer::take_head() {
  if (spare_heads_.empty()) return std::make_unique<wire::http1::RequestHead>();
  auto head = std::move(spare_heads_.back());
  spare_heads_.pop_back();
  return head;
}

void HttpServer::give_head(std::unique_ptr<wire::http1::RequestHead> head) {
  if (spare_heads_.size() < kSpareHeadsMax) spare_heads_.push_back(std::move(head));
}

}  // namespace junctor::net
