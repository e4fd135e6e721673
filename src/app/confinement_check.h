#pragma once
// Whether this system can keep from the processes of upstreams what the configuration says.
//
// Threads: main; waits for a process that tries it.

#include <span>
#include <string_view>
#include <vector>

#include "agent/settings.h"

namespace junctor::app {

inline constexpr std::string_view kUnconfinable =
    "this system does not allow the namespaces that `network: none` and `files: read_only` need, "
    "so no process of this upstream can be started; allow user namespaces, or leave these "
    "settings out";

// The positions of those whose processes cannot be confined as they say, and are therefore not
// going to be started.
[[nodiscard]] std::vector<std::size_t> unconfinable_blocking(
    std::span<const agent::UpstreamSettings> upstreams);

}  // namespace junctor::app
