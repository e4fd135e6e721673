#include "app/commands/import_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "app/commands/import_clients.h"
#include "app/commands/import_gateways.h"
#include "app/commands/import_jsonc.h"
#include "app/commands/import_registry.h"
#include "app/commands/import_secret.h"
#include "base/text.h"

namespace junctor::app {
namespace {

using NodeKind = ConfigNode::Kind;

const ConfigNode* map_at(const ConfigNode& node, std::string_view key) {
  const ConfigMember* member = node.find(key);
  return member == nullptr || member->value.kind != NodeKind::map ? nullptr : &member->value;
}

// A comment may stand before the brace, and a byte order mark before that.
bool is_json_with_comments(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '/');
}

std::expected<ConfigNode, std::string> read_tree(std::string_view text, std::string_view file) {
  if (text.size() > kImportBytesMax) {
    return std::unexpected{fmt::format("{} has more than {} bytes", file, kImportBytesMax)};
  }
  const bool is_json = is_json_with_comments(text);
  const std::string blanked = is_json ? blank_comments(text) : std::string{};
  auto tree = read_config_tree(is_json ? std::string_view{blanked} : text);
  if (tree) return *std::move(tree);
  const ConfigProblem& problem = tree.error().front();
  // The path is made of the file's keys, which may be anything.
  return std::unexpected{fmt::format("{}:{}:{}: {}{}{}", file, problem.line, problem.column,
                                     shown_text(problem.path), problem.path.empty() ? "" : ": ",
                                     shown_text(problem.sentence))};
}

// Gemini's settings name servers that are not to be started.
void leave_out_excluded(const ConfigNode& root, ImportReading& reading) {
  const ConfigNode* mcp = map_at(root, "mcp");
  if (mcp == nullptr) return;
  const ConfigMember* excluded = mcp->find("excluded");
  const ConfigMember* allowed = mcp->find("allowed");
  const auto names = [](const ConfigMember* list, const std::string& name) {
    return list != nullptr &&
           std::ranges::find(list->value.items, name, &ConfigNode::text) != list->value.items.end();
  };
  std::erase_if(reading.servers, [&](const ImportedServer& server) {
    const bool is_allowed =
        allowed == nullptr || allowed->value.items.empty() || names(allowed, server.name);
    if (is_allowed && !names(excluded, server.name)) return false;
    reading.left_out.push_back(fmt::format("server {} ({}) is left out: it is disabled there",
                                           shown_text(server.name), server.origin));
    return true;
  });
}

// Claude Code keeps servers for all projects and for each; which project it was is worth knowing.
void read_projects(const ConfigNode& projects, ImportReading& reading) {
  const std::string file = reading.origin;
  for (const ConfigMember& project : projects.members) {
    const ConfigNode* servers = map_at(project.value, "mcpServers");
    if (servers == nullptr || servers->members.empty()) continue;
    reading.origin = fmt::format("{}, project {}", file, shown_text(project.key));
    read_client_servers(*servers, dialect_of(*servers), reading);
  }
  reading.origin = file;
}

// `mcpServers`, also behind the name of an extension as in "amp.mcpServers".
bool read_mcp_servers(const ConfigNode& root, ImportReading& reading) {
  const ConfigNode* projects = map_at(root, "projects");
  bool is_found = projects != nullptr;
  for (const ConfigMember& member : root.members) {
    if (member.key != "mcpServers" && !member.key.ends_with(".mcpServers")) continue;
    if (member.value.kind != NodeKind::map) continue;
    ClientDialect dialect = dialect_of(member.value);
    for (const std::string_view word : {"selectedAuthType", "security"}) {
      if (root.find(word) != nullptr) dialect = ClientDialect::gemini;
    }
    const bool is_gemini = dialect == ClientDialect::gemini;
    reading.kind = is_gemini ? "Gemini CLI" : "mcpServers (Claude, Cursor, Copilot, Windsurf)";
    read_client_servers(member.value, dialect, reading);
    is_found = true;
  }
  if (projects != nullptr) {
    reading.kind = "Claude Code";
    read_projects(*projects, reading);
  }
  leave_out_excluded(root, reading);
  return is_found;
}

void say_inputs(const ConfigNode& root, ImportReading& reading) {
  const ConfigMember* inputs = root.find("inputs");
  if (inputs == nullptr || inputs->value.items.empty()) return;
  reading.losses.push_back(
      fmt::format("section inputs of {}: the gateway asks nobody; each ${{input:...}} is an "
                  "environment variable",
                  reading.origin));
}

// `servers`, as a file of its own or below `mcp` in settings.
bool read_servers(const ConfigNode& root, ImportReading& reading) {
  const ConfigNode* mcp = map_at(root, "mcp");
  const ConfigNode* holder = map_at(root, "servers") != nullptr ? &root : mcp;
  const ConfigNode* servers = holder == nullptr ? nullptr : map_at(*holder, "servers");
  if (servers == nullptr) servers = map_at(root, "mcp.servers");
  if (servers == nullptr) return false;
  reading.kind = holder == &root ? "VS Code" : "VS Code or opencode";
  read_client_servers(*servers, ClientDialect::plain, reading);
  say_inputs(holder == nullptr ? root : *holder, reading);
  return true;
}

// The registry answers with a list of descriptions, each in an envelope.
bool read_registry(const ConfigNode& root, ImportReading& reading) {
  reading.kind = "MCP registry";
  const auto described = [](const ConfigNode& node) -> const ConfigNode& {
    const ConfigNode* inner = map_at(node, "server");
    return inner == nullptr ? node : *inner;
  };
  if (is_registry_server(described(root))) {
    read_registry_server(described(root), reading);
    return true;
  }
  const ConfigMember* list = root.find("servers");
  if (list == nullptr || list->value.kind != NodeKind::list) return false;
  for (const ConfigNode& item : list->value.items) {
    if (is_registry_server(described(item))) read_registry_server(described(item), reading);
  }
  return true;
}

// From the surest sign to the weakest.
bool read_known(const ConfigNode& root, ImportReading& reading) {
  if (is_junctor_config(root)) {
    reading.kind = "Junctor";
    read_junctor_config(root, reading);
    return true;
  }
  if (read_mcp_servers(root, reading)) return true;
  if (const ConfigNode* servers = map_at(root, "context_servers")) {
    reading.kind = "Zed";
    read_client_servers(*servers, ClientDialect::plain, reading);
    return true;
  }
  if (is_agentgateway_config(root)) {
    reading.kind = "agentgateway";
    read_agentgateway_config(root, reading);
    return true;
  }
  if (read_servers(root, reading) || read_registry(root, reading)) return true;
  const ConfigNode* opencode = map_at(root, "mcp");
  const ConfigNode* bare = opencode != nullptr ? opencode : &root;
  if (opencode == nullptr && !is_server_map(root)) return false;
  reading.kind = opencode != nullptr ? "opencode" : "a map of servers";
  read_client_servers(*bare, ClientDialect::plain, reading);
  return true;
}

}  // namespace

std::expected<ImportReading, std::string> read_import(std::string_view text,
                                                      std::string_view file) {
  const std::string shown = safe_for_log(file);
  auto tree = read_tree(text, shown);
  if (!tree) return std::unexpected{std::move(tree).error()};
  ImportReading reading;
  reading.origin = shown;
  if (tree->kind == NodeKind::map && read_known(*tree, reading)) return reading;
  return std::unexpected{fmt::format(
      "{}: no MCP servers are found in it; known are mcpServers, servers, context_servers, mcp, "
      "upstreams, agentgateway's binds and the registry's packages and remotes",
      shown)};
}

}  // namespace junctor::app
