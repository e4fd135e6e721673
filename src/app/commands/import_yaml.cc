#include "app/commands/import_yaml.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/assert.h"
#include "base/text.h"
#include "wire/json_text.h"

namespace junctor::app {
namespace {

constexpr std::size_t kIndent = 2;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Words that some version of YAML takes for something else than text.
bool is_reserved(std::string_view text) {
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no",
                                         "on",   "off",  "y",     "n"};
  return std::ranges::any_of(
      kWords, [text](std::string_view word) { return equals_ignoring_case(text, word); });
}

// A number, a date or a base-60 number has none of these letters.
bool has_unit_letter(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const char low = ascii_lower(c);
    return low >= 'g' && low <= 'z' && low != 'x' && low != 'o';
  });
}

// A word, an option, a path or a URL: such texts are better to read without quotes, and no reader
// takes them for anything else.
bool is_plain(std::string_view text) {
  if (text.empty() || is_reserved(text)) return false;
  const bool is_url = text.starts_with("http://") || text.starts_with("https://");
  const std::string_view marks = is_url ? "_./-:" : "_./-";
  const bool is_good = std::ranges::all_of(text, [marks](char c) {
    return is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos;
  });
  if (!is_good || text.ends_with(':')) return false;
  const std::string_view body = text.substr(std::min(text.find_first_not_of('-'), text.size()));
  const std::size_t dashes = text.size() - body.size();
  if (body.empty() || dashes > 2) return false;
  if (is_letter(body[0]) || body[0] == '/' || body[0] == '_') return true;
  return is_digit(body[0]) && has_unit_letter(body);
}

// What may not stand in quotes as it is: controls, and what some readers take for a line's end or
// for the beginning of a file.
void append_escaped(std::string& made, std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character == "\"" || character == "\\") {
    made.append("\\").append(character);
  } else if (character == "\n") {
    made += "\\n";
  } else if (character == "\t") {
    made += "\\t";
  } else if (first < ' ' || first == 0x7F) {
    made += fmt::format("\\x{:02x}", first);
  } else if (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0) {
    made += fmt::format("\\x{:02x}", static_cast<unsigned char>(character[1]));
  } else if (character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9") {
    made += character == "\xE2\x80\xA8" ? "\\u2028" : "\\u2029";
  } else if (character == "\xEF\xBB\xBF") {
    made += "\\uFEFF";
  } else {
    made += character;
  }
}

// A map in block form under `key`; nothing when there are no fields.
void append_fields(std::string& made, std::string_view key, const ImportFields& fields,
                   const PlannedUpstream& upstream, std::size_t indent) {
  if (fields.empty()) return;
  made += fmt::format("{:{}}{}:\n", "", indent, key);
  for (const auto& [name, value] : fields) {
    made += fmt::format("{:{}}{}: {}\n", "", indent + kIndent, yaml_scalar(name),
                        yaml_scalar(config_text(value, upstream.name)));
  }
}

std::string setting_value(std::string_view text) {
  const bool is_number = !text.empty() && std::ranges::all_of(text, is_digit);
  return is_number ? std::string{text} : yaml_scalar(text);
}

// "tls.ca_file" is `ca_file` in the map `tls`, which is written where its first member comes.
void append_settings(std::string& made, const ImportedServer& server, std::size_t indent) {
  const auto level_of = [](std::string_view path) {
    const std::size_t dot = path.find('.');
    return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
  };
  std::string_view open;
  for (const auto& [path, text] : server.settings) {
    const std::string_view level = level_of(path);
    if (level.empty()) {
      made += fmt::format("{:{}}{}: {}\n", "", indent, path, setting_value(text));
      continue;
    }
    if (level != open) made += fmt::format("{:{}}{}:\n", "", indent, level);
    open = level;
    made += fmt::format("{:{}}{}: {}\n", "", indent + kIndent,
                        std::string_view{path}.substr(level.size() + 1), setting_value(text));
  }
}

std::string list_in_brackets(std::span<const std::string> texts) {
  std::string made = "[";
  for (const std::string& text : texts) {
    if (made.size() > 1) made += ", ";
    made += yaml_scalar(text);
  }
  return made + "]";
}

void append_tools(std::string& made, const ImportedServer& server, std::size_t indent) {
  if (server.tools_allowed.empty() && server.tools_denied.empty()) return;
  made += fmt::format("{:{}}tools:\n", "", indent);
  const auto append = [&](std::string_view word, std::span<const std::string> tools) {
    if (tools.empty()) return;
    made += fmt::format("{:{}}{}: {}\n", "", indent + kIndent, word, list_in_brackets(tools));
  };
  append("allow", server.tools_allowed);
  append("deny", server.tools_denied);
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  JUNCTOR_ASSERT(text.find('\0') == std::string_view::npos);
  if (is_plain(text)) return std::string{text};
  std::string made = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes =
        wire::utf8_sequence_bytes(text.data() + at, text.data() + text.size());
    JUNCTOR_ASSERT(bytes > 0);
    append_escaped(made, text.substr(at, bytes));
    at += bytes;
  }
  return made + "\"";
}

std::string upstream_yaml(const PlannedUpstream& upstream, std::size_t indent) {
  const ImportedServer& server = upstream.server;
  JUNCTOR_ASSERT(server.command.empty() != server.url.empty());
  const std::size_t inner = indent + kIndent;
  std::string made = fmt::format("{:{}}- name: {}\n", "", indent, yaml_scalar(upstream.name));
  if (!server.command.empty()) {
    std::vector<std::string> words;
    words.reserve(server.command.size());
    for (const ImportValue& word : server.command) {
      words.push_back(config_text(word, upstream.name));
    }
    made += fmt::format("{:{}}command: {}\n", "", inner, list_in_brackets(words));
  } else {
    made += fmt::format("{:{}}url: {}\n", "", inner,
                        yaml_scalar(config_text(server.url, upstream.name)));
  }
  append_fields(made, "env", server.env, upstream, inner);
  if (!server.cwd.empty()) {
    made += fmt::format("{:{}}cwd: {}\n", "", inner,
                        yaml_scalar(config_text(server.cwd, upstream.name)));
  }
  append_fields(made, "headers", server.headers, upstream, inner);
  append_tools(made, server, inner);
  append_settings(made, server, inner);
  return made;
}

std::string route_yaml(std::span<const std::string> names, std::size_t indent) {
  JUNCTOR_ASSERT(!names.empty());
  return fmt::format("{:{}}- path: /mcp\n{:{}}upstreams: {}\n", "", indent, "", indent + kIndent,
                     list_in_brackets(names));
}

std::string standalone_yaml(std::span<const PlannedUpstream> added) {
  JUNCTOR_ASSERT(!added.empty());
  std::string made = "upstreams:\n";
  std::vector<std::string> names;
  for (const PlannedUpstream& upstream : added) {
    made += upstream_yaml(upstream, kIndent);
    names.push_back(upstream.name);
  }
  return made + "routes:\n" + route_yaml(names, kIndent);
}

}  // namespace junctor::app
