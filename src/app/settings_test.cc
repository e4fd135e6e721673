// Goal: a value is read as its row says or not at all, the sentence names what was expected, and
// what is shown can be read again. Method: one owner with a member of each type, rows of texts; and
// every row of the real tables.

#include "app/settings.h"

#include <gtest/gtest.h>

#include <set>

#include "app/config_settings.h"

namespace junctor::app {
namespace {

using namespace std::chrono_literals;

enum class Colour : std::uint8_t { red, green, blue };
constexpr std::string_view kColours[] = {"red", "green", "blue"};

// Every member holds what no row gives.
struct Owner {
  std::uint64_t count = 77;
  std::uint32_t small = 77;
  std::uint64_t bytes = 77;
  Duration time = 77s;
  Colour colour = Colour::blue;
  std::string word = "before";
  std::string hidden = "before";
  rt::Endpoint endpoint;
  std::optional<rt::Endpoint> maybe;
  net::Url url;
  std::vector<std::string> texts{"before"};
  std::vector<Secret> secrets;
};

constexpr Setting<Owner> kTable[] = {
    setting<Owner, &Owner::count>(
        {.path = "count", .type = SettingType::count, .min = 1, .max = 9, .help = {}}),
    setting<Owner, &Owner::small>(
        {.path = "small", .type = SettingType::count, .max = 9, .help = {}}),
    setting<Owner, &Owner::bytes>(
        {.path = "bytes", .type = SettingType::bytes, .min = 1, .max = 2048, .help = {}}),
    setting<Owner, &Owner::time>(
        {.path = "time", .type = SettingType::duration, .max = 60'000'000'000, .help = {}}),
    setting<Owner, &Owner::colour>(
        {.path = "colour", .type = SettingType::choice, .choices = kColours, .help = {}}),
    setting<Owner, &Owner::word>({.path = "word", .type = SettingType::text, .max = 6, .help = {}}),
    setting<Owner, &Owner::hidden>(
        {.path = "hidden", .type = SettingType::text, .max = 6, .help = {}, .shown = Shown::never}),
    setting<Owner, &Owner::endpoint>(
        {.path = "endpoint", .type = SettingType::endpoint, .help = {}}),
    setting<Owner, &Owner::maybe>({.path = "maybe", .type = SettingType::endpoint, .help = {}}),
    setting<Owner, &Owner::url>({.path = "url", .type = SettingType::url, .help = {}}),
    setting<Owner, &Owner::texts>(
        {.path = "texts", .type = SettingType::text_list, .max = 2, .help = {}}),
    setting<Owner, &Owner::secrets>({.path = "secrets",
                                     .type = SettingType::secret_list,
                                     .max = 2,
                                     .help = {},
                                     .shown = Shown::never}),
};
constexpr NotYet kNotYet[] = {{"later", "not in this version"}};

std::string read(Owner& owner, std::string_view text) {
  const auto root = read_config_tree(text);
  EXPECT_TRUE(root.has_value());
  ProblemList problems;
  if (root) read_map(owner, *root, "", Vocabulary<Owner>{kTable, kNotYet}, problems);
  std::string all;
  for (const ConfigProblem& problem : std::move(problems).take()) {
    all += problem.path + ": " + problem.sentence + "\n";
  }
  return all;
}

std::string shown(const Owner& owner, std::string_view path) {
  for (const Setting<Owner>& row : kTable) {
    if (row.path == path) return row.show(owner, row);
  }
  return "no such row";
}

struct Good {
  std::string_view name;
  std::string_view path;
  std::string_view text;
  std::string_view shown;
};
const Good kGood[] = {
    {"least", "count", "1", "1"},
    {"most", "count", "9", "9"},
    {"quoted_number", "count", "'5'", "5"},
    {"small", "small", "0", "0"},
    {"bytes_bare", "bytes", "1000", "1000"},
    {"bytes_with_unit", "bytes", "2KiB", "2KiB"},
    {"bytes_in_the_largest_unit", "bytes", "2048", "2KiB"},
    {"time", "time", "1500ms", "1500ms"},
    {"time_in_the_largest_unit", "time", "60s", "1m"},
    {"no_time", "time", "0", "0s"},
    {"choice", "colour", "green", "green"},
    {"text", "word", "after", "after"},
    {"hidden", "hidden", "after", "***"},
    {"address", "endpoint", "127.0.0.1:80", "127.0.0.1:80"},
    {"address_by_name", "endpoint", "'*:80'", "0.0.0.0:80"},
    {"address_that_may_be_absent", "maybe", "'[::1]:80'", "[::1]:80"},
    {"url", "url", "http://A:80/x", "http://a/x"},
    {"texts", "texts", "[a, b]", "[a, b]"},
    {"no_texts", "texts", "[]", "[]"},
    {"secrets", "secrets", "[a]", "[***]"},
};

TEST(Setting, ReadsAndShowsAValue) {
  for (const Good& row : kGood) {
    SCOPED_TRACE(row.name);
    Owner owner;
    EXPECT_EQ(read(owner, std::string{row.path} + ": " + std::string{row.text}), "");
    EXPECT_EQ(shown(owner, row.path), row.shown);
  }
}

struct Bad {
  std::string_view name;
  std::string_view path;
  std::string_view text;
  std::string_view sentence;
};
const Bad kBad[] = {
    {"under_the_least", "count", "0", "expected a value between 1 and 9, not \"0\""},
    {"over_the_most", "count", "10", "expected a value between 1 and 9, not \"10\""},
    {"beyond_64_bits", "count", "18446744073709551616", "expected a whole number, not "},
    {"sign", "count", "+1", "expected a whole number, not \"+1\""},
    {"exponent", "count", "1e0", "expected a whole number, not \"1e0\""},
    {"map", "count", "{a: b}", "expected a whole number, not a map"},
    {"over_the_most_of_a_small_one", "small", "10", "expected a value between 0 and 9"},
    {"bytes_over", "bytes", "3KiB", "expected a value between 1 and 2KiB, not \"3KiB\""},
    {"bytes_of_another_unit", "bytes", "1kb",
     "expected a size such as 64KiB or 16MiB, not \"1kb\""},
    {"bytes_with_a_blank", "bytes", "1 KiB", "expected a size such as 64KiB or 16MiB"},
    {"bytes_as_a_list", "bytes", "[1]", "expected a size such as 64KiB or 16MiB, not a list"},
    {"time_over", "time", "61s", "expected a value between 0s and 1m, not \"61s\""},
    {"time_without_unit", "time", "7", "expected a time such as 30s or 250ms, not \"7\""},
    {"time_as_nothing", "time", "~", "expected a time such as 30s or 250ms, not nothing"},
    {"choice_near", "colour", "gren",
     "expected red, green or blue, not \"gren\"; did you mean \"green\"?"},
    {"choice_not_near", "colour", "transparent",
     "expected red, green or blue, not \"transparent\""},
    {"choice_as_a_list", "colour", "[red]", "expected red, green or blue, not a list"},
    {"choice_is_exact", "colour", "Red",
     "expected red, green or blue, not \"Red\"; did you mean \"red\"?"},
    {"text_too_long", "word", "1234567x", "expected text of 1 to 6 bytes"},
    {"text_empty", "word", "''", "expected text of 1 to 6 bytes"},
    {"text_is_a_number", "word", "12", "expected text; put the number in quotes"},
    {"text_is_a_boolean", "word", "true", "expected text, not a boolean"},
    {"address_without_port", "endpoint", "127.0.0.1", "expected HOST:PORT"},
    {"address_by_name", "maybe", "example.com:80", "expected HOST:PORT"},
    {"url_without_scheme", "url", "example.com", "expected a URL such as"},
    {"url_with_password", "url", "http://a:b@c/", "a URL must not carry a user or a password"},
    {"texts_too_many", "texts", "[a, b, c]", "expected at most 2 entries"},
    {"text_alone", "texts", "a", "expected a list of texts, as in [a, b], not text"},
    {"secrets_alone", "secrets", "a", "expected a list of texts, as in [a, b], not text"},
};

TEST(Setting, ABadValueChangesNothing) {
  for (const Bad& row : kBad) {
    SCOPED_TRACE(row.name);
    const Owner fresh;
    Owner owner;
    const std::string problems = read(owner, std::string{row.path} + ": " + std::string{row.text});
    EXPECT_TRUE(problems.starts_with(std::string{row.path} + ": " + std::string{row.sentence}))
        << problems;
    EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 1) << problems;
    EXPECT_EQ(shown(owner, row.path), shown(fresh, row.path));
  }
}

TEST(Setting, EachBadTextOfAListIsNamed) {
  Owner owner;
  EXPECT_EQ(read(owner, "texts: [1, '']"),
            "texts[0]: expected text, not a number\ntexts[1]: expected text, not nothing\n");
  EXPECT_EQ(owner.texts, std::vector<std::string>{"before"});
}

TEST(Setting, AHiddenValueIsInNoProblem) {
  Owner owner;
  const std::string problems = read(owner, "hidden: s3cret-and-long");
  EXPECT_NE(problems, "");
  EXPECT_EQ(problems.find("s3cret"), std::string::npos) << problems;
}

TEST(Setting, ALongValueIsCutInItsProblem) {
  Owner owner;
  const std::string problems = read(owner, "count: x" + std::string(5000, 'y'));
  EXPECT_LT(problems.size(), 200U) << problems;
}

TEST(ReadMap, UnknownWordsAreToldWhatIsKnown) {
  Owner owner;
  EXPECT_EQ(read(owner, "coun: 1"), "coun: unknown key; did you mean \"count\"?\n");
  EXPECT_EQ(read(owner, "later: 1"), "later: not in this version\n");
  EXPECT_TRUE(
      read(owner, "qqqqqqqq: 1").starts_with("qqqqqqqq: unknown key; expected count, small"));
  EXPECT_EQ(read(owner, "[count]"), ": expected a map (key: value), not a list\n");
}

// --- the tables of the program -------------------------------------------------------------------

template <class Of>
void expect_sound(std::span<const Setting<Of>> table) {
  const Of fresh{};
  std::set<std::string_view> paths;
  for (const Setting<Of>& row : table) {
    SCOPED_TRACE(row.path);
    EXPECT_TRUE(paths.insert(row.path).second) << "stands twice";
    EXPECT_TRUE(row.help.ends_with('.')) << "help is a sentence";
    EXPECT_LE(row.min, row.max);
    EXPECT_EQ(row.type == SettingType::choice, !row.choices.empty());
    EXPECT_TRUE(row.read != nullptr && row.show != nullptr);
    if (row.shown == Shown::never)
      EXPECT_EQ(row.show(fresh, row).find("secret"), std::string::npos);
  }
}

TEST(ConfigTables, EveryRowIsSound) {
  expect_sound(config_settings());
  expect_sound(upstream_settings());
  expect_sound(tuning_settings());
  expect_sound(route_settings());
}

// The default, written into a file as it is shown, is the default.
template <class Of>
void expect_defaults_are_readable(std::span<const Setting<Of>> table) {
  const Of fresh{};
  for (const Setting<Of>& row : table) {
    SCOPED_TRACE(row.path);
    const std::string text = row.show(fresh, row);
    if (text.empty() || row.shown == Shown::never) continue;
    ConfigNode node;
    const auto tree = read_config_tree("v: " + text);
    ASSERT_TRUE(tree.has_value()) << text;
    Of again{};
    ProblemList problems;
    row.read(again, tree->members[0].value, std::string{row.path}, row, problems);
    EXPECT_TRUE(problems.empty()) << text;
    EXPECT_EQ(row.show(again, row), text);
  }
}

TEST(ConfigTables, EveryDefaultIsWithinItsBounds) {
  expect_defaults_are_readable(config_settings());
  expect_defaults_are_readable(upstream_settings());
  expect_defaults_are_readable(tuning_settings());
  expect_defaults_are_readable(route_settings());
}

TEST(ConfigTables, WordsOfALaterVersionAreNotInThisOne) {
  const auto expect_apart = [](const auto& table, std::span<const NotYet> not_yet) {
    for (const NotYet& later : not_yet) {
      for (const auto& row : table) EXPECT_NE(row.path, later.path);
      EXPECT_FALSE(later.sentence.empty());
    }
  };
  expect_apart(config_settings(), config_not_yet());
  expect_apart(upstream_settings(), upstream_not_yet());
  expect_apart(route_settings(), route_not_yet());
}

}  // namespace
}  // namespace junctor::app
