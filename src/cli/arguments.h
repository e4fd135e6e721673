#pragma once
// The command line as a value: which command, and what it was given. The only door to CLI11, and to
// its exceptions.
//
// Every command and option has one line of help, from which --help is printed. A word that is no
// command is answered with the nearest one.
//
// Errors:  an ending: the text to print and the exit code (0 after --help, 2 for wrong usage).
// Threads: call it from main.

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "agent/settings.h"
#include "base/time.h"
#include "cli/manual.h"
#include "lang/schema/dialect.h"

namespace junctor::cli {

enum class Command : std::uint8_t {
  serve,
  reload,
  status,
  check,
  config_reference,
  example_server,
  stdio,
  import_servers,
  export_entry,
  inspect,
  schema,
  cel,
  completion,
  manual,
  version,
};

// What is asked of an MCP server: `tools call NAME key=value`, and its like.
struct Inspection {
  enum class Subject : std::uint8_t { tools, prompts, resources };
  enum class Action : std::uint8_t { list, describe, use };  // use: call, get, read.
  enum class Form : std::uint8_t { people, json };

  Subject subject = Subject::tools;
  Action action = Action::list;
  Form form = Form::people;
  // Where the server is, one of the three: its URL; a configuration, and one of its routes (empty:
  // the only one); a command that it is spoken to over stdio by.
  std::string url = {};
  std::string config = {};
  std::string route = {};
  std::vector<std::string> command = {};
  std::string shown = {};          // What messages call it; empty: its URL.
  std::string name;                // Of the tool or prompt, or the resource's URI.
  std::vector<std::string> pairs;  // key=value.
  std::string arguments;           // A JSON object, @FILE or -; empty: by `pairs`.
  std::vector<std::string> headers;
  agent::EraChoice era = agent::EraChoice::automatic;
  Duration timeout = std::chrono::seconds{30};  // Of the whole command.
};

// What `import` takes over, and into which file; empty: to the standard output.
struct Import {
  std::vector<std::string> files;
  std::string into;
};

// What `export` prints for which client.
struct Export {
  std::string client;
  std::string url;  // Empty: by `config`, or the default.
  std::string name = "junctor";
  std::string config;
};

// What `reload` and `status` ask a running gateway for, and where it is; both empty: at the
// default.
struct Operation {
  enum class Form : std::uint8_t { people, json };
  std::string url;     // Of its listener for operators.
  std::string config;  // That says it.
  Form form = Form::people;
};

// A JSON Schema to compile, and values to validate with it; none: it is only compiled.
struct SchemaUse {
  enum class Form : std::uint8_t { people, flag, basic, detailed };

  std::string schema = {};
  std::vector<std::string> instances = {};
  std::vector<std::string> others = {};  // Documents that it may refer to by their $id.
  lang::schema::Dialect dialect = lang::schema::Dialect::draft2020_12;
  bool checks_formats = false;
  Form form = Form::people;
};

// A CEL expression, and the file whose members are its variables; empty: there are none.
struct CelUse {
  std::string expression = {};
  std::string input = {};
  bool explains = false;
};

struct Arguments {
  Command command = Command::serve;
  std::string file;                       // serve (empty: none), check, stdio.
  std::string listen = "127.0.0.1:9000";  // example-server.
  bool on_stdio = false;                  // example-server, in place of `listen`.
  std::string route;                      // stdio; empty: the only one.
  Inspection inspection;                  // inspect.
  Import imported;                        // import_servers.
  Export exported;                        // export_entry.
  Operation operation;                    // reload, status.
  SchemaUse schema;                       // schema.
  CelUse cel;                             // cel.
  Shell shell = Shell::bash;              // completion.
};

struct Ending {
  int exit_code = 0;
  std::string text;
};

inline constexpr int kExitUsage = 2;

[[nodiscard]] std::expected<Arguments, Ending> parse_arguments(int argc, const char* const* argv);

// Of the same commands and options: see cli/manual.h.
[[nodiscard]] std::string manual_page();
[[nodiscard]] std::string completion_script(Shell shell);

}  // namespace junctor::cli
