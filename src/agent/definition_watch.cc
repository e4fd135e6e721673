#include "agent/definition_watch.h"

#include <array>
#include <utility>

#include "agent/text_digest.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

constexpr std::string_view kDefining[] = {"name",        "title",        "description",
                                          "inputSchema", "outputSchema", "annotations"};

// JSON holds no NUL, so what is joined by it is unambiguous.
std::uint64_t digest_of(const ListItem& tool) {
  std::array<std::string_view, std::size(kDefining)> values;
  for (const wire::JsonMember& each : wire::JsonMembers{wire::json_value(tool.text)}) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (wire::json_string_equals(each.key, kDefining[i])) values[i] = each.value.raw;
    }
  }
  std::string text;
  for (const std::string_view value : values) text.append(value).append(1, '\0');
  return text_digest(text);
}

}  // namespace

// Digests first: the lock is everybody's.
DefinitionWatch::Seen DefinitionWatch::look(wire::Era era, const Listing& listing) {
  const auto& list = listing.list(ListKind::tools);
  std::vector<std::uint64_t> digests;
  digests.reserve(list.size());
  for (const ListItem& tool : list) digests.push_back(digest_of(tool));
  Seen seen;
  const std::lock_guard lock{mutex_};
  Tools& tools = upstreams_[listing.upstream];
  auto& known = era == wire::Era::modern ? tools.modern : tools.legacy;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto before = known.find(list[i].name);
    if (before != known.end()) {
      if (std::exchange(before->second.last, digests[i]) != digests[i] &&
          digests[i] != before->second.first)
        seen.changed.push_back(list[i].name);
    } else if (tools_ < kToolsMax) {
      ++tools_;
      known.emplace(list[i].name, Digests{.first = digests[i], .last = digests[i]});
    } else {
      ++seen.unwatched;
    }
  }
  return seen;
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

}  // namespace junctor::agent
