#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "net/client_connection.h"
#include "net/dial.h"

namespace junctor::net {
namespace {

constexpr MetricInfo kOpen{.name = "junctor_upstream_connections_open",
                           .help = "Connections to an upstream: being made, in use and idle.",
                           .kind = MetricKind::gauge,
                           .labels = {"upstream"}};
constexpr MetricInfo kOpened{.name = "junctor_upstream_connections_opened_total",
                             .help = "Connections made to an upstream.",
                             .labels = {"upstream"}};
constexpr MetricInfo kReused{.name = "junctor_upstream_connections_reused_total",
                             .help = "Calls on a connection that was idle.",
                             .labels = {"upstream"}};
constexpr MetricInfo kRetries{.name = "junctor_upstream_retries_total",
                              .help = "Requests written again, on a new connection.",
                              .labels = {"upstream"}};
constexpr MetricInfo kConnectFailures{.name = "junctor_upstream_connect_failures_total",
                                      .help = "Connections that could not be made.",
                                      .labels = {"upstream", "reason"}};
constexpr MetricInfo kIdleClosed{.name = "junctor_upstream_idle_closed_total",
                                 .help = "Idle connections closed, by what ended them.",
                                 .labels = {"upstream", "cause"}};
constexpr MetricInfo kRefused{.name = "junctor_upstream_busy_total",
                              .help = "Calls refused because connections_max were open.",
                              .labels = {"upstream"}};
static_assert(is_well_formed(kOpen) && is_well_formed(kOpened) && is_well_formed(kReused) &&
              is_well_formed(kRetries) && is_well_formed(kConnectFailures) &&
              is_well_formed(kIdleClosed) && is_well_formed(kRefused));

// What dial() says, and the label it is counted under.
struct FailureName {
  std::string_view reason;
  std::string_view label;
};
constexpr std::array<FailureName, 8> kFailures{{
    {"connect_refused", "refused"},
    {"connect_unreachable", "unreachable"},
    {"connect_timeout", "timeout"},
    {"upstream_tls", "tls"},
    {"dns_failed", "dns"},
    {"dns_timeout", "dns"},
    {"dns_busy", "dns"},
    {"", "other"},
}};
constexpr std::array<std::string_view, 4> kIdleEnds{"peer", "timeout", "full", "drain"};

// Of writing a request: once more, when that is surely right.
constexpr unsigned kTriesMax = 2;

// The peer's own patience, less a second for the way there.
constexpr Duration kKeepAliveMargin = std::chrono::seconds{1};

}  // namespace

// Made once: on the way of a call a counter is one store.
struct HttpClient::Cells {
  Cells(Metrics& metrics, std::string_view upstream)
      : open{metrics.gauge(kOpen, {upstream})},
        opened{metrics.counter(kOpened, {upstream})},
        reused{metrics.counter(kReused, {upstream})},
        retries{metrics.counter(kRetries, {upstream})},
        refused{metrics.counter(kRefused, {upstream})} {
    for (std::size_t i = 0; i < kFailures.size(); ++i) {
      failures[i] = &metrics.counter(kConnectFailures, {upstream, kFailures[i].label});
    }
    for (std::size_t i = 0; i < kIdleEnds.size(); ++i) {
      idle_closed[i] = &metrics.counter(kIdleClosed, {upstream, kIdleEnds[i]});
    }
  }

  Counter& failure(std::string_view reason) noexcept {
    const auto* found = std::ranges::find(kFailures, reason, &FailureName::reason);
    if (found == kFailures.end()) --found;  // The last row is for the rest.
    return *failures[static_cast<std::size_t>(found - kFailures.begin())];
  }

  Gauge& open;
  Counter& opened;
  Counter& reused;
  Counter& retries;
  Counter& refused;
  std::array<Counter*, kFailures.size()> failures{};
  std::array<Counter*, kIdleEnds.size()> idle_closed{};
};

// Here, where ClientConnection is complete.
ClientCall::ClientCall() noexcept = default;
ClientCall::ClientCall(ClientCall&& other) noexcept = default;
ClientCall::~ClientCall() = default;

// Closes what was here before.
ClientCall& ClientCall::operator=(ClientCall&& other) noexcept {
  client_ = other.client_;
  connection_ = std::move(other.connection_);
  return *this;
}

ClientCall::ClientCall(HttpClient& client, std::unique_ptr<ClientConnection> connection) noexcept
    : client_{&client}, connection_{std::move(connection)} {}

void ClientCall::close() noexcept {
  connection_.reset();
}

bool ClientCall::maybe_readable() const noexcept {
  JUNCTOR_ASSERT(connection_ != nullptr);
  return connection_->maybe_receivable();
}

rt::Socket::Wait ClientCall::readable(Time deadline) noexcept {
  JUNCTOR_ASSERT(connection_ != nullptr && !connection_->maybe_receivable());
  return connection_->receivable(deadline);
}

// After a timeout the call is still there: the caller may have more than one deadline, and goes on
// with the next.
Result<ClientCall::Progress> ClientCall::receive(AnswerSink& sink, rt::Wake wake) {
  JUNCTOR_ASSERT(connection_ != nullptr);
  if (wake == rt::Wake::timeout) {
    return fail(ErrorKind::deadline_exceeded, "upstream_timeout",
                "The upstream did not answer in time.");
  }
  Result<ClientConnection::Received> received = ClientConnection::Received::nothing;
  if (wake == rt::Wake::cancelled) {
    received = fail(ErrorKind::cancelled);
  } else {
    received = connection_->receive(sink);
  }
  if (!received) {
    close();
    return std::unexpected{std::move(received).error()};
  }
  if (*received != ClientConnection::Received::ended) return Progress::more;
  client_->give_back(std::move(connection_));
  return Progress::ended;
}

rt::Task<Result<ClientCall::Progress>> ClientCall::read(AnswerSink& sink, Time deadline) {
  rt::Wake wake = rt::Wake::ready;
  if (maybe_readable()) {
    wake = co_await rt::NextRound{};
    if (wake == rt::Wake::ready && client_->shard_.now() >= deadline) wake = rt::Wake::timeout;
  } else {
    wake = co_await readable(deadline);
  }
  co_return receive(sink, wake);
}

// Nothing is connected before the first call: an upstream that is down must not keep the gateway
// from starting.
HttpClient::HttpClient(rt::Shard& shard, Options options, Resolver& resolver, TlsClient* tls,
                       Metrics& metrics, Logger log)
    : shard_{shard},
      options_{std::move(options)},
      resolver_{resolver},
      tls_{tls},
      cells_{std::make_unique<Cells>(metrics, options_.upstream)},
      log_{log} {
  JUNCTOR_ASSERT(options_.limits.connections_max > 0);
}

HttpClient::~HttpClient() {
  close_idle();
  JUNCTOR_ASSERT(open_ == 0);  // Calls end before their client.
}

// An idle connection may have been closed by the peer while the request was on its way to it. Not
// one byte written, or a repeatable request without one byte of an answer: those are sent again,
// once and on a new connection, all else is the caller's to judge.
rt::Task<Result<ClientCall>> HttpClient::call(std::span<const std::string_view> request,
                                              wire::http1::RequestKind kind, Repeatable repeatable,
                                              Time deadline) {
  std::unique_ptr<ClientConnection> connection = take_idle();
  for (unsigned tries = 1;; ++tries) {
    const bool reused = connection != nullptr;
    if (!reused) {
      JUNCTOR_CO_TRY(connection, co_await connect(deadline));
    }
    bool lost = !connection->try_begin(request, kind);
    if (!lost && reused && repeatable == Repeatable::yes) {
      JUNCTOR_ASSERT(tries == 1);  // The second connection is a new one.
      JUNCTOR_CO_TRY(const auto first, co_await connection->first_byte(deadline));
      lost = first == ClientConnection::FirstByte::lost;
    }
    if (!lost) co_return ClientCall{*this, std::move(connection)};
    connection.reset();
    if (tries == kTriesMax) {
      co_return fail(ErrorKind::unavailable, "upstream_unavailable",
                     "The upstream closed each connection before a request could be written.");
    }
    cells_->retries.add();
  }
}

// The same for the case that needs no waiting. An idle connection that fails here is dropped, and
// the caller goes on with call().
ClientCall HttpClient::call_now(std::span<const std::string_view> request,
                                wire::http1::RequestKind kind) {
  auto connection = take_idle();
  if (connection == nullptr || !connection->try_begin(request, kind)) return {};
  return ClientCall{*this, std::move(connection)};
}

// The one used last: it is the least likely to have been closed, and those behind it may run out.
std::unique_ptr<ClientConnection> HttpClient::take_idle() noexcept {
  lost_.reset();
  // The timer comes up to a tick late, and later on a shard that was busy: the clock decides.
  while (!idle_.empty()) {
    std::unique_ptr<ClientConnection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->unpark(shard_.now())) {
      cells_->reused.add();
      return connection;
    }
    cells_->idle_closed[static_cast<std::size_t>(IdleEnd::timeout)]->add();
  }
  return nullptr;
}

rt::Task<Result<std::unique_ptr<ClientConnection>>> HttpClient::connect(Time deadline) {
  if (open_ >= options_.limits.connections_max) {
    cells_->refused.add();
    co_return fail(ErrorKind::unavailable, "upstream_busy",
                   "The upstream has as many connections as its limit connections_max allows.");
  }
  // Counted from here: those being made are the ones that pile up when an upstream hangs.
  ++open_;
  cells_->open.add();
  const DialTarget target{.shard = shard_, .resolver = resolver_, .tls = tls_, .url = options_.url};
  const DialLimits limits{.connect_timeout = options_.limits.connect_timeout,
                          .attempt_delay = options_.limits.attempt_delay};
  auto stream = co_await dial(target, limits, deadline);
  if (!stream) {
    connection_closed();
    co_return std::unexpected{connect_failed(stream.error(), deadline)};
  }
  cells_->opened.add();
  co_return std::make_unique<ClientConnection>(*this, *std::move(stream));
}

// The caller hears one of two things, whatever went wrong on the way; which it was is in the log
// and in the counter.
Error HttpClient::connect_failed(const Error& why, Time deadline) {
  if (why.kind() == ErrorKind::cancelled) return why;
  cells_->failure(why.reason()).add();
  log_.debug("upstream_connect_failed", why.detail(),
             {{"upstream", options_.upstream}, {"reason", why.reason()}});
  // Whose time ran out decides: the caller's own is not a fault of the upstream.
  if (shard_.now() >= deadline) {
    return Error{ErrorKind::deadline_exceeded, "upstream_timeout", why.detail()};
  }
  return Error{ErrorKind::unavailable, "upstream_unavailable", why.detail()};
}

// Kept for as long as we like, or a little shorter than the peer said that it would.
void HttpClient::give_back(std::unique_ptr<ClientConnection> connection) noexcept {
  JUNCTOR_ASSERT(connection != nullptr);
  if (!connection->reusable()) return;  // Closed by its destructor, here and below.
  if (idle_.size() >= options_.limits.idle_max) {
    cells_->idle_closed[static_cast<std::size_t>(IdleEnd::full)]->add();
    return;
  }
  Duration patience = options_.limits.idle_timeout;
  if (connection->reuse_for() != Duration::max()) {
    patience = std::min(patience, connection->reuse_for() - kKeepAliveMargin);
  }
  if (patience <= Duration::zero()) return;
  connection->park(shard_.now() + patience);
  idle_.push_back(std::move(connection));
}

// A walk through idle_max entries at most, for a connection that ends; the way of a call takes from
// the back.
std::unique_ptr<ClientConnection> HttpClient::drop_idle(ClientConnection& connection,
                                                        IdleEnd why) noexcept {
  const auto place = std::ranges::find(idle_, &connection, &std::unique_ptr<ClientConnection>::get);
  JUNCTOR_ASSERT(place != idle_.end());
  std::unique_ptr<ClientConnection> dropped = std::move(*place);
  idle_.erase(place);
  cells_->idle_closed[static_cast<std::size_t>(why)]->add();
  return dropped;
}

// Called by the connection itself, from its socket: it has to live until that call has returned,
// and is put aside until the next one.
void HttpClient::lose_idle(ClientConnection& connection) noexcept {
  JUNCTOR_ASSERT(lost_.get() != &connection);
  lost_ = drop_idle(connection, IdleEnd::peer);
  lost_->shut();
}

void HttpClient::close_idle() noexcept {
  lost_.reset();
  cells_->idle_closed[static_cast<std::size_t>(IdleEnd::drain)]->add(idle_.size());
  idle_.clear();
}

void HttpClient::connection_closed() noexcept {
  JUNCTOR_ASSERT(open_ > 0);
  --open_;
  cells_->open.sub();
}

}  // namespace junctor::net
