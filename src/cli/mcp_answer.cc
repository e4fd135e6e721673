#include "cli/mcp_answer.h"

#include <fmt/core.h>

#include "agent/negotiation.h"
#include "agent/upstream_message.h"
#include "base/assert.h"
#include "base/units.h"
#include "wire/json_text.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"

namespace junctor::cli {

// Nobody is there.
McpListener::PeoplesAnswer McpListener::on_question(std::string_view) {
  return {.result = R"({"action":"decline"})", .took = {}};
}
namespace {

using wire::http1::HeaderId;

}  // namespace

// A second head, when a stream is resumed, goes on with the same answer.
Result<> McpAnswer::on_head(const wire::http1::ResponseHead& head) {
  status_ = head.status;
  const auto type = agent::media_type(head.headers.value(HeaderId::content_type));
  body_ = type == agent::MediaType::events ? Body::events : Body::json;
  if (session_id_.empty()) session_id_ = head.headers.value(HeaderId::mcp_session_id);
  return {};
}

Result<> McpAnswer::on_body(std::string_view piece, net::Part part) {
  JUNCTOR_ASSERT(status_ != 0);
  if (answer_) return {};
  if (body_ == Body::events) {
    JUNCTOR_CHECK(take_events(piece));
    if (part != net::Part::last) return {};
    // Many servers leave out the blank line behind the last event.
    if (const auto unfinished = events_.finish()) take_event(*unfinished);
    return {};
  }
  if (json_.size() + piece.size() > bytes_max_) {
    return fail(ErrorKind::too_large, "answer_too_large",
                fmt::format("the answer is larger than {}", format_bytes(bytes_max_)));
  }
  json_.append(piece);
  if (part == net::Part::last) take_message(json_.view());
  return {};
}

Result<> McpAnswer::take_events(std::string_view piece) {
  events_.feed(piece);
  while (true) {
    auto event = events_.next();
    if (!event) {
      return fail(ErrorKind::too_large, "answer_too_large",
                  fmt::format("a message is larger than {}", format_bytes(bytes_max_)));
    }
    const std::optional<wire::SseEvent>& found = *event;
    if (!found) return {};
    take_event(*found);
  }
}

void McpAnswer::take_event(const wire::SseEvent& event) {
  if (event.has_id) last_event_id_ = event.id;
  if (event.retry) retry_ = wire::clamp_sse_retry(*event.retry);
  // An event without data only tells its id; names of others than messages are not of MCP.
  if (!event.data.empty() && event.type == "message") take_message(event.data);
}

void McpAnswer::take_message(std::string_view text) {
  const agent::UpstreamMessage message = agent::read_upstream_message(text);
  if (message.is_final()) {
    JUNCTOR_ASSERT(!message.text.empty());
    const bool is_ours = !id_.empty() && message.id.raw == id_;
    const bool is_nobodys = message.kind == wire::JsonRpcKind::error_response &&
                            (!message.id || message.id.kind == wire::JsonKind::null);
    if (!answer_ && (is_ours || is_nobodys)) answer_.emplace(message.text);
    return;
  }
  if (message.kind == wire::JsonRpcKind::request && requests_.size() < kServerRequestsMax) {
    const wire::JsonValue whole = wire::json_value(message.text);
    requests_.push_back({.id = std::string{message.id.raw},
                         .method = wire::unescape_json_string(message.method.raw),
                         .params = std::string{wire::json_member(whole, "params").raw}});
  }
  const auto* facts =
      message.kind == wire::JsonRpcKind::notification ? wire::find_method(message.method) : nullptr;
  if (facts == nullptr || facts->method != wire::McpMethod::progress || listener_ == nullptr) {
    return;
  }
  const wire::JsonValue whole = wire::json_value(message.text);
  const wire::JsonValue params = wire::json_member(whole, "params");
  if (params.kind == wire::JsonKind::object) listener_->on_progress(params.raw);
}

}  // namespace junctor::cli
