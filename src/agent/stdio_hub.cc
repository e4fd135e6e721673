#include "agent/stdio_hub.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/own_words.h"
#include "agent/stdio_handshake.h"
#include "agent/stdio_leg.h"
#include "agent/stdio_twin.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

using wire::McpMethod;

wire::JsonValue member_of(std::string_view params, std::string_view name) {
  return wire::json_member(wire::json_value(params), name);
}

std::string uri_of(std::string_view params) {
  return wire::json_text_member(wire::json_value(params), "uri").value_or(std::string{});
}

}  // namespace

StdioHub::~StdioHub() {
  JUNCTOR_ASSERT(uses_ == 0 && twins_.empty());
  if (connection_ != nullptr) connection_->listen(nullptr);
}

StdioHub::Use::Use(StdioHub& hub) noexcept : hub_{hub} {
  ++hub_.uses_;
  hub_.disarm();
}

StdioHub::Use::~Use() {
  JUNCTOR_ASSERT(hub_.uses_ > 0);
  if (--hub_.uses_ != 0 || hub_.connection_ == nullptr) return;
  rt::Shard& shard = hub_.leg_.shard();
  hub_.arm(shard.timers(), shard.now() + hub_.leg_.settings().idle_timeout);
}

// What nobody else wants to hear is not said any more. The id is one that no call has: they count
// from 1.
void StdioHub::remove(StdioTwin& twin) noexcept {
  std::erase(twins_, &twin);
  if (connection_ == nullptr) return;
  for (const std::string& params : twin.subscriptions()) {
    if (is_wanted(params, twin)) continue;
    Pieces message;
    message.add(R"({"jsonrpc":"2.0","id":0,"method":"resources/unsubscribe","params":)");
    message.add(params);
    message.add("}");
    (void)connection_->send(message);
  }
}

void StdioHub::on_timer() noexcept {
  (void)stop_if_idle();
}

bool StdioHub::stop_if_idle() noexcept {
  if (connection_ == nullptr || uses_ != 0 || start_.is_under_way()) return false;
  disarm();
  connection_->listen(nullptr);
  std::exchange(connection_, nullptr)->close();
  return true;
}

void StdioHub::on_ended() noexcept {
  disarm();
  connection_.reset();
}

// One start at a time; the others wait for it, and each that finds it failed tries for itself.
rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioHub::process(Time deadline) {
  JUNCTOR_ASSERT(uses_ > 0);
  while (true) {
    if (connection_ != nullptr) co_return connection_;
    if (!start_.is_under_way()) break;
    JUNCTOR_CO_CHECK(
        co_await start_.landed(deadline, "The server's process did not start in time."));
  }
  const SingleFlight::Attempt attempt{start_};
  co_return co_await start(deadline);
}

rt::Task<Result<std::shared_ptr<StdioConnection>>> StdioHub::start(Time deadline) {
  JUNCTOR_CO_TRY(auto connection, co_await leg_.start(deadline));
  const Time until = std::min(deadline, leg_.shard().now() + leg_.settings().start_timeout);
  SessionWords words{.handshake = handshake_params("{}", version_),
                     .level = level_,
                     .subscriptions = subscriptions()};
  const auto answer = co_await begin_session(*connection, std::move(words), until);
  const UpstreamMessage hello = read_upstream_message(answer ? *answer : std::string_view{});
  if (!answer || hello.kind != wire::JsonRpcKind::response) {
    connection->close();
    if (!answer) co_return std::unexpected{answer.error()};
    co_return fail(ErrorKind::corrupt, "upstream_refused",
                   fmt::format("The server's process refused to begin a session: error {}.",
                               hello.error_code.raw));
  }
  hello_ = hello.result.raw;
  connection->listen(this);
  connection_ = connection;
  co_return connection;
}

// Each resource once.
std::vector<std::string> StdioHub::subscriptions() const {
  std::vector<std::string> all;
  for (auto twin = twins_.begin(); twin != twins_.end(); ++twin) {
    for (const std::string& params : (*twin)->subscriptions()) {
      const bool is_told = std::any_of(twins_.begin(), twin, [&](const StdioTwin* before) {
        return before->has_subscription(uri_of(params));
      });
      if (!is_told && all.size() < StdioTwin::kSubscriptionsMax) all.push_back(params);
    }
  }
  return all;
}

bool StdioHub::raise_level(std::string_view params) {
  const auto wanted = wire::log_level_rank(member_of(params, "level"));
  if (!wanted) return true;  // The process says what is wrong with it.
  const auto now = wire::log_level_rank(member_of(level_, "level"));
  if (now && *now <= *wanted) return false;
  level_ = params;
  return true;
}

bool StdioHub::is_wanted(std::string_view params, const StdioTwin& but) const {
  const std::string uri = uri_of(params);
  return std::ranges::any_of(
      twins_, [&](const StdioTwin* each) { return each != &but && each->has_subscription(uri); });
}

// --- what the process says by itself -------------------------------------------------------------

void StdioHub::on_said(const UpstreamMessage& message) {
  if (message.kind == wire::JsonRpcKind::request) return refuse_question(message);
  if (message.kind != wire::JsonRpcKind::notification || take_progress(*connection_, message))
    return;
  const wire::MethodFacts* const method = wire::find_method(message.method);
  if (method == nullptr) return tell_only_call(message);
  switch (method->method) {
    case McpMethod::tools_list_changed:
    case McpMethod::prompts_list_changed:
    case McpMethod::resources_list_changed:
      for (StdioTwin* twin : twins_) twin->tell_session(message);
      break;
    case McpMethod::resources_updated: tell_subscribers(message); break;
    // Of a call that cannot be told from others.
    case McpMethod::progress:
    case McpMethod::elicitation_complete:
    case McpMethod::tasks_status: break;
    default: tell_only_call(message); break;
  }
}

// It was told that nothing can be asked here; `ping` may be asked all the same.
void StdioHub::refuse_question(const UpstreamMessage& message) {
  const wire::MethodFacts* const method = wire::find_method(message.method);
  const bool is_ping = method != nullptr && method->method == McpMethod::ping;
  Pieces answer;
  answer.add(R"({"jsonrpc":"2.0","id":)");
  answer.add(message.id.raw);
  answer.add(is_ping ? std::string_view{R"(,"result":{}})"}
                     : R"(,"error":{"code":-32601,"message":"The clients of this session have )"
                       R"(no capability that could be asked."}})");
  (void)connection_->send(answer);
}

// A server may name a part of what was subscribed to.
void StdioHub::tell_subscribers(const UpstreamMessage& message) const {
  const wire::JsonValue params = member_of(message.text, "params");
  const std::string uri = uri_of(params.raw);
  for (StdioTwin* twin : twins_) {
    const bool hears =
        std::ranges::any_of(twin->subscriptions(), [&](const std::string& subscription) {
          const std::string wanted = uri_of(subscription);
          return !wanted.empty() && uri.starts_with(wanted);
        });
    if (hears) twin->tell_session(message);
  }
}

void StdioHub::tell_only_call(const UpstreamMessage& message) const {
  const auto& calls = connection_->calls();
  if (calls.size() != 1) return;
  const StdioTwin* const twin = calls.front()->client().twin;
  const auto least =
      wire::log_level_rank(member_of(twin == nullptr ? "{}" : twin->level(), "level"));
  const auto level =
      wire::log_level_rank(member_of(member_of(message.text, "params").raw, "level"));
  if (least && level && *level < *least) return;
  calls.front()->take(message);
}

}  // namespace junctor::agent
