#pragma once
// What one upstream offers: its lists as gathered page by page, each item with the text as the
// upstream wrote it.
//
// Nothing is written anew: an item is a name to look it up by and the span of its JSON. A page is
// added whole or not at all, so that a listing never holds half of one.
//
// Source:  MCP 2026-07-28 server/utilities/pagination and caching; the same lists of 2025-11-25.
// Limits:  kCatalogItemsMax items and kCatalogBytesMax bytes of items in all lists of one upstream.
// Errors:  corrupt "upstream_invalid" for what is no page, corrupt "upstream_too_large" over a
//          limit. An item without a name of its own is skipped and counted.
// Threads: a value; one owner while it is gathered, then shared as const.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "wire/mcp.h"

namespace junctor::agent {

enum class ListKind : std::uint8_t { tools, prompts, resources, templates };
inline constexpr std::size_t kListKindCount = 4;
inline constexpr std::array<ListKind, kListKindCount> kListKinds = {
    ListKind::tools, ListKind::prompts, ListKind::resources, ListKind::templates};

inline constexpr std::size_t kCatalogItemsMax = 50'000;
inline constexpr std::size_t kCatalogBytesMax = std::size_t{64} << 20U;
// A day; what an upstream says beyond it is no promise about its lists.
inline constexpr std::uint64_t kCatalogTtlMsMax = 86'400'000;

[[nodiscard]] constexpr std::size_t index_of(ListKind kind) noexcept {
  return static_cast<std::size_t>(kind);
}
// The member of the result that holds the list: "tools", "resourceTemplates".
[[nodiscard]] std::string_view list_member(ListKind kind) noexcept;
// The member of an item that names it: "name", "uri", "uriTemplate".
[[nodiscard]] std::string_view name_member(ListKind kind) noexcept;

// What a client is told when it changes.
[[nodiscard]] constexpr wire::McpMethod list_changed_method(ListKind kind) noexcept {
  switch (kind) {
    case ListKind::tools: return wire::McpMethod::tools_list_changed;
    case ListKind::prompts: return wire::McpMethod::prompts_list_changed;
    case ListKind::resources:
    case ListKind::templates: return wire::McpMethod::resources_list_changed;
  }
  std::unreachable();
}

struct ListItem {
  std::string name;  // The name, uri or uriTemplate, unescaped.
  std::string text;  // The JSON object as the upstream wrote it.
};

struct Selection;

struct Listing {
  std::string upstream;                        // Its configured name.
  std::shared_ptr<const Selection> selection;  // What of it is offered; null: everything.
  bool was_read = false;                       // False: never read so far.
  bool is_stale = false;      // The last good copy; the last attempt to read anew failed.
  bool is_other_era = false;  // It does not speak the era that was asked for, and adds nothing.
  std::string capabilities = "{}";  // A JSON object as the upstream wrote it.
  std::string instructions;         // Unescaped.
  std::array<std::vector<ListItem>, kListKindCount> lists;
  std::optional<std::uint64_t> ttl_ms;  // The least of its pages; nothing: it said none.
  bool is_private = true;               // Some page was not of cacheScope "public", or none came.

  // Kept by add_page().
  std::size_t pages = 0;
  std::size_t bytes = 0;    // Of the texts of all items.
  std::size_t skipped = 0;  // Items that have no name, or two.

  [[nodiscard]] const std::vector<ListItem>& list(ListKind kind) const noexcept {
    return lists[index_of(kind)];
  }
};

// Adds one page: `result` is the raw result object of a list request. Gives its nextCursor as it
// stands, a JSON string with its quotes ("\"\"" is a cursor like any other); nothing at the end of
// the list. After an error the listing is as it was.
[[nodiscard]] Result<std::optional<std::string>> add_page(Listing& listing, ListKind kind,
                                                          std::string_view result);

}  // namespace junctor::agent
