#pragma once
// The tables of all settings, for those who read them (app/config.cc) and those who print them
// (app/config_reference.h).
//
// A row binds a name to a member; bounds are what keeps a typing mistake from becoming an outage,
// not a judgement about what is wise.
//
// Limits:  the bounds in the rows.
// Threads: constants.

#include <span>

#include "app/config.h"
#include "app/settings.h"

namespace junctor::app {

// Paths from the root of the file. `upstreams`, `routes` and `upstream_defaults` are sections.
[[nodiscard]] std::span<const Setting<Config>> config_settings() noexcept;
// Of one upstream: name, url, headers, and all of tuning_settings().
[[nodiscard]] std::span<const Setting<agent::UpstreamSettings>> upstream_settings() noexcept;
// Of `upstream_defaults`.
[[nodiscard]] std::span<const Setting<agent::UpstreamSettings>> tuning_settings() noexcept;
// The name of an upstream, in its own entry or in a route's.
void read_upstream_name(UpstreamName& name, const ReadPlace& place);
// Of one route.
[[nodiscard]] std::span<const Setting<RouteConfig>> route_settings() noexcept;

// Words of the product that this version does not read, by table.
[[nodiscard]] std::span<const NotYet> config_not_yet() noexcept;
[[nodiscard]] std::span<const NotYet> upstream_not_yet() noexcept;
[[nodiscard]] std::span<const NotYet> route_not_yet() noexcept;

}  // namespace junctor::app
