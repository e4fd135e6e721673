#pragma once
// ChildSpec, what a child process is to be, and the words by which `junctor exec-child`, the first
// program of the new process, is told so: launch_words() writes them, parse_launch() reads them.
//
// The environment is not among the words: the command line of a process is shown to everybody on
// the machine, and the environment may hold secrets.
//
// Source:  execve(2), setrlimit(2), setpriority(2).
// Errors:  invalid_argument "bad_command": a command without words, or what no command line can
//          hold; "wrong_usage": words that launch_words() does not write.
// Threads: values; safe from all.

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rt/confinement.h"

namespace junctor::rt {

inline constexpr int kExitCannotStart = 127;
inline constexpr std::string_view kExecChildCommand = "exec-child";
inline constexpr std::string_view kGuardWord = "--guard";
inline constexpr int kNiceMin = -20;
inline constexpr int kNiceMax = 19;

// What the process may use; 0: as this process was given it. Never more than its hard limits.
struct ChildLimits {
  std::uint64_t address_space_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t cpu_seconds = 0;
  int nice = 0;

  friend bool operator==(const ChildLimits&, const ChildLimits&) = default;
};

struct ChildSpec {
  std::vector<std::string> argv;         // Looked up in the PATH of `environment` when without '/'.
  std::vector<std::string> environment;  // "NAME=value": all that it gets.
  std::string folder;                    // Where it runs; empty: where this process runs.
  ChildLimits limits = {};
  Confinement confinement = {};
};

// What the new process has to know of the one that starts it.
struct ChildOrigin {
  pid_t parent = 0;
  std::uint64_t open_files = 0;  // The soft limit to go back to; 0: stay as it is.

  friend bool operator==(const ChildOrigin&, const ChildOrigin&) = default;
};

struct ChildLaunch {
  ChildOrigin origin;
  ChildSpec spec;  // Without the environment: it is the process's own.
};

// That it can be told at all: some words, and no NUL in any text.
[[nodiscard]] Result<> check_spec(const ChildSpec& spec);
// All words, that of the program and `exec-child` first.
[[nodiscard]] std::vector<std::string> launch_words(const ChildSpec& spec,
                                                    const ChildOrigin& origin);
// Those behind `exec-child`.
[[nodiscard]] Result<ChildLaunch> parse_launch(std::span<const char* const> words);

}  // namespace junctor::rt
