// Goal: every item gets a name of its own that depends on nothing behind it, is the same in every
// process, and leads back to what the upstream calls it.
// Method: a table of upstreams, each row with the names that must come out and those that must not;
// literal names for the shortened forms; and the properties over random lists from a fixed seed.

#include "agent/naming.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

#include "agent/listings.h"

namespace junctor::agent {
namespace {

using enum ListKind;
using enum Naming;
using test::Listings;
using test::listings_of;
using test::Offer;

struct NamingCase {
  std::string_view name;
  ListKind kind;
  Naming naming;
  std::vector<std::pair<std::string, std::vector<std::string>>> offers;
  std::vector<std::string> exposed;
  std::vector<std::string> repeated = {};  // "<upstream> <name>"
  std::vector<std::string> taken = {};
};

const NamingCase kNamingCases[] = {
    {"nothing", tools, collision, {}, {}},
    {"unique_names_stay", tools, collision, {{"a", {"x", "y"}}, {"b", {"z"}}}, {"x", "y", "z"}},
    {"the_later_is_prefixed",
     tools,
     collision,
     {{"a", {"x"}}, {"b", {"y", "x"}}},
     {"x", "y", "b__x"}},
    {"case_matters", tools, collision, {{"a", {"x"}}, {"b", {"X"}}}, {"x", "X"}},
    {"three_of_a_name",
     prompts,
     collision,
     {{"a", {"x"}}, {"b", {"x"}}, {"c", {"x"}}},
     {"x", "b__x", "c__x"}},
    {"own_item_of_the_made_name_goes_first",
     tools,
     collision,
     {{"a", {"x"}}, {"b", {"x", "b__x"}}},
     {"x", "b__x_a41fd1f4", "b__x"}},
    {"earlier_item_of_the_made_name",
     tools,
     collision,
     {{"a", {"x", "b__x"}}, {"b", {"x"}}},
     {"x", "b__x", "b__x_a41fd1f4"}},
    {"later_item_of_the_made_name",
     tools,
     collision,
     {{"a", {"x"}}, {"b", {"x"}}, {"c", {"b__x"}}},
     {"x", "b__x", "c__b__x"}},
    {"two_ways_to_one_name",
     tools,
     always,
     {{"a", {"b__c"}}, {"a__b", {"c"}}},
     {"a__b__c", "a__b__c_4b15fd95"}},
    {"always_prefixes", tools, always, {{"a", {"x", "y"}}, {"b", {"z"}}}, {"a__x", "a__y", "b__z"}},
    {"never_drops_the_later",
     tools,
     never,
     {{"a", {"x"}}, {"b", {"x", "y"}}, {"c", {"y"}}},
     {"x", "y"},
     {},
     {"b x", "c y"}},
    {"repeated_in_one_upstream",
     tools,
     collision,
     {{"a", {"x", "y", "x", "x"}}},
     {"x", "y"},
     {"a x", "a x"}},
    {"repeated_and_taken",
     tools,
     collision,
     {{"a", {"x"}}, {"b", {"x", "x"}}},
     {"x", "b__x"},
     {"b x"}},
    {"repeated_under_always", tools, always, {{"a", {"x", "x"}}}, {"a__x"}, {"a x"}},
    {"repeated_under_never",
     tools,
     never,
     {{"a", {"x"}}, {"b", {"x", "x"}}},
     {"x"},
     {"b x"},
     {"b x"}},
    {"empty_name", tools, collision, {{"a", {""}}, {"b", {""}}}, {"", "b__"}},
    {"empty_name_under_never", tools, never, {{"a", {""}}, {"b", {""}}}, {""}, {}, {"b "}},
    {"uri_is_kept_when_unique",
     resources,
     always,
     {{"a", {"file:///x"}}, {"b", {"file:///y"}}},
     {"file:///x", "file:///y"}},
    {"uri_that_is_taken",
     resources,
     collision,
     {{"a", {"file:///x"}}, {"b", {"file:///x"}}},
     {"file:///x", "junctor://b/file%3A%2F%2F%2Fx"}},
    {"uri_that_is_taken_under_always",
     resources,
     always,
     {{"a", {"file:///x"}}, {"b", {"file:///x"}}},
     {"file:///x", "junctor://b/file%3A%2F%2F%2Fx"}},
    {"uri_that_is_taken_under_never",
     resources,
     never,
     {{"a", {"file:///x"}}, {"b", {"file:///x"}}},
     {"file:///x"},
     {},
     {"b file:///x"}},
    {"uri_whose_other_form_is_taken",
     resources,
     collision,
     {{"a", {"x:y", "junctor://b/x%3Ay"}}, {"b", {"x:y"}}},
     {"x:y", "junctor://b/x%3Ay"},
     {},
     {"b x:y"}},
    {"template_that_is_taken",
     templates,
     collision,
     {{"a", {"db://{t}/{+p}{?q,r}"}}, {"b", {"db://{t}/{+p}{?q,r}"}}},
     {"db://{t}/{+p}{?q,r}", "junctor://b/db%3A%2F%2F{t}%2F{+p}{?q,r}"}},
    {"template_that_is_none",
     templates,
     collision,
     {{"a", {"x:{"}}, {"b", {"x:{"}}},
     {"x:{", "junctor://b/x%3A%7B"}},
};

Listings listings_of(ListKind kind,
                     const std::vector<std::pair<std::string, std::vector<std::string>>>& offers) {
  std::vector<Offer> all;
  for (const auto& [upstream, names] : offers) {
    Offer& offer = all.emplace_back(Offer{.upstream = upstream});
    std::vector<std::string>* const lists[] = {&offer.tools, &offer.prompts, &offer.resources,
                                               &offer.templates};
    *lists[index_of(kind)] = names;
  }
  return listings_of(all);
}

std::vector<std::string> dropped_of(const NamedList& named, Dropped::Why why) {
  std::vector<std::string> dropped;
  for (const auto& one : named.dropped) {
    if (one.why != why) continue;
    dropped.push_back(std::string{one.upstream} + " " + std::string{one.name});
  }
  return dropped;
}

TEST(NameItems, GivesNamesByTheRules) {
  for (const auto& one : kNamingCases) {
    SCOPED_TRACE(one.name);
    const Listings listings = listings_of(one.kind, one.offers);
    const NamedList named = name_items(listings, one.kind, one.naming);
    std::vector<std::string> exposed;
    for (const auto& item : named.items) {
      exposed.emplace_back(item.exposed);
      EXPECT_EQ(item.is_renamed(), item.exposed != item.item->name);
    }
    EXPECT_EQ(exposed, one.exposed);
    EXPECT_EQ(dropped_of(named, Dropped::Why::repeated), one.repeated);
    EXPECT_EQ(dropped_of(named, Dropped::Why::taken), one.taken);
    for (const auto& dropped : named.dropped) EXPECT_EQ(dropped.kind, one.kind);
  }
}

TEST(NameItems, LeavesLongBareNamesAlone) {
  const std::string bare(100, 'n');
  const Listings listings = listings_of(tools, {{"a", {bare}}, {"b", {bare}}});
  const NamedList named = name_items(listings, tools, collision);
  ASSERT_EQ(named.items.size(), 2U);
  EXPECT_EQ(named.items[0].exposed, bare);
  EXPECT_EQ(named.items[1].exposed, prefixed_name("b", bare));
  EXPECT_EQ(named.items[1].exposed.size(), kMadeNameBytesMax);
}

TEST(NameItems, DropsWhatFindsNoFreeName) {
  // The earlier upstream has every name that the later one's item could get.
  std::vector<std::string> every = {"x"};
  for (std::size_t attempt = 0; attempt < kNameAttemptsMax; ++attempt) {
    every.push_back(prefixed_name("b", "x", attempt));
  }
  const Listings listings = listings_of(tools, {{"a", every}, {"b", {"w", "x", "y"}}});
  const NamedList named = name_items(listings, tools, collision);
  ASSERT_EQ(named.items.size(), every.size() + 2);
  EXPECT_EQ(named.items[every.size()].exposed, "w");
  EXPECT_EQ(named.items[every.size() + 1].exposed, "y");
  EXPECT_EQ(dropped_of(named, Dropped::Why::taken), std::vector<std::string>{"b x"});

  every.pop_back();
  const Listings with_room = listings_of(tools, {{"a", every}, {"b", {"x"}}});
  const NamedList last = name_items(with_room, tools, collision);
  EXPECT_EQ(last.items.back().exposed, prefixed_name("b", "x", kNameAttemptsMax - 1));
  EXPECT_TRUE(last.dropped.empty());
}

struct PrefixCase {
  std::string_view name;
  std::string upstream;
  std::string item;
  std::size_t attempt;
  std::string_view exposed;
};

// Written out, since clients and policies remember them: these names never change.
const PrefixCase kPrefixCases[] = {
    {"short", "tickets", "search", 0, "tickets__search"},
    {"of_64_bytes", "t", std::string(61, 'y'), 0,
     "t__yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"},
    {"of_65_bytes", "t", std::string(62, 'y'), 0,
     "t__yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy_c29d750b"},
    {"long", "tickets",
     "create_a_ticket_from_the_last_message_of_the_conversation_with_attachments", 0,
     "tickets__create_a_ticket_from_the_last_message_of_the_c_01a10ecd"},
    {"cut_before_two_bytes", "t", std::string(51, 'a') + "éééééééééé", 0,
     "t__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_aa1a0a77"},
    {"cut_between_characters", "t", std::string(52, 'a') + "éééééééééé", 0,
     "t__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_33742b8c"},
    {"cut_before_four_bytes", "t", std::string(51, 'a') + "𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞𝄞", 0,
     "t__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_c959680d"},
    {"upstream_alone_is_too_long", std::string(64, 'u'), "search", 0,
     "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu_43fdb85c"},
    {"another_of_that_upstream", std::string(64, 'u'), "find", 0,
     "uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu_2023578c"},
    {"second_attempt", "b", "search", 1, "b__search_a1757023"},
    {"third_attempt", "b", "search", 2, "b__search_f820fcbc"},
};

TEST(PrefixedName, IsTheSameInEveryProcess) {
  for (const auto& one : kPrefixCases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(prefixed_name(one.upstream, one.item, one.attempt), one.exposed);
    EXPECT_LE(one.exposed.size(), kMadeNameBytesMax);
  }
}

TEST(CutAtCharacter, NeverCutsInside) {
  const std::string text = "aé𝄞";  // 1, 2 and 4 bytes.
  const std::string_view expected[] = {"", "a", "a", "aé", "aé", "aé", "aé", "aé𝄞", "aé𝄞"};
  for (std::size_t bytes = 0; bytes < std::size(expected); ++bytes) {
    EXPECT_EQ(cut_at_character(text, bytes), expected[bytes]) << bytes;
  }
  EXPECT_EQ(cut_at_character("\x80\x80\x80", 2), "");
}

struct UriCase {
  std::string_view name;
  std::string_view upstream;
  std::string_view uri;
  std::string_view exposed;
};

constexpr UriCase kUriCases[] = {
    {"file", "b", "file:///x/y.txt", "junctor://b/file%3A%2F%2F%2Fx%2Fy.txt"},
    {"triplets_are_encoded_again", "b", "x:a%2Fb%2fc", "junctor://b/x%3Aa%252Fb%252fc"},
    {"query_and_fragment", "b", "x://h?q=1&r#f", "junctor://b/x%3A%2F%2Fh%3Fq%3D1%26r%23f"},
    {"not_clean", "b", "x y\"\n", "junctor://b/x%20y%22%0A"},
    {"not_ascii", "b", "é", "junctor://b/%C3%A9"},
    {"unreserved_stay", "b", "aZ09-._~", "junctor://b/aZ09-._~"},
    {"own_scheme", "b", "junctor://b/x", "junctor://b/junctor%3A%2F%2Fb%2Fx"},
    {"odd_upstream", "b%2F!", "x:", "junctor://b%252F%21/x%3A"},
    {"empty", "b", "", "junctor://b/"},
};

TEST(ExposedUri, IsReadBack) {
  for (const auto& one : kUriCases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(exposed_uri(one.upstream, one.uri), one.exposed);
    const auto back = read_exposed_uri(one.exposed);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->upstream, one.upstream);
    EXPECT_EQ(back->uri, one.uri);
  }
}

TEST(ExposedUri, EveryByteIsReadBack) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const auto back = read_exposed_uri(exposed_uri(bytes, bytes));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->upstream, bytes);
  EXPECT_EQ(back->uri, bytes);
}

TEST(ReadExposedUri, RefusesWhatItDidNotWrite) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"another_scheme", "file:///x"},
      {"scheme_in_capitals", "JUNCTOR://b/x"},
      {"no_path", "junctor://b"},
      {"slash_in_the_path", "junctor://b/x/y"},
      {"colon", "junctor://b/x:y"},
      {"query", "junctor://b/x?y"},
      {"lower_digits", "junctor://b/%2f"},
      {"cut_triplet", "junctor://b/%2"},
      {"bare_percent", "junctor://b/%"},
      {"no_digits", "junctor://b/%G0"},
      {"needlessly_encoded", "junctor://b/%41"},
      {"not_ascii", "junctor://b/é"},
      {"bad_upstream", "junctor://b:80/x"},
  };
  for (const auto& [name, uri] : cases) EXPECT_FALSE(read_exposed_uri(uri)) << name;
}

// --- Properties ---------------------------------------------------------------------------------

// Few letters and many underscores, so that names meet each other in all ways.
std::string random_name(std::mt19937& random) {
  constexpr std::string_view kLetters = "ab__";
  std::string name;
  const auto size = random() % 7;
  for (std::size_t i = 0; i < size; ++i) name += kLetters[random() % kLetters.size()];
  if (random() % 16 == 0) name += std::string(60, 'l');
  return name;
}

Listings random_listings(std::mt19937& random, ListKind kind) {
  std::vector<std::pair<std::string, std::vector<std::string>>> offers;
  std::set<std::string> upstreams;
  const auto count = 1 + random() % 5;
  while (offers.size() < count) {
    std::string upstream = "a" + random_name(random);
    if (!upstreams.insert(upstream).second) continue;
    std::vector<std::string> names(random() % 20);
    for (auto& name : names) name = random_name(random);
    offers.emplace_back(std::move(upstream), std::move(names));
  }
  return listings_of(kind, offers);
}

std::map<std::pair<std::string, std::string>, std::string> names_of(const Listings& listings,
                                                                    const NamedList& named) {
  std::map<std::pair<std::string, std::string>, std::string> names;
  for (const auto& item : named.items) {
    names.emplace(std::pair{listings[item.upstream]->upstream, item.item->name}, item.exposed);
  }
  return names;
}

TEST(NameItems, AnUpstreamBehindChangesNoName) {
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const ListKind kind = kListKinds[seed % kListKindCount];
    const auto naming = static_cast<Naming>(seed % 3);
    const Listings listings = random_listings(random, kind);
    const auto all = names_of(listings, name_items(listings, kind, naming));
    for (std::size_t first = 0; first < listings.size(); ++first) {
      const Listings fewer{listings.begin(), listings.begin() + static_cast<std::ptrdiff_t>(first)};
      for (const auto& [item, name] : names_of(fewer, name_items(fewer, kind, naming))) {
        const auto at = all.find(item);
        ASSERT_NE(at, all.end()) << item.second;
        ASSERT_EQ(at->second, name) << item.second;
      }
    }
  }
}

TEST(NameItems, EveryItemHasANameOfItsOwnOrIsReported) {
  for (std::uint32_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const ListKind kind = kListKinds[seed % kListKindCount];
    const auto naming = static_cast<Naming>(seed % 3);
    const Listings listings = random_listings(random, kind);
    const NamedList named = name_items(listings, kind, naming);
    std::size_t offered = 0;
    for (const auto& listing : listings) offered += listing->list(kind).size();
    ASSERT_EQ(named.items.size() + named.dropped.size(), offered);
    std::set<std::string_view> exposed;
    std::uint32_t upstream = 0;
    for (const auto& item : named.items) {
      ASSERT_TRUE(exposed.insert(item.exposed).second) << item.exposed;
      ASSERT_GE(item.upstream, upstream);
      upstream = item.upstream;
      if (item.is_renamed() && (kind == tools || kind == prompts)) {
        ASSERT_LE(item.exposed.size(), kMadeNameBytesMax);
      }
      if (naming == never) ASSERT_FALSE(item.is_renamed());
      if (kind == resources && item.is_renamed()) {
        const auto back = read_exposed_uri(item.exposed);
        ASSERT_TRUE(back);
        ASSERT_EQ(back->upstream, listings[item.upstream]->upstream);
        ASSERT_EQ(back->uri, item.item->name);
      }
    }
  }
}

}  // namespace
}  // namespace junctor::agent
