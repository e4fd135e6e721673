// Goal: the merged lists hold every item once, as its upstream wrote it; every name in them leads
// to its item and back; and what is asked by another name finds the one item that is meant, or
// nothing.
// Method: literal lists for the text; tables of names for the search; properties over random
// offers from a fixed seed for pages, names and digests.

#include "agent/catalog.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "agent/listings.h"
#include "agent/selection.h"
#include "wire/json_scan.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

using enum ListKind;
using enum Naming;
using test::Listings;
using test::listings_of;
using test::Offer;
using test::page_of;

constexpr std::size_t kAll = std::string_view::npos;

std::string text_of(const Catalog& catalog, ListKind kind) {
  return std::string{catalog.page(kind, 0, kAll).text};
}

// The names in the merged list, as a client reads them.
std::vector<std::string> names_in(std::string_view text, ListKind kind) {
  const std::string array = "[" + std::string{text} + "]";
  const auto scan = wire::scan_json(array);
  EXPECT_TRUE(scan) << array;
  std::vector<std::string> names;
  for (const auto& element : wire::JsonMembers{scan.root}) {
    names.push_back(wire::json_text_member(element.value, name_member(kind)).value_or("(none)"));
  }
  return names;
}

Listings one_page_each(ListKind kind, const std::vector<std::string_view>& items) {
  Listings listings;
  char name = 'a';
  for (const auto& each : items) {
    Listing listing;
    listing.upstream = std::string(1, name++);
    EXPECT_TRUE(add_page(listing, kind, page_of(kind, each)));
    listings.push_back(std::make_shared<const Listing>(std::move(listing)));
  }
  return listings;
}

// --- The text -----------------------------------------------------------------------------------

struct TextCase {
  std::string_view name;
  ListKind kind;
  Naming naming;
  std::vector<std::string_view> items;  // Of upstreams a, b, ...
  std::string_view text;
};

const TextCase kTextCases[] = {
    {"nothing", tools, collision, {}, ""},
    {"nothing_from_two", tools, collision, {"", ""}, ""},
    {"items_that_keep_their_names_keep_every_byte",
     tools,
     collision,
     {"{ \"z\":1.0,\t\"name\" :\"x\",\"a\":[1e2 , {}] }", R"({"n\u0061me":"\u0079","name2":"x"})"},
     "{ \"z\":1.0,\t\"name\" :\"x\",\"a\":[1e2 , {}] },"
     R"({"n\u0061me":"\u0079","name2":"x"})"},
    {"only_the_name_is_replaced",
     tools,
     collision,
     {R"({"name":"x"})", "{ \"z\":1.0,\t\"name\" : \"x\" ,\"a\":[1e2 , {}] }"},
     R"({"name":"x"},)"
     "{ \"z\":1.0,\t\"name\" : \"b__x\" ,\"a\":[1e2 , {}] }"},
    {"name_last",
     tools,
     always,
     {R"({"inputSchema":{"type":"object","properties":{"name":{"type":"string"}}},"name":"x"})"},
     R"({"inputSchema":{"type":"object","properties":{"name":{"type":"string"}}},"name":"a__x"})"},
    {"names_deeper_stay",
     tools,
     always,
     {R"({"annotations":{"name":"x"},"_meta":[{"name":"x"}],"title":"name","name":"x"})"},
     R"({"annotations":{"name":"x"},"_meta":[{"name":"x"}],"title":"name","name":"a__x"})"},
    {"name_in_escapes",
     tools,
     always,
     {R"({"n\u0061me":"\u0078\/\"\\\n"})"},
     R"({"n\u0061me":"a__x/\"\\\n"})"},
    {"name_not_ascii", tools, always, {R"({"name":"é\u00e9"})"}, R"({"name":"a__éé"})"},
    {"lone_surrogate", tools, always, {R"({"name":"\ud800"})"}, R"({"name":"a__\ud800"})"},
    {"other_members_may_stand_twice",
     tools,
     always,
     {R"({"x":1,"name":"x","x":2})"},
     R"({"x":1,"name":"a__x","x":2})"},
    {"repeated_items_stand_once",
     tools,
     collision,
     {R"({"name":"x","v":1},{"name":"y"},{"name":"\u0078","v":2})"},
     R"({"name":"x","v":1},{"name":"y"})"},
    {"never_leaves_the_later_out",
     prompts,
     never,
     {R"({"name":"x","v":1})", R"({"name":"x","v":2},{"name":"y"})"},
     R"({"name":"x","v":1},{"name":"y"})"},
    {"uri_is_replaced_and_the_name_is_not",
     resources,
     collision,
     {R"({"name":"n","uri":"file:///x"})", R"({"name":"n","uri":"file:\/\/\/x"})"},
     R"({"name":"n","uri":"file:///x"},{"name":"n","uri":"junctor://b/file%3A%2F%2F%2Fx"})"},
    {"template_is_replaced",
     templates,
     collision,
     {R"({"uriTemplate":"x:{a}"})", R"({"uriTemplate":"x:{a}","name":"n"})"},
     R"({"uriTemplate":"x:{a}"},{"uriTemplate":"junctor://b/x%3A{a}","name":"n"})"},
};

TEST(Catalog, WritesItemsByteByByte) {
  for (const auto& one : kTextCases) {
    SCOPED_TRACE(one.name);
    const Catalog catalog{one_page_each(one.kind, one.items), one.naming};
    EXPECT_EQ(text_of(catalog, one.kind), one.text);
    for (const ListKind kind : kListKinds) {
      if (kind != one.kind) EXPECT_EQ(text_of(catalog, kind), "");
    }
  }
}

// --- Finding by name ----------------------------------------------------------------------------

struct FindCase {
  std::string_view name;
  Naming naming;
  std::vector<Offer> offers;
  ListKind kind;
  std::string exposed;
  std::string_view found;  // "<upstream> <its name>", with " (unlisted)" behind; empty: nothing.
};

const Offer kSearchOfA{.upstream = "a", .tools = {"search"}};
const Offer kSearchOfB{.upstream = "b", .tools = {"search"}};
const Offer kListOfC{.upstream = "c", .tools = {"list"}, .prompts = {"list"}};

const FindCase kFindCases[] = {
    {"bare", collision, {kSearchOfA, kListOfC}, tools, "list", "c list"},
    {"another_kind", collision, {kSearchOfA, kListOfC}, prompts, "search", ""},
    {"prompt", collision, {kListOfC}, prompts, "list", "c list"},
    {"renamed", collision, {kSearchOfA, kSearchOfB}, tools, "b__search", "b search"},
    {"first_keeps_the_bare_name", collision, {kSearchOfA, kSearchOfB}, tools, "search", "a search"},
    {"prefixed_alias_of_a_bare_name", collision, {kSearchOfA}, tools, "a__search", "a search"},
    {"bare_alias_of_a_prefixed_name", always, {kSearchOfA, kListOfC}, tools, "list", "c list"},
    {"bare_alias_of_a_prompt", always, {kListOfC}, prompts, "list", "c list"},
    {"bare_alias_of_two", always, {kSearchOfA, kSearchOfB}, tools, "search", ""},
    {"bare_alias_of_three",
     always,
     {kSearchOfA, kSearchOfB, {"c", {"search"}}},
     tools,
     "search",
     ""},
    {"prefixed_names_of_those_two",
     always,
     {kSearchOfA, kSearchOfB},
     tools,
     "b__search",
     "b search"},
    {"exposed_name_goes_before_an_alias",
     collision,
     {{"a", {"b__search"}}, kSearchOfB},
     tools,
     "b__search",
     "a b__search"},
    {"bare_exposed_name_goes_before_a_prefixed_alias",
     collision,
     {kSearchOfA, {"b", {"a__search"}}},
     tools,
     "a__search",
     "b a__search"},
    {"prefixed_alias_of_two", collision, {{"a", {"b__c"}}, {"a__b", {"c"}}}, tools, "a__b__c", ""},
    {"both_by_their_bare_names",
     collision,
     {{"a", {"b__c"}}, {"a__b", {"c"}}},
     tools,
     "c",
     "a__b c"},
    {"dropped_item_has_no_alias", never, {kSearchOfA, kSearchOfB}, tools, "b__search", ""},
    {"case_matters", collision, {kSearchOfA}, tools, "Search", ""},
    {"never_split", collision, {kSearchOfA}, tools, "a__other", ""},
    {"nothing_offered", collision, {{"a"}}, tools, "", ""},
    {"empty_name", collision, {{"a", {""}}}, tools, "", "a "},
    {"long_prefixed_alias",
     collision,
     {{"tickets", {"create_a_ticket_from_the_last_message_of_the_conversation_with_attachments"}}},
     tools,
     "tickets__create_a_ticket_from_the_last_message_of_the_c_01a10ecd",
     "tickets create_a_ticket_from_the_last_message_of_the_conversation_with_attachments"},
    {"template_by_its_text",
     collision,
     {{.upstream = "a", .templates = {"x:{a}"}}, {.upstream = "b", .templates = {"x:{a}"}}},
     templates,
     "junctor://b/x%3A{a}",
     "b x:{a}"},
    {"template_has_no_alias",
     collision,
     {{.upstream = "a", .templates = {"x:{a}"}}},
     templates,
     "junctor://a/x%3A{a}",
     ""},
};

std::string found_by(const Catalog& catalog, ListKind kind, std::string_view exposed) {
  const auto target = catalog.find(kind, exposed);
  if (!target) return {};
  if (target->item != nullptr) EXPECT_EQ(target->item->name, target->name);
  return catalog.listings()[target->upstream]->upstream + " " + std::string{target->name} +
         (target->item == nullptr ? " (unlisted)" : "");
}

TEST(Catalog, FindsByExposedNameOrTheOneAlias) {
  for (const auto& one : kFindCases) {
    SCOPED_TRACE(one.name);
    const Catalog catalog{listings_of(one.offers), one.naming};
    EXPECT_EQ(found_by(catalog, one.kind, one.exposed), one.found);
  }
}

struct UriCase {
  std::string_view name;
  std::vector<Offer> offers;
  std::string uri;
  std::string_view found;
};

const Offer kFilesOfA{.upstream = "a", .resources = {"file:///x", "note:1"}};
const Offer kFilesOfB{.upstream = "b", .resources = {"file:///x", "mail:1"}};
const Offer kTemplatesOfA{.upstream = "a", .templates = {"db://{t}", "db://{t}/{+r}"}};
const Offer kTemplatesOfB{.upstream = "b", .templates = {"db://{t}", "{+any}"}};

const UriCase kUriCases[] = {
    {"listed", {kFilesOfA, kFilesOfB}, "mail:1", "b mail:1"},
    {"listed_twice", {kFilesOfA, kFilesOfB}, "file:///x", "a file:///x"},
    {"renamed", {kFilesOfA, kFilesOfB}, "junctor://b/file%3A%2F%2F%2Fx", "b file:///x"},
    {"form_that_is_not_exposed", {kFilesOfA}, "junctor://a/note%3A1", "a note:1"},
    {"form_of_an_unlisted", {kFilesOfA}, "junctor://a/note%3A2", "a note:2 (unlisted)"},
    {"form_of_what_another_has",
     {kFilesOfA, kFilesOfB},
     "junctor://a/mail%3A1",
     "a mail:1 (unlisted)"},
    {"form_of_an_unknown_upstream", {kFilesOfA}, "junctor://z/note%3A1", ""},
    {"form_is_listed_by_an_upstream",
     {{.upstream = "a", .resources = {"junctor://b/x"}}, {.upstream = "b", .resources = {"x"}}},
     "junctor://b/x",
     "a junctor://b/x"},
    {"first_template", {kTemplatesOfA, kTemplatesOfB}, "db://1", "a db://1 (unlisted)"},
    {"second_template", {kTemplatesOfA, kTemplatesOfB}, "db://1/2/3", "a db://1/2/3 (unlisted)"},
    {"template_of_the_second", {kTemplatesOfA, kTemplatesOfB}, "other", "b other (unlisted)"},
    {"renamed_template",
     {kTemplatesOfA, kTemplatesOfB},
     "junctor://b/db%3A%2F%2Fa%20b",
     "b db://a%20b (unlisted)"},
    {"listed_goes_before_a_template",
     {kTemplatesOfB, {.upstream = "c", .resources = {"file:///x"}}},
     "file:///x",
     "c file:///x"},
    {"template_goes_before_the_scheme",
     {kFilesOfA, kTemplatesOfB},
     "note:2",
     "b note:2 (unlisted)"},
    {"form_goes_before_a_template_that_takes_all",
     {kTemplatesOfB, kFilesOfA},
     "junctor://a/note%3A2",
     "a note:2 (unlisted)"},
    {"own_template_of_that_scheme",
     {{.upstream = "a", .templates = {"junctor://b/{x}"}}, {.upstream = "b"}},
     "junctor://b/1",
     "a junctor://b/1 (unlisted)"},
    {"malformed_template_matches_nothing", {{.upstream = "a", .templates = {"db:{"}}}, "x:1", ""},
    {"scheme_of_one", {kFilesOfA, kFilesOfB}, "note:2", "a note:2 (unlisted)"},
    {"scheme_in_capitals", {kFilesOfA, kFilesOfB}, "NOTE:2", "a NOTE:2 (unlisted)"},
    {"scheme_of_two", {kFilesOfA, kFilesOfB}, "file:///y", ""},
    {"scheme_of_none", {kFilesOfA, kFilesOfB}, "http://y", ""},
    {"scheme_of_a_template", {kTemplatesOfA}, "db:1", "a db:1 (unlisted)"},
    {"scheme_of_a_template_and_a_resource",
     {kTemplatesOfA, {.upstream = "b", .resources = {"db:9"}}},
     "db:1",
     ""},
    {"no_scheme", {{.upstream = "a", .resources = {"plain", ":x", "1x:y"}}}, "other", ""},
    {"no_scheme_before_the_colon", {{.upstream = "a", .resources = {":x", "1x:y"}}}, ":y", ""},
    {"a_digit_begins_no_scheme", {{.upstream = "a", .resources = {"1x:y"}}}, "1x:z", ""},
    {"empty", {kFilesOfA}, "", ""},
};

TEST(Catalog, FindsResourcesByUriTemplateAndScheme) {
  for (const auto& one : kUriCases) {
    SCOPED_TRACE(one.name);
    const Catalog catalog{listings_of(one.offers), collision};
    EXPECT_EQ(found_by(catalog, resources, one.uri), one.found);
  }
}

TEST(Catalog, ATargetKeepsTheNameItMade) {
  const Catalog catalog{listings_of({kTemplatesOfA, kTemplatesOfB}), collision};
  std::optional<Catalog::Target> kept;
  {
    const std::string uri = "junctor://b/db%3A%2F%2Fa-name-too-long-for-small-text";
    auto target = catalog.find(resources, uri);
    ASSERT_TRUE(target);
    kept = std::move(target);
  }
  EXPECT_EQ(kept->name, "db://a-name-too-long-for-small-text");
}

struct ExposedCase {
  std::string_view name;
  std::vector<Offer> offers;
  ListKind kind;
  std::size_t upstream;
  std::string own;
  std::string_view exposed;
};

const ExposedCase kExposedCases[] = {
    {"bare", {kSearchOfA, kSearchOfB}, tools, 0, "search", "search"},
    {"renamed", {kSearchOfA, kSearchOfB}, tools, 1, "search", "b__search"},
    {"unknown", {kSearchOfA, kSearchOfB}, tools, 1, "other", "other"},
    {"uri", {kFilesOfA, kFilesOfB}, resources, 1, "mail:1", "mail:1"},
    {"renamed_uri",
     {kFilesOfA, kFilesOfB},
     resources,
     1,
     "file:///x",
     "junctor://b/file%3A%2F%2F%2Fx"},
    {"unlisted_of_its_scheme", {kFilesOfA, kFilesOfB}, resources, 1, "mail:2", "mail:2"},
    {"unlisted_of_nobody", {kFilesOfA, kFilesOfB}, resources, 1, "http://x", "http://x"},
    {"unlisted_that_leads_to_another",
     {kFilesOfA, kFilesOfB},
     resources,
     1,
     "note:1",
     "junctor://b/note%3A1"},
    {"of_a_template_that_is_renamed",
     {kTemplatesOfA, kTemplatesOfB},
     resources,
     1,
     "db://a%20b",
     "junctor://b/db%3A%2F%2Fa%20b"},
    {"of_a_template_of_its_own", {kTemplatesOfA, kTemplatesOfB}, resources, 0, "db://1", "db://1"},
    {"no_way_back_leaves_it",  // Its other form would be read as an expansion of the template.
     {{.upstream = "a", .templates = {"db:{t}", "{+all}"}},
      {.upstream = "b", .templates = {"db:{t}"}}},
     resources,
     1,
     "db:1/2",
     "db:1/2"},
};

TEST(Catalog, SaysWhatClientsCallIt) {
  for (const auto& one : kExposedCases) {
    SCOPED_TRACE(one.name);
    const Catalog catalog{listings_of(one.offers), collision};
    EXPECT_EQ(catalog.exposed_name(one.kind, one.upstream, one.own), one.exposed);
  }
}

// The scheme has two owners, so that the template alone leads to its upstream.
TEST(Catalog, OneUpstreamsTemplatesDoNotUseUpTheStepsOfAnother) {
  Offer hostile{.upstream = "a"};
  for (int i = 0; i < 40; ++i) {
    std::string text;
    for (std::size_t n = 2; n < kUriTemplateExpressionsMax; ++n) text += "{+x}";
    hostile.templates.push_back(text + "{a" + std::to_string(i) + "}{?q}");
    ASSERT_TRUE(UriTemplate::parse(hostile.templates.back()));
  }
  const Catalog catalog{listings_of({hostile,
                                     {.upstream = "b", .templates = {"x:{+y}/"}},
                                     {.upstream = "c", .resources = {"x:"}}}),
                        collision};
  const std::string uri = "x:" + std::string(kMatchedUriBytesMax - 3, 'a') + "/";
  EXPECT_EQ(found_by(catalog, resources, uri), "b " + uri + " (unlisted)");
}

// --- What is around the lists -------------------------------------------------------------------

Listing speaking(std::string upstream, std::string instructions) {
  Listing listing;
  listing.upstream = std::move(upstream);
  listing.instructions = std::move(instructions);
  return listing;
}

std::string instructions_of(std::vector<Listing> parts) {
  Listings listings;
  for (auto& part : parts) listings.push_back(std::make_shared<const Listing>(std::move(part)));
  return Catalog{std::move(listings), collision}.instructions();
}

TEST(Catalog, JoinsInstructionsUnderHeadings) {
  EXPECT_EQ(instructions_of({}), "");
  EXPECT_EQ(instructions_of({speaking("a", ""), speaking("b", "")}), "");
  EXPECT_EQ(instructions_of({speaking("a", ""), speaking("b", "Be kind.")}), "Be kind.");
  EXPECT_EQ(instructions_of({speaking("a", "One."), speaking("b", ""), speaking("c", "Two.\n")}),
            "## a\n\nOne.\n\n## c\n\nTwo.\n");
}

TEST(Catalog, CutsInstructionsAtACharacter) {
  std::string long_text(kInstructionsBytesMax - 1, 'i');
  EXPECT_EQ(instructions_of({speaking("a", long_text + "j")}), long_text + "j");
  EXPECT_EQ(instructions_of({speaking("a", long_text + "é")}), long_text);
  const auto joined = instructions_of({speaking("a", long_text), speaking("b", "Two.")});
  EXPECT_EQ(joined.size(), kInstructionsBytesMax);
  EXPECT_TRUE(joined.starts_with("## a\n\niii"));
}

TEST(Catalog, JoinsCapabilitiesInOrder) {
  Listings listings;
  for (const std::string_view text : {R"({"tools":{},"x":1})", R"({"x":2,"logging":{}})"}) {
    Listing listing;
    listing.capabilities = text;
    listings.push_back(std::make_shared<const Listing>(std::move(listing)));
  }
  EXPECT_EQ((Catalog{listings, collision}.capabilities()),
            R"({"tools":{"listChanged":true},"x":1,"logging":{}})");
  EXPECT_EQ((Catalog{{}, collision}.capabilities()), "{}");
}

TEST(Catalog, NamesMissingAndStaleUpstreams) {
  std::vector<Listing> parts(4);
  parts[0].upstream = "read";
  parts[0].was_read = true;
  parts[1].upstream = "never";
  parts[2].upstream = "old";
  parts[2].was_read = true;
  parts[2].is_stale = true;
  parts[3].upstream = "never-tried-twice";
  parts[3].is_stale = true;
  Listings listings;
  for (auto& part : parts) listings.push_back(std::make_shared<const Listing>(std::move(part)));
  const Catalog catalog{listings, collision};
  EXPECT_EQ(catalog.missing(), (std::vector<std::string_view>{"never", "never-tried-twice"}));
  EXPECT_EQ(catalog.stale(), std::vector<std::string_view>{"old"});
}

TEST(Catalog, KnowsWhoIsOfTheOtherEraAndWhetherAllAre) {
  const auto listing = [](std::string_view upstream, bool is_other_era) {
    Listing made;
    made.upstream = upstream;
    made.was_read = true;
    made.is_other_era = is_other_era;
    return std::make_shared<const Listing>(std::move(made));
  };
  const Catalog mixed{{listing("a", true), listing("b", false)}, collision};
  EXPECT_EQ(mixed.other_era(), std::vector<std::string_view>{"a"});
  EXPECT_FALSE(mixed.is_other_era());
  EXPECT_TRUE((Catalog{{listing("a", true), listing("b", true)}, collision}.is_other_era()));
  EXPECT_FALSE((Catalog{{}, collision}.is_other_era()));
}

TEST(Catalog, HasTheLeastLifetimeAndTheNarrowestScope) {
  struct Part {
    std::optional<std::uint64_t> ttl_ms;
    bool is_private;
  };
  struct {
    std::string_view name;
    std::vector<Part> parts;
    std::optional<std::uint64_t> ttl_ms;
    bool is_private;
  } const cases[] = {
      {"no_upstream", {}, {}, false},
      {"none_says", {{{}, true}, {{}, true}}, {}, true},
      {"one_says", {{{}, true}, {500, false}}, 500, true},
      {"the_least", {{500, false}, {300, false}, {400, false}}, 300, false},
      {"zero_is_viral", {{500, false}, {0, false}}, 0, false},
      {"a_day_at_most", {{90'000'000, false}}, kCatalogTtlMsMax, false},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    Listings listings;
    for (const auto& part : one.parts) {
      Listing listing;
      listing.ttl_ms = part.ttl_ms;
      listing.is_private = part.is_private;
      listings.push_back(std::make_shared<const Listing>(std::move(listing)));
    }
    const Catalog catalog{listings, collision};
    EXPECT_EQ(catalog.ttl_ms(), one.ttl_ms);
    EXPECT_EQ(catalog.is_private(), one.is_private);
  }
}

TEST(Catalog, ReportsWhatIsRenamedAndDropped) {
  const auto listings = listings_of({{.upstream = "a", .tools = {"x"}, .resources = {"u:1"}},
                                     {.upstream = "b", .tools = {"x", "x"}, .resources = {"u:1"}}});
  const Catalog catalog{listings, collision};
  ASSERT_EQ(catalog.renamed().size(), 2U);
  EXPECT_EQ(catalog.renamed()[0].upstream, "b");
  EXPECT_EQ(catalog.renamed()[0].from, "x");
  EXPECT_EQ(catalog.renamed()[0].to, "b__x");
  EXPECT_EQ(catalog.renamed()[0].kind, tools);
  EXPECT_EQ(catalog.renamed()[1].to, "junctor://b/u%3A1");
  EXPECT_EQ(catalog.renamed()[1].kind, resources);
  ASSERT_EQ(catalog.dropped().size(), 1U);
  EXPECT_EQ(catalog.dropped()[0].upstream, "b");
  EXPECT_EQ(catalog.dropped()[0].name, "x");
  EXPECT_EQ(catalog.dropped()[0].why, Dropped::Why::repeated);

  const Catalog strict{listings, never};
  EXPECT_TRUE(strict.renamed().empty());
  ASSERT_EQ(strict.dropped().size(), 3U);
  EXPECT_EQ(strict.dropped()[0].why, Dropped::Why::taken);
  EXPECT_EQ(strict.dropped()[2].kind, resources);
}

TEST(Catalog, DigestIsOfTheTextAndTheSameInEveryProcess) {
  const Catalog nothing{{}, collision};
  EXPECT_EQ(nothing.digest(tools), 0xe3b0c44298fc1c14U);  // SHA-256 of nothing.
  EXPECT_EQ(nothing.digest(tools), nothing.digest(prompts));

  const Catalog one{one_page_each(tools, {R"({"name":"x"})", ""}), collision};
  const Catalog same{one_page_each(tools, {"", " {\"name\":\"x\"} "}), collision};
  const Catalog other{one_page_each(tools, {R"({"name": "x"})"}), collision};
  const Catalog kind{one_page_each(prompts, {R"({"name":"x"})"}), collision};
  EXPECT_EQ(one.digest(tools), 0x0229d37e33daae14U);
  EXPECT_EQ(one.digest(), 0x77656985837b92e2U);
  EXPECT_EQ(one.digest(), same.digest());
  EXPECT_NE(one.digest(tools), other.digest(tools));
  EXPECT_NE(one.digest(), other.digest());
  EXPECT_EQ(one.digest(tools), kind.digest(prompts));
  EXPECT_NE(one.digest(), kind.digest());
}

// --- Properties ---------------------------------------------------------------------------------

std::vector<Offer> random_offers(std::mt19937& random) {
  constexpr std::string_view kLetters = "ab_:";
  const auto names = [&] {
    std::vector<std::string> all(random() % 25);
    for (auto& name : all) {
      const auto size = random() % 6;
      for (std::size_t i = 0; i < size; ++i) name += kLetters[random() % kLetters.size()];
      if (random() % 8 == 0) name += "\"é{x}";
    }
    return all;
  };
  std::vector<Offer> offers(1 + random() % 4);
  for (std::size_t i = 0; i < offers.size(); ++i) {
    offers[i] = {.upstream = std::string(1, static_cast<char>('a' + i)),
                 .tools = names(),
                 .prompts = names(),
                 .resources = names(),
                 .templates = names()};
  }
  return offers;
}

TEST(Catalog, EveryNameInTheListLeadsToItsItemAndBack) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const Catalog catalog{listings_of(random_offers(random)), static_cast<Naming>(seed % 3)};
    for (const ListKind kind : kListKinds) {
      const auto names = names_in(text_of(catalog, kind), kind);
      ASSERT_EQ(names.size(), catalog.size(kind));
      std::set<const ListItem*> seen;
      std::size_t upstream = 0;
      for (const auto& name : names) {
        const auto target = catalog.find(kind, name);
        ASSERT_TRUE(target) << name;
        ASSERT_NE(target->item, nullptr) << name;
        ASSERT_TRUE(seen.insert(target->item).second) << name;
        ASSERT_GE(target->upstream, upstream);
        upstream = target->upstream;
        ASSERT_EQ(target->name, target->item->name);
        ASSERT_EQ(catalog.exposed_name(kind, target->upstream, target->name), name);
      }
    }
  }
}

TEST(Catalog, AnExposedNameOfAResourceLeadsBackOrIsItself) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const auto offers = random_offers(random);
    const Catalog catalog{listings_of(offers), collision};
    for (const Offer& from : offers) {
      for (const auto& uri : from.resources) {
        for (std::size_t upstream = 0; upstream < offers.size(); ++upstream) {
          const auto exposed = catalog.exposed_name(resources, upstream, uri);
          if (exposed == uri) continue;
          const auto target = catalog.find(resources, exposed);
          ASSERT_TRUE(target) << exposed;
          ASSERT_EQ(target->upstream, upstream) << exposed;
          ASSERT_EQ(target->name, uri) << exposed;
        }
      }
    }
  }
}

TEST(Catalog, PagesOfAnySizeAreTheWholeList) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const Catalog catalog{listings_of(random_offers(random)), static_cast<Naming>(seed % 3)};
    for (const ListKind kind : kListKinds) {
      const std::string whole = text_of(catalog, kind);
      for (const std::size_t bytes_max : {std::size_t{0}, std::size_t{1}, std::size_t{17},
                                          std::size_t{random() % 400}, whole.size(), kAll}) {
        std::string joined;
        std::size_t from = 0;
        while (from < catalog.size(kind)) {
          const auto page = catalog.page(kind, from, bytes_max);
          ASSERT_GT(page.next, from);
          ASSERT_LE(page.next, catalog.size(kind));
          const auto names = names_in(page.text, kind);
          ASSERT_EQ(names.size(), page.next - from);
          ASSERT_TRUE(names.size() == 1 || page.text.size() <= bytes_max);
          // The next item would not have fitted.
          const auto more = catalog.page(kind, page.next, 0).text.size();
          if (page.next < catalog.size(kind) && bytes_max != kAll) {
            ASSERT_GT(page.text.size() + 1 + more, bytes_max);
          }
          if (!joined.empty()) joined += ',';
          joined += page.text;
          from = page.next;
        }
        ASSERT_EQ(joined, whole);
      }
    }
  }
}

TEST(Catalog, APageBehindTheEndIsEmpty) {
  const Catalog catalog{listings_of({kSearchOfA}), collision};
  for (const std::size_t from : {std::size_t{1}, std::size_t{2}, kAll}) {
    const auto page = catalog.page(tools, from, 100);
    EXPECT_EQ(page.text, "");
    EXPECT_EQ(page.next, 1U);
  }
  EXPECT_EQ(catalog.page(prompts, 0, 100).next, 0U);
}

TEST(Catalog, AnUpstreamBehindLeavesTheListBeforeIt) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const Listings listings = listings_of(random_offers(random));
    const Listings fewer{listings.begin(), listings.end() - 1};
    const auto naming = static_cast<Naming>(seed % 3);
    const Catalog before{fewer, naming};
    const Catalog after{listings, naming};
    for (const ListKind kind : kListKinds) {
      const std::string text = text_of(before, kind);
      ASSERT_TRUE(text_of(after, kind).starts_with(text));
      for (const auto& name : names_in(text, kind)) {
        ASSERT_EQ(found_by(after, kind, name), found_by(before, kind, name));
      }
    }
  }
}

TEST(Catalog, ManyUpstreamsWithTheSameNamesAreNamedInLinearTime) {
  // Quadratic work over these would outlast the test's patience by far.
  constexpr std::size_t kUpstreams = 200;
  constexpr std::size_t kNames = 100;
  std::vector<std::string> names(kNames);
  for (std::size_t i = 0; i < kNames; ++i) names[i] = "tool_" + std::to_string(i);
  std::vector<Offer> offers(kUpstreams);
  for (std::size_t i = 0; i < kUpstreams; ++i) {
    offers[i] = {.upstream = "u" + std::to_string(i), .tools = names};
  }
  const Catalog catalog{listings_of(offers), collision};
  EXPECT_EQ(catalog.size(tools), kUpstreams * kNames);
  EXPECT_EQ(catalog.renamed().size(), (kUpstreams - 1) * kNames);
  EXPECT_EQ(found_by(catalog, tools, "u199__tool_99"), "u199 tool_99");
  EXPECT_EQ(found_by(catalog, tools, "u0__tool_7"), "u0 tool_7");
}

// --- What of it is offered
// ------------------------------------------------------------------------

// Upstreams a, b, ... with the same tools or resources, and what is offered of the first.
Listings with_selection(ListKind kind, const std::vector<std::string_view>& items,
                        Selection selection) {
  Listings listings = one_page_each(kind, items);
  Listing first = *listings.front();
  first.selection = std::make_shared<const Selection>(std::move(selection));
  listings.front() = std::make_shared<const Listing>(std::move(first));
  return listings;
}

TEST(CatalogSelection, WhatIsLeftOutLeavesItsNameToOthers) {
  const std::string_view both = R"({"name":"x"},{"name":"y"})";
  const Catalog catalog{
      with_selection(
          tools, {both, both},
          {.tools = {.allow = {}, .deny = {"x"}, .rename = {}}, .prompts = {}, .resources = {}}),
      collision};
  EXPECT_EQ(names_in(text_of(catalog, tools), tools), (std::vector<std::string>{"y", "x", "b__y"}));
  const auto found = catalog.find(tools, "x");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->upstream, 1U);
  EXPECT_FALSE(catalog.find(tools, "a__x").has_value());
  EXPECT_TRUE(catalog.dropped().empty());
}

TEST(CatalogSelection, AnOtherNameIsNamedAsIfItWereTheUpstreams) {
  const std::string_view item = R"({"name":"x","d":1})";
  const Selection other{
      .tools = {.allow = {}, .deny = {}, .rename = {{"x", "z"}}}, .prompts = {}, .resources = {}};
  const Catalog catalog{with_selection(tools, {item, R"({"name":"z"})"}, other), collision};
  EXPECT_EQ(text_of(catalog, tools), R"({"name":"z","d":1},{"name":"b__z"})");
  for (const std::string_view name : {"z", "a__z"}) {
    const auto found = catalog.find(tools, name);
    ASSERT_TRUE(found.has_value()) << name;
    EXPECT_EQ(found->name, "x");
  }
  EXPECT_FALSE(catalog.find(tools, "x").has_value());
  EXPECT_EQ(catalog.exposed_name(tools, 0, "x"), "z");
  const Catalog always{with_selection(tools, {item}, other), Naming::always};
  EXPECT_EQ(text_of(always, tools), R"({"name":"a__z","d":1})");
}

TEST(CatalogSelection, TwoOfOneNameAreTheFirstOfThem) {
  const Selection same{
      .tools = {.allow = {}, .deny = {}, .rename = {{"x", "y"}}}, .prompts = {}, .resources = {}};
  const Catalog catalog{with_selection(tools, {R"({"name":"x"},{"name":"y"})"}, same), collision};
  EXPECT_EQ(catalog.find(tools, "y")->name, "x");
  ASSERT_EQ(catalog.dropped().size(), 1U);
  EXPECT_EQ(catalog.dropped().front().why, Dropped::Why::repeated);
}

TEST(CatalogSelection, AUriIsOfferedByAListOrByATemplateAndNeverAgainstADenial) {
  const Selection some{
      .tools = {},
      .prompts = {},
      .resources = {
          .allow = {{"a://one", "b://{name}"}}, .deny = {"b://secret", "a://two"}, .rename = {}}};
  Listing listing;
  listing.upstream = "a";
  ASSERT_TRUE(
      add_page(listing, resources, page_of(resources, R"({"uri":"a://one"},{"uri":"a://two"})")));
  ASSERT_TRUE(
      add_page(listing, templates,
               page_of(templates, R"({"uriTemplate":"b://{name}"},{"uriTemplate":"c://{name}"})")));
  listing.selection = std::make_shared<const Selection>(some);
  const Catalog catalog{{std::make_shared<const Listing>(std::move(listing))}, collision};
  for (const std::string_view uri : {"a://one", "b://any"}) {
    EXPECT_TRUE(catalog.find(resources, uri).has_value()) << uri;
    EXPECT_TRUE(catalog.find(resources, exposed_uri("a", uri)).has_value()) << uri;
  }
  for (const std::string_view uri : {"a://two", "a://three", "b://secret", "c://any"}) {
    EXPECT_FALSE(catalog.find(resources, uri).has_value()) << uri;
    EXPECT_FALSE(catalog.find(resources, exposed_uri("a", uri)).has_value()) << uri;
  }
}

}  // namespace
}  // namespace junctor::agent
