#pragma once
// `junctor check FILE`: says everything that is wrong with a configuration, or what it would serve.
//
// Errors:  in the outcome's text; ok is false then.
// Threads: safe from all; reads files.

#include <string>

#include "app/config.h"

namespace junctor::app {

struct CheckOutcome {
  bool ok = false;
  std::string text;  // Lines for people.
};

[[nodiscard]] CheckOutcome check_blocking(const std::string& file);

// Every problem on a line of its own, and how many there are.
[[nodiscard]] std::string problems_text(const ConfigProblems& problems, std::string_view file);

}  // namespace junctor::app
