// junctor: one program; the first word says what it does.
//
// Exit codes: 0 done (serve: drained, or ended by a signal; stdio: its client ended); 1 failed: a
// bad configuration, an address that cannot be bound; 2 wrong usage; of reload and status 3: no
// gateway answers. Those of tools, prompts and
// resources are in cli/inspect.h, that of a child process that cannot be started in
// rt/child_launch.h.

#include <unistd.h>

#include <cstdio>
#include <string>

#include "app/commands/cel.h"
#include "app/commands/check.h"
#include "app/commands/export.h"
#include "app/commands/import.h"
#include "app/commands/inspect_here.h"
#include "app/commands/operate.h"
#include "app/commands/schema.h"
#include "app/commands/stdio.h"
#include "app/config_reference.h"
#include "app/serve.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/example_server.h"
#include "cli/inspect.h"
#include "control/control.h"
#include "rt/exec_child.h"

namespace {

using junctor::cli::Arguments;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;

// A reader that has gone away is no failure of ours.
void print(std::FILE* where, const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), where);
}

int report(const junctor::Result<>& outcome) {
  if (outcome) return kExitOk;
  print(stderr, "junctor: " + outcome.error().detail() + "\n");
  return kExitFailed;
}

// All problems of a configuration, before anything was started.
int serve(const Arguments& arguments) {
  if (arguments.file.empty())
    return report(junctor::app::serve_blocking(junctor::app::default_config()));
  const auto config = junctor::app::load_config_blocking(arguments.file);
  if (config) return report(junctor::app::serve_blocking(*config, arguments.file));
  print(stderr, junctor::app::problems_text(config.error(), junctor::safe_for_log(arguments.file)));
  return kExitFailed;
}

int stdio(const Arguments& arguments) {
  const auto config = junctor::app::load_config_blocking(arguments.file);
  if (config) return report(junctor::app::stdio_blocking(*config, arguments.route));
  print(stderr, junctor::app::problems_text(config.error(), junctor::safe_for_log(arguments.file)));
  return kExitFailed;
}

int example_server(const Arguments& arguments) {
  return report(arguments.on_stdio ? junctor::cli::example_server_stdio_blocking()
                                   : junctor::cli::example_server_blocking(arguments.listen));
}

int check(const Arguments& arguments) {
  const auto outcome = junctor::app::check_blocking(arguments.file);
  print(outcome.ok ? stdout : stderr, outcome.text);
  return outcome.ok ? kExitOk : kExitFailed;
}

// What is for a file goes to stdout; what is for people does not.
int import_servers(const junctor::cli::Import& wishes) {
  const auto outcome = junctor::app::import_blocking(wishes.files, wishes.into);
  print(stderr, outcome.err);
  print(stdout, outcome.out);
  return outcome.exit_code;
}

int export_entry(const junctor::cli::Export& wishes) {
  const auto outcome = junctor::app::export_blocking(
      {.client = wishes.client, .url = wishes.url, .name = wishes.name, .config = wishes.config});
  print(stderr, outcome.err);
  print(stdout, outcome.out);
  return outcome.exit_code;
}

template <class Outcome>
int told(const Outcome& outcome) {
  print(stdout, outcome.out);
  print(stderr, outcome.err);
  return outcome.exit_code;
}

// Progress is for somebody who watches, and questions for somebody who can answer.
int inspect(const junctor::cli::Inspection& inspection) {
  const bool is_watched = ::isatty(STDERR_FILENO) == 1;
  using People = junctor::cli::Terminal::People;
  junctor::cli::Terminal terminal{::isatty(STDIN_FILENO) == 1 ? People::present : People::absent};
  junctor::cli::McpListener* const listener = is_watched ? &terminal : nullptr;
  const auto outcome = inspection.url.empty()
                           ? junctor::app::inspect_here_blocking(inspection, listener)
                           : junctor::cli::inspect_blocking(inspection, listener);
  print(stdout, outcome.out);
  print(stderr, outcome.err);
  return outcome.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  junctor::rt::exec_child_if_asked(argc, argv);
  const auto arguments = junctor::cli::parse_arguments(argc, argv);
  if (!arguments) {
    print(arguments.error().exit_code == kExitOk ? stdout : stderr, arguments.error().text);
    return arguments.error().exit_code;
  }
  switch (arguments->command) {
    case junctor::cli::Command::serve: return serve(*arguments);
    case junctor::cli::Command::reload:
      return told(junctor::app::reload_blocking(arguments->operation));
    case junctor::cli::Command::status:
      return told(junctor::app::status_blocking(arguments->operation));
    case junctor::cli::Command::check: return check(*arguments);
    case junctor::cli::Command::config_reference:
      print(stdout, junctor::app::config_reference());
      return kExitOk;
    case junctor::cli::Command::example_server: return example_server(*arguments);
    case junctor::cli::Command::stdio: return stdio(*arguments);
    case junctor::cli::Command::import_servers: return import_servers(arguments->imported);
    case junctor::cli::Command::export_entry: return export_entry(arguments->exported);
    case junctor::cli::Command::inspect: return inspect(arguments->inspection);
    case junctor::cli::Command::schema:
      return told(junctor::app::schema_blocking(arguments->schema));
    case junctor::cli::Command::cel: return told(junctor::app::cel_blocking(arguments->cel));
    case junctor::cli::Command::completion:
      print(stdout, junctor::cli::completion_script(arguments->shell));
      return kExitOk;
    case junctor::cli::Command::manual: print(stdout, junctor::cli::manual_page()); return kExitOk;
    case junctor::cli::Command::version:
      print(stdout, junctor::control::version_json());
      return kExitOk;
  }
  return kExitFailed;
}
