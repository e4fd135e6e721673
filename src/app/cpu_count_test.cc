// Goal: the number of shards follows what the control group allows, whichever version of control
// groups the machine has. Method: rows of files below a root of their own.

#include "app/cpu_count.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace junctor::app {
namespace {

struct Case {
  std::string name;
  std::vector<std::pair<std::string, std::string>> files;
  std::optional<std::size_t> cpus;
};

const std::string kGroups = "proc/self/cgroup";

const Case kCases[] = {
    {"nothing_to_read", {}, std::nullopt},
    {"v2_without_limit",
     {{kGroups, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "max 100000\n"}},
     std::nullopt},
    {"v2_two_cpus", {{kGroups, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "200000 100000\n"}}, 2},
    {"v2_rounds_up", {{kGroups, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "150000 100000\n"}}, 2},
    {"v2_below_one", {{kGroups, "0::/a\n"}, {"sys/fs/cgroup/a/cpu.max", "5000 100000\n"}}, 1},
    {"v2_the_parent_is_smaller",
     {{kGroups, "0::/a/b\n"},
      {"sys/fs/cgroup/a/cpu.max", "100000 100000\n"},
      {"sys/fs/cgroup/a/b/cpu.max", "400000 100000\n"}},
     1},
    {"v2_in_a_namespace", {{kGroups, "0::/\n"}, {"sys/fs/cgroup/cpu.max", "300000 100000\n"}}, 3},
    {"v2_beside_v1",
     {{kGroups, "0::/a\n"}, {"sys/fs/cgroup/unified/a/cpu.max", "300000 100000\n"}},
     3},
    {"v1",
     {{kGroups, "5:memory:/x\n4:cpuacct,cpu:/a\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"}},
     3},
    {"v1_without_limit",
     {{kGroups, "4:cpu:/a\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"}},
     std::nullopt},
    {"v1_cpuset_is_not_cpu",
     {{kGroups, "4:cpuset:/a\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "100000\n"},
      {"sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n"}},
     std::nullopt},
    {"path_of_the_host_in_a_container",
     {{kGroups, "0::/docker/1234\n"}, {"sys/fs/cgroup/cpu.max", "100000 100000\n"}},
     1},
    {"garbage",
     {{kGroups, "x\n0:\n::\n0::a\n"}, {"sys/fs/cgroup/cpu.max", "100000 0\n"}},
     std::nullopt},
};

class Folder {
 public:
  Folder() {
    std::string name = ::testing::TempDir() + "junctor_cpus_XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const std::string& file, const std::string& text) const {
    const std::filesystem::path whole = std::filesystem::path{path_} / file;
    std::filesystem::create_directories(whole.parent_path());
    std::FILE* open = std::fopen(whole.c_str(), "w");
    ASSERT_NE(open, nullptr);
    std::fputs(text.c_str(), open);
    std::fclose(open);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(CpuCount, FollowsTheSmallestQuota) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const Folder folder;
    for (const auto& [file, text] : c.files) folder.write(file, text);
    EXPECT_EQ(cgroup_cpus_blocking(folder.path()), c.cpus);
  }
}

TEST(CpuCount, IsAtLeastOneAndAtMostTheMask) {
  EXPECT_GE(usable_cpus_blocking(), 1U);
  EXPECT_LE(usable_cpus_blocking(), affinity_cpus());
}

}  // namespace
}  // namespace junctor::app
