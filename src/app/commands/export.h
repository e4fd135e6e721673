#pragma once
// `junctor export --for CLIENT`: what to put into a client's configuration so that it uses the
// gateway.
//
// Each client has its own words for the same thing; a table has them. Nothing is written: the entry
// is for people to merge into a file that is theirs.
//
// Source:  the documentation of each client.
// Limits:  kConfigBytesMax of a configuration.
// Errors:  in the outcome: exit code 2 for wrong usage, 1 for a configuration that cannot be used.
// Threads: safe from all; reads the configuration when one is named.

#include <string>

namespace junctor::app {

struct ExportWishes {
  std::string client;
  std::string url;     // Empty: that of the configuration, or of the defaults.
  std::string name;    // What the client calls the gateway.
  std::string config;  // A file, or empty.
};

struct ExportOutcome {
  int exit_code = 0;
  std::string out;  // JSON.
  std::string err;  // Where it goes, or what is wrong.
};

[[nodiscard]] ExportOutcome export_blocking(const ExportWishes& wishes);

}  // namespace junctor::app
