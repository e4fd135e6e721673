#pragma once
// ReloadPlan: what a new configuration changes in a process that runs on another one.
//
// Settings that count from the start of the process keep the value they have, and are named; the
// tables say which (app/config_settings.h). The invariant is that planning changes nothing.
//
// Limits:  one sentence per upstream, route and setting of either file.
// Threads: values.

#include <string>
#include <vector>

#include "app/config.h"

namespace junctor::app {

struct ReloadPlan {
  Config config;                           // What runs afterwards.
  std::vector<std::string> changes;        // Sentences; none: all is as it was.
  std::vector<std::string> needs_restart;  // Paths of settings.
};

[[nodiscard]] ReloadPlan plan_reload(const Config& runs, Config wanted);

}  // namespace junctor::app
