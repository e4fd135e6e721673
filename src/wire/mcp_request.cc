#include "wire/mcp_request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "wire/header_sentinel.h"
#include "wire/json_text.h"

namespace junctor::wire {
namespace {

constexpr std::uint8_t slot(McpPart part) noexcept {
  return static_cast<std::uint8_t>(part);
}

constexpr KeyNode kClientInfoTree[] = {
    {.key = "name", .slot = slot(McpPart::client_name)},
    {.key = "version", .slot = slot(McpPart::client_version)},
};

constexpr KeyNode kMetaTree[] = {
    {.key = kMetaProtocolVersion, .slot = slot(McpPart::version)},
    {.key = kMetaClientCapabilities, .slot = slot(McpPart::client_capabilities)},
    {.key = kMetaClientInfo, .slot = slot(McpPart::client_info), .children = kClientInfoTree},
    {.key = kMetaLogLevel, .slot = slot(McpPart::log_level)},
    {.key = kMetaProgressToken, .slot = slot(McpPart::progress_token)},
    {.key = kMetaTraceparent, .slot = slot(McpPart::traceparent)},
    {.key = kMetaTracestate, .slot = slot(McpPart::tracestate)},
    {.key = kMetaBaggage, .slot = slot(McpPart::baggage)},
};

constexpr KeyNode kParamsTree[] = {
    {.key = "name", .slot = slot(McpPart::name)},
    {.key = "arguments", .slot = slot(McpPart::arguments)},
    {.key = "_meta", .slot = slot(McpPart::meta), .children = kMetaTree},
    {.key = "uri", .slot = slot(McpPart::uri)},
    {.key = "taskId", .slot = slot(McpPart::task_id)},
    {.key = "cursor", .slot = slot(McpPart::cursor)},
    {.key = "inputResponses", .slot = slot(McpPart::input_responses)},
    {.key = "requestState", .slot = slot(McpPart::request_state)},
    {.key = "task", .slot = slot(McpPart::task)},
    {.key = "level", .slot = slot(McpPart::level)},
    {.key = "requestId", .slot = slot(McpPart::cancelled_id)},
    {.key = "progressToken", .slot = slot(McpPart::progress_of)},
    {.key = "protocolVersion", .slot = slot(McpPart::initialize_version)},
    {.key = "capabilities", .slot = slot(McpPart::initialize_capabilities)},
    {.key = "clientInfo", .slot = slot(McpPart::initialize_client_info)},
    {.key = "notifications", .slot = slot(McpPart::notifications)},
};

constexpr KeyNode kTree[] = {
    {.key = "jsonrpc", .slot = slot(McpPart::jsonrpc)},
    {.key = "id", .slot = slot(McpPart::id)},
    {.key = "method", .slot = slot(McpPart::method)},
    {.key = "params", .slot = slot(McpPart::params), .children = kParamsTree},
    {.key = "result", .slot = slot(McpPart::result)},
    {.key = "error", .slot = slot(McpPart::error)},
};

static_assert(std::size(kTree) == kJsonRpcSlotCount);
static_assert(slot(McpPart::error) == static_cast<std::uint8_t>(JsonRpcSlot::error));
static_assert(slot(McpPart::client_version) + 1 == kMcpPartCount);
static_assert(std::size(kTree) + std::size(kParamsTree) + std::size(kMetaTree) +
                  std::size(kClientInfoTree) ==
              kMcpPartCount);

using Refusal = std::optional<McpRejection>;

// One POST on its way down the rungs. Each rung answers with the rejection, or with nothing.
class Judge {
 public:
  Judge(std::string_view body, const McpHeaders& headers, UnknownMethods unknown_methods,
        McpRequest& request) noexcept
      : body_{body}, headers_{headers}, unknown_methods_{unknown_methods}, request_{request} {}

  Refusal run();

 private:
  Refusal parse();
  Refusal judge_answer() const;
  Refusal judge_legacy();
  Refusal judge_modern();
  Refusal meta_is_complete() const;
  Refusal meta_is_well_typed() const;
  Refusal version_agrees();
  Refusal method_agrees();
  Refusal name_agrees() const;
  bool is_modern() const noexcept;
  void name_method(Era era) noexcept;

  const JsonValue& part(McpPart part) const noexcept { return request_.part(part); }
  McpRejection reject(int code, std::string_view message, int http_status = 400) const;

  std::string_view body_;
  const McpHeaders& headers_;
  UnknownMethods unknown_methods_;
  McpRequest& request_;
};

bool is_token(const JsonValue& value) noexcept {
  return value.kind == JsonKind::string ||
         (value.kind == JsonKind::number && is_json_integer(value.raw));
}

//= mcp 2026-07-28 basic/transports/streamable-http#server-validation:status MUST
//= mcp 2026-07-28 basic/transports/streamable-http#server-validation:intermediary MUST
// The id when it could be read, else what the sender's revision has in its place.
McpRejection Judge::reject(int code, std::string_view message, int http_status) const {
  McpRejection rejection{
      .http_status = http_status, .code = code, .message = {}, .data = {}, .id = {}};
  rejection.message = message;
  rejection.id = request_.message.id.raw;
  const VersionFacts* const version = find_version(headers_.protocol_version.value);
  const bool wants_null = version != nullptr && version->null_id_when_unknown;
  if (rejection.id.empty() && wants_null) rejection.id = kNullId;
  return rejection;
}

Refusal Judge::parse() {
  const ScanResult scan = scan_json(body_, kTree, request_.parts);
  if (!scan && scan.fault != JsonFault::duplicate_key) {
    //= mcp 2026-07-28 basic#error-responses:id MUST
    //= mcp 2025-11-25 basic#error-responses:id MUST
    //= mcp 2026-07-28 basic/transports#messages:utf-8 MUST
    //= mcp 2025-11-25 basic/transports#top:utf-8 MUST
    // No id: it could not be read, and null is no id in MCP.
    McpRejection rejection = reject(kParseError, "the body is not valid JSON (");
    rejection.message += json_fault_name(scan.fault);
    rejection.message += " at byte " + std::to_string(scan.offset) + ")";
    return rejection;
  }
  request_.message = classify_jsonrpc(scan, request_.parts);
  if (!scan) {
    // Of two ids none is the right one.
    if (body_.substr(scan.offset).starts_with(R"("id")")) request_.message.id = {};
    return reject(kInvalidRequest, "a member occurs twice at byte " + std::to_string(scan.offset));
  }
  //= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:single MUST
  //= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:single MUST
  if (request_.message.kind == JsonRpcKind::invalid) {
    return reject(kInvalidRequest, jsonrpc_flaw_text(request_.message.flaw));
  }
  return std::nullopt;
}

// The era as the body has it; the header speaks only where the body says nothing.
bool Judge::is_modern() const noexcept {
  return part(McpPart::version) || is_modern_version_name(headers_.protocol_version.value);
}

//= mcp 2026-07-28 basic#notifications:no-id MUST NOT
void Judge::name_method(Era era) noexcept {
  JUNCTOR_ASSERT(request_.message.method.kind == JsonKind::string);
  const MethodFacts* const facts = find_method(request_.message.method);
  request_.era = era;
  request_.method = facts != nullptr ? facts->name : json_string_body(request_.message.method.raw);
  const bool is_request = request_.message.kind == JsonRpcKind::request;
  const MethodForm form = is_request ? MethodForm::request : MethodForm::notification;
  const bool is_ours = facts != nullptr && is_client_method(*facts, era, form);
  request_.facts = is_ours ? facts : nullptr;
}

// The order is part of the contract: a client tells by the first failing rung what to do next.
Refusal Judge::run() {
  if (Refusal refusal = parse()) return refusal;
  const JsonRpcKind kind = request_.message.kind;
  if (kind == JsonRpcKind::response || kind == JsonRpcKind::error_response) return judge_answer();
  if (!is_modern()) return judge_legacy();
  name_method(Era::modern);
  if (kind == JsonRpcKind::notification) {
    // The rules for headers are undefined here, and nothing depends on a notification.
    request_.version = find_version(part(McpPart::version));
    return std::nullopt;
  }
  return judge_modern();
}

Refusal Judge::judge_answer() const {
  //= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:no-responses MUST NOT
  // A body is one request or notification, never an answer.
  if (is_modern_version_name(headers_.protocol_version.value)) {
    return reject(kInvalidRequest, "answers are not accepted by this protocol version");
  }
  return std::nullopt;  // An answer to a request of ours within a legacy session.
}

// Sessions, their versions and their methods are judged by the session's owner, who knows them.
Refusal Judge::judge_legacy() {
  name_method(Era::legacy);
  const bool is_initialize =
      request_.facts != nullptr && request_.facts->method == McpMethod::initialize;
  const bool has_header = headers_.protocol_version.count != 0;
  if (is_initialize || !has_header) return std::nullopt;
  //= mcp 2025-11-25 basic/transports#protocol-version-header:invalid MUST
  request_.version = find_version(headers_.protocol_version.value);
  if (request_.version == nullptr || headers_.protocol_version.count != 1) {
    return reject(kInvalidRequest, "the header MCP-Protocol-Version names no supported version");
  }
  return std::nullopt;
}

Refusal Judge::judge_modern() {
  JUNCTOR_ASSERT(request_.era == Era::modern && request_.message.kind == JsonRpcKind::request);
  if (Refusal refusal = meta_is_complete()) return refusal;
  if (Refusal refusal = meta_is_well_typed()) return refusal;
  if (Refusal refusal = version_agrees()) return refusal;
  if (Refusal refusal = method_agrees()) return refusal;
  return name_agrees();
}

//= mcp 2026-07-28 basic#meta:missing MUST
Refusal Judge::meta_is_complete() const {
  if (!part(McpPart::version)) {
    if (request_.method == method_facts(McpMethod::initialize).name) {
      return reject(
          kHeaderMismatch,
          "initialize does not exist in the version that the header MCP-Protocol-Version names");
    }
    return reject(kInvalidParams, "params._meta lacks io.modelcontextprotocol/protocolVersion");
  }
  if (!part(McpPart::client_capabilities)) {
    return reject(kInvalidParams, "params._meta lacks io.modelcontextprotocol/clientCapabilities");
  }
  return std::nullopt;
}

// A value of a wrong type would be read as absent later, and absence means something else.
Refusal Judge::meta_is_well_typed() const {
  if (part(McpPart::version).kind != JsonKind::string) {
    return reject(kInvalidParams, "io.modelcontextprotocol/protocolVersion must be a string");
  }
  if (part(McpPart::client_capabilities).kind != JsonKind::object) {
    return reject(kInvalidParams, "io.modelcontextprotocol/clientCapabilities must be an object");
  }
  const bool has_info{part(McpPart::client_info)};
  const bool info_is_fine = part(McpPart::client_info).kind == JsonKind::object &&
                            part(McpPart::client_name).kind == JsonKind::string &&
                            part(McpPart::client_version).kind == JsonKind::string;
  if (has_info && !info_is_fine) {
    return reject(kInvalidParams,
                  "io.modelcontextprotocol/clientInfo must be an object with name and version");
  }
  if (part(McpPart::log_level) && !is_log_level(part(McpPart::log_level))) {
    return reject(kInvalidParams, "io.modelcontextprotocol/logLevel names no level");
  }
  //= mcp 2026-07-28 basic/patterns/progress#progress-flow:token MUST
  if (part(McpPart::progress_token) && !is_token(part(McpPart::progress_token))) {
    return reject(kInvalidParams, "progressToken must be a string or an integer");
  }
  return std::nullopt;
}

Refusal Judge::version_agrees() {
  const McpHeader& header = headers_.protocol_version;
  const JsonValue& version = part(McpPart::version);
  //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:present MUST
  //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:absent MUST
  //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:match MUST
  if (header.count == 0) {
    return reject(kHeaderMismatch, "the header MCP-Protocol-Version is missing");
  }
  if (header.count != 1 || !json_string_equals(version.raw, header.value)) {
    return reject(kHeaderMismatch, "the header MCP-Protocol-Version differs from params._meta");
  }
  //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:unsupported MUST
  //= mcp 2026-07-28 basic/versioning#protocol-version-negotiation:unsupported MUST
  request_.version = find_version(version);
  if (request_.version == nullptr || request_.version->era != Era::modern) {
    McpRejection rejection = reject(kUnsupportedVersion, "this protocol version is not supported");
    rejection.data = R"({"supported":)";
    rejection.data += kModernVersionsJson;
    rejection.data += R"(,"requested":)";
    rejection.data += version.raw;
    rejection.data += '}';
    return rejection;
  }
  return std::nullopt;
}

// The header comes before the method itself: a balancer has already routed by it.
Refusal Judge::method_agrees() {
  JUNCTOR_ASSERT(request_.version != nullptr && request_.version->era == Era::modern);
  const McpHeader& header = headers_.method;
  //= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:required MUST
  //= mcp 2026-07-28 basic/transports/streamable-http#server-validation:match MUST
  if (header.count == 0) return reject(kHeaderMismatch, "the header Mcp-Method is missing");
  if (header.count != 1 || !json_string_equals(request_.message.method.raw, header.value)) {
    return reject(kHeaderMismatch, "the header Mcp-Method differs from the method");
  }
  if (request_.facts != nullptr) return std::nullopt;
  const bool is_known = find_method(request_.method) != nullptr;
  if (!is_known && unknown_methods_ == UnknownMethods::pass) return std::nullopt;
  //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
  return reject(kMethodNotFound, "this protocol version has no such method", 404);
}

Refusal Judge::name_agrees() const {
  if (request_.facts == nullptr || request_.facts->name_param == NameParam::none)
    return std::nullopt;
  const McpHeader& header = headers_.name;
  const JsonValue name = request_.name_param();
  //= mcp 2026-07-28 basic/transports/streamable-http#standard-request-headers:required MUST
  //= mcp 2026-07-28 basic/transports/streamable-http#server-validation:decode MUST
  // Some HTTP stacks drop empty headers, so an absent one equals an empty name.
  const bool name_is_empty = name.kind == JsonKind::string && json_string_body(name.raw).empty();
  if (header.count == 0 && !name_is_empty) {
    return reject(kHeaderMismatch, "the header Mcp-Name is missing");
  }
  if (name.kind != JsonKind::string) {
    return reject(kInvalidParams, "the parameter that Mcp-Name mirrors must be a string");
  }
  if (header.count > 1 || !header_equals_json(header.value, name.raw)) {
    return reject(kHeaderMismatch, "the header Mcp-Name differs from the parameter it mirrors");
  }
  return std::nullopt;
}

}  // namespace

JsonValue McpRequest::name_param() const noexcept {
  if (facts == nullptr) return {};
  switch (facts->name_param) {
    case NameParam::none: return {};
    case NameParam::name: return part(McpPart::name);
    case NameParam::uri: return part(McpPart::uri);
    case NameParam::task_id: return part(McpPart::task_id);
  }
  std::unreachable();
}

std::expected<McpRequest, McpRejection> judge_mcp_post(std::string_view body,
                                                       const McpHeaders& headers,
                                                       UnknownMethods unknown_methods) {
  // Judged in place: a request is a kilobyte.
  std::expected<McpRequest, McpRejection> verdict{std::in_place};
  static_assert(sizeof(McpRequest) <= 1024);
  Refusal refusal = Judge{body, headers, unknown_methods, *verdict}.run();
  if (refusal) verdict = std::unexpected{*std::move(refusal)};
  return verdict;
}

void append_rejection(Buffer& out, const McpRejection& rejection) {
  append_error_response(
      out, rejection.id,
      {.code = rejection.code, .message = rejection.message, .data = rejection.data});
}

}  // namespace junctor::wire
