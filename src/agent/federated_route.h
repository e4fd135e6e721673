#pragma once
// FederatedRoute: one path in front of several upstreams, as one shard serves it.
//
// To a client it is one server: it says itself what all of them offer (agent/catalog_keeper.h), and
// a message that is for one of them goes there with the name that is known there, by the same
// exchange as on an identity route, so that the answer comes back as it was given. Invariant: who
// serves a name is looked up in the client's catalog and nowhere else, for lists and for calls
// alike.
//
// Source:  MCP 2026-07-28 and 2025-11-25 server/tools, server/prompts, server/resources,
//          server/utilities/pagination and /completion, basic/lifecycle.
// Limits:  kPageBytesMax of one page of a list; those of CatalogKeeper.
// Errors:  told to the client: -32602 for a name that nobody has (data.missing says whose names are
//          not known), for a cursor of another catalog; -32601 for what no upstream can be asked.
// Threads: one shard.

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/catalog_keeper.h"
#include "agent/client_answer.h"
#include "agent/exchange.h"
#include "agent/federated_session.h"
#include "agent/session.h"
#include "net/http.h"
#include "wire/mcp_request.h"

namespace junctor::agent {

class FederatedListen;
class Plane;

class FederatedRoute {
 public:
  static constexpr std::size_t kPageBytesMax = 8_MiB;
  // Of an answer of ours that goes as an event and is kept for the client's return.
  static constexpr std::size_t kKeptAnswerBytesMax = 64_KiB;
  static constexpr Duration kCursorLife = std::chrono::hours{24};
  // Members that were ever here; with more of them a route is made anew.
  static constexpr std::size_t kPlacesMax = 1000;

  // A message of a client, judged, and what it is answered by.
  struct Message {
    net::Request& request;
    net::ResponseWriter& response;  // What `answer` writes to.
    ClientAnswer& answer;
    std::unique_ptr<wire::McpRequest> judged;
    std::string_view body;
  };

  FederatedRoute(Plane& plane, std::string path, std::vector<std::shared_ptr<Upstream>> members,
                 Naming naming);
  ~FederatedRoute();
  FederatedRoute(const FederatedRoute&) = delete;
  FederatedRoute& operator=(const FederatedRoute&) = delete;

  // The stateless era, and `initialize`.
  [[nodiscard, clang::coro_wrapper]] rt::Task<void> serve(Message message);
  [[nodiscard]] rt::Task<void> serve_in_session(std::shared_ptr<Session> session, Message message);
  // The stream that an event id belongs to may be of a member's session.
  [[nodiscard]] static std::shared_ptr<Session> session_of_event(
      const std::shared_ptr<Session>& session, std::string_view event_id);

  [[nodiscard]] Plane& plane() noexcept { return plane_; }
  [[nodiscard]] rt::Shard& shard() noexcept;
  [[nodiscard]] CatalogKeeper& keeper() noexcept { return keeper_; }
  // By place, which a member keeps for as long as it is one; null: it is none any more.
  [[nodiscard]] const std::vector<Upstream*>& members() const noexcept { return members_; }
  // Places of those that are members now, in the order of the configuration.
  [[nodiscard]] const std::vector<std::size_t>& order() const noexcept { return order_; }
  // Other members. Sessions of clients stay; what they have open with a member that has gone ends
  // with its last call. False: there are no places left.
  [[nodiscard]] bool try_set_members(const std::vector<std::shared_ptr<Upstream>>& members);
  // Lets go of former members that nothing needs. True while there are others.
  [[nodiscard]] bool drop_former() noexcept;
  // A catalog knows members by their place in its listings.
  [[nodiscard]] std::size_t place_of(const Catalog& catalog, std::size_t listing) const;
  [[nodiscard]] std::string exposed_name(const Catalog& catalog, std::size_t place,
                                         std::string_view uri) const;
  [[nodiscard]] Naming naming() const noexcept { return naming_; }
  // The configuration has it no more: its sessions end, and nothing begins.
  void retire() noexcept;
  [[nodiscard]] bool is_retired() const noexcept { return is_retired_; }
  [[nodiscard]] bool is_in_use() const noexcept;
  void add(FederatedSession& session) { sessions_.insert(&session); }
  void remove(FederatedSession& session) noexcept { sessions_.erase(&session); }
  void add(FederatedListen& listen);
  void remove(FederatedListen& listen) noexcept { listens_.erase(&listen); }
  // That member said that its lists changed.
  void invalidate(std::size_t member);
  // As another shard has heard.
  void invalidate_here(std::string_view name);
  // A client of an era that nobody here speaks is sent to the other one, as by a single server.
  [[nodiscard]] static bool refuse_era(Message& message, const Catalog& catalog);
  // Ends what clients only listen to.
  void end_subscriptions() noexcept;

 private:
  // A call to the member at that place.
  class Use {
   public:
    Use(FederatedRoute& route, std::size_t place) noexcept : count_{route.uses_[place]} {
      ++count_;
    }
    ~Use() { --count_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    std::size_t& count_;
  };
  [[nodiscard]] bool is_member(std::size_t place) const noexcept;
  [[nodiscard]] bool is_needed(std::size_t place) const noexcept;
  using Current = CatalogKeeper::Current;
  [[nodiscard]] rt::Task<void> serve_modern(Message message);
  [[nodiscard]] rt::Task<void> initialize(Message message);
  // `session` is null in the stateless era.
  [[nodiscard]] rt::Task<void> list(Message message, CatalogKeeper::Key key, ListKind kind,
                                    std::shared_ptr<Session> session);
  // Whom the message is for; the client has been told when it is nobody.
  struct Aim {
    std::size_t member = 0;
    std::string name;  // What it is called there.
    bool is_renamed = false;
  };
  [[nodiscard]] rt::Task<std::optional<Aim>> aim(Message& message, CatalogKeeper::Key key);
  void refuse_name(Message& message, const Catalog& catalog, std::string_view name);
  [[nodiscard]] rt::Task<void> forward(Message message, Aim aim, std::shared_ptr<Session> main);
  [[nodiscard]] rt::Task<void> forward_in_session(Message message, std::size_t member,
                                                  std::shared_ptr<Session> main);
  [[nodiscard]] Exchange exchange_of(const Message& message, Upstream& upstream,
                                     std::unique_ptr<wire::McpRequest> judged);
  [[nodiscard]] rt::Task<void> pass_on(std::shared_ptr<Session> main, Message message);
  [[nodiscard]] bool is_watched(const CatalogKeeper::Key& key) const;
  void tell_changed(const CatalogKeeper::Key& key, ListKind kind);

  Plane& plane_;
  std::string path_;
  Naming naming_;
  std::vector<std::shared_ptr<Upstream>> kept_;
  std::vector<Upstream*> members_;
  std::vector<std::size_t> order_;
  std::deque<std::size_t> uses_;  // Calls under way, by place; a count stays where it is.
  CatalogKeeper keeper_;
  std::set<FederatedSession*> sessions_;
  std::set<FederatedListen*> listens_;
  bool is_retired_ = false;
};

}  // namespace junctor::agent
