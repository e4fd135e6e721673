#pragma once
// One line of a stdio client, read as a message, and the HTTP heads under which it is handed to an
// MCP endpoint.
//
// On stdio a message stands for itself; over HTTP its head says again what it is. Both forms say
// the same, so a head is derived from the line and from what `initialize` has settled, and nothing
// of the line is changed. Invariant: a head that is made passes the endpoint's comparison with the
// body, or the line itself is wrong.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio, Streamable HTTP);
// basic/versioning
//          (how a dual-era server tells the eras apart).
// Limits:  those of wire/json_scan.h; the caller bounds the line.
// Errors:  invalid_argument: a name that no field of a head can carry.
// Threads: pure; safe from all.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/error.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"

namespace junctor::agent {

// The spans are views of the line.
struct StdioMessage {
  wire::ScanResult scan;
  wire::JsonRpcMessage rpc;
  const wire::MethodFacts* method = nullptr;  // Null for one that no era knows, and for answers.
  wire::JsonValue version;                    // In `_meta`: what makes a message modern.
  wire::JsonValue name;                       // The parameter that Mcp-Name mirrors.
  wire::JsonValue cancelled_id;               // Of notifications/cancelled.
  wire::JsonValue initialize_version;

  [[nodiscard]] bool is(wire::McpMethod wanted) const noexcept {
    return method != nullptr && method->method == wanted;
  }
  // Of a modern version that we know: what settles the era.
  [[nodiscard]] bool has_known_modern_version() const noexcept;
};

[[nodiscard]] StdioMessage read_stdio_message(std::string_view line) noexcept;

// Why a line is no message: the id for the answer, and the error. Nothing for a message.
struct StdioFlaw {
  std::string id;
  int code = wire::kParseError;
  std::string sentence;
};
[[nodiscard]] std::optional<StdioFlaw> flaw_of(const StdioMessage& message, std::string_view line);

// What a legacy session's requests say of it. Empty: there is none.
struct StdioSession {
  std::string id;
  std::string version;
};

// `era`: the process's, once it is settled; a message that names a version is modern in any case.
[[nodiscard]] Result<std::string> post_head(const StdioMessage& message, std::size_t body_bytes,
                                            std::optional<wire::Era> era,
                                            const StdioSession& session);
enum class SessionVerb : std::uint8_t { get, delete_ };  // NOLINT: without the line a keyword.
[[nodiscard]] std::string session_head(SessionVerb verb, const StdioSession& session,
                                       std::string_view last_event_id = {});

// An error of ours as a message. `id` is raw.
void append_error(Buffer& out, std::string_view id, const Error& error);

}  // namespace junctor::agent
