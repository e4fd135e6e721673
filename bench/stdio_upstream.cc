// The benchmark's MCP server over stdio: lines in, lines out, one write for all answers of a read.
//
// usage: stdio_upstream modern|legacy TEXT_BYTES
//
// tools/call is answered by one text of TEXT_BYTES bytes, whatever the tool.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mcp.h"

namespace {

using namespace std::string_view_literals;

struct Server {
  bool modern;
  std::string call_result;

  void answer(std::string_view line, std::string& out) const {
    std::string_view id = mcp::member(line, "id"), method = mcp::member(line, "method");
    if (id.empty() || method.empty()) return;
    out += R"({"jsonrpc":"2.0","id":)";
    out += id;
    const std::string other = method == "\"tools/call\""
                                  ? std::string()
                                  : mcp::result_of(method, modern, std::string(mcp::kTools));
    if (method == "\"tools/call\"")
      out += R"(,"result":)" + call_result;
    else if (!other.empty())
      out += R"(,"result":)" + other;
    else
      out += R"(,"error":{"code":-32601,"message":"Method not found"})";
    out += "}\n";
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return fprintf(stderr, "usage: stdio_upstream modern|legacy TEXT_BYTES\n"), 2;
  const bool modern = arguments[1] == "modern"sv;
  const Server server{
      modern, mcp::call_result(mcp::text_of(static_cast<size_t>(atol(arguments[2]))), modern)};
  std::string in, out;
  static char piece[65536];
  for (ssize_t got; (got = read(0, piece, sizeof piece)) > 0;) {
    in.append(piece, static_cast<size_t>(got));
    out.clear();
    size_t begin = 0;
    for (size_t end; (end = in.find('\n', begin)) != in.npos; begin = end + 1)
      server.answer(std::string_view(in).substr(begin, end - begin), out);
    in.erase(0, begin);
    for (std::string_view rest = out; !rest.empty();) {
      const ssize_t sent = write(1, rest.data(), rest.size());
      if (sent < 0) return 1;
      rest.remove_prefix(static_cast<size_t>(sent));
    }
  }
}
