// Goal: a tool that changed behind its name is told of once, and stays in the list until it is what
// it was. Method: listings by hand, read one after the other.
#include "agent/definition_watch.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace junctor::agent {
namespace {

using Names = std::vector<std::string>;
using wire::Era;

std::string tool(std::string_view name, std::string_view description) {
  return fmt::format(R"({{"name":"{}","description":"{}","inputSchema":{{"type":"object"}}}})",
                     name, description);
}

Listing listing(const std::vector<std::pair<std::string, std::string>>& tools,
                std::string upstream = "tickets") {
  Listing made;
  made.upstream = std::move(upstream);
  for (const auto& [name, text] : tools) {
    made.lists[index_of(ListKind::tools)].push_back({.name = name, .text = text});
  }
  return made;
}

TEST(DefinitionWatch, WhatIsSeenFirstIsWhatItIs) {
  DefinitionWatch watch;
  const Listing both = listing({{"a", tool("a", "one")}, {"b", tool("b", "two")}});
  EXPECT_EQ(watch.look(Era::modern, both).changed, Names{});
  EXPECT_EQ(watch.look(Era::modern, both).changed, Names{});
  EXPECT_EQ(watch.changed("tickets"), Names{});
}

TEST(DefinitionWatch, AChangeIsToldOnceAndListedUntilItIsTakenBack) {
  DefinitionWatch watch;
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "one")}})).changed, Names{});
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "two")}})).changed, Names{"a"});
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "two")}})).changed, Names{});
  EXPECT_EQ(watch.changed("tickets"), Names{"a"});
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "three")}})).changed, Names{"a"});
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "one")}})).changed, Names{});
  EXPECT_EQ(watch.changed("tickets"), Names{});
}

TEST(DefinitionWatch, EachDefiningMemberCountsAndNoOther) {
  constexpr std::string_view kBefore =
      R"({"name":"a","title":"A","description":"d","inputSchema":{},"outputSchema":{},)"
      R"("annotations":{},"_meta":{"x":1}})";
  for (const std::string_view member :
       {"title", "description", "inputSchema", "outputSchema", "annotations", "_meta"}) {
    DefinitionWatch watch;
    EXPECT_EQ(watch.look(Era::legacy, listing({{"a", std::string{kBefore}}})).changed, Names{});
    std::string after{kBefore};
    after.insert(after.find(':', after.find('"' + std::string{member} + '"')) + 1, " [1],\"y\":");
    const Names expected = member == "_meta" ? Names{} : Names{"a"};
    EXPECT_EQ(watch.look(Era::legacy, listing({{"a", after}})).changed, expected) << after;
  }
}

TEST(DefinitionWatch, ErasAndUpstreamsAreWatchedApart) {
  DefinitionWatch watch;
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "one")}})).changed, Names{});
  EXPECT_EQ(watch.look(Era::legacy, listing({{"a", tool("a", "two")}})).changed, Names{});
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "two")}}, "wiki")).changed, Names{});
  EXPECT_EQ(watch.changed("tickets"), Names{});
  EXPECT_EQ(watch.changed("nobody"), Names{});
}

TEST(DefinitionWatch, AToolThatComesBackIsStillWatched) {
  DefinitionWatch watch;
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "one")}})).changed, Names{});
  EXPECT_EQ(watch.look(Era::modern, listing({})).changed, Names{});
  EXPECT_EQ(watch.look(Era::modern, listing({{"a", tool("a", "two")}})).changed, Names{"a"});
}

}  // namespace
}  // namespace junctor::agent
