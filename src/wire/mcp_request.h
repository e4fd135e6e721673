#pragma once
// The judgement of one POST to the MCP endpoint: which era it belongs to, what it asks, or why not.
//
// One scan of the body captures all that the gateway reads; then the rungs are checked in a fixed
// order, and the first that fails answers. The body decides, the headers are checked against it: a
// header never turns a request into something its body does not say, since policy works on the body
// and balancers work on the headers. Invariant: the good path allocates nothing, and every span is
// a view of the body.
//
// Source:  MCP 2026-07-28 basic/transports (headers, errors), basic/versioning (dual-era servers);
//          MCP 2025-11-25 basic/transports; JSON-RPC 2.0.
// Limits:  those of json_scan.h; the caller bounds body and head.
// Errors:  McpRejection, ready to be sent.
// Threads: pure; safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/pool.h"
#include "wire/json_scan.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"

namespace junctor::wire {

// A header as it was received: without surrounding blanks. A repeated one is a mismatch whatever it
// says.
struct McpHeader {
  std::string_view value;
  std::size_t count = 0;  // Header lines of that name.
};

struct McpHeaders {
  McpHeader protocol_version;
  McpHeader method;
  McpHeader name;
  McpHeader session_id;  // Not judged here: modern requests ignore it, legacy sessions look it up.
};

// What the scan captures; the first are those of JsonRpcSlot.
enum class McpPart : std::uint8_t {
  jsonrpc,
  id,
  method,
  params,
  result,
  error,
  // Members of params.
  meta,
  name,
  uri,
  task_id,
  cursor,
  arguments,
  input_responses,
  request_state,
  task,                     // The legacy request for a task; modern servers ignore it.
  level,                    // logging/setLevel.
  cancelled_id,             // params.requestId of notifications/cancelled.
  progress_of,              // params.progressToken of notifications/progress.
  initialize_version,       // params.protocolVersion of initialize.
  initialize_capabilities,  // params.capabilities of initialize.
  initialize_client_info,   // params.clientInfo of initialize.
  notifications,            // The filter of subscriptions/listen.
  // Members of params._meta.
  version,
  client_capabilities,
  client_info,
  log_level,
  progress_token,
  traceparent,
  tracestate,
  baggage,
  // Members of the modern clientInfo.
  client_name,
  client_version,
};
inline constexpr std::size_t kMcpPartCount = 32;

struct McpRequest {
  Era era = Era::legacy;
  JsonRpcMessage message;  // Never invalid: a request, a notification, or (legacy) an answer.
  // Unescaped, except in the name of an unknown method. Empty for answers.
  std::string_view method;
  const MethodFacts* facts = nullptr;  // None for a method that clients cannot send in this era.
  const VersionFacts* version =
      nullptr;  // Modern: named by the request. Legacy: by the header, or none.
  std::array<JsonValue, kMcpPartCount> parts{};

  [[nodiscard]] const JsonValue& part(McpPart part) const noexcept {
    return parts[static_cast<std::size_t>(part)];
  }
  // A kilobyte that comes and goes with every call.
  static void* operator new(std::size_t bytes) { return pool_allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept {
    pool_free(memory, bytes);
  }

  // The parameter that identifies what is asked for (tool, prompt, resource, task); none if there
  // is none.
  [[nodiscard]] JsonValue name_param() const noexcept;
};

struct McpRejection {
  int http_status = 400;
  int code = kInvalidRequest;
  std::string message;  // A sentence for the peer.
  std::string data;     // A JSON text or empty.
  std::string id;       // Raw; empty: no id member; "null" for revisions that require one.
};

// pass: a route with one upstream lets that one answer what we do not know.
enum class UnknownMethods : std::uint8_t { refuse, pass };

[[nodiscard]] std::expected<McpRequest, McpRejection> judge_mcp_post(
    std::string_view body, const McpHeaders& headers,
    UnknownMethods unknown_methods = UnknownMethods::refuse);

// The rejection as a JSON-RPC error response.
void append_rejection(Buffer& out, const McpRejection& rejection);

}  // namespace junctor::wire
