#pragma once
// ProcessFacts: what the kernel says about this process, for the metrics every exporter is expected
// to have.
//
// Read from files below a root, so that tests give their own. A file that cannot be read leaves its
// facts at zero: a scrape never fails for them.
//
// Source:  proc(5): self/stat, self/statm, self/fd, self/limits; /proc/stat (btime).
// Threads: safe from all; blocks for microseconds, as /proc does.

#include <cstdint>
#include <string>

#include "control/exposition.h"

namespace junctor::control {

struct ProcessFacts {
  double cpu_seconds = 0;  // User and system.
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;  // The soft limit; 0: unknown or none.
  std::uint64_t threads = 0;
  double start_seconds = 0;  // Since 1970.
};

[[nodiscard]] ProcessFacts read_process_facts(const std::string& proc = "/proc");
void append_process(Exposition& out, const ProcessFacts& facts);

}  // namespace junctor::control
