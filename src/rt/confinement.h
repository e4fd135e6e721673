#pragma once
// Confinement: what of this machine a child process is kept from, by namespaces of its own.
//
// Anybody may make them, inside a user namespace in which the user is who it was. There even root
// has no power over the system: what was taken cannot be taken back, by the process or by anything
// that it starts. It is no wall against a hostile program (it still sees every file that its user
// may read, and sockets in the file system are files); it is for servers that have no business with
// the network or with other people's files. Invariant: a process that cannot be confined as it was
// asked for is not started.
//
// Source:  user_namespaces(7), network_namespaces(7), mount_namespaces(7), mount_setattr(2),
//          capabilities(7); Linux 5.12 for read-only files.
// Limits:  kScratchBytes for each of kScratchFolders.
// Errors:  unavailable "cannot_confine": containers and hardened kernels may not allow it.
// Threads: confine() in a process with one thread; can_confine_blocking() from all.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace junctor::rt {

// none: not even other processes of this machine; its own loopback is there.
enum class ChildNetwork : std::uint8_t { shared, none };
// read_only: all that is mounted; scratch folders are its own, empty and in memory.
enum class ChildFiles : std::uint8_t { shared, read_only };

struct Confinement {
  ChildNetwork network = ChildNetwork::shared;
  ChildFiles files = ChildFiles::shared;
  // Folders that stay as they are with read-only files; each must be there. A scratch folder that
  // is one of them, or has one of them in it, is not replaced.
  std::vector<std::string> writable = {};

  [[nodiscard]] bool is_asked_for() const noexcept {
    return network != ChildNetwork::shared || files != ChildFiles::shared;
  }
  friend bool operator==(const Confinement&, const Confinement&) = default;
};

inline constexpr std::array<const char*, 2> kScratchFolders{"/tmp", "/dev/shm"};
inline constexpr std::string_view kScratchBytes = "64m";  // As tmpfs(5) reads it.

// This process, and all that it starts, for good. `named` are paths that the child's command names:
// a scratch folder that has one of them in it is read-only and not replaced, or the server would
// find nothing where its own program or folder was.
[[nodiscard]] Result<> confine(const Confinement& to, std::span<const std::string> named = {});

// Whether this system lets a child be confined so, folders aside; it takes another process to find
// out.
[[nodiscard]] bool can_confine_blocking(const Confinement& to);
// The words behind `exec-child` by which that process asks; its exit status is the answer, 0: yes.
inline constexpr std::string_view kProbeConfinementWord = "--probe-confinement";
inline constexpr std::string_view kProbeNetwork = "network";
inline constexpr std::string_view kProbeFiles = "files";

}  // namespace junctor::rt
