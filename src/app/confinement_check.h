#pragma once
// Whether this system can keep from the processes of upstreams what the configuration says.
//
// Threads: main; waits for a process that tries it.

#include <span>
#include <string>
#include <vector>

#include "agent/settings.h"

namespace junctor::app {

// A sentence for each upstream whose processes cannot be confined as it says, and are therefore not
// going to be started; by its position. Empty where there is nothing to say.
struct Unconfinable {
  std::size_t upstream = 0;
  std::string sentence;
};
[[nodiscard]] std::vector<Unconfinable> unconfinable_blocking(
    std::span<const agent::UpstreamSettings> upstreams);

}  // namespace junctor::app
