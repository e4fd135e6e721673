#pragma once
// Listings for tests, gathered by add_page() like those of a real upstream.
//
// Errors:  a page that is refused is a failure of the test.
// Threads: values; safe from all.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/listing.h"
#include "base/buffer.h"
#include "wire/json_write.h"

namespace junctor::agent::test {

// {"<list member>":[<items, raw>]<more, raw members with their comma>}
inline std::string page_of(ListKind kind, std::string_view items, std::string_view more = {}) {
  std::string page = "{\"";
  page += list_member(kind);
  page += "\":[";
  page += items;
  page += ']';
  page += more;
  return page + '}';
}

// The smallest items of these names, joined by commas.
inline std::string items_of(ListKind kind, const std::vector<std::string>& names) {
  Buffer out;
  for (const auto& name : names) {
    if (!out.empty()) out.append(',');
    wire::JsonWriter writer{out};
    writer.begin_object().key(name_member(kind)).string(name).end_object();
  }
  return std::string{out.view()};
}

struct Offer {
  std::string upstream;
  std::vector<std::string> tools = {};
  std::vector<std::string> prompts = {};
  std::vector<std::string> resources = {};
  std::vector<std::string> templates = {};
};

inline Listing listing_of(const Offer& offer) {
  Listing listing;
  listing.upstream = offer.upstream;
  listing.was_read = true;
  const auto add = [&](ListKind kind, const std::vector<std::string>& names) {
    EXPECT_TRUE(add_page(listing, kind, page_of(kind, items_of(kind, names))));
  };
  add(ListKind::tools, offer.tools);
  add(ListKind::prompts, offer.prompts);
  add(ListKind::resources, offer.resources);
  add(ListKind::templates, offer.templates);
  return listing;
}

using Listings = std::vector<std::shared_ptr<const Listing>>;

inline Listings listings_of(const std::vector<Offer>& offers) {
  Listings listings;
  for (const auto& offer : offers) {
    listings.push_back(std::make_shared<const Listing>(listing_of(offer)));
  }
  return listings;
}

}  // namespace junctor::agent::test
