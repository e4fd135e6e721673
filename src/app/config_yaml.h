#pragma once
// YAML configuration into the tree of app/config_node.h. The only door to yaml-cpp, and to its
// exceptions.
//
// Read by events, not into yaml-cpp's nodes: those forget where keys stand and which scalars were
// quoted. Plain scalars are null, booleans or numbers as the core schema says; everything else is
// text. Anchors, aliases, tags and second documents are refused: a configuration that means the
// same to every reader needs none of them.
//
// Source:  YAML 1.2.2 sections 6 to 9, 10.3.2 (core schema; hexadecimal and octal numbers are
//          text).
// Errors:  one problem of syntax with its place; the tree then means nothing.
// Threads: pure.

#include <string_view>

#include "app/config_node.h"

namespace junctor::app {

[[nodiscard]] ConfigNode read_yaml(std::string_view text, ProblemList& problems);

}  // namespace junctor::app
