#include "app/commands/export.h"

#include <sys/socket.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <fmt/core.h>

#include "app/config.h"
#include "app/config_node.h"
#include "base/error.h"
#include "base/text.h"
#include "net/url.h"
#include "rt/endpoint.h"
#include "wire/json_write.h"

namespace junctor::app {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

struct Client {
  std::string_view name;
  std::string_view holder;   // The map that has its servers.
  std::string_view before;   // Lines of the entry, as JSON; one to a line.
  std::string_view url_key;  // Empty: it starts commands only.
  std::string_view behind;
  std::string_view file;
};

constexpr std::string_view kHttp = "\"type\": \"http\"";
constexpr Client kClients[] = {
    {"claude-desktop", "mcpServers", "", "", "",
     "claude_desktop_config.json (Settings, Developer, Edit Config)"},
    {"claude-code", "mcpServers", kHttp, "url", "",
     ".mcp.json in the project, or ~/.claude.json for all projects"},
    {"vscode", "servers", kHttp, "url", "",
     ".vscode/mcp.json in the project (or run the command \"MCP: Open User Configuration\")"},
    {"cursor", "mcpServers", "", "url", "",
     "~/.cursor/mcp.json, or .cursor/mcp.json in the project"},
    {"windsurf", "mcpServers", "", "serverUrl", "", "~/.codeium/windsurf/mcp_config.json"},
    {"gemini", "mcpServers", "", "httpUrl", "",
     "~/.gemini/settings.json, or .gemini/settings.json in the project"},
    {"zed", "context_servers", "", "url", "", "~/.config/zed/settings.json"},
    {"opencode", "mcp", "\"type\": \"remote\"", "url", "\"enabled\": true",
     "opencode.json in the project, or ~/.config/opencode/opencode.json"},
    {"copilot", "mcpServers", kHttp, "url", "\"tools\": [\"*\"]", "~/.copilot/mcp-config.json"},
};

// What a client on the same machine reaches an address by that is bound to all of them.
std::string reachable(const rt::Endpoint& endpoint) {
  std::string text = endpoint.text();
  if (text.starts_with("0.0.0.0:") || text.starts_with("[::]:")) {
    return "127.0.0.1" + text.substr(text.rfind(':'));
  }
  return text;
}

// Of the tree and not of a Config: to read where it listens, no variable of its secrets has to be
// set.
Result<std::string> url_of(const ConfigNode& root, std::string_view file) {
  const auto refuse = [file](std::string_view sentence) {
    return fail(ErrorKind::invalid_argument, "no_url",
                fmt::format("{}: {}; give --url", file, sentence));
  };
  rt::Endpoint endpoint = ListenConfig{}.http;
  const ConfigMember* listen = root.find("listen");
  if (const ConfigMember* http = listen == nullptr ? nullptr : listen->value.find("http")) {
    const auto parsed = rt::Endpoint::parse(http->value.text);
    if (!parsed || parsed->family() == AF_UNIX)
      return refuse("listen.http is no address with a port");
    endpoint = *parsed;
  }
  if (endpoint.port() == 0) return refuse("listen.http takes any free port");
  const ConfigMember* routes = root.find("routes");
  if (routes == nullptr || routes->value.items.empty()) return refuse("there is no route");
  const ConfigMember* path = routes->value.items[0].find("path");
  if (path == nullptr || !path->value.text.starts_with('/'))
    return refuse("the first route has no path");
  return fmt::format("http://{}{}", reachable(endpoint), path->value.text);
}

Result<std::string> url_for_blocking(const ExportWishes& wishes) {
  if (!wishes.url.empty()) {
    JUNCTOR_TRY(const net::Url url, net::Url::parse(wishes.url));
    return url.text();
  }
  if (wishes.config.empty()) return std::string{"http://127.0.0.1:8080/mcp"};
  JUNCTOR_TRY(const std::string text, system_sources(".").file_blocking(wishes.config));
  const std::string shown = safe_for_log(wishes.config);
  const auto root = read_config_tree(text);
  if (!root) {
    return fail(ErrorKind::invalid_argument, "bad_config", describe(root.error().front(), shown));
  }
  return url_of(*root, shown);
}

// Clients start commands from wherever they are.
std::string absolute_blocking(const std::string& path) {
  std::string real(PATH_MAX, '\0');
  if (::realpath(path.c_str(), real.data()) == nullptr) return path;
  real.resize(std::strlen(real.c_str()));
  return real;
}

std::string entry(const Client& client, std::string_view name,
                  const std::vector<std::string>& members) {
  std::string made = fmt::format("{{\n  {}: {{\n    {}: {{", wire::quoted_json(client.holder),
                                 wire::quoted_json(name));
  for (std::size_t i = 0; i < members.size(); ++i) {
    made += fmt::format("{}\n      {}", i == 0 ? "" : ",", members[i]);
  }
  return made + "\n    }\n  }\n}\n";
}

ExportOutcome ended(int exit_code, std::string_view sentence) {
  return {.exit_code = exit_code, .out = {}, .err = fmt::format("junctor: {}\n", sentence)};
}

ExportOutcome unknown_client(std::string_view name) {
  std::vector<std::string_view> names;
  std::string all;
  for (const Client& client : kClients) {
    names.push_back(client.name);
    all += fmt::format("{}{}", all.empty() ? "" : ", ", client.name);
  }
  const auto near = did_you_mean(name, names);
  return ended(
      kExitUsage,
      fmt::format("--for: no client is called \"{}\"{}; known are {}", safe_for_log(name, 64),
                  near ? fmt::format("; did you mean \"{}\"?", *near) : "", all));
}

}  // namespace

ExportOutcome export_blocking(const ExportWishes& wishes) {
  const auto* client = std::ranges::find(kClients, std::string_view{wishes.client}, &Client::name);
  if (client == std::end(kClients)) return unknown_client(wishes.client);
  std::vector<std::string> members;
  if (client->url_key.empty()) {
    if (wishes.config.empty()) {
      return ended(kExitUsage,
                   fmt::format("{} starts commands only: give --config FILE, with which "
                               "it is to start the gateway",
                               client->name));
    }
    members = {"\"command\": \"junctor\"",
               fmt::format("\"args\": [\"stdio\", \"--config\", {}]",
                           wire::quoted_json(absolute_blocking(wishes.config)))};
  } else {
    const auto url = url_for_blocking(wishes);
    if (!url) return ended(kExitFailed, url.error().detail());
    if (!client->before.empty()) members.emplace_back(client->before);
    members.push_back(
        fmt::format("{}: {}", wire::quoted_json(client->url_key), wire::quoted_json(*url)));
    if (!client->behind.empty()) members.emplace_back(client->behind);
  }
  return {.exit_code = 0,
          .out = entry(*client, wishes.name, members),
          .err = fmt::format("merge this into {}\n", client->file)};
}

}  // namespace junctor::app
