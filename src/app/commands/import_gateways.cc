#include "app/commands/import_gateways.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "app/commands/import_secret.h"
#include "app/config_settings.h"
#include "base/assert.h"

namespace junctor::app {
namespace {

using NodeKind = ConfigNode::Kind;

const ConfigNode* get(const ConfigNode& node, std::string_view key) {
  const ConfigMember* member = node.find(key);
  return member == nullptr || member->value.kind == NodeKind::null ? nullptr : &member->value;
}

std::string text_of(const ConfigNode& node, std::string_view key) {
  const ConfigNode* found = get(node, key);
  return found != nullptr && found->is_scalar() ? found->text : std::string{};
}

// ---- our own

bool is_tuning(std::string_view path) {
  const auto settings = tuning_settings();
  return std::ranges::find(settings, path, [](const auto& row) { return row.path; }) !=
         settings.end();
}

// What may be said of an upstream goes over as it stands; a level of maps is a dot in the path.
void read_upstream_setting(ServerDraft& draft, const ConfigMember& member) {
  if (member.value.is_scalar() && is_tuning(member.key)) {
    return draft.set_setting(member.key, member.value.text);
  }
  for (const ConfigMember& inner : member.value.members) {
    const std::string path = fmt::format("{}.{}", member.key, inner.key);
    if (inner.value.is_scalar() && is_tuning(path)) {
      draft.set_setting(path, inner.value.text);
    } else {
      draft.lose(path, "it is no setting of an upstream");
    }
  }
  if (member.value.kind != NodeKind::map) {
    draft.lose(member.key, "it is no setting of an upstream");
  }
}

void read_upstream(const ConfigNode& node, ImportReading& reading) {
  ServerDraft draft{reading, text_of(node, "name"), VariableSyntax::junctor};
  for (const ConfigMember& member : node.members) {
    if (member.key == "name") continue;
    if (member.key == "command") {
      draft.add_words(member.value, member.key);
    } else if (member.key == "env") {
      draft.add_env(member.value, member.key);
    } else if (member.key == "cwd") {
      draft.set_cwd(member.value);
    } else if (member.key == "url") {
      draft.set_url(member.value.text);
    } else if (member.key == "headers") {
      draft.add_headers(member.value, member.key);
    } else if (member.key == "sse") {
      draft.leave_out("it is reached over HTTP+SSE, which is not supported yet");
    } else {
      read_upstream_setting(draft, member);
    }
  }
  std::move(draft).finish();
}

// ---- agentgateway

// "host" is a URL, or a name beside a port and a path.
std::string target_url(const ConfigNode& target) {
  std::string host = text_of(target, "host");
  if (host.find("://") != std::string::npos) return host;
  const std::string port = text_of(target, "port");
  const std::string path = text_of(target, "path");
  const std::string_view scheme = port == "443" ? "https" : "http";
  const std::string_view slash = path.empty() || path.starts_with('/') ? "" : "/";
  return fmt::format("{}://{}{}{}{}{}", scheme, host, port.empty() ? "" : ":", port, slash,
                     path.empty() ? "/mcp" : path);
}

void read_target(const ConfigNode& target, ImportReading& reading) {
  ServerDraft draft{reading, text_of(target, "name"), VariableSyntax::dollars};
  for (const ConfigMember& member : target.members) {
    const ConfigNode& value = member.value;
    if (member.key == "name") continue;
    if (member.key == "stdio") {
      draft.add_word(text_of(value, "cmd"));
      if (const ConfigNode* args = get(value, "args")) draft.add_words(*args, "args");
      if (const ConfigNode* env = get(value, "env")) draft.add_env(*env, "env");
    } else if (member.key == "mcp") {
      draft.set_url(value.is_scalar() ? value.text : target_url(value));
    } else if (member.key == "sse") {
      draft.leave_out("it is reached over HTTP+SSE, which is not supported yet");
    } else if (member.key == "openapi") {
      draft.leave_out("it is an OpenAPI service and no MCP server");
    } else {
      draft.lose(member.key, "policies of a target have no equivalent");
    }
  }
  std::move(draft).finish();
}

// Wherever `mcp: {targets: [...]}` stands: under routes and their backends, or by itself. The tree
// is no deeper than its reader allows.
void read_targets_below(const ConfigNode& node, ImportReading& reading) {
  const ConfigNode* mcp = node.kind == NodeKind::map ? get(node, "mcp") : nullptr;
  const ConfigNode* targets = mcp == nullptr ? nullptr : get(*mcp, "targets");
  if (targets != nullptr && targets->kind == NodeKind::list) {
    for (const ConfigNode& target : targets->items) {
      if (!has_room_for_server(reading)) return;
      read_target(target, reading);
    }
    return;
  }
  for (const ConfigMember& member : node.members) read_targets_below(member.value, reading);
  for (const ConfigNode& item : node.items) read_targets_below(item, reading);
}

// Whether one of the words stands as a key anywhere below.
bool has_key_below(const ConfigNode& node, std::string_view key) {
  return node.find(key) != nullptr ||
         std::ranges::any_of(
             node.members,
             [key](const auto& member) { return has_key_below(member.value, key); }) ||
         std::ranges::any_of(node.items,
                             [key](const auto& item) { return has_key_below(item, key); });
}

}  // namespace

bool is_junctor_config(const ConfigNode& root) {
  const ConfigNode* upstreams = get(root, "upstreams");
  return upstreams != nullptr && upstreams->kind == NodeKind::list;
}

void read_junctor_config(const ConfigNode& root, ImportReading& reading) {
  JUNCTOR_ASSERT(is_junctor_config(root));
  for (const ConfigNode& node : get(root, "upstreams")->items) {
    if (!has_room_for_server(reading)) return;
    read_upstream(node, reading);
  }
  for (const ConfigMember& member : root.members) {
    if (member.key == "upstreams") continue;
    reading.losses.push_back(fmt::format("section {} of {}: only upstreams are taken over",
                                         shown_text(member.key), reading.origin));
  }
}

bool is_agentgateway_config(const ConfigNode& root) {
  if (root.kind != NodeKind::map) return false;
  const ConfigNode* mcp = get(root, "mcp");
  const bool has_targets = mcp != nullptr && get(*mcp, "targets") != nullptr;
  return has_targets || get(root, "binds") != nullptr || get(root, "backends") != nullptr;
}

void read_agentgateway_config(const ConfigNode& root, ImportReading& reading) {
  JUNCTOR_ASSERT(is_agentgateway_config(root));
  read_targets_below(root, reading);
  for (const std::string_view key : {"policies", "backendRef", "tls"}) {
    if (!has_key_below(root, key)) continue;
    reading.losses.push_back(
        fmt::format("section {} of {}: only MCP targets are taken over", key, reading.origin));
  }
}

}  // namespace junctor::app
