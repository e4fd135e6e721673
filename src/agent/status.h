#pragma once
// What the agent plane says of itself: plain values, for health and for operators.
//
// Threads: values.

#include <cstddef>
#include <string>
#include <vector>

namespace junctor::agent {

struct UpstreamStatus {
  std::string name;
  // Whether the last attempt to reach it succeeded; `unknown` before the first.
  enum class Reach : unsigned char { unknown, up, down } reach = Reach::unknown;
  std::size_t connections = 0;
};

struct Status {
  std::vector<UpstreamStatus> upstreams;
  std::size_t sessions = 0;
};

}  // namespace junctor::agent
