#include "app/config_node.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/core.h>

#include "app/config_json.h"
#include "app/config_yaml.h"
#include "base/assert.h"
#include "base/text.h"
#include "base/variables.h"

namespace junctor::app {
namespace {

// Readers of YAML and JSON differ in which of two they take, so there is no right one.
void find_duplicates(const ConfigNode& node, const std::string& path, ProblemList& problems) {
  std::unordered_set<std::string_view> seen;
  for (const ConfigMember& member : node.members) {
    std::string inner = member_path(path, member.key);
    if (!seen.insert(member.key).second) {
      problems.add(member.mark, inner, "stands twice here; keep one of them");
    }
    find_duplicates(member.value, inner, problems);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    find_duplicates(node.items[i], element_path(path, i), problems);
  }
}

// One "${kind:argument}" replaced, or a sentence that says why not.
std::expected<std::string, std::string> lookup(std::string_view inside,
                                               const ConfigSources& sources) {
  const std::size_t colon = inside.find(':');
  const std::string_view kind = inside.substr(0, colon);
  const std::string argument{colon == std::string_view::npos ? std::string_view{}
                                                             : inside.substr(colon + 1)};
  if (argument.empty() || (kind != "env" && kind != "file")) {
    return std::unexpected{fmt::format(
        "expected ${{env:NAME}} or ${{file:PATH}}, not ${{{}}}; write $${{ for a plain ${{",
        safe_for_log(inside, 64))};
  }
  if (kind == "env") {
    if (auto value = sources.variable(argument)) return *std::move(value);
    return std::unexpected{
        fmt::format("the environment variable {} is not set", safe_for_log(argument, 64))};
  }
  auto content = sources.file_blocking(argument);
  if (!content) return std::unexpected{content.error().detail()};
  // Editors end a file with a line end that is not part of a key.
  if (content->ends_with('\n')) content->pop_back();
  if (content->ends_with('\r')) content->pop_back();
  return *std::move(content);
}

void substitute_text(ConfigNode& node, const std::string& path, const ConfigSources& sources,
                     ProblemList& problems) {
  auto made = expand_variables(node.text, [&](std::string_view inside) {
    node.substituted = true;
    return lookup(inside, sources);
  });
  if (made) {
    node.text = *std::move(made);
  } else {
    node.unresolved = true;
    problems.add(node.mark, path, std::move(made.error()));
  }
}

// Values alone and never keys: a configuration whose keys depend on where it runs cannot be checked
// elsewhere.
void substitute_below(ConfigNode& node, const std::string& path, const ConfigSources& sources,
                      ProblemList& problems) {
  if (node.kind == ConfigNode::Kind::text && node.text.find("${") != std::string::npos) {
    substitute_text(node, path, sources, problems);
  }
  for (ConfigMember& member : node.members) {
    substitute_below(member.value, member_path(path, member.key), sources, problems);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    substitute_below(node.items[i], element_path(path, i), sources, problems);
    if (node.items[i].is_scalar() && node.items[i].unresolved) node.unresolved = true;
  }
}

}  // namespace

// A walk: maps of a configuration have a dozen keys.
const ConfigMember* ConfigNode::find(std::string_view key) const noexcept {
  const auto found = std::ranges::find(members, key, &ConfigMember::key);
  return found == members.end() ? nullptr : &*found;
}

std::string_view kind_text(ConfigNode::Kind kind) noexcept {
  switch (kind) {
    case ConfigNode::Kind::null: return "nothing";
    case ConfigNode::Kind::boolean: return "a boolean";
    case ConfigNode::Kind::number: return "a number";
    case ConfigNode::Kind::text: return "text";
    case ConfigNode::Kind::list: return "a list";
    case ConfigNode::Kind::map: return "a map";
  }
  std::unreachable();
}

void ProblemList::add(ConfigMark mark, std::string path, std::string sentence) {
  JUNCTOR_ASSERT(!sentence.empty());
  problems_.push_back({.line = mark.line,
                       .column = mark.column,
                       .path = std::move(path),
                       .sentence = std::move(sentence)});
}

// In the order of the file, however the checks came to them; equal ones by their path, so that the
// output is the same each time.
ConfigProblems ProblemList::take() && {
  std::ranges::sort(problems_, {}, [](const ConfigProblem& problem) {
    return std::tie(problem.line, problem.column, problem.path, problem.sentence);
  });
  return std::move(problems_);
}

// JSON is nearly YAML, but its numbers, escapes and errors are read better by a reader of its own.
std::expected<ConfigNode, ConfigProblems> read_config_tree(std::string_view text) {
  ProblemList problems;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  ConfigNode root = is_json ? read_json(text, problems) : read_yaml(text, problems);
  if (problems.empty()) find_duplicates(root, "", problems);
  if (!problems.empty()) return std::unexpected{std::move(problems).take()};
  return root;
}

void substitute(ConfigNode& root, const ConfigSources& sources, ProblemList& problems) {
  JUNCTOR_ASSERT(sources.variable && sources.file_blocking);
  substitute_below(root, "", sources, problems);
}

std::string member_path(std::string_view parent, std::string_view key) {
  // A key is text from the file: whatever it holds, the problem stays one line.
  const std::string shown = safe_for_log(key, 64);
  return parent.empty() ? shown : fmt::format("{}.{}", parent, shown);
}

std::string element_path(std::string_view parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

}  // namespace junctor::app
