// Goal: what launch_words() writes, parse_launch() reads back; nothing but that is read; and what
// could not be told is refused before. Method: tables, both ways.

#include "rt/child_launch.h"

#include <gtest/gtest.h>

#include <utility>

namespace junctor::rt {
namespace {

Result<ChildLaunch> parse(const std::vector<std::string>& words) {
  std::vector<const char*> pointers;
  pointers.reserve(words.size());
  for (const std::string& word : words) pointers.push_back(word.c_str());
  return parse_launch(pointers);
}

TEST(ChildLaunch, WordsAreReadBackAsTheyWereMeant) {
  struct Case {
    const char* name = "";
    ChildSpec spec;
    ChildOrigin origin;
  };
  const Case cases[] = {
      {"least", {.argv = {"cat"}, .environment = {}, .folder = {}}, {.parent = 1}},
      {"all",
       {.argv = {"npx", "-y", "server"},
        .environment = {},
        .folder = "/srv/with space",
        .limits =
            {.address_space_bytes = 1ULL << 40, .open_files = 64, .cpu_seconds = 3600, .nice = 19},
        .confinement = {.network = ChildNetwork::none,
                        .files = ChildFiles::read_only,
                        .writable = {"/srv/with space", "/var/cache/x"}}},
       {.parent = 4'194'304, .open_files = 1024}},
      {"nicer_than_most",
       {.argv = {"x"}, .environment = {}, .folder = {}, .limits = {.nice = -20}},
       {.parent = 2}},
      {"largest_numbers",
       {.argv = {"x"},
        .environment = {},
        .folder = {},
        .limits = {.address_space_bytes = UINT64_MAX,
                   .open_files = UINT64_MAX,
                   .cpu_seconds = UINT64_MAX}},
       {.parent = 2, .open_files = UINT64_MAX}},
      {"words_like_our_own",
       {.argv = {"--parent", "--", "--folder", "", "exec-child"},
        .environment = {},
        .folder = "--"},
       {.parent = 2}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<std::string> words = launch_words(c.spec, c.origin);
    ASSERT_GE(words.size(), 2U);
    EXPECT_EQ(words[0], "junctor");
    EXPECT_EQ(words[1], kExecChildCommand);
    words.erase(words.begin(), words.begin() + 2);
    const auto read = parse(words);
    ASSERT_TRUE(read.has_value()) << read.error().detail();
    EXPECT_EQ(read->origin, c.origin);
    EXPECT_EQ(read->spec.argv, c.spec.argv);
    EXPECT_EQ(read->spec.folder, c.spec.folder);
    EXPECT_EQ(read->spec.limits, c.spec.limits);
    EXPECT_EQ(read->spec.confinement, c.spec.confinement);
  }
}

// They are shown to everybody on the machine.
TEST(ChildLaunch, EnvironmentIsNotAmongTheWords) {
  const ChildSpec spec{.argv = {"x"}, .environment = {"TOKEN=hidden"}, .folder = {}};
  for (const std::string& word : launch_words(spec, {.parent = 2})) {
    EXPECT_FALSE(word.contains("hidden"));
  }
}

TEST(ChildLaunch, OtherWordsAreRefused) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"none", {}},
      {"no_command", {"--parent", "2"}},
      {"nothing_behind_the_dashes", {"--parent", "2", "--"}},
      {"empty_program", {"--parent", "2", "--", ""}},
      {"no_parent", {"--", "cat"}},
      {"parent_zero", {"--parent", "0", "--", "cat"}},
      {"parent_negative", {"--parent", "-2", "--", "cat"}},
      {"parent_over_pid_t", {"--parent", "2147483648", "--", "cat"}},
      {"unknown_option", {"--parent", "2", "--root", "/", "--", "cat"}},
      {"option_without_value", {"--parent", "2", "--nice"}},
      {"value_with_unit", {"--parent", "2", "--memory", "1G", "--", "cat"}},
      {"value_over_64_bits", {"--parent", "2", "--cpu", "18446744073709551616", "--", "cat"}},
      {"nice_too_high", {"--parent", "2", "--nice", "20", "--", "cat"}},
      {"nice_too_low", {"--parent", "2", "--nice", "-21", "--", "cat"}},
      {"nice_is_only_a_sign", {"--parent", "2", "--nice", "-", "--", "cat"}},
      {"unknown_network", {"--parent", "2", "--network", "some", "--", "cat"}},
      {"unknown_file_access", {"--parent", "2", "--file-access", "none", "--", "cat"}},
      {"empty_writable", {"--parent", "2", "--writable", "", "--", "cat"}},
      {"empty_folder", {"--parent", "2", "--folder", "", "--", "cat"}},
      {"command_without_dashes", {"--parent", "2", "cat"}},
      {"help", {"--help"}},
  };
  for (const auto& [name, words] : cases) {
    SCOPED_TRACE(name);
    const auto read = parse(words);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(read.error().reason(), "wrong_usage");
    EXPECT_TRUE(read.error().detail().starts_with("exec-child: ")) << read.error().detail();
    EXPECT_TRUE(read.error().detail().ends_with("; the gateway itself starts this command"));
  }
}

TEST(ChildLaunch, SpecThatCannotBeToldIsRefused) {
  const std::string with_nul{"a\0b", 3};
  struct Case {
    const char* name = "";
    ChildSpec spec;
    const char* detail = "";
  };
  const Case cases[] = {
      {"no_words", {}, "the command is empty"},
      {"empty_program", {.argv = {""}, .environment = {}, .folder = {}}, "the command is empty"},
      {"nul_in_a_word",
       {.argv = {"cat", with_nul}, .environment = {}, .folder = {}},
       "the command, its folders or its environment has a NUL byte in it"},
      {"nul_in_the_environment",
       {.argv = {"cat"}, .environment = {"A=1", with_nul}, .folder = {}},
       "the command, its folders or its environment has a NUL byte in it"},
      {"nul_in_the_folder",
       {.argv = {"cat"}, .environment = {}, .folder = with_nul},
       "the command, its folders or its environment has a NUL byte in it"},
      {"nul_in_a_writable_folder",
       {.argv = {"cat"},
        .environment = {},
        .folder = {},
        .confinement = {.files = ChildFiles::read_only, .writable = {with_nul}}},
       "the command, its folders or its environment has a NUL byte in it"},
      {"nice_too_high",
       {.argv = {"cat"}, .environment = {}, .folder = {}, .limits = {.nice = 20}},
       "nice is 20; it goes from -20 to 19"},
      {"nice_too_low",
       {.argv = {"cat"}, .environment = {}, .folder = {}, .limits = {.nice = -21}},
       "nice is -21; it goes from -20 to 19"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto checked = check_spec(c.spec);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().reason(), "bad_command");
    EXPECT_EQ(checked.error().detail(), c.detail);
  }
  EXPECT_TRUE(check_spec({.argv = {"cat", ""}, .environment = {}, .folder = {}}).has_value());
}

}  // namespace
}  // namespace junctor::rt
