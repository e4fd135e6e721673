#pragma once
// JSON-RPC 2.0 messages: told apart, judged, answered, and given another id, as raw spans of their
// text.
//
// Invariant: an id is a string or an integer token of any size, and its text is never changed: `1`
//            and `"1"` are different, and 9223372036854775808 stays what it is. A token with '.',
//            'e' or 'E' is no integer, although 1.0 equals 1: the peer would be answered with
//            another text than it sent.
//
// Source:  JSON-RPC 2.0 sections 4 and 5; MCP 2025-11-25 and 2026-07-28 schemas (ids are never
//          null).
// Limits:  those of json_scan.h.
// Errors:  JsonRpcFlaw: why a message is invalid.
// Threads: pure functions; safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "wire/json_scan.h"

namespace junctor::wire {

// Codes of JSON-RPC 2.0 section 5.1; those of MCP are in mcp.h.
inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;

enum class JsonRpcKind : std::uint8_t { invalid, request, notification, response, error_response };

// The first rule that a message breaks, in the order in which they are checked.
enum class JsonRpcFlaw : std::uint8_t {
  none,
  batch,            // An array; empty ones too.
  not_an_object,    // Another scalar.
  version,          // `jsonrpc` is missing or not "2.0".
  id,               // Null, a fraction, an object …; null is accepted on an error response.
  method,           // `method` is not a string, or stands beside `result` or `error`.
  params,           // `params` is neither an object nor absent.
  result_or_error,  // Both of them, or neither and no method.
  error,            // `error` is not an object.
  missing_id,       // A result without an id belongs to nobody.
};
// A sentence for the peer.
[[nodiscard]] std::string_view jsonrpc_flaw_text(JsonRpcFlaw flaw) noexcept;

struct JsonRpcMessage {
  JsonRpcKind kind = JsonRpcKind::invalid;
  JsonRpcFlaw flaw = JsonRpcFlaw::none;
  JsonValue id;  // Only a valid one; none when it is absent, null or malformed.
  JsonValue method;
  JsonValue params;
  JsonValue result;
  JsonValue error;
};

// Slots of the envelope's members. Larger trees (mcp_request.h) begin with the same slots.
enum class JsonRpcSlot : std::uint8_t { jsonrpc, id, method, params, result, error };
inline constexpr std::size_t kJsonRpcSlotCount = 6;

// `missing_is_fine`: for answers of upstreams that leave out `jsonrpc`.
enum class JsonRpcVersionRule : std::uint8_t { strict, missing_is_fine };

// Judges a scanned text; `slots` are the first kJsonRpcSlotCount ones of the scan.
[[nodiscard]] JsonRpcMessage classify_jsonrpc(
    const ScanResult& scan, std::span<const JsonValue> slots,
    JsonRpcVersionRule rule = JsonRpcVersionRule::strict) noexcept;

// Scan and classification of one text in one step. With a fault the message is invalid (of flaw
// none), except for duplicate_key, where it is classified as if the first of the keys stood alone.
struct JsonRpcParse {
  ScanResult scan;
  JsonRpcMessage message;
};
[[nodiscard]] JsonRpcParse parse_jsonrpc(
    std::string_view text, JsonRpcVersionRule rule = JsonRpcVersionRule::strict) noexcept;

[[nodiscard]] bool is_valid_jsonrpc_id(const JsonValue& id) noexcept;

// In place of an id that could not be read: left out from 2025-11-25 on, `null` before
// (VersionFacts::null_id_when_unknown).
inline constexpr std::string_view kNoId = {};
inline constexpr std::string_view kNullId = "null";

// `id` is raw JSON. `data` is a JSON text or empty.
struct JsonRpcError {
  int code = kInternalError;
  std::string_view message = {};
  std::string_view data = {};
};
void append_error_response(Buffer& out, std::string_view id, const JsonRpcError& error);
void append_result_response(Buffer& out, std::string_view id, std::string_view result);
// `params` is a JSON text or empty.
void append_request(Buffer& out, std::string_view id, std::string_view method,
                    std::string_view params);
void append_notification(Buffer& out, std::string_view method, std::string_view params);

// The text with `span`, a part of it (an id, a name), replaced: three pieces to write one after the
// other.
using Splice = std::array<std::string_view, 3>;
[[nodiscard]] Splice splice_span(std::string_view text, std::string_view span,
                                 std::string_view replacement) noexcept;

}  // namespace junctor::wire
