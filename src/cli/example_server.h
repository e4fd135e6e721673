#pragma once
// `junctor example-server`: a small MCP server of both eras over Streamable HTTP, for trying the
// gateway out and for tests.
//
// Tools: echo (text back), add (two numbers), slow (progress on an event stream, then a result),
// big (as many bytes of text as asked for), fail (an error of the tool). State is sessions of the
// legacy era alone; each request of the modern era stands for itself.
//
// Source:  MCP 2026-07-28 and 2025-11-25, basic/transports, server/tools.
// Limits:  kExampleSessionsMax sessions, the oldest goes first; kExampleBigBytesMax bytes from
//          `big`; kExampleStepsMax steps of `slow`.
// Errors:  as the specification answers them; example_server_blocking(): unavailable (address).
// Threads: one shard.

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "net/http.h"
#include "rt/shard.h"

namespace junctor::cli {

inline constexpr std::size_t kExampleSessionsMax = 1000;
inline constexpr std::size_t kExampleBigBytesMax = std::size_t{8} << 20;
inline constexpr std::size_t kExampleStepsMax = 100;

// The endpoint at /mcp. The shard outlives the handlers.
[[nodiscard]] std::vector<net::HttpRoute> example_routes(rt::Shard& shard);

// Serves until SIGINT or SIGTERM; prints its URL as the first line. `listen`: HOST:PORT.
[[nodiscard]] Result<> example_server_blocking(const std::string& listen);

}  // namespace junctor::cli
