#pragma once
// Reads what a command was given as a file.
//
// Errors:  not_found "file_unusable"; too_large "file_too_large".
// Threads: safe from all; blocks.

#include <cstddef>
#include <string>

#include "base/error.h"

namespace junctor::app {

// "-" is the standard input.
[[nodiscard]] Result<std::string> read_text_blocking(const std::string& path,
                                                     std::size_t bytes_max);

}  // namespace junctor::app
