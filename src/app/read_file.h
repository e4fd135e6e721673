#pragma once
// Reads a file whole.
//
// Errors:  not_found "file_unreadable"; too_large "file_too_large". Names of files are shown
//          escaped: they come from the command line and from files.
// Threads: safe from all; blocks.

#include <cstddef>
#include <string>

#include "base/error.h"

namespace junctor::app {

[[nodiscard]] Result<std::string> read_file_blocking(const std::string& path,
                                                     std::size_t bytes_max);
// What a command was given as a file: "-" is the standard input.
[[nodiscard]] Result<std::string> read_input_blocking(const std::string& path,
                                                      std::size_t bytes_max);

}  // namespace junctor::app
