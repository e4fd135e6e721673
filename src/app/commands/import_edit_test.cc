// Goal: new entries get into a file and nothing else in it changes, or it is said that they cannot.
// Method: files of many shapes before and after, byte by byte.

#include "app/commands/import_edit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "app/commands/import_reader.h"
#include "app/commands/import_yaml.h"
#include "app/config.h"

namespace junctor::app {
namespace {

std::vector<PlannedUpstream> new_ones() {
  std::vector<PlannedUpstream> added(1);
  added[0].name = "new";
  added[0].server.url = read_import_value("http://n/", VariableSyntax::none);
  return added;
}

struct Edited {
  std::string_view name;
  std::string_view before;
  std::string_view after;
  std::string_view note = {};
};

constexpr std::string_view kRouteNote =
    "no route names its upstreams in a list: name the new ones in a route, or nobody reaches them";

const Edited kEdited[] = {
    {"nothing", "",
     "upstreams:\n  - name: new\n    url: http://n/\nroutes:\n  - path: /mcp\n"
     "    upstreams: [new]\n"},
    {"comment_alone", "# mine",
     "# mine\nupstreams:\n  - name: new\n    url: http://n/\nroutes:\n  - path: /mcp\n"
     "    upstreams: [new]\n"},
    {"other_sections", "shards: 1  # one\n",
     "shards: 1  # one\nupstreams:\n  - name: new\n    url: http://n/\nroutes:\n"
     "  - path: /mcp\n    upstreams: [new]\n"},
    {"both_blocks",
     "# top\nupstreams:\n  # first\n  - name: a   # a\n    url: 'http://a/'\n\n# about routes\n"
     "routes:\n  - path: /mcp\n    upstreams: [a]  # all\nshards: 1\n",
     "# top\nupstreams:\n  # first\n  - name: a   # a\n    url: 'http://a/'\n"
     "  - name: new\n    url: http://n/\n\n# about routes\n"
     "routes:\n  - path: /mcp\n    upstreams: [a, new]  # all\nshards: 1\n"},
    {"no_indent",
     "upstreams:\n- name: a\n  url: http://a/\nroutes:\n- path: /mcp\n"
     "  upstreams: [a]\n",
     "upstreams:\n- name: a\n  url: http://a/\n- name: new\n  url: http://n/\nroutes:\n"
     "- path: /mcp\n  upstreams: [a, new]\n"},
    {"wide_indent", "upstreams:\n    - name: a\n      url: http://a/\n",
     "upstreams:\n    - name: a\n      url: http://a/\n    - name: new\n      url: http://n/\n"
     "routes:\n  - path: /mcp\n    upstreams: [a, new]\n"},
    {"comment_behind_the_last",
     "upstreams:\n  - name: a\n    url: http://a/\n    # timeout: 5s\n  # - name: b\n\n# routes\n"
     "routes: [{path: /mcp, upstreams: [a]}]\n",
     "upstreams:\n  - name: a\n    url: http://a/\n    # timeout: 5s\n  # - name: b\n"
     "  - name: new\n    url: http://n/\n\n# routes\n"
     "routes: [{path: /mcp, upstreams: [a, new]}]\n"},
    {"no_line_end",
     "routes:\n  - {path: /x, upstreams: [a]}\nupstreams:\n  - name: a\n    url: "
     "http://a/",
     "routes:\n  - {path: /x, upstreams: [a, new]}\nupstreams:\n  - name: a\n    url: http://a/\n"
     "  - name: new\n    url: http://n/\n"},
    {"flow_entry",
     "upstreams:\n  - {name: a, url: 'http://a/'}\nroutes:\n  - path: /mcp\n"
     "    upstreams: [a]\n",
     "upstreams:\n  - {name: a, url: 'http://a/'}\n  - name: new\n    url: http://n/\nroutes:\n"
     "  - path: /mcp\n    upstreams: [a, new]\n"},
    {"names_in_a_block",
     "upstreams:\n  - name: a\n    url: http://a/\nroutes:\n  - path: /mcp\n"
     "    upstreams:\n      - a  # first\n  - path: /a\n    upstream: a\n",
     "upstreams:\n  - name: a\n    url: http://a/\n  - name: new\n    url: http://n/\nroutes:\n"
     "  - path: /mcp\n    upstreams:\n      - a  # first\n      - new\n  - path: /a\n"
     "    upstream: a\n"},
    {"names_over_lines",
     "upstreams:\n  - name: a\n    url: http://a/\nroutes:\n  - path: /mcp\n"
     "    upstreams: [\n      a,\n    ]\n",
     "upstreams:\n  - name: a\n    url: http://a/\n  - name: new\n    url: http://n/\nroutes:\n"
     "  - path: /mcp\n    upstreams: [\n      a, new\n    ]\n"},
    {"the_second_route",
     "upstreams:\n  - name: a\n    url: http://a/\nroutes:\n  - path: /a\n"
     "    upstream: a\n  - path: /mcp\n    upstreams: []\n",
     "upstreams:\n  - name: a\n    url: http://a/\n  - name: new\n    url: http://n/\nroutes:\n"
     "  - path: /a\n    upstream: a\n  - path: /mcp\n    upstreams: [new]\n"},
    {"no_shared_route",
     "upstreams:\n  - name: a\n    url: http://a/\nroutes:\n  - path: /a\n"
     "    upstream: a\n",
     "upstreams:\n  - name: a\n    url: http://a/\n  - name: new\n    url: http://n/\nroutes:\n"
     "  - path: /a\n    upstream: a\n",
     kRouteNote},
    {"empty_lists", "upstreams: []  # none yet\nroutes: []\n",
     "upstreams:   # none yet\n  - name: new\n    url: http://n/\nroutes: \n  - path: /mcp\n"
     "    upstreams: [new]\n"},
    {"empty_values", "upstreams:\nroutes:\n",
     "upstreams:\n  - name: new\n    url: http://n/\nroutes:\n  - path: /mcp\n"
     "    upstreams: [new]\n"},
    {"carriage_returns", "upstreams:\r\n  - name: a\r\n    url: http://a/\r\nshards: 1\r\n",
     "upstreams:\r\n  - name: a\r\n    url: http://a/\r\n  - name: new\r\n    url: http://n/\r\n"
     "shards: 1\r\nroutes:\r\n  - path: /mcp\r\n    upstreams: [a, new]\r\n"},
    {"text_that_looks_like_a_comment",
     "upstreams:\n  - name: a\n    url: http://a/\n    headers:\n      A: |\n        x\n        # "
     "y\n"
     "routes: [{path: /a, upstream: a}]\n",
     "upstreams:\n  - name: a\n    url: http://a/\n    headers:\n      A: |\n        x\n        # "
     "y\n"
     "  - name: new\n    url: http://n/\nroutes: [{path: /a, upstream: a}]\n",
     kRouteNote},
};

TEST(AddToConfig, OnlyTheNewLinesAreNew) {
  for (const Edited& row : kEdited) {
    SCOPED_TRACE(row.name);
    const auto edited = add_to_config(row.before, new_ones());
    ASSERT_TRUE(edited.has_value()) << edited.error();
    EXPECT_EQ(edited->text, row.after);
    EXPECT_EQ(edited->route_note, row.note);
  }
}

// What has been added is known the next time.
TEST(ReadExisting, KnowsWhatWasAdded) {
  for (const Edited& row : kEdited) {
    SCOPED_TRACE(row.name);
    const auto existing = read_existing(row.after, "f");
    ASSERT_TRUE(existing.has_value()) << existing.error();
    ASSERT_FALSE(existing->names.empty());
    EXPECT_EQ(existing->names.back(), "new");
    EXPECT_TRUE(plan_import({new_ones()[0].server}, *existing).added.empty());
  }
}

const Edited kUnwritable[] = {
    {"json", R"({"upstreams": []})", ""},
    {"upstreams_in_brackets", "upstreams: [{name: a, url: 'http://a/'}]\n", ""},
    {"a_root_in_braces", "# x\n{upstreams: []}\n", ""},
    {"upstreams_is_a_word", "upstreams: a\n", ""},
    {"null_written_out", "upstreams: ~\n", ""},
    {"end_of_document", "shards: 1\n...\n", ""},
    {"dash_on_a_line_of_its_own", "upstreams:\n  -\n    name: a\n    url: http://a/\n", ""},
};

TEST(AddToConfig, AShapeWithoutAPlaceIsLeftAlone) {
  for (const Edited& row : kUnwritable) {
    SCOPED_TRACE(row.name);
    const auto edited = add_to_config(row.before, new_ones());
    ASSERT_FALSE(edited.has_value()) << edited->text;
    EXPECT_EQ(edited.error(),
              "the way the file is written leaves no place to insert lines without rewriting it");
  }
}

// Parts of files, to be put together in every way.
constexpr std::string_view kHeads[] = {"", "# top\n", "---\n", "shards: 2\n\n",
                                       "listen:\n  http: 127.0.0.1:0  # any\n"};
constexpr std::string_view kUpstreams[] = {
    "",
    "upstreams:\n",
    "upstreams: []\n",
    "upstreams:\n  - name: a\n    url: http://a/\n",
    "upstreams:\n- url: http://a/\n  name: a\n",
    "upstreams:\n\n  # one\n  - name: a\n\n    url: http://a/\n\n  # none\n",
    "upstreams:  # all\n    -   name: a\n        url: http://a/\n",
};
constexpr std::string_view kRoutes[] = {
    "",
    "routes:\n",
    "routes: []\n",
    "routes:\n  - path: /a\n    upstream: a\n",
    "routes:\n  - path: /a\n    upstreams: [ a ]\n  - path: /b\n    upstreams: [a]\n",
    "routes:\n  - upstreams:\n    - a\n    path: /a\n",
    "routes: [{path: /a, upstreams: [\"a\"]}]\n",
};
constexpr std::string_view kTails[] = {"", "\n# end\n", "shards_: 1\n"};

std::string without(std::string text, std::string_view part) {
  const std::size_t at = text.find(part);
  return at == std::string::npos ? text : text.erase(at, part.size());
}

// Whatever the shape, every line that was there is there afterwards, in its order, unless it is a
// list that got a name or lost its brackets; and a second time there is nothing to add.
void expect_kept(const std::string& before) {
  SCOPED_TRACE(before);
  const auto edited = add_to_config(before, new_ones());
  ASSERT_TRUE(edited.has_value()) << edited.error();
  std::size_t at = 0;
  for (std::size_t begin = 0; begin < before.size();) {
    const std::size_t end = std::min(before.find('\n', begin), before.size());
    std::string line = before.substr(begin, end - begin);
    for (const std::string_view part : {"[]", "]}]", " ]", "]"}) line = without(line, part);
    if (line.ends_with('}')) line.pop_back();
    const std::size_t found = edited->text.find(line, at);
    ASSERT_NE(found, std::string::npos) << line << "\nis not in\n" << edited->text;
    at = found + line.size();
    begin = end + 1;
  }
  const auto existing = read_existing(edited->text, "f");
  ASSERT_TRUE(existing.has_value());
  EXPECT_TRUE(plan_import({new_ones()[0].server}, *existing).added.empty());
}

TEST(AddToConfig, EveryShapeKeepsItsLines) {
  for (const std::string_view head : kHeads) {
    for (const std::string_view upstreams : kUpstreams) {
      for (const std::string_view routes : kRoutes) {
        for (const std::string_view tail : kTails) {
          const std::string one{head};
          expect_kept(one + std::string{upstreams} + std::string{routes} + std::string{tail});
          expect_kept(one + std::string{routes} + std::string{upstreams} + std::string{tail});
        }
      }
    }
  }
}

TEST(ReadExisting, RefusesWhatIsNoConfiguration) {
  EXPECT_TRUE(read_existing("", "f").has_value());
  EXPECT_TRUE(read_existing("shards: 1", "f")->names.empty());
  EXPECT_EQ(read_existing("[a]", "f").error(), "f is no configuration: expected a map");
  EXPECT_TRUE(read_existing("a: [", "f").error().starts_with("f:"));
  EXPECT_EQ(read_existing(std::string(kConfigBytesMax + 1, ' '), "f").error(),
            "f has more than 1048576 bytes");
}

// Also of a server that is not understood: its name is taken all the same.
TEST(ReadExisting, KnowsTheNamesOfAll) {
  const auto existing =
      read_existing("upstreams: [{name: a, sse: 'http://a/'}, {name: b, url: 'http://b/'}]", "f");
  ASSERT_TRUE(existing.has_value());
  EXPECT_EQ(existing->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(existing->servers.size(), 1U);
}

TEST(AddToConfig, AFileHasAMostOfBytes) {
  const std::string before(kConfigBytesMax - 10, '#');
  EXPECT_FALSE(add_to_config(before, new_ones()).has_value());
}

}  // namespace
}  // namespace junctor::app
