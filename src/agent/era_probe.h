#pragma once
// The question which era a server speaks, and what its answer says.
//
// Source:  MCP 2026-07-28 basic/versioning (dual-era clients).
// Threads: pure; safe from all.

#include <string>

#include "agent/upstream_message.h"

namespace junctor::agent {

// server/discover: every modern server must answer it, and every other one refuses it without
// having done anything. One line.
[[nodiscard]] std::string era_probe();
// What of it stands behind the id.
[[nodiscard]] std::string era_probe_rest();
// An answer of any MCP kind is evidence; an error that only modern servers know says yes too.
[[nodiscard]] bool is_modern_answer(const UpstreamMessage& message);

}  // namespace junctor::agent
