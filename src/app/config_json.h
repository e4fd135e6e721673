#pragma once
// JSON configuration into the tree of app/config_node.h, by wire's scanner: YAML readers misread
// JSON's escapes, and programs that write configurations write JSON.
//
// Source:  RFC 8259.
// Errors:  one problem with its place; the tree then means nothing.
// Threads: pure.

#include <string_view>

#include "app/config_node.h"

namespace junctor::app {

[[nodiscard]] ConfigNode read_json(std::string_view text, ProblemList& problems);

}  // namespace junctor::app
