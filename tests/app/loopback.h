#pragma once
// A client for the tests of app: blocking sockets to a program that serves on other threads.
//
// Limits:  none; a test that hangs is ended by its own time limit.
// Threads: one owner each.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "rt/endpoint.h"
#include "rt/kernel_io.h"

namespace junctor::test {

// A port that was free a moment ago.
inline rt::Endpoint free_endpoint() {
  rt::KernelIo io;
  rt::Endpoint bound;
  const int descriptor = io.listen(rt::Endpoint::ipv4({127, 0, 0, 1}, 0), 1, bound);
  EXPECT_GE(descriptor, 0);
  ::close(descriptor);
  return bound;
}

class Connection {
 public:
  explicit Connection(const rt::Endpoint& to) {
    descriptor_ = ::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_storage address{};
    const socklen_t length = to.to(address);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  }
  ~Connection() { ::close(descriptor_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  [[nodiscard]] bool connected() const { return connected_; }
  // A server that has closed meanwhile is seen by rest(), which then has nothing.
  void send(const std::string& text) const {
    const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    EXPECT_EQ(sent, static_cast<ssize_t>(text.size())) << std::strerror(errno);
  }
  // Until the server closes.
  [[nodiscard]] std::string rest() const {
    std::string all;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(descriptor_, piece, sizeof piece, 0)) > 0;) {
      all.append(piece, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int descriptor_ = -1;
  bool connected_ = false;
};

inline std::string get(const rt::Endpoint& from, const std::string& path,
                       const std::string& host = "localhost") {
  const Connection connection{from};
  if (!connection.connected()) return {};
  connection.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  return connection.rest();
}

}  // namespace junctor::test
