#pragma once
// server.json: how the MCP registry says which packages and URLs a server can be had by.
//
// The ways are alternatives of one server. A URL is taken before a package, since nothing has to be
// installed for it; of packages the first that starts over stdio. What has no value becomes a
// variable where it is required or a secret, and is left away where it is optional.
//
// Source:  the registry's server.json of 2025-12-11 and its predecessors with snake_case.
// Limits:  those of ServerDraft.
// Errors:  losses and servers left out, in the reading.
// Threads: pure.

#include "app/commands/import_server.h"

namespace junctor::app {

// Whether the map is a server.json: a name, and packages or remotes.
[[nodiscard]] bool is_registry_server(const ConfigNode& node);
void read_registry_server(const ConfigNode& server, ImportReading& reading);

}  // namespace junctor::app
