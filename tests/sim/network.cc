#include "sim/network.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/assert.h"
#include "rt/io.h"

namespace junctor::sim {
namespace {

constexpr std::size_t kPiecesMax = 1024;  // IOV_MAX.
constexpr std::uint64_t kFnvPrime = 1'099'511'628'211U;
constexpr Duration kBacklogRetry = std::chrono::seconds{1};

bool wildcard(const rt::Endpoint& at) {
  const auto& bytes = at.address();
  return at.family() != AF_UNIX &&
         std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte == 0; });
}

rt::Endpoint loopback(int family, std::uint16_t port) {
  if (family == AF_INET) return rt::Endpoint::ipv4({127, 0, 0, 1}, port);
  if (family == AF_INET6) {
    return rt::Endpoint::ipv6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port);
  }
  return {};  // A client of a Unix socket has no name.
}

}  // namespace

Network::Network(std::uint64_t seed, NetworkOptions options, SimClock& clock)
    : clock_{clock},
      random_{seed},
      options_{options},
      prints_{std::getenv("JUNCTOR_SIM_TRACE") != nullptr} {
  JUNCTOR_ASSERT(options_.latency_min <= options_.latency_max);
  JUNCTOR_ASSERT(options_.buffer_bytes_min > 0 &&
                 options_.buffer_bytes_min <= options_.buffer_bytes_max);
}

Network::~Network() = default;

// ---- What tests do to it.

void Network::behave(const rt::Endpoint& address, Behaviour behaviour) {
  const auto known = std::find_if(behaviours_.begin(), behaviours_.end(),
                                  [&](const auto& entry) { return entry.first == address; });
  if (known != behaviours_.end()) behaviours_.erase(known);
  behaviours_.emplace_back(address, behaviour);
  if (behaviour != Behaviour::silent) return;
  for (const auto& weak : connections_) {
    const ConnectionPtr connection = weak.lock();
    if (connection != nullptr && connection->halves[1].address == address) fall_silent(connection);
  }
}

void Network::fail_accepts(const rt::Endpoint& listener, std::size_t count) {
  failing_accepts_.emplace_back(listener, count);
}

void Network::fail_connects(const rt::Endpoint& to, std::size_t count) {
  failing_connects_.emplace_back(to, count);
}

bool Network::spend(std::vector<std::pair<rt::Endpoint, std::size_t>>& failures,
                    const rt::Endpoint& at) {
  for (auto& [endpoint, left] : failures) {
    if (endpoint != at || left == 0) continue;
    --left;
    return true;
  }
  return false;
}

void Network::break_connection(int socket) {
  const View seen = view(socket);
  seen.connection->harmed = true;
  reset_half(seen.own, ECONNRESET);
  reset_half(seen.other, ECONNRESET);
}

void Network::silence(int socket) {
  fall_silent(view(socket).connection);
}

void Network::reset_on_close(int socket) {
  const View seen = view(socket);
  seen.connection->harmed = true;
  seen.own.reset_on_close = true;
}

std::string Network::describe_open() const {
  std::string text;
  for (const auto& [descriptor, socket] : sockets_) {
    if (socket.listener != nullptr) {
      text += fmt::format("\n  {} listens at {}", descriptor, socket.listener->at.text());
      continue;
    }
    const auto& halves = socket.connection->halves;
    const Half& own = halves[socket.side];
    text += fmt::format("\n  {} {} {}: {} bytes unread, {} in flight{}{}{}{}", descriptor,
                        socket.side == 0 ? "connected to" : "accepted from",
                        halves[1 - socket.side].address.text(), own.received.size(), own.in_flight,
                        own.fin_sent ? ", FIN sent" : "", own.fin_received ? ", FIN received" : "",
                        own.reset ? ", reset" : "", socket.connection->silent ? ", silent" : "");
  }
  return text;
}

std::size_t Network::connections_made(const rt::Endpoint& to) const {
  for (const auto& [endpoint, count] : made_) {
    if (endpoint == to) return count;
  }
  return 0;
}

// ---- The system calls.

Network::Socket& Network::socket(int descriptor) {
  const auto found = sockets_.find(descriptor);
  JUNCTOR_ASSERT(found != sockets_.end());  // Closed, or never opened.
  return found->second;
}

const Network::Socket& Network::socket(int descriptor) const {
  const auto found = sockets_.find(descriptor);
  JUNCTOR_ASSERT(found != sockets_.end());
  return found->second;
}

Network::View Network::view(int descriptor) {
  const Socket& found = socket(descriptor);
  JUNCTOR_ASSERT(found.connection != nullptr);  // A listener is no connection.
  auto& halves = found.connection->halves;
  return {found.connection, found.side, halves[found.side], halves[1 - found.side]};
}

int Network::listen(const rt::Endpoint& at, int backlog, rt::Endpoint& bound) {
  const bool picks = at.family() != AF_UNIX && at.port() == 0;
  auto listener = std::make_unique<Listener>();
  listener->at = bound = picks ? at.with_port(next_port_++) : at;
  listener->backlog_max = static_cast<std::size_t>(std::max(backlog, 1));
  const int descriptor = next_descriptor_++;
  sockets_[descriptor].listener = std::move(listener);
  note("listen", descriptor, bound.port());
  return descriptor;
}

int Network::accept(int listener, rt::Endpoint& peer) {
  Socket& found = socket(listener);
  JUNCTOR_ASSERT(found.listener != nullptr);
  if (found.listener->backlog.empty()) return -EAGAIN;
  if (spend(failing_accepts_, found.listener->at)) {
    note("accept fails", listener, EMFILE);
    return -EMFILE;
  }
  const ConnectionPtr connection = found.listener->backlog.front();
  found.listener->backlog.pop_front();
  const int descriptor = next_descriptor_++;
  Socket& made = sockets_[descriptor];
  made.connection = connection;
  made.side = 1;
  connection->halves[1].descriptor = descriptor;
  peer = connection->halves[0].address;
  note("accept", listener, descriptor);
  return descriptor;
}

int Network::connect(const rt::Endpoint& to) {
  if (spend(failing_connects_, to)) return -EMFILE;
  auto connection = std::make_shared<Connection>();
  const int descriptor = next_descriptor_++;
  Socket& made = sockets_[descriptor];
  made.connection = connection;
  const bool named = next_source_.family() != AF_UNSPEC;
  connection->halves[0].address =
      named ? std::exchange(next_source_, {}) : loopback(to.family(), next_port_++);
  connection->halves[0].descriptor = descriptor;
  connection->halves[1].address = to;
  for (Half& half : connection->halves) {
    half.capacity = random_.between(options_.buffer_bytes_min, options_.buffer_bytes_max);
  }
  connection->give_up = clock_.now() + options_.connect_give_up;
  std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
  connections_.push_back(connection);
  note("connect", descriptor, to.port());
  // On one machine the handshake often takes no time at all.
  connection->at_once = to.is_loopback() && random_.chance(50);
  if (connection->at_once) {
    arrive_syn(connection);
  } else {
    later([this, connection] { arrive_syn(connection); });
  }
  return descriptor;
}

int Network::connect_result(int socket) {
  const View seen = view(socket);
  return -std::exchange(seen.own.error, 0);
}

bool Network::is_connected(int socket) {
  const View seen = view(socket);
  return !seen.own.reset && (seen.side == 1 || seen.connection->state == State::connected);
}

ssize_t Network::receive(int socket, std::span<char> into) {
  JUNCTOR_ASSERT(!into.empty());
  const View seen = view(socket);
  Half& own = seen.own;
  if (seen.side == 0 && seen.connection->state == State::connecting) return -EAGAIN;
  if (own.received.empty()) {
    const int error = std::exchange(own.error, 0);
    note("receive", socket, -error);
    if (error != 0) return -error;
    return own.reset || own.fin_received ? 0 : -EAGAIN;
  }
  std::size_t count = std::min(own.received.size(), into.size());
  if (count > 1 && random_.chance(options_.short_read_percent)) {
    // The rest arrives just afterwards: for an edge-triggered reader short means drained.
    count = random_.between(1, count - 1);
    mark(socket);
  }
  own.received.copy(into.data(), count);
  own.received.erase(0, count);
  bytes_received_ += count;
  for (const char byte : into.first(count)) {
    trace_hash_ = (trace_hash_ ^ static_cast<unsigned char>(byte)) * kFnvPrime;
  }
  note("receive", socket, static_cast<std::int64_t>(count));
  tell_room(seen.connection, 1 - seen.side);
  return static_cast<ssize_t>(count);
}

ssize_t Network::send(int socket, std::span<const iovec> pieces) {
  const View seen = view(socket);
  if (pieces.size() > kPiecesMax) return -EMSGSIZE;
  if (seen.side == 0 && seen.connection->state == State::connecting) return -EAGAIN;
  if (const int error = std::exchange(seen.own.error, 0); error != 0) return -error;
  if (seen.own.reset || seen.own.fin_sent) return -EPIPE;
  std::string bytes;
  for (const iovec& piece : pieces)
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  if (bytes.empty()) return 0;
  const std::size_t free = room(seen.other);
  if (free == 0) {
    seen.own.waits_for_room = true;
    note("send waits", socket, 0);
    return -EAGAIN;
  }
  std::size_t count = std::min(bytes.size(), free);
  if (count > 1 && random_.chance(options_.short_write_percent))
    count = random_.between(1, count - 1);
  note("send", socket, static_cast<std::int64_t>(count));
  transmit(seen.connection, 1 - seen.side, std::string_view{bytes}.substr(0, count));
  return static_cast<ssize_t>(count);
}

void Network::shutdown_write(int socket) {
  const View seen = view(socket);
  if (seen.own.reset || seen.own.fin_sent) return;
  if (seen.side == 0 && seen.connection->state != State::connected) return;
  note("shutdown", socket, 0);
  send_fin(seen.connection, seen.side);
  mark(socket);
}

void Network::close(int descriptor) {
  note("close", descriptor, 0);
  Socket closed = std::move(socket(descriptor));
  sockets_.erase(descriptor);
  std::erase(marked_, descriptor);
  if (closed.listener != nullptr) {
    for (const ConnectionPtr& waiting : closed.listener->backlog) {
      waiting->halves[1].closed = true;
      send_reset(waiting, 0);
    }
    return;
  }
  const ConnectionPtr& connection = closed.connection;
  Half& own = connection->halves[closed.side];
  own.closed = true;
  own.descriptor = -1;
  if (!connection->harmed && !own.reset) bytes_unread_ += own.received.size() + own.in_flight;
  if (own.reset || (closed.side == 0 && connection->state != State::connected)) return;
  if (own.reset_on_close || !own.received.empty()) {
    send_reset(connection, 1 - closed.side);
  } else if (!own.fin_sent) {
    send_fin(connection, closed.side);
  }
}

// ---- Connecting.

bool Network::matches(const rt::Endpoint& listener, const rt::Endpoint& to) {
  if (listener == to) return true;
  return listener.family() == to.family() && listener.port() == to.port() && wildcard(listener);
}

int Network::listener_for(const rt::Endpoint& to) {
  std::vector<int> found;
  for (const auto& [descriptor, socket] : sockets_) {
    if (socket.listener != nullptr && matches(socket.listener->at, to)) found.push_back(descriptor);
  }
  if (found.empty()) return -1;
  return found.size() == 1 ? found.front() : found[random_.below(found.size())];
}

Behaviour Network::behaviour_of(const rt::Endpoint& address) const {
  for (const auto& [endpoint, behaviour] : behaviours_) {
    if (endpoint == address) return behaviour;
  }
  return Behaviour::normal;
}

void Network::arrive_syn(const ConnectionPtr& connection) {
  if (connection->halves[0].closed) return;
  const rt::Endpoint to = connection->halves[1].address;
  const bool spared = std::find(spared_.begin(), spared_.end(), to) != spared_.end();
  Behaviour behaviour = behaviour_of(to);
  if (!spared && behaviour == Behaviour::normal) {
    if (random_.chance(options_.refused_percent)) behaviour = Behaviour::refuses;
    if (random_.chance(options_.unanswered_percent)) behaviour = Behaviour::silent;
  }
  if (behaviour == Behaviour::silent || connection->silent) {
    at(connection->give_up, [this, connection] { fail_connect(connection, ETIMEDOUT); });
    return;
  }
  const int listener = listener_for(to);
  if (listener < 0 || behaviour == Behaviour::refuses) {
    later([this, connection] { fail_connect(connection, ECONNREFUSED); });
    return;
  }
  if (!spared) roll_faults(*connection, to);
  enter_backlog(connection, listener);
}

void Network::enter_backlog(const ConnectionPtr& connection, int listener) {
  if (connection->halves[0].closed) return;
  const auto found = sockets_.find(listener);
  if (found == sockets_.end()) {
    later([this, connection] { fail_connect(connection, ECONNREFUSED); });
    return;
  }
  if (found->second.listener->backlog.size() >= found->second.listener->backlog_max) {
    const Time retry = clock_.now() + kBacklogRetry;
    if (retry >= connection->give_up) {
      at(connection->give_up, [this, connection] { fail_connect(connection, ETIMEDOUT); });
    } else {
      at(retry, [this, connection, listener] { enter_backlog(connection, listener); });
    }
    return;
  }
  const rt::Endpoint& to = connection->halves[1].address;
  const auto known = std::find_if(made_.begin(), made_.end(),
                                  [&](const auto& entry) { return entry.first == to; });
  if (known != made_.end()) {
    ++known->second;
  } else {
    made_.emplace_back(to, 1);
  }
  found->second.listener->backlog.push_back(connection);
  mark(listener);
  if (connection->at_once) return establish(connection);
  at(arrival(connection->halves[0]), [this, connection] { establish(connection); });
}

void Network::establish(const ConnectionPtr& connection) {
  if (connection->silent || connection->halves[0].closed) return;
  connection->state = State::connected;
  mark_half(connection->halves[0]);
}

void Network::fail_connect(const ConnectionPtr& connection, int error) {
  if (connection->halves[0].closed) return;
  connection->state = State::failed;
  connection->harmed = true;
  reset_half(connection->halves[0], error);
}

void Network::roll_faults(Connection& connection, const rt::Endpoint& to) {
  if (to.family() == AF_UNIX) return;  // Nothing is lost inside one machine.
  const auto when = static_cast<std::int64_t>(random_.between(1, options_.fault_bytes_max));
  if (random_.chance(options_.reset_percent)) {
    connection.bytes_until_reset = when;
  } else if (random_.chance(options_.silent_percent)) {
    connection.bytes_until_silence = when;
  }
}

// ---- What is under way.

std::size_t Network::room(const Half& receiver) noexcept {
  const std::size_t held = receiver.received.size() + receiver.in_flight;
  return receiver.capacity > held ? receiver.capacity - held : 0;
}

std::size_t Network::segment_bytes(std::size_t left) {
  if (options_.segment_bytes_max == 0) return left;
  // Some very small ones: they cut tokens in two.
  const std::size_t most = random_.chance(25) ? 8 : options_.segment_bytes_max;
  return std::min<std::size_t>(left, random_.between(1, most));
}

void Network::transmit(const ConnectionPtr& connection, std::size_t to, std::string_view bytes) {
  Half& receiver = connection->halves[to];
  receiver.in_flight += bytes.size();
  if (receiver.closed && !connection->harmed) bytes_unread_ += bytes.size();
  if (connection->silent) return give_up_later(connection, 1 - to);
  for (std::string_view left = bytes; !left.empty();) {
    const std::string_view piece = left.substr(0, segment_bytes(left.size()));
    left.remove_prefix(piece.size());
    at(arrival(receiver),
       [this, connection, to, copy = std::string{piece}] { deliver(connection, to, copy); });
  }
  count_down(connection, bytes.size());
}

void Network::deliver(const ConnectionPtr& connection, std::size_t to, std::string_view bytes) {
  if (connection->silent) return;  // It stays in flight for ever, and fills the sender's buffer.
  Half& receiver = connection->halves[to];
  if (receiver.reset) return;
  receiver.in_flight -= bytes.size();
  if (receiver.closed) return send_reset(connection, 1 - to);
  receiver.received.append(bytes);
  mark_half(receiver);
}

void Network::send_fin(const ConnectionPtr& connection, std::size_t from) {
  connection->halves[from].fin_sent = true;
  const std::size_t to = 1 - from;
  at(arrival(connection->halves[to]), [this, connection, to] {
    Half& receiver = connection->halves[to];
    if (connection->silent || receiver.reset) return;
    receiver.fin_received = true;
    mark_half(receiver);
  });
}

void Network::send_reset(const ConnectionPtr& connection, std::size_t to) {
  at(arrival(connection->halves[to]), [this, connection, to] {
    if (!connection->silent) reset_half(connection->halves[to], ECONNRESET);
  });
}

void Network::reset_half(Half& half, int error) {
  if (half.closed || half.reset) return;
  half.reset = true;
  half.error = error;
  half.in_flight = 0;
  mark_half(half);
}

void Network::count_down(const ConnectionPtr& connection, std::size_t bytes) {
  const auto passes_zero = [bytes](std::int64_t& left) {
    if (left <= 0) return false;
    left -= static_cast<std::int64_t>(bytes);
    return left <= 0;
  };
  if (passes_zero(connection->bytes_until_silence)) fall_silent(connection);
  if (!passes_zero(connection->bytes_until_reset)) return;
  connection->harmed = true;
  for (const std::size_t side : {0U, 1U}) {
    later([this, connection, side] { reset_half(connection->halves[side], ECONNRESET); });
  }
}

void Network::fall_silent(const ConnectionPtr& connection) {
  if (connection->silent) return;
  connection->silent = connection->harmed = true;
  for (const std::size_t side : {0U, 1U}) {
    if (connection->halves[1 - side].in_flight > 0) give_up_later(connection, side);
  }
  if (connection->state == State::connecting) {
    at(std::max(connection->give_up, clock_.now()), [this, connection] {
      if (connection->state == State::connecting) fail_connect(connection, ETIMEDOUT);
    });
  }
}

void Network::give_up_later(const ConnectionPtr& connection, std::size_t sender) {
  if (std::exchange(connection->halves[sender].times_out, true)) return;
  at(clock_.now() + options_.unacknowledged_give_up,
     [this, connection, sender] { reset_half(connection->halves[sender], ETIMEDOUT); });
}

void Network::tell_room(const ConnectionPtr& connection, std::size_t sender) {
  Half& waiting = connection->halves[sender];
  const Half& receiver = connection->halves[1 - sender];
  if (!waiting.waits_for_room || connection->silent || room(receiver) < receiver.capacity / 3)
    return;
  waiting.waits_for_room = false;
  later([this, connection, sender] {
    if (!connection->silent) mark_half(connection->halves[sender]);
  });
}

// ---- Time, and what is told.

Duration Network::latency() {
  if (options_.latency_max == Duration{0}) return Duration{0};
  return random_.between(options_.latency_min, options_.latency_max);
}

Time Network::arrival(Half& receiver) {
  receiver.last_arrival = std::max(receiver.last_arrival, clock_.now() + latency());
  return receiver.last_arrival;
}

void Network::at(Time time, std::move_only_function<void()> event) {
  JUNCTOR_ASSERT(time >= clock_.now());
  events_.emplace(std::pair{time, next_event_number_++}, std::move(event));
}

Time Network::next_event() const noexcept {
  return events_.empty() ? kNever : events_.begin()->first.first;
}

void Network::run_due() {
  while (next_event() <= clock_.now()) {
    auto event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    event();
  }
}

void Network::mark(int descriptor) {
  if (std::find(marked_.begin(), marked_.end(), descriptor) == marked_.end()) {
    marked_.push_back(descriptor);
  }
}

std::vector<int> Network::take_marked() {
  std::vector<int> taken = std::exchange(marked_, {});
  for (std::size_t left = taken.size(); left > 1; --left) {
    std::swap(taken[left - 1], taken[random_.below(left)]);
  }
  return taken;
}

unsigned Network::levels_of(const Connection& connection, std::size_t side) {
  const Half& own = connection.halves[side];
  if (own.reset) return rt::kReadable | rt::kWritable | rt::kPeerClosed | rt::kGone;
  if (side == 0 && connection.state == State::connecting) return 0;
  unsigned bits = 0;
  if (!own.received.empty() || own.fin_received) bits |= rt::kReadable;
  if (own.fin_received) bits |= rt::kPeerClosed;
  const Half& other = connection.halves[1 - side];
  if (own.fin_sent || room(other) >= std::max<std::size_t>(other.capacity / 3, 1)) {
    bits |= rt::kWritable;
  }
  if (own.fin_received && own.fin_sent) bits |= rt::kGone | rt::kReadable | rt::kWritable;
  return bits;
}

unsigned Network::levels(int descriptor) const {
  const Socket& found = socket(descriptor);
  if (found.listener != nullptr)
    return found.listener->backlog.empty() ? 0 : unsigned{rt::kReadable};
  return levels_of(*found.connection, found.side);
}

void Network::note(std::string_view what, int descriptor, std::int64_t amount) {
  const auto mix = [this](std::uint64_t word) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      trace_hash_ = (trace_hash_ ^ ((word >> shift) & 0xFFU)) * kFnvPrime;
    }
  };
  mix(static_cast<std::uint64_t>(clock_.now().time_since_epoch().count()));
  mix(static_cast<std::uint64_t>(descriptor));
  mix(static_cast<std::uint64_t>(amount));
  for (const char letter : what)
    trace_hash_ = (trace_hash_ ^ static_cast<unsigned char>(letter)) * kFnvPrime;
  if (!prints_) return;
  fmt::print(stderr, "{:>14.6f} ms  {:>4}  {} {}\n",
             std::chrono::duration<double, std::milli>(clock_.now() - kStart).count(), descriptor,
             what, amount);
}

}  // namespace junctor::sim
