#include "app/commands/import_clients.h"

#include <algorithm>
#include <span>
#include <string>

#include "base/assert.h"
#include "base/text.h"

namespace junctor::app {
namespace {

using NodeKind = ConfigNode::Kind;

// Words that say how a server is reached; each is read below.
constexpr std::string_view kKnown[] = {"command",
                                       "args",
                                       "env",
                                       "environment",
                                       "cwd",
                                       "url",
                                       "serverUrl",
                                       "httpUrl",
                                       "headers",
                                       "timeout",
                                       "type",
                                       "transport",
                                       "enabled",
                                       "disabled",
                                       "http_headers",
                                       "env_vars",
                                       "workingDirectory"};

// Lists of names of tools.
constexpr std::string_view kAllowTools[] = {"includeTools", "enabledTools", "tools"};
constexpr std::string_view kDenyTools[] = {"excludeTools", "disabledTools"};

// Words that tell people something, or the client where an entry came from: nothing is lost.
constexpr std::string_view kHarmless[] = {
    "description", "title",   "icon",    "source",        "version",         "gallery",
    "note",        "$schema", "comment", "extensionName", "provider_options"};

struct Lost {
  std::string_view field;
  std::string_view sentence;
};
constexpr std::string_view kConfirms = "asking the user before a call stays the client's part";
constexpr std::string_view kSignsIn =
    "the gateway does not sign in for a user; give a header with a token instead";
constexpr Lost kLost[] = {
    {"trust", kConfirms},
    {"alwaysAllow", kConfirms},
    {"autoApprove", kConfirms},
    {"autoAllow", kConfirms},
    {"oauth", kSignsIn},
    {"auth", kSignsIn},
    {"authProviderType", kSignsIn},
    {"headersHelper", "headers are not made by a command; give them under headers"},
    {"envFile", "files of variables are not read; set them where junctor starts, or under env"},
    {"env_file", "files of variables are not read; set them where junctor starts, or under env"},
    {"dev", "watching files and debugging stay the editor's part"},
    {"sandbox", "no sandbox is put around a server; start one in its command"},
    {"sandboxEnabled", "no sandbox is put around a server; start one in its command"},
    {"settings", "it is for an extension of the editor, and goes to nobody else"},
};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// The first of several words for the same thing.
const ConfigNode* member_of(const ConfigNode& entry, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const ConfigMember* member = entry.find(key);
    if (member != nullptr && member->value.kind != NodeKind::null) return &member->value;
  }
  return nullptr;
}

bool is_flag(const ConfigNode& entry, std::string_view key, std::string_view value) {
  const ConfigNode* node = member_of(entry, {key});
  return node != nullptr && node->is_scalar() && equals_ignoring_case(node->text, value);
}

enum class Transport : std::uint8_t { unsaid, stdio, http, sse, other };

// "streamable-http", "streamableHttp" and "streamable_http" are one word.
Transport transport_of(const ConfigNode& entry) {
  const ConfigNode* node = member_of(entry, {"type", "transport"});
  if (node == nullptr || !node->is_scalar()) return Transport::unsaid;
  std::string word;
  for (const char c : to_lower(node->text)) {
    if (c >= 'a' && c <= 'z') word += c;
  }
  if (word == "stdio" || word == "local") return Transport::stdio;
  if (word == "http" || word == "streamablehttp") return Transport::http;
  if (word == "sse") return Transport::sse;
  return word == "remote" || word.empty() ? Transport::unsaid : Transport::other;
}

// "http://host/sse?x" is where servers of the older transport are, by habit.
bool is_sse_path(std::string_view url) {
  return url.substr(0, url.find_first_of("?#")).ends_with("/sse");
}

class EntryReader {
 public:
  EntryReader(const ConfigMember& member, ClientDialect dialect, ImportReading& reading)
      : entry_{member.value},
        dialect_{dialect},
        draft_{
            reading, member.key,
            dialect == ClientDialect::gemini ? VariableSyntax::dollars : VariableSyntax::braces} {}

  void read() && {
    if (entry_.kind != NodeKind::map) {
      draft_.leave_out("it is no map");
      return std::move(draft_).finish();
    }
    if (is_flag(entry_, "disabled", "true") || is_flag(entry_, "enabled", "false")) {
      draft_.leave_out("it is disabled there");
    }
    if (transport_of(entry_) == Transport::other) {
      draft_.leave_out("its type is none of stdio, http and sse");
    }
    read_command();
    read_url();
    if (const ConfigNode* cwd = member_of(entry_, {"cwd", "workingDirectory"})) {
      draft_.set_cwd(*cwd);
    }
    if (const ConfigNode* timeout = member_of(entry_, {"timeout"})) draft_.set_timeout(*timeout);
    read_tools();
    say_losses();
    std::move(draft_).finish();
  }

 private:
  // A word and its args, a list of all, or a map of path, args and env (older files of Zed).
  void read_command() {
    const ConfigNode* command = member_of(entry_, {"command"});
    if (command == nullptr) {
      if (is_flag(entry_, "source", "extension") || member_of(entry_, {"settings"}) != nullptr) {
        draft_.leave_out(
            "an extension of the editor starts it, and its command is not in the file");
      }
      return;
    }
    const ConfigNode& holder = command->kind == NodeKind::map ? *command : entry_;
    if (command->kind == NodeKind::map) {
      const ConfigNode* path = member_of(*command, {"path"});
      if (path == nullptr) return draft_.leave_out("its command has no path");
      draft_.add_words(*path, "path");
    } else {
      draft_.add_words(*command, "command");
    }
    if (const ConfigNode* args = member_of(holder, {"args"})) draft_.add_words(*args, "args");
    read_env(holder);
    if (&holder != &entry_) read_env(entry_);
  }

  void read_env(const ConfigNode& holder) {
    for (const std::string_view key : {"env", "environment"}) {
      if (const ConfigNode* env = member_of(holder, {key})) draft_.add_env(*env, key);
    }
  }

  void read_url() {
    const bool is_stdio = transport_of(entry_) == Transport::stdio;
    const ConfigNode* http = member_of(entry_, {"httpUrl"});
    const ConfigNode* url = http != nullptr ? http : member_of(entry_, {"url", "serverUrl"});
    if (url == nullptr || is_stdio) {
      if (url != nullptr) draft_.lose("url", "the type is stdio, so it is not used");
      return;
    }
    if (!url->is_scalar()) return draft_.leave_out("its url is no text");
    if (http == nullptr && is_over_sse(*url)) {
      return draft_.leave_out(
          "it is reached over HTTP+SSE, which is not supported yet; if the server speaks "
          "Streamable HTTP too, import that url");
    }
    draft_.set_url(url->text);
    for (const std::string_view key : {"headers", "http_headers"}) {
      if (const ConfigNode* headers = member_of(entry_, {key})) draft_.add_headers(*headers, key);
    }
  }

  [[nodiscard]] bool is_over_sse(const ConfigNode& url) const {
    switch (transport_of(entry_)) {
      case Transport::sse: return true;
      case Transport::http: return false;
      default: return dialect_ == ClientDialect::gemini || is_sse_path(url.text);
    }
  }

  // A list of all tools is no filter, and neither is an empty one.
  void read_tools() {
    for (const ConfigMember& member : entry_.members) {
      const ConfigNode& value = member.value;
      if (is_nothing(value)) continue;
      const bool is_all =
          std::ranges::find(value.items, "*", &ConfigNode::text) != value.items.end();
      if (is_one_of(member.key, kAllowTools) && !is_all) draft_.allow_tools(value, member.key);
      if (is_one_of(member.key, kDenyTools)) draft_.deny_tools(value, member.key);
    }
  }

  // A false is no wish.
  static bool is_nothing(const ConfigNode& value) {
    return value.kind == NodeKind::null || value.text == "false" ||
           (value.kind == NodeKind::list && value.items.empty()) ||
           (value.kind == NodeKind::map && value.members.empty());
  }

  // Everything else that stands there.
  void say_losses() {
    for (const ConfigMember& member : entry_.members) {
      const bool is_read = is_one_of(member.key, kKnown) || is_one_of(member.key, kHarmless) ||
                           is_one_of(member.key, kAllowTools) || is_one_of(member.key, kDenyTools);
      if (is_read || is_nothing(member.value)) continue;
      const auto* lost = std::ranges::find(kLost, std::string_view{member.key}, &Lost::field);
      draft_.lose(member.key, lost == std::end(kLost) ? "it has no equivalent" : lost->sentence);
    }
  }

  const ConfigNode& entry_;
  ClientDialect dialect_;
  ServerDraft draft_;
};

}  // namespace

ClientDialect dialect_of(const ConfigNode& servers) {
  for (const ConfigMember& member : servers.members) {
    for (const std::string_view word : {"httpUrl", "includeTools", "excludeTools", "trust"}) {
      if (member.value.find(word) != nullptr) return ClientDialect::gemini;
    }
  }
  return ClientDialect::plain;
}

void read_client_servers(const ConfigNode& servers, ClientDialect dialect, ImportReading& reading) {
  JUNCTOR_ASSERT(servers.kind == NodeKind::map);
  for (const ConfigMember& member : servers.members) {
    if (!has_room_for_server(reading)) return;
    EntryReader{member, dialect, reading}.read();
  }
}

bool is_server_map(const ConfigNode& node) {
  return node.kind == NodeKind::map && !node.members.empty() &&
         std::ranges::all_of(node.members, [](const ConfigMember& member) {
           return member_of(member.value, {"command", "url", "httpUrl", "serverUrl"}) != nullptr;
         });
}

}  // namespace junctor::app
