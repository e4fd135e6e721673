#pragma once
// Finds out what a file is, by its content and not its name, and reads the MCP servers in it.
//
// Limits:  kImportBytesMax per file, and those of the tree (app/config_node.h) and of ServerDraft.
// Errors:  a sentence when the text is neither JSON (with comments) nor YAML, or no known file.
// Threads: pure.

#include <expected>
#include <string>
#include <string_view>

#include "app/commands/import_server.h"

namespace junctor::app {

inline constexpr std::size_t kImportBytesMax = 4_MiB;

// `file` names it in sentences.
[[nodiscard]] std::expected<ImportReading, std::string> read_import(std::string_view text,
                                                                    std::string_view file);

}  // namespace junctor::app
