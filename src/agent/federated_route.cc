#include "agent/federated_route.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "agent/federated_listen.h"
#include "agent/plane.h"
#include "agent/remote.h"
#include "agent/session_store.h"
#include "agent/splice.h"
#include "agent/stdio_leg.h"
#include "base/version.h"
#include "wire/header_sentinel.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

using wire::Era;
using wire::JsonKind;
using wire::JsonValue;
using wire::McpMethod;
using wire::McpPart;
using wire::http1::HeaderId;

// A session that a member lost is begun again once for one call.
constexpr int kSessionsPerCall = 2;
// Of a result: names of upstreams whose part is not known, not of now, or only there for clients of
// the other era.
constexpr std::string_view kMetaPartial = "io.junctor/partial";

McpMethod method_of(const FederatedRoute::Message& message) {
  JUNCTOR_ASSERT(message.judged->facts != nullptr);
  return message.judged->facts->method;
}

std::optional<ListKind> list_of(McpMethod method) noexcept {
  switch (method) {
    case McpMethod::tools_list: return ListKind::tools;
    case McpMethod::prompts_list: return ListKind::prompts;
    case McpMethod::resources_list: return ListKind::resources;
    case McpMethod::resources_templates_list: return ListKind::templates;
    default: return std::nullopt;
  }
}

// What of a message names the thing it is about, and in which list that is.
struct Subject {
  ListKind kind = ListKind::tools;
  JsonValue name;
};
std::optional<Subject> subject_of(const wire::McpRequest& request) {
  switch (request.facts->method) {
    case McpMethod::tools_call: return Subject{ListKind::tools, request.part(McpPart::name)};
    case McpMethod::prompts_get: return Subject{ListKind::prompts, request.part(McpPart::name)};
    case McpMethod::resources_read:
    case McpMethod::resources_subscribe:
    case McpMethod::resources_unsubscribe:
      return Subject{ListKind::resources, request.part(McpPart::uri)};
    case McpMethod::completion_complete: {
      const JsonValue ref = wire::json_member(request.part(McpPart::params), "ref");
      const JsonValue uri = wire::json_member(ref, "uri");
      if (uri) return Subject{ListKind::templates, uri};
      return Subject{ListKind::prompts, wire::json_member(ref, "name")};
    }
    default: return std::nullopt;
  }
}

bool is_of_tasks(McpMethod method) noexcept {
  switch (method) {
    case McpMethod::tasks_get:
    case McpMethod::tasks_update:
    case McpMethod::tasks_cancel:
    case McpMethod::tasks_result:
    case McpMethod::tasks_list: return true;
    default: return false;
  }
}

// The only upstream that has tasks: their ids say nothing of whose they are.
std::optional<std::size_t> owner_of_tasks(const Catalog& catalog) {
  std::optional<std::size_t> owner;
  for (std::size_t i = 0; i < catalog.listings().size(); ++i) {
    const JsonValue has = wire::json_value(catalog.listings()[i]->capabilities);
    const bool is_one =
        wire::json_member(has, "tasks") ||
        wire::json_member(wire::json_member(has, "extensions"), "io.modelcontextprotocol/tasks");
    if (is_one && owner) return std::nullopt;
    if (is_one) owner = i;
  }
  return owner;
}

void add_server_info(wire::JsonWriter& json) {
  json.begin_object().key("name").string("junctor").key("version").string(version()).end_object();
}

void add_names(wire::JsonWriter& json, std::string_view key,
               const std::vector<std::string_view>& names) {
  if (names.empty()) return;
  json.key(key).begin_array();
  for (const std::string_view name : names) json.string(name);
  json.end_array();
}

// Behind the members of a list's result, or of server/discover.
void add_result_end(wire::JsonWriter& json, Era era, const Catalog& catalog) {
  const auto missing = catalog.missing();
  const auto stale = catalog.stale();
  const auto other_era = catalog.other_era();
  const bool may_come = !missing.empty() || !stale.empty();
  const bool is_partial = may_come || !other_era.empty();
  if (era == Era::modern) {
    json.key("resultType").string("complete");
    // At any moment.
    const std::uint64_t ttl = may_come ? 0 : catalog.ttl_ms().value_or(0);
    json.key("ttlMs").integer(static_cast<std::int64_t>(ttl));
    json.key("cacheScope").string("private");
  } else if (!is_partial) {
    return;
  }
  json.key("_meta").begin_object();
  if (era == Era::modern) add_server_info(json.key(wire::kMetaServerInfo));
  if (is_partial) {
    json.key(kMetaPartial).begin_object();
    add_names(json, "missing", missing);
    add_names(json, "stale", stale);
    add_names(json, "otherEra", other_era);
    json.end_object();
  }
  json.end_object();
}

void send_result(FederatedRoute::Message& message, std::string_view result) {
  Buffer text;
  wire::append_result_response(text, message.judged->message.id.raw, result);
  Pieces pieces;
  pieces.add(text.view());
  message.answer.send_final(200, pieces);
}

void send_error(FederatedRoute::Message& message, const wire::JsonRpcError& error) {
  const bool is_modern = message.judged->era == Era::modern;
  const int status = is_modern && error.code == wire::kMethodNotFound ? 404 : 200;
  message.answer.send_error(status, message.judged->message.id.raw, error);
}

// The same message in another text, where the part `at` has another length: each span of the
// judgement is moved to where it stands now.
wire::McpRequest moved(const wire::McpRequest& judged, std::string_view from, std::string_view to,
                       std::string_view at) {
  const std::ptrdiff_t grown =
      static_cast<std::ptrdiff_t>(to.size()) - static_cast<std::ptrdiff_t>(from.size());
  const auto move = [&](JsonValue& value) {
    if (value.raw.data() < from.data() || value.raw.data() > from.data() + from.size()) return;
    std::ptrdiff_t begin = value.raw.data() - from.data();
    std::ptrdiff_t end = begin + static_cast<std::ptrdiff_t>(value.raw.size());
    const std::ptrdiff_t cut = at.empty() ? end : at.data() - from.data();
    if (begin > cut) begin += grown;
    if (end > cut) end += grown;
    value.raw = to.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  };
  wire::McpRequest copy = judged;
  for (JsonValue& part : copy.parts) move(part);
  for (JsonValue* const value : {&copy.message.id, &copy.message.method, &copy.message.params,
                                 &copy.message.result, &copy.message.error})
    move(*value);
  JsonValue method{copy.method, JsonKind::string};
  move(method);
  copy.method = method.raw;
  return copy;
}

// Where a page begins, in the catalog that the client saw the one before in.
struct CursorPayload {
  std::uint64_t digest = 0;
  std::uint64_t from = 0;
  std::uint64_t kind = 0;
};

std::vector<Upstream*> members_of(const std::vector<std::shared_ptr<Upstream>>& kept) {
  std::vector<Upstream*> members;
  members.reserve(kept.size());
  for (const auto& upstream : kept) members.push_back(upstream.get());
  return members;
}

}  // namespace

FederatedRoute::FederatedRoute(Plane& plane, std::string path,
                               std::vector<std::shared_ptr<Upstream>> members, Naming naming)
    : plane_{plane},
      path_{std::move(path)},
      naming_{naming},
      kept_{std::move(members)},
      members_{members_of(kept_)},
      keeper_{plane.shard(), members_, naming, plane.limits(), plane.log()} {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    order_.push_back(i);
    uses_.push_back(0);
  }
  keeper_.on_changed = [this](const CatalogKeeper::Key& key, ListKind kind) {
    tell_changed(key, kind);
  };
  keeper_.is_watched = [this](const CatalogKeeper::Key& key) { return is_watched(key); };
}

FederatedRoute::~FederatedRoute() {
  JUNCTOR_ASSERT(sessions_.empty() && listens_.empty());
}

void FederatedRoute::add(FederatedListen& listen) {
  listens_.insert(&listen);
  keeper_.watch(listen.key());
}

rt::Shard& FederatedRoute::shard() noexcept {
  return plane_.shard();
}

bool FederatedRoute::is_watched(const CatalogKeeper::Key& key) const {
  const auto has_key = [&](const auto* each) { return each->key() == key; };
  return key.era == Era::modern ? std::ranges::any_of(listens_, has_key)
                                : std::ranges::any_of(sessions_, has_key);
}

// Each shard has a catalog of its own, and only the shards that listen to the upstream hear of it.
void FederatedRoute::invalidate(std::size_t member) {
  if (!is_member(member)) return;
  keeper_.invalidate(member);
  for (Plane* const other : plane_.planes()) {
    if (other == &plane_) continue;
    (void)other->shard().post(
        [other, path = path_, name = std::string{members_.at(member)->name()}] {
          FederatedRoute* const there = other->federated(path);
          if (there != nullptr) there->invalidate_here(name);
        });
  }
}

void FederatedRoute::invalidate_here(std::string_view name) {
  for (const std::size_t place : order_) {
    if (members_[place]->name() == name) keeper_.invalidate(place);
  }
}

// --- generations ---------------------------------------------------------------------------------

bool FederatedRoute::is_member(std::size_t place) const noexcept {
  return std::ranges::find(order_, place) != order_.end();
}

// A name is a member's as long as there is one of it; who takes over a name has its listing.
// Catalog and order agree, unless a reload came in between: a call looks at one name, however many
// there are.
std::size_t FederatedRoute::place_of(const Catalog& catalog, std::size_t listing) const {
  const std::string_view name = catalog.listings()[listing]->upstream;
  if (listing < order_.size() && members_[order_[listing]]->name() == name) return order_[listing];
  const auto found = std::ranges::find_if(
      order_, [&](std::size_t place) { return members_[place]->name() == name; });
  JUNCTOR_ASSERT(found != order_.end());
  return *found;
}

std::string FederatedRoute::exposed_name(const Catalog& catalog, std::size_t place,
                                         std::string_view uri) const {
  const auto& listings = catalog.listings();
  for (std::size_t i = 0; i < listings.size(); ++i) {
    if (members_[place] != nullptr && listings[i]->upstream == members_[place]->name())
      return catalog.exposed_name(ListKind::resources, i, uri);
  }
  return std::string{uri};
}

// Subscriptions end, and clients come back with them: they would have to be put together anew.
bool FederatedRoute::try_set_members(const std::vector<std::shared_ptr<Upstream>>& members) {
  std::vector<std::size_t> order;
  std::size_t added = 0;
  for (const auto& member : members) {
    const auto known = std::ranges::find(members_, member.get());
    order.push_back(known == members_.end() ? members_.size() + added++
                                            : static_cast<std::size_t>(known - members_.begin()));
  }
  if (order == order_) return true;
  if (members_.size() + added > kPlacesMax) return false;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (order[i] < members_.size()) continue;
    JUNCTOR_ASSERT(order[i] == members_.size());
    kept_.push_back(members[i]);
    members_.push_back(members[i].get());
    uses_.push_back(0);
  }
  order_ = order;
  for (FederatedSession* const session : sessions_) session->close_former();
  keeper_.set_upstreams(members_, std::move(order));
  end_subscriptions();
  return true;
}

bool FederatedRoute::is_needed(std::size_t place) const noexcept {
  return is_member(place) || uses_[place] != 0 || keeper_.is_asking(place) ||
         std::ranges::any_of(listens_, [&](const auto* each) { return each->needs(place); }) ||
         std::ranges::any_of(sessions_, [&](const auto* each) { return each->needs(place); });
}

bool FederatedRoute::drop_former() noexcept {
  bool has_former = false;
  for (FederatedSession* const session : sessions_) session->close_former();
  for (std::size_t place = 0; place < members_.size(); ++place) {
    if (is_member(place) || members_[place] == nullptr) continue;
    if (is_needed(place)) {
      has_former = true;
      continue;
    }
    keeper_.forget(place);
    members_[place] = nullptr;
    kept_[place].reset();
  }
  return has_former;
}

void FederatedRoute::tell_changed(const CatalogKeeper::Key& key, ListKind kind) {
  for (FederatedSession* session : sessions_) {
    if (session->key() == key) session->tell_changed(kind);
  }
  for (FederatedListen* listen : listens_) {
    if (listen->key() == key) listen->tell_changed(kind);
  }
}

void FederatedRoute::retire() noexcept {
  is_retired_ = true;
  end_subscriptions();
}

bool FederatedRoute::is_in_use() const noexcept {
  return !sessions_.empty() || !listens_.empty() || keeper_.is_asking();
}

void FederatedRoute::end_subscriptions() noexcept {
  for (FederatedListen* listen : listens_) listen->end();
}

// --- the stateless era ---------------------------------------------------------------------------

bool FederatedRoute::refuse_era(Message& message, const Catalog& catalog) {
  if (!catalog.is_other_era()) return false;
  const wire::McpRequest& judged = *message.judged;
  const bool is_modern = judged.era == Era::modern;
  message.answer.send_unsupported_version(
      judged.message.id.raw, is_modern ? wire::kLegacyVersionsJson : wire::kModernVersionsJson,
      judged.part(is_modern ? McpPart::version : McpPart::initialize_version).raw);
  return true;
}

rt::Task<void> FederatedRoute::serve(Message message) {
  if (message.judged->era == Era::modern) return serve_modern(std::move(message));
  return initialize(std::move(message));
}

rt::Task<void> FederatedRoute::serve_modern(Message message) {
  const wire::McpRequest& judged = *message.judged;
  if (judged.message.kind != wire::JsonRpcKind::request) co_return message.answer.send_empty(202);
  const CatalogKeeper::Key key{.era = Era::modern,
                               .profile = profile_of(judged.part(McpPart::client_capabilities))};
  const McpMethod method = method_of(message);
  if (const auto kind = list_of(method))
    co_return co_await list(std::move(message), key, *kind, nullptr);
  if (method == McpMethod::server_discover) {
    const Current catalog = co_await keeper_.fresh(key);
    if (refuse_era(message, *catalog)) co_return;
    Buffer result;
    wire::JsonWriter json{result};
    json.begin_object().key("supportedVersions").raw(wire::kModernVersionsJson);
    json.key("capabilities").raw(catalog->capabilities());
    if (!catalog->instructions().empty()) json.key("instructions").string(catalog->instructions());
    add_result_end(json, Era::modern, *catalog);
    json.end_object();
    co_return send_result(message, result.view());
  }
  if (method == McpMethod::subscriptions_listen) {
    FederatedListen listen{*this, message, key};
    co_return co_await listen.run();
  }
  auto aimed = co_await aim(message, key);
  if (aimed) co_await forward(std::move(message), *std::move(aimed), nullptr);
}

// --- lists ---------------------------------------------------------------------------------------

//= mcp 2026-07-28 server/utilities/pagination#error-handling:invalid SHOULD
rt::Task<void> FederatedRoute::list(Message message, CatalogKeeper::Key key, ListKind kind,
                                    std::shared_ptr<Session> session) {
  const Current catalog = co_await keeper_.fresh(key);
  if (session == nullptr && refuse_era(message, *catalog)) co_return;
  CursorPayload at{.digest = catalog->digest(kind), .from = 0, .kind = index_of(kind)};
  if (const JsonValue cursor = message.judged->part(McpPart::cursor);
      cursor && cursor.kind != JsonKind::null) {
    const auto opened = wire::open_token(
        plane_.seal(), wire::TokenPurpose::cursor, {},
        cursor.kind == JsonKind::string ? wire::unescape_json_string(cursor.raw) : std::string{},
        shard().clock().wall_now());
    CursorPayload given;
    if (opened && opened->size() == sizeof given) std::memcpy(&given, opened->data(), sizeof given);
    if (given.digest != at.digest || given.kind != at.kind || given.from > catalog->size(kind)) {
      co_return send_error(message, {wire::kInvalidParams,
                                     "The cursor is of no list that is known; begin again without "
                                     "one.",
                                     R"({"reason":"cursor_unknown"})"});
    }
    at.from = given.from;
  }
  const Catalog::Page page = catalog->page(kind, static_cast<std::size_t>(at.from), kPageBytesMax);
  Buffer rest;  // An object; its members stand behind the list.
  wire::JsonWriter json{rest};
  json.begin_object();
  if (page.next < catalog->size(kind)) {
    at.from = page.next;
    AeadNonce nonce;
    shard().random().fill(nonce);
    const auto sealed = wire::seal_token(plane_.seal(), wire::TokenPurpose::cursor, {},
                                         {reinterpret_cast<const char*>(&at), sizeof at},
                                         shard().clock().wall_now() + kCursorLife, nonce);
    JUNCTOR_ASSERT(sealed.has_value());
    json.key("nextCursor").string(*sealed);
  }
  add_result_end(json, message.judged->era, *catalog);
  json.end_object();
  const std::string head = fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"{}":[)",
                                       message.judged->message.id.raw, list_member(kind));
  Pieces pieces;
  pieces.add(head);
  pieces.add(page.text);
  pieces.add(rest.view() == "{}" ? "]" : "],");
  pieces.add(rest.view().substr(1));
  pieces.add("}");
  const bool is_kept = session != nullptr && session->version().priming_event &&
                       message.answer.accepted().events && page.text.size() <= kKeptAnswerBytesMax;
  if (!is_kept) co_return message.answer.send_final(200, pieces);
  //= mcp 2025-11-25 basic/transports#sending-messages-to-the-server SHOULD
  const std::shared_ptr<SessionStream> stream = session->open_stream();
  stream->attach(message.answer);
  stream->prime(std::nullopt);
  stream->publish(pieces);
  stream->end();
}

// --- what is for one of them ---------------------------------------------------------------------

void FederatedRoute::refuse_name(Message& message, const Catalog& catalog, std::string_view name) {
  const bool is_uri = wire::method_facts(method_of(message)).name.starts_with("resources/");
  const bool is_modern = message.judged->era == Era::modern;
  Buffer data;
  wire::JsonWriter json{data};
  json.begin_object().key("reason").string("unknown_name");
  if (is_uri) json.key("uri").string(name);
  add_names(json, "missing", catalog.missing());
  add_names(json, "otherEra", catalog.other_era());
  json.end_object();
  const int code = is_uri && !is_modern ? wire::kLegacyResourceNotFound : wire::kInvalidParams;
  send_error(message, {code, fmt::format("Unknown {}: {}", is_uri ? "resource" : "name", name),
                       data.view()});
}

rt::Task<std::optional<FederatedRoute::Aim>> FederatedRoute::aim(Message& message,
                                                                 CatalogKeeper::Key key) {
  Current catalog = co_await keeper_.known(key);
  if (is_of_tasks(method_of(message))) {
    if (const auto owner = owner_of_tasks(*catalog))
      co_return Aim{.member = place_of(*catalog, *owner), .name = {}, .is_renamed = false};
  }
  const auto subject = subject_of(*message.judged);
  if (!subject) {
    send_error(message, {wire::kMethodNotFound, "This server has no such method.", {}});
    co_return std::nullopt;
  }
  if (subject->name.kind != JsonKind::string) {
    send_error(message, {wire::kInvalidParams, "`params` names nothing.", {}});
    co_return std::nullopt;
  }
  const std::string name = wire::unescape_json_string(subject->name.raw);
  const auto find = [&]() -> std::optional<Catalog::Target> {
    auto found = catalog->find(subject->kind, name);
    // A completion may be of a resource that is no template.
    if (!found && subject->kind == ListKind::templates)
      found = catalog->find(ListKind::resources, name);
    return found;
  };
  auto target = find();
  if (!target) {
    catalog = co_await keeper_.fresh(key);
    target = find();
  }
  if (!target) {
    if (!refuse_era(message, *catalog)) refuse_name(message, *catalog, name);
    co_return std::nullopt;
  }
  co_return Aim{.member = place_of(*catalog, target->upstream),
                .name = std::string{target->name},
                .is_renamed = target->name != name};
}

rt::Task<void> FederatedRoute::forward(Message message, Aim aim, std::shared_ptr<Session> main) {
  Upstream& upstream = *members_[aim.member];
  const Use member_use{*this, aim.member};
  if (main == nullptr) {
    Plane* const home = plane_.home_of(upstream);
    if (home != &plane_) {
      message.judged.reset();
      co_return co_await hand_over(*home, path_, plane_.limits(), message.request, message.body,
                                   message.response);
    }
  }
  if (main == nullptr && !aim.is_renamed) {
    Exchange exchange = exchange_of(message, upstream, std::move(message.judged));
    co_return co_await run_exchange(exchange);
  }
  std::string body{message.body};
  std::string_view at;
  if (const auto subject = subject_of(*message.judged); subject && aim.is_renamed) {
    at = subject->name.raw;
    body = text_of(spliced(message.body, {{at, wire::quoted_json(aim.name)}}));
  }
  *message.judged = moved(*message.judged, message.body, body, at);
  message.body = body;
  if (main != nullptr) co_return co_await forward_in_session(std::move(message), aim.member, main);
  Buffer name_field;
  wire::append_header_value(name_field, aim.name);
  Exchange::Federated federated{.name_field = name_field.view()};
  Exchange exchange = exchange_of(message, upstream, std::move(message.judged));
  exchange.federated = &federated;
  co_await run_exchange(exchange);
}

// From here on the exchange is that of an identity route.
Exchange FederatedRoute::exchange_of(const Message& message, Upstream& upstream,
                                     std::unique_ptr<wire::McpRequest> judged) {
  const wire::Era era = judged->era;
  const wire::MethodFacts* const method = judged->facts;
  Exchange exchange{.upstream = upstream,
                    .limits = plane_.limits(),
                    .request = message.request,
                    .answer = message.answer,
                    .message = std::move(judged),
                    .body = message.body,
                    .sessions = &plane_.sessions()};
  exchange.era = era;
  exchange.id = exchange.message->message.id.raw;
  exchange.method = method;
  return exchange;
}

// A session that its member has lost is opened again, and the request sent again: it was not
// processed. The first exchange gives the client's request back, so that nothing of it is looked at
// afterwards: `message` is of a text of ours.
rt::Task<void> FederatedRoute::forward_in_session(Message message, std::size_t member,
                                                  std::shared_ptr<Session> main) {
  Upstream& upstream = *members_[member];
  const Use member_use{*this, member};
  FederatedSession& federated = *main->federated();
  const std::string id{message.judged->message.id.raw};
  const Exchange::Trace trace{std::string{message.request.header(HeaderId::traceparent)},
                              std::string{message.request.header(HeaderId::tracestate)}};
  for (int attempt = 0; attempt < kSessionsPerCall; ++attempt) {
    auto opened = co_await federated.member(member, shard().now() + upstream.timeouts().first_byte);
    if (!opened) {
      if (main->closed()) co_return refuse_ended_session(message.answer, id);
      co_return message.answer.send_error(id, opened.error(), upstream.name());
    }
    const Session::Use use{*opened};
    Exchange::Federated of_call{.trace = &trace};
    Exchange exchange =
        exchange_of(message, upstream, std::make_unique<wire::McpRequest>(*message.judged));
    exchange.session = *opened;
    exchange.federated = &of_call;
    co_await run_exchange(exchange);
    if (of_call.session_was_lost) federated.lose(member, *opened);
    federated.close_lost();
    if (!of_call.session_was_lost) co_return;
  }
  const Error error{ErrorKind::unavailable, "upstream_session_lost",
                    "The upstream does not know the sessions that it begins."};
  message.answer.send_error(id, error, upstream.name());
}

// --- sessions ------------------------------------------------------------------------------------

//= mcp 2025-11-25 basic/lifecycle#version-negotiation:same MUST
rt::Task<void> FederatedRoute::initialize(Message message) {
  const rt::Endpoint peer = message.request.peer();
  const wire::McpRequest& judged = *message.judged;
  const JsonValue asked = judged.part(McpPart::initialize_version);
  const JsonValue capabilities = judged.part(McpPart::initialize_capabilities);
  auto opened = plane_.sessions().open(nullptr, {}, peer);
  if (!opened) {
    co_return message.answer.send_error(judged.message.id.raw, opened.error(), {});
  }
  const std::shared_ptr<Session> session = *std::move(opened);
  const Session::Use use{session};
  const wire::VersionFacts& version = wire::version_facts(wire::negotiate_legacy_version(
      asked.kind == JsonKind::string ? wire::unescape_json_string(asked.raw) : std::string{}));
  session->set_version(version);
  const bool has_any = capabilities.kind == JsonKind::object;
  session->set_federated(std::make_unique<FederatedSession>(
      *this, *session, has_any ? std::string{capabilities.raw} : "{}"));
  const Current catalog = co_await keeper_.fresh(session->federated()->key());
  if (refuse_era(message, *catalog))
    co_return plane_.sessions().close(*session, SessionStore::Twin::end);
  Buffer result;
  wire::JsonWriter json{result};
  json.begin_object().key("protocolVersion").string(version.name);
  json.key("capabilities").raw(catalog->capabilities());
  add_server_info(json.key("serverInfo"));
  if (!catalog->instructions().empty()) json.key("instructions").string(catalog->instructions());
  add_result_end(json, Era::legacy, *catalog);
  json.end_object();
  if (message.answer.gone()) {
    co_return plane_.sessions().close(*session, SessionStore::Twin::end);
  }
  message.answer.set_session_id(session->id());
  send_result(message, result.view());
}

rt::Task<void> FederatedRoute::serve_in_session(std::shared_ptr<Session> session, Message message) {
  const wire::McpRequest& judged = *message.judged;
  FederatedSession& federated = *session->federated();
  if (judged.message.kind != wire::JsonRpcKind::request)
    co_return co_await pass_on(std::move(session), std::move(message));
  if (judged.facts == nullptr) {
    co_return send_error(message, {wire::kMethodNotFound, "This server has no such method.", {}});
  }
  const McpMethod method = method_of(message);
  if (const auto kind = list_of(method))
    co_return co_await list(std::move(message), federated.key(), *kind, std::move(session));
  //= mcp 2025-11-25 basic/utilities/ping#behavior-requirements:answer MUST
  if (method == McpMethod::ping) co_return send_result(message, "{}");
  if (method == McpMethod::logging_set_level) {
    if (!wire::is_log_level(judged.part(McpPart::level))) {
      co_return send_error(message,
                           {wire::kInvalidParams, "`level` names none of the eight levels.", {}});
    }
    federated.set_level(judged.part(McpPart::params).raw);
    co_return send_result(message, "{}");
  }
  auto aimed = co_await aim(message, federated.key());
  if (aimed) co_await forward(std::move(message), *std::move(aimed), std::move(session));
}

// An answer goes to the member that asked, a cancellation to the one that works on it, and what is
// of no one of them to all.
rt::Task<void> FederatedRoute::pass_on(std::shared_ptr<Session> main, Message message) {
  FederatedSession& federated = *main->federated();
  const wire::McpRequest& judged = *message.judged;
  const bool is_answer = judged.message.kind != wire::JsonRpcKind::notification;
  const bool cancels =
      !is_answer && judged.facts != nullptr && method_of(message) == McpMethod::cancelled;
  std::shared_ptr<Session> session;
  std::string body{message.body};
  std::string_view at;
  if (is_answer) {
    const auto question = federated.take_question(judged.message.id.raw);
    if (question) session = federated.opened(question->member);
    // Nobody waits for it any more.
    if (!question || session == nullptr) co_return message.answer.send_empty(202);
    at = judged.message.id.raw;
    body = text_of(spliced(message.body, {{at, question->id}}));
  } else if (cancels) {
    session = federated.with_call(judged.part(McpPart::cancelled_id).raw);
  } else {
    const bool is_handshake =
        judged.facts != nullptr && method_of(message) == McpMethod::initialized;
    if (!is_handshake) federated.tell_members(body);
  }
  if (session == nullptr) co_return message.answer.send_empty(202);
  const Session::Use use{session};
  auto moved_judgement = std::make_unique<wire::McpRequest>(moved(judged, message.body, body, at));
  message.body = body;
  Exchange::Federated of_message;
  Exchange exchange = exchange_of(message, session->upstream(), std::move(moved_judgement));
  exchange.id.clear();  // An answer has the id of a question, and is none.
  exchange.session = session;
  exchange.federated = &of_message;
  co_await run_exchange(exchange);
  if (of_message.session_was_lost && !message.answer.started()) message.answer.send_empty(202);
}

std::shared_ptr<Session> FederatedRoute::session_of_event(const std::shared_ptr<Session>& session,
                                                          std::string_view event_id) {
  if (session->find_event(event_id)) return session;
  const auto member = session->federated()->with_event(event_id);
  return member != nullptr ? member : session;
}

}  // namespace junctor::agent
