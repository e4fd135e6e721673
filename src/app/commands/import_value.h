#pragma once
// ImportValue: one text of somebody else's configuration on its way into ours: what is plain, what
// stands for a variable, and what is a secret that must not get into the file.
//
// A secret becomes a variable named after the server it belongs to and the words it was found
// under, so the same secret of the same server has the same name each time, whatever else is
// imported. Invariant: config_text() never holds a secret's value.
//
// Limits:  none of its own; the reader bounds the texts.
// Errors:  none: what is no variable is plain.
// Threads: values and pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace junctor::app {

// In the origin of a variable whose source gives a default, which has no equivalent.
inline constexpr std::string_view kDefaultMark = ":-...";

struct ImportPart {
  enum class Kind : std::uint8_t {
    plain,     // `text` as it is meant.
    variable,  // `text` is the name of an environment variable.
    config,    // `text` as our own configuration has it, with its ${...}.
    secret,    // `text` is what its variable is called behind the server's name.
  };

  Kind kind = Kind::plain;
  std::string text;
  std::string origin;  // Variables: what the source wrote; secrets: where it stood. For people.
  Secret secret;
};

struct ImportValue {
  std::vector<ImportPart> parts;

  [[nodiscard]] bool empty() const noexcept { return parts.empty(); }
};

// How a source writes what stands for something else.
enum class VariableSyntax : std::uint8_t {
  none,     // Not at all.
  braces,   // ${NAME}, ${NAME:-default}, ${env:NAME}, ${input:id}, {env:NAME}.
  dollars,  // The same, and $NAME.
  junctor,  // Ours: it goes in as it is.
};

[[nodiscard]] ImportValue read_import_value(std::string_view text, VariableSyntax syntax);

// Where a text stands, which decides how much of it is the secret.
struct ImportPlace {
  std::string_view name;    // Of the variable, the header, the option before the argument.
  std::string_view origin;  // "header Authorization", for people.
};
// The value of an environment variable or a header: all of it when the name says so, or its shape.
// "Bearer", "Basic" and "Token" stay.
[[nodiscard]] ImportValue hide_in_field(ImportValue value, const ImportPlace& place);
// One word of a command line: NAME=VALUE, --option=VALUE, "Header: value", or all of it.
[[nodiscard]] ImportValue hide_in_argument(ImportValue value, const ImportPlace& place);
// The pieces of a path and the values of a query, each by itself.
[[nodiscard]] ImportValue hide_in_url(ImportValue value, const ImportPlace& place);

// As the configuration has it: "${env:TICKETS_API_KEY}"; a plain "${" is "$${".
[[nodiscard]] std::string config_text(const ImportValue& value, std::string_view server);
// "TICKETS_API_KEY" for the server "tickets" and the words "api-key"; words that begin with the
// server's name already are left alone.
[[nodiscard]] std::string variable_name(std::string_view server, std::string_view words);

}  // namespace junctor::app
