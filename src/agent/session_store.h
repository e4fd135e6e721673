#pragma once
// SessionStore: the client sessions of one shard, found by the id that the client shows.
//
// An id is a sealed token that names the shard and is unguessable; a forged or expired one opens to
// nothing. Sessions leave by DELETE, by idling, or with the process; their upstream twins are ended
// too.
//
// Source:  MCP 2025-11-25 basic/transports#session-management.
// Limits:  SessionLimits::max and ::max_per_client, shared out evenly among the shards.
// Threads: one shard; size() from all.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/session.h"
#include "agent/settings.h"
#include "base/metrics.h"
#include "rt/endpoint.h"
#include "rt/shard.h"
#include "wire/sealed_token.h"

namespace junctor::agent {

class SessionStore {
 public:
  SessionStore(rt::Shard& shard, const wire::KeyRing& seal, const SessionLimits& limits,
               Metrics& metrics);
  ~SessionStore();
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;

  // Before the first session: how many shards there are.
  void share_among(std::size_t shards);
  // For sessions that are opened from now on; `limits` live as long as the store.
  void set_limits(const SessionLimits& limits) noexcept;

  // Whether one more of this client fits. Errors: rate_limited, unavailable.
  [[nodiscard]] Result<> admit(const rt::Endpoint& client);
  [[nodiscard]] Result<std::shared_ptr<Session>> open(Upstream* upstream, std::string upstream_id,
                                                      const rt::Endpoint& client);
  [[nodiscard]] std::shared_ptr<Session> find(std::string_view id) const;
  // The shard that the id names; nothing when the id is not one of ours.
  [[nodiscard]] std::optional<std::size_t> shard_of(std::string_view id) const;
  // Ends a session: its calls are cancelled, its upstream twin is told unless `Upstream` forgot it.
  enum class Twin : std::uint8_t { end, gone };
  void close(Session& session, Twin twin);
  void close_all();
  // Ends those for which `is_over` holds: at once where nothing of the client is under way, and
  // else those that only listen are told to come back. Asked again until none is left.
  void end_some(const std::function<bool(Session&)>& is_over);
  // Before a shutdown: their readers are ended, and may come back to another process.
  void end_standalone_streams();

  // Ends the session at the upstream; set by the plane.
  std::function<void(const Session&)> end_twin;
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Address = std::array<std::uint8_t, 16>;
  struct AddressHash {
    std::size_t operator()(const Address& address) const noexcept {
      return std::hash<std::string_view>{}(
          {reinterpret_cast<const char*>(address.data()), address.size()});
    }
  };

  rt::Shard& shard_;
  const wire::KeyRing& seal_;
  const SessionLimits* limits_;
  std::size_t shards_ = 1;
  std::size_t max_;
  std::size_t max_per_client_;
  std::unordered_map<std::string, std::shared_ptr<Session>, Hash, std::equal_to<>> sessions_;
  std::unordered_map<Address, std::size_t, AddressHash> per_client_;
  std::uint64_t next_number_ = 1;
  std::atomic<std::size_t> size_{0};
  Gauge& open_;
  Counter& opened_;
  Counter& refused_;
};

}  // namespace junctor::agent
