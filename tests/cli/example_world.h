#pragma once
// The example server on a thread of its own, and clients of both eras that speak HTTP to it as
// text, over blocking loopback sockets.
//
// Limits:  none; a test that hangs is ended by its own time limit.
// Threads: the server has its own; the rest is the test's.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

#include "cli/server_thread.h"

namespace junctor::cli::test {

// One connection; an answer can be read piece by piece.
class ExampleConnection {
 public:
  ExampleConnection(const rt::Endpoint& to, const std::string& request)
      : descriptor_{::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_storage address{};
    const socklen_t length = to.to(address);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }
  ~ExampleConnection() { close(); }
  ExampleConnection(const ExampleConnection&) = delete;
  ExampleConnection& operator=(const ExampleConnection&) = delete;

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  void end_sending() const { ::shutdown(descriptor_, SHUT_WR); }

  // All that came, up to the piece that has `wanted` in it, or to the end.
  const std::string& until(std::string_view wanted) {
    char piece[4096];
    while (!has(wanted)) {
      const ssize_t got = ::recv(descriptor_, piece, sizeof piece, 0);
      if (got <= 0) break;
      all_.append(piece, static_cast<std::size_t>(got));
    }
    return all_;
  }
  const std::string& rest() { return until("\x01"); }  // Which never comes.
  [[nodiscard]] bool has(std::string_view text) const {
    return all_.find(text) != std::string::npos;
  }

 private:
  int descriptor_;
  std::string all_;
};

inline std::string text_between(std::string_view text, std::string_view front, char behind) {
  const std::size_t at = text.find(front);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + front.size();
  return std::string{text.substr(begin, text.find(behind, begin) - begin)};
}

// Requests as text. Each asks for the connection to be closed behind its answer.
struct ExampleTexts {
  static std::string post_text(const std::string& body, const std::string& headers = {}) {
    return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
           "application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
  }

  // `params`: members; `name`: what Mcp-Name says; `meta`: more members of _meta, each behind a
  // comma.
  struct Modern {
    std::string method;
    std::string params = {};
    std::string name = {};
    std::string capabilities = "{}";
    std::string meta = {};
  };
  static std::string text_of(const Modern& call) {
    return post_text(R"({"jsonrpc":"2.0","id":"x","method":")" + call.method + R"(","params":{)" +
                         call.params + (call.params.empty() ? "" : ",") +
                         R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                         R"("io.modelcontextprotocol/clientCapabilities":)" +
                         call.capabilities + R"(,"progressToken":"t")" + call.meta + "}}}",
                     "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + call.method + "\r\n" +
                         (call.name.empty() ? "" : "Mcp-Name: " + call.name + "\r\n"));
  }

  static std::string legacy_text(const std::string& session, const std::string& message) {
    return post_text(message,
                     "MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: " + session + "\r\n");
  }
  // A request with the id 7.
  static std::string legacy_request(const std::string& session, const std::string& method,
                                    const std::string& params) {
    return legacy_text(session, R"({"jsonrpc":"2.0","id":7,"method":")" + method +
                                    R"(","params":{)" + params + "}}");
  }
  static std::string get_text(const std::string& session) {
    return "GET /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: "
           "text/event-stream\r\nMcp-Session-Id: " +
           session + "\r\n\r\n";
  }
  static std::string delete_text(const std::string& session) {
    return "DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nMcp-Session-Id: " +
           session + "\r\n\r\n";
  }
};

class ExampleWorld : public ::testing::Test, protected ExampleTexts {
 protected:
  void stop() { server_.stop(); }
  [[nodiscard]] const rt::Endpoint& at() const { return server_.at(); }
  // The whole answer, head and body as they came.
  std::string exchange(const std::string& request) {
    return ExampleConnection{at(), request}.rest();
  }

  std::string post(const std::string& body, const std::string& headers = {}) {
    return exchange(post_text(body, headers));
  }

  std::string modern(const Modern& call) { return exchange(text_of(call)); }

  std::string legacy(const std::string& session, const std::string& method,
                     const std::string& params = {}) {
    return exchange(legacy_request(session, method, params));
  }
  // The id of a new session.
  std::string initialize(const std::string& capabilities = "{}") {
    const std::string answer =
        post(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
             R"("2025-11-25","capabilities":)" +
             capabilities + R"(,"clientInfo":{"name":"t","version":"1"}}})");
    EXPECT_NE(answer.find(R"("protocolVersion":"2025-11-25")"), std::string::npos) << answer;
    return text_between(answer, "Mcp-Session-Id: ", '\r');
  }

  ServerThread server_{example};
};

// What the text has, said so that a failure shows the text.
inline ::testing::AssertionResult has(std::string_view text, std::string_view part) {
  if (text.find(part) != std::string_view::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "no " << part << " in:\n" << text;
}

}  // namespace junctor::cli::test
