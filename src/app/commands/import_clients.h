#pragma once
// Servers as clients of MCP write them: Claude Desktop and Claude Code, VS Code, Cursor, GitHub
// Copilot, Windsurf, Gemini CLI, Zed, opencode.
//
// They agree on the idea (a map of names to a command or a url) and differ in words, so one reader
// knows the words of all; where the same word means two things, the file's kind decides.
//
// Source:  the documentation of each client, as of the protocol revision 2026-07-28.
// Limits:  those of ServerDraft.
// Errors:  losses and servers left out, in the reading.
// Threads: pure.

#include <cstdint>

#include "app/commands/import_server.h"

namespace junctor::app {

// What `url` means without a type, and how variables are written.
enum class ClientDialect : std::uint8_t {
  plain,   // Streamable HTTP.
  gemini,  // HTTP+SSE: Streamable HTTP is `httpUrl`; and $NAME is a variable.
};

// Gemini's, when an entry has a word that only Gemini knows.
[[nodiscard]] ClientDialect dialect_of(const ConfigNode& servers);

// A map of names to servers.
void read_client_servers(const ConfigNode& servers, ClientDialect dialect, ImportReading& reading);

// Whether the map looks like one of servers: every member is a map with a command or a url.
[[nodiscard]] bool is_server_map(const ConfigNode& node);

}  // namespace junctor::app
