// Property: whatever pages upstreams send, the merged list is valid JSON, every name in it leads to
// an item of its own and back, and pages of any size are the whole list; a page that is refused
// changes nothing.
// The first byte chooses naming, kind and the size of pages; the byte 0xFF ends a page, and pages
// go to three upstreams in turn. JSON never holds that byte.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/catalog.h"
#include "base/assert.h"
#include "wire/json_scan.h"

namespace {

using namespace junctor::agent;
using junctor::wire::JsonMembers;
using junctor::wire::scan_json;

constexpr std::array<std::string_view, 3> kUpstreams = {"a", "b", "a__b"};

void add(Listing& listing, ListKind kind, std::string_view page) {
  const std::size_t items = listing.list(kind).size();
  const std::size_t pages = listing.pages;
  const auto cursor = add_page(listing, kind, page);
  if (!cursor) {
    JUNCTOR_ASSERT(listing.list(kind).size() == items && listing.pages == pages);
    JUNCTOR_ASSERT(cursor.error().reason() == "upstream_invalid");
    return;
  }
  JUNCTOR_ASSERT(listing.pages == pages + 1);
  JUNCTOR_ASSERT(!*cursor || scan_json(**cursor).root.kind == junctor::wire::JsonKind::string);
  for (const ListItem& item : listing.list(kind)) {
    JUNCTOR_ASSERT(scan_json(item.text).root.raw == item.text);
  }
}

void check_names(const Catalog& catalog, ListKind kind, std::string_view text) {
  const std::string array = "[" + std::string{text} + "]";
  const auto scan = scan_json(array);
  JUNCTOR_ASSERT(scan);
  std::set<const ListItem*> seen;
  for (const auto& element : JsonMembers{scan.root}) {
    const auto name = junctor::wire::json_text_member(element.value, name_member(kind));
    JUNCTOR_ASSERT(name);
    const auto target = catalog.find(kind, *name);
    JUNCTOR_ASSERT(target && target->item != nullptr && seen.insert(target->item).second);
    JUNCTOR_ASSERT(target->name == target->item->name);
    JUNCTOR_ASSERT(catalog.exposed_name(kind, target->upstream, target->name) == *name);
    if (*name == target->name) JUNCTOR_ASSERT(element.value.raw == target->item->text);
  }
  JUNCTOR_ASSERT(seen.size() == catalog.size(kind));
}

void check_pages(const Catalog& catalog, ListKind kind, std::string_view text,
                 std::size_t bytes_max) {
  std::string joined;
  for (std::size_t from = 0; from < catalog.size(kind);) {
    const auto page = catalog.page(kind, from, bytes_max);
    JUNCTOR_ASSERT(page.next > from && page.next <= catalog.size(kind));
    JUNCTOR_ASSERT(page.next == from + 1 || page.text.size() <= bytes_max);
    if (from > 0) joined += ',';
    joined += page.text;
    from = page.next;
  }
  JUNCTOR_ASSERT(joined == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto kind = kListKinds[data[0] % kListKindCount];
  const auto naming = static_cast<Naming>(data[0] / kListKindCount % 3);
  const std::size_t bytes_max = data[0];
  std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};

  std::array<Listing, kUpstreams.size()> listings;
  for (std::size_t i = 0; i < kUpstreams.size(); ++i) listings[i].upstream = kUpstreams[i];
  for (std::size_t turn = 0; !rest.empty(); ++turn) {
    const auto page = rest.substr(0, rest.find('\xFF'));
    add(listings[turn % listings.size()], kind, page);
    rest.remove_prefix(std::min(page.size() + 1, rest.size()));
  }
  std::vector<std::shared_ptr<const Listing>> shared;
  for (auto& listing : listings) {
    shared.push_back(std::make_shared<const Listing>(std::move(listing)));
  }
  const Catalog catalog{std::move(shared), naming};
  const auto text = catalog.page(kind, 0, std::string_view::npos).text;
  check_names(catalog, kind, text);
  check_pages(catalog, kind, text, bytes_max);
  JUNCTOR_ASSERT(scan_json(catalog.capabilities()));
  return 0;
}
