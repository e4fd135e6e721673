#pragma once
// How the items of several upstreams are called in one catalog.
//
// Names are given in the configured order of the upstreams, and each depends on those before it
// alone: an upstream that is added behind never changes a name that was given before. Within one
// upstream, items that keep their own name come first, so that no made name takes the name of an
// item that is really called so. A made name depends on the upstream's name and the item's, never
// on the process: it is the same after a restart and on another node. Names are never split to find
// what they mean; the catalog looks them up.
//
// Source:  MCP 2026-07-28 server/tools (tool names); RFC 3986 section 2 (percent-encoding).
// Limits:  a made name has at most kMadeNameBytesMax bytes; kNameAttemptsMax tries for a free one.
// Threads: pure; safe from all.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/listing.h"

namespace junctor::agent {

enum class Naming : std::uint8_t {
  collision,  // A name that an earlier upstream has is prefixed.
  always,     // Every name is prefixed; a URI only when an earlier upstream has it.
  never,      // A name that an earlier upstream has is dropped.
};

inline constexpr std::size_t kMadeNameBytesMax = 64;
inline constexpr std::size_t kNameAttemptsMax = 64;
inline constexpr std::string_view kNameSeparator = "__";
inline constexpr std::string_view kExposedUriScheme = "junctor://";

// An item under another name than its upstream, or the operator, gave it. Views of the listings and
// of made names.
struct Renamed {
  std::string_view upstream;
  std::string_view from;
  std::string_view to;
  ListKind kind = ListKind::tools;
};

// An item that is not in the catalog.
struct Dropped {
  enum class Why : std::uint8_t {
    repeated,  // The same upstream listed the name before.
    taken,     // An earlier upstream has it, and no other name is allowed or free.
  };
  std::string_view upstream;
  std::string_view name;
  ListKind kind = ListKind::tools;
  Why why = Why::repeated;
};

// An item and the name that clients see.
struct NamedItem {
  const ListItem* item = nullptr;
  std::uint32_t upstream = 0;
  std::string_view base;  // What the operator calls it, else what the upstream does.
  std::string_view exposed;

  [[nodiscard]] bool is_renamed() const noexcept { return exposed != item->name; }
};

struct NamedList {
  std::vector<NamedItem> items;  // In upstream order, then in the upstream's own.
  std::vector<Dropped> dropped;
  std::deque<std::string> made;  // The names that `items` view and no listing has.
};

// Names those items of one kind that the upstreams' selections offer. The listings outlive what is
// returned.
[[nodiscard]] NamedList name_items(std::span<const std::shared_ptr<const Listing>> listings,
                                   ListKind kind, Naming naming);

// "<upstream>__<name>"; beyond kMadeNameBytesMax its beginning, '_' and eight digits of its hash.
// `attempt`: 0 for the form that is tried first; each further one gives another name.
[[nodiscard]] std::string prefixed_name(std::string_view upstream, std::string_view name,
                                        std::size_t attempt = 0);

// The beginning of a text of at most so many bytes, which does not end inside of a character.
[[nodiscard]] std::string_view cut_at_character(std::string_view text,
                                                std::size_t bytes_max) noexcept;

// "junctor://<upstream>/<uri>" with all but unreserved characters of both percent-encoded.
[[nodiscard]] std::string exposed_uri(std::string_view upstream, std::string_view uri);
// The same for a URI template: expressions stay, literal text is encoded.
[[nodiscard]] std::string exposed_template(std::string_view upstream, std::string_view text);

struct UpstreamUri {
  std::string upstream;
  std::string uri;  // What the upstream calls it.
};
// The inverse of exposed_uri(); nothing for any other text. A URI that a client expanded from an
// exposed template is read by Catalog::find(), which knows where its literal text ends.
[[nodiscard]] std::optional<UpstreamUri> read_exposed_uri(std::string_view uri);

}  // namespace junctor::agent
