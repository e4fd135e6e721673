#pragma once
// Upstreams and their route as YAML that our configuration reads.
//
// Invariant: what is written reads back as the same text, in ours and in other readers: whatever
//            could be taken for something else is in double quotes.
//
// Source:  YAML 1.2.2 sections 5.7 (escapes), 7.3 (flow scalars), 8.2 (block collections).
// Limits:  none of its own; texts are bounded by ServerDraft.
// Errors:  none.
// Threads: pure.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "app/commands/import_plan.h"

namespace junctor::app {

// A scalar for a value, a key, or a list in brackets. Expects UTF-8 without zero bytes.
[[nodiscard]] std::string yaml_scalar(std::string_view text);

// "- name: a" and what follows, each line behind `indent` blanks.
[[nodiscard]] std::string upstream_yaml(const PlannedUpstream& upstream, std::size_t indent);

// "- path: /mcp" with a list of upstreams.
[[nodiscard]] std::string route_yaml(std::span<const std::string> names, std::size_t indent);

// A configuration of these upstreams alone, and a route to all of them. Expects at least one.
[[nodiscard]] std::string standalone_yaml(std::span<const PlannedUpstream> added);

}  // namespace junctor::app
