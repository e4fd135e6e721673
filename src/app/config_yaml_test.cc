// Goal: YAML is read as its core schema says, every node knows its place, and what the house does
// not take is refused with a sentence. Method: rows of files and the tree that must come of them,
// written as one line.

#include "app/config_yaml.h"

#include <gtest/gtest.h>

namespace junctor::app {
namespace {

using Kind = ConfigNode::Kind;

// {a: "text", b: [1, true, ~]}: texts in quotes, so that kinds are seen.
std::string show(const ConfigNode& node) {
  switch (node.kind) {
    case Kind::null: return "~";
    case Kind::boolean:
    case Kind::number: return node.text;
    case Kind::text: return '"' + node.text + '"';
    case Kind::list: break;
    case Kind::map: break;
  }
  std::string text;
  const bool is_list = node.kind == Kind::list;
  for (const ConfigNode& item : node.items) text += (text.empty() ? "" : ", ") + show(item);
  for (const ConfigMember& member : node.members) {
    text += (text.empty() ? "" : ", ") + member.key + ": " + show(member.value);
  }
  return is_list ? '[' + text + ']' : '{' + text + '}';
}

std::string problems_of(std::string_view text) {
  ProblemList problems;
  (void)read_yaml(text, problems);
  std::string all;
  for (const ConfigProblem& problem : std::move(problems).take()) {
    all += describe(problem, "f") + "\n";
  }
  return all;
}

struct Row {
  std::string_view name;
  std::string_view text;
  std::string_view expected;
};
const Row kRows[] = {
    {"nothing", "", "{}"},
    {"a_comment", "# only this\n", "{}"},
    {"a_document_without_content", "---\n", "~"},
    {"block_map", "a: b\nc: d\n", R"({a: "b", c: "d"})"},
    {"flow_map", "{a: b, c: d}", R"({a: "b", c: "d"})"},
    {"nested", "a:\n  b:\n    - c\n    - d: e\n", R"({a: {b: ["c", {d: "e"}]}})"},
    {"list_at_the_column_of_its_key", "a:\n- b\n- c\n", R"({a: ["b", "c"]})"},
    {"nulls", "[~, null, Null, NULL, , nULL]", R"([~, ~, ~, ~, ~, "nULL"])"},
    {"value_left_out", "a:\nb: 1", "{a: ~, b: 1}"},
    {"booleans", "[true, True, TRUE, false, tRUE]", R"([true, True, TRUE, false, "tRUE"])"},
    {"words_of_old_yaml", "[yes, no, on, off]", R"(["yes", "no", "on", "off"])"},
    {"numbers", "[0, -1, +1, 007, 1.5, .5, 5., 1e3, 1.5E-3]",
     "[0, -1, +1, 007, 1.5, .5, 5., 1e3, 1.5E-3]"},
    {"no_numbers", "[0x1F, 0o17, .inf, .nan, 1e, e1, '-', +, ., 1_000, 1:30, 1.2.3]",
     R"(["0x1F", "0o17", ".inf", ".nan", "1e", "e1", "-", "+", ".", "1_000", "1:30", "1.2.3"])"},
    {"quoted_is_text", R"(['1', "true", '~', ""])", R"(["1", "true", "~", ""])"},
    {"the_tag_of_quoted_text", "! 12", R"("12")"},
    {"escapes", R"(["a\tb", 'it''s', "\u00e9"])", "[\"a\tb\", \"it's\", \"\u00e9\"]"},
    {"literal_block", "a: |\n  one\n  two\n", "{a: \"one\ntwo\n\"}"},
    {"folded_block", "a: >-\n  one\n  two\n", R"({a: "one two"})"},
    {"plain_over_two_lines", "a: one\n  two", R"({a: "one two"})"},
    {"comment_behind", "a: b # c", R"({a: "b"})"},
    {"no_comment", "a: b#c", R"({a: "b#c"})"},
    {"colon_within", "a: http://b:1/c", R"({a: "http://b:1/c"})"},
    {"key_is_a_number", "1: a", R"({1: "a"})"},
    {"document_end", "a: b\n...\n", R"({a: "b"})"},
    {"windows_line_ends", "a: b\r\nc: d\r\n", R"({a: "b", c: "d"})"},
    {"beyond_ascii", "\u00fc: \u4e2d", "{\u00fc: \"\u4e2d\"}"},
};

TEST(ReadYaml, GivesTheTree) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    ProblemList problems;
    const ConfigNode root = read_yaml(row.text, problems);
    EXPECT_EQ(show(root), row.expected);
    EXPECT_TRUE(problems.empty()) << problems_of(row.text);
  }
}

const Row kRefused[] = {
    {"anchor", "a: &x 1", "f:1:4: anchors (&name) are not supported\n"},
    {"anchor_of_a_list", "a: &x [1]", "f:1:4: anchors (&name) are not supported\n"},
    {"alias", "a: &x 1\nb: *x", "f:1:4: anchors (&name) are not supported\n"},
    {"merge", "a: {<<: *x}", "f:"},
    {"tag", "a: !!str 1", "f:1:4: tags (!name) are not supported\n"},
    {"own_tag", "a: !mine {b: c}", "f:1:4: tags (!name) are not supported\n"},
    {"list_as_key", "? [a, b]\n: c", "f:1:3: a key is a word, not a list or a map\n"},
    {"map_as_key", "? {a: b}\n: c", "f:1:3: a key is a word, not a list or a map\n"},
    {"two_documents", "a: b\n---\nc: d", "f: more than one document (---) in the file\n"},
    {"only_the_first_is_told", "a: &x 1\nb: !t 2\nc: *x",
     "f:1:4: anchors (&name) are not supported\n"},
    {"list_not_closed", "a: [1, 2", "f:1:1: this is not YAML: "},
    {"map_not_closed", "{a: 1", "f:1:1: this is not YAML: "},
    {"quote_not_closed", "a: 'x", "f:1:6: this is not YAML: "},
    {"tab_for_blanks", "a:\n\tb: c", "f:2:3: this is not YAML: "},
    {"not_utf8", "a: \xC3", "f:1:4: this is not UTF-8\n"},
    {"overlong", "a: b\nc: \xC0\x80", "f:2:4: this is not UTF-8\n"},
    {"nul", std::string_view{"a: \0", 4}, "f:1:4: a control character stands here\n"},
    {"escape", "a: \x1B[1m", "f:1:4: a control character stands here\n"},
    {"delete", "a: \x7F", "f:1:4: a control character stands here\n"},
};

TEST(ReadYaml, RefusesWithOneSentence) {
  for (const Row& row : kRefused) {
    SCOPED_TRACE(row.name);
    const std::string text = problems_of(row.text);
    EXPECT_TRUE(text.starts_with(row.expected)) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  }
}

TEST(ReadYaml, MarksCountFromOneInCharacters) {
  ProblemList problems;
  const ConfigNode root = read_yaml("a:\n  b: c\n  d:\n    - e\n    -   f\n", problems);
  const ConfigMember& a = root.members[0];
  EXPECT_EQ(a.mark.line, 1U);
  EXPECT_EQ(a.mark.column, 1U);
  const ConfigMember& b = a.value.members[0];
  EXPECT_EQ(b.mark.line, 2U);
  EXPECT_EQ(b.mark.column, 3U);
  EXPECT_EQ(b.value.mark.column, 6U);
  const ConfigNode& f = a.value.members[1].value.items[1];
  EXPECT_EQ(f.mark.line, 5U);
  EXPECT_EQ(f.mark.column, 9U);
}

TEST(ReadYaml, DepthAndNodesAreBounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(problems_of(nested(kConfigDepthMax)), "");
  EXPECT_NE(problems_of(nested(kConfigDepthMax + 2)).find("too many or too deeply nested"),
            std::string::npos);
  std::string many = "[";
  for (std::size_t i = 0; i < kConfigNodesMax; ++i) many += "1,";
  EXPECT_NE(problems_of(many + "1]").find("too many or too deeply nested"), std::string::npos);
}

}  // namespace
}  // namespace junctor::app
