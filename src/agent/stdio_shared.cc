#include "agent/stdio_shared.h"

#include "agent/splice.h"
#include "agent/stdio_leg.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"
#include "wire/mcp.h"

namespace junctor::agent {
namespace {

wire::JsonValue params_of(const UpstreamMessage& message) {
  return wire::json_member(wire::json_value(message.text), "params");
}

// The id of the subscription that a notification or a result belongs to.
wire::JsonValue subscription_of(const wire::JsonValue& bearer) {
  return wire::json_member(wire::json_member(bearer, "_meta"), wire::kMetaSubscriptionId);
}

}  // namespace

void StdioSharedSink::take(const UpstreamMessage& message) {
  const wire::JsonValue subscription =
      subscription_of(message.is_final() ? message.result : params_of(message));
  if (!subscription) return client_.take(message);
  const std::string text = text_of(spliced(message.text, {{subscription.raw, id_}}));
  client_.take(read_upstream_message(text));
}

rt::Task<void> StdioShared::boot() {
  const Use use{*this};
  (void)co_await process(leg().shard().now() + leg().settings().start_timeout);
}

rt::Task<Result<>> StdioShared::greet(StdioConnection& /*fresh*/, Time /*deadline*/) {
  co_return Result<>{};
}

//= mcp 2026-07-28 basic/patterns/subscriptions#receiving-notifications MUST
// The call's sink gives a subscription the client's own id again.
void StdioShared::on_said(const UpstreamMessage& message) {
  if (message.kind != wire::JsonRpcKind::notification) return;
  const wire::JsonValue params = params_of(message);
  if (const auto subscription = subscription_of(params); subscription) {
    if (StdioCall* const call = find_call(*running(), subscription.raw); call != nullptr)
      call->take(message);
    return;
  }
  if (take_progress(*running(), message)) return;
  const auto& calls = running()->calls();
  if (calls.size() == 1) calls.front()->take(message);
}

}  // namespace junctor::agent
