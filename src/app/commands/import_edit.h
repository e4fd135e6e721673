#pragma once
// Puts upstreams into a configuration that is there without touching the rest of it.
//
// The file is edited as text: its comments, its order and its quotes stay. Invariant: what comes
// out reads as the file read before with exactly the new entries in it, or nothing comes out.
//
// Limits:  kConfigBytesMax of the file that comes out.
// Errors:  a sentence that says why the file's shape allows no insertion.
// Threads: pure.

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "app/commands/import_plan.h"

namespace junctor::app {

struct EditedConfig {
  std::string text;
  std::string route_note;  // What is left to be done about routes; empty: nothing.
};

// What `text` has: its upstreams as servers, and the names of all of them. An empty text has none.
[[nodiscard]] std::expected<ExistingUpstreams, std::string> read_existing(std::string_view text,
                                                                          std::string_view file);

// Expects at least one upstream, and a text that read_existing() could read.
[[nodiscard]] std::expected<EditedConfig, std::string> add_to_config(
    std::string_view text, std::span<const PlannedUpstream> added);

}  // namespace junctor::app
