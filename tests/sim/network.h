#pragma once
// Network: the sockets of a simulated world and what happens between them: TCP as a program sees
// it.
//
// Bytes arrive complete and in order, or the connection ends; everything else (when, in which
// pieces, whether at all) is chosen by the dice. Behaves as Linux does where code could tell the
// difference: a reset leaves what has arrived readable, then -ECONNRESET once, then the end;
// closing with unread bytes resets; bytes sent to a closed socket bring a reset back; a silent
// connection fails with -ETIMEDOUT only when something was sent. Descriptors are never used twice,
// and using a closed one ends the test.
//
// Source:  RFC 9293 (TCP), tcp(7), epoll(7).
// Errors:  negated errno, as rt/io.h.
// Threads: one.

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "rt/endpoint.h"
#include "sim/clock.h"

namespace junctor::sim {

// What the network does to those who use it. The defaults are calm: no delay, no cuts, no loss.
struct NetworkOptions {
  Duration latency_min{0};  // Of each segment, handshake, FIN and reset, one way.
  Duration latency_max{0};
  std::size_t segment_bytes_max = 0;  // A send is cut into pieces of at most so many; 0: never.
  std::size_t buffer_bytes_min = std::size_t{256}
                                 << 10;  // What a direction holds, chosen per connection.
  std::size_t buffer_bytes_max = std::size_t{256} << 10;
  unsigned short_read_percent = 0;  // Of receives and sends: they move less than they could.
  unsigned short_write_percent = 0;
  unsigned refused_percent = 0;  // Of connects; and those that nobody answers.
  unsigned unanswered_percent = 0;
  unsigned reset_percent = 0;   // Of connections: they break, or fall silent, within the first
  unsigned silent_percent = 0;  // `fault_bytes_max` bytes, both directions together.
  std::size_t fault_bytes_max = std::size_t{16} << 10;
  Duration connect_give_up = std::chrono::seconds{127};
  Duration unacknowledged_give_up = std::chrono::seconds{924};
};

// How an address answers from now on.
enum class Behaviour : unsigned char {
  normal,
  refuses,  // New connections are refused.
  silent,   // Nothing comes back any more, on old connections neither.
};

class Network {
 public:
  Network(std::uint64_t seed, NetworkOptions options, SimClock& clock);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // --- For tests: what happens to whom.
  void behave(const rt::Endpoint& address, Behaviour behaviour);
  // The dice never harm connections to this address; delays and cuts stay.
  void spare(const rt::Endpoint& address) { spared_.push_back(address); }
  // The next `count` calls end with -EMFILE.
  void fail_accepts(const rt::Endpoint& listener, std::size_t count);
  void fail_connects(const rt::Endpoint& to, std::size_t count);
  // The next connect comes from here; otherwise from 127.0.0.1, [::1] or a Unix socket.
  void come_from(const rt::Endpoint& source) { next_source_ = source; }
  // The connection breaks now, on both sides.
  void break_connection(int socket);
  // Nothing passes any more, in both directions.
  void silence(int socket);
  // close() will reset, whatever has been read.
  void reset_on_close(int socket);

  [[nodiscard]] std::size_t open_descriptors() const noexcept { return sockets_.size(); }
  [[nodiscard]] std::string describe_open() const;
  [[nodiscard]] std::size_t connections_made(const rt::Endpoint& to) const;
  [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }
  // Bytes that a connection which nobody broke took from its sender and never gave to a reader.
  [[nodiscard]] std::uint64_t bytes_unread() const noexcept { return bytes_unread_; }
  // Equal for equal histories: every call and what was told, with its time.
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return trace_hash_; }

  // --- For SimIo: the system calls, and time.
  int listen(const rt::Endpoint& at, int backlog, rt::Endpoint& bound);
  int accept(int listener, rt::Endpoint& peer);
  int connect(const rt::Endpoint& to);
  int connect_result(int socket);
  [[nodiscard]] bool is_connected(int socket);
  ssize_t receive(int socket, std::span<char> into);
  ssize_t send(int socket, std::span<const iovec> pieces);
  void shutdown_write(int socket);
  void close(int socket);

  // When something happens next; kNever if nothing will.
  [[nodiscard]] Time next_event() const noexcept;
  void run_due();
  // Something has become true for this descriptor, and is to be told.
  void mark(int descriptor);
  [[nodiscard]] bool any_marked() const noexcept { return !marked_.empty(); }
  // Those that were marked, in an order of the dice.
  [[nodiscard]] std::vector<int> take_marked();
  // ReadyBits that are true now.
  [[nodiscard]] unsigned levels(int descriptor) const;
  void note(std::string_view what, int descriptor, std::int64_t amount);

 private:
  enum class State : unsigned char { connecting, connected, failed };
  // One side of a connection, and what is on its way to it.
  struct Half {
    int descriptor = -1;  // Of a side that is not accepted yet, or closed: -1.
    rt::Endpoint address;
    std::string received;
    std::size_t in_flight = 0;
    std::size_t capacity = 0;  // For received and in_flight together.
    Time last_arrival{};
    int error = 0;
    bool closed = false;
    bool fin_sent = false;
    bool fin_received = false;
    bool reset = false;
    bool waits_for_room = false;  // Was told -EAGAIN by send().
    bool reset_on_close = false;
    bool times_out = false;  // Has sent what nobody will acknowledge.
  };
  struct Connection {
    std::array<Half, 2> halves;  // 0 connected, 1 accepts.
    State state = State::connecting;
    Time give_up = kNever;
    bool at_once = false;  // The handshake is over when connect() returns.
    bool silent = false;
    bool harmed = false;                  // By the dice or by the test.
    std::int64_t bytes_until_reset = -1;  // Negative: never.
    std::int64_t bytes_until_silence = -1;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Listener {
    rt::Endpoint at;
    std::size_t backlog_max = 0;
    std::deque<ConnectionPtr> backlog;
  };
  struct Socket {
    std::unique_ptr<Listener> listener;  // Or a side of a connection.
    ConnectionPtr connection;
    std::size_t side = 0;
  };

  Socket& socket(int descriptor);
  const Socket& socket(int descriptor) const;
  // The connection and both halves, as seen from one descriptor.
  struct View {
    ConnectionPtr connection;
    std::size_t side;
    Half& own;
    Half& other;
  };
  View view(int descriptor);
  // One of those that listen there, by the dice; -1 when none does.
  [[nodiscard]] int listener_for(const rt::Endpoint& to);
  [[nodiscard]] Behaviour behaviour_of(const rt::Endpoint& address) const;
  static bool matches(const rt::Endpoint& listener, const rt::Endpoint& to);
  static unsigned levels_of(const Connection& connection, std::size_t side);
  static std::size_t room(const Half& receiver) noexcept;

  void at(Time time, std::move_only_function<void()> event);
  void later(std::move_only_function<void()> event) {
    at(clock_.now() + latency(), std::move(event));
  }
  // Keeps the order of what arrives at one side.
  Time arrival(Half& receiver);
  [[nodiscard]] Duration latency();
  [[nodiscard]] std::size_t segment_bytes(std::size_t left);
  void mark_half(const Half& half) {
    if (half.descriptor >= 0) mark(half.descriptor);
  }

  void arrive_syn(const ConnectionPtr& connection);
  void enter_backlog(const ConnectionPtr& connection, int listener);
  void establish(const ConnectionPtr& connection);
  void fail_connect(const ConnectionPtr& connection, int error);
  void roll_faults(Connection& connection, const rt::Endpoint& to);
  void transmit(const ConnectionPtr& connection, std::size_t to, std::string_view bytes);
  void deliver(const ConnectionPtr& connection, std::size_t to, std::string_view bytes);
  void send_fin(const ConnectionPtr& connection, std::size_t from);
  void send_reset(const ConnectionPtr& connection, std::size_t to);
  void reset_half(Half& half, int error);
  void count_down(const ConnectionPtr& connection, std::size_t bytes);
  void fall_silent(const ConnectionPtr& connection);
  void give_up_later(const ConnectionPtr& connection, std::size_t sender);
  void tell_room(const ConnectionPtr& connection, std::size_t sender);
  bool spend(std::vector<std::pair<rt::Endpoint, std::size_t>>& failures, const rt::Endpoint& at);

  SimClock& clock_;
  SeededRandom random_;
  NetworkOptions options_;
  std::map<int, Socket> sockets_;
  std::map<std::pair<Time, std::uint64_t>, std::move_only_function<void()>> events_;
  std::vector<int> marked_;
  std::vector<std::weak_ptr<Connection>> connections_;
  std::vector<std::pair<rt::Endpoint, Behaviour>> behaviours_;
  std::vector<std::pair<rt::Endpoint, std::size_t>> failing_accepts_;
  std::vector<std::pair<rt::Endpoint, std::size_t>> failing_connects_;
  std::vector<std::pair<rt::Endpoint, std::size_t>> made_;
  std::vector<rt::Endpoint> spared_;
  rt::Endpoint next_source_;
  int next_descriptor_ = 100;
  std::uint16_t next_port_ = 40'000;
  std::uint64_t next_event_number_ = 0;
  std::uint64_t bytes_received_ = 0;
  std::uint64_t bytes_unread_ = 0;
  std::uint64_t trace_hash_ = 14'695'981'039'346'656'037U;
  bool prints_ = false;
};

}  // namespace junctor::sim
