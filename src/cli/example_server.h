#pragma once
// `junctor example-server`: a small MCP server of both eras over Streamable HTTP or stdio, for
// trying the gateway out and for tests.
//
// It has all that a server can have but tasks and lists that change: tools (example_tools.h), some
// of which ask their client, resources (example_resources.h), prompts and completion
// (example_prompts.h). State is sessions of the legacy era (example_session.h) and how often each
// resource was touched; each request of the modern era stands for itself.
//
// Source:  MCP 2026-07-28 and 2025-11-25, basic/transports, basic/lifecycle, server.
// Limits:  kExampleSessionsMax sessions, kExampleSubscribersMax open streams that wait for
//          notifications, kExampleBodyBytesMax of a request; others where the parts are.
// Errors:  as the specification answers them; example_server_blocking(): unavailable (address).
// Threads: one shard.

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/http.h"
#include "rt/shard.h"

namespace junctor::cli {

inline constexpr std::size_t kExampleBodyBytesMax = std::size_t{16} << 20;

// The endpoint at /mcp. The shard outlives the handlers. Errors: internal when libcrypto refuses.
[[nodiscard]] Result<std::vector<net::HttpRoute>> example_routes(rt::Shard& shard);

// Serves until SIGINT or SIGTERM; prints its URL as the first line. `listen`: HOST:PORT.
[[nodiscard]] Result<> example_server_blocking(const std::string& listen);
// Serves one client on standard input and output until it ends; prints nothing but messages.
[[nodiscard]] Result<> example_server_stdio_blocking();

}  // namespace junctor::cli
