#pragma once
// ImportedServer: an MCP server as found in a file of another program, in our own terms; and
// ServerDraft, which makes one and keeps account of what has no equivalent.
//
// Readers of single formats tell a draft what they find, in any order. The draft hides secrets,
// checks what our configuration would refuse, and ends in the reading: as a server, or as a line
// that says why it was left out. Invariant: no sentence of a reading holds a secret.
//
// Limits:  kImportServersMax per file; kImportWordsMax words of a command or entries of a map;
//          kImportTextBytesMax per text.
// Errors:  sentences in ImportReading.
// Threads: values; one owner at a time.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/commands/import_value.h"
#include "app/config_node.h"
#include "base/units.h"

namespace junctor::app {

inline constexpr std::size_t kImportServersMax = 1000;
inline constexpr std::size_t kImportWordsMax = 256;
inline constexpr std::size_t kImportTextBytesMax = 8_KiB;

using ImportFields = std::vector<std::pair<std::string, ImportValue>>;

struct ImportedServer {
  std::string name;                  // As the source has it.
  std::string origin;                // The file, for people.
  std::vector<ImportValue> command;  // Of a server over stdio; else `url` is set.
  ImportFields env;
  ImportValue cwd;
  ImportValue url;
  ImportFields headers;
  std::vector<std::pair<std::string, std::string>> settings;  // As `timeout`, written as it is.
  std::vector<std::string> tools_allowed;                     // Empty: all.
  std::vector<std::string> tools_denied;
};

struct ImportReading {
  std::string kind;    // What wrote the file: "VS Code".
  std::string origin;  // Of the servers that follow.
  std::vector<ImportedServer> servers;
  std::vector<std::string> losses;    // "field trust of server a: ..."
  std::vector<std::string> left_out;  // "server a is left out: ..."
};

// Whether there is room for one more; says so once when there is none.
[[nodiscard]] bool has_room_for_server(ImportReading& reading);

class ServerDraft {
 public:
  ServerDraft(ImportReading& reading, std::string_view name, VariableSyntax syntax);

  // Words of the command line, in order.
  void add_word(std::string_view text);
  void add_word_value(ImportValue value);
  // A list of words, or one.
  void add_words(const ConfigNode& node, std::string_view field);
  // A map of variables or headers; scalars that are no texts count as they are written.
  void add_env(const ConfigNode& node, std::string_view field);
  void add_headers(const ConfigNode& node, std::string_view field);
  void add_variable(std::string_view name, ImportValue value);
  void add_header(std::string_view name, ImportValue value);
  void set_cwd(const ConfigNode& node);
  void set_url(std::string_view text);
  void set_url(ImportValue value);
  // A whole number: milliseconds, or seconds where it would be less than one.
  void set_timeout(const ConfigNode& node);
  // Names of the tools that alone are offered, and of those that are not.
  void allow_tools(const ConfigNode& node, std::string_view field);
  void deny_tools(const ConfigNode& node, std::string_view field);
  // A setting of our own, as it stands.
  void set_setting(std::string_view path, std::string_view text);

  void lose(std::string_view field, std::string_view sentence);
  // Says why, and that the server is to be left out; the first reason counts.
  void leave_out(std::string_view reason);

  [[nodiscard]] VariableSyntax syntax() const noexcept { return syntax_; }
  // Puts the server into the reading, or the reason into its list.
  void finish() &&;

 private:
  [[nodiscard]] bool is_text_good(std::string_view text);
  [[nodiscard]] bool is_value_good(const ImportValue& value);
  [[nodiscard]] std::string scalar_text(const ConfigNode& node, std::string_view field);
  // Nothing when there is more in the list than texts; that is said.
  [[nodiscard]] std::vector<std::string> tools_of(const ConfigNode& node, std::string_view field);
  // The texts of a map's members, those that are good.
  [[nodiscard]] ImportFields fields_of(const ConfigNode& node, std::string_view field);
  void check_url();
  // What a value has that means something else here.
  void say_parts(const ImportValue& value, std::string_view origin);

  ImportReading& reading_;
  ImportedServer server_;
  VariableSyntax syntax_;
  std::string option_;  // The word before, when it is an option.
  std::string reason_;  // Why it is left out; empty: it is not.
};

}  // namespace junctor::app
