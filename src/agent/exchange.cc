#include "agent/exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/deadlines.h"
#include "agent/http_leg.h"
#include "agent/session_streams.h"
#include "agent/stdio_exchange.h"
#include "base/trace.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

// Functions that coroutines call now and then are noinline: clang puts the locals of what it
// inlines, and the frames of coroutines too, into the caller's frame, where a stream would hold
// them.

using net::ClientCall;
using wire::McpMethod;
using wire::McpPart;
using wire::http1::HeaderId;
using Asked = AnswerRelay::Asked;
using Outcome = AnswerRelay::Outcome;

constexpr Duration kRecycleWait = std::chrono::milliseconds{100};
// Of one answer, as long as there is more: then others have a turn, and a cancellation is seen.
constexpr int kReadsInARow = 4;

// Asking twice does no harm: the request may be written again when a reused connection broke under
// it.
bool is_repeatable(const wire::MethodFacts* method) noexcept {
  if (method == nullptr) return false;
  switch (method->method) {
    case McpMethod::tools_list:
    case McpMethod::resources_read:
    case McpMethod::resources_list:
    case McpMethod::resources_templates_list:
    case McpMethod::prompts_get:
    case McpMethod::prompts_list:
    case McpMethod::completion_complete:
    case McpMethod::initialize:
    case McpMethod::ping:
    case McpMethod::server_discover:
    case McpMethod::subscriptions_listen:
    case McpMethod::tasks_get: return true;
    default: return false;
  }
}

Ends ends_of(const wire::MethodFacts* method) noexcept {
  const bool listens = method != nullptr && method->method == McpMethod::subscriptions_listen;
  return listens ? Ends::never : Ends::in_time;
}

// A client's trace goes on with a span of ours.
void add_trace(wire::http1::HeadWriter& head, const Exchange& exchange) {
  const wire::JsonValue in_meta = exchange.message->part(McpPart::traceparent);
  const Exchange::Trace* const kept =
      exchange.federated == nullptr ? nullptr : exchange.federated->trace;
  std::string_view text = in_meta.kind == wire::JsonKind::string
                              ? wire::json_string_body(in_meta.raw)
                          : kept != nullptr ? std::string_view{kept->parent}
                                            : exchange.request.header(HeaderId::traceparent);
  if (text.empty()) return;
  const auto context = parse_traceparent(text);
  if (!context) return;
  std::array<std::uint8_t, 8> random{};
  exchange.upstream.shard().random().fill(random);
  const auto line = format_traceparent(context->child(span_id_of(random)));
  head.header("traceparent", {line.data(), line.size()});
  const std::string_view state = kept != nullptr ? std::string_view{kept->state}
                                                 : exchange.request.header(HeaderId::tracestate);
  if (!state.empty() && state.size() <= kTracestateBytesMax) head.header("tracestate", state);
}

//= mcp 2026-07-28 basic/transports/streamable-http#server-behavior-for-custom-headers:forward MUST
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:headers MUST
//= mcp 2025-11-25 basic/lifecycle#version-negotiation:header MUST
//= mcp 2025-11-25 basic/transports#protocol-version-header:sent MUST
//= mcp 2025-11-25 basic/transports#session-management:header MUST
//= mcp 2026-07-28 basic/authorization/security-considerations#access-token-privilege:pass MUST NOT
//= mcp 2025-11-25 basic/authorization#access-token-privilege-restriction:pass MUST NOT
// What of the client's head goes on: the protocol's own fields, which were checked against the
// body.
void add_client_fields(wire::http1::HeadWriter& head, const Exchange& exchange) {
  if (exchange.era == wire::Era::legacy) {
    if (exchange.session == nullptr) return;
    head.header(wire::kProtocolVersionHeader, exchange.session->version().name);
    if (!exchange.session->upstream_id().empty()) {
      head.header(wire::kSessionIdHeader, exchange.session->upstream_id());
    }
    return;
  }
  const auto& fields = exchange.request.head().headers;
  for (const auto& field : fields) {
    if (field.id == HeaderId::mcp_protocol_version || field.id == HeaderId::mcp_method ||
        (field.id == HeaderId::mcp_param && !is_listed_in_connection(fields, field.name))) {
      head.field(field);
    }
    if (field.id != HeaderId::mcp_name) continue;
    if (exchange.federated == nullptr || exchange.federated->name_field.empty()) {
      head.field(field);
    } else {
      head.header(wire::kNameHeader, exchange.federated->name_field);
    }
  }
}

// The head of the request to the upstream, in memory of its own: making a connection may take a
// while.
[[gnu::noinline]] Result<Buffer> request_head(const Exchange& exchange) {
  const auto fields = [&](wire::http1::HeadWriter& head) {
    add_client_fields(head, exchange);
    add_trace(head, exchange);
  };
  Buffer text;
  for (std::size_t room = 960; room <= 256_KiB; room *= 4) {
    auto written = exchange.upstream.http().write_head(text.prepare(room), HttpLeg::Method::post,
                                                       exchange.body.size(), fields);
    if (written) {
      text.commit(*written);
      return text;
    }
    if (written.error().kind() != ErrorKind::too_large)
      return std::unexpected{std::move(written).error()};
  }
  return fail(ErrorKind::too_large, "head_too_large",
              "The request's fields are too large for the upstream.");
}

// The message is whole; a moment more may end the transfer too, and the connection can be used
// again.
[[gnu::noinline]] rt::Task<void> end_transfer(rt::Shard& shard, ClientCall& call,
                                              AnswerRelay& relay) {
  (void)co_await call.read(relay, shard.now() + kRecycleWait);
}

// Reads until the relay has what it wants. An error is the connection's; the relay's own is in the
// relay.
rt::Task<Result<>> read_answer(Upstream& upstream, ClientCall& call, AnswerRelay& relay,
                               ClientAnswer* answer, Deadlines deadlines) {
  rt::Shard& shard = upstream.shard();
  int reads_in_a_row = 0;
  while (relay.outcome() == Outcome::open) {
    rt::Wake wake = rt::Wake::ready;
    if (!call.maybe_readable()) {
      wake = co_await call.readable(deadlines.next(shard.now(), awaited_by(relay)));
      reads_in_a_row = 0;
    } else if (++reads_in_a_row == kReadsInARow) {
      wake = co_await rt::NextRound{};
      if (wake == rt::Wake::ready && shard.now() >= deadlines.total) wake = rt::Wake::timeout;
      reads_in_a_row = 0;
    }
    relay.prefetch();  // While the kernel is asked.
    auto progress = call.receive(relay, wake);
    if (answer != nullptr) answer->flush();
    if (!progress) {
      // The call is closed; the answer may have been whole in front of what broke it.
      if (relay.outcome() != Outcome::open) co_return Result<>{};
      co_return std::unexpected{std::move(progress).error()};
    }
    if (*progress == ClientCall::Progress::ended) co_return Result<>{};
    if (answer == nullptr || !answer->is_backed_up()) continue;
    // A client that takes nothing is left; whether its call goes on is the scope's to say.
    const auto drained = co_await answer->drain();
    if (!drained && drained.error().kind() == ErrorKind::cancelled)
      co_return std::unexpected{drained.error()};
  }
  if (relay.outcome() == Outcome::answered) co_await end_transfer(shard, call, relay);
  co_return Result<>{};
}

// The request to the upstream has been written into memory of its own.
void forget_head(Exchange& exchange) {
  exchange.message.reset();
  exchange.request.release_head();
}

// The request has been sent: its memory is given back.
void forget_request(Exchange& exchange) {
  exchange.message.reset();
  exchange.body = {};
  exchange.request.release();
}

// Nearly every call finds an idle connection, and needs no coroutine to write its request.
[[gnu::noinline]] ClientCall begin_call_now(Exchange& exchange) {
  if (is_repeatable(exchange.method)) return {};
  const auto head = request_head(exchange);
  if (!head) return {};
  const std::string_view pieces[] = {head->view(), exchange.body};
  ClientCall call =
      exchange.upstream.http().client().call_now(pieces, wire::http1::RequestKind::other);
  if (call) forget_request(exchange);
  return call;
}

//= mcp 2026-07-28 basic/patterns/mrtr#inputrequiredresult:opaque MUST NOT
//= mcp 2026-07-28 basic/patterns/mrtr#client-requirements-basic-workflow:echo MUST
//= mcp 2026-07-28 server/utilities/pagination#implementation-guidelines:opaque MUST
//= mcp 2025-11-25 server/utilities/pagination#implementation-guidelines:opaque MUST
[[gnu::noinline]] rt::Task<Result<ClientCall>> begin_call(Exchange& exchange, Time deadline) {
  Upstream& upstream = exchange.upstream;
  JUNCTOR_CO_TRY(const Buffer head, request_head(exchange));
  forget_head(exchange);
  const std::string_view pieces[] = {head.view(), exchange.body};
  const auto repeatable =
      is_repeatable(exchange.method) ? net::Repeatable::yes : net::Repeatable::no;
  auto made = co_await upstream.http().client().call(pieces, wire::http1::RequestKind::other,
                                                     repeatable, deadline);
  upstream.note_attempt(made ? nullptr : &made.error());
  if (made) forget_request(exchange);
  co_return made;
}

//= mcp 2026-07-28 basic/transports#messages:deliver MUST
rt::Task<Result<>> call_over_http(Exchange& exchange, AnswerRelay& relay) {
  Upstream& upstream = exchange.upstream;
  const Deadlines deadlines =
      deadlines_of(upstream, upstream.shard().now(), ends_of(exchange.method));
  ClientCall call = begin_call_now(exchange);
  if (!call) {
    JUNCTOR_CO_TRY(call, co_await begin_call(exchange, deadlines.first_byte));
  }
  co_return co_await read_answer(upstream, call, relay, &exchange.answer, deadlines);
}

// By the upstream's leg.
[[clang::coro_wrapper]] rt::Task<Result<>> call_and_relay(Exchange& exchange, AnswerRelay& relay) {
  if (exchange.upstream.stdio() != nullptr) return call_over_stdio(exchange, relay);
  return call_over_http(exchange, relay);
}

// --- the eras ------------------------------------------------------------------------------------

// What nearly every call finds, without a coroutine.
bool era_surely_fits(const Exchange& exchange) noexcept {
  return exchange.era == wire::Era::modern ? exchange.upstream.surely_speaks_modern()
                                           : exchange.session != nullptr;
}

// Whether the upstream has the client's own era; if not, the client has been told.
[[gnu::noinline]] rt::Task<bool> era_fits(Exchange& exchange) {
  const auto requested = [&](McpPart part) { return exchange.message->part(part).raw; };
  if (exchange.era == wire::Era::legacy) {
    if (exchange.session != nullptr || exchange.upstream.may_speak_legacy()) co_return true;
    exchange.answer.send_unsupported_version(exchange.id, wire::kModernVersionsJson,
                                             requested(McpPart::initialize_version));
    co_return false;
  }
  const auto speaks = co_await exchange.upstream.speaks_modern(
      exchange.began + exchange.upstream.timeouts().first_byte);
  if (!speaks) {
    exchange.answer.send_error(exchange.id, speaks.error(), exchange.upstream.name());
  } else if (!*speaks) {
    exchange.answer.send_unsupported_version(exchange.id, wire::kLegacyVersionsJson,
                                             requested(McpPart::version));
  }
  co_return speaks && *speaks;
}

// What went wrong, if anything: of the connection, or of what came over it.
std::optional<Error> failure_of(const Result<>& transfer, const AnswerRelay& relay) {
  if (relay.outcome() == Outcome::answered) return std::nullopt;
  if (relay.outcome() == Outcome::failed) return relay.failure();
  if (!transfer) return transfer.error();
  return interruption();
}

CallOutcome outcome_of(const std::optional<Error>& error, const AnswerRelay& relay) noexcept {
  if (!error) return relay.is_error_answer() ? CallOutcome::error_answer : CallOutcome::ok;
  return error->kind() == ErrorKind::cancelled ? CallOutcome::cancelled : CallOutcome::failed;
}

// The end of a subscription that the gateway has to end: an empty result, so that the client comes
// back.
[[gnu::noinline]] void end_subscription(Exchange& exchange) {
  const std::string text = fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete","_meta":{{"{}":{}}}}}}})",
      exchange.id, wire::kMetaSubscriptionId, exchange.id);
  Pieces message;
  message.add(text);
  exchange.answer.send_final(200, message);
}

rt::Task<CallOutcome> call_stateless(Exchange& exchange) {
  AnswerRelay relay{
      exchange.limits, &exchange.answer, {.era = wire::Era::modern, .id = exchange.id}};
  //= mcp 2026-07-28 basic/transports/streamable-http#cancellation:disconnect MUST
  //= mcp 2026-07-28 basic/transports/streamable-http#cancellation:silence MUST NOT
  //= mcp 2026-07-28 basic/patterns/cancellation#transport-specific-cancellation:disconnect MUST
  //= mcp 2026-07-28 basic/patterns/cancellation#timing-considerations:race MUST
  rt::Cancellation scope;
  exchange.answer.cancel_on_gone(scope);
  if (scope.requested()) co_return CallOutcome::cancelled;  // Left while the era was found out.
  const bool subscribes = ends_of(exchange.method) == Ends::never;
  if (subscribes) exchange.upstream.add_subscription(scope);
  const auto transfer = co_await scope.run(call_and_relay(exchange, relay));
  if (subscribes) exchange.upstream.remove_subscription(scope);
  exchange.answer.stop_cancelling();
  const auto error = failure_of(transfer, relay);
  if (error && !exchange.answer.gone()) {
    if (subscribes && error->kind() == ErrorKind::cancelled) {
      end_subscription(exchange);
    } else {
      exchange.answer.send_error(exchange.id, *error, exchange.upstream.name());
    }
  }
  co_return outcome_of(error, relay);
}

// --- sessions ------------------------------------------------------------------------------------

void refuse(Exchange& exchange, int status, int code, const Error& error) {
  exchange.answer.send_error(
      status, exchange.id,
      {code, error.detail(), fmt::format(R"({{"reason":"{}"}})", error.reason())});
}

// The session is opened by the first thing that comes back and not when the request goes out: most
// that fail, fail before that.
[[gnu::noinline]] rt::Task<CallOutcome> call_initialize(Exchange& exchange) {
  std::shared_ptr<Session> session;
  if (const auto room = exchange.sessions->admit(exchange.request.peer()); !room) {
    refuse(exchange, error_facts(room.error().kind()).http_status, wire::kInternalError,
           room.error());
    co_return CallOutcome::failed;
  }
  const rt::Endpoint peer = exchange.request.peer();
  if (StdioLeg* const leg = exchange.upstream.stdio(); leg != nullptr)
    exchange.twin = std::make_unique<StdioTwin>(*leg);
  AnswerRelay::Opening opening{.tell = [&](const AnswerRelay::Opening& facts) {
    if (session == nullptr) {
      auto opened = exchange.sessions->open(&exchange.upstream, facts.upstream_session_id, peer);
      // Admitted a moment ago: full since then. The client gets no session id.
      if (!opened) return;
      session = *std::move(opened);
      exchange.answer.set_session_id(session->id());
      if (exchange.twin != nullptr) session->take_twin(std::move(exchange.twin));
    }
    if (facts.version != nullptr) session->set_version(*facts.version);
  }};
  AnswerRelay relay{exchange.limits,
                    &exchange.answer,
                    {.era = wire::Era::legacy, .id = exchange.id, .opening = &opening}};
  const auto transfer = co_await call_and_relay(exchange, relay);
  const auto error = failure_of(transfer, relay);
  if ((error || relay.is_error_answer()) && session != nullptr)
    exchange.sessions->close(*session, SessionStore::Twin::end);
  if (error) exchange.answer.send_error(exchange.id, *error, exchange.upstream.name());
  co_return outcome_of(error, relay);
}

//= mcp 2025-11-25 basic/transports#session-management:anew MUST
// The session is gone upstream: the client's ends too.
[[gnu::noinline]] void end_lost_session(Exchange& exchange) {
  if (exchange.federated != nullptr) {
    exchange.federated->session_was_lost = true;
    return;
  }
  exchange.sessions->close(*exchange.session, SessionStore::Twin::gone);
  refuse_ended_session(exchange.answer, exchange.id);
}

// The upstream wants to be asked again for the rest of its answer. The client may come back for it
// too, or stay.
rt::Task<void> go_on_by_get(Exchange& exchange, const std::shared_ptr<SessionStream>& stream,
                            const AnswerRelay& relay) {
  ClientAnswer& answer = exchange.answer;
  Resume resume{exchange.id, relay.last_event_id(), relay.retry(),
                exchange.began + exchange.upstream.timeouts().total};
  Session::spawn(exchange.session,
                 resume_stream(exchange.session, stream, std::move(resume), exchange.limits));
  //= mcp 2025-11-25 basic/transports#sending-messages-to-the-server MAY
  if (exchange.session->version().priming_event && stream->has_ids()) stream->close_reader();
  if (stream->reader() == &answer) (void)co_await answer.left.wait(kNever);
  stream->detach(answer);
}

// An answer of a session ended before its last message, and the client has to be told.
void tell_in_session(Exchange& exchange, SessionStream& stream, const Error& error,
                     const Session::Call& call) {
  ClientAnswer& answer = exchange.answer;
  if (call.is_unwanted) {
    stream.detach(answer);
    if (answer.started() || answer.gone()) return;
    answer.accepted().events ? answer.end_events() : answer.send_empty(202);
  } else if (answer.has_events() || answer.ended() || answer.gone()) {
    tell(stream, exchange.id, error, exchange.upstream.name());
  } else if (exchange.session->closed() && !answer.started()) {
    refuse_ended_session(answer, exchange.id);
  } else {
    answer.send_error(exchange.id, error, exchange.upstream.name());
  }
}

rt::Task<void> settle_in_session(Exchange& exchange, const std::shared_ptr<SessionStream>& stream,
                                 const AnswerRelay& relay, const std::optional<Error>& error,
                                 const Session::Call& call) {
  ClientAnswer& answer = exchange.answer;
  const bool may_resume = relay.outcome() == Outcome::interrupted &&
                          !relay.last_event_id().empty() && answer.accepted().events &&
                          !exchange.session->closed() && !call.is_unwanted;
  if (error && may_resume) co_return co_await go_on_by_get(exchange, stream, relay);
  if (error) tell_in_session(exchange, *stream, *error, call);
  stream->detach(answer);
  if (answer.has_events()) answer.end_events();
  if (!stream->ended()) stream->end();
}

// The call's scope is its own: a client that leaves does not cancel it, since it may come back for
// the answer; only a notification does, or the end of the session.
[[gnu::noinline]] rt::Task<CallOutcome> call_in_session(Exchange& exchange) {
  const std::shared_ptr<Session> session = exchange.session;
  Session::Call call;
  call.id = exchange.id;
  if (const auto begun = session->begin(call); !begun) {
    refuse(exchange, error_facts(begun.error().kind()).http_status, wire::kInvalidRequest,
           begun.error());
    co_return CallOutcome::failed;
  }
  const std::shared_ptr<SessionStream> stream = session->open_stream();
  if (exchange.answer.accepted().events) stream->attach(exchange.answer);
  AnswerRelay relay{exchange.limits,
                    &exchange.answer,
                    {.era = wire::Era::legacy,
                     .had_session = session->has_twin(),
                     .id = exchange.id,
                     .stream = stream.get()}};
  const auto transfer = co_await call.scope.run(call_and_relay(exchange, relay));
  session->end(call);
  if (relay.outcome() == Outcome::session_lost) {
    stream->detach(exchange.answer);
    stream->end();
    end_lost_session(exchange);
    co_return CallOutcome::failed;
  }
  const auto error = failure_of(transfer, relay);
  co_await settle_in_session(exchange, stream, relay, error, call);
  co_return outcome_of(error, relay);
}

//= mcp 2026-07-28 basic#notifications:silence MUST NOT
//= mcp 2025-11-25 basic#notifications:silence MUST NOT
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:accepted MUST
//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:not-accepted MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:accepted MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:not-accepted MUST
//= mcp 2025-11-25 basic/utilities/cancellation#timing-considerations:race MUST
// A notification, or the client's answer to a request of the upstream.
[[gnu::noinline]] rt::Task<CallOutcome> pass_on(Exchange& exchange) {
  const bool in_session = exchange.session != nullptr;
  AnswerRelay relay{exchange.limits,
                    &exchange.answer,
                    {.asked = Asked::notification,
                     .era = exchange.era,
                     .had_session = in_session && exchange.session->has_twin()}};
  std::string cancelled;
  if (in_session && exchange.method != nullptr && exchange.method->method == McpMethod::cancelled) {
    cancelled = exchange.message->part(McpPart::cancelled_id).raw;
    Session::Call* const call = exchange.session->find_call(cancelled);
    if (call != nullptr) call->is_unwanted = true;
  }
  const auto transfer = co_await call_and_relay(exchange, relay);
  if (relay.outcome() == Outcome::session_lost) {
    end_lost_session(exchange);
    co_return CallOutcome::failed;
  }
  if (!cancelled.empty() && !exchange.session->closed()) {
    Session::spawn(exchange.session, cancel_after_grace(exchange.session, std::move(cancelled),
                                                        exchange.limits.cancel_grace));
  }
  const auto error = failure_of(transfer, relay);
  if (error) {
    exchange.answer.send_error({}, *error, exchange.upstream.name());
  } else if (!exchange.answer.started()) {
    exchange.answer.send_empty(202);
  }
  co_return outcome_of(error, relay);
}

// Three ways to ask, and one for what has no answer.
[[clang::coro_wrapper]] rt::Task<CallOutcome> call_upstream(Exchange& exchange) {
  if (exchange.id.empty()) return pass_on(exchange);
  if (exchange.era == wire::Era::modern) return call_stateless(exchange);
  return exchange.session != nullptr ? call_in_session(exchange) : call_initialize(exchange);
}

}  // namespace

rt::Task<void> run_exchange(Exchange& exchange) {
  Upstream& upstream = exchange.upstream;
  exchange.began = upstream.shard().now();
  auto outcome = CallOutcome::refused;

  if (!upstream.try_admit()) {  // 1. Is there room for one more call?
    const Error full{ErrorKind::rate_limited, "upstream_busy",
                     "Too many calls of this upstream are under way."};
    exchange.answer.send_error(exchange.id, full, upstream.name());
  } else {
    outcome = CallOutcome::failed;
    // 5. Does the upstream speak the client's era?
    if (era_surely_fits(exchange) || co_await era_fits(exchange)) {
      outcome = co_await call_upstream(exchange);  // 6, 7. Ask; the answer goes back as it comes.
    }
  }
  const Duration took = upstream.shard().now() - exchange.began;
  upstream.settle(exchange.method, outcome, took);  // 8. Count it.
}

void refuse_ended_session(ClientAnswer& answer, std::string_view id) {
  answer.send_error(
      404, id,
      {wire::kInvalidRequest, "The session has ended; begin a new one with initialize.",
       R"({"reason":"session_lost"})"});
}

// An upstream that was told may still answer, with the result or with what it made of the wish;
// after the grace nobody waits for that any more.
rt::Task<void> cancel_after_grace(std::shared_ptr<Session> session, std::string id,
                                  Duration grace) {
  rt::Shard& shard = session->upstream().shard();
  if (co_await rt::sleep_until(shard.now() + grace) == rt::Wake::cancelled) co_return;
  if (Session::Call* call = session->find_call(id); call != nullptr) call->scope.request();
}

}  // namespace junctor::agent
