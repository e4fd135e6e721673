#include "agent/endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/exchange.h"
#include "agent/federated_route.h"
#include "agent/federated_session.h"
#include "agent/negotiation.h"
#include "agent/plane.h"
#include "agent/remote.h"
#include "agent/session_store.h"
#include "agent/session_streams.h"

namespace junctor::agent {
namespace {

using wire::http1::HeaderId;
using wire::http1::Method;

constexpr std::string_view kMethods = "POST, GET, DELETE, OPTIONS";

// Two means "more than one": the judgement asks no more than that.
wire::McpHeader header_of(const net::Request& request, HeaderId id) noexcept {
  const auto& headers = request.head().headers;
  const auto* found = headers.find(id);
  if (found == nullptr) return {};
  return {found->value, headers.is_repeated(id) ? std::size_t{2} : std::size_t{1}};
}

[[gnu::noinline]] void refuse(ClientAnswer& answer, int status, std::string_view message,
                              std::string_view reason) {
  answer.send_error(status, {},
                    {wire::kInvalidRequest, message, fmt::format(R"({{"reason":"{}"}})", reason)});
}

// A session id on a modern request means nothing.
bool is_of_session(const wire::McpRequest& message) noexcept {
  const bool is_initialize =
      message.facts != nullptr && message.facts->method == wire::McpMethod::initialize;
  return message.era == wire::Era::legacy && !is_initialize;
}

// What it brings are events alone.
bool is_listen(const wire::McpRequest& message) noexcept {
  return message.facts != nullptr && message.facts->method == wire::McpMethod::subscriptions_listen;
}

// At most 503: 504 would say that an upstream was asked.
[[gnu::noinline]] void refuse_body(ClientAnswer& answer, const Error& error) {
  if (answer.gone()) return;
  const bool slow = error.kind() == ErrorKind::deadline_exceeded;
  const int status = slow ? 408 : error_facts(error.kind()).http_status;
  refuse(answer, std::min(status, 503), error.detail(), error.reason());
}

[[gnu::noinline]] void refuse_session(ClientAnswer& answer) {
  //= mcp 2025-11-25 basic/transports#session-management:terminated MUST
  refuse(answer, 404, "There is no such session; begin one with initialize.", "session_not_found");
}

}  // namespace

Endpoint::Endpoint(Plane& plane, std::string path, std::shared_ptr<Upstream> upstream)
    : plane_{plane}, path_{std::move(path)}, kept_{std::move(upstream)}, upstream_{kept_.get()} {}

Endpoint::Endpoint(Plane& plane, std::string path, std::vector<std::shared_ptr<Upstream>> members,
                   Naming naming)
    : plane_{plane},
      path_{std::move(path)},
      upstream_{nullptr},
      federated_{std::make_unique<FederatedRoute>(plane, path_, std::move(members), naming)} {}

Endpoint::~Endpoint() {
  JUNCTOR_ASSERT(uses_ == 0);
}

bool Endpoint::is_in_use() const noexcept {
  return uses_ != 0 || (federated_ != nullptr && federated_->is_in_use());
}

rt::Shard& Endpoint::shard() const noexcept {
  return plane_.shard();
}

//= mcp 2026-07-28 basic/transports/streamable-http#top:endpoint MUST
//= mcp 2025-11-25 basic/transports#streamable-http:endpoint MUST
// The route's methods were checked by the listener: what is not named here is OPTIONS, or HEAD.
rt::Task<void> Endpoint::handle(net::Request& request, net::ResponseWriter& response) {
  switch (request.head().method) {
    case Method::post: return post(request, response);
    case Method::get:
    case Method::delete_: return get(request, response);
    default: return answer_at_once(request, response);
  }
}

// OPTIONS, and HEAD, which the listener takes for a GET: a stream has no head to be looked at.
rt::Task<void> Endpoint::answer_at_once(net::Request& request, net::ResponseWriter& response) {
  if (request.head().method == Method::options) co_return preflight(request, response);
  const net::Field allow[] = {{"Allow", kMethods}};
  response.send({.status = 405, .content_type = {}, .fields = allow});
}

// A browser asks before it sends fields of its own. The Origin has been checked by the listener.
void Endpoint::preflight(const net::Request& request, net::ResponseWriter& response) {
  std::vector<net::Field> fields{{"Allow", kMethods}};
  const std::string_view origin = request.header(HeaderId::origin);
  if (!origin.empty()) {
    fields.push_back({"Access-Control-Allow-Origin", origin});
    fields.push_back({"Access-Control-Allow-Methods", kMethods});
    fields.push_back({"Access-Control-Max-Age", "600"});
    fields.push_back({"Vary", "Origin, Access-Control-Request-Headers"});
    const std::string_view asked = request.header(HeaderId::access_control_request_headers);
    const auto is_list_of_names = [](std::string_view text) {
      return std::ranges::all_of(text, [](char c) {
        return c == '-' || c == ',' || c == ' ' || c == '_' || (c >= '0' && c <= '9') ||
               (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      });
    };
    if (!asked.empty() && is_list_of_names(asked))
      fields.push_back({"Access-Control-Allow-Headers", asked});
  }
  response.send({.status = 204, .content_type = {}, .fields = fields});
}

// What the fields of the head say of bodies, before one is read.
bool Endpoint::acceptable(const net::Request& request, ClientAnswer& answer) {
  if (media_type(request.header(HeaderId::content_type)) != MediaType::json) {
    refuse(answer, 415, "The body must be application/json in UTF-8.", "unsupported_content_type");
    return false;
  }
  if (const auto coding = request.header(HeaderId::content_encoding);
      !coding.empty() && !wire::http1::equal_ignoring_case(coding, "identity")) {
    refuse(answer, 415, "The body must not be compressed.", "unsupported_content_encoding");
    return false;
  }
  if (answer.accepted().nothing()) {
    refuse(answer, 406, "Accept must allow application/json or text/event-stream.",
           "not_acceptable");
    return false;
  }
  return true;
}

//= mcp 2026-07-28 basic#statelessness:connection MUST NOT
// On the heap, for the request is a kilobyte that a stream gives back long before it ends.
std::unique_ptr<wire::McpRequest> Endpoint::judge(const net::Request& request, ClientAnswer& answer,
                                                  std::string_view body) {
  const wire::McpHeaders headers{
      .protocol_version = header_of(request, HeaderId::mcp_protocol_version),
      .method = header_of(request, HeaderId::mcp_method),
      .name = header_of(request, HeaderId::mcp_name),
      .session_id = header_of(request, HeaderId::mcp_session_id)};
  const auto unknown =
      upstream_ != nullptr ? wire::UnknownMethods::pass : wire::UnknownMethods::refuse;
  auto judged = wire::judge_mcp_post(body, headers, unknown);
  if (judged && is_listen(*judged) && !answer.accepted().events) {
    answer.send_error(406, judged->message.id.raw,
                      {wire::kInvalidRequest, "Accept must allow text/event-stream.",
                       R"({"reason":"not_acceptable"})"});
    return nullptr;
  }
  if (judged) return std::make_unique<wire::McpRequest>(*std::move(judged));
  Buffer text;
  wire::append_rejection(text, judged.error());
  Pieces message;
  message.add(text.view());
  answer.send_final(judged.error().http_status, message);
  return nullptr;
}

// The way of a call, stages 2 to 4: what the head says, the body, its judgement, and whose session
// it belongs to; run_exchange() has the others.
rt::Task<void> Endpoint::post(net::Request& request, net::ResponseWriter& response) {
  const Use use{*this};
  ClientAnswer answer{shard(), response, request, plane_.limits()};
  if (!acceptable(request, answer)) co_return;
  const std::size_t bytes_max = plane_.limits().body_bytes_max;
  std::string_view body;
  if (const auto here = request.body_now(bytes_max); here) {
    body = *here;
  } else {
    const auto read = co_await request.body(bytes_max);
    if (!read) co_return refuse_body(answer, read.error());
    body = *read;
  }
  auto message = judge(request, answer, body);
  if (message == nullptr) co_return;
  if (federated_ != nullptr || is_of_session(*message) || home_of(*message) != nullptr) {
    co_return co_await post_elsewhere(request, response, answer, std::move(message), body);
  }
  const wire::Era era = message->era;
  const std::string_view id = message->message.id.raw;
  Exchange exchange{.upstream = *upstream_,
                    .limits = plane_.limits(),
                    .request = request,
                    .answer = answer,
                    .message = std::move(message),
                    .body = body,
                    .sessions = &plane_.sessions(),
                    .id = std::string{id}};
  exchange.era = era;
  exchange.method = exchange.message->facts;
  co_await run_exchange(exchange);
}

// Every way but that of a stateless call of one upstream, and of its `initialize`.
rt::Task<void> Endpoint::post_elsewhere(net::Request& request, net::ResponseWriter& response,
                                        ClientAnswer& answer,
                                        std::unique_ptr<wire::McpRequest> message,
                                        std::string_view body) {
  if (is_of_session(*message))
    return post_in_session(request, response, answer, std::move(message), body);
  if (Plane* const home = home_of(*message); home != nullptr)
    return hand_over(*home, path_, plane_.limits(), request, body, response);
  return federated_->serve({request, response, answer, std::move(message), body});
}

//= mcp 2025-11-25 basic/lifecycle#initialization:first MUST
// A session lives on one shard. A request that comes in on another one is handed there, whole.
rt::Task<void> Endpoint::post_in_session(net::Request& request, net::ResponseWriter& response,
                                         ClientAnswer& answer,
                                         std::unique_ptr<wire::McpRequest> message,
                                         std::string_view body) {
  const std::string_view id = request.header(HeaderId::mcp_session_id);
  if (id.empty() || request.head().headers.is_repeated(HeaderId::mcp_session_id)) {
    //= mcp 2025-11-25 basic/transports#session-management SHOULD
    answer.send_error(
        400, message->message.id.raw,
        {wire::kInvalidRequest, "Mcp-Session-Id is required; begin a session with initialize.",
         R"({"reason":"session_id_required"})"});
    co_return;
  }
  const std::shared_ptr<Session> session = find_session(id);
  if (session == nullptr) {
    if (Plane* other = other_plane(id); other != nullptr) {
      message.reset();
      co_return co_await hand_over(*other, path_, plane_.limits(), request, body, response);
    }
    co_return refuse_session(answer);
  }
  if (message->version != nullptr && message->version != &session->version()) {
    //= mcp 2025-11-25 basic/lifecycle#operation:version MUST
    answer.send_error(
        400, message->message.id.raw,
        {wire::kInvalidRequest, "MCP-Protocol-Version is not the one that this session negotiated.",
         R"({"reason":"version_mismatch"})"});
    co_return;
  }
  const Session::Use use{session};
  if (federated_ != nullptr) {
    co_return co_await serve_members(session, request, response, answer, std::move(message), body);
  }
  Exchange exchange{.upstream = *upstream_,
                    .limits = plane_.limits(),
                    .request = request,
                    .answer = answer,
                    .message = std::move(message),
                    .body = body,
                    .session = session,
                    .sessions = &plane_.sessions()};
  exchange.era = wire::Era::legacy;
  const bool is_request = exchange.message->message.kind == wire::JsonRpcKind::request;
  if (is_request) exchange.id = exchange.message->message.id.raw;
  exchange.method = exchange.message->facts;
  co_await run_exchange(exchange);
}

rt::Task<void> Endpoint::serve_members(const std::shared_ptr<Session>& session,
                                       net::Request& request, net::ResponseWriter& response,
                                       ClientAnswer& answer,
                                       std::unique_ptr<wire::McpRequest> message,
                                       std::string_view body) {
  return federated_->serve_in_session(session,
                                      {request, response, answer, std::move(message), body});
}

// A session of another route is none here: its upstream is another one, and so may be what a client
// may do with it.
std::shared_ptr<Session> Endpoint::find_session(std::string_view id) const {
  auto session = plane_.sessions().find(id);
  if (session == nullptr) return nullptr;
  const bool is_ours = session->federated() != nullptr
                           ? &session->federated()->route() == federated_.get()
                           : session->is_of(upstream_);
  return is_ours ? session : nullptr;
}

// The id is sealed and says where its session was opened, so nobody has to ask around.
Plane* Endpoint::other_plane(std::string_view id) const {
  const auto planes = plane_.planes();
  if (planes.size() < 2) return nullptr;
  const auto shard = plane_.sessions().shard_of(id);
  if (!shard || *shard >= planes.size() || planes[*shard] == &plane_) return nullptr;
  return planes[*shard];
}

// A process that serves all clients lives on one shard.
Plane* Endpoint::home_of(const wire::McpRequest& message) const {
  if (upstream_ == nullptr || upstream_->stdio() == nullptr || message.era != wire::Era::modern)
    return nullptr;
  Plane* const home = plane_.home_of(*upstream_);
  return home == &plane_ ? nullptr : home;
}

// GET and DELETE: both are of a session, or nothing.
rt::Task<void> Endpoint::get(net::Request& request, net::ResponseWriter& response) {
  const Use use{*this};
  ClientAnswer answer{shard(), response, request, plane_.limits()};
  const std::string_view id = request.header(HeaderId::mcp_session_id);
  if (id.empty()) {
    const net::Field allow[] = {{"Allow", kMethods}};
    co_return answer.send_empty(405, allow);
  }
  const bool is_get = request.head().method == Method::get;
  if (is_get && !answer.accepted().events) {
    co_return refuse(answer, 406, "Accept must allow text/event-stream.", "not_acceptable");
  }
  const std::shared_ptr<Session> session = find_session(id);
  if (session == nullptr) {
    if (Plane* other = other_plane(id); other != nullptr) {
      co_return co_await hand_over(*other, path_, plane_.limits(), request, {}, response);
    }
    co_return refuse_session(answer);
  }
  //= mcp 2025-11-25 basic/transports#protocol-version-header:invalid MUST
  const std::string_view version = request.header(HeaderId::mcp_protocol_version);
  if (!version.empty() && version != session->version().name) {
    co_return refuse(answer, 400,
                     "MCP-Protocol-Version is not the one that this session negotiated.",
                     "version_mismatch");
  }
  if (!is_get) {
    plane_.sessions().close(*session, SessionStore::Twin::end);
    co_return answer.send_empty(200);
  }
  const Session::Use session_use{session};
  std::string event_id{request.header(HeaderId::last_event_id)};
  request.release();
  if (!event_id.empty()) {
    const auto of =
        federated_ != nullptr ? FederatedRoute::session_of_event(session, event_id) : session;
    co_return co_await resume(of, answer, std::move(event_id));
  }
  co_await read_standalone(session, answer);
}

//= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:answer MUST
// The upstream's own stream is read once per session, however often the client comes back for it:
// events between two visits are kept for it.
rt::Task<void> Endpoint::read_standalone(std::shared_ptr<Session> session, ClientAnswer& answer) {
  SessionStream& stream = *session->standalone();
  stream.attach(answer);  // Before the upstream is asked: its first event may come with its head.
  if (!session->pumping) {
    session->pumping = true;
    auto start = std::make_shared<PumpStart>();
    Session::spawn(session, pump_standalone(session, plane_.limits(), start));
    (void)co_await start->told.wait(shard().now() + upstream_->timeouts().first_byte);
    if (start->status != 200) stream.detach(answer);
    if (answer.ended()) co_return;  // Another GET took over meanwhile.
    if (start->session_lost) {
      plane_.sessions().close(*session, SessionStore::Twin::gone);
      co_return refuse_session(answer);
    }
    if (start->status != 200) {
      const net::Field allow[] = {{"Allow", "POST, DELETE, OPTIONS"}};
      co_return answer.send_empty(405, allow);
    }
  } else {
    session->replay({.stream = nullptr, .number = 0, .after = stream.take_missed_after()}, answer);
  }
  answer.begin_events();
  answer.flush();
  if (session->pumping && !session->closed()) (void)co_await answer.left.wait(kNever);
  stream.detach(answer);
  if (!answer.gone()) answer.end_events();
}

// What was missed first, then whatever the stream still brings. Of a stream that has ended only the
// first is left.
rt::Task<void> Endpoint::resume(std::shared_ptr<Session> session, ClientAnswer& answer,
                                std::string event_id) {
  const auto found = session->find_event(event_id);
  if (!found) co_return refuse(answer, 400, found.error().detail(), found.error().reason());
  answer.begin_events();
  session->replay(*found, answer);
  answer.flush();
  const std::shared_ptr<SessionStream> stream = found->stream;
  if (stream != nullptr && !stream->ended()) {
    stream->attach(answer);
    const bool goes_on = stream->number() != 0 || session->pumping;
    if (goes_on && !session->closed()) (void)co_await answer.left.wait(kNever);
    stream->detach(answer);
  }
  if (!answer.gone()) answer.end_events();
}

}  // namespace junctor::agent
