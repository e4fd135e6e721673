// Goal: the tree of a configuration keeps what the file said and where, ${...} stands for what its
// sources say and for nothing else, and problems come in the order of the file. Method: rows of
// small files; the sources are a table that counts how often it was asked.

#include "app/config_node.h"

#include <gtest/gtest.h>

#include <map>

namespace junctor::app {
namespace {

struct Sources {
  ConfigSources table() {
    return {.variable = [this](const std::string& name) -> std::optional<std::string> {
              ++asked;
              const std::map<std::string, std::string> known{
                  {"A", "one"}, {"EMPTY", ""}, {"NESTED", "${env:A}"}, {"LINES", "a\nb\n"}};
              const auto found = known.find(name);
              return found == known.end() ? std::nullopt : std::optional{found->second};
            },
            .file_blocking = [this](const std::string& path) -> Result<std::string> {
              ++asked;
              if (path == "unix") return std::string{"key\n"};
              if (path == "dos") return std::string{"key\r\n"};
              if (path == "two") return std::string{"key\n\n"};
              if (path == "a:b") return std::string{"colon"};
              return fail(ErrorKind::not_found, "file_unreadable", "cannot read " + path);
            }};
  }
  int asked = 0;
};

std::string text_of(const ConfigProblems& problems) {
  std::string text;
  for (const ConfigProblem& problem : problems) text += describe(problem, "f") + "\n";
  return text;
}

ConfigNode tree(std::string_view text) {
  auto root = read_config_tree(text);
  EXPECT_TRUE(root.has_value()) << (root ? "" : text_of(root.error()));
  return root ? *std::move(root) : ConfigNode{};
}

struct Replaced {
  std::string_view name;
  std::string_view text;
  std::string_view expected;
};
const Replaced kReplaced[] = {
    {"none", "plain", "plain"},
    {"all_of_it", "${env:A}", "one"},
    {"in_the_middle", "<${env:A}>", "<one>"},
    {"two", "${env:A}${env:A}", "oneone"},
    {"empty_value", "<${env:EMPTY}>", "<>"},
    {"the_result_is_not_read_again", "${env:NESTED}", "${env:A}"},
    {"variables_keep_their_line_ends", "${env:LINES}", "a\nb\n"},
    {"escaped", "$${env:A}", "${env:A}"},
    {"escaped_then_not", "$${x} ${env:A}", "${x} one"},
    {"a_dollar_alone", "5$ and $x", "5$ and $x"},
    {"file_loses_its_last_line_end", "${file:unix}", "key"},
    {"and_that_of_another_system", "${file:dos}", "key"},
    {"but_only_one", "${file:two}", "key\n"},
    {"colon_in_a_path", "${file:a:b}", "colon"},
};

TEST(Substitute, PutsInWhatTheSourcesSay) {
  for (const Replaced& row : kReplaced) {
    SCOPED_TRACE(row.name);
    Sources sources;
    ProblemList problems;
    ConfigNode root = tree("a: '" + std::string{row.text} + "'");
    substitute(root, sources.table(), problems);
    EXPECT_EQ(root.members[0].value.text, row.expected);
    EXPECT_EQ(root.members[0].value.substituted, sources.asked > 0);
    EXPECT_FALSE(root.members[0].value.unresolved);
    EXPECT_TRUE(problems.empty());
  }
}

struct Refused {
  std::string_view name;
  std::string_view text;
  std::string_view problem;
};
const Refused kRefused[] = {
    {"not_set", "${env:B}", "f:1:4: a: the environment variable B is not set\n"},
    {"names_are_exact", "${env: A}", "f:1:4: a: the environment variable  A is not set\n"},
    {"no_file", "${file:c}", "f:1:4: a: cannot read c\n"},
    {"no_kind", "${A}", "f:1:4: a: expected ${env:NAME} or ${file:PATH}, not ${A}; "},
    {"another_kind", "${vault:A}",
     "f:1:4: a: expected ${env:NAME} or ${file:PATH}, not ${vault:A}"},
    {"no_argument", "${env:}", "f:1:4: a: expected ${env:NAME} or ${file:PATH}, not ${env:}"},
    {"empty", "${}", "f:1:4: a: expected ${env:NAME} or ${file:PATH}, not ${}"},
    {"not_closed", "${env:A", "f:1:4: a: a ${ without its }; write $${ for a plain ${\n"},
    {"second_not_closed", "${env:A} ${", "f:1:4: a: a ${ without its }"},
};

TEST(Substitute, SaysWhyItCannot) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(row.name);
    Sources sources;
    ProblemList problems;
    ConfigNode root = tree("a: '" + std::string{row.text} + "'");
    substitute(root, sources.table(), problems);
    EXPECT_TRUE(root.members[0].value.unresolved);
    const std::string text = text_of(std::move(problems).take());
    EXPECT_TRUE(text.starts_with(row.problem)) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  }
}

TEST(Substitute, ReachesEveryTextAndNoKey) {
  Sources sources;
  ProblemList problems;
  ConfigNode root = tree("'${env:A}': {b: ['${env:A}', {c: '${env:A}'}]}");
  substitute(root, sources.table(), problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(root.members[0].key, "${env:A}");
  const ConfigNode& list = root.members[0].value.members[0].value;
  EXPECT_EQ(list.items[0].text, "one");
  EXPECT_EQ(list.items[1].members[0].value.text, "one");
  EXPECT_EQ(sources.asked, 2);
}

TEST(Substitute, AListWithATextThatIsMissingHasNoValueItself) {
  Sources sources;
  ProblemList problems;
  ConfigNode root = tree("a: [x, '${env:B}']\nb: [{c: '${env:B}'}]");
  substitute(root, sources.table(), problems);
  EXPECT_TRUE(root.find("a")->value.unresolved);
  EXPECT_FALSE(root.find("b")->value.unresolved) << "its entry is a map, which has other members";
  EXPECT_EQ(text_of(std::move(problems).take()),
            "f:1:8: a[1]: the environment variable B is not set\n"
            "f:2:9: b[0].c: the environment variable B is not set\n");
}

TEST(ConfigTree, KeysThatStandTwiceAreFoundOnEveryLevel) {
  for (const std::string_view text : {"a: {x: 1, x: 2}", R"({"a":{"x":1,"x":2}})"}) {
    const auto root = read_config_tree(text);
    ASSERT_FALSE(root.has_value()) << text;
    EXPECT_NE(text_of(root.error()).find("a.x: stands twice"), std::string::npos);
  }
  const auto in_list = read_config_tree("- {x: 1}\n- {y: 1, y: 2}");
  ASSERT_FALSE(in_list.has_value());
  EXPECT_EQ(text_of(in_list.error()), "f:2:10: [1].y: stands twice here; keep one of them\n");
  EXPECT_TRUE(read_config_tree("- {x: 1}\n- {x: 1}").has_value()) << "two maps, one key each";
}

TEST(ConfigTree, TheFirstCharacterTellsTheFormat) {
  EXPECT_EQ(tree("\xEF\xBB\xBF {\"a\": 1}").members[0].value.text, "1");
  EXPECT_EQ(tree("\n\t {\"a\": 1}").members[0].value.text, "1");
  EXPECT_EQ(tree("\xEF\xBB\xBF"
                 "a: 1")
                .members[0]
                .value.text,
            "1");
  const auto comment = read_config_tree("{\"a\": 1} # JSON has none");
  ASSERT_FALSE(comment.has_value());
  EXPECT_EQ(text_of(comment.error()), "f:1:10: this is not JSON (trailing)\n");
}

TEST(ConfigNode, FindsAMemberByItsKey) {
  const ConfigNode root = tree("a: 1\nb: 2");
  ASSERT_NE(root.find("b"), nullptr);
  EXPECT_EQ(root.find("b")->value.text, "2");
  EXPECT_EQ(root.find("c"), nullptr);
  EXPECT_EQ(root.members[0].value.find("a"), nullptr) << "a number has no members";
}

TEST(ConfigNode, KindsHaveWordsForASentence) {
  const ConfigNode root = tree("[~, true, 1, x, [], {}]");
  const std::string_view expected[] = {"nothing", "a boolean", "a number",
                                       "text",    "a list",    "a map"};
  ASSERT_EQ(root.items.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(kind_text(root.items[i].kind), expected[i]);
    EXPECT_EQ(root.items[i].is_scalar(), i < 4);
  }
}

TEST(ProblemList, SortsByPlaceAndThenByPath) {
  ProblemList problems;
  problems.add({.line = 2, .column = 1}, "b", "late");
  problems.add({.line = 1, .column = 9}, "z", "second");
  problems.add({.line = 1, .column = 2}, "y", "first, by path");
  problems.add({.line = 1, .column = 2}, "x", "first");
  problems.add({}, "", "of the whole file");
  EXPECT_EQ(text_of(std::move(problems).take()),
            "f: of the whole file\n"
            "f:1:2: x: first\n"
            "f:1:2: y: first, by path\n"
            "f:1:9: z: second\n"
            "f:2:1: b: late\n");
}

TEST(ConfigPath, IsOneLineWhateverTheKey) {
  EXPECT_EQ(member_path("", "log"), "log");
  EXPECT_EQ(member_path("log", "level"), "log.level");
  EXPECT_EQ(member_path("a", "x\ny"), "a.x\\x0ay");
  EXPECT_LE(member_path("", std::string(1000, 'k')).size(), 64U);
  EXPECT_EQ(element_path("upstreams", 3), "upstreams[3]");
  EXPECT_EQ(element_path("", 0), "[0]");
}

}  // namespace
}  // namespace junctor::app
