// Goal: what is typed means one command, or a sentence that helps. Method: rows of words.

#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace junctor::cli {
namespace {

std::expected<Arguments, Ending> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "junctor");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

struct Good {
  std::vector<const char*> words;
  Command command;
  std::string file;
  std::string listen = "127.0.0.1:9000";
};

const Good kGood[] = {
    {{"serve"}, Command::serve, ""},
    {{"serve", "--config", "a.yaml"}, Command::serve, "a.yaml"},
    {{"serve", "--config=a.yaml"}, Command::serve, "a.yaml"},
    {{"check", "a.yaml"}, Command::check, "a.yaml"},
    {{"config", "reference"}, Command::config_reference, ""},
    {{"example-server"}, Command::example_server, ""},
    {{"example-server", "--listen", "127.0.0.1:0"}, Command::example_server, "", "127.0.0.1:0"},
    {{"version"}, Command::version, ""},
};

TEST(Arguments, EachCommandIsUnderstood) {
  for (const Good& c : kGood) {
    SCOPED_TRACE(c.words[0]);
    const auto arguments = parse(c.words);
    ASSERT_TRUE(arguments.has_value()) << arguments.error().text;
    EXPECT_EQ(arguments->command, c.command);
    EXPECT_EQ(arguments->file, c.file);
    EXPECT_EQ(arguments->listen, c.listen);
  }
}

struct Bad {
  std::vector<const char*> words;
  std::string_view text;  // Part of it.
};

const Bad kBad[] = {
    {{}, "junctor: "},
    {{"srve"}, "no command is called \"srve\"; did you mean \"serve\"?"},
    {{"exmple-server"}, "did you mean \"example-server\"?"},
    {{"zzzzzz"}, "no command is called \"zzzzzz\"\n"},
    {{"a\nb"}, "no command is called \"a\\x0ab\""},
    {{"check"}, "FILE is required"},
    {{"serve", "--confg", "x"}, "--confg"},
    {{"serve", "--config"}, "--config"},
    {{"serve", "extra"}, "extra"},
    {{"config"}, "subcommand"},
    {{"--nope"}, "junctor: "},
};

TEST(Arguments, WrongUsageEndsWithTwoAndASentence) {
  for (const Bad& c : kBad) {
    const auto arguments = parse(c.words);
    ASSERT_FALSE(arguments.has_value());
    EXPECT_EQ(arguments.error().exit_code, kExitUsage);
    EXPECT_NE(arguments.error().text.find(c.text), std::string::npos) << arguments.error().text;
    EXPECT_TRUE(arguments.error().text.ends_with("Try `junctor --help`.\n"));
  }
}

TEST(Arguments, HelpIsNoError) {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {"--help"}, {"-h"}, {"serve", "--help"}, {"config", "reference", "--help"}}) {
    const auto arguments = parse(words);
    ASSERT_FALSE(arguments.has_value());
    EXPECT_EQ(arguments.error().exit_code, 0);
    EXPECT_NE(arguments.error().text.find("Usage: junctor"), std::string::npos)
        << arguments.error().text;
  }
  EXPECT_NE(parse({"--help"}).error().text.find("Exit codes: 0 done"), std::string::npos);
}

TEST(Arguments, VersionIsOneLine) {
  const auto arguments = parse({"--version"});
  ASSERT_FALSE(arguments.has_value());
  EXPECT_EQ(arguments.error().exit_code, 0);
  EXPECT_EQ(arguments.error().text.find('\n'), arguments.error().text.size() - 1);
}

}  // namespace
}  // namespace junctor::cli
