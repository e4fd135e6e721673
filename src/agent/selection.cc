#include "agent/selection.h"

#include <algorithm>
#include <utility>

namespace junctor::agent {
namespace {

bool names(const std::vector<std::string>& patterns, std::string_view name) noexcept {
  return std::ranges::any_of(
      patterns, [&](const std::string& pattern) { return matches_pattern(name, pattern); });
}

}  // namespace

// Each star first stands for nothing; on a mismatch the last one takes one character more. Those
// before it never need to: what lies between two stars is best found as early as can be.
bool matches_pattern(std::string_view text, std::string_view pattern) noexcept {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::optional<std::size_t> star;
  std::size_t taken_from = 0;  // Where in the text the last star's characters end.
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      taken_from = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star) {
      in_pattern = *star + 1;
      at = ++taken_from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

bool ItemSelection::is_denied(std::string_view name) const noexcept {
  return names(deny, name);
}

bool ItemSelection::offers(std::string_view name) const noexcept {
  return (!allow || names(*allow, name)) && !is_denied(name);
}

std::string_view ItemSelection::renamed(std::string_view name) const noexcept {
  const auto found = std::ranges::find(rename, name, &Rename::from);
  return found == rename.end() ? name : std::string_view{found->to};
}

const ItemSelection& Selection::of(ListKind kind) const noexcept {
  switch (kind) {
    case ListKind::tools: return tools;
    case ListKind::prompts: return prompts;
    case ListKind::resources:
    case ListKind::templates: return resources;
  }
  std::unreachable();
}

}  // namespace junctor::agent
