#pragma once
// Session: one client's session of the session era, and its twin at the upstream.
//
// On an identity route a client session and its upstream session belong to each other one to one,
// so ids of requests, progress tokens and cursors pass unchanged; only the session's own id is
// another. What goes to the client as events is recorded, so that a client whose connection broke
// reads on with Last-Event-ID.
//
// An event's id is "<tag>-<stream>-<number>"; the tag is the session's, so that an id of another
// session is refused and never replayed.
//
// Source:  MCP 2025-11-25 basic/transports#resumability-and-redelivery, #session-management.
// Limits:  SessionLimits: streams, events and bytes kept; requests under way; idle time.
// Threads: one shard, named in the session's id.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/client_answer.h"
#include "agent/settings.h"
#include "agent/upstream_message.h"
#include "base/error.h"
#include "rt/event.h"
#include "rt/task_group.h"
#include "rt/timer.h"
#include "wire/mcp.h"

namespace junctor::agent {

class Session;
class FederatedSession;
class StdioTwin;
class Upstream;

// The events of one answer (or of the standalone stream), whoever reads them at the moment.
class SessionStream {
 public:
  SessionStream(Session& session, std::uint32_t number) noexcept
      : session_{session}, number_{number} {}
  ~SessionStream() { JUNCTOR_ASSERT(reader_ == nullptr); }
  SessionStream(const SessionStream&) = delete;
  SessionStream& operator=(const SessionStream&) = delete;

  // The client reads from here on; who read before is ended.
  void attach(ClientAnswer& reader);
  void detach(const ClientAnswer& reader) noexcept;
  [[nodiscard]] ClientAnswer* reader() const noexcept { return reader_; }

  void publish(const Pieces& message);
  // A notification or a request of the upstream, in the words of the session's client.
  void say(const UpstreamMessage& message);
  // Where its events go: itself, or, of what a member of a federated route says on its own, the
  // client's own standalone stream.
  [[nodiscard]] SessionStream& outlet() noexcept;
  // Its reader takes less than it is given; whoever reads the upstream waits for it.
  [[nodiscard]] bool is_backed_up() const noexcept {
    return reader_ != nullptr && reader_->is_backed_up();
  }
  // What was published leaves now; whoever reads the upstream says when.
  void flush() {
    if (reader_ != nullptr) reader_->flush();
  }
  // An id without data, by which the client can come back; not for those that would not understand
  // it.
  void prime(std::optional<std::chrono::milliseconds> retry);
  // The upstream closed the connection, not the stream: do the same to the reader.
  void close_reader();
  // Nothing follows.
  void end();
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  // What was said while nobody read; from now on it counts as read.
  [[nodiscard]] std::uint32_t take_missed_after() noexcept {
    return std::exchange(delivered_, count_);
  }
  // The client has been given an id to come back with.
  [[nodiscard]] bool has_ids() const noexcept { return count_ > 0; }

 private:
  friend class Session;
  Session& session_;
  std::uint32_t number_;
  std::uint32_t count_ = 0;      // Events so far.
  std::uint32_t delivered_ = 0;  // The last one that a reader was given.
  bool ended_ = false;
  ClientAnswer* reader_ = nullptr;
};

class Session final : rt::Timer {
 public:
  struct Identity {
    std::string id;           // As the client has it.
    std::string upstream_id;  // As the upstream gave it; empty: it keeps no sessions.
    std::array<std::uint8_t, 16> client_address{};
  };
  // `upstream` is null for a session with several: they have sessions of their own.
  Session(rt::Shard& shard, const SessionLimits& limits, Upstream* upstream, Identity identity,
          std::uint64_t tag) noexcept;
  ~Session() override;

  [[nodiscard]] const std::string& id() const noexcept { return identity_.id; }
  [[nodiscard]] const std::string& upstream_id() const noexcept { return identity_.upstream_id; }
  [[nodiscard]] bool has_twin() const noexcept { return !identity_.upstream_id.empty(); }
  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }
  [[nodiscard]] Upstream& upstream() noexcept {
    JUNCTOR_ASSERT(upstream_ != nullptr);
    return *upstream_;
  }
  [[nodiscard]] bool is_of(const Upstream* upstream) const noexcept {
    return upstream != nullptr && upstream_ == upstream;
  }
  // Requests of the client are under way, or it listens.
  [[nodiscard]] bool is_in_use() const noexcept { return uses_ != 0; }
  [[nodiscard]] const wire::VersionFacts& version() const noexcept { return *version_; }
  void set_version(const wire::VersionFacts& version) noexcept { version_ = &version; }

  // One request under way. While one lives, the session does not expire.
  class Use {
   public:
    explicit Use(std::shared_ptr<Session> session) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Session* operator->() const noexcept { return session_.get(); }
    Session& operator*() const noexcept { return *session_; }

   private:
    std::shared_ptr<Session> session_;
  };

  // A call with a JSON-RPC id: found by notifications/cancelled. Two may have the same id: each has
  // an HTTP exchange of its own, and the upstream judges (docs/decisions/0005).
  struct Call {
    std::string id;
    bool is_unwanted = false;  // The client cancelled it, and awaits no answer.
    rt::Cancellation scope;
  };
  // Errors: rate_limited "session_busy".
  [[nodiscard]] Result<> begin(Call& call);
  void end(Call& call) noexcept;
  [[nodiscard]] Call* find_call(std::string_view id) noexcept;
  [[nodiscard]] bool has_calls() const noexcept { return !calls_.empty(); }

  // A stream of events of its own for one answer; number 0 is the standalone one.
  [[nodiscard]] std::shared_ptr<SessionStream> open_stream();
  [[nodiscard]] const std::shared_ptr<SessionStream>& standalone() const noexcept {
    return standalone_;
  }
  struct Resumption {
    std::shared_ptr<SessionStream> stream;  // Null: its events are all that is left of it.
    std::uint32_t number = 0;
    std::uint32_t after = 0;
  };
  // Where to read on. Errors: not_found "unknown_event_id".
  [[nodiscard]] Result<Resumption> find_event(std::string_view event_id) const;
  // Writes the kept events behind `from` to `reader`.
  void replay(const Resumption& from, ClientAnswer& reader) const;

  // The last event id that the upstream gave on the standalone stream.
  std::string upstream_event_id;
  // What the upstream says on its own comes in: its standalone stream is being read, or a process
  // speaks.
  bool pumping = false;
  std::function<void()> on_idle;  // Set by the store.

  // What goes on without a request of the client. It keeps the session, is cancelled by close(),
  // and ends with the shard's tasks.
  static void spawn(const std::shared_ptr<Session>& session, rt::Task<void> task);

  // The process that stands behind it from now on.
  void take_twin(std::unique_ptr<StdioTwin> twin);
  [[nodiscard]] StdioTwin* stdio() noexcept { return stdio_.get(); }

  // Its sessions with the members of a federated route.
  void set_federated(std::unique_ptr<FederatedSession> federated);
  [[nodiscard]] FederatedSession* federated() noexcept { return federated_.get(); }
  // Makes it one of those; null: its client's session has ended.
  void belong_to(FederatedSession* whole, std::size_t member) noexcept {
    whole_ = whole;
    member_ = member;
  }

  // Cancels all calls, which then answer for themselves; nothing else is answered afterwards.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }

 private:
  friend class SessionStream;
  struct Event {
    std::uint32_t stream;
    std::uint32_t number;
    std::string data;
  };
  [[nodiscard]] std::string event_id(std::uint32_t stream, std::uint32_t number) const;
  void record(std::uint32_t stream, std::uint32_t number, std::string data);
  void rest() noexcept;
  void on_timer() noexcept override;
  static rt::Task<void> keep(std::shared_ptr<Session> session);

  rt::Shard& shard_;
  const SessionLimits& limits_;
  Upstream* upstream_;
  std::shared_ptr<Upstream> keeps_;  // That one, where it is shared.
  Identity identity_;
  const wire::VersionFacts* version_ = &wire::version_facts(wire::kLatestLegacyVersion);
  std::string tag_;
  std::vector<Call*> calls_;
  std::vector<std::shared_ptr<SessionStream>> streams_;  // Of answers under way.
  std::shared_ptr<SessionStream> standalone_;
  std::deque<Event> events_;
  std::size_t events_bytes_ = 0;
  std::uint32_t next_stream_ = 1;
  std::uint32_t uses_ = 0;
  std::unique_ptr<StdioTwin> stdio_;
  std::unique_ptr<FederatedSession> federated_;
  FederatedSession* whole_ = nullptr;
  std::size_t member_ = 0;
  rt::TaskGroup tasks_;
  bool kept_ = false;  // keep() runs.
  bool closed_ = false;
};

}  // namespace junctor::agent
