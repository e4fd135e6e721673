#include "wire/jsonrpc.h"

#include <utility>

#include "base/assert.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::wire {
namespace {

constexpr std::uint8_t slot(JsonRpcSlot name) noexcept {
  return static_cast<std::uint8_t>(name);
}

constexpr KeyNode kEnvelope[] = {
    {.key = "jsonrpc", .slot = slot(JsonRpcSlot::jsonrpc)},
    {.key = "id", .slot = slot(JsonRpcSlot::id)},
    {.key = "method", .slot = slot(JsonRpcSlot::method)},
    {.key = "params", .slot = slot(JsonRpcSlot::params)},
    {.key = "result", .slot = slot(JsonRpcSlot::result)},
    {.key = "error", .slot = slot(JsonRpcSlot::error)},
};
static_assert(std::size(kEnvelope) == kJsonRpcSlotCount);

bool is_version_fine(const JsonValue& version, JsonRpcVersionRule rule) noexcept {
  if (!version) return rule == JsonRpcVersionRule::missing_is_fine;
  if (version.raw == R"("2.0")") [[likely]]
    return true;
  return version.kind == JsonKind::string && json_string_equals(version.raw, "2.0");
}

// The rules for a message that asks for something.
JsonRpcFlaw flaw_of_call(const JsonRpcMessage& message) noexcept {
  if (message.method.kind != JsonKind::string) return JsonRpcFlaw::method;
  if (message.result || message.error) return JsonRpcFlaw::result_or_error;
  if (message.params && message.params.kind != JsonKind::object) return JsonRpcFlaw::params;
  return JsonRpcFlaw::none;
}

//= mcp 2026-07-28 basic#result-responses:result MUST
//= mcp 2025-11-25 basic#result-responses:result MUST
// The rules for an answer.
JsonRpcFlaw flaw_of_answer(const JsonRpcMessage& message) noexcept {
  const bool has_result{message.result};
  const bool has_error{message.error};
  if (has_result == has_error) return JsonRpcFlaw::result_or_error;
  if (has_error && message.error.kind != JsonKind::object) return JsonRpcFlaw::error;
  if (has_result && !message.id) return JsonRpcFlaw::missing_id;
  return JsonRpcFlaw::none;
}

// A null id is how older revisions say that the id of a broken request could not be read; a request
// or a result with one could be matched to nothing.
JsonRpcFlaw flaw_of(const JsonRpcMessage& message, const JsonValue& id) noexcept {
  const bool is_call{message.method};
  const bool may_be_null = !is_call && message.error;
  const bool id_is_fine = !id || message.id || (may_be_null && id.kind == JsonKind::null);
  if (!id_is_fine) return JsonRpcFlaw::id;
  return is_call ? flaw_of_call(message) : flaw_of_answer(message);
}

}  // namespace

std::string_view jsonrpc_flaw_text(JsonRpcFlaw flaw) noexcept {
  switch (flaw) {
    case JsonRpcFlaw::none: return "the message is valid";
    case JsonRpcFlaw::batch: return "batches are not supported; send one message per request";
    case JsonRpcFlaw::not_an_object: return "a message is a JSON object";
    case JsonRpcFlaw::version: return "the member jsonrpc must be \"2.0\"";
    case JsonRpcFlaw::id: return "the member id must be a string or an integer";
    case JsonRpcFlaw::method: return "the member method must be a string";
    case JsonRpcFlaw::params: return "the member params must be an object";
    case JsonRpcFlaw::result_or_error:
      return "a message has exactly one of the members method, result and error";
    case JsonRpcFlaw::error: return "the member error must be an object";
    case JsonRpcFlaw::missing_id: return "a result needs the id of its request";
  }
  std::unreachable();
}

//= mcp 2026-07-28 basic#requests:id MUST
//= mcp 2025-11-25 basic#requests:id MUST
bool is_valid_jsonrpc_id(const JsonValue& id) noexcept {
  if (id.kind == JsonKind::string) return true;
  return id.kind == JsonKind::number && is_json_integer(id.raw);
}

//= mcp 2026-07-28 basic#messages:json-rpc MUST
//= mcp 2025-11-25 basic#messages:json-rpc MUST
// The id is judged apart from the rest: an answer that says what is wrong with a message carries
// the id whenever that is a valid one.
JsonRpcMessage classify_jsonrpc(const ScanResult& scan, std::span<const JsonValue> slots,
                                JsonRpcVersionRule rule) noexcept {
  JUNCTOR_ASSERT(slots.size() >= kJsonRpcSlotCount);
  JsonRpcMessage message;
  if (!scan && scan.fault != JsonFault::duplicate_key) return message;
  if (scan.root.kind != JsonKind::object) {
    const bool is_batch = scan.root.kind == JsonKind::array;
    message.flaw = is_batch ? JsonRpcFlaw::batch : JsonRpcFlaw::not_an_object;
    return message;
  }
  const JsonValue& id = slots[slot(JsonRpcSlot::id)];
  if (is_valid_jsonrpc_id(id)) message.id = id;
  message.method = slots[slot(JsonRpcSlot::method)];
  message.params = slots[slot(JsonRpcSlot::params)];
  message.result = slots[slot(JsonRpcSlot::result)];
  message.error = slots[slot(JsonRpcSlot::error)];
  message.flaw = is_version_fine(slots[slot(JsonRpcSlot::jsonrpc)], rule) ? flaw_of(message, id)
                                                                          : JsonRpcFlaw::version;
  if (message.flaw != JsonRpcFlaw::none) return message;
  if (message.method) {
    message.kind = message.id ? JsonRpcKind::request : JsonRpcKind::notification;
  } else {
    message.kind = message.result ? JsonRpcKind::response : JsonRpcKind::error_response;
  }
  return message;
}

JsonRpcParse parse_jsonrpc(std::string_view text, JsonRpcVersionRule rule) noexcept {
  std::array<JsonValue, kJsonRpcSlotCount> slots;
  JsonRpcParse parse{.scan = scan_json(text, kEnvelope, slots), .message = {}};
  parse.message = classify_jsonrpc(parse.scan, slots, rule);
  return parse;
}

//= mcp 2026-07-28 basic#error-responses:members MUST
//= mcp 2025-11-25 basic#error-responses:members MUST
void append_error_response(Buffer& out, std::string_view id, const JsonRpcError& error) {
  JsonWriter writer{out};
  writer.begin_object().key("jsonrpc").string("2.0");
  if (!id.empty()) writer.key("id").raw(id);
  writer.key("error").begin_object();
  writer.key("code").integer(error.code).key("message").string(error.message);
  if (!error.data.empty()) writer.key("data").raw(error.data);
  writer.end_object().end_object();
}

void append_result_response(Buffer& out, std::string_view id, std::string_view result) {
  JsonWriter writer{out};
  writer.begin_object().key("jsonrpc").string("2.0").key("id").raw(id);
  writer.key("result").raw(result).end_object();
}

void append_request(Buffer& out, std::string_view id, std::string_view method,
                    std::string_view params) {
  JsonWriter writer{out};
  writer.begin_object().key("jsonrpc").string("2.0").key("id").raw(id);
  writer.key("method").string(method);
  if (!params.empty()) writer.key("params").raw(params);
  writer.end_object();
}

void append_notification(Buffer& out, std::string_view method, std::string_view params) {
  JsonWriter writer{out};
  writer.begin_object().key("jsonrpc").string("2.0").key("method").string(method);
  if (!params.empty()) writer.key("params").raw(params);
  writer.end_object();
}

Splice splice_span(std::string_view text, std::string_view span,
                   std::string_view replacement) noexcept {
  JUNCTOR_ASSERT(span.data() >= text.data());
  JUNCTOR_ASSERT(span.data() + span.size() <= text.data() + text.size());
  const auto begin = static_cast<std::size_t>(span.data() - text.data());
  return {text.substr(0, begin), replacement, text.substr(begin + span.size())};
}

}  // namespace junctor::wire
