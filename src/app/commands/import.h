#pragma once
// `junctor import FILE... [--into junctor.yaml]`: takes over the MCP servers that other programs
// have in their configurations.
//
// Says first what it would do, then what has no equivalent, then which variables have to be set in
// place of secrets. Without a file to import into, the configuration goes to `out`; else that file
// is replaced as a whole, or not at all.
//
// Limits:  kImportFilesMax files of kImportBytesMax each.
// Errors:  in the outcome: exit code 1 when a file cannot be read or written, or nothing could be
//          imported.
// Threads: safe from all; reads and writes files.

#include <cstddef>
#include <string>
#include <vector>

namespace junctor::app {

inline constexpr std::size_t kImportFilesMax = 64;

struct ImportOutcome {
  int exit_code = 0;
  std::string out;  // YAML for a file.
  std::string err;  // Plan and report, for people.
};

// `into` is empty when nothing is to be written.
[[nodiscard]] ImportOutcome import_blocking(const std::vector<std::string>& files,
                                            const std::string& into);

struct ImportSource {
  std::string file;
  std::string text;
};
// The same without files: what `into` would hold afterwards is in `out`.
[[nodiscard]] ImportOutcome import_texts(const std::vector<ImportSource>& sources,
                                         const ImportSource* into);

}  // namespace junctor::app
