#include "agent/federated_listen.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/own_listen.h"
#include "agent/plane.h"
#include "agent/splice.h"
#include "rt/task_group.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

using wire::JsonKind;
using wire::JsonValue;
using wire::McpMethod;
using wire::McpPart;

// For the catalog to show what a member said.
constexpr Duration kSaidBefore = std::chrono::seconds{1};

bool is_true(const JsonValue& value) noexcept {
  return value.raw == "true";
}

}  // namespace

// The subscription with one member.
class FederatedListen::Branch final : public MessageSink {
 public:
  Branch(FederatedListen& listen, std::size_t member, std::vector<std::string> uris)
      : listen_{listen}, member_{member}, uris_{std::move(uris)} {}

  //= mcp 2026-07-28 basic/patterns/subscriptions#graceful-closure MUST
  // Again and again, until it is cancelled; what was missed meanwhile is told.
  [[nodiscard]] rt::Task<void> run() {
    while (true) {
      const auto done = co_await listen();
      settle();
      if (!done && done.error().kind() == ErrorKind::cancelled) co_return;
      // One that refuses to be listened to will refuse again: its lists are asked for by their age.
      const bool has_answered = done || done.error().kind() == ErrorKind::corrupt;
      if (has_answered && !was_agreed_) co_return;
      if (co_await rt::sleep_until(listen_.route_.shard().now() + pause_) == rt::Wake::cancelled)
        co_return;
      pause_ = std::min(pause_ * 2, kAgainMax);
    }
  }

  [[nodiscard]] std::size_t member() const noexcept { return member_; }
  // It has agreed, or cannot be asked.
  [[nodiscard]] bool is_settled() const noexcept { return is_settled_; }
  // Of what was asked for, in the client's names.
  [[nodiscard]] std::vector<std::string> agreed_uris(const Catalog& catalog) const {
    std::vector<std::string> uris;
    uris.reserve(agreed_.size());
    for (const std::string& uri : agreed_)
      uris.push_back(listen_.route_.exposed_name(catalog, member_, uri));
    return uris;
  }

  void take(const UpstreamMessage& message) override {
    const wire::MethodFacts* const method = wire::find_method(message.method);
    if (method == nullptr) return;
    const auto params = wire::json_member(wire::json_value(message.text), "params");
    switch (method->method) {
      case McpMethod::subscriptions_acknowledged: agree(params); break;
      case McpMethod::tools_list_changed: lists_changed(ListKind::tools); break;
      case McpMethod::prompts_list_changed: lists_changed(ListKind::prompts); break;
      case McpMethod::resources_list_changed: lists_changed(ListKind::resources); break;
      case McpMethod::resources_updated: pass_on(params); break;
      default: break;
    }
  }

 private:
  // A member that could not be reached so far may speak either era.
  [[nodiscard]] rt::Task<Result<>> listen() {
    Upstream& upstream = *listen_.route_.members()[member_];
    const auto kept = upstream.weak_from_this().lock();  // It may be gone by then.
    const Time deadline = upstream.shard().now() + upstream.timeouts().first_byte;
    JUNCTOR_CO_TRY(const auto speaks, co_await upstream.speaks_modern(deadline));
    if (!speaks) co_return fail(ErrorKind::corrupt, "upstream_invalid");
    co_return co_await own_listen(upstream, listen_.filter_of(uris_), listen_.capabilities_,
                                  listen_.route_.plane().limits().event_bytes_max, *this);
  }
  void lists_changed(ListKind kind) {
    listen_.route_.invalidate(member_);
    listen_.tell_said(kind);
  }
  void agree(const JsonValue& params) {
    if (std::exchange(was_agreed_, true)) tell_missed();
    pause_ = kAgainMin;
    agreed_.clear();
    const auto filter = wire::json_member(params, "notifications");
    for (const wire::JsonMember& each :
         wire::JsonMembers{wire::json_member(filter, "resourceSubscriptions")}) {
      if (each.value.kind == JsonKind::string)
        agreed_.push_back(wire::unescape_json_string(each.value.raw));
    }
    settle();
  }
  void settle() {
    is_settled_ = true;
    const auto& all = listen_.branches_;
    if (std::ranges::all_of(all, [](const auto& each) { return each->is_settled_; }))
      listen_.agreed_.set();
  }
  // The member's params, in the client's words.
  void pass_on(const JsonValue& params) {
    const auto uri = wire::json_text_member(params, "uri");
    if (!uri) return;
    told(*uri);
  }
  void told(const std::string& uri) {
    listen_.tell(McpMethod::resources_updated, R"("uri":)" + wire::quoted_json(exposed(uri)));
  }
  [[nodiscard]] std::string exposed(const std::string& uri) const {
    return listen_.catalog_ == nullptr
               ? uri
               : listen_.route_.exposed_name(*listen_.catalog_, member_, uri);
  }
  void tell_missed() {
    listen_.route_.invalidate(member_);
    for (const std::string& uri : agreed_) told(uri);
  }

  FederatedListen& listen_;
  std::size_t member_;
  std::vector<std::string> uris_;
  std::vector<std::string> agreed_;
  bool is_settled_ = false;
  bool was_agreed_ = false;
  Duration pause_ = kAgainMin;
};

FederatedListen::FederatedListen(FederatedRoute& route, FederatedRoute::Message& message,
                                 CatalogKeeper::Key key)
    : route_{route},
      message_{message},
      key_{key},
      id_{message.judged->message.id.raw},
      capabilities_{capabilities_of(key.profile)} {
  route_.add(*this);
}

FederatedListen::~FederatedListen() {
  route_.remove(*this);
}

bool FederatedListen::needs(std::size_t member) const noexcept {
  return std::ranges::any_of(branches_, [&](const auto& each) { return each->member() == member; });
}

bool FederatedListen::read_filter() {
  const JsonValue filter = message_.judged->part(McpPart::notifications);
  const JsonValue uris = wire::json_member(filter, "resourceSubscriptions");
  wanted_.tools = is_true(wire::json_member(filter, "toolsListChanged"));
  wanted_.prompts = is_true(wire::json_member(filter, "promptsListChanged"));
  wanted_.resources = is_true(wire::json_member(filter, "resourcesListChanged"));
  bool is_good = filter.kind == JsonKind::object && (!uris || uris.kind == JsonKind::array);
  for (const wire::JsonMember& each : wire::JsonMembers{uris}) {
    is_good = is_good && each.value.kind == JsonKind::string && wanted_.uris.size() < kUrisMax;
    if (!is_good) break;
    std::string uri = wire::unescape_json_string(each.value.raw);
    if (std::ranges::find(wanted_.uris, uri) == wanted_.uris.end())
      wanted_.uris.push_back(std::move(uri));
  }
  if (is_good) return true;
  message_.answer.send_error(
      200, id_,
      {wire::kInvalidParams,
       fmt::format("`notifications` is no filter of at most {} resources.", kUrisMax),
       {}});
  return false;
}

void FederatedListen::make_branches(const Catalog& catalog) {
  std::vector<std::vector<std::string>> uris(route_.members().size());
  for (const std::string& uri : wanted_.uris) {
    if (const auto target = catalog.find(ListKind::resources, uri))
      uris.at(route_.place_of(catalog, target->upstream)).emplace_back(target->name);
  }
  const bool wants_lists = wanted_.tools || wanted_.prompts || wanted_.resources;
  for (const std::size_t i : route_.order()) {
    if (!wants_lists && uris[i].empty()) continue;
    branches_.push_back(std::make_unique<Branch>(*this, i, std::move(uris[i])));
  }
}

//= mcp 2026-07-28 basic/patterns/subscriptions#acknowledgment:first MUST
rt::Task<void> FederatedListen::run() {
  if (!read_filter()) co_return;
  catalog_ = co_await route_.keeper().known(key_);
  if (FederatedRoute::refuse_era(message_, *catalog_)) co_return;
  make_branches(*catalog_);
  message_.answer.cancel_on_gone(scope_);
  message_.judged.reset();
  message_.request.release();
  co_await scope_.run(carry());
  message_.answer.stop_cancelling();
  if (message_.answer.gone()) co_return;
  const std::string text = fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete","_meta":{{"{}":{}}}}}}})",
      id_, wire::kMetaSubscriptionId, id_);
  Pieces end;
  end.add(text);
  message_.answer.send_final(200, end);
}

// Changes that come before the members have agreed are told behind the acknowledgment: nothing may
// come first.
rt::Task<void> FederatedListen::carry() {
  rt::TaskGroup members;
  for (const auto& branch : branches_) members.spawn(branch->run());
  if (!branches_.empty()) (void)co_await agreed_.wait(route_.shard().now() + kAckWait);
  acknowledge();
  rt::Event never;
  (void)co_await never.wait(kNever);
  members.cancel();
  (void)co_await members.join();
}

void FederatedListen::acknowledge() {
  std::vector<std::string> uris;
  for (const auto& branch : branches_)
    std::ranges::move(branch->agreed_uris(*catalog_), std::back_inserter(uris));
  is_acknowledged_ = true;
  tell(McpMethod::subscriptions_acknowledged, R"("notifications":)" + filter_of(uris));
  for (const ListKind kind : std::exchange(changed_early_, {})) tell_list_changed(kind);
}

std::string FederatedListen::filter_of(const std::vector<std::string>& uris) const {
  Buffer text;
  wire::JsonWriter json{text};
  json.begin_object();
  if (wanted_.tools) json.key("toolsListChanged").boolean(true);
  if (wanted_.prompts) json.key("promptsListChanged").boolean(true);
  if (wanted_.resources) json.key("resourcesListChanged").boolean(true);
  if (!uris.empty()) {
    json.key("resourceSubscriptions").begin_array();
    for (const std::string& uri : uris) json.string(uri);
    json.end_array();
  }
  json.end_object();
  return std::string{text.view()};
}

void FederatedListen::tell(McpMethod method, std::string_view members) {
  if (!is_acknowledged_ || message_.answer.ended()) return;
  const std::string text =
      fmt::format(R"({{"jsonrpc":"2.0","method":"{}","params":{{{}{}"_meta":{{"{}":{}}}}}}})",
                  wire::method_facts(method).name, members, members.empty() ? "" : ",",
                  wire::kMetaSubscriptionId, id_);
  Pieces message;
  message.add(text);
  message_.answer.event({}, message);
  message_.answer.flush();
}

// Who lists after this waits for the member's new list. Several in a row are one.
void FederatedListen::tell_said(ListKind kind) {
  const Time now = route_.shard().now();
  Time& said = said_[index_of(kind)];
  if (now - std::exchange(said, now) >= CatalogKeeper::kDebounce) return tell_list_changed(kind);
  said_again_[index_of(kind)] = true;
}

// Not twice for the same change; but of several that were told as one the client may have seen the
// first alone.
void FederatedListen::tell_changed(ListKind kind) {
  const bool is_told = route_.shard().now() - said_[index_of(kind)] < kSaidBefore;
  if (std::exchange(said_again_[index_of(kind)], false) || !is_told) tell_list_changed(kind);
}

void FederatedListen::tell_list_changed(ListKind kind) {
  if (!is_acknowledged_) return changed_early_.push_back(kind);
  const bool is_wanted = kind == ListKind::tools     ? wanted_.tools
                         : kind == ListKind::prompts ? wanted_.prompts
                                                     : wanted_.resources;
  if (is_wanted) tell(list_changed_method(kind), {});
}

}  // namespace junctor::agent
