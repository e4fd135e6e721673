#include "cli/arguments.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/assert.h"
#include "base/text.h"
#include "base/units.h"
#include "base/version.h"

namespace junctor::cli {
namespace {

// For the suggestion: the parser itself only says that an argument was not expected.
constexpr std::array<std::string_view, 17> kCommands{
    "serve",  "reload", "status",         "stdio",  "check",   "config",
    "import", "export", "example-server", "tools",  "prompts", "resources",
    "schema", "cel",    "completion",     "manual", "version"};

constexpr Duration kTimeoutMax = std::chrono::hours{1};

constexpr const char* kFooter =
    "Exit codes: 0 done; 1 failed: a bad configuration, an address that cannot be bound; 2 wrong "
    "usage. Of schema and cel: 1 not valid, or no schema or expression. Of reload and status: 3 "
    "the gateway cannot be reached. Of tools, prompts and resources: 1 the tool or the server "
    "answered with an error; 2 wrong usage or arguments; 3 the server cannot be reached; 4 no "
    "answer in time; 5 an answer that is broken off, too large or not MCP.";

// What is typed as words, until all of it is known.
struct InspectionWords {
  std::string era = "auto";
  std::string timeout = "30s";
};

constexpr std::string_view kShells[] = {"bash", "zsh", "fish"};

using Subject = Inspection::Subject;
using Action = Inspection::Action;

struct InspectionCommand {
  Subject subject;
  Action action;
  const char* verb;
  const char* help;
  const char* name;  // Of the argument; null: none.
};

constexpr InspectionCommand kInspections[] = {
    {Subject::tools, Action::list, "list", "List the tools.", nullptr},
    {Subject::tools, Action::describe, "describe", "Say what a tool does and takes.", "NAME"},
    {Subject::tools, Action::use, "call", "Call a tool and print what it answers.", "NAME"},
    {Subject::prompts, Action::list, "list", "List the prompts.", nullptr},
    {Subject::prompts, Action::describe, "describe", "Say what a prompt takes.", "NAME"},
    {Subject::prompts, Action::use, "get", "Print the messages of a prompt.", "NAME"},
    {Subject::resources, Action::list, "list", "List the resources and their templates.", nullptr},
    {Subject::resources, Action::describe, "describe", "Say what a resource is.", "URI"},
    {Subject::resources, Action::use, "read", "Print the contents of a resource.", "URI"},
};

// Options that all of them have.
void describe_connection(CLI::App& command, Inspection& inspection, InspectionWords& words) {
  command.add_option("--url", inspection.url, "The server's URL, as http://127.0.0.1:9000/mcp.")
      ->type_name("URL");
  command
      .add_option("--config", inspection.config,
                  "In place of it: a configuration, of which a route is looked at.")
      ->type_name("FILE");
  command
      .add_option("--route", inspection.route,
                  "The path of that route; not needed when there is only one.")
      ->type_name("PATH");
  command.footer(
      "In place of --url, `-- COMMAND ARGUMENT...` at the end starts a server over stdio.");
  command
      .add_option("--header", inspection.headers,
                  "\"Name: value\", sent with each request; may be given often. ${env:NAME} in the "
                  "value stands for an environment variable.")
      ->allow_extra_args(false);
  command.add_option("--timeout", words.timeout, "For the whole command, as 500ms or 2m; 30s.");
  command
      .add_option("--era", words.era,
                  "auto: find out; legacy: sessions of 2025-11-25; modern: 2026-07-28.")
      ->check(CLI::IsMember({"auto", "legacy", "modern"}));
  command.add_flag_callback(
      "--json", [&inspection] { inspection.form = Inspection::Form::json; },
      "Print the server's result as it came.");
}

void describe_inspection(CLI::App& parent, const InspectionCommand& what, Arguments& arguments,
                         InspectionWords& words) {
  Inspection& inspection = arguments.inspection;
  CLI::App* made = parent.add_subcommand(what.verb, what.help);
  made->callback([&arguments, &what] {
    arguments.command = Command::inspect;
    arguments.inspection.subject = what.subject;
    arguments.inspection.action = what.action;
  });
  if (what.name != nullptr) {
    made->add_option(what.name, inspection.name, "As the list has it.")->required();
  }
  if (what.action == Action::use && what.subject != Subject::resources) {
    made->add_option("ARGUMENT", inspection.pairs,
                     "key=value, typed as the list says; arrays and objects as JSON.");
    made->add_option("--arguments", inspection.arguments,
                     "All arguments as a JSON object, sent as it is; @FILE reads a file, - the "
                     "standard input.");
  }
  describe_connection(*made, inspection, words);
}

void describe_inspections(CLI::App& app, Arguments& arguments, InspectionWords& words) {
  constexpr std::pair<const char*, const char*> kSubjects[] = {
      {"tools", "Look at the tools of an MCP server, and call them."},
      {"prompts", "Look at the prompts of an MCP server, and get them."},
      {"resources", "Look at the resources of an MCP server, and read them."}};
  for (std::size_t i = 0; i < std::size(kSubjects); ++i) {
    CLI::App* parent = app.add_subcommand(kSubjects[i].first, kSubjects[i].second);
    parent->require_subcommand(1);
    for (const InspectionCommand& each : kInspections) {
      if (each.subject == static_cast<Subject>(i)) {
        describe_inspection(*parent, each, arguments, words);
      }
    }
  }
}

// Both ways between the gateway and the configurations of other programs.
void describe_exchange(CLI::App& app, Arguments& arguments) {
  CLI::App* taken =
      app.add_subcommand("import", "Take over the MCP servers of other programs' configurations.");
  taken->callback([&arguments] { arguments.command = Command::import_servers; });
  taken
      ->add_option(
          "FILE", arguments.imported.files,
          "Of Claude, VS Code, Cursor, Copilot, Windsurf, Gemini CLI, Zed, opencode, "
          "agentgateway or Junctor, or a registry's server.json; found out by its content.")
      ->required()
      ->type_name("FILE");
  taken
      ->add_option("--into", arguments.imported.into,
                   "The configuration to add them to; without it, one is printed.")
      ->type_name("FILE");
  CLI::App* given = app.add_subcommand("export", "Print what makes an MCP client use the gateway.");
  given->callback([&arguments] { arguments.command = Command::export_entry; });
  given
      ->add_option(
          "--for", arguments.exported.client,
          "claude-desktop, claude-code, vscode, cursor, windsurf, gemini, zed, opencode or "
          "copilot.")
      ->required();
  given->add_option("--url", arguments.exported.url,
                    "Of the gateway; http://127.0.0.1:8080/mcp, or by --config.");
  given->add_option("--name", arguments.exported.name, "What the client calls it; junctor.");
  given
      ->add_option("--config", arguments.exported.config,
                   "The gateway's configuration: its address and first route make the URL.")
      ->type_name("FILE");
}

// Words of --dialect and --output, in the order of the values that they stand for.
constexpr const char* kDialects[] = {"draft-04", "draft-06", "draft-07", "2019-09", "2020-12"};
constexpr const char* kSchemaForms[] = {"people", "flag", "basic", "detailed"};

// The value whose word it is; IsMember has let nothing else through.
template <class Value>
auto take_word(Value& value, std::span<const char* const> words) {
  return [&value, words](const std::string& word) {
    const auto found = std::ranges::find(words, std::string_view{word});
    JUNCTOR_ASSERT(found != words.end());
    value = static_cast<Value>(found - words.begin());
  };
}

void describe_schema_use(CLI::App& app, Arguments& arguments) {
  CLI::App* const parent = app.add_subcommand("schema", "Try a JSON Schema on values.");
  parent->require_subcommand(1);
  SchemaUse& use = arguments.schema;
  const auto add = [&](const char* name, const char* help) {
    CLI::App* const made = parent->add_subcommand(name, help);
    made->callback([&arguments] { arguments.command = Command::schema; });
    made->add_option("SCHEMA", use.schema, "A file.")->required()->type_name("FILE");
    made->add_option("--with", use.others,
                     "Another schema, which may be referred to by its $id; may be given often. "
                     "Files in the schema's folder are found without.")
        ->allow_extra_args(false)
        ->type_name("FILE");
    made->add_option_function<std::string>(
            "--dialect", take_word(use.dialect, kDialects),
            "Of a schema without $schema: 2020-12, 2019-09, draft-07, draft-06 or draft-04; "
            "2020-12 when absent.")
        ->check(
            CLI::IsMember(std::vector<std::string>{std::begin(kDialects), std::end(kDialects)}));
    made->add_flag("--formats", use.checks_formats,
                   "Check \"format\", which else only says something.");
    return made;
  };
  add("compile", "Say whether it is a schema, or what is wrong and where.");
  CLI::App* const validate = add("validate", "Say of each value whether it is valid, or why not.");
  validate->callback([&arguments] {
    arguments.command = Command::schema;
    if (arguments.schema.instances.empty()) arguments.schema.instances = {"-"};
  });
  validate->add_option("INSTANCE", use.instances, "A JSON file; - or none: the standard input.")
      ->type_name("FILE");
  validate
      ->add_option_function<std::string>(
          "--output", take_word(use.form, kSchemaForms),
          "people, or JSON Schema's own formats: flag, basic or detailed; a line for each value.")
      ->check(CLI::IsMember(
          std::vector<std::string>{std::begin(kSchemaForms), std::end(kSchemaForms)}));
}

void describe_cel_use(CLI::App& app, Arguments& arguments) {
  CLI::App* const parent = app.add_subcommand("cel", "Try a CEL expression on an input.");
  parent->require_subcommand(1);
  CLI::App* const made =
      parent->add_subcommand("eval", "Print the value of an expression as JSON.");
  made->callback([&arguments] { arguments.command = Command::cel; });
  CelUse& use = arguments.cel;
  made->add_option("EXPRESSION", use.expression, "As in: user.role == 'admin'.")->required();
  made->add_option("--input", use.input,
                   "A file with a JSON object, whose members are the variables; - is the standard "
                   "input.")
      ->type_name("FILE");
  made->add_flag("--explain", use.explains, "Say too what each part of it came to.");
}

void describe_operations(CLI::App& app, Arguments& arguments) {
  constexpr std::tuple<const char*, Command, const char*> kOperations[] = {
      {"reload", Command::reload, "Let a running gateway read its configuration again."},
      {"status", Command::status, "Show upstreams, sessions and the last reload of a gateway."}};
  Operation& operation = arguments.operation;
  for (const auto& [name, command, help] : kOperations) {
    CLI::App* const made = app.add_subcommand(name, help);
    made->callback([&arguments, command] { arguments.command = command; });
    CLI::Option* const url = made->add_option(
        "--url", operation.url, "Of its admin listener; http://127.0.0.1:8081, or by --config.");
    made->add_option("--config", operation.config,
                     "Its configuration, which says where the admin listener is.")
        ->excludes(url)
        ->type_name("FILE");
    made->add_flag_callback(
        "--json", [&operation] { operation.form = Operation::Form::json; },
        "Print its answer as it came.");
  }
}

// The help is printed from here.
void describe_commands(CLI::App& app, Arguments& arguments) {
  const auto add = [&arguments](CLI::App& parent, const char* name, const char* help,
                                Command command) {
    CLI::App* made = parent.add_subcommand(name, help);
    made->callback([&arguments, command] { arguments.command = command; });
    return made;
  };
  add(app, "serve", "Run the gateway until a signal; SIGTERM drains.", Command::serve)
      ->add_option("--config", arguments.file, "The configuration file; without it: the defaults.")
      ->type_name("FILE");
  CLI::App* stdio =
      add(app, "stdio", "Serve one client on standard input and output.", Command::stdio);
  stdio->add_option("--config", arguments.file, "The configuration file.")
      ->required()
      ->type_name("FILE");
  stdio->add_option("--route", arguments.route,
                    "The path of the route to serve; not needed when there is only one.");
  add(app, "check", "Check a configuration and explain what it would serve.", Command::check)
      ->add_option("FILE", arguments.file, "The configuration file.")
      ->required()
      ->type_name("FILE");
  CLI::App* config = app.add_subcommand("config", "About the configuration.");
  config->require_subcommand(1);
  add(*config, "reference", "Print all settings with their defaults, as Markdown.",
      Command::config_reference);
  CLI::App* example =
      add(app, "example-server", "Run a small MCP server of either era, for trying out.",
          Command::example_server);
  CLI::Option* listen =
      example->add_option("--listen", arguments.listen,
                          "HOST:PORT; port 0 takes a free one. 127.0.0.1:9000 when absent.");
  example
      ->add_flag("--stdio", arguments.on_stdio,
                 "Serve one client on standard input and output instead.")
      ->excludes(listen);
  add(app, "completion", "Print what makes a shell complete junctor's commands and options.",
      Command::completion)
      ->add_option_function<std::string>(
          "SHELL",
          [&arguments](const std::string& name) {
            const auto* const found = std::ranges::find(kShells, name);
            JUNCTOR_ASSERT(found != std::end(kShells));  // IsMember lets nothing else through.
            arguments.shell = static_cast<Shell>(found - std::begin(kShells));
          },
          "As in: source <(junctor completion bash).")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  add(app, "manual", "Print the manual page, as man(7) reads it.", Command::manual);
  add(app, "version", "Print version and revision, as JSON.", Command::version);
}

std::unique_ptr<CLI::App> make_app(Arguments& arguments, InspectionWords& words) {
  auto app = std::make_unique<CLI::App>(
      "Junctor: a gateway in which AI agents and the systems behind them meet.", "junctor");
  app->set_version_flag("--version", std::string{version()});
  app->footer(kFooter);
  app->require_subcommand(1);
  describe_commands(*app, arguments);
  describe_operations(*app, arguments);
  describe_exchange(*app, arguments);
  describe_inspections(*app, arguments, words);
  describe_schema_use(*app, arguments);
  describe_cel_use(*app, arguments);
  return app;
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

constexpr std::string_view kSubjectWords[] = {"tools", "prompts", "resources"};

// Where the words of a server's own command begin: behind a `--`, which only an inspection has.
int end_of_own_words(int argc, const char* const* argv) {
  const bool inspects = argc > 1 && std::ranges::find(kSubjectWords, std::string_view{argv[1]}) !=
                                        std::end(kSubjectWords);
  if (!inspects) return argc;
  const auto* const end = std::find(argv, argv + argc, std::string_view{"--"});
  return static_cast<int>(end - argv);
}

// Exactly one way to the server, and nothing that belongs to another.
std::optional<Ending> check_way(const Inspection& inspection) {
  const int ways = static_cast<int>(!inspection.url.empty()) +
                   static_cast<int>(!inspection.config.empty()) +
                   static_cast<int>(!inspection.command.empty());
  if (ways != 1) {
    return wrong_usage(
        "say where the server is by one of --url URL, --config FILE and "
        "`-- COMMAND ARGUMENT...`");
  }
  if (!inspection.route.empty() && inspection.config.empty())
    return wrong_usage("--route is of --config");
  if (!inspection.headers.empty() && inspection.url.empty())
    return wrong_usage("--header is of --url");
  return std::nullopt;
}

// Words that are more than texts.
std::expected<Inspection, Ending> read_words(Inspection inspection, const InspectionWords& words) {
  const auto timeout = parse_duration(words.timeout);
  if (!timeout || *timeout <= Duration::zero() || *timeout > kTimeoutMax) {
    return std::unexpected{wrong_usage("--timeout: expected a time up to 1h, as 500ms or 30s")};
  }
  inspection.timeout = *timeout;
  if (words.era == "legacy") inspection.era = agent::EraChoice::legacy;
  if (words.era == "modern") inspection.era = agent::EraChoice::modern;
  return inspection;
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
  InspectionWords words;
  try {
    const auto app = make_app(arguments, words);
    try {
      const int own = end_of_own_words(argc, argv);
      for (int i = own + 1; i < argc; ++i) arguments.inspection.command.emplace_back(argv[i]);
      app->parse(own, argv);
    } catch (const CLI::CallForVersion&) {
      return std::unexpected{Ending{.exit_code = 0, .text = fmt::format("{}\n", version())}};
    } catch (const CLI::CallForHelp&) {
      return std::unexpected{Ending{.exit_code = 0, .text = app->help()}};
    } catch (const CLI::ParseError& failure) {
      return std::unexpected{wrong_usage(failure.what())};
    }
  } catch (const CLI::Error& failure) {
    return std::unexpected{wrong_usage(failure.what())};
  }
  auto inspection = read_words(std::move(arguments.inspection), words);
  if (!inspection) return std::unexpected{std::move(inspection).error()};
  arguments.inspection = *std::move(inspection);
  if (arguments.command != Command::inspect) return arguments;
  if (auto wrong = check_way(arguments.inspection)) return std::unexpected{*std::move(wrong)};
  return arguments;
}

std::string manual_page() {
  Arguments arguments;
  InspectionWords words;
  return manual_of(*make_app(arguments, words));
}

std::string completion_script(Shell shell) {
  Arguments arguments;
  InspectionWords words;
  return completion_of(*make_app(arguments, words), shell);
}

}  // namespace junctor::cli
