#pragma once
// The beginning of a session with a process of the session era, the first time and each time that
// another process takes over.
//
// Source:  MCP 2025-11-25 basic/lifecycle#initialization.
// Errors:  those of ask(); the process is of no use then.
// Threads: one shard.

#include <string>
#include <vector>

#include "agent/stdio_connection.h"
#include "rt/task.h"

namespace junctor::agent {

// Raw params.
struct SessionWords {
  std::string handshake;  // Of `initialize`.
  std::string level;      // Of logging/setLevel; empty: none was set.
  std::vector<std::string> subscriptions;
};

// The answer to `initialize`, whole; of the others it counts that there is one.
[[nodiscard]] rt::Task<Result<std::string>> begin_session(StdioConnection& connection,
                                                          SessionWords words, Time deadline);

}  // namespace junctor::agent
