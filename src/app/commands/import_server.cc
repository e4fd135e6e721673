#include "app/commands/import_server.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "agent/selection.h"
#include "agent/upstream_header.h"
#include "app/commands/import_secret.h"
#include "base/assert.h"
#include "base/text.h"
#include "net/url.h"
#include "wire/http1_fields.h"
#include "wire/json_text.h"

namespace junctor::app {
namespace {

using Kind = ImportPart::Kind;

// What the configuration takes (app/config_settings.cc); beyond it a file would be refused as a
// whole.
constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kNone = std::string::npos;
constexpr std::string_view kRelativeFile =
    "the file's name is relative: it counts from the folder of the configuration it comes into";
constexpr std::uint64_t kTimeoutMillisecondsMax = std::uint64_t{24} * 3600 * 1000;

bool is_variable_name(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  constexpr std::size_t kBytesMax = 200;
  return !name.empty() && name.size() <= kBytesMax && !(name[0] >= '0' && name[0] <= '9') &&
         std::ranges::all_of(name, is_good) && !has_secret_shape(name);
}

// The value with every variable replaced, to be judged by a parser.
std::string text_with(const ImportValue& value, std::string_view stand_in) {
  std::string made;
  for (const ImportPart& part : value.parts) {
    if (part.kind == Kind::plain) {
      made += part.text;
    } else {
      made += stand_in;
    }
  }
  return made;
}

// Two secrets of a server that were found under the same words are told apart by a number, or they
// would share a variable.
class SecretNames {
 public:
  void settle(ImportValue& value) {
    for (ImportPart& part : value.parts) {
      if (part.kind == Kind::secret) settle(part);
    }
  }

 private:
  void settle(ImportPart& part) {
    const std::string words = part.text;
    for (int number = 2;; ++number) {
      const auto [found, is_new] = names_.try_emplace(part.text, part.secret);
      if (is_new || found->second == part.secret) return;
      part.text = fmt::format("{}_{}", words, number);
    }
  }

  std::map<std::string, Secret> names_;
};

}  // namespace

bool has_room_for_server(ImportReading& reading) {
  if (reading.servers.size() < kImportServersMax) return true;
  const std::string sentence = fmt::format("more than {} servers in {}: the others are left out",
                                           kImportServersMax, reading.origin);
  if (reading.left_out.empty() || reading.left_out.back() != sentence) {
    reading.left_out.push_back(sentence);
  }
  return false;
}

ServerDraft::ServerDraft(ImportReading& reading, std::string_view name, VariableSyntax syntax)
    : reading_{reading}, syntax_{syntax} {
  server_.name = std::string{name};
  server_.origin = reading.origin;
}

bool ServerDraft::is_text_good(std::string_view text) {
  if (text.size() > kImportTextBytesMax) {
    leave_out(fmt::format("a text of more than {} bytes", kImportTextBytesMax));
    return false;
  }
  if (text.find('\0') != std::string_view::npos || !wire::is_valid_utf8(text)) {
    leave_out("a text that is not UTF-8 or holds a zero byte");
    return false;
  }
  return true;
}

bool ServerDraft::is_value_good(const ImportValue& value) {
  std::string whole;
  for (const ImportPart& part : value.parts) whole += part.text;
  return is_text_good(whole);
}

std::string ServerDraft::scalar_text(const ConfigNode& node, std::string_view field) {
  if (node.is_scalar() && node.kind != ConfigNode::Kind::null && is_text_good(node.text)) {
    return node.text;
  }
  if (!node.is_scalar()) leave_out(fmt::format("{} is {}, not text", field, kind_text(node.kind)));
  return {};
}

void ServerDraft::add_word(std::string_view text) {
  if (is_text_good(text)) add_word_value(read_import_value(text, syntax_));
}

void ServerDraft::add_word_value(ImportValue value) {
  if (!is_value_good(value)) return;
  if (server_.command.size() >= kImportWordsMax) {
    return leave_out(fmt::format("a command of more than {} words", kImportWordsMax));
  }
  const std::string origin =
      server_.command.empty() ? std::string{"the command"}
                              : fmt::format("word {} of the command", server_.command.size() + 1);
  say_parts(value, origin);
  const std::string text = text_with(value, "=");
  server_.command.push_back(
      hide_in_argument(std::move(value), {.name = option_, .origin = origin}));
  const bool is_option = text.starts_with('-') && text.find('=') == std::string::npos;
  option_ = is_option && !has_secret_shape(text) ? text : std::string{};
}

void ServerDraft::add_words(const ConfigNode& node, std::string_view field) {
  if (node.kind == ConfigNode::Kind::null) return;
  if (node.is_scalar()) return add_word(scalar_text(node, field));
  if (node.kind != ConfigNode::Kind::list) return leave_out(fmt::format("{} is a map", field));
  for (const ConfigNode& item : node.items) {
    const bool is_text = item.is_scalar() && item.kind != ConfigNode::Kind::null;
    if (!is_text) return leave_out(fmt::format("{} holds more than texts", field));
    add_word(item.text);
  }
}

ImportFields ServerDraft::fields_of(const ConfigNode& node, std::string_view field) {
  ImportFields fields;
  if (node.kind == ConfigNode::Kind::null) return fields;
  if (node.kind != ConfigNode::Kind::map) lose(field, "it is no map, and is left out");
  for (const ConfigMember& member : node.members) {
    if (!member.value.is_scalar() || member.value.kind == ConfigNode::Kind::null) {
      lose(fmt::format("{}.{}", field, member.key), "it is no text, and is left out");
    } else if (is_text_good(member.value.text)) {
      fields.emplace_back(member.key, read_import_value(member.value.text, syntax_));
    }
  }
  return fields;
}

void ServerDraft::add_env(const ConfigNode& node, std::string_view field) {
  for (auto& [name, value] : fields_of(node, field)) add_variable(name, std::move(value));
}

void ServerDraft::add_headers(const ConfigNode& node, std::string_view field) {
  for (auto& [name, value] : fields_of(node, field)) add_header(name, std::move(value));
}

void ServerDraft::add_variable(std::string_view name, ImportValue value) {
  if (!is_value_good(value)) return;
  if (!is_variable_name(name)) {
    return lose("env", "a variable has a name that no environment takes, and is left out");
  }
  if (std::ranges::find(server_.env, name, &ImportFields::value_type::first) != server_.env.end()) {
    return lose(fmt::format("env.{}", name), "it stands there twice; the first one is taken");
  }
  if (server_.env.size() >= kImportWordsMax) {
    return leave_out(fmt::format("more than {} variables", kImportWordsMax));
  }
  const std::string origin = fmt::format("env {}", name);
  say_parts(value, origin);
  server_.env.emplace_back(name, hide_in_field(std::move(value), {.name = name, .origin = origin}));
}

void ServerDraft::add_header(std::string_view name, ImportValue value) {
  if (!is_value_good(value)) return;
  const std::string field = fmt::format("headers.{}", name);
  if (!wire::http1::is_token(name) || name.size() > kImportWordsMax || has_secret_shape(name)) {
    return lose("headers", "a header has a name that HTTP does not take, and is left out");
  }
  if (agent::is_own_header(name)) {
    return lose(field, "the gateway writes this header itself; it is left out");
  }
  const bool is_twice = std::ranges::any_of(server_.headers, [name](const auto& header) {
    return equals_ignoring_case(header.first, name);
  });
  if (is_twice || server_.headers.size() >= kHeadersMax) {
    return lose(field, is_twice ? "the same header stands there twice; the first one is taken"
                                : "more headers than an upstream may have; it is left out");
  }
  if (!agent::is_header_value(text_with(value, "x"))) {
    return lose(field, "its value is none that HTTP takes; it is left out");
  }
  const std::string origin = fmt::format("header {}", name);
  say_parts(value, origin);
  server_.headers.emplace_back(name,
                               hide_in_field(std::move(value), {.name = name, .origin = origin}));
}

std::vector<std::string> ServerDraft::tools_of(const ConfigNode& node, std::string_view field) {
  std::vector<std::string> tools;
  const auto is_name = [](const ConfigNode& item) {
    return item.kind == ConfigNode::Kind::text && !item.text.empty() &&
           item.text.size() <= agent::kSelectionNameBytesMax;
  };
  const bool is_list = node.kind == ConfigNode::Kind::list &&
                       node.items.size() <= agent::kSelectionEntriesMax &&
                       std::ranges::all_of(node.items, is_name);
  if (!is_list) {
    lose(field, "it is no list of names; the server's tools are all served");
    return tools;
  }
  for (const ConfigNode& item : node.items) {
    if (is_text_good(item.text)) tools.push_back(item.text);
  }
  return tools;
}

void ServerDraft::allow_tools(const ConfigNode& node, std::string_view field) {
  std::ranges::copy(tools_of(node, field), std::back_inserter(server_.tools_allowed));
}

void ServerDraft::deny_tools(const ConfigNode& node, std::string_view field) {
  std::ranges::copy(tools_of(node, field), std::back_inserter(server_.tools_denied));
}

void ServerDraft::set_cwd(const ConfigNode& node) {
  if (node.kind == ConfigNode::Kind::null) return;
  ImportValue value = read_import_value(scalar_text(node, "cwd"), syntax_);
  say_parts(value, "cwd");
  server_.cwd = hide_in_argument(std::move(value), {.name = {}, .origin = "cwd"});
}

void ServerDraft::set_url(std::string_view text) {
  if (is_text_good(text)) set_url(read_import_value(text, syntax_));
}

void ServerDraft::set_url(ImportValue value) {
  if (!is_value_good(value)) return;
  say_parts(value, "url");
  server_.url = std::move(value);
  check_url();
  server_.url = hide_in_url(std::move(server_.url), {.name = {}, .origin = "url"});
}

// A variable may hold anything, a port too; only what is there can be judged.
void ServerDraft::check_url() {
  if (server_.url.empty()) return leave_out("its url is empty");
  if (server_.url.parts.front().kind != Kind::plain) return;
  for (const std::string_view stand_in : {"1", "x"}) {
    if (net::Url::parse(text_with(server_.url, stand_in))) return;
  }
  leave_out("its url is not one of http or https without user, password and fragment");
}

void ServerDraft::set_timeout(const ConfigNode& node) {
  const auto number = parse_unsigned(node.text);
  if (node.kind != ConfigNode::Kind::number || !number || *number == 0) {
    return lose("timeout", "it is no whole number, and is left out");
  }
  const bool is_seconds = *number < 1000;
  if (*number > kTimeoutMillisecondsMax) return lose("timeout", "it is over a day; left out");
  if (is_seconds) lose("timeout", fmt::format("taken as {} seconds", *number));
  const auto milliseconds = static_cast<std::int64_t>(is_seconds ? *number * 1000 : *number);
  set_setting("timeout", format_duration(std::chrono::milliseconds{milliseconds}));
}

void ServerDraft::set_setting(std::string_view path, std::string_view text) {
  JUNCTOR_ASSERT(!path.empty());
  if (!is_text_good(text)) return;
  if (has_secret_shape(text)) return lose(path, "its value looks like a secret; it is left out");
  if (path == "tls.ca_file" && !text.starts_with('/')) lose(path, kRelativeFile);
  server_.settings.emplace_back(path, text);
}

void ServerDraft::lose(std::string_view field, std::string_view sentence) {
  JUNCTOR_ASSERT(!sentence.empty());
  reading_.losses.push_back(fmt::format("field {} of server {} ({}): {}", shown_text(field),
                                        shown_text(server_.name), reading_.origin, sentence));
}

void ServerDraft::leave_out(std::string_view reason) {
  JUNCTOR_ASSERT(!reason.empty());
  if (reason_.empty()) reason_ = std::string{reason};
}

void ServerDraft::say_parts(const ImportValue& value, std::string_view origin) {
  for (const ImportPart& part : value.parts) {
    const std::size_t file = part.kind == Kind::config ? part.text.find("${file:") : kNone;
    if (file != kNone && !std::string_view{part.text}.substr(file).starts_with("${file:/")) {
      lose(origin, kRelativeFile);
    }
    if (part.kind != Kind::variable || part.origin.find(kDefaultMark) == kNone) continue;
    lose(origin, fmt::format("the default of {} has no equivalent; set the variable", part.text));
  }
}

void ServerDraft::finish() && {
  const bool has_command = !server_.command.empty();
  const bool has_url = !server_.url.empty();
  if (!has_command && !has_url) leave_out("it has neither a command nor a url");
  if (has_command && has_url) leave_out("it has a command and a url, and only one can be meant");
  if (!reason_.empty()) {
    reading_.left_out.push_back(fmt::format("server {} ({}) is left out: {}",
                                            shown_text(server_.name), reading_.origin, reason_));
    return;
  }
  SecretNames names;
  for (ImportValue& word : server_.command) names.settle(word);
  for (auto& [name, value] : server_.env) names.settle(value);
  for (auto& [name, value] : server_.headers) names.settle(value);
  names.settle(server_.cwd);
  names.settle(server_.url);
  reading_.servers.push_back(std::move(server_));
}

}  // namespace junctor::app
