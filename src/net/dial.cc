#include "net/dial.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "rt/event.h"
#include "rt/task_group.h"

namespace junctor::net {
namespace {

// Between the attempts and who waits for the first of them to succeed; outlives the attempts.
struct Race {
  DialTarget target;
  rt::Event changed;  // An attempt has ended.
  std::unique_ptr<Stream> winner;
  int fault = 0;  // Of the attempt that failed last.
  rt::Endpoint failed_at;
};

std::unique_ptr<Stream> make_stream(const DialTarget& target, int descriptor) {
  if (target.url.scheme == Url::Scheme::http) {
    return std::make_unique<Stream>(target.shard, descriptor);
  }
  JUNCTOR_ASSERT(target.tls != nullptr);
  return target.tls->make_stream(target.shard, descriptor, target.url.host);
}

rt::Task<void> attempt(Race& race, rt::Endpoint to) {
  const int descriptor = race.target.shard.io().connect(to);
  int fault = descriptor < 0 ? -descriptor : 0;
  if (descriptor >= 0) {
    auto stream = make_stream(race.target, descriptor);
    // A connection within the machine is there at once. If a hundred calls come together, each is
    // on its way, and its memory used again, before the next is looked at.
    if (!race.target.shard.io().is_connected(descriptor)) {
      // The race ends it by cancelling; a deadline of its own would only be a second timer.
      const rt::Wake wake = co_await stream->socket().writable(kNever);
      if (wake == rt::Wake::cancelled) co_return;
    }
    fault = -stream->socket().connect_result();
    // Two may succeed in one round: the second is closed with this frame.
    if (fault == 0 && race.winner == nullptr) race.winner = std::move(stream);
  }
  if (fault != 0) {
    race.fault = fault;
    race.failed_at = to;
  }
  race.changed.set();
}

std::string_view reason_of(int fault) noexcept {
  switch (fault) {
    case ECONNREFUSED: return "connect_refused";
    case ETIMEDOUT: return "connect_timeout";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL: return "connect_unreachable";
    default: return "connect_failed";
  }
}

std::unexpected<Error> timed_out(const Url& url) {
  return fail(ErrorKind::unavailable, "connect_timeout",
              "No connection to " + url.authority + " was made within the time allowed.");
}

// Runs the race; the winner is in `race` if there is one. False when it was cancelled.
rt::Task<bool> run_race(Race& race, std::vector<rt::Endpoint> addresses, Duration attempt_delay,
                        Time until) {
  rt::TaskGroup attempts;
  std::size_t next = 0;
  rt::Wake wake = rt::Wake::ready;
  while (race.winner == nullptr) {
    if (next < addresses.size()) attempts.spawn(attempt(race, addresses[next++]));
    if (next == addresses.size() && attempts.size() == 0) break;
    const Time now = race.target.shard.now();
    const Time patience = next < addresses.size() ? now + attempt_delay : until;
    wake = co_await race.changed.wait(std::min(patience, until));
    race.changed.reset();
    if (wake == rt::Wake::cancelled) break;
    if (wake == rt::Wake::timeout && race.target.shard.now() >= until) break;
  }
  attempts.cancel();  // Whoever is still connecting closes its socket.
  (void)co_await attempts.join();
  JUNCTOR_ASSERT(attempts.size() == 0);
  co_return wake != rt::Wake::cancelled;
}

// The first connection that is made wins. If none is, the last fault names the address it belongs
// to, since names hide which one was tried.
rt::Task<Result<std::unique_ptr<Stream>>> connect_first(DialTarget target,
                                                        std::vector<rt::Endpoint> addresses,
                                                        Duration attempt_delay, Time until) {
  JUNCTOR_ASSERT(!addresses.empty());
  if (addresses.size() > kDialAddressesMax) addresses.resize(kDialAddressesMax);
  const std::size_t count = addresses.size();
  Race race{.target = target, .changed = {}, .winner = {}, .fault = 0, .failed_at = {}};
  const bool whole = co_await run_race(race, std::move(addresses), attempt_delay, until);
  if (!whole) co_return fail(ErrorKind::cancelled);
  if (race.winner != nullptr) co_return std::move(race.winner);
  if (target.shard.now() >= until || race.fault == 0) co_return timed_out(target.url);
  std::string detail = "Could not connect to " + race.failed_at.text() + ": " +
                       std::system_category().message(race.fault) + ".";
  if (count > 1) detail += " None of the " + std::to_string(count) + " addresses answered.";
  co_return fail(ErrorKind::unavailable, reason_of(race.fault), std::move(detail));
}

}  // namespace

rt::Task<Result<std::unique_ptr<Stream>>> dial(DialTarget target, DialLimits limits,
                                               Time deadline) {
  const Url& url = target.url;
  if (url.scheme == Url::Scheme::https && target.tls == nullptr) {
    co_return fail(ErrorKind::unavailable, "upstream_tls",
                   "TLS is not set up for " + url.authority);
  }
  // One limit for the three steps: a slow name leaves less time for the handshake.
  const Time until = std::min(deadline, target.shard.now() + limits.connect_timeout);
  auto addresses = co_await target.resolver.resolve(url.host, url.port, until);
  if (!addresses) {
    if (addresses.error().kind() == ErrorKind::deadline_exceeded) co_return timed_out(url);
    co_return std::unexpected{std::move(addresses).error()};
  }
  JUNCTOR_CO_TRY(auto stream, co_await connect_first(target, *std::move(addresses),
                                                     limits.attempt_delay, until));
  const Result<> agreed = co_await stream->handshake(until);
  if (!agreed) {
    if (agreed.error().kind() == ErrorKind::deadline_exceeded) co_return timed_out(url);
    co_return std::unexpected{agreed.error()};
  }
  co_return std::move(stream);
}

}  // namespace junctor::net
