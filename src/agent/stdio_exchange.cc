#include "agent/stdio_exchange.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/splice.h"
#include "agent/stdio_connection.h"
#include "agent/stdio_hub.h"
#include "agent/stdio_leg.h"
#include "agent/stdio_shared.h"
#include "agent/stdio_twin.h"

namespace junctor::agent {
namespace {

using wire::McpMethod;
using wire::McpPart;
using Outcome = AnswerRelay::Outcome;
using Connection = std::shared_ptr<StdioConnection>;

Time start_deadline(const Exchange& exchange, const StdioLeg& leg, Time total) {
  return std::min(total, exchange.upstream.shard().now() + leg.settings().start_timeout);
}

StdioCall::Client client_of(const Exchange& exchange) {
  return {.id = exchange.id,
          .progress_token = std::string{exchange.message->part(McpPart::progress_token).raw}};
}

// The request has been written: its memory is given back.
void forget_request(Exchange& exchange) {
  exchange.message.reset();
  exchange.body = {};
  exchange.request.release();
}

// A client that takes nothing holds up a process of its own, and never one that others use.
rt::Task<Result<>> relay_answer(StdioCall& call, AnswerRelay& relay, ClientAnswer& answer,
                                StdioConnection* own, Time total) {
  while (relay.outcome() == Outcome::open) {
    JUNCTOR_CO_CHECK(co_await next_message(call, total));
    answer.flush();
    const std::optional<Error>& failure = call.failure();
    if (failure && relay.outcome() == Outcome::open) co_return std::unexpected{*failure};
    if (own == nullptr || !answer.is_backed_up()) continue;
    const StdioConnection::Pause pause{*own};
    const auto drained = co_await answer.drain();
    if (!drained && drained.error().kind() == ErrorKind::cancelled)
      co_return std::unexpected{drained.error()};
  }
  co_return Result<>{};
}

// Of a channel that several clients share: the number is the call's id and its progress token.
rt::Task<Result<>> ask_for(Exchange& exchange, AnswerRelay& relay, StdioCall& call,
                           StdioConnection& connection, Time total) {
  const std::string number = std::to_string(call.number());
  JUNCTOR_CO_CHECK(connection.send(
      spliced(exchange.body, {{exchange.message->message.id.raw, number},
                              {exchange.message->part(McpPart::progress_token).raw, number}})));
  forget_request(exchange);
  auto relayed = co_await relay_answer(call, relay, exchange.answer, nullptr, total);
  if (!relayed && !call.failure()) {
    const bool late = relayed.error().kind() == ErrorKind::deadline_exceeded;
    tell_cancelled(connection, call, late ? "timeout" : "the client left");
  }
  co_return relayed;
}

// --- a process of its own ------------------------------------------------------------------------

// What a process that takes this one's place has to be told again.
void remember(StdioTwin& twin, const Exchange& exchange) {
  if (exchange.method == nullptr) return;
  const std::string_view params = exchange.message->part(McpPart::params).raw;
  switch (exchange.method->method) {
    case McpMethod::logging_set_level: (void)twin.note_level(params); break;
    case McpMethod::resources_subscribe: twin.note_subscription(params); break;
    case McpMethod::resources_unsubscribe: twin.forget_subscription(params); break;
    default: break;
  }
}

// A cancellation names its call by the number that the process knows. One of a call that is over
// already is dropped: the number of another would be a worse answer than none.
Result<> pass_on_to(StdioConnection& connection, const Exchange& exchange) {
  const wire::JsonValue cancelled = exchange.message->part(McpPart::cancelled_id);
  const bool cancels =
      exchange.method != nullptr && exchange.method->method == McpMethod::cancelled;
  if (!cancels) return connection.send(spliced(exchange.body, {}));
  const auto call = std::ranges::find_if(connection.calls(), [&](const StdioCall* each) {
    return each->client().id == cancelled.raw;
  });
  if (call == connection.calls().end()) return {};
  const std::string number = std::to_string((*call)->number());
  return connection.send(spliced(exchange.body, {{cancelled.raw, number}}));
}

rt::Task<Result<Connection>> own_process(Exchange& exchange, StdioTwin& twin, Time total) {
  const Time until = start_deadline(exchange, *exchange.upstream.stdio(), total);
  if (exchange.session != nullptr) co_return co_await twin.process(until);
  co_return co_await twin.begin(exchange.message->part(McpPart::params).raw, until);
}

rt::Task<Result<>> call_own(Exchange& exchange, AnswerRelay& relay, StdioTwin& twin) {
  const StdioTwin::Use use{twin};
  Upstream& upstream = exchange.upstream;
  if (exchange.id.empty()) {
    // Nothing of this kind is worth a start: a new process knows of nothing that it could be about.
    relay.accept();
    co_return twin.running() == nullptr ? Result<>{} : pass_on_to(*twin.running(), exchange);
  }
  const Time total = upstream.shard().now() + upstream.timeouts().total;
  const auto process = co_await own_process(exchange, twin, total);
  upstream.note_attempt(process ? nullptr : &process.error());
  if (!process) co_return std::unexpected{process.error()};
  const Connection& connection = *process;
  remember(twin, exchange);
  StdioCall call{*connection, relay, client_of(exchange)};
  const std::string number = std::to_string(call.number());
  JUNCTOR_CO_CHECK(
      connection->send(spliced(exchange.body, {{exchange.message->message.id.raw, number}})));
  forget_request(exchange);
  auto relayed = co_await relay_answer(call, relay, exchange.answer, connection.get(), total);
  // A client that cancels has told the process itself.
  if (!relayed && relayed.error().kind() == ErrorKind::deadline_exceeded)
    tell_cancelled(*connection, call, "timeout");
  co_return relayed;
}

// --- a process of several sessions ---------------------------------------------------------------

// What has no answer and is of the client's state is ours to keep: the process serves others too.
Result<> pass_on_to_hub(StdioHub& hub, const StdioTwin& twin, const Exchange& exchange) {
  const bool cancels =
      exchange.method != nullptr && exchange.method->method == McpMethod::cancelled;
  if (!cancels || hub.running() == nullptr) return {};
  const std::string_view id = exchange.message->part(McpPart::cancelled_id).raw;
  for (const StdioCall* call : hub.running()->calls()) {
    if (call->client().twin == &twin && call->client().id == id)
      tell_cancelled(*hub.running(), *call, "the client cancelled");
  }
  return {};
}

// The raw result of a request that the process need not be asked for this session; empty: it is.
std::string_view known_result(StdioHub& hub, const StdioTwin& twin, const Exchange& exchange) {
  if (exchange.session == nullptr) return hub.hello();
  if (exchange.method == nullptr) return {};
  const std::string_view params = exchange.message->part(McpPart::params).raw;
  switch (exchange.method->method) {
    case McpMethod::logging_set_level: return hub.raise_level(params) ? "" : "{}";
    case McpMethod::resources_unsubscribe:
      return hub.is_wanted(subscribed_uri(params), twin) ? "{}" : "";
    default: return {};
  }
}

rt::Task<Result<>> call_at_hub(Exchange& exchange, AnswerRelay& relay, StdioTwin& twin) {
  StdioHub& hub = *twin.hub();
  const StdioHub::Use use{hub};
  if (exchange.id.empty()) {
    relay.accept();
    co_return pass_on_to_hub(hub, twin, exchange);
  }
  Upstream& upstream = exchange.upstream;
  const Time total = upstream.shard().now() + upstream.timeouts().total;
  const auto process = co_await hub.process(start_deadline(exchange, *upstream.stdio(), total));
  upstream.note_attempt(process ? nullptr : &process.error());
  if (!process) co_return std::unexpected{process.error()};
  const Connection& connection = *process;
  const std::string_view known = known_result(hub, twin, exchange);
  remember(twin, exchange);
  if (!known.empty()) {
    const std::string answer =
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", exchange.id, known);
    relay.take(read_upstream_message(answer));
    co_return Result<>{};
  }
  StdioCall::Client client = client_of(exchange);
  client.twin = &twin;
  StdioCall call{*connection, relay, std::move(client)};
  co_return co_await ask_for(exchange, relay, call, *connection, total);
}

// --- the process of all --------------------------------------------------------------------------

rt::Task<Result<>> call_shared(Exchange& exchange, AnswerRelay& relay, StdioShared& shared) {
  const StdioShared::Use use{shared};
  Upstream& upstream = exchange.upstream;
  const bool listens =
      exchange.method != nullptr && exchange.method->method == McpMethod::subscriptions_listen;
  const Time total = listens ? kNever : upstream.shard().now() + upstream.timeouts().total;
  const auto process = co_await shared.process(start_deadline(exchange, *upstream.stdio(), total));
  upstream.note_attempt(process ? nullptr : &process.error());
  if (!process) co_return std::unexpected{process.error()};
  const Connection& connection = *process;
  if (exchange.id.empty()) {
    // Over HTTP a client cancels by leaving; a notification would name another client's call.
    relay.accept();
    const bool cancels =
        exchange.method != nullptr && exchange.method->method == McpMethod::cancelled;
    co_return cancels ? Result<>{} : connection->send(spliced(exchange.body, {}));
  }
  StdioSharedSink sink{relay, exchange.id};
  StdioCall call{*connection, sink, client_of(exchange)};
  co_return co_await ask_for(exchange, relay, call, *connection, total);
}

// It is started for the one call, and goes with it.
rt::Task<Result<>> call_alone(Exchange& exchange, AnswerRelay& relay, StdioLeg& leg) {
  if (exchange.id.empty()) {
    relay.accept();
    co_return Result<>{};
  }
  StdioShared alone{leg};
  auto relayed = co_await call_shared(exchange, relay, alone);
  (void)alone.stop_if_idle();
  co_return relayed;
}

}  // namespace

[[clang::coro_wrapper]] rt::Task<Result<>> call_over_stdio(Exchange& exchange, AnswerRelay& relay) {
  if (exchange.era == wire::Era::modern) {
    StdioLeg& leg = *exchange.upstream.stdio();
    return leg.shares_stateless() ? call_shared(exchange, relay, leg.shared())
                                  : call_alone(exchange, relay, leg);
  }
  StdioTwin* const twin =
      exchange.session != nullptr ? exchange.session->stdio() : exchange.twin.get();
  JUNCTOR_ASSERT(twin != nullptr);
  if (exchange.session == nullptr) (void)twin->join(exchange.message->part(McpPart::params).raw);
  if (twin->hub() != nullptr) return call_at_hub(exchange, relay, *twin);
  return call_own(exchange, relay, *twin);
}

}  // namespace junctor::agent
