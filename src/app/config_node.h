#pragma once
// ConfigNode: the tree that a configuration file is read into, whether it was YAML or JSON, and the
// list of what is wrong with it.
//
// Every node knows where it stands, so that a problem found late still names its line. Scalars keep
// their text; their kind says how the file wrote them, not what a setting makes of them.
//
// Errors:  read_config_tree(): problems of syntax, and keys that stand twice in one map.
// Limits:  kConfigNodesMax nodes, kConfigDepthMax levels.
// Threads: values; one owner at a time.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

namespace junctor::app {

inline constexpr std::size_t kConfigNodesMax = 100'000;
inline constexpr std::size_t kConfigDepthMax = 32;

struct ConfigMark {
  std::size_t line = 0;  // Both from 1.
  std::size_t column = 0;
};

struct ConfigMember;

struct ConfigNode {
  enum class Kind : std::uint8_t { null, boolean, number, text, list, map };

  Kind kind = Kind::null;
  ConfigMark mark;
  std::string text;          // Of scalars; of text after substitution.
  bool substituted = false;  // Its text came from outside the file and may be a secret.
  bool unresolved = false;   // It, or an element of it, holds a ${...} that stands for nothing.
  std::vector<ConfigNode> items;      // Of lists.
  std::vector<ConfigMember> members;  // Of maps, in the order of the file.

  [[nodiscard]] bool is_scalar() const noexcept { return kind < Kind::list; }
  [[nodiscard]] const ConfigMember* find(std::string_view key) const noexcept;
};

struct ConfigMember {
  std::string key;
  ConfigMark mark;  // Of the key.
  ConfigNode value;
};

// "a map", "a number" ...: what stands there, for a sentence.
[[nodiscard]] std::string_view kind_text(ConfigNode::Kind kind) noexcept;

class ProblemList {
 public:
  void add(ConfigMark mark, std::string path, std::string sentence);
  [[nodiscard]] bool empty() const noexcept { return problems_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return problems_.size(); }
  // In the order of the file.
  [[nodiscard]] ConfigProblems take() &&;

 private:
  ConfigProblems problems_;
};

// JSON when the first character is '{', else YAML.
[[nodiscard]] std::expected<ConfigNode, ConfigProblems> read_config_tree(std::string_view text);

// Puts what ${env:NAME} and ${file:PATH} stand for into every text; "$${" stands for "${".
void substitute(ConfigNode& root, const ConfigSources& sources, ProblemList& problems);

// The path of a member or an element: "limits" and "head_timeout" make "limits.head_timeout".
[[nodiscard]] std::string member_path(std::string_view parent, std::string_view key);
[[nodiscard]] std::string element_path(std::string_view parent, std::size_t index);

}  // namespace junctor::app
