#include "rt/confinement.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include <fmt/core.h>

#include "base/text.h"
#include "rt/child_launch.h"
#include "rt/self_process.h"

namespace junctor::rt {
namespace {

// Of the last system call.
std::unexpected<Error> cannot(std::string_view what) {
  const char* const why = ::strerrordesc_np(errno);
  return fail(ErrorKind::unavailable, "cannot_confine", fmt::format("cannot {}: {}", what, why));
}

bool write_file(const char* path, std::string_view text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool is_written = ::write(file, text.data(), text.size()) == std::ssize(text);
  ::close(file);
  return is_written;
}

// New namespaces, in which the user is who it was. The numbers are read before: inside, until they
// are mapped, they are nobody's.
bool take_namespaces(int which) {
  const std::string user = fmt::format("{0} {0} 1", ::geteuid());
  const std::string group = fmt::format("{0} {0} 1", ::getegid());
  return ::unshare(CLONE_NEWUSER | which) == 0 && write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", user) && write_file("/proc/self/gid_map", group);
}

// The loopback of a new network is down, and some programs talk to themselves.
bool raise_loopback() {
  const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0) return false;
  ifreq loopback{};
  std::memcpy(loopback.ifr_name, "lo", sizeof "lo");
  loopback.ifr_flags = IFF_UP;
  const bool is_up = ::ioctl(any, SIOCSIFFLAGS, &loopback) == 0;
  ::close(any);
  return is_up;
}

// All mounts at `path` and below it.
enum class Writing : std::uint8_t { refused, allowed };
bool set_writing(const char* path, Writing writing) {
  mount_attr change{};
  (writing == Writing::refused ? change.attr_set : change.attr_clr) = MOUNT_ATTR_RDONLY;
  return ::mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &change, sizeof change) == 0;
}

bool is_within(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool exists(const char* path) {
  return ::access(path, F_OK) == 0;
}

// A folder that stays writable becomes a mount of its own, which can be told apart from the rest.
// First of all the mounts are made private: nothing here is seen outside.
Result<> take_files(const std::vector<std::string>& writable, std::span<const std::string> named) {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return cannot("make the mounts of a child process its own");
  for (const std::string& each : writable) {
    if (::mount(each.c_str(), each.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0)
      return cannot(fmt::format("keep the folder \"{}\" writable", safe_for_log(each)));
  }
  if (!set_writing("/", Writing::refused))
    return cannot("make files read-only for a child process");
  for (const std::string& each : writable) {
    if (!set_writing(each.c_str(), Writing::allowed))
      return cannot(fmt::format("keep the folder \"{}\" writable", safe_for_log(each)));
  }
  const std::string options = fmt::format("mode=1777,size={}", kScratchBytes);
  for (const char* const scratch : kScratchFolders) {
    const auto is_in_it = [&](const std::string& path) {
      return is_within(path, scratch) && exists(path.c_str());
    };
    if (std::ranges::any_of(writable, is_in_it) || std::ranges::any_of(named, is_in_it)) continue;
    if (!exists(scratch)) continue;
    if (::mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0)
      return cannot(fmt::format("give a child process a {} of its own", scratch));
  }
  return {};
}

// Root keeps every capability over its namespaces when it becomes another program: without this
// one it cannot mount, and those that it may get by a namespace below cannot undo what is above.
bool give_up_mounting() {
  return ::prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

}  // namespace

Result<> confine(const Confinement& to, std::span<const std::string> named) {
  if (!to.is_asked_for()) return {};
  const bool takes_network = to.network == ChildNetwork::none;
  const bool takes_files = to.files == ChildFiles::read_only;
  if (!take_namespaces((takes_network ? CLONE_NEWNET : 0) | (takes_files ? CLONE_NEWNS : 0)))
    return cannot("confine a child process in namespaces of its own");
  if (takes_network && !raise_loopback())
    return cannot("give a child process a loopback of its own");
  if (takes_files) JUNCTOR_CHECK(take_files(to.writable, named));
  if (!give_up_mounting()) return cannot("take its capabilities from a child process");
  return {};
}

bool can_confine_blocking(const Confinement& to) {
  std::vector<std::string> words{"junctor", std::string{kExecChildCommand},
                                 std::string{kProbeConfinementWord}};
  if (to.network == ChildNetwork::none) words.emplace_back(kProbeNetwork);
  if (to.files == ChildFiles::read_only) words.emplace_back(kProbeFiles);
  const auto probe = spawn_self(words, {}, {kNoStream, kNoStream, kNoStream}, Leads::group);
  if (!probe) return false;
  int status = 0;
  while (::waitpid(*probe, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace junctor::rt
