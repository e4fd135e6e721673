#include "agent/stdio_message.h"

#include <utility>

#include "base/assert.h"
#include "wire/header_sentinel.h"
#include "wire/http1_writer.h"
#include "wire/json_text.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

using wire::Era;
using wire::JsonKind;
using wire::JsonValue;
using wire::McpMethod;

// Nobody looks at it: the endpoint was chosen when the program started.
constexpr std::string_view kTarget = "/";

std::string_view key_of(wire::NameParam param) noexcept {
  switch (param) {
    case wire::NameParam::none: return {};
    case wire::NameParam::name: return "name";
    case wire::NameParam::uri: return "uri";
    case wire::NameParam::task_id: return "taskId";
  }
  std::unreachable();
}

Result<> append_start(Buffer& head, std::string_view method) {
  JUNCTOR_CHECK(wire::http1::append_request_line(head, method, kTarget));
  return wire::http1::append_header(head, "Host", "localhost");
}

// The values of a session came from an endpoint of ours, and were fields of a head before.
Result<> append_session(Buffer& head, const StdioSession& session) {
  if (!session.version.empty()) {
    JUNCTOR_CHECK(wire::http1::append_header(head, wire::kProtocolVersionHeader, session.version));
  }
  if (session.id.empty()) return {};
  return wire::http1::append_header(head, wire::kSessionIdHeader, session.id);
}

// What cannot be written as the value of a field is no name of ours either.
std::unexpected<Error> unspeakable(std::string_view what) {
  return fail(ErrorKind::invalid_argument, "not_a_header",
              std::string{what} + " has characters that cannot be passed on.");
}

// The version of a process that is modern, where a message leaves it out: the endpoint then says
// what is missing, instead of asking for a session.
Result<> append_modern(Buffer& head, const StdioMessage& message) {
  const std::string version = message.version.kind == JsonKind::string
                                  ? wire::unescape_json_string(message.version.raw)
                                  : std::string{version_facts(wire::kLatestModernVersion).name};
  if (!wire::http1::append_header(head, wire::kProtocolVersionHeader, version)) {
    return unspeakable("The protocol version");
  }
  if (message.rpc.method.kind != JsonKind::string) return {};
  const std::string method = wire::unescape_json_string(message.rpc.method.raw);
  if (!wire::http1::append_header(head, wire::kMethodHeader, method)) {
    return unspeakable("The method");
  }
  if (message.name.kind != JsonKind::string) return {};
  const std::string name = wire::unescape_json_string(message.name.raw);
  Buffer value;
  if (!wire::is_valid_utf8(name)) return unspeakable("The name");
  wire::append_header_value(value, name);
  if (!wire::http1::append_header(head, wire::kNameHeader, value.view())) {
    return unspeakable("The name");
  }
  return {};
}

}  // namespace

bool StdioMessage::has_known_modern_version() const noexcept {
  if (version.kind != JsonKind::string) return false;
  const wire::VersionFacts* const facts = wire::find_version(version);
  return facts != nullptr && facts->era == Era::modern;
}

StdioMessage read_stdio_message(std::string_view line) noexcept {
  const auto parsed = wire::parse_jsonrpc(line);
  StdioMessage message;
  message.scan = parsed.scan;
  message.rpc = parsed.message;
  if (!message.scan || message.rpc.kind == wire::JsonRpcKind::invalid) return message;
  if (message.rpc.method.kind == JsonKind::string) {
    message.method = wire::find_method(message.rpc.method);
  }
  const JsonValue& params = message.rpc.params;
  message.version =
      wire::json_member(wire::json_member(params, "_meta"), wire::kMetaProtocolVersion);
  if (message.method == nullptr) return message;
  if (const auto key = key_of(message.method->name_param); !key.empty()) {
    message.name = wire::json_member(params, key);
  }
  if (message.is(McpMethod::cancelled)) {
    message.cancelled_id = wire::json_member(params, "requestId");
  } else if (message.is(McpMethod::initialize)) {
    message.initialize_version = wire::json_member(params, "protocolVersion");
  }
  return message;
}

//= mcp 2026-07-28 basic#error-responses:id MUST
//= mcp 2025-11-25 basic#error-responses:id MUST
// On a pipe JSON-RPC's own rule holds: null in place of an id that could not be read. A line that
// nobody answers would leave its sender waiting.
std::optional<StdioFlaw> flaw_of(const StdioMessage& message, std::string_view line) {
  const wire::ScanResult& scan = message.scan;
  StdioFlaw flaw{.id = std::string{wire::kNullId}, .sentence = {}};
  if (!scan && scan.fault != wire::JsonFault::duplicate_key) {
    flaw.sentence = "The line is not valid JSON (" + std::string{json_fault_name(scan.fault)} +
                    " at byte " + std::to_string(scan.offset) + ").";
    return flaw;
  }
  if (scan && message.rpc.kind != wire::JsonRpcKind::invalid) return std::nullopt;
  flaw.code = wire::kInvalidRequest;
  // Of two ids none is the right one.
  const bool has_two_ids = !scan && line.substr(scan.offset).starts_with(R"("id")");
  if (message.rpc.id && !has_two_ids) flaw.id = message.rpc.id.raw;
  flaw.sentence = scan ? std::string{wire::jsonrpc_flaw_text(message.rpc.flaw)}
                       : "a member occurs twice at byte " + std::to_string(scan.offset);
  return flaw;
}

Result<std::string> post_head(const StdioMessage& message, std::size_t body_bytes,
                              std::optional<Era> era, const StdioSession& session) {
  Buffer head;
  JUNCTOR_CHECK(append_start(head, "POST"));
  JUNCTOR_CHECK(wire::http1::append_header(head, "Content-Type", "application/json"));
  JUNCTOR_CHECK(wire::http1::append_header(head, "Accept", "application/json, text/event-stream"));
  JUNCTOR_CHECK(wire::http1::append_header(head, "Content-Length", body_bytes));
  if (message.version || era == Era::modern) {
    JUNCTOR_CHECK(append_modern(head, message));
  } else if (!message.is(McpMethod::initialize)) {
    JUNCTOR_CHECK(append_session(head, session));
  }
  wire::http1::append_head_end(head);
  return std::string{head.view()};
}

std::string session_head(SessionVerb verb, const StdioSession& session,
                         std::string_view last_event_id) {
  JUNCTOR_ASSERT(!session.id.empty());
  Buffer head;
  bool is_written = append_start(head, verb == SessionVerb::get ? "GET" : "DELETE").has_value();
  is_written &= wire::http1::append_header(head, "Accept", "text/event-stream").has_value();
  is_written &= append_session(head, session).has_value();
  if (!last_event_id.empty()) {
    is_written &=
        wire::http1::append_header(head, wire::kLastEventIdHeader, last_event_id).has_value();
  }
  JUNCTOR_BUG(!is_written);
  wire::http1::append_head_end(head);
  return std::string{head.view()};
}

void append_error(Buffer& out, std::string_view id, const Error& error) {
  const ErrorFacts& facts = error_facts(error.kind());
  Buffer data;
  wire::JsonWriter json{data};
  json.begin_object().key("reason").string(error.reason());
  if (facts.retryable) json.key("retryable").boolean(true);
  json.end_object();
  wire::append_error_response(out, id, {facts.jsonrpc_code, error.detail(), data.view()});
}

}  // namespace junctor::agent
