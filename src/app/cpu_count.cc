#include "app/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#include "base/units.h"

namespace junctor::app {
namespace {

// More than any of these files has; they have no size to ask for.
constexpr std::size_t kFileBytesMax = 16_KiB;

std::string read_small_blocking(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "re")};
  if (!file) return {};
  std::string content(kFileBytesMax, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  while (content.ends_with('\n')) content.pop_back();
  return content;
}

// Rounded up: with 1.5 CPUs a second thread still finds time to run.
std::optional<std::size_t> cpus_of(std::string_view quota, std::string_view period) {
  // "max" and "-1" are no numbers, and no cap.
  const auto used = parse_unsigned(quota);
  const auto of = parse_unsigned(period);
  if (!used || !of || *used == 0 || *of == 0) return std::nullopt;
  return static_cast<std::size_t>(*used / *of + (*used % *of == 0 ? 0 : 1));
}

std::optional<std::size_t> group_cpus_v2(const std::string& folder) {
  const std::string line = read_small_blocking(folder + "/cpu.max");
  const std::size_t blank = line.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  return cpus_of(std::string_view{line}.substr(0, blank), std::string_view{line}.substr(blank + 1));
}

std::optional<std::size_t> group_cpus_v1(const std::string& folder) {
  return cpus_of(read_small_blocking(folder + "/cpu.cfs_quota_us"),
                 read_small_blocking(folder + "/cpu.cfs_period_us"));
}

// The smallest cap from `group` up to the mount. A group that is not below the mount, as in a
// container that sees the host's path, ends at the mount itself.
template <class Read>
std::optional<std::size_t> smallest(const std::string& mount, std::string group, Read read) {
  std::optional<std::size_t> least;
  while (true) {
    if (const auto cpus = read(mount + group)) least = std::min(least.value_or(*cpus), *cpus);
    if (group.empty()) return least;
    group.erase(group.rfind('/'));
  }
}

// A whole word, or "cpuset" would be one.
bool names_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::string_view name = controllers.substr(0, controllers.find(','));
    if (name == "cpu") return true;
    controllers.remove_prefix(std::min(controllers.size(), name.size() + 1));
  }
  return false;
}

// One line of /proc/self/cgroup: "0::/path" of version 2, or "4:cpu,cpuacct:/path" of version 1.
std::optional<std::size_t> line_cpus(const std::string& root, std::string_view line) {
  const std::size_t first = line.find(':');
  const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view controllers = line.substr(first + 1, second - first - 1);
  std::string group{line.substr(second + 1)};
  while (group.ends_with('/')) group.pop_back();
  if (!group.empty() && !group.starts_with('/')) return std::nullopt;
  const std::string mount = root + "/sys/fs/cgroup";
  if (controllers.empty()) {
    // Where both versions are mounted, version 2 is beside them.
    const auto unified = smallest(mount, group, group_cpus_v2);
    return unified ? unified : smallest(mount + "/unified", group, group_cpus_v2);
  }
  if (!names_cpu(controllers)) return std::nullopt;
  return smallest(mount + "/cpu", group, group_cpus_v1);
}

}  // namespace

// The smallest of all: a process may be in groups of both versions at once.
std::optional<std::size_t> cgroup_cpus_blocking(const std::string& root) {
  const std::string groups = read_small_blocking(root + "/proc/self/cgroup");
  std::string_view rest = groups;
  std::optional<std::size_t> least;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (const auto cpus = line_cpus(root, line)) least = std::min(least.value_or(*cpus), *cpus);
  }
  JUNCTOR_ASSERT(!least || *least > 0);
  return least;
}

std::size_t affinity_cpus() noexcept {
  cpu_set_t mask;
  // Fails on machines with more than 1024 CPUs, where the quota or `shards` decides.
  if (::sched_getaffinity(0, sizeof mask, &mask) != 0) return 1;
  return std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&mask)));
}

// Mask and quota are set by different people, and both count.
std::size_t usable_cpus_blocking() {
  const std::size_t cpus = affinity_cpus();
  return std::min(cpus, cgroup_cpus_blocking().value_or(cpus));
}

}  // namespace junctor::app
