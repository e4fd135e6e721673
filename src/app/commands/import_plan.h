#pragma once
// What an import adds to a configuration: which servers, under which names, and which are there
// already.
//
// A server is what it is reached by (command, environment and folder, or url and headers), not its
// name. Importing twice adds nothing: what a secret was made into depends on the server alone.
// Secrets of a configuration are not known, so a server of the same name that differs in nothing
// else is taken for the same.
//
// Limits:  kUpstreamsMax upstreams, those that are there included.
// Errors:  sentences in the plan.
// Threads: pure.

#include <string>
#include <vector>

#include "app/commands/import_server.h"

namespace junctor::app {

struct PlannedUpstream {
  std::string name;  // As the configuration will have it.
  ImportedServer server;
};

// The configuration to import into.
struct ExistingUpstreams {
  std::vector<ImportedServer> servers;
  std::vector<std::string> names;  // Also of those that were not understood.
};

struct ImportPlan {
  std::vector<PlannedUpstream> added;
  std::vector<std::string> notes;      // What has another name, and what is there already.
  std::vector<std::string> variables;  // "GITHUB_TOKEN: env GITHUB_TOKEN of server github (FILE)"
};

[[nodiscard]] ImportPlan plan_import(std::vector<ImportedServer> found,
                                     const ExistingUpstreams& existing);

// A name that upstreams may have, made of any text: "My Server" is my-server.
[[nodiscard]] std::string upstream_name_of(std::string_view text);

// How the server is reached, for a table: the command or the url, without a secret.
[[nodiscard]] std::string reached_by(const PlannedUpstream& upstream);

}  // namespace junctor::app
