#pragma once
// FederatedSession: one client's session on a federated route, and its sessions with the members.
//
// A member's session is opened when something is first asked of that member, with the client's own
// capabilities, and closed with the client's. What a member says on its own reaches the client on
// the client's own standalone stream; requests of members carry numbers of ours on their way to the
// client, since two members may use the same id. Invariant: the client has one session, whatever
// becomes of a member's.
//
// Source:  MCP 2025-11-25 basic/lifecycle, basic/transports#session-management.
// Limits:  kQuestionsMax requests of members that wait for the client's answer; the oldest is
//          forgotten.
// Errors:  those of open_own_session() and StdioLeg.
// Threads: one shard.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/catalog_keeper.h"
#include "agent/session.h"
#include "agent/single_flight.h"
#include "agent/upstream_message.h"
#include "rt/event.h"
#include "rt/task.h"

namespace junctor::agent {

class FederatedRoute;

class FederatedSession {
 public:
  static constexpr std::size_t kQuestionsMax = 1024;

  // `capabilities`: those of the client, raw.
  FederatedSession(FederatedRoute& route, Session& main, std::string capabilities);
  ~FederatedSession();
  FederatedSession(const FederatedSession&) = delete;
  FederatedSession& operator=(const FederatedSession&) = delete;

  [[nodiscard]] FederatedRoute& route() noexcept { return route_; }
  [[nodiscard]] Session& main() noexcept { return main_; }
  [[nodiscard]] const CatalogKeeper::Key& key() const noexcept { return key_; }

  // The session with that member, opened if need be.
  [[nodiscard]] rt::Task<Result<std::shared_ptr<Session>>> member(std::size_t index, Time deadline);
  // The member does not know that session any more: the next request opens a new one. Other calls
  // in it go on, and find out for themselves.
  void lose(std::size_t index, const std::shared_ptr<Session>& session);
  // Closes lost sessions in which no call is left.
  void close_lost() noexcept;
  [[nodiscard]] std::shared_ptr<Session> with_call(std::string_view id) const;
  [[nodiscard]] std::shared_ptr<Session> with_event(std::string_view event_id) const;
  // Null: it is not open.
  [[nodiscard]] std::shared_ptr<Session> opened(std::size_t index) const {
    const auto found = members_.find(index);
    return found == members_.end() ? nullptr : found->second.session;
  }
  // The raw params of logging/setLevel, for those that are open and those that will be.
  void set_level(std::string_view params);
  // A notification, for those that are open.
  void tell_members(std::string_view body);

  // A request of a member that the client answers.
  struct Question {
    std::uint64_t number = 0;  // As the client knows it.
    std::size_t member = 0;
    std::string id;  // As the member knows it, raw.
  };
  [[nodiscard]] std::optional<Question> take_question(std::string_view raw_number);
  // A message of a member that is no answer, for `stream` of its session.
  void say(std::size_t member, SessionStream& stream, const UpstreamMessage& message);
  void tell_changed(ListKind kind);
  void close() noexcept;
  // Tells the members of what close() closed; not where the shard itself ends.
  void end_members();

  // Ends what is open with members that are none any more, where no call is left in it.
  void close_former() noexcept;
  [[nodiscard]] bool needs(std::size_t member) const noexcept {
    const auto found = members_.find(member);
    return found != members_.end() &&
           (found->second.opening.is_under_way() || found->second.session != nullptr);
  }

 private:
  struct Member {
    std::shared_ptr<Session> session;
    SingleFlight opening;
  };
  [[nodiscard]] rt::Task<Result<std::shared_ptr<Session>>> open(std::size_t index, Time deadline);
  [[nodiscard]] rt::Task<void> keep_pumping(std::shared_ptr<Session> session);
  void close_member(Member& member) noexcept;
  void say_updated(std::size_t member, SessionStream& to, const UpstreamMessage& message);
  static void tell(const std::shared_ptr<Session>& session, std::string body);
  static void tell_level(const std::shared_ptr<Session>& session, std::string_view params);
  [[nodiscard]] std::uint64_t note_question(std::size_t member, std::string_view id);

  FederatedRoute& route_;
  Session& main_;
  std::string capabilities_;
  CatalogKeeper::Key key_;
  std::map<std::size_t, Member> members_;  // Those that were asked for so far, by place.
  std::vector<std::shared_ptr<Session>> lost_;
  std::vector<std::shared_ptr<Session>> ending_;  // Closed, and their members do not know it.
  std::deque<Question> questions_;
  std::uint64_t last_number_ = 0;
  std::string level_;
  bool closed_ = false;
};

}  // namespace junctor::agent
