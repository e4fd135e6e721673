// junctor: one program; the first word says what it does.
//
// Exit codes: 0 done (serve: drained, or ended by a signal); 1 failed: a bad configuration, an
// address that cannot be bound; 2 wrong usage. Those of tools, prompts and resources are in
// cli/inspect.h.

#include <unistd.h>

#include <cstdio>
#include <string>

#include "app/commands/check.h"
#include "app/config_reference.h"
#include "app/serve.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/example_server.h"
#include "cli/inspect.h"
#include "control/control.h"

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
  if (config) return report(junctor::app::serve_blocking(*config));
  print(stderr, junctor::app::problems_text(config.error(), junctor::safe_for_log(arguments.file)));
  return kExitFailed;
}

int check(const Arguments& arguments) {
  const auto outcome = junctor::app::check_blocking(arguments.file);
  print(outcome.ok ? stdout : stderr, outcome.text);
  return outcome.ok ? kExitOk : kExitFailed;
}

// Progress is for somebody who watches.
int inspect(const junctor::cli::Inspection& inspection) {
  junctor::cli::ProgressLines lines;
  const auto outcome =
      junctor::cli::inspect_blocking(inspection, ::isatty(STDERR_FILENO) == 1 ? &lines : nullptr);
  print(stdout, outcome.out);
  print(stderr, outcome.err);
  return outcome.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = junctor::cli::parse_arguments(argc, argv);
  if (!arguments) {
    print(arguments.error().exit_code == kExitOk ? stdout : stderr, arguments.error().text);
    return arguments.error().exit_code;
  }
  switch (arguments->command) {
    case junctor::cli::Command::serve: return serve(*arguments);
    case junctor::cli::Command::check: return check(*arguments);
    case junctor::cli::Command::config_reference:
      print(stdout, junctor::app::config_reference());
      return kExitOk;
    case junctor::cli::Command::example_server:
      return report(junctor::cli::example_server_blocking(arguments->listen));
    case junctor::cli::Command::inspect: return inspect(arguments->inspection);
    case junctor::cli::Command::version:
      print(stdout, junctor::control::version_json());
      return kExitOk;
  }
  return kExitFailed;
}
