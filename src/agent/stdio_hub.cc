#include "agent/stdio_hub.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "agent/own_words.h"
#include "agent/stdio_handshake.h"
#include "agent/stdio_twin.h"
#include "wire/json_scan.h"

namespace junctor::agent {
namespace {

using wire::McpMethod;

wire::JsonValue member_of(std::string_view params, std::string_view name) {
  return wire::json_member(wire::json_value(params), name);
}

}  // namespace

// What nobody else wants to hear is not said any more. The id is one that no call has: they count
// from 1.
void StdioHub::remove(StdioTwin& twin) noexcept {
  std::erase(twins_, &twin);
  if (running() == nullptr) return;
  for (const StdioTwin::Subscription& each : twin.subscriptions()) {
    if (is_wanted(each.uri, twin)) continue;
    Pieces message;
    message.add(R"({"jsonrpc":"2.0","id":0,"method":"resources/unsubscribe","params":)");
    message.add(each.params);
    message.add("}");
    (void)running()->send(message);
  }
}

rt::Task<Result<>> StdioHub::greet(StdioConnection& fresh, Time deadline) {
  SessionWords words{.handshake = handshake_params("{}", version_),
                     .level = level_,
                     .subscriptions = subscriptions()};
  JUNCTOR_CO_TRY(const std::string answer,
                 co_await begin_session(fresh, std::move(words), deadline));
  const UpstreamMessage hello = read_upstream_message(answer);
  if (hello.kind != wire::JsonRpcKind::response) {
    co_return fail(ErrorKind::corrupt, "upstream_refused",
                   fmt::format("The server's process refused to begin a session: error {}.",
                               hello.error_code.raw));
  }
  hello_ = hello.result.raw;
  co_return Result<>{};
}

// Each resource once.
std::vector<std::string> StdioHub::subscriptions() const {
  std::vector<std::string> all;
  for (auto twin = twins_.begin(); twin != twins_.end(); ++twin) {
    for (const StdioTwin::Subscription& each : (*twin)->subscriptions()) {
      const bool is_told = std::any_of(twins_.begin(), twin, [&](const StdioTwin* before) {
        return before->has_subscription(each.uri);
      });
      if (!is_told && all.size() < StdioTwin::kSubscriptionsMax) all.push_back(each.params);
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

bool StdioHub::is_wanted(std::string_view uri, const StdioTwin& but) const {
  return std::ranges::any_of(
      twins_, [&](const StdioTwin* each) { return each != &but && each->has_subscription(uri); });
}

// --- what the process says by itself -------------------------------------------------------------

void StdioHub::on_said(const UpstreamMessage& message) {
  if (message.kind == wire::JsonRpcKind::request) return refuse_question(message);
  if (message.kind != wire::JsonRpcKind::notification || take_progress(*running(), message)) return;
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
  (void)running()->send(answer);
}

// A server may name a part of what was subscribed to.
void StdioHub::tell_subscribers(const UpstreamMessage& message) const {
  const std::string uri = subscribed_uri(member_of(message.text, "params").raw);
  for (StdioTwin* twin : twins_) {
    const bool hears = std::ranges::any_of(twin->subscriptions(), [&](const auto& each) {
      return !each.uri.empty() && uri.starts_with(each.uri);
    });
    if (hears) twin->tell_session(message);
  }
}

void StdioHub::tell_only_call(const UpstreamMessage& message) const {
  const auto& calls = running()->calls();
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
