#pragma once
// The command line as a value: which command, and what it was given. The only door to CLI11, and to
// its exceptions.
//
// Every command and option has one line of help, from which --help is printed. A word that is no
// command is answered with the nearest one.
//
// Errors:  an ending: the text to print and the exit code (0 after --help, 2 for wrong usage).
// Threads: call it from main.

#include <cstdint>
#include <expected>
#include <string>

namespace junctor::cli {

enum class Command : std::uint8_t { serve, check, config_reference, example_server, version };

struct Arguments {
  Command command = Command::serve;
  std::string file;                       // serve (empty: none), check.
  std::string listen = "127.0.0.1:9000";  // example-server.
};

struct Ending {
  int exit_code = 0;
  std::string text;
};

inline constexpr int kExitUsage = 2;

[[nodiscard]] std::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv);

}  // namespace junctor::cli
