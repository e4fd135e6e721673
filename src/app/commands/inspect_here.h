#pragma once
// `junctor tools|prompts|resources` of a server that has no URL: a command, or what a configuration
// has behind one of its routes. This process puts a gateway in front of it for as long as that
// takes, on a free port of 127.0.0.1 and under a path that nobody else knows.
//
// A command is given the environment of the command line, as a shell would.
//
// Errors:  in the outcome, as cli::inspect_blocking() has them.
// Threads: blocks; call it from main, before other threads.

#include "cli/arguments.h"
#include "cli/inspect.h"

namespace junctor::app {

[[nodiscard]] cli::Inspected inspect_here_blocking(const cli::Inspection& inspection,
                                                   cli::McpListener* listener);

}  // namespace junctor::app
