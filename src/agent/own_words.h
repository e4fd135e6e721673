#pragma once
// What the gateway says to a server on its own account: the question which era it speaks, and the
// words that begin a session or stand in every stateless request.
//
// Source:  MCP 2026-07-28 basic/versioning (dual-era clients), basic (`_meta`); MCP 2025-11-25
//          basic/lifecycle.
// Threads: pure; safe from all.

#include <string>
#include <string_view>

#include "agent/upstream_message.h"

namespace junctor::agent {

inline constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

// `"_meta":{...}` of a stateless request for a client with those capabilities (raw JSON), and the
// members of that object alone.
[[nodiscard]] std::string own_meta(std::string_view capabilities);
[[nodiscard]] std::string own_meta_members(std::string_view capabilities);
// The params of `initialize` for such a client, and their members alone.
[[nodiscard]] std::string handshake_params(
    std::string_view capabilities,
    const wire::VersionFacts& spoken = wire::version_facts(wire::kLatestLegacyVersion));
[[nodiscard]] std::string handshake_members(
    std::string_view capabilities,
    const wire::VersionFacts& spoken = wire::version_facts(wire::kLatestLegacyVersion));

// server/discover: every modern server must answer it, and every other one refuses it without
// having done anything. One line.
[[nodiscard]] std::string era_probe();
// What of it stands behind the id.
[[nodiscard]] std::string era_probe_rest();
// An answer of any MCP kind is evidence; an error that only modern servers know says yes too.
[[nodiscard]] bool is_modern_answer(const UpstreamMessage& message);

}  // namespace junctor::agent
