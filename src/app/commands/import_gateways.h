#pragma once
// Servers as gateways have them behind them: our own configuration, and agentgateway's.
//
// Our own is read too when it is the file to import into: then what it has is compared with what
// comes. Of another gateway only the servers are taken; its listeners, routes and policies are
// named as lost.
//
// Source:  docs/configuration.md; the configuration schema of agentgateway 1.x.
// Limits:  those of ServerDraft.
// Errors:  losses and servers left out, in the reading.
// Threads: pure.

#include "app/commands/import_server.h"

namespace junctor::app {

// A map with a list of `upstreams`.
[[nodiscard]] bool is_junctor_config(const ConfigNode& root);
void read_junctor_config(const ConfigNode& root, ImportReading& reading);

// A map with `binds` or `backends`, or with `mcp` and `targets` in it.
[[nodiscard]] bool is_agentgateway_config(const ConfigNode& root);
void read_agentgateway_config(const ConfigNode& root, ImportReading& reading);

}  // namespace junctor::app
