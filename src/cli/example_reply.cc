#include "cli/example_reply.h"

#include <algorithm>

#include "base/assert.h"
#include "wire/json_text.h"

namespace junctor::cli {

using wire::JsonKind;
using wire::JsonValue;
using wire::McpPart;
using wire::McpRequest;

ExampleReply ExampleReply::refusal(int code, std::string_view message) {
  JUNCTOR_ASSERT(code < 0 && !message.empty());
  ExampleReply reply;
  reply.error = wire::JsonRpcError{.code = code, .message = message, .data = {}};
  return reply;
}

ExampleReply ExampleReply::done(wire::Era era) {
  ExampleReply reply;
  wire::JsonWriter out{reply.result};
  out.begin_object();
  add_result_members(out, era);
  out.end_object();
  return reply;
}

// The data is joined here, since an error that points at it would not survive a move.
void ExampleReply::append_to(Buffer& out, std::string_view id) const {
  JUNCTOR_ASSERT(error.has_value() == result.empty());
  if (!error) return wire::append_result_response(out, id, result.view());
  wire::JsonRpcError whole = *error;
  whole.data = error_data;
  wire::append_error_response(out, id, whole);
}

void add_result_members(wire::JsonWriter& out, wire::Era era, CacheHint hint) {
  if (era == wire::Era::legacy) return;
  //= mcp 2026-07-28 basic#result-responses:result-type MUST
  out.key("resultType").string("complete");
  if (hint == CacheHint::none) return;
  //= mcp 2026-07-28 server/utilities/caching#cacheable-results:hints MUST
  out.key("ttlMs").integer(hint == CacheHint::minute ? 60'000 : 0);
  out.key("cacheScope").string("public");
}

ExampleReply tool_text(wire::Era era, std::string_view text, std::string_view structured,
                       ToolOutcome outcome) {
  ExampleReply reply;
  wire::JsonWriter out{reply.result};
  out.begin_object().key("content").begin_array();
  out.begin_object().key("type").string("text").key("text").string(text).end_object().end_array();
  if (!structured.empty()) out.key("structuredContent").raw(structured);
  if (outcome == ToolOutcome::failed) out.key("isError").boolean(true);
  add_result_members(out, era);
  out.end_object();
  return reply;
}

std::optional<std::string> text_argument(const McpRequest& request, std::string_view name) {
  return wire::json_text_member(request.part(McpPart::arguments), name);
}

std::optional<std::int64_t> integer_argument(const McpRequest& request, std::string_view name) {
  const JsonValue value = wire::json_member(request.part(McpPart::arguments), name);
  if (value.kind != JsonKind::number) return std::nullopt;
  return wire::json_integer(value.raw);
}

std::size_t bounded_argument(const McpRequest& request, std::string_view name, std::size_t fallback,
                             std::size_t most) {
  JUNCTOR_ASSERT(fallback <= most);
  const auto value = integer_argument(request, name);
  if (!value) return fallback;
  return *value < 0 ? 0 : std::min(static_cast<std::size_t>(*value), most);
}

}  // namespace junctor::cli
