#pragma once
// What several upstreams offer as one: the merged lists as text that is ready to be sent, and the
// table that says whom a name belongs to.
//
// A catalog is a pure function of the listings and of the way of naming, and never changes. Items
// stand in the order of the upstreams and then in the upstream's own, byte by byte as it wrote
// them, but that a renamed item's name is replaced in its place.
// Invariant: find(kind, name) of every name in the merged list gives the item it stands for.
//
// Source:  MCP 2026-07-28 and 2025-11-25, lists and capabilities.
// Limits:  those of listing.h for each upstream, kInstructionsBytesMax, and the budget of
//          uri_template.h for each upstream's templates in a search.
// Errors:  none; an upstream that was not read adds nothing and is named by missing().
// Threads: immutable; safe from all. Views live as long as the catalog.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/listing.h"
#include "agent/naming.h"
#include "agent/uri_template.h"

namespace junctor::agent {

inline constexpr std::size_t kInstructionsBytesMax = std::size_t{16} << 10U;

class Catalog {
 public:
  Catalog(std::vector<std::shared_ptr<const Listing>> listings, Naming naming);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;
  Catalog(Catalog&&) = delete;
  Catalog& operator=(Catalog&&) = delete;
  ~Catalog() = default;

  struct Target {
    std::size_t upstream = 0;                       // Its place among the listings.
    const ListItem* item = nullptr;                 // Null for a resource that is in no list.
    std::string_view name;                          // What the upstream calls it, unescaped.
    std::shared_ptr<const std::string> owned_name;  // Holds `name` when it had to be made.
  };
  // Tools and prompts: by exposed name, else by the bare or the prefixed name when exactly one item
  // in the catalog has it; one that the operator renamed has his name for its bare one. Templates:
  // by exposed text. Resources: by exposed URI, else by the first template that matches or by what
  // exposed_uri() made, else by the only upstream that offers URIs of that scheme; `name` may then
  // be a view of `exposed`.
  [[nodiscard]] std::optional<Target> find(ListKind kind, std::string_view exposed) const;
  // The other way: what clients call what this upstream calls `name`. A URI in no list that would
  // lead to another upstream gets a form that leads back to this one. `name` itself where that is
  // right, and where there is no better.
  [[nodiscard]] std::string exposed_name(ListKind kind, std::size_t upstream,
                                         std::string_view name) const;

  struct Page {
    std::string_view text;  // Items joined by commas: "[" + text + "]" is the page's array.
    std::size_t next = 0;   // Where the next page begins; size(kind) at the end.
  };
  // Items from `from` on: as many as fit into `bytes_max`, and one if any is left.
  [[nodiscard]] Page page(ListKind kind, std::size_t from, std::size_t bytes_max) const noexcept;
  [[nodiscard]] std::size_t size(ListKind kind) const noexcept;
  // Of the exposed list's text; the same in every process.
  [[nodiscard]] std::uint64_t digest(ListKind kind) const noexcept;
  // Of all four lists.
  [[nodiscard]] std::uint64_t digest() const noexcept { return digest_; }

  // The union of the upstreams' capabilities, a JSON object.
  [[nodiscard]] const std::string& capabilities() const noexcept { return capabilities_; }
  // Of the upstreams that have any, each under a heading when there are several.
  [[nodiscard]] const std::string& instructions() const noexcept { return instructions_; }

  [[nodiscard]] const std::vector<std::shared_ptr<const Listing>>& listings() const noexcept {
    return listings_;
  }
  // Names of upstreams never read, and of those served from the last good copy.
  [[nodiscard]] std::vector<std::string_view> missing() const;
  [[nodiscard]] std::vector<std::string_view> stale() const;
  // Of those that do not speak the era; and whether that is all of them, so that there is nobody
  // whom a client of this era could talk to.
  [[nodiscard]] std::vector<std::string_view> other_era() const;
  [[nodiscard]] bool is_other_era() const noexcept;
  // The least that an upstream said, at most kCatalogTtlMsMax; nothing when none said any.
  [[nodiscard]] std::optional<std::uint64_t> ttl_ms() const noexcept;
  // Some upstream's lists are for one reader alone.
  [[nodiscard]] bool is_private() const noexcept;

  // For the log and the status.
  using Renamed = agent::Renamed;
  using Dropped = agent::Dropped;
  [[nodiscard]] const std::vector<Renamed>& renamed() const noexcept { return renamed_; }
  [[nodiscard]] const std::vector<Dropped>& dropped() const noexcept { return dropped_; }

 private:
  enum class Claim : std::uint8_t { exposed, alias, ambiguous };
  struct Owner {
    std::uint32_t at = 0;  // Among the items of the list.
    Claim claim = Claim::exposed;
  };
  struct OwnName {
    std::uint32_t upstream = 0;
    std::string_view name;
    bool operator==(const OwnName&) const = default;
  };
  struct OwnNameHash {
    std::size_t operator()(const OwnName& own) const noexcept {
      return std::hash<std::string_view>{}(own.name) ^ own.upstream;
    }
  };
  struct MergedList {
    NamedList named;
    std::deque<std::string> aliases;  // Prefixed names that only `owners` views.
    std::unordered_map<std::string_view, Owner> owners;
    std::unordered_map<OwnName, std::string_view, OwnNameHash> renames;
    std::string text;
    std::vector<std::size_t> ends;  // Of the items in `text`.
    std::uint64_t digest = 0;
  };
  struct MatchedTemplate {
    std::uint32_t upstream = 0;
    UriTemplate exposed;
    std::optional<UriTemplate> own;  // When it is exposed under another text.
  };
  // Whom a scheme's URIs belong to; nothing when several upstreams have it.
  using SchemeOwner = std::optional<std::uint32_t>;

  void write_list(ListKind kind);
  void enter_owners(ListKind kind);
  void enter_templates();
  void enter_schemes();
  [[nodiscard]] std::optional<Target> find_unlisted(std::string_view uri) const;
  // A URI that is in no list, by its upstream's selection.
  [[nodiscard]] bool is_offered(const Target& target) const;
  [[nodiscard]] std::optional<Target> find_by_template(std::span<const MatchedTemplate> templates,
                                                       std::string_view uri) const;
  [[nodiscard]] std::optional<Target> find_exposed_form(std::string_view uri) const;
  [[nodiscard]] static Target made_target(std::uint32_t upstream, const ListItem* item,
                                          std::string name);
  [[nodiscard]] std::string exposed_unlisted(const OwnName& own) const;

  std::vector<std::shared_ptr<const Listing>> listings_;
  std::array<MergedList, kListKindCount> lists_;
  std::vector<MatchedTemplate> own_scheme_templates_;  // Exposed as junctor://...
  std::vector<MatchedTemplate> templates_;             // All others.
  std::unordered_map<std::string, SchemeOwner> schemes_;
  std::string capabilities_;
  std::string instructions_;
  std::vector<Renamed> renamed_;
  std::vector<Dropped> dropped_;
  std::uint64_t digest_ = 0;
};

}  // namespace junctor::agent
