#pragma once
// FederatedListen: one subscription of a client of the stateless era with a federated route.
//
// It is carried by a subscription with each member that has something to say: the changes of its
// lists, and the resources that are its own. A change of lists is told when the catalog is another
// one. A member's subscription that breaks off is made again, and what may have been missed is told
// as if it had happened.
//
// Source:  MCP 2026-07-28 basic/patterns/subscriptions.
// Limits:  kUrisMax resources; kAckWait for the members to agree.
// Errors:  -32602 to the client for a filter that is none.
// Threads: one shard.

#include <memory>
#include <string>
#include <vector>

#include "agent/catalog_keeper.h"
#include "agent/federated_route.h"
#include "rt/cancel.h"
#include "rt/event.h"
#include "rt/task.h"

namespace junctor::agent {

class FederatedListen {
 public:
  static constexpr std::size_t kUrisMax = 1000;
  static constexpr Duration kAckWait = std::chrono::seconds{2};
  static constexpr Duration kAgainMin = std::chrono::seconds{1};
  static constexpr Duration kAgainMax = std::chrono::minutes{1};

  FederatedListen(FederatedRoute& route, FederatedRoute::Message& message, CatalogKeeper::Key key);
  ~FederatedListen();
  FederatedListen(const FederatedListen&) = delete;
  FederatedListen& operator=(const FederatedListen&) = delete;

  // Until the client leaves, or end().
  [[nodiscard]] rt::Task<void> run();
  [[nodiscard]] const CatalogKeeper::Key& key() const noexcept { return key_; }
  // The catalog is another one.
  void tell_changed(ListKind kind);
  void end() noexcept { scope_.request(); }
  // It listens to the member at that place.
  [[nodiscard]] bool needs(std::size_t member) const noexcept;

 private:
  class Branch;
  // False: the client has been told that its filter is none.
  [[nodiscard]] bool read_filter();
  void make_branches(const Catalog& catalog);
  [[nodiscard]] rt::Task<void> carry();
  void acknowledge();
  // A member says that its list changed: told at once, whatever the catalog then says.
  void tell_said(ListKind kind);
  void tell_list_changed(ListKind kind);
  void tell(wire::McpMethod method, std::string_view members);
  // What is wanted, with those of the resources, as the member `notifications`.
  [[nodiscard]] std::string filter_of(const std::vector<std::string>& uris) const;

  FederatedRoute& route_;
  FederatedRoute::Message& message_;
  CatalogKeeper::Key key_;
  std::string id_;
  std::string capabilities_;
  struct Wanted {
    bool tools = false;
    bool prompts = false;
    bool resources = false;
    std::vector<std::string> uris;
  } wanted_;
  std::vector<std::unique_ptr<Branch>> branches_;
  CatalogKeeper::Current catalog_;  // In which the client's names were looked up.
  rt::Cancellation scope_;
  rt::Event agreed_;  // By all branches.
  bool is_acknowledged_ = false;
  std::vector<ListKind> changed_early_;
  std::array<Time, kListKindCount> said_{};        // When a member last said so,
  std::array<bool, kListKindCount> said_again_{};  // and again before the client could be told.
};

}  // namespace junctor::agent
