#pragma once
// How many CPUs this process may use: those of its affinity mask, capped by the quota of its
// control group.
//
// A quota counts as whole CPUs, rounded up, and the smallest on the way from the process's group to
// the root decides. Whatever cannot be read is no cap.
//
// Source:  sched_getaffinity(2); cgroups(7); the kernel's cgroup-v2 (cpu.max) and sched-bwc
//          (cpu.cfs_quota_us).
// Limits:  at least 1.
// Threads: safe from all; reads files.

#include <cstddef>
#include <optional>
#include <string>

namespace junctor::app {

// `root`: where proc and sys are; tests give their own.
[[nodiscard]] std::optional<std::size_t> cgroup_cpus_blocking(const std::string& root = "");
[[nodiscard]] std::size_t affinity_cpus() noexcept;
[[nodiscard]] std::size_t usable_cpus_blocking();

}  // namespace junctor::app
