// Property: a message is judged the same after its id was replaced by another; the judgement of a
// POST never crashes, accepts only messages that are valid, and rejects with an error response that
// is one.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/jsonrpc.h"
#include "wire/mcp_request.h"

namespace {

using namespace junctor::wire;

constexpr std::string_view kNewId = "\"n\\u0065w\"";

void check_splice(std::string_view text, const JsonRpcMessage& message) {
  std::string spliced;
  for (const std::string_view piece : splice_span(text, message.id.raw, kNewId)) spliced += piece;
  const JsonRpcParse again = parse_jsonrpc(spliced);
  JUNCTOR_ASSERT(again.message.kind == message.kind && again.message.flaw == message.flaw);
  JUNCTOR_ASSERT(again.message.id.raw == kNewId);
  JUNCTOR_ASSERT(again.message.params.raw == message.params.raw);
}

void check_judgement(std::string_view text, const JsonRpcParse& parse, const McpHeaders& headers) {
  const auto verdict = judge_mcp_post(text, headers);
  if (verdict) {
    JUNCTOR_ASSERT(parse.scan && verdict->message.kind == parse.message.kind);
    JUNCTOR_ASSERT(verdict->message.kind != JsonRpcKind::invalid);
    JUNCTOR_ASSERT(verdict->message.id.raw == parse.message.id.raw);
    return;
  }
  JUNCTOR_ASSERT(verdict.error().http_status >= 400);
  junctor::Buffer out;
  append_rejection(out, verdict.error());
  JUNCTOR_ASSERT(parse_jsonrpc(out.view()).message.kind == JsonRpcKind::error_response);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const JsonRpcParse parse = parse_jsonrpc(text);
  if (parse.scan && parse.message.id) check_splice(text, parse.message);
  const McpHeaders modern{.protocol_version = {.value = "2026-07-28", .count = 1},
                          .method = {.value = "tools/call", .count = 1},
                          .name = {.value = "a", .count = 1},
                          .session_id = {}};
  check_judgement(text, parse, modern);
  check_judgement(text, parse, {});
  const McpHeaders legacy{.protocol_version = {.value = "2025-06-18", .count = 1},
                          .method = {},
                          .name = {},
                          .session_id = {}};
  check_judgement(text, parse, legacy);
  return 0;
}
