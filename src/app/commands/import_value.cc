#include "app/commands/import_value.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "app/commands/import_secret.h"
#include "base/assert.h"
#include "base/text.h"

namespace junctor::app {
namespace {

using Kind = ImportPart::Kind;
constexpr std::size_t kNone = std::string_view::npos;

constexpr std::size_t kVariableBytesMax = 200;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_variable_name(std::string_view text) {
  return !text.empty() && text.size() <= kVariableBytesMax && !(text[0] >= '0' && text[0] <= '9') &&
         std::ranges::all_of(text, is_name_character);
}

// "perplexity-key" is PERPLEXITY_KEY, "workspaceFolder" WORKSPACE_FOLDER.
std::string upper_words(std::string_view text) {
  std::string made;
  for (std::size_t i = 0; i < text.size() && made.size() < kVariableBytesMax; ++i) {
    const char c = text[i];
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper && i > 0 && text[i - 1] >= 'a' && text[i - 1] <= 'z') made += '_';
    if (c >= 'a' && c <= 'z') {
      made += static_cast<char>(c - 'a' + 'A');
    } else if (is_name_character(c)) {
      made += c;
    } else if (!made.empty() && made.back() != '_') {
      made += '_';
    }
  }
  while (made.ends_with('_')) made.pop_back();
  return made;
}

// A key in the place of a name would be shown with the name.
std::string safe_variable(std::string name) {
  if (name.empty() || has_secret_shape(name)) return "VARIABLE";
  return name[0] >= '0' && name[0] <= '9' ? "_" + name : name;
}

void add_plain(ImportValue& value, std::string_view text) {
  if (text.empty()) return;
  if (value.parts.empty() || value.parts.back().kind != Kind::plain) {
    value.parts.push_back({.kind = Kind::plain, .text = {}, .origin = {}, .secret = {}});
  }
  value.parts.back().text += text;
}

void add_variable(ImportValue& value, std::string name, std::string_view origin) {
  value.parts.push_back({.kind = Kind::variable,
                         .text = safe_variable(std::move(name)),
                         .origin = shown_text(origin),
                         .secret = {}});
}

// What stands between "${" and "}". Editors have names of their own for places; ours are variables.
void add_braced(ImportValue& value, std::string_view inside, std::string_view whole) {
  if (inside.starts_with("env:")) {
    const std::string_view name = inside.substr(4);
    return add_variable(value, is_variable_name(name) ? std::string{name} : upper_words(name),
                        whole);
  }
  if (inside.starts_with("input:"))
    return add_variable(value, upper_words(inside.substr(6)), whole);
  if (inside == "/" || inside == "pathSeparator") return add_plain(value, "/");
  if (inside == "userHome") return add_variable(value, "HOME", whole);
  const std::string_view name = inside.substr(0, inside.find(":-"));
  const bool is_place = inside == "workspaceFolder" || inside == "workspaceFolderBasename" ||
                        inside == "workspaceRoot" || inside == "cwd";
  if (is_variable_name(name) && !is_place) {
    // A default may be a secret; that there is one is enough.
    const std::string origin = fmt::format(
        "${{{}{}}}", name, name.size() < inside.size() ? kDefaultMark : std::string_view{});
    return add_variable(value, std::string{name}, origin);
  }
  add_variable(value, upper_words(inside), whole);
}

// The length of the "${...}", "{env:...}", "{file:...}" or "$NAME" at the beginning of `rest`,
// which is added; 0 when none stands there.
std::size_t take_reference(ImportValue& value, std::string_view rest, VariableSyntax syntax) {
  const bool is_braced =
      rest.starts_with("${") || rest.starts_with("{env:") || rest.starts_with("{file:");
  if (const std::size_t end = is_braced ? rest.find('}') : kNone; end != kNone) {
    const std::string_view whole = rest.substr(0, end + 1);
    if (!whole.starts_with("{file:")) {
      const std::size_t begin = whole.find('{') + 1;
      add_braced(value, rest.substr(begin, end - begin), whole);
      return whole.size();
    }
    if (has_secret_shape(whole)) return 0;
    value.parts.push_back(
        {.kind = Kind::config, .text = "$" + std::string{whole}, .origin = {}, .secret = {}});
    return whole.size();
  }
  if (syntax != VariableSyntax::dollars || !rest.starts_with('$')) return 0;
  const auto name_end = std::ranges::find_if_not(rest.substr(1), is_name_character);
  const auto bytes = static_cast<std::size_t>(name_end - rest.substr(1).begin());
  const std::string_view name = rest.substr(1, bytes);
  if (!is_variable_name(name)) return 0;
  add_variable(value, std::string{name}, rest.substr(0, bytes + 1));
  return bytes + 1;
}

bool has_reference(const ImportValue& value) {
  return std::ranges::any_of(value.parts,
                             [](const ImportPart& part) { return part.kind != Kind::plain; });
}

// In our own syntax a part is both: what stands outside of its ${...} is what counts.
std::string literal_text(const ImportValue& value) {
  std::string made;
  for (const ImportPart& part : value.parts) {
    if (part.kind == Kind::plain) made += part.text;
    if (part.kind != Kind::config) continue;
    for (std::size_t at = 0; at < part.text.size();) {
      const std::size_t begin = std::min(part.text.find("${", at), part.text.size());
      made.append(part.text, at, begin - at);
      const std::size_t end = part.text.find('}', begin);
      at = end == kNone ? part.text.size() : end + 1;
    }
  }
  return made;
}

bool has_configured_reference(const ImportValue& value) {
  return std::ranges::any_of(value.parts, [](const ImportPart& part) {
    return part.kind == Kind::variable ||
           (part.kind == Kind::config && part.text.find("${") != kNone);
  });
}

// All of the text that is not a variable, and of those their names: what a secret is made of when
// only a part of it was known.
std::string whole_text(const ImportValue& value) {
  std::string made;
  for (const ImportPart& part : value.parts) {
    if (part.kind == Kind::variable) {
      made += part.origin;
    } else {
      made += part.kind == Kind::secret ? part.secret.reveal() : std::string_view{part.text};
    }
  }
  return made;
}

ImportPart secret_part(std::string_view words, std::string_view text, std::string_view origin) {
  JUNCTOR_ASSERT(!text.empty());
  std::string name = upper_words(words);
  if (name.empty() || has_secret_shape(name)) name = "SECRET";
  return {.kind = Kind::secret,
          .text = std::move(name),
          .origin = std::string{origin},
          .secret = Secret{text}};
}

// What a person would set the variable to: the key alone.
std::string_view scheme_of(std::string_view text) {
  const std::size_t blank = text.find(' ');
  if (blank == kNone) return {};
  const std::string_view word = text.substr(0, blank);
  for (const std::string_view scheme : {"bearer", "basic", "token"}) {
    if (equals_ignoring_case(word, scheme)) return text.substr(0, blank + 1);
  }
  return {};
}

// Behind its scheme the whole text is the secret.
ImportValue hidden(std::string_view text, std::string_view words, std::string_view origin) {
  ImportValue made;
  const std::string_view scheme = scheme_of(text);
  const std::string_view rest = text.substr(scheme.size());
  if (trim(rest).empty()) {
    add_plain(made, text);
    return made;
  }
  add_plain(made, scheme);
  made.parts.push_back(secret_part(words, rest, origin));
  return made;
}

// Words that stand for themselves, whatever they are called.
bool is_switch(std::string_view text) {
  return text.empty() || equals_ignoring_case(text, "true") || equals_ignoring_case(text, "false");
}

// With a variable in it, the key is that; what stands beside it is a scheme, mostly.
bool is_named_secret(const ImportValue& value) {
  constexpr std::size_t kBesideVariableBytesMax = 12;
  const std::string literal = literal_text(value);
  if (!has_configured_reference(value)) return !is_switch(literal);
  return literal.size() - scheme_of(literal).size() > kBesideVariableBytesMax;
}

// The place in "NAME=VALUE", "--option=VALUE" or "Header: value" behind which the value stands; 0
// when it is none of them, or its name is that of no secret.
std::size_t named_value_begin(std::string_view text) {
  const std::size_t sign = text.find_first_of("=:");
  if (sign == kNone || sign == 0 || text.substr(sign).starts_with("://")) return 0;
  const std::string_view name = text.substr(0, sign);
  const bool is_name = std::ranges::all_of(
      name, [](char c) { return is_name_character(c) || c == '-' || c == '.'; });
  if (!is_name) return 0;
  const bool is_option = name.starts_with('-');
  if (is_option ? !is_secret_option(name) : !is_secret_name(name)) return 0;
  std::size_t begin = sign + 1;
  while (begin < text.size() && text[begin] == ' ') ++begin;
  return begin;
}

// A place, not what it holds.
bool is_path(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") ||
         text.starts_with('~');
}

ImportValue joined(std::string_view front, ImportValue value) {
  ImportValue made;
  add_plain(made, front);
  for (ImportPart& part : value.parts) made.parts.push_back(std::move(part));
  return made;
}

// One plain text of a URL, in pieces; `name` is that of the query's value it begins in.
void hide_in_pieces(ImportValue& made, std::string_view text, std::string& name,
                    std::string_view origin) {
  constexpr std::string_view kMarks = "/?&=#;";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of(kMarks, begin), text.size());
    const std::string_view piece = text.substr(begin, end - begin);
    const char mark = end < text.size() ? text[end] : '\0';
    const bool is_named = mark != '=' && !is_switch(piece) && is_secret_option(name);
    if (!piece.empty() && (is_named || has_secret_shape(piece))) {
      made.parts.push_back(secret_part(name.empty() ? "URL_SECRET" : name, piece, origin));
    } else {
      add_plain(made, piece);
    }
    if (mark == '\0') break;
    add_plain(made, text.substr(end, 1));
    name = mark == '=' ? std::string{piece} : std::string{};
    begin = end + 1;
  }
}

// Our own syntax has no way to write a dollar before a variable: all of it becomes one.
ImportValue writable(ImportValue value) {
  for (std::size_t i = 0; i + 1 < value.parts.size(); ++i) {
    const bool is_dollar = value.parts[i].kind == Kind::plain && value.parts[i].text.ends_with('$');
    if (is_dollar) return hidden(whole_text(value), "value", "a value with a $ before a variable");
  }
  return value;
}

}  // namespace

ImportValue read_import_value(std::string_view text, VariableSyntax syntax) {
  ImportValue value;
  if (syntax == VariableSyntax::junctor && text.find("${") != kNone) {
    value.parts.push_back(
        {.kind = Kind::config, .text = std::string{text}, .origin = {}, .secret = {}});
    return value;
  }
  if (syntax == VariableSyntax::none || syntax == VariableSyntax::junctor) {
    add_plain(value, text);
    return value;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find_first_of("${", at), text.size());
    add_plain(value, text.substr(at, next - at));
    if (next == text.size()) break;
    const std::size_t taken = take_reference(value, text.substr(next), syntax);
    if (taken == 0) add_plain(value, text.substr(next, 1));
    at = next + std::max<std::size_t>(taken, 1);
  }
  return writable(std::move(value));
}

ImportValue hide_in_field(ImportValue value, const ImportPlace& place) {
  const std::string literal = literal_text(value);
  const bool by_name = is_secret_name(place.name) && is_named_secret(value);
  if (!by_name && !has_secret_shape(literal)) return value;
  return hidden(whole_text(value), place.name, place.origin);
}

ImportValue hide_in_argument(ImportValue value, const ImportPlace& place) {
  const std::string literal = literal_text(value);
  if (value.parts.size() == 1 && value.parts[0].kind == Kind::secret) return value;
  if (has_reference(value)) {
    if (!has_secret_shape(literal)) return value;
    return hidden(whole_text(value), place.name, place.origin);
  }
  if (const std::size_t begin = named_value_begin(literal); begin > 0) {
    const std::string_view rest = std::string_view{literal}.substr(begin);
    if (is_switch(rest) || is_path(rest)) return value;
    const std::string_view front = std::string_view{literal}.substr(0, begin);
    if (has_secret_shape(front)) return hidden(literal, "secret", place.origin);
    const std::string_view name = front.substr(0, front.find_first_of("=:"));
    return joined(front, hidden(rest, name, place.origin));
  }
  const bool by_name = is_secret_option(place.name) && !is_switch(literal) && !is_path(literal) &&
                       !literal.starts_with('-');
  if (!by_name && !has_secret_shape(literal)) return value;
  return hidden(literal, place.name, place.origin);
}

ImportValue hide_in_url(ImportValue value, const ImportPlace& place) {
  ImportValue made;
  std::string name;
  for (ImportPart& part : value.parts) {
    if (part.kind == Kind::plain) {
      hide_in_pieces(made, part.text, name, place.origin);
    } else {
      made.parts.push_back(std::move(part));
    }
  }
  // Pieces that are harmless each, or a text in our own syntax.
  if (!has_secret_shape(literal_text(made))) return made;
  return hidden(whole_text(made), "url", place.origin);
}

std::string variable_name(std::string_view server, std::string_view words) {
  const std::string front = upper_words(server);
  const std::string rest = upper_words(words);
  const bool is_there = rest == front || rest.starts_with(front + "_");
  std::string made = is_there ? rest : front + "_" + rest;
  if (made[0] >= '0' && made[0] <= '9') made.insert(0, 1, '_');
  return made;
}

std::string config_text(const ImportValue& value, std::string_view server) {
  std::string made;
  for (const ImportPart& part : value.parts) {
    switch (part.kind) {
      case Kind::config: made += part.text; break;
      case Kind::variable: made += "${env:" + part.text + "}"; break;
      case Kind::secret: made += "${env:" + variable_name(server, part.text) + "}"; break;
      case Kind::plain:
        // A dollar at the end must not join what follows, and two dollars would be read as one.
        for (std::size_t i = 0; i < part.text.size(); ++i) {
          if (std::string_view{part.text}.substr(i).starts_with("${")) made += '$';
          made += part.text[i];
        }
        break;
    }
  }
  return made;
}

}  // namespace junctor::app
