#pragma once
// `junctor stdio --config FILE`: the gateway for a host that only starts commands: one route of the
// configuration, served to one client on standard input and output.
//
// Nothing listens, whatever the file says. The log goes to standard error, from `warn` on unless
// the file asks for another level than the default. The session lives as long as the client: it has
// no idle time.
//
// Errors:  invalid_argument: which route; unavailable: certificates that cannot be read.
// Threads: call it from main, before any other thread exists.

#include <string>

#include "app/config.h"

namespace junctor::app {

// `route`: its path; empty: the only one.
[[nodiscard]] Result<> stdio_blocking(const Config& config, const std::string& route);

// Its place in the configuration. Errors: invalid_argument with the routes that there are.
[[nodiscard]] Result<std::size_t> find_route(const Config& config, std::string_view route);
// What the agent plane needs for that route alone: the others' upstreams are neither started nor
// asked. The same errors.
[[nodiscard]] Result<agent::Settings> settings_of_route(const Config& config,
                                                        std::string_view route);

}  // namespace junctor::app
