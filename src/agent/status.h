#pragma once
// What the agent plane says of itself: plain values, for health and for operators.
//
// Threads: values.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace junctor::agent {

// Of an upstream that is a program.
struct StdioStatus {
  bool is_stdio = false;
  std::size_t children = 0;  // Processes that run.
  std::size_t crashes = 0;   // Those that ended by themselves, since the start.
  bool backs_off = false;    // It ended several times in a row soon after its start.
};

struct UpstreamStatus {
  std::string name;
  // Whether the last attempt to reach it succeeded; `unknown` before the first.
  enum class Reach : unsigned char { unknown, up, down } reach = Reach::unknown;
  std::size_t connections = 0;
  StdioStatus children = {};
  // Names of tools whose definition is not what it first was; of a federated route's upstreams.
  std::vector<std::string> changed_tools = {};
};

[[nodiscard]] constexpr std::string_view reach_name(UpstreamStatus::Reach reach) noexcept {
  switch (reach) {
    case UpstreamStatus::Reach::unknown: return "not asked yet";
    case UpstreamStatus::Reach::up: return "up";
    case UpstreamStatus::Reach::down: return "down";
  }
  std::unreachable();
}

struct Status {
  std::vector<UpstreamStatus> upstreams;
  std::size_t sessions = 0;
};

// Of two shards: one that reaches an upstream is enough. While a reload is under way one may have
// upstreams that the other has not.
[[nodiscard]] Status joined(Status a, const Status& b);

}  // namespace junctor::agent
