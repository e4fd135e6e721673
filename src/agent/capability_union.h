#pragma once
// The capabilities of several upstreams as those of one server.
//
// A capability is there when one upstream has it. `tools`, `prompts` and `resources` always get
// listChanged, since the gateway can tell of changes that an upstream does not; `subscribe` is true
// when it is for one. Members of `extensions`, `experimental` and `tasks` are joined by key. Where
// two upstreams differ, the first in order is believed. A capability whose value is null, or no
// object where one is due, is none.
//
// Source:  MCP 2026-07-28 server/discover; MCP 2025-11-25 basic/lifecycle (capabilities).
// Limits:  kCapabilitiesBytesMax of each upstream; a longer text adds nothing.
// Errors:  a text that is no JSON object adds nothing.
// Threads: pure; safe from all.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace junctor::agent {

inline constexpr std::size_t kCapabilitiesBytesMax = std::size_t{64} << 10U;

// `capabilities`: the JSON objects as the upstreams wrote them, in configured order.
[[nodiscard]] std::string union_of_capabilities(std::span<const std::string_view> capabilities);

}  // namespace junctor::agent
