#pragma once
// The reference of all settings as Markdown: what `junctor config reference` prints and
// docs/configuration.md holds.
//
// Made from the tables that the parser reads by, so it cannot say anything else.
//
// Threads: pure.

#include <string>

namespace junctor::app {

[[nodiscard]] std::string config_reference();

}  // namespace junctor::app
