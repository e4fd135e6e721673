// Goal: a page is added whole or not at all, its items byte by byte as they were written, and what
// it says of cursor, lifetime and readers is read as the specification means it.
// Method: tables of pages, each with what must be gathered or refused; pages one after the other
// for what joins them; and limits met with one item, and exceeded by one more.

#include "agent/listing.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/listings.h"
#include "base/text.h"

namespace junctor::agent {
namespace {

using enum ListKind;
using test::items_of;
using test::page_of;

struct ItemCase {
  std::string_view name;
  ListKind kind;
  std::string_view items;
  std::vector<std::pair<std::string_view, std::string_view>> gathered;  // Name and text.
  std::size_t skipped = 0;
};

const ItemCase kItemCases[] = {
    {"none", tools, "", {}},
    {"tool", tools, R"({"name":"a"})", {{"a", R"({"name":"a"})"}}},
    {"prompt", prompts, R"({"name":"a"})", {{"a", R"({"name":"a"})"}}},
    {"resource_is_named_by_its_uri",
     resources,
     R"({"name":"n","uri":"file:///a"})",
     {{"file:///a", R"({"name":"n","uri":"file:///a"})"}}},
    {"template_is_named_by_its_text",
     templates,
     R"({"name":"n","uriTemplate":"file:///{a}"})",
     {{"file:///{a}", R"({"name":"n","uriTemplate":"file:///{a}"})"}}},
    {"order_and_blanks_stay",
     tools,
     " {\"z\" : 1.0 ,\n \"name\":\t\"a\" } , {\"name\":\"b\"} ",
     {{"a", "{\"z\" : 1.0 ,\n \"name\":\t\"a\" }"}, {"b", R"({"name":"b"})"}}},
    {"name_in_escapes",
     tools,
     R"({"n\u0061me":"\u0061\/\n\ud834\udd1e"})",
     {{"a/\n\xF0\x9D\x84\x9E", R"({"n\u0061me":"\u0061\/\n\ud834\udd1e"})"}}},
    {"lone_surrogate", tools, R"({"name":"\ud800"})", {{"\xED\xA0\x80", R"({"name":"\ud800"})"}}},
    {"empty_name_is_a_name", tools, R"({"name":""})", {{"", R"({"name":""})"}}},
    {"name_deeper_is_none", tools, R"({"annotations":{"name":"a"}})", {}, 1},
    {"no_name", tools, R"({"title":"a"},{"name":"b"})", {{"b", R"({"name":"b"})"}}, 1},
    {"name_is_no_text", tools, R"({"name":1},{"name":null},{"name":["a"]})", {}, 3},
    {"no_objects", tools, R"(1,null,"a",[{"name":"a"}],true)", {}, 5},
    {"two_names", tools, R"({"name":"a","name":"b"})", {}, 1},
    {"two_names_one_in_escapes", tools, R"({"name":"a","n\u0061me":"a"})", {}, 1},
    {"two_of_another_member",
     tools,
     R"({"x":1,"name":"a","x":2})",
     {{"a", R"({"x":1,"name":"a","x":2})"}}},
    {"resource_without_uri", resources, R"({"name":"a"})", {}, 1},
    {"repeated_items_are_gathered",
     tools,
     R"({"name":"a"},{"name":"a","v":2})",
     {{"a", R"({"name":"a"})"}, {"a", R"({"name":"a","v":2})"}}},
};

TEST(AddPage, GathersItemsAsTheyWereWritten) {
  for (const auto& one : kItemCases) {
    SCOPED_TRACE(one.name);
    Listing listing;
    const auto cursor = add_page(listing, one.kind, page_of(one.kind, one.items));
    ASSERT_TRUE(cursor) << cursor.error().detail();
    EXPECT_FALSE(cursor->has_value());
    const auto& list = listing.list(one.kind);
    ASSERT_EQ(list.size(), one.gathered.size());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(list[i].name, one.gathered[i].first);
      EXPECT_EQ(list[i].text, one.gathered[i].second);
      bytes += list[i].text.size();
    }
    EXPECT_EQ(listing.skipped, one.skipped);
    EXPECT_EQ(listing.bytes, bytes);
    EXPECT_EQ(listing.pages, 1U);
  }
}

struct PageCase {
  std::string_view name;
  std::string_view page;                   // A page of tools.
  std::optional<std::string_view> cursor;  // As it stands.
  std::optional<std::uint64_t> ttl_ms;
  bool is_private = true;
};

constexpr std::uint64_t kDay = 86'400'000;

constexpr PageCase kPageCases[] = {
    {"no_cursor", R"({"tools":[]})", {}, {}},
    {"null_cursor", R"({"tools":[],"nextCursor":null})", {}, {}},
    {"empty_cursor", R"({"tools":[],"nextCursor":""})", "\"\"", {}},
    {"cursor", R"({"tools":[],"nextCursor":"p2"})", "\"p2\"", {}},
    {"cursor_keeps_its_escapes", R"({"nextCursor":"\u0070\"2","tools":[]})", R"("\u0070\"2")", {}},
    {"cursor_in_an_item", R"({"tools":[{"name":"a","nextCursor":"x"}]})", {}, {}},
    {"ttl", R"({"tools":[],"ttlMs":60000})", {}, 60'000},
    {"ttl_zero", R"({"tools":[],"ttlMs":0})", {}, 0},
    {"ttl_as_a_float", R"({"tools":[],"ttlMs":1.0})", {}, 1},
    {"ttl_with_exponent", R"({"tools":[],"ttlMs":6e4})", {}, 60'000},
    {"ttl_with_large_exponent", R"({"tools":[],"ttlMs":1E+3})", {}, 1'000},
    {"ttl_with_a_fraction", R"({"tools":[],"ttlMs":1.9})", {}, 1},
    {"ttl_negative", R"({"tools":[],"ttlMs":-5})", {}, 0},
    {"ttl_negative_zero", R"({"tools":[],"ttlMs":-0.0})", {}, 0},
    {"ttl_over_a_day", R"({"tools":[],"ttlMs":86400001})", {}, kDay},
    {"ttl_of_twenty_digits", R"({"tools":[],"ttlMs":99999999999999999999})", {}, kDay},
    {"ttl_beyond_a_double", R"({"tools":[],"ttlMs":1e999})", {}, kDay},
    {"ttl_negative_beyond_a_double", R"({"tools":[],"ttlMs":-1e999})", {}, 0},
    {"ttl_tiny_beyond_a_double", R"({"tools":[],"ttlMs":1e-999})", {}, 0},
    {"ttl_is_no_number", R"({"tools":[],"ttlMs":"60000"})", {}, 0},
    {"ttl_is_null", R"({"tools":[],"ttlMs":null})", {}, 0},
    {"public", R"({"tools":[],"cacheScope":"public"})", {}, {}, false},
    {"public_in_escapes", R"({"tools":[],"cacheScope":"p\u0075blic"})", {}, {}, false},
    {"private", R"({"tools":[],"cacheScope":"private"})", {}, {}},
    {"unknown_scope", R"({"tools":[],"cacheScope":"Public"})", {}, {}},
    {"scope_is_no_text", R"({"tools":[],"cacheScope":true})", {}, {}},
    {"unknown_members", R"({"_meta":{"ttlMs":1},"resultType":"complete","tools":[]})", {}, {}},
    {"blanks", " {\"tools\" : [ ] , \"nextCursor\" : \"a\" } ", "\"a\"", {}},
};

TEST(AddPage, ReadsCursorLifetimeAndScope) {
  for (const auto& one : kPageCases) {
    SCOPED_TRACE(one.name);
    Listing listing;
    const auto cursor = add_page(listing, tools, one.page);
    ASSERT_TRUE(cursor) << cursor.error().detail();
    EXPECT_EQ(*cursor, one.cursor);
    EXPECT_EQ(listing.ttl_ms, one.ttl_ms);
    EXPECT_EQ(listing.is_private, one.is_private);
  }
}

TEST(AddPage, TakesALongNumberForWhatItIs) {
  // More digits than a double holds: at the one end a day, at the other nothing.
  const std::string zeros(400, '0');
  const std::pair<std::string, std::uint64_t> cases[] = {
      {"1" + zeros, kDay}, {"0." + zeros + "1", 0}, {"-1" + zeros, 0}};
  for (const auto& [number, expected] : cases) {
    SCOPED_TRACE(number.substr(0, 4));
    Listing listing;
    ASSERT_TRUE(add_page(listing, tools, page_of(tools, "", ",\"ttlMs\":" + number)));
    EXPECT_EQ(listing.ttl_ms, expected);
  }
}

struct RefusedCase {
  std::string_view name;
  ListKind kind;
  std::string_view page;
  std::string_view detail;
};

constexpr RefusedCase kRefusedCases[] = {
    {"empty", tools, "", "The upstream's list is no JSON: syntax at byte 0."},
    {"cut", tools, R"({"tools":[{"name":"a"})", "no JSON"},
    {"trailing", tools, R"({"tools":[]}])", "no JSON"},
    {"bad_utf8", tools, "{\"tools\":[{\"name\":\"\xFF\"}]}", "no JSON"},
    {"two_lists", tools, R"({"tools":[],"tools":[]})", "no JSON: duplicate"},
    {"two_cursors", tools, R"({"tools":[],"nextCursor":"a","nextCursor":"b"})", "duplicate"},
    {"no_object", tools, R"([{"name":"a"}])", "The upstream's list has no array \"tools\"."},
    {"no_list", tools, R"({"items":[]})", "no array \"tools\""},
    {"null_list", tools, R"({"tools":null})", "no array \"tools\""},
    {"list_is_an_object", tools, R"({"tools":{"name":"a"}})", "no array \"tools\""},
    {"another_kind", prompts, R"({"tools":[]})", "no array \"prompts\""},
    {"resources", resources, "{}", "no array \"resources\""},
    {"templates", templates, R"({"resources":[]})", "no array \"resourceTemplates\""},
    {"cursor_is_a_number", tools, R"({"tools":[],"nextCursor":2})",
     "The upstream's list has a nextCursor that is no string."},
    {"cursor_is_an_object", tools, R"({"tools":[],"nextCursor":{}})", "no string"},
    {"cursor_is_false", tools, R"({"tools":[],"nextCursor":false})", "no string"},
};

TEST(AddPage, RefusesWhatIsNoPageAndKeepsTheListing) {
  for (const auto& one : kRefusedCases) {
    SCOPED_TRACE(one.name);
    Listing listing;
    ASSERT_TRUE(add_page(
        listing, one.kind,
        page_of(one.kind, items_of(one.kind, {"kept"}), R"(,"ttlMs":5,"cacheScope":"public")")));
    const auto bytes = listing.bytes;
    const auto refused = add_page(listing, one.kind, one.page);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::corrupt);
    EXPECT_EQ(refused.error().reason(), "upstream_invalid");
    EXPECT_NE(refused.error().detail().find(one.detail), std::string::npos)
        << refused.error().detail();
    EXPECT_EQ(listing.list(one.kind).size(), 1U);
    EXPECT_EQ(listing.bytes, bytes);
    EXPECT_EQ(listing.pages, 1U);
    EXPECT_EQ(listing.ttl_ms, 5U);
    EXPECT_FALSE(listing.is_private);
  }
}

TEST(AddPage, JoinsPages) {
  Listing listing;
  const auto add = [&](ListKind kind, std::string_view name, std::string_view more) {
    ASSERT_TRUE(add_page(listing, kind, page_of(kind, items_of(kind, {std::string{name}}), more)));
  };
  add(tools, "a", R"(,"ttlMs":300,"cacheScope":"public")");
  EXPECT_EQ(listing.ttl_ms, 300U);
  EXPECT_FALSE(listing.is_private);
  add(tools, "b", R"(,"ttlMs":100,"cacheScope":"public")");
  EXPECT_EQ(listing.ttl_ms, 100U);
  add(resources, "c:", R"(,"ttlMs":200,"cacheScope":"private")");
  EXPECT_EQ(listing.ttl_ms, 100U);
  EXPECT_TRUE(listing.is_private);
  // What was private once is not made public by a later page; silence on the ttl changes nothing.
  add(tools, "d", R"(,"cacheScope":"public")");
  EXPECT_TRUE(listing.is_private);
  EXPECT_EQ(listing.ttl_ms, 100U);
  ASSERT_EQ(listing.list(tools).size(), 3U);
  EXPECT_EQ(listing.list(tools)[2].name, "d");
  EXPECT_EQ(listing.list(resources).size(), 1U);
  EXPECT_EQ(listing.pages, 4U);
}

TEST(AddPage, RefusesItemsOverTheLimit) {
  Listing listing;
  listing.lists[index_of(prompts)].resize(kCatalogItemsMax - 2);
  ASSERT_TRUE(add_page(listing, tools, page_of(tools, items_of(tools, {"a", "b"}))));
  const auto refused = add_page(listing, tools, page_of(tools, items_of(tools, {"c"})));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason(), "upstream_too_large");
  EXPECT_EQ(refused.error().detail(), "The upstream's lists have over 50000 items or 64 MiB.");
  EXPECT_EQ(listing.list(tools).size(), 2U);
  EXPECT_TRUE(add_page(listing, tools, page_of(tools, "")));
}

TEST(AddPage, RefusesBytesOverTheLimit) {
  const std::string item = R"({"name":"a"})";
  Listing listing;
  listing.bytes = kCatalogBytesMax - item.size();
  Listing over = listing;
  ++over.bytes;
  EXPECT_TRUE(add_page(listing, tools, page_of(tools, item)));
  EXPECT_EQ(listing.bytes, kCatalogBytesMax);
  const auto refused = add_page(over, tools, page_of(tools, item));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::corrupt);
  EXPECT_EQ(refused.error().reason(), "upstream_too_large");
  EXPECT_TRUE(over.list(tools).empty());
}

TEST(Listing, IsPrivateAndUnreadUntilAPageComes) {
  const Listing listing;
  EXPECT_TRUE(listing.is_private);
  EXPECT_FALSE(listing.was_read);
  EXPECT_FALSE(listing.ttl_ms.has_value());
  EXPECT_EQ(listing.capabilities, "{}");
}

}  // namespace
}  // namespace junctor::agent
