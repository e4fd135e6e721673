#include "rt/exec_child.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/core.h>

#include "base/text.h"
#include "rt/child_launch.h"
#include "rt/confinement.h"
#include "rt/group_guard.h"

namespace junctor::rt {
namespace {

// A PATH is shown so far.
constexpr std::size_t kPathShownMax = 1024;
// Of the system: the sentence says it all.
constexpr int kNoFault = 0;

// Without memory of its own: there may be none left under the child's limit. _exit, since nothing
// of this program is to run any more.
[[noreturn]] void refuse(std::string_view what, int fault, std::string_view more = {}) {
  const std::string_view colon = fault == kNoFault ? "" : ": ";
  const std::string_view why = fault == kNoFault ? "" : ::strerrordesc_np(fault);
  const auto piece = [](std::string_view text) {
    return iovec{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  };
  const std::array pieces{piece(what), piece(colon), piece(why), piece(more), piece("\n")};
  (void)!::writev(STDERR_FILENO, pieces.data(), static_cast<int>(pieces.size()));
  ::_exit(kExitCannotStart);
}

// Set first and looked at afterwards, so that there is no moment between in which the parent could
// end unseen.
void die_with(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) refuse("cannot follow the gateway's end", errno);
  if (::getppid() != parent) ::_exit(kExitCannotStart);
}

// posix_spawn leaves the two signals of the thread library ignored, and the functions of the
// library do not touch them. An action of zeros is the default one.
void restore_library_signals() {
  constexpr std::array<std::uint64_t, 4> kDefaultAction{};
  constexpr std::size_t kSignalSetBytes = 8;
  for (const int signal : {32, 33}) {
    (void)::syscall(SYS_rt_sigaction, signal, kDefaultAction.data(), nullptr, kSignalSetBytes);
  }
}

// Both limits, so that the server cannot raise its own again; never above what it has.
void limit(int which, std::uint64_t most, std::string_view name) {
  rlimit limits{};
  if (::getrlimit(which, &limits) != 0) refuse(name, errno);
  limits.rlim_max = std::min<rlim_t>(limits.rlim_max, most);
  limits.rlim_cur = limits.rlim_max;
  if (::setrlimit(which, &limits) != 0) refuse(name, errno);
}

// At the soft limit comes SIGXCPU, which says why, and a second later SIGKILL, which is obeyed.
void limit_cpu(std::uint64_t seconds) {
  const std::uint64_t last = seconds == RLIM_INFINITY ? seconds : seconds + 1;
  limit(RLIMIT_CPU, last, "cannot limit the processor time");
  rlimit limits{};
  (void)::getrlimit(RLIMIT_CPU, &limits);
  limits.rlim_cur = std::min<rlim_t>(limits.rlim_cur, seconds);
  (void)::setrlimit(RLIMIT_CPU, &limits);
}

void restore_open_files(std::uint64_t given) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, given);
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

// Where execvp() will look; nowhere when the name says where it is.
std::string search_path(const std::string& program) {
  if (program.contains('/')) return {};
  const char* path = std::getenv("PATH");
  if (path == nullptr) return " (PATH is not set: looked in /bin and /usr/bin)";
  return fmt::format(" (looked in PATH={})", safe_for_log(path, kPathShownMax));
}

// What the command stands in and names, whether it is there or not.
std::vector<std::string> paths_of(const ChildSpec& spec) {
  std::vector<std::string> paths;
  std::ranges::copy_if(spec.argv, std::back_inserter(paths),
                       [](const std::string& word) { return word.starts_with('/'); });
  std::error_code unreadable;
  paths.push_back(spec.folder.empty() ? std::filesystem::current_path(unreadable).string()
                                      : spec.folder);
  return paths;
}

// The limit of memory comes last: from then on nothing here asks for any.
[[noreturn]] void become(const ChildLaunch& launch) {
  const ChildSpec& spec = launch.spec;
  const std::string cannot_start = fmt::format("cannot start \"{}\"", safe_for_log(spec.argv[0]));
  const std::string looked = search_path(spec.argv[0]);
  std::vector<char*> words;
  words.reserve(spec.argv.size() + 1);
  for (const std::string& word : spec.argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);

  // Before the rest: the kernel forgets whom to follow when the namespace changes.
  if (const auto confined = confine(spec.confinement, paths_of(spec)); !confined)
    refuse(confined.error().detail(), kNoFault);
  die_with(launch.origin.parent);
  restore_library_signals();
  if (launch.origin.open_files != 0) restore_open_files(launch.origin.open_files);
  if (spec.limits.open_files != 0) {
    limit(RLIMIT_NOFILE, spec.limits.open_files, "cannot limit the open files");
  }
  if (spec.limits.cpu_seconds != 0) limit_cpu(spec.limits.cpu_seconds);
  if (spec.limits.nice != 0 && ::setpriority(PRIO_PROCESS, 0, spec.limits.nice) != 0) {
    const int fault = errno;
    refuse(fmt::format("cannot set nice to {}", spec.limits.nice), fault);
  }
  if (!spec.folder.empty() && ::chdir(spec.folder.c_str()) != 0) {
    const int fault = errno;
    refuse(fmt::format("cannot enter the folder \"{}\"", safe_for_log(spec.folder)), fault);
  }
  if (spec.limits.address_space_bytes != 0) {
    limit(RLIMIT_AS, spec.limits.address_space_bytes, "cannot limit the memory");
  }
  ::execvp(words[0], words.data());
  refuse(cannot_start, errno, looked);
}

}  // namespace

void exec_child_if_asked(int argc, const char* const* argv) {
  if (argc < 2 || argv[1] != kExecChildCommand) return;
  const auto words = std::span{argv, static_cast<std::size_t>(argc)}.subspan(2);
  if (words.size() == 1 && words[0] == kGuardWord) {
    guard_groups_blocking(STDIN_FILENO);
    ::_exit(0);
  }
  if (!words.empty() && words[0] == kProbeConfinementWord) {
    const auto asks_for = [&](std::string_view word) {
      return std::ranges::find(words, word, [](const char* each) {
               return std::string_view{each};
             }) != words.end();
    };
    const Confinement wanted{
        .network = asks_for(kProbeNetwork) ? ChildNetwork::none : ChildNetwork::shared,
        .files = asks_for(kProbeFiles) ? ChildFiles::read_only : ChildFiles::shared};
    ::_exit(confine(wanted) ? 0 : 1);
  }
  const auto launch = parse_launch(words);
  if (!launch) refuse(launch.error().detail(), kNoFault);
  become(*launch);
}

}  // namespace junctor::rt
