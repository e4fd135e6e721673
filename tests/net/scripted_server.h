#pragma once
// A server for tests whose connections follow scripts: what to take, what to say, when to close.
//
// It uses rt alone, so it runs over the kernel and over the simulated world.
//
// Errors:  a script that cannot go on ends, and its connection is closed.
// Threads: one shard.

#include <charconv>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rt/event.h"
#include "rt/shard.h"
#include "rt/socket.h"
#include "rt/task_group.h"

namespace junctor::net::test {

// Lets everything else that is ready run first, the sockets too.
struct Yield {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const { rt::resume_later(coroutine); }
  void await_resume() const noexcept {}
};

struct Step {
  enum class Do : unsigned char {
    take,       // One whole request.
    take_head,  // A head; its body stays in the socket.
    send,       // `text` at once.
    drip,       // `text` byte by byte, each its own packet.
    gate,       // Waits for ScriptedServer::gate.
    finish,     // Closes; with unread bytes that is a reset.
    half_close,
    slam,       // Waits for bytes, and closes without reading them.
    await_end,  // Until the client has closed.
  };
  Do what;
  std::string text = {};
};
using Script = std::vector<Step>;

class ScriptedServer {
 public:
  explicit ScriptedServer(rt::Shard& shard,
                          const rt::Endpoint& at = rt::Endpoint::ipv4({127, 0, 0, 1}, 0));
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::deque<Script>
      scripts;  // One a connection, in the order of accepting; without: closed at once.
  rt::Event gate;
  std::vector<std::string> requests;
  std::size_t accepted = 0;
  std::size_t ends_seen = 0;  // Clients that closed.

  [[nodiscard]] const rt::Endpoint& at() const noexcept { return bound_; }
  [[nodiscard]] std::size_t open() const noexcept { return connections_.size(); }
  void stop();

 private:
  class Listener;
  void accept_all();
  static rt::Task<void> serve(ScriptedServer& server, int descriptor, Script script);
  static rt::Task<bool> step(ScriptedServer& server, rt::Socket& socket, Step step,
                             std::string& text);
  rt::Task<bool> take(rt::Socket& socket, std::string& text, bool whole);
  static rt::Task<bool> send(rt::Socket& socket, std::string_view text);

  rt::Shard& shard_;
  rt::Endpoint bound_;
  std::unique_ptr<Listener> listener_;
  rt::TaskGroup connections_;
};

class ScriptedServer::Listener final : rt::Pollable {
 public:
  Listener(ScriptedServer& server, int descriptor) : descriptor{descriptor}, server_{server} {
    JUNCTOR_ASSERT(server_.shard_.io().watch(descriptor, *this) == 0);
  }
  ~Listener() { server_.shard_.io().close(descriptor, this); }
  const int descriptor;

 private:
  void on_ready(unsigned /*bits*/) noexcept override { server_.accept_all(); }
  ScriptedServer& server_;
};

inline ScriptedServer::ScriptedServer(rt::Shard& shard, const rt::Endpoint& at) : shard_{shard} {
  const int descriptor = shard_.io().listen(at, 64, bound_);
  JUNCTOR_ASSERT(descriptor >= 0);
  listener_ = std::make_unique<Listener>(*this, descriptor);
}

inline ScriptedServer::~ScriptedServer() {
  stop();
}

inline void ScriptedServer::stop() {
  listener_.reset();
  connections_.cancel();
  while (connections_.size() != 0) shard_.round(shard_.now());
}

inline void ScriptedServer::accept_all() {
  while (true) {
    rt::Endpoint peer;
    const int descriptor = shard_.io().accept(listener_->descriptor, peer);
    if (descriptor < 0) return;
    ++accepted;
    Script script;
    if (!scripts.empty()) {
      script = std::move(scripts.front());
      scripts.pop_front();
    }
    connections_.spawn(serve(*this, descriptor, std::move(script)));
  }
}

inline rt::Task<void> ScriptedServer::serve(ScriptedServer& server, int descriptor, Script script) {
  rt::Socket socket{server.shard_, descriptor};
  std::string text;
  for (Step& next : script) {
    const bool goes_on = co_await step(server, socket, std::move(next), text);
    if (!goes_on) co_return;
  }
}

inline rt::Task<bool> ScriptedServer::step(ScriptedServer& server, rt::Socket& socket, Step step,
                                           std::string& text) {
  switch (step.what) {
    case Step::Do::take: co_return co_await server.take(socket, text, true);
    case Step::Do::take_head: co_return co_await server.take(socket, text, false);
    case Step::Do::send: co_return co_await send(socket, step.text);
    case Step::Do::drip:
      for (const char& byte : step.text) {
        const bool sent = co_await send(socket, {&byte, 1});
        if (!sent) co_return false;
        co_await Yield{};
      }
      co_return true;
    case Step::Do::gate: co_return (co_await server.gate.wait(kNever)) == rt::Wake::ready;
    case Step::Do::finish: socket.close(); co_return true;
    case Step::Do::half_close: socket.shutdown_write(); co_return true;
    case Step::Do::slam: {
      const rt::Wake wake = co_await socket.readable(kNever);
      socket.close();
      co_return wake == rt::Wake::ready;
    }
    case Step::Do::await_end: break;
  }
  char room[4096];
  while (true) {
    const ssize_t got = socket.try_receive(room);
    if (got > 0) continue;
    if (got != -EAGAIN) break;
    const rt::Wake wake = co_await socket.readable(kNever);
    if (wake != rt::Wake::ready) co_return false;
  }
  ++server.ends_seen;
  co_return true;
}

// `text` keeps what came behind the request.
inline rt::Task<bool> ScriptedServer::take(rt::Socket& socket, std::string& text, bool whole) {
  while (true) {
    const std::size_t head_end = text.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      std::size_t size = head_end + 4;
      const std::size_t field = text.find("Content-Length: ");
      std::size_t body = 0;
      if (whole && field < head_end) {
        const char* digits = text.data() + field + 16;
        std::from_chars(digits, text.data() + head_end, body);
      }
      size += body;
      if (text.size() >= size) {
        requests.push_back(text.substr(0, size));
        text.erase(0, size);
        co_return true;
      }
    }
    char room[4096];
    const ssize_t got = socket.try_receive(room);
    if (got == 0 || (got < 0 && got != -EAGAIN)) co_return false;
    if (got > 0) {
      text.append(room, static_cast<std::size_t>(got));
      continue;
    }
    const rt::Wake wake = co_await socket.readable(kNever);
    if (wake != rt::Wake::ready) co_return false;
  }
}

inline rt::Task<bool> ScriptedServer::send(rt::Socket& socket, std::string_view text) {
  while (!text.empty()) {
    const iovec piece{const_cast<char*>(text.data()), text.size()};
    const ssize_t sent = socket.try_send({&piece, 1});
    if (sent < 0 && sent != -EAGAIN) co_return false;
    if (sent > 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    const rt::Wake wake = co_await socket.writable(kNever);
    if (wake != rt::Wake::ready) co_return false;
  }
  co_return true;
}

}  // namespace junctor::net::test
