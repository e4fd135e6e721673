#pragma once
// `junctor reload` and `junctor status`: what the operator of a running gateway asks it, at its
// admin listener.
//
// Where that is says --url, or the configuration; without both it is where the defaults have it.
//
// Limits:  kOperateTimeout for the whole command, kStatusBytesMax of an answer.
// Errors:  in the outcome: exit code 1 when the gateway refused, 2 for wrong usage, 3 when it
// cannot
//          be reached, or is no gateway that answers operators there.
// Threads: blocks; call it from main.

#include <string>

#include "base/time.h"
#include "base/units.h"
#include "cli/arguments.h"

namespace junctor::app {

inline constexpr Duration kOperateTimeout = std::chrono::seconds{40};
inline constexpr std::size_t kStatusBytesMax = 16_MiB;

struct OperateOutcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

[[nodiscard]] OperateOutcome reload_blocking(const cli::Operation& wishes);
[[nodiscard]] OperateOutcome status_blocking(const cli::Operation& wishes);

}  // namespace junctor::app
