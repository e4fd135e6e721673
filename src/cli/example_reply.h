#pragma once
// What the example server answers a request with, and how its parts read what was asked.
//
// A reply is a result or an error, never both. Results of the modern era carry members that those
// of the legacy era do not have; add_result_members() is the one place that knows them.
//
// Source:  MCP 2026-07-28 basic (result responses), server/utilities/caching; JSON-RPC 2.0.
// Limits:  none of its own.
// Errors:  none; what a client did wrong is a reply.
// Threads: one owner at a time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "wire/json_write.h"
#include "wire/jsonrpc.h"
#include "wire/mcp_request.h"

namespace junctor::cli {

struct ExampleReply {
  Buffer result;
  std::optional<wire::JsonRpcError> error;  // Its message is of static storage.
  std::string error_data;                   // A JSON text or empty.
  int status = 200;

  [[nodiscard]] static ExampleReply refusal(int code, std::string_view message);
  // A result that says nothing but that it was done.
  [[nodiscard]] static ExampleReply done(wire::Era era);
  // As a whole JSON-RPC message.
  void append_to(Buffer& out, std::string_view id) const;
};

// How long a client may use a result again: not at all, only after it asked whether it is the
// latest, or for a minute.
enum class CacheHint : std::uint8_t { none, stale, minute };
// The members that every modern result has; none in the legacy era.
void add_result_members(wire::JsonWriter& out, wire::Era era, CacheHint hint = CacheHint::none);

// A tool's result of one text.
enum class ToolOutcome : std::uint8_t { good, failed };
// `structured`: a JSON text or empty.
[[nodiscard]] ExampleReply tool_text(wire::Era era, std::string_view text,
                                     std::string_view structured = {},
                                     ToolOutcome outcome = ToolOutcome::good);

// Members are looked up by a walk: the scan captures only what every request has.
[[nodiscard]] std::optional<std::string> text_argument(const wire::McpRequest& request,
                                                       std::string_view name);
[[nodiscard]] std::optional<std::int64_t> integer_argument(const wire::McpRequest& request,
                                                           std::string_view name);
// Absent is `fallback`; what is there is kept between 0 and `most`.
[[nodiscard]] std::size_t bounded_argument(const wire::McpRequest& request, std::string_view name,
                                           std::size_t fallback, std::size_t most);

}  // namespace junctor::cli
