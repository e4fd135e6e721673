#include "agent/federated_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/federated_route.h"
#include "agent/http_leg.h"
#include "agent/own_channel.h"
#include "agent/own_words.h"
#include "agent/plane.h"
#include "agent/session_streams.h"
#include "agent/splice.h"
#include "agent/stdio_twin.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"
#include "wire/json_write.h"
#include "wire/mcp.h"

namespace junctor::agent {
namespace {

using wire::McpMethod;

// Before a member's standalone stream that ended is asked for again; doubled while there is none.
constexpr Duration kPumpPauseMin = std::chrono::seconds{1};
constexpr Duration kPumpPauseMax = std::chrono::minutes{1};

bool is_list_changed(const wire::MethodFacts* method) noexcept {
  return method != nullptr && (method->method == McpMethod::tools_list_changed ||
                               method->method == McpMethod::prompts_list_changed ||
                               method->method == McpMethod::resources_list_changed);
}

rt::Task<void> post_in_own_session(std::shared_ptr<Session> session, std::string body) {
  Upstream& upstream = session->upstream();
  OwnRequest request{.body = std::move(body),
                     .version = session->version().name,
                     .method = {},
                     .session_id = session->upstream_id()};
  (void)co_await upstream.http().ask(std::move(request),
                                     upstream.shard().now() + upstream.timeouts().first_byte);
}

}  // namespace

FederatedSession::FederatedSession(FederatedRoute& route, Session& main, std::string capabilities)
    : route_{route},
      main_{main},
      capabilities_{std::move(capabilities)},
      key_{.era = wire::Era::legacy, .profile = profile_of(wire::json_value(capabilities_))} {
  route_.add(*this);
}

FederatedSession::~FederatedSession() {
  close();
  route_.remove(*this);
}

// --- members -------------------------------------------------------------------------------------

// The client's answer to a question of theirs finds nobody then.
void FederatedSession::close_former() noexcept {
  const auto& order = route_.order();
  for (auto& [place, member] : members_) {
    const auto& session = member.session;
    const bool is_former = std::ranges::find(order, place) == order.end();
    if (is_former && session != nullptr && !session->has_calls() && !session->is_in_use())
      close_member(member);
  }
  end_members();
}

// One opening at a time; the others wait for it, and who finds that it failed tries for itself.
rt::Task<Result<std::shared_ptr<Session>>> FederatedSession::member(std::size_t index,
                                                                    Time deadline) {
  Member& member = members_[index];  // Stays where it is.
  while (true) {
    if (closed_) co_return fail(ErrorKind::cancelled, "cancelled");
    if (member.session != nullptr) co_return member.session;
    if (!member.opening.is_under_way()) break;
    JUNCTOR_CO_CHECK(
        co_await member.opening.landed(deadline, "The upstream did not begin a session in time."));
  }
  const SingleFlight::Attempt attempt{member.opening};
  auto made = co_await open(index, deadline);
  if (!made) co_return made;
  member.session = *made;
  if (closed_) {
    close_member(member);
    end_members();
    co_return fail(ErrorKind::cancelled, "cancelled");
  }
  co_return made;
}

rt::Task<Result<std::shared_ptr<Session>>> FederatedSession::open(std::size_t index,
                                                                  Time deadline) {
  Upstream& upstream = *route_.members()[index];
  const auto kept = upstream.weak_from_this().lock();  // It may be gone by then.
  rt::Shard& shard = route_.shard();
  const Limits& limits = route_.plane().limits();
  const std::string params = handshake_params(capabilities_, main_.version());
  OwnSession opened;
  if (upstream.stdio() == nullptr) {
    auto own = co_await open_own_session(upstream, params, deadline);
    upstream.note_attempt(own ? nullptr : &own.error());
    if (!own) co_return std::unexpected{std::move(own).error()};
    opened = *std::move(own);
  }
  auto session = std::make_shared<Session>(
      shard, limits.sessions, &upstream,
      Session::Identity{
          .id = {}, .upstream_id = opened.id, .client_address = main_.identity().client_address},
      shard.random().next());
  session->belong_to(this, index);
  if (upstream.stdio() != nullptr) {
    auto twin = std::make_unique<StdioTwin>(*upstream.stdio());
    twin->prepare(params);
    session->take_twin(std::move(twin));
  } else {
    session->set_version(*opened.version);
    session->pumping = true;
    Session::spawn(session, keep_pumping(session));
  }
  if (!level_.empty()) tell_level(session, level_);
  co_return session;
}

// Until the member says that it has none, or the session ends; then this object may be gone. That a
// session is lost is for a call to find out: a server without a stream may answer anything.
rt::Task<void> FederatedSession::keep_pumping(std::shared_ptr<Session> session) {
  const Limits& limits = route_.plane().limits();
  rt::Shard& shard = route_.shard();
  Duration pause = kPumpPauseMin;
  while (!session->closed()) {
    auto start = std::make_shared<PumpStart>();
    co_await pump_standalone(session, limits, start);
    if (start->status >= 400 && start->status < 500) break;
    if (start->status == 200) pause = kPumpPauseMin;
    if (co_await rt::sleep_until(shard.now() + pause) == rt::Wake::cancelled) break;
    pause = std::min(pause * 2, kPumpPauseMax);
  }
}

// Sent and not waited for: a member that does not take it says so to nobody.
void FederatedSession::tell(const std::shared_ptr<Session>& session, std::string body) {
  if (StdioTwin* const twin = session->stdio(); twin != nullptr) {
    if (twin->running() == nullptr) return;
    Pieces message;
    message.add(body);
    (void)twin->running()->send(message);
    return;
  }
  Session::spawn(session, post_in_own_session(session, std::move(body)));
}

// A process that serves other sessions as well is told nothing that is of this one alone.
void FederatedSession::tell_members(std::string_view body) {
  for (const auto& [place, member] : members_) {
    if (member.session == nullptr) continue;
    StdioTwin* const twin = member.session->stdio();
    if (twin == nullptr || twin->hub() == nullptr) tell(member.session, std::string{body});
  }
}

// The id is one that no call of a client has, and no process: they count from 1.
void FederatedSession::tell_level(const std::shared_ptr<Session>& session,
                                  std::string_view params) {
  if (session->stdio() != nullptr && !session->stdio()->note_level(params)) return;
  tell(session, std::string{R"({"jsonrpc":"2.0","id":0,"method":"logging/setLevel","params":)"}
                    .append(params)
                    .append("}"));
}

void FederatedSession::set_level(std::string_view params) {
  level_ = params;
  for (const auto& [place, member] : members_) {
    if (member.session != nullptr) tell_level(member.session, params);
  }
}

// Another call may have found it out before, and opened a new one.
void FederatedSession::lose(std::size_t index, const std::shared_ptr<Session>& session) {
  Member& member = members_.at(index);
  if (member.session != session) return;
  lost_.push_back(std::exchange(member.session, nullptr));
}

void FederatedSession::close_lost() noexcept {
  std::erase_if(lost_, [this](const std::shared_ptr<Session>& session) {
    if (session->has_calls() && !closed_) return false;
    session->belong_to(nullptr, 0);
    session->close();
    return true;
  });
}

std::shared_ptr<Session> FederatedSession::with_call(std::string_view id) const {
  for (const auto& [place, member] : members_) {
    if (member.session != nullptr && member.session->find_call(id) != nullptr)
      return member.session;
  }
  return nullptr;
}

std::shared_ptr<Session> FederatedSession::with_event(std::string_view event_id) const {
  for (const auto& [place, member] : members_) {
    if (member.session != nullptr && member.session->find_event(event_id)) return member.session;
  }
  return nullptr;
}

void FederatedSession::close() noexcept {
  if (std::exchange(closed_, true)) return;
  for (auto& [place, member] : members_) close_member(member);
  close_lost();
}

void FederatedSession::close_member(Member& member) noexcept {
  auto session = std::exchange(member.session, nullptr);
  if (session == nullptr) return;
  session->belong_to(nullptr, 0);
  session->close();
  if (!session->upstream_id().empty()) ending_.push_back(std::move(session));
}

void FederatedSession::end_members() {
  for (const auto& session : std::exchange(ending_, {})) {
    route_.shard().tasks().spawn(end_upstream_session(session->upstream(), session->upstream_id(),
                                                      session->version(),
                                                      route_.plane().limits().cancel_grace));
  }
}

// --- what members say ----------------------------------------------------------------------------

std::uint64_t FederatedSession::note_question(std::size_t member, std::string_view id) {
  if (questions_.size() >= kQuestionsMax) questions_.pop_front();
  questions_.push_back({.number = ++last_number_, .member = member, .id = std::string{id}});
  return last_number_;
}

std::optional<FederatedSession::Question> FederatedSession::take_question(
    std::string_view raw_number) {
  const auto number = wire::json_integer(raw_number);
  if (!number) return std::nullopt;
  const auto found =
      std::ranges::find(questions_, static_cast<std::uint64_t>(*number), &Question::number);
  if (found == questions_.end()) return std::nullopt;
  Question question = std::move(*found);
  questions_.erase(found);
  return question;
}

// A change of lists is told when the catalog has been asked and is another one; see tell_changed().
void FederatedSession::say(std::size_t member, SessionStream& stream,
                           const UpstreamMessage& message) {
  const wire::MethodFacts* const method = wire::find_method(message.method);
  if (is_list_changed(method)) return route_.invalidate(member);
  SessionStream& to = stream.outlet();
  if (message.kind == wire::JsonRpcKind::request) {
    const std::string number = std::to_string(note_question(member, message.id.raw));
    to.publish(spliced(message.text, {{message.id.raw, number}}));
  } else if (method != nullptr && method->method == McpMethod::cancelled) {
    const auto params = wire::json_member(wire::json_value(message.text), "params");
    const auto id = wire::json_member(params, "requestId");
    const auto asked = std::ranges::find_if(questions_, [&](const Question& each) {
      return each.member == member && each.id == id.raw;
    });
    if (asked == questions_.end()) return;
    const std::string number = std::to_string(asked->number);
    questions_.erase(asked);
    to.publish(spliced(message.text, {{id.raw, number}}));
  } else if (method != nullptr && method->method == McpMethod::resources_updated) {
    say_updated(member, to, message);
  } else {
    to.publish(repaired(message, {}, wire::Era::legacy));
  }
  if (&to != &stream) to.flush();
}

// The resource has the name that the client knows it by.
void FederatedSession::say_updated(std::size_t member, SessionStream& to,
                                   const UpstreamMessage& message) {
  const auto params = wire::json_member(wire::json_value(message.text), "params");
  const auto uri = wire::json_member(params, "uri");
  const auto catalog = route_.keeper().last(key_);
  std::string exposed;
  if (uri.kind == wire::JsonKind::string && catalog != nullptr) {
    const std::string own = wire::unescape_json_string(uri.raw);
    const std::string name = route_.exposed_name(*catalog, member, own);
    if (name != own) exposed = wire::quoted_json(name);
  }
  if (exposed.empty()) return to.publish(repaired(message, {}, wire::Era::legacy));
  to.publish(spliced(message.text, {{uri.raw, exposed}}));
}

void FederatedSession::tell_changed(ListKind kind) {
  const std::string text = fmt::format(R"({{"jsonrpc":"2.0","method":"{}"}})",
                                       wire::method_facts(list_changed_method(kind)).name);
  Pieces message;
  message.add(text);
  main_.standalone()->publish(message);
  main_.standalone()->flush();
}

}  // namespace junctor::agent
