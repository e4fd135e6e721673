#include "agent/stdio_twin.h"

#include <algorithm>
#include <utility>

#include "agent/client_profile.h"
#include "agent/session.h"
#include "agent/stdio_handshake.h"
#include "agent/stdio_hub.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"
#include "wire/mcp.h"

namespace junctor::agent {
namespace {

using wire::McpMethod;

// What a session is told as a whole, and no call of it.
bool is_of_session(const wire::MethodFacts* method) noexcept {
  if (method == nullptr) return false;
  switch (method->method) {
    case McpMethod::tools_list_changed:
    case McpMethod::prompts_list_changed:
    case McpMethod::resources_list_changed:
    case McpMethod::resources_updated:
    case McpMethod::elicitation_complete:
    case McpMethod::tasks_status: return true;
    default: return false;
  }
}

// Servers in JavaScript write a string with other escapes than they read it.
bool same_scalar(std::string_view a, std::string_view b) {
  if (a == b) return !a.empty();
  return a.starts_with('"') && b.starts_with('"') &&
         wire::unescape_json_string(a) == wire::unescape_json_string(b);
}

}  // namespace

std::string subscribed_uri(std::string_view params) {
  return wire::json_text_member(wire::json_value(params), "uri").value_or(std::string{});
}

StdioTwin::StdioTwin(StdioLeg& leg) : leg_{leg}, last_used_{leg.shard().now()} {
  leg_.add(*this);
}

StdioTwin::~StdioTwin() {
  JUNCTOR_ASSERT(uses_ == 0);
  close();
  leg_.remove(*this);
}

StdioTwin::Use::Use(StdioTwin& twin) noexcept : twin_{twin} {
  ++twin_.uses_;
  twin_.disarm();
}

StdioTwin::Use::~Use() {
  JUNCTOR_ASSERT(twin_.uses_ > 0);
  if (--twin_.uses_ != 0) return;
  rt::Shard& shard = twin_.leg_.shard();
  twin_.last_used_ = shard.now();
  if (twin_.connection_ != nullptr)
    twin_.arm(shard.timers(), shard.now() + twin_.leg_.settings().idle_timeout);
}

void StdioTwin::on_timer() noexcept {
  stop_process();
}

std::pair<bool, Time> StdioTwin::idle_rank() const noexcept {
  const bool is_heard = session_ != nullptr && session_->standalone()->reader() != nullptr;
  return {is_heard, last_used_};
}

void StdioTwin::stop_process() noexcept {
  disarm();
  if (connection_ == nullptr) return;
  connection_->listen(nullptr);
  std::exchange(connection_, nullptr)->close();
}

void StdioTwin::close() noexcept {
  closed_ = true;
  if (hub_ != nullptr) std::exchange(hub_, nullptr)->remove(*this);
  session_ = nullptr;
  stop_process();
}

void StdioTwin::on_ended() noexcept {
  disarm();
  connection_.reset();
}

void StdioTwin::adopt(std::shared_ptr<StdioConnection> connection) {
  connection->listen(this);
  connection_ = std::move(connection);
}

// A client that can be asked something keeps a process of its own.
bool StdioTwin::join(std::string_view params) {
  JUNCTOR_ASSERT(hub_ == nullptr);
  if (leg_.settings().isolation != ChildIsolation::shared) return false;
  const wire::JsonValue hello = wire::json_value(params);
  const wire::VersionFacts* const version =
      wire::find_version(wire::json_member(hello, "protocolVersion"));
  if (version == nullptr || version->era != wire::Era::legacy) return false;
  if (profile_of(wire::json_member(hello, "capabilities")) != ClientProfile{}) return false;
  hub_ = &leg_.hub(*version);
  hub_->add(*this);
  return true;
}

rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioTwin::begin(std::string_view params,
                                                                    Time deadline) {
  if (params.size() <= kHandshakeBytesMax) handshake_ = params;
  JUNCTOR_CO_TRY(auto connection, co_await leg_.start(deadline));
  adopt(connection);
  co_return connection;
}

// One start at a time; the others wait for it.
rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioTwin::process(Time deadline) {
  JUNCTOR_ASSERT(uses_ > 0);
  while (true) {
    if (closed_) co_return fail(ErrorKind::cancelled, "cancelled");
    if (connection_ != nullptr && !start_.is_under_way()) co_return connection_;
    if (!start_.is_under_way()) break;
    JUNCTOR_CO_CHECK(
        co_await start_.landed(deadline, "The server's process did not start in time."));
  }
  const SingleFlight::Attempt attempt{start_};
  auto made = co_await restart(deadline);
  if (!made) stop_process();
  co_return made;
}

rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioTwin::restart(Time deadline) {
  if (handshake_.empty()) {
    co_return fail(ErrorKind::unavailable, "upstream_stream_lost",
                   "The server's process ended; begin a new session with initialize.");
  }
  JUNCTOR_CO_TRY(auto connection, co_await leg_.start(deadline));
  const Time until = std::min(deadline, leg_.shard().now() + leg_.settings().start_timeout);
  SessionWords words{.handshake = handshake_, .level = level_, .subscriptions = {}};
  for (const Subscription& each : subscriptions_) words.subscriptions.push_back(each.params);
  // What the server answers was told to the client once; that it answers at all is what counts.
  const auto begun = co_await begin_session(*connection, std::move(words), until);
  if (!begun || closed_) {
    connection->close();
    if (!begun) co_return std::unexpected{begun.error()};
    co_return fail(ErrorKind::cancelled, "cancelled");
  }
  adopt(connection);
  co_return connection;
}

StdioConnection* StdioTwin::running() noexcept {
  return hub_ != nullptr ? hub_->running() : connection_.get();
}

bool StdioTwin::note_level(std::string_view params) {
  level_ = params;
  return hub_ == nullptr || hub_->raise_level(params);
}

// Bounded: what is over the limit is not told again, which a client learns by hearing nothing.
void StdioTwin::note_subscription(std::string_view params) {
  forget_subscription(params);
  if (subscriptions_.size() < kSubscriptionsMax && params.size() <= kHandshakeBytesMax)
    subscriptions_.push_back({subscribed_uri(params), std::string{params}});
}

bool StdioTwin::has_subscription(std::string_view uri) const {
  return std::ranges::find(subscriptions_, uri, &Subscription::uri) != subscriptions_.end();
}

void StdioTwin::forget_subscription(std::string_view params) {
  const std::string uri = subscribed_uri(params);
  std::erase_if(subscriptions_, [&](const Subscription& each) { return each.uri == uri; });
}

// Progress names its call. Anything else that is not of the session as a whole goes to the oldest
// call that can show it: there is one client, so it is never told what is not its own.
StdioCall* StdioTwin::call_of(const UpstreamMessage& message) const {
  const auto& calls = connection_->calls();
  const wire::MethodFacts* const method = wire::find_method(message.method);
  if (calls.empty() || is_of_session(method)) return nullptr;
  if (method != nullptr && method->method == McpMethod::progress) {
    const auto params = wire::json_member(wire::json_value(message.text), "params");
    const auto token = wire::json_member(params, "progressToken");
    for (StdioCall* call : calls) {
      if (same_scalar(call->client().progress_token, token.raw)) return call;
    }
    return nullptr;
  }
  return calls.front();
}

// Into the standalone stream also without a reader: it is kept for the next one.
void StdioTwin::on_said(const UpstreamMessage& message) {
  if (StdioCall* const call = call_of(message); call != nullptr) return call->take(message);
  tell_session(message);
}

void StdioTwin::tell_session(const UpstreamMessage& message) {
  if (session_ == nullptr) return;  // Before the answer to `initialize`: there is no session yet.
  session_->standalone()->say(message);
  session_->standalone()->flush();
}

}  // namespace junctor::agent
