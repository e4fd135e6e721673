#include "agent/session_store.h"

#include <cstring>
#include <vector>

namespace junctor::agent {
namespace {

constexpr MetricInfo kOpen{
    .name = "junctor_mcp_sessions", .help = "Open client sessions.", .kind = MetricKind::gauge};
constexpr MetricInfo kOpened{.name = "junctor_mcp_sessions_opened_total",
                             .help = "Client sessions opened.",
                             .kind = MetricKind::counter};
constexpr MetricInfo kRefused{.name = "junctor_mcp_sessions_refused_total",
                              .help = "Client sessions refused because a limit was reached.",
                              .kind = MetricKind::counter};
static_assert(is_well_formed(kOpen) && is_well_formed(kOpened) && is_well_formed(kRefused));

// What the token carries; the same on every node that shares the keys.
struct Payload {
  std::uint32_t shard;
  std::uint32_t reserved;
  std::uint64_t number;
};
static_assert(sizeof(Payload) == 16);

// Longer than any session is let idle; the seal's own expiry is for ids that come back after years.
constexpr auto kTokenLife = std::chrono::hours{24 * 30};

}  // namespace

SessionStore::SessionStore(rt::Shard& shard, const wire::KeyRing& seal, const SessionLimits& limits,
                           Metrics& metrics)
    : shard_{shard},
      seal_{seal},
      limits_{&limits},
      max_{limits.max},
      max_per_client_{limits.max_per_client},
      open_{metrics.gauge(kOpen)},
      opened_{metrics.counter(kOpened)},
      refused_{metrics.counter(kRefused)} {}

SessionStore::~SessionStore() {
  JUNCTOR_ASSERT(sessions_.empty());  // close_all() comes first, on the shard.
}

// Limits are the process's. Each shard gets an equal part, rounded up: counting together would need
// a lock for every session.
void SessionStore::share_among(std::size_t shards) {
  JUNCTOR_ASSERT(shards > 0 && sessions_.empty());
  shards_ = shards;
  set_limits(*limits_);
}

void SessionStore::set_limits(const SessionLimits& limits) noexcept {
  limits_ = &limits;
  max_ = (limits.max + shards_ - 1) / shards_;
  max_per_client_ = (limits.max_per_client + shards_ - 1) / shards_;
}

// The second limit keeps one address from taking all of the first.
Result<> SessionStore::admit(const rt::Endpoint& client) {
  if (sessions_.size() >= max_) {
    refused_.add();
    return fail(ErrorKind::unavailable, "sessions_full",
                "Too many sessions are open; try again later.");
  }
  const auto found = per_client_.find(client.address());
  if (found != per_client_.end() && found->second >= max_per_client_) {
    refused_.add();
    return fail(ErrorKind::rate_limited, "sessions_full_for_client",
                "This address has too many open sessions; end some with DELETE.");
  }
  return {};
}

//= mcp 2025-11-25 basic/transports#session-management:ascii MUST
//= mcp 2025-11-25 basic/transports#session-management:secure MUST
// The id is a sealed token, so that it cannot be guessed, and tells every shard which one has the
// session.
Result<std::shared_ptr<Session>> SessionStore::open(Upstream* upstream, std::string upstream_id,
                                                    const rt::Endpoint& client) {
  JUNCTOR_CHECK(admit(client));
  const Payload payload{static_cast<std::uint32_t>(shard_.index()), 0, next_number_++};
  AeadNonce nonce;
  shard_.random().fill(nonce);
  JUNCTOR_TRY(std::string id,
              wire::seal_token(seal_, wire::TokenPurpose::session, {},
                               {reinterpret_cast<const char*>(&payload), sizeof payload},
                               shard_.clock().wall_now() + kTokenLife, nonce));
  auto session = std::make_shared<Session>(
      shard_, *limits_, upstream,
      Session::Identity{
          .id = id, .upstream_id = std::move(upstream_id), .client_address = client.address()},
      shard_.random().next());
  Session* raw = session.get();
  session->on_idle = [this, raw] { close(*raw, Twin::end); };
  sessions_.emplace(std::move(id), session);
  ++per_client_[client.address()];
  size_.store(sessions_.size(), std::memory_order_relaxed);
  open_.set(static_cast<std::int64_t>(sessions_.size()));
  opened_.add();
  return session;
}

std::shared_ptr<Session> SessionStore::find(std::string_view id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

std::optional<std::size_t> SessionStore::shard_of(std::string_view id) const {
  const auto opened =
      wire::open_token(seal_, wire::TokenPurpose::session, {}, id, shard_.clock().wall_now());
  Payload payload{};
  if (!opened || opened->size() != sizeof payload) return std::nullopt;
  std::memcpy(&payload, opened->data(), sizeof payload);
  return payload.shard;
}

void SessionStore::close(Session& session, Twin twin) {
  const auto found = sessions_.find(session.id());
  if (found == sessions_.end()) return;
  const std::shared_ptr<Session> kept = std::move(found->second);
  sessions_.erase(found);
  const auto client = per_client_.find(kept->identity().client_address);
  JUNCTOR_ASSERT(client != per_client_.end() && client->second > 0);
  if (--client->second == 0) per_client_.erase(client);
  size_.store(sessions_.size(), std::memory_order_relaxed);
  open_.set(static_cast<std::int64_t>(sessions_.size()));
  kept->close();
  const bool has_twin = !kept->upstream_id().empty() || kept->federated() != nullptr;
  if (twin == Twin::end && has_twin && end_twin) end_twin(*kept);
}

void SessionStore::end_standalone_streams() {
  for (const auto& [id, session] : sessions_) session->standalone()->close_reader();
}

// Collected first: what is closed leaves the map.
void SessionStore::end_some(const std::function<bool(Session&)>& is_over) {
  std::vector<std::shared_ptr<Session>> idle;
  for (const auto& [id, session] : sessions_) {
    if (!is_over(*session)) continue;
    session->standalone()->close_reader();
    if (!session->is_in_use()) idle.push_back(session);
  }
  for (const auto& session : idle) close(*session, Twin::end);
}

void SessionStore::close_all() {
  while (!sessions_.empty()) close(*sessions_.begin()->second, Twin::gone);
}

}  // namespace junctor::agent
