#include "agent/definition_watch.h"

#include <utility>

#include "agent/text_digest.h"
#include "wire/json_scan.h"

namespace junctor::agent {
namespace {

constexpr std::string_view kDefining[] = {"name",        "title",        "description",
                                          "inputSchema", "outputSchema", "annotations"};

// JSON holds no NUL, so what is joined by it is unambiguous.
std::uint64_t digest_of(const ListItem& tool) {
  std::string text;
  for (const std::string_view member : kDefining) {
    text += wire::json_member({.raw = tool.text, .kind = wire::JsonKind::object}, member).raw;
    text += '\0';
  }
  return text_digest(text);
}

}  // namespace

std::vector<std::string> DefinitionWatch::look(wire::Era era, const Listing& listing) {
  std::vector<std::string> changed;
  const std::lock_guard lock{mutex_};
  Tools& tools = upstreams_[listing.upstream];
  auto& seen = era == wire::Era::modern ? tools.modern : tools.legacy;
  for (const ListItem& tool : listing.list(ListKind::tools)) {
    const std::uint64_t digest = digest_of(tool);
    const auto known = seen.find(tool.name);
    if (known == seen.end()) {
      if (tools_ >= kToolsMax) {
        ++unwatched_;
        continue;
      }
      ++tools_;
      seen.emplace(tool.name, Seen{.first = digest, .last = digest});
      continue;
    }
    Seen& before = known->second;
    if (std::exchange(before.last, digest) != digest && digest != before.first)
      changed.push_back(tool.name);
  }
  return changed;
}

std::vector<std::string> DefinitionWatch::changed(std::string_view upstream) const {
  const std::lock_guard lock{mutex_};
  const auto known = upstreams_.find(upstream);
  if (known == upstreams_.end()) return {};
  std::set<std::string> names;
  for (const auto* seen : {&known->second.legacy, &known->second.modern}) {
    for (const auto& [name, digests] : *seen) {
      if (digests.first != digests.last) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

std::size_t DefinitionWatch::unwatched() const {
  const std::lock_guard lock{mutex_};
  return unwatched_;
}

}  // namespace junctor::agent
