#include "agent/catalog.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "agent/capability_union.h"
#include "agent/selection.h"
#include "agent/text_digest.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "base/text.h"
#include "wire/json_scan.h"
#include "wire/json_write.h"

namespace junctor::agent {
namespace {

using Listings = std::span<const std::shared_ptr<const Listing>>;

// The item as it came, or with its name's value replaced where it stands.
void append_item(std::string& out, const NamedItem& named, ListKind kind, Buffer& scratch) {
  const std::string_view text = named.item->text;
  if (!named.is_renamed()) {
    out += text;
    return;
  }
  const wire::JsonValue name = wire::json_member(wire::json_value(text), name_member(kind));
  JUNCTOR_ASSERT(name.kind == wire::JsonKind::string);  // add_page() takes no other item.
  const auto begin = static_cast<std::size_t>(name.raw.data() - text.data());
  scratch.clear();
  wire::append_json_string(scratch, named.exposed);
  out += text.substr(0, begin);
  out += scratch.view();
  out += text.substr(begin + name.raw.size());
}

// RFC 3986 section 3.1, in lower case; empty when there is none.
std::string scheme_of(std::string_view uri) {
  const auto scheme = uri.substr(0, uri.find(':'));
  const auto is_allowed = [](char c) {
    return (is_unreserved_in_uri(c) && c != '_' && c != '~') || c == '+';
  };
  const char first = scheme.empty() ? '0' : ascii_lower(scheme.front());
  const bool is_scheme = scheme.size() < uri.size() && first >= 'a' && first <= 'z' &&
                         std::ranges::all_of(scheme, is_allowed);
  return is_scheme ? to_lower(scheme) : std::string{};
}

std::string joined_instructions(Listings listings) {
  std::vector<const Listing*> speaking;
  for (const auto& listing : listings) {
    if (!listing->instructions.empty()) speaking.push_back(listing.get());
  }
  if (speaking.empty()) return {};
  std::string text;
  if (speaking.size() == 1) text = speaking.front()->instructions;
  for (const Listing* listing : speaking) {
    if (speaking.size() == 1 || text.size() > kInstructionsBytesMax) break;
    if (!text.empty()) text += "\n\n";
    text += fmt::format("## {}\n\n{}", listing->upstream, listing->instructions);
  }
  text.resize(cut_at_character(text, kInstructionsBytesMax).size());
  return text;
}

std::string joined_capabilities(Listings listings) {
  std::vector<std::string_view> capabilities;
  capabilities.reserve(listings.size());
  for (const auto& listing : listings) capabilities.emplace_back(listing->capabilities);
  return union_of_capabilities(capabilities);
}

// Of the upstreams whose listing is so.
template <class Predicate>
std::vector<std::string_view> names_of(Listings listings, Predicate is_so) {
  std::vector<std::string_view> names;
  for (const auto& listing : listings) {
    if (is_so(*listing)) names.emplace_back(listing->upstream);
  }
  return names;
}

}  // namespace

Catalog::Catalog(std::vector<std::shared_ptr<const Listing>> listings, Naming naming)
    : listings_{std::move(listings)} {
  std::string digests;
  for (const ListKind kind : kListKinds) {
    MergedList& list = lists_[index_of(kind)];
    list.named = name_items(listings_, kind, naming);
    write_list(kind);
    enter_owners(kind);
    digests += fmt::format("{:016x}", list.digest);
    for (const NamedItem& named : list.named.items) {
      if (!named.is_renamed()) continue;
      list.renames.try_emplace({.upstream = named.upstream, .name = named.item->name},
                               named.exposed);
      renamed_.push_back({.upstream = listings_[named.upstream]->upstream,
                          .from = named.item->name,
                          .to = named.exposed,
                          .kind = kind});
    }
    std::ranges::copy(list.named.dropped, std::back_inserter(dropped_));
  }
  digest_ = text_digest(digests);
  enter_templates();
  enter_schemes();
  capabilities_ = joined_capabilities(listings_);
  instructions_ = joined_instructions(listings_);
}

void Catalog::write_list(ListKind kind) {
  MergedList& list = lists_[index_of(kind)];
  std::size_t bytes = 0;
  for (const NamedItem& named : list.named.items) {
    bytes += named.item->text.size() + named.exposed.size() + 1;
  }
  list.text.reserve(bytes);
  list.ends.reserve(list.named.items.size());
  Buffer scratch;
  for (const NamedItem& named : list.named.items) {
    if (!list.ends.empty()) list.text += ',';
    append_item(list.text, named, kind, scratch);
    list.ends.push_back(list.text.size());
  }
  list.digest = text_digest(list.text);
}

// Exposed names first, so that no alias stands in their place.
void Catalog::enter_owners(ListKind kind) {
  MergedList& list = lists_[index_of(kind)];
  const auto& items = list.named.items;
  const bool has_aliases = kind == ListKind::tools || kind == ListKind::prompts;
  list.owners.reserve(has_aliases ? 2 * items.size() : items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto [at, is_new] =
        list.owners.try_emplace(items[i].exposed, Owner{.at = static_cast<std::uint32_t>(i)});
    JUNCTOR_ASSERT(is_new);
  }
  if (!has_aliases) return;
  const auto enter = [&](std::string_view alias, std::size_t i) {
    const auto at = static_cast<std::uint32_t>(i);
    const auto [place, is_new] =
        list.owners.try_emplace(alias, Owner{.at = at, .claim = Claim::alias});
    Owner& owner = place->second;
    if (!is_new && owner.claim == Claim::alias && owner.at != at) owner.claim = Claim::ambiguous;
    return is_new;
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    enter(items[i].base, i);
    std::string prefixed = prefixed_name(listings_[items[i].upstream]->upstream, items[i].base);
    if (prefixed == items[i].exposed) continue;
    list.aliases.push_back(std::move(prefixed));
    if (!enter(list.aliases.back(), i)) list.aliases.pop_back();
  }
}

void Catalog::enter_templates() {
  for (const NamedItem& named : lists_[index_of(ListKind::templates)].named.items) {
    auto exposed = UriTemplate::parse(named.exposed);
    auto own = named.is_renamed() ? UriTemplate::parse(named.item->name) : std::nullopt;
    // One that cannot be read back from its exposed form is listed and matches nothing.
    if (!exposed || named.is_renamed() != own.has_value()) continue;
    auto& templates =
        named.exposed.starts_with(kExposedUriScheme) ? own_scheme_templates_ : templates_;
    templates.push_back(
        {.upstream = named.upstream, .exposed = *std::move(exposed), .own = std::move(own)});
  }
}

void Catalog::enter_schemes() {
  for (const ListKind kind : {ListKind::resources, ListKind::templates}) {
    for (const NamedItem& named : lists_[index_of(kind)].named.items) {
      const auto [at, is_new] =
          schemes_.try_emplace(scheme_of(named.item->name), SchemeOwner{named.upstream});
      if (!is_new && at->second != named.upstream) at->second.reset();
    }
  }
  schemes_.erase(std::string{});
}

std::optional<Catalog::Target> Catalog::find(ListKind kind, std::string_view exposed) const {
  const MergedList& list = lists_[index_of(kind)];
  const auto owner = list.owners.find(exposed);
  if (owner == list.owners.end()) {
    return kind == ListKind::resources ? find_unlisted(exposed) : std::nullopt;
  }
  if (owner->second.claim == Claim::ambiguous) return std::nullopt;
  const NamedItem& named = list.named.items[owner->second.at];
  return Target{.upstream = named.upstream,
                .item = named.item,
                .name = named.item->name,
                .owned_name = nullptr};
}

// A template that is offered says of every URI that it describes that it may be asked for.
bool Catalog::is_offered(const Target& target) const {
  const Selection* const selection = listings_[target.upstream]->selection.get();
  if (selection == nullptr || selection->resources.offers(target.name)) return true;
  if (selection->resources.is_denied(target.name)) return false;
  MatchBudget budget;
  const auto describes = [&](const MatchedTemplate& matched) {
    const UriTemplate& own = matched.own ? *matched.own : matched.exposed;
    return matched.upstream == target.upstream && own.matches(target.name, budget);
  };
  return std::ranges::any_of(templates_, describes) ||
         std::ranges::any_of(own_scheme_templates_, describes);
}

// What is in the catalog's own scheme goes where it says before a template that takes anything is
// asked.
std::optional<Catalog::Target> Catalog::find_unlisted(std::string_view uri) const {
  if (uri.starts_with(kExposedUriScheme)) {
    if (auto target = find_by_template(own_scheme_templates_, uri)) return target;
    if (auto target = find_exposed_form(uri)) return target;
  }
  if (auto target = find_by_template(templates_, uri)) return target;
  const auto scheme = schemes_.find(scheme_of(uri));
  const SchemeOwner owner = scheme == schemes_.end() ? std::nullopt : scheme->second;
  if (!owner) return std::nullopt;
  const Target target{.upstream = *owner, .item = nullptr, .name = uri, .owned_name = nullptr};
  return is_offered(target) ? std::optional{target} : std::nullopt;
}

std::optional<Catalog::Target> Catalog::find_by_template(std::span<const MatchedTemplate> templates,
                                                         std::string_view uri) const {
  MatchBudget budget;
  std::uint32_t upstream = 0;
  for (const MatchedTemplate& matched : templates) {
    // Each upstream has its own, so that none can use up the steps of those behind it.
    if (std::exchange(upstream, matched.upstream) != matched.upstream) budget = {};
    std::optional<Target> target;
    if (!matched.own) {
      if (!matched.exposed.matches(uri, budget)) continue;
      target = {.upstream = matched.upstream, .item = nullptr, .name = uri, .owned_name = nullptr};
    } else {
      auto own = matched.exposed.translate(uri, *matched.own, budget);
      if (!own) continue;
      target = made_target(matched.upstream, nullptr, *std::move(own));
    }
    if (is_offered(*target)) return target;
  }
  return std::nullopt;
}

// "junctor://<upstream>/<uri>" of a resource that is in no list, or no longer under this name.
std::optional<Catalog::Target> Catalog::find_exposed_form(std::string_view uri) const {
  auto own = read_exposed_uri(uri);
  if (!own) return std::nullopt;
  const auto listing =
      std::ranges::find(listings_, own->upstream, [](const auto& each) { return each->upstream; });
  if (listing == listings_.end()) return std::nullopt;
  const auto upstream = static_cast<std::uint32_t>(listing - listings_.begin());
  const MergedList& list = lists_[index_of(ListKind::resources)];
  const auto owner = list.owners.find(own->uri);
  const ListItem* item = nullptr;
  if (owner != list.owners.end()) {
    const NamedItem& named = list.named.items[owner->second.at];
    if (named.upstream == upstream && !named.is_renamed()) item = named.item;
  }
  auto target = made_target(upstream, item, std::move(own->uri));
  return is_offered(target) ? std::optional{std::move(target)} : std::nullopt;
}

Catalog::Target Catalog::made_target(std::uint32_t upstream, const ListItem* item,
                                     std::string name) {
  auto owned = std::make_shared<const std::string>(std::move(name));
  const std::string_view view = *owned;
  return {.upstream = upstream, .item = item, .name = view, .owned_name = std::move(owned)};
}

std::string Catalog::exposed_name(ListKind kind, std::size_t upstream,
                                  std::string_view name) const {
  JUNCTOR_ASSERT(upstream < listings_.size());
  const auto& renames = lists_[index_of(kind)].renames;
  const OwnName own{.upstream = static_cast<std::uint32_t>(upstream), .name = name};
  if (const auto renamed = renames.find(own); renamed != renames.end()) {
    return std::string{renamed->second};
  }
  return kind == ListKind::resources ? exposed_unlisted(own) : std::string{name};
}

// A URI that leads nowhere else is left alone, also one that leads nowhere: its reader may know it
// better. Another form is given only if it leads back.
std::string Catalog::exposed_unlisted(const OwnName& own) const {
  const auto leads_back = [&](std::string_view uri) {
    const auto target = find(ListKind::resources, uri);
    return target && target->upstream == own.upstream && target->name == own.name;
  };
  std::string name{own.name};
  const auto there = find(ListKind::resources, name);
  if (!there || there->upstream == own.upstream) return name;
  MatchBudget budget;
  for (const MatchedTemplate& matched : own_scheme_templates_) {
    if (matched.upstream != own.upstream || !matched.own) continue;
    auto exposed = matched.own->translate(name, matched.exposed, budget);
    if (exposed && leads_back(*exposed)) return *std::move(exposed);
  }
  std::string exposed = exposed_uri(listings_[own.upstream]->upstream, name);
  return leads_back(exposed) ? exposed : name;
}

Catalog::Page Catalog::page(ListKind kind, std::size_t from, std::size_t bytes_max) const noexcept {
  const MergedList& list = lists_[index_of(kind)];
  const std::size_t size = list.ends.size();
  if (from >= size) return {.text = {}, .next = size};
  const std::size_t begin = from == 0 ? 0 : list.ends[from - 1] + 1;  // Behind the comma.
  const std::size_t room = std::min(bytes_max, list.text.size() - begin);
  const auto first_over = std::upper_bound(list.ends.begin() + static_cast<std::ptrdiff_t>(from),
                                           list.ends.end(), begin + room);
  const auto fitting = static_cast<std::size_t>(first_over - list.ends.begin());
  const std::size_t next = std::max(fitting, from + 1);
  return {.text = std::string_view{list.text}.substr(begin, list.ends[next - 1] - begin),
          .next = next};
}

std::size_t Catalog::size(ListKind kind) const noexcept {
  return lists_[index_of(kind)].ends.size();
}

std::uint64_t Catalog::digest(ListKind kind) const noexcept {
  return lists_[index_of(kind)].digest;
}

std::vector<std::string_view> Catalog::missing() const {
  return names_of(listings_, [](const Listing& each) { return !each.was_read; });
}

std::vector<std::string_view> Catalog::stale() const {
  return names_of(listings_, [](const Listing& each) { return each.was_read && each.is_stale; });
}

std::vector<std::string_view> Catalog::other_era() const {
  return names_of(listings_, [](const Listing& each) { return each.is_other_era; });
}

bool Catalog::is_other_era() const noexcept {
  return !listings_.empty() &&
         std::ranges::all_of(listings_, [](const auto& each) { return each->is_other_era; });
}

std::optional<std::uint64_t> Catalog::ttl_ms() const noexcept {
  std::optional<std::uint64_t> least;
  for (const auto& listing : listings_) {
    const auto ttl_ms = listing->ttl_ms;
    if (ttl_ms) least = std::min(least.value_or(kCatalogTtlMsMax), *ttl_ms);
  }
  return least;
}

bool Catalog::is_private() const noexcept {
  return std::ranges::any_of(listings_, [](const auto& listing) { return listing->is_private; });
}

}  // namespace junctor::agent
