#pragma once
// The agent plane behind a real HTTP server on one shard, in front of one upstream; and a client
// that speaks HTTP to it. Both use rt alone, so they run over the kernel and in the simulated
// world.
//
// Errors:  HttpPeer: nothing where the connection ended or its patience did.
// Threads: one shard.

#include <gtest/gtest.h>

#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/child_budget.h"
#include "agent/definition_watch.h"
#include "agent/plane.h"
#include "agent/session_store.h"
#include "net/http_server.h"
#include "rt/event.h"
#include "rt/socket.h"

namespace junctor::agent::test {

class AddressTable final : public net::Resolver {
 public:
  explicit AddressTable(rt::Endpoint address) : address_{std::move(address)} {}
  rt::Task<Result<std::vector<rt::Endpoint>>> resolve(std::string, std::uint16_t, Time) override {
    co_return std::vector<rt::Endpoint>{address_};
  }

 private:
  rt::Endpoint address_;
};

class Gateway {
 public:
  using Change = std::function<void(Settings&)>;
  Gateway(rt::Shard& shard, const rt::Endpoint& listen, const rt::Endpoint& upstream,
          const Change& change = {})
      : shard_{shard}, resolver_{upstream}, settings_{settings(change)} {
    for (net::HttpRoute& route : plane_->routes()) EXPECT_TRUE(router_.add(std::move(route)));
    server_ = std::make_unique<net::HttpServer>(
        shard_, net::HttpServer::Options{.at = listen, .limits = {}, .hosts = {}}, router_,
        metrics_, Logger{});
    EXPECT_TRUE(server_->start());
  }
  ~Gateway() { end(); }
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  [[nodiscard]] const rt::Endpoint& at() const noexcept { return server_->bound(); }
  [[nodiscard]] Plane& plane() noexcept { return *plane_; }
  [[nodiscard]] net::HttpServer& server() noexcept { return *server_; }
  [[nodiscard]] Metrics& metrics() noexcept { return metrics_; }

  // Other settings, as a host takes them over at a reload.
  void apply(const Change& change) {
    settings_ = settings(change);
    children_.apply(*settings_);
    plane_->apply(*settings_, std::vector<net::TlsClient*>(settings_->upstreams.size()));
    net::Router next;
    for (net::HttpRoute& route : plane_->routes()) EXPECT_TRUE(next.add(std::move(route)));
    router_ = std::move(next);
  }

  // Ends the shard's tasks, those of the test too, and then the gateway: nothing of it may be left.
  void end() {
    if (server_ == nullptr) return;
    shard_.tasks().cancel();
    for (int rounds = 0; shard_.tasks().size() != 0; ++rounds) {
      ASSERT_LT(rounds, 10'000) << "tasks ignore that they are cancelled";
      shard_.round(shard_.now());
    }
    server_.reset();
    plane_.reset();
  }

 private:
  static std::shared_ptr<const Settings> settings(const Change& change) {
    auto made = std::make_shared<Settings>();
    UpstreamSettings upstream;
    upstream.name = UpstreamName{"up"};
    upstream.url = net::Url::parse("http://up.test/mcp").value();
    made->upstreams.push_back(std::move(upstream));
    made->routes.push_back({.path = "/mcp", .upstream = 0});
    if (change) change(*made);
    return made;
  }

  rt::Shard& shard_;
  AddressTable resolver_;
  std::shared_ptr<const Settings> settings_;
  ChildBudget children_{*settings_};
  DefinitionWatch definitions_;
  wire::KeyRing seal_ = wire::KeyRing::random().value();
  Metrics metrics_;
  net::Router router_;
  std::unique_ptr<Plane> plane_ = std::make_unique<Plane>(
      Plane::Services{.shard = shard_,
                      .resolver = resolver_,
                      .tls = std::vector<net::TlsClient*>(settings_->upstreams.size()),
                      .seal = seal_,
                      .children = children_,
                      .definitions = definitions_,
                      .metrics = metrics_,
                      .log = Logger{}},
      *settings_);
  std::unique_ptr<net::HttpServer> server_;
};

// An answer as far as it came.
struct Reply {
  int status = 0;  // 0: no head came.
  std::string head;
  std::string body;    // Without its framing.
  bool whole = false;  // It ended as its framing says.

  [[nodiscard]] std::string field(std::string_view name) const {
    const std::string mark = "\r\n" + std::string{name} + ": ";
    const std::size_t at = head.find(mark);
    if (at == std::string::npos) return {};
    return head.substr(at + mark.size(), head.find("\r\n", at + 2) - at - mark.size());
  }
  [[nodiscard]] bool is_events() const { return field("Content-Type") == "text/event-stream"; }
};

class HttpPeer {
 public:
  HttpPeer(rt::Shard& shard, Duration patience) noexcept : shard_{shard}, patience_{patience} {}

  rt::Task<bool> connect(rt::Endpoint to) {
    raw_.clear();
    socket_ = std::make_unique<rt::Socket>(shard_, shard_.io().connect(to));
    const rt::Wake wake = co_await socket_->writable(shard_.now() + patience_);
    co_return wake == rt::Wake::ready && socket_->open() && socket_->connect_result() == 0;
  }
  rt::Task<bool> send(std::string text) {
    std::string_view left = text;
    while (!left.empty()) {
      const iovec piece{const_cast<char*>(left.data()), left.size()};
      const ssize_t sent = socket_->try_send({&piece, 1});
      if (sent > 0) left.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && sent != -EAGAIN) co_return false;
      if (sent == -EAGAIN &&
          co_await socket_->writable(shard_.now() + patience_) != rt::Wake::ready)
        co_return false;
    }
    co_return true;
  }
  // The head of the next answer.
  rt::Task<bool> read_head() {
    reply_ = {};
    while (raw_.find("\r\n\r\n") == std::string::npos) {
      if (!co_await fill()) co_return false;
    }
    reply_.head = raw_.substr(0, raw_.find("\r\n\r\n") + 2);
    raw_.erase(0, reply_.head.size() + 2);
    reply_.status = std::stoi(reply_.head.substr(9, 3));
    chunked_ = reply_.field("Transfer-Encoding") == "chunked";
    const std::string length = reply_.field("Content-Length");
    left_ = length.empty() ? 0 : std::stoul(length);
    reply_.whole = !chunked_ && left_ == 0;
    taken_ = 0;
    co_return true;
  }
  // More of its body; false at its end.
  rt::Task<bool> read_more() {
    while (!reply_.whole) {
      if (decode()) co_return true;
      if (reply_.whole || !co_await fill()) break;
    }
    co_return false;
  }
  // The rest of the answer.
  rt::Task<Reply> read_rest() {
    while (co_await read_more()) continue;
    co_return reply_;
  }
  rt::Task<Reply> read_reply() {
    if (!co_await read_head()) co_return reply_;
    co_return co_await read_rest();
  }
  // The next block of an event stream, comments left out; nothing at its end.
  rt::Task<std::optional<std::string>> next_event() {
    for (;;) {
      const std::size_t end = reply_.body.find("\n\n", taken_);
      if (end == std::string::npos) {
        if (!co_await read_more()) co_return std::nullopt;
        continue;
      }
      std::string block = reply_.body.substr(taken_, end - taken_);
      taken_ = end + 2;
      if (!block.starts_with(':')) co_return block;
    }
  }
  rt::Task<Reply> exchange(rt::Endpoint to, std::string request) {
    if (!co_await connect(std::move(to)) || !co_await send(std::move(request))) co_return Reply{};
    co_return co_await read_reply();
  }

  [[nodiscard]] const Reply& reply() const noexcept { return reply_; }
  void shutdown_write() noexcept { socket_->shutdown_write(); }
  void close() noexcept { socket_.reset(); }

 private:
  rt::Task<bool> fill() {
    for (;;) {
      char room[4096];
      const ssize_t got = socket_->try_receive(room);
      if (got > 0) raw_.append(room, static_cast<std::size_t>(got));
      if (got != -EAGAIN) co_return got > 0;
      if (co_await socket_->readable(shard_.now() + patience_) != rt::Wake::ready) co_return false;
    }
  }
  // True when it found something.
  bool decode() {
    if (chunked_ && left_ == 0) {
      const std::size_t line = raw_.find("\r\n");
      if (line == std::string::npos) return false;
      std::from_chars(raw_.data(), raw_.data() + line, left_, 16);
      if (left_ == 0 && raw_.size() < line + 4) return false;
      raw_.erase(0, line + (left_ == 0 ? 4 : 2));
      reply_.whole = left_ == 0;
      return !reply_.whole;
    }
    const std::size_t extra = chunked_ ? 2 : 0;
    if (raw_.size() < left_ + extra) return false;
    reply_.body += raw_.substr(0, left_);
    raw_.erase(0, std::exchange(left_, 0) + extra);
    reply_.whole = !chunked_;
    return true;
  }

  rt::Shard& shard_;
  Duration patience_;
  std::unique_ptr<rt::Socket> socket_;
  std::string raw_;
  Reply reply_;
  bool chunked_ = false;
  std::size_t left_ = 0;   // Of the body, or of the chunk.
  std::size_t taken_ = 0;  // Of the decoded body, by next_event().
};

inline constexpr std::string_view kAcceptBoth = "Accept: application/json, text/event-stream\r\n";

inline std::string post(std::string_view body, std::string_view fields) {
  return "POST /mcp HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n" +
         std::string{fields} + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string{body};
}
inline std::string in_session(std::string_view method, std::string_view session,
                              std::string_view fields = {}) {
  return std::string{method} +
         " /mcp HTTP/1.1\r\nHost: gateway\r\nMcp-Session-Id: " + std::string{session} +
         "\r\nAccept: text/event-stream\r\n" + std::string{fields} + "\r\n";
}
// The same request in the stateless era: with its envelope, and with the headers that mirror it.
inline std::string modern_call(std::string_view id, std::string_view arguments = "{}",
                               std::string_view fields = kAcceptBoth) {
  const std::string body = R"({"jsonrpc":"2.0","id":)" + std::string{id} +
                           R"(,"method":"tools/call","params":{"name":"t","arguments":)" +
                           std::string{arguments} +
                           R"(,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{}}}})";
  return post(body, std::string{fields} +
                        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
                        "Mcp-Name: t\r\n");
}
inline std::string legacy_call(std::string_view id, std::string_view session,
                               std::string_view arguments = "{}",
                               std::string_view fields = kAcceptBoth) {
  const std::string body = R"({"jsonrpc":"2.0","id":)" + std::string{id} +
                           R"(,"method":"tools/call","params":{"name":"t","arguments":)" +
                           std::string{arguments} + "}}";
  return post(body, std::string{fields} + "Mcp-Session-Id: " + std::string{session} + "\r\n");
}
inline std::string initialize(std::string_view version = "2025-11-25") {
  return post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" +
                  std::string{version} +
                  R"(","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})",
              kAcceptBoth);
}

}  // namespace junctor::agent::test
