#pragma once
// Settings as tables: one row says what a setting is called, where its value lives, what it may be
// and what it is for. The parser, `junctor config reference` and docs/configuration.md come from
// the same rows.
//
// The default of a setting is the value its member has in a freshly made owner, so it is written
// once, in the struct of the room that uses it. The invariant is that reading never changes a
// member unless the value is good.
//
// Errors:  a sentence with the setting's path for each bad value; values that may be secret are not
//          shown.
// Threads: tables are constants; reading has one owner at a time.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "app/config_node.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/url.h"
#include "rt/endpoint.h"

namespace junctor::app {

enum class SettingType : std::uint8_t {
  count,        // A whole number between min and max.
  bytes,        // "16MiB", or a whole number.
  duration,     // "30s"; min and max are nanoseconds.
  choice,       // One of `choices`.
  text,         // At most max bytes.
  endpoint,     // "HOST:PORT".
  url,          // "http://..." or "https://...".
  text_list,    // At most max texts.
  secret_list,  // The same, never shown.
  section,      // A map with a table of its own.
};

// When a changed value counts: with the next reload, or with the next start.
enum class Applies : std::uint8_t { on_reload, at_start };

enum class Shown : std::uint8_t { yes, never };

struct SettingFacts {
  std::string_view path;
  SettingType type = SettingType::text;
  std::uint64_t min = 0;
  std::uint64_t max = UINT64_MAX;
  std::span<const std::string_view> choices = {};
  std::string_view help;
  Shown shown = Shown::yes;
  Applies applies = Applies::on_reload;
};

template <class Owner>
struct Setting : SettingFacts {
  using Read = void (*)(Owner& owner, const ConfigNode& node, const std::string& path,
                        const SettingFacts& facts, ProblemList& problems);
  Read read = nullptr;
  // The value as the file would have it; empty when there is none.
  std::string (*show)(const Owner& owner, const SettingFacts& facts) = nullptr;
};

// A value and where it goes. On a bad value the problem is added and nothing is changed.
struct ReadPlace {
  const ConfigNode& node;
  const std::string& path;
  const SettingFacts& facts;
  ProblemList& problems;

  void problem(std::string sentence) const;
  // The text of a scalar that is none of the wrong kinds; problem otherwise.
  [[nodiscard]] std::optional<std::string_view> scalar() const;
  // " not X" for a sentence, or nothing where X may be secret.
  [[nodiscard]] std::string got() const;
};

void read_value(const ReadPlace& place, std::uint64_t& value);
void read_value(const ReadPlace& place, std::uint32_t& value);
void read_value(const ReadPlace& place, Duration& value);
void read_value(const ReadPlace& place, std::string& value);
void read_value(const ReadPlace& place, rt::Endpoint& value);
void read_value(const ReadPlace& place, std::optional<rt::Endpoint>& value);
void read_value(const ReadPlace& place, net::Url& value);
void read_value(const ReadPlace& place, std::vector<std::string>& value);
void read_value(const ReadPlace& place, std::vector<Secret>& value);
[[nodiscard]] std::optional<std::size_t> read_choice(const ReadPlace& place);

// Enumerators stand in the order of `choices`.
template <class Enum>
  requires std::is_enum_v<Enum>
void read_value(const ReadPlace& place, Enum& value) {
  if (const auto index = read_choice(place)) value = static_cast<Enum>(*index);
}

[[nodiscard]] std::string show_value(const SettingFacts& facts, std::uint64_t value);
[[nodiscard]] std::string show_value(const SettingFacts& facts, Duration value);
[[nodiscard]] std::string show_value(const SettingFacts& facts, const std::string& value);
[[nodiscard]] std::string show_value(const SettingFacts& facts, const rt::Endpoint& value);
[[nodiscard]] std::string show_value(const SettingFacts& facts,
                                     const std::optional<rt::Endpoint>& value);
[[nodiscard]] std::string show_value(const SettingFacts& facts, const net::Url& value);
[[nodiscard]] std::string show_value(const SettingFacts& facts,
                                     const std::vector<std::string>& value);
[[nodiscard]] std::string show_value(const SettingFacts& facts, const std::vector<Secret>& value);

template <class Enum>
  requires std::is_enum_v<Enum>
std::string show_value(const SettingFacts& facts, Enum value) {
  return std::string{facts.choices[static_cast<std::size_t>(value)]};
}

template <class Owner, class First, class... Rest>
auto& member_of(Owner& owner, First first, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return owner.*first;
  } else {
    return member_of(owner.*first, rest...);
  }
}

// setting<Config, &Config::log, &LogConfig::level>({.path = "log.level", ...})
template <class Owner, auto... Members>
consteval Setting<Owner> setting(SettingFacts facts) {
  Setting<Owner> made;
  static_cast<SettingFacts&>(made) = facts;
  made.read = [](Owner& owner, const ConfigNode& node, const std::string& path,
                 const SettingFacts& row, ProblemList& problems) {
    read_value({.node = node, .path = path, .facts = row, .problems = problems},
               member_of(owner, Members...));
  };
  made.show = [](const Owner& owner, const SettingFacts& row) {
    return show_value(row, member_of(owner, Members...));
  };
  return made;
}

// A value that a function of its own reads, such as a map or a list of maps.
template <class Owner>
consteval Setting<Owner> custom(SettingFacts facts, typename Setting<Owner>::Read read) {
  Setting<Owner> made;
  static_cast<SettingFacts&>(made) = facts;
  made.read = read;
  made.show = [](const Owner&, const SettingFacts&) { return std::string{}; };
  return made;
}

// A word that is known, but not to this version: the sentence says what to do.
struct NotYet {
  std::string_view path;
  std::string_view sentence;
};

// Adds the problem of an unknown key on `level` of a table ("log", or empty); `known` are its
// paths.
void unknown_key(const ConfigMember& member, const std::string& path, const std::string& level,
                 std::span<const std::string_view> known, std::span<const NotYet> not_yet,
                 ProblemList& problems);

// What may stand in a map, and what may in another version.
template <class Owner>
struct Vocabulary {
  std::span<const Setting<Owner>> table;
  std::span<const NotYet> not_yet;
};

// Reads the members of a map by the rows whose path begins with `relative`; dots in a row's path
// are levels of maps. `path` names the map in problems.
template <class Owner>
void read_map(Owner& owner, const ConfigNode& node, const std::string& path,
              const Vocabulary<Owner>& words, ProblemList& problems,
              const std::string& relative = {}) {
  if (node.kind != ConfigNode::Kind::map) {
    problems.add(node.mark, path,
                 "expected a map (key: value), not " + std::string{kind_text(node.kind)});
    return;
  }
  std::vector<std::string_view> known;
  known.reserve(words.table.size());
  for (const Setting<Owner>& row : words.table) known.push_back(row.path);
  for (const ConfigMember& member : node.members) {
    const std::string inner = member_path(relative, member.key);
    const std::string shown = member_path(path, member.key);
    const Setting<Owner>* row = nullptr;
    bool is_level = false;
    // The dots of paths are levels; a key that holds one is no path.
    const bool is_word = !member.key.empty() && member.key.find('.') == std::string::npos;
    for (const Setting<Owner>& candidate : words.table) {
      if (is_word && candidate.path == inner) row = &candidate;
      is_level = is_level || (is_word && candidate.path.starts_with(inner + "."));
    }
    if (row != nullptr) {
      if (member.value.unresolved) continue;  // Said already, and there is no value to judge.
      row->read(owner, member.value, shown, *row, problems);
    } else if (is_level) {
      read_map(owner, member.value, shown, words, problems, inner);
    } else {
      unknown_key(member, shown, relative, known, words.not_yet, problems);
    }
  }
}

}  // namespace junctor::app
