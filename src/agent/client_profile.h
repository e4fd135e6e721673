#pragma once
// ClientProfile: what of a client's capabilities may change what a server offers, as a small value:
// clients with the same profile share a catalog.
//
// Source:  MCP 2026-07-28 and 2025-11-25 schema, ClientCapabilities.
// Threads: values; safe from all.

#include <compare>
#include <cstdint>
#include <string>

#include "wire/json_scan.h"

namespace junctor::agent {

struct ClientProfile {
  bool roots = false;
  bool sampling = false;
  bool sampling_tools = false;
  bool elicitation_form = false;
  bool elicitation_url = false;

  friend auto operator<=>(const ClientProfile&, const ClientProfile&) = default;
};

// Of a capabilities object; anything else is the empty profile.
[[nodiscard]] ClientProfile profile_of(const wire::JsonValue& capabilities);
// The capabilities of a client with that profile and nothing else, raw JSON.
[[nodiscard]] std::string capabilities_of(const ClientProfile& profile);

}  // namespace junctor::agent
