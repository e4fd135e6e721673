#pragma once
// What is made of the table of commands beside --help: the manual page, and what a shell completes.
//
// Source:  man(7); the completion of bash, zsh and fish.
// Threads: pure; safe from all.

#include <cstdint>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): the library's own name.
namespace CLI {
class App;
}

namespace junctor::cli {

enum class Shell : std::uint8_t { bash, zsh, fish };

// In the language of man(7).
[[nodiscard]] std::string manual_of(const CLI::App& app);
// A script that the shell reads at its start.
[[nodiscard]] std::string completion_of(const CLI::App& app, Shell shell);

}  // namespace junctor::cli
