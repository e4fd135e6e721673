#pragma once
// spawn_self(): starts the program that runs here once more, as another process with other words;
// and how to learn that such a process has ended.
//
// By posix_spawn, so that the time does not grow with the memory of this process; and by
// /proc/self/exe, so that it is the same program even when an update has replaced the file. The new
// process has the three streams and no other descriptor, no signal blocked, and each at its
// default.
//
// Source:  posix_spawn(3), proc(5), pidfd_open(2).
// Errors:  unavailable "spawn_failed".
// Threads: all; the calling one waits until the new process runs its program.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace junctor::rt {

// What the new process is the leader of.
enum class Leads : std::uint8_t { group, session };

// A stream without a descriptor is /dev/null.
inline constexpr int kNoStream = -1;

[[nodiscard]] Result<pid_t> spawn_self(const std::vector<std::string>& words,
                                       const std::vector<std::string>& environment,
                                       const std::array<int, 3>& streams, Leads leads);

// A descriptor of this process's child that is readable once it has ended; or a negated errno.
[[nodiscard]] int open_pidfd(pid_t child) noexcept;
// Until it has ended, or `limit` is over.
void wait_for_end_blocking(int pidfd, Duration limit) noexcept;

}  // namespace junctor::rt
