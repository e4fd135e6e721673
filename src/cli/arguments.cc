#include "cli/arguments.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/assert.h"
#include "base/text.h"
#include "base/version.h"

namespace junctor::cli {
namespace {

// For the suggestion: the parser itself only says that an argument was not expected.
constexpr std::array<std::string_view, 5> kCommands{"serve", "check", "config", "example-server",
                                                    "version"};

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 failed: a bad configuration, an address that cannot be bound; 2 wrong "
    "usage.";

// The help is printed from here.
void describe_commands(CLI::App& app, Arguments& arguments) {
  const auto add = [&arguments](CLI::App& parent, const char* name, const char* help,
                                Command command) {
    CLI::App* made = parent.add_subcommand(name, help);
    made->callback([&arguments, command] { arguments.command = command; });
    return made;
  };
  add(app, "serve", "Run the gateway until a signal; SIGTERM drains.", Command::serve)
      ->add_option("--config", arguments.file, "The configuration file; without it: the defaults.");
  add(app, "check", "Check a configuration and explain what it would serve.", Command::check)
      ->add_option("FILE", arguments.file, "The configuration file.")
      ->required();
  CLI::App* config = app.add_subcommand("config", "About the configuration.");
  config->require_subcommand(1);
  add(*config, "reference", "Print all settings with their defaults, as Markdown.",
      Command::config_reference);
  add(app, "example-server", "Run a small MCP server of either era, for trying out.",
      Command::example_server)
      ->add_option("--listen", arguments.listen,
                   "HOST:PORT; port 0 takes a free one. 127.0.0.1:9000 when absent.");
  add(app, "version", "Print version and revision, as JSON.", Command::version);
}

// What `argv` has in place of a command, when that is none.
std::optional<std::string_view> wrong_command(int argc, const char* const* argv) {
  if (argc < 2) return std::nullopt;
  const std::string_view word{argv[1]};
  if (word.empty() || word.starts_with('-')) return std::nullopt;
  for (const std::string_view command : kCommands) {
    if (word == command) return std::nullopt;
  }
  return word;
}

// One sentence and where to read on: a whole page of help would hide it.
Ending wrong_usage(std::string sentence) {
  JUNCTOR_ASSERT(!sentence.empty());
  return {.exit_code = kExitUsage,
          .text = fmt::format("junctor: {}\nTry `junctor --help`.\n", sentence)};
}

}  // namespace

// The library tells everything by exceptions, the wish for help too; none gets out of here.
std::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv) {
  if (const auto word = wrong_command(argc, argv)) {
    const auto near = did_you_mean(*word, kCommands);
    return std::unexpected{
        wrong_usage(fmt::format("no command is called \"{}\"{}", safe_for_log(*word, 64),
                                near ? fmt::format("; did you mean \"{}\"?", *near) : ""))};
  }
  Arguments arguments;
  try {
    CLI::App app{"Junctor: a gateway in which AI agents and the systems behind them meet.",
                 "junctor"};
    app.set_version_flag("--version", std::string{version()});
    app.footer(kFooter);
    app.require_subcommand(1);
    describe_commands(app, arguments);
    try {
      app.parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
      return std::unexpected{Ending{.exit_code = 0, .text = fmt::format("{}\n", version())}};
    } catch (const CLI::CallForHelp&) {
      return std::unexpected{Ending{.exit_code = 0, .text = app.help()}};
    } catch (const CLI::ParseError& failure) {
      return std::unexpected{wrong_usage(failure.what())};
    }
  } catch (const CLI::Error& failure) {
    return std::unexpected{wrong_usage(failure.what())};
  }
  return arguments;
}

}  // namespace junctor::cli
