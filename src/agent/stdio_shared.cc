#include "agent/stdio_shared.h"

#include <utility>

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

StdioShared::~StdioShared() {
  JUNCTOR_ASSERT(uses_ == 0);
  if (connection_ != nullptr) connection_->listen(nullptr);
}

StdioShared::Use::Use(StdioShared& shared) noexcept : shared_{shared} {
  ++shared_.uses_;
  shared_.disarm();
}

StdioShared::Use::~Use() {
  JUNCTOR_ASSERT(shared_.uses_ > 0);
  if (--shared_.uses_ != 0 || shared_.connection_ == nullptr) return;
  rt::Shard& shard = shared_.leg_.shard();
  shared_.arm(shard.timers(), shard.now() + shared_.leg_.settings().idle_timeout);
}

void StdioShared::on_timer() noexcept {
  (void)stop_if_idle();
}

bool StdioShared::stop_if_idle() noexcept {
  if (connection_ == nullptr || uses_ != 0 || start_.is_under_way()) return false;
  disarm();
  connection_->listen(nullptr);
  std::exchange(connection_, nullptr)->close();
  return true;
}

void StdioShared::on_ended() noexcept {
  disarm();
  connection_.reset();
}

// One start at a time; the others wait for it, and each that finds it failed tries for itself.
rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioShared::process(Time deadline) {
  while (true) {
    if (connection_ != nullptr) co_return connection_;
    if (!start_.is_under_way()) break;
    JUNCTOR_CO_CHECK(
        co_await start_.landed(deadline, "The server's process did not start in time."));
  }
  const SingleFlight::Attempt attempt{start_};
  auto made = co_await leg_.start(deadline);
  if (!made) co_return std::unexpected{std::move(made).error()};
  (*made)->listen(this);
  connection_ = *made;
  co_return connection_;
}

rt::Task<void> StdioShared::boot() {
  const Use use{*this};
  (void)co_await process(leg_.shard().now() + leg_.settings().start_timeout);
}

//= mcp 2026-07-28 basic/patterns/subscriptions#receiving-notifications MUST
// The call's sink gives a subscription the client's own id again.
void StdioShared::on_said(const UpstreamMessage& message) {
  if (message.kind != wire::JsonRpcKind::notification) return;
  const wire::JsonValue params = params_of(message);
  if (const auto subscription = subscription_of(params); subscription) {
    if (StdioCall* const call = find_call(*connection_, subscription.raw); call != nullptr)
      call->take(message);
    return;
  }
  if (take_progress(*connection_, message)) return;
  const auto& calls = connection_->calls();
  if (calls.size() == 1) calls.front()->take(message);
}

}  // namespace junctor::agent
