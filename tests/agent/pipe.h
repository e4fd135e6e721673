#pragma once
// A pipe of this process, for tests of what reads and writes descriptors that block.
//
// Errors:  a read that has to wait for longer than its patience gives what there is.
// Threads: one owner for each end.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace junctor::agent::test {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int reader() const { return ends_[0]; }
  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_reader() { close(ends_[0]); }
  void close_writer() { close(ends_[1]); }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(ends_[1], text.data(), text.size());
      ASSERT_GT(written, 0);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  // The next line without its end; empty at the end, or when none comes.
  std::string read_line() {
    std::size_t end = 0;
    while ((end = held_.find('\n')) == std::string::npos) {
      if (!fill()) return std::exchange(held_, {});
    }
    std::string line = held_.substr(0, end);
    held_.erase(0, end + 1);
    return line;
  }
  // All until the writer closes.
  std::string read_rest() {
    while (fill()) continue;
    return std::exchange(held_, {});
  }

 private:
  static constexpr int kPatienceMs = 20'000;

  static void close(int& end) {
    if (end >= 0) ::close(std::exchange(end, -1));
  }
  bool fill() {
    if (ends_[0] < 0) return false;
    pollfd watched{.fd = ends_[0], .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, kPatienceMs) <= 0) return false;
    std::array<char, 65'536> piece{};
    const ssize_t got = ::read(ends_[0], piece.data(), piece.size());
    if (got > 0) held_.append(piece.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  std::array<int, 2> ends_{-1, -1};
  std::string held_;
};

}  // namespace junctor::agent::test
