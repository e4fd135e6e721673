#pragma once
// The limit of open files: raised for this process, which holds a descriptor per connection, and
// remembered for its children, which expect what is usual. (Programs that use select() break above
// 1024 descriptors, and some close every number up to the limit.)
//
// Source:  getrlimit(2) (RLIMIT_NOFILE: the soft limit is the one that counts).
// Threads: raise_open_files() before any other thread; open_files_given() from all.

#include <cstdint>

namespace junctor::rt {

// Raises the soft limit to the hard one, as far as the system lets it.
void raise_open_files() noexcept;
// The soft limit that this process was started with.
[[nodiscard]] std::uint64_t open_files_given() noexcept;

}  // namespace junctor::rt
