// Goal: whatever the command line takes is in the manual and is completed, and nothing else.
// Method: the texts that are made of the program's own commands; bash itself runs its script in
// tests/journeys/tools.py.
#include "cli/manual.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cli/arguments.h"

namespace junctor::cli {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

constexpr std::string_view kCommands[] = {
    "serve",   "reload",           "status",     "stdio",      "check",       "config reference",
    "import",  "export",           "tools call", "tools list", "prompts get", "resources read",
    "version", "example\\-server", "completion", "manual"};

TEST(Manual, HasEachCommandOnce) {
  const std::string page = manual_page();
  EXPECT_TRUE(page.starts_with(".TH JUNCTOR 1 "));
  for (const std::string_view command : kCommands) {
    const std::string head = ".SS junctor " + std::string{command};
    EXPECT_EQ(count(page, head + "\n") + count(page, head + " "), 1U) << command;
  }
  EXPECT_EQ(count(page, "Exit codes"), 1U);
  EXPECT_NE(page.find("\\fB\\-\\-era\\fR \\fIauto|legacy|modern\\fR"), std::string::npos);
  EXPECT_NE(page.find("`\\-\\- COMMAND ARGUMENT...`"), std::string::npos);
}

TEST(Manual, NoLineIsTakenForARequest) {
  const std::string page = manual_page();
  std::size_t begin = 0;
  while (begin < page.size()) {
    const std::size_t end = page.find('\n', begin);
    const std::string_view line = std::string_view{page}.substr(begin, end - begin);
    if (line.starts_with('.')) {
      EXPECT_TRUE(line.starts_with(".S") || line == ".TP" || line == ".PP" ||
                  line.starts_with(".TH"))
          << line;
    }
    EXPECT_FALSE(line.starts_with('\'')) << line;
    begin = end + 1;
  }
}

TEST(Completion, KnowsTheShells) {
  EXPECT_NE(completion_script(Shell::bash).find("complete -o filenames -F _junctor junctor\n"),
            std::string::npos);
  EXPECT_TRUE(completion_script(Shell::zsh).starts_with("#compdef junctor\n"));
  const std::string fish = completion_script(Shell::fish);
  EXPECT_NE(fish.find("complete -c junctor -n '__fish_use_subcommand' -a serve -d 'Run "),
            std::string::npos);
  EXPECT_NE(fish.find("complete -c junctor -n '__fish_seen_subcommand_from tools; and "
                      "__fish_seen_subcommand_from call' -l era -x -a 'auto legacy modern'"),
            std::string::npos);
  EXPECT_NE(fish.find("-l config -r -F"), std::string::npos);
}

}  // namespace
}  // namespace junctor::cli
