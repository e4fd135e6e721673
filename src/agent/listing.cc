#include "agent/listing.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "base/assert.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

using wire::JsonKind;
using wire::JsonMember;
using wire::JsonMembers;
using wire::JsonValue;
using wire::KeyNode;

constexpr std::array<std::string_view, kListKindCount> kListMembers = {
    "tools", "prompts", "resources", "resourceTemplates"};
constexpr std::array<std::string_view, kListKindCount> kNameMembers = {"name", "name", "uri",
                                                                       "uriTemplate"};

enum Slot : std::uint8_t { slot_items, slot_cursor, slot_ttl, slot_scope };
constexpr std::size_t kSlotCount = 4;

std::unexpected<Error> invalid(std::string detail) {
  return fail(ErrorKind::corrupt, "upstream_invalid", std::move(detail));
}

// What is no number of milliseconds promises nothing, and neither does a negative one. JavaScript
// knows one type of number, so 1.0 and 6e4 are integers too.
std::uint64_t ttl_of(const JsonValue& value) noexcept {
  if (value.kind != JsonKind::number) return 0;
  double ms = 0;
  const char* const end = value.raw.data() + value.raw.size();
  if (std::from_chars(value.raw.data(), end, ms).ec == std::errc::result_out_of_range) {
    // Beyond a double at one of its ends; what may be tiny counts as that.
    const bool is_huge = value.raw.front() != '-' && value.raw.front() != '0' &&
                         value.raw.find("e-") == std::string_view::npos &&
                         value.raw.find("E-") == std::string_view::npos;
    ms = is_huge ? static_cast<double>(kCatalogTtlMsMax) : 0;
  }
  return static_cast<std::uint64_t>(std::clamp(ms, 0.0, static_cast<double>(kCatalogTtlMsMax)));
}

// The text that names an item. Nothing when there is none, and when there are two: readers of the
// same text could then call it differently.
std::optional<std::string> name_of(const JsonValue& item, std::string_view key) {
  if (item.kind != JsonKind::object) return std::nullopt;
  JsonValue name;
  for (const JsonMember& member : JsonMembers{item}) {
    if (!wire::json_string_equals(member.key, key)) continue;
    if (name) return std::nullopt;
    name = member.value;
  }
  if (name.kind != JsonKind::string) return std::nullopt;
  return wire::unescape_json_string(name.raw);
}

struct PageItems {
  std::vector<ListItem> items;
  std::size_t bytes = 0;
  std::size_t skipped = 0;
};

Result<PageItems> read_items(const Listing& listing, ListKind kind, const JsonValue& array) {
  std::size_t items_left = kCatalogItemsMax;
  for (const auto& list : listing.lists) items_left -= std::min(items_left, list.size());
  const std::size_t bytes_left = kCatalogBytesMax - std::min(kCatalogBytesMax, listing.bytes);
  PageItems page;
  for (const JsonMember& element : JsonMembers{array}) {
    auto name = name_of(element.value, name_member(kind));
    if (!name) {
      ++page.skipped;
      continue;
    }
    page.bytes += element.value.raw.size();
    if (page.items.size() == items_left || page.bytes > bytes_left) {
      return fail(ErrorKind::corrupt, "upstream_too_large",
                  fmt::format("The upstream's lists have over {} items or {} MiB.",
                              kCatalogItemsMax, kCatalogBytesMax >> 20U));
    }
    page.items.push_back({.name = *std::move(name), .text = std::string{element.value.raw}});
  }
  return page;
}

}  // namespace

std::string_view list_member(ListKind kind) noexcept {
  JUNCTOR_ASSERT(index_of(kind) < kListKindCount);
  return kListMembers[index_of(kind)];
}

std::string_view name_member(ListKind kind) noexcept {
  JUNCTOR_ASSERT(index_of(kind) < kListKindCount);
  return kNameMembers[index_of(kind)];
}

Result<std::optional<std::string>> add_page(Listing& listing, ListKind kind,
                                            std::string_view result) {
  const std::array<KeyNode, kSlotCount> keys = {
      KeyNode{.key = list_member(kind), .slot = slot_items},
      KeyNode{.key = "nextCursor", .slot = slot_cursor}, KeyNode{.key = "ttlMs", .slot = slot_ttl},
      KeyNode{.key = "cacheScope", .slot = slot_scope}};
  std::array<JsonValue, kSlotCount> slots;
  const auto scan = wire::scan_json(result, keys, slots);
  if (!scan) {
    return invalid(fmt::format("The upstream's list is no JSON: {} at byte {}.",
                               wire::json_fault_name(scan.fault), scan.offset));
  }
  if (slots[slot_items].kind != JsonKind::array) {
    return invalid(fmt::format("The upstream's list has no array \"{}\".", list_member(kind)));
  }
  // Anything else may be a cursor that is misspelt: an end here would hide the rest of the list.
  const JsonValue& cursor = slots[slot_cursor];
  if (cursor && cursor.kind != JsonKind::null && cursor.kind != JsonKind::string) {
    return invalid("The upstream's list has a nextCursor that is no string.");
  }
  JUNCTOR_TRY(PageItems page, read_items(listing, kind, slots[slot_items]));

  auto& list = listing.lists[index_of(kind)];
  std::ranges::move(page.items, std::back_inserter(list));
  listing.bytes += page.bytes;
  listing.skipped += page.skipped;
  if (const JsonValue& ttl = slots[slot_ttl]) {
    listing.ttl_ms = std::min(listing.ttl_ms.value_or(kCatalogTtlMsMax), ttl_of(ttl));
  }
  const JsonValue& scope = slots[slot_scope];
  const bool is_public =
      scope.kind == JsonKind::string && wire::json_string_equals(scope.raw, "public");
  listing.is_private = !is_public || (listing.pages > 0 && listing.is_private);
  ++listing.pages;
  if (cursor.kind != JsonKind::string) return std::nullopt;
  return std::string{cursor.raw};
}

}  // namespace junctor::agent
