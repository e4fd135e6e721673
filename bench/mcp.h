#pragma once
// What the servers of the benchmark say: their tools, and the answers to what they are asked.

#include <string>
#include <string_view>

namespace mcp {

using namespace std::string_view_literals;

inline constexpr auto kServerInfo = R"("serverInfo":{"name":"bench","version":"1"})"sv;
inline constexpr auto kTools =
    R"("tools":[{"name":"search_issues","description":"Searches","inputSchema":)"
    R"({"type":"object","properties":{"repo":{"type":"string"},"query":{"type":"string"},)"
    R"("sort":{"type":"string"},"order":{"type":"string"},"per_page":{"type":"integer"}}}}])"sv;
// As large as tools are on average in the wild.
inline std::string many_tools(std::string_view name, size_t count) {
  std::string tools = R"("tools":[)";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) tools += ',';
    tools += R"({"name":")" + std::string(name) + "_" + std::to_string(i) +
             R"(","description":"Searches the issues of a repository by text, label and state",)"
             R"("inputSchema":{"type":"object","properties":{"repo":{"type":"string"},)"
             R"("query":{"type":"string"},"per_page":{"type":"integer"}},"required":["repo"]}})";
  }
  return tools + "]";
}

// The raw value of `key` at the top of a JSON object; empty when it is not there.
inline std::string_view member(std::string_view json, std::string_view key) {
  int depth = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    char c = json[at];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    size_t end = at + 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    bool found = depth == 1 && json.substr(at + 1, end - at - 1) == key;
    at = end;
    if (!found) continue;
    size_t colon = json.find_first_not_of(" \t\r\n", end + 1);
    if (colon == json.npos || json[colon] != ':') continue;
    size_t from = json.find_first_not_of(" \t\r\n", colon + 1), to = from + 1;
    if (json[from] == '"')
      while (json[to] != '"') to += json[to] == '\\' ? 2 : 1;
    to = json[from] == '"' ? to + 1 : json.find_first_of(",} \t\r\n", from);
    return json.substr(from, to - from);
  }
  return {};
}

inline std::string text_of(size_t bytes) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text += "the quick brown fox jumps over lazy dogs. "[i % 42];
  return text;
}

// The result of tools/call, whatever the tool.
inline std::string call_result(std::string_view text, bool modern) {
  return R"({"content":[{"type":"text","text":")" + std::string(text) + R"("}],"isError":false)" +
         (modern ? R"(,"resultType":"complete"})" : "}");
}

// The result of every other request; `method` is raw, with its quotes. Empty: it is not known.
inline std::string result_of(std::string_view method, bool modern, const std::string& tools) {
  std::string result;
  if (method == "\"tools/list\"")
    result = "{" + tools + (modern ? R"(,"ttlMs":3600000,"cacheScope":"public")" : "");
  else if (modern && method == "\"server/discover\"")
    result = R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},)"
             R"("ttlMs":3600000,"cacheScope":"public")";
  else if (!modern && method == "\"initialize\"")
    result = R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},)" +
             std::string(kServerInfo);
  else if (!modern && method == "\"ping\"")
    result = "{";
  else
    return {};
  if (modern)
    result += R"(,"resultType":"complete","_meta":{"io.modelcontextprotocol/)" +
              std::string(kServerInfo.substr(1)) + "}";
  return result + "}";
}

}  // namespace mcp
