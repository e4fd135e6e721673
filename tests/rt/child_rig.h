#pragma once
// What the tests of child processes need: a loop on the kernel, specs of small shell scripts, a
// child's streams carried to their ends, and what /proc says of a process.
//
// Errors:  a child that cannot be spawned stops the test (JUNCTOR_ASSERT).
// Threads: one.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "rt/child.h"
#include "support.h"

namespace junctor::rt::test {

inline constexpr std::string_view kPath = "PATH=/usr/bin:/bin";

inline ChildSpec shell(std::string script) {
  return {
      .argv = {"sh", "-c", std::move(script)}, .environment = {std::string{kPath}}, .folder = {}};
}

inline Task<void> keep_stream(Socket& from, std::string& into, bool& ended) {
  std::string piece(65'536, '\0');
  while (true) {
    const ssize_t got = from.try_receive(piece);
    if (got == -EAGAIN) {
      (void)co_await from.readable(kNever);
      continue;
    }
    if (got <= 0) break;
    into.append(piece, 0, static_cast<std::size_t>(got));
  }
  ended = true;
}

// And closes it.
inline Task<void> feed_stream(Socket& to, std::string_view text) {
  while (!text.empty()) {
    const iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
    const ssize_t sent = to.try_send({&piece, 1});
    if (sent == -EAGAIN) {
      (void)co_await to.writable(kNever);
      continue;
    }
    if (sent <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  to.shutdown_write();
}

inline std::string file_text(const std::string& path) {
  std::string text;
  if (std::FILE* file = std::fopen(path.c_str(), "r"); file != nullptr) {
    std::array<char, 4096> piece{};
    while (const std::size_t got = std::fread(piece.data(), 1, piece.size(), file)) {
      text.append(piece.data(), got);
    }
    std::fclose(file);
  }
  return text;
}

// R, S, T, Z ...; '-' when there is no such process.
inline char state_of(pid_t pid) {
  const std::string stat = file_text(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= stat.size() ? '-' : stat[name_end + 2];
}

// One that waits to be reaped, by whoever became its parent, does nothing any more.
inline bool is_alive(pid_t pid) {
  const char state = state_of(pid);
  return state != '-' && state != 'Z' && state != 'X';
}

inline std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {}));
}

// Of this process.
inline bool has_zombie() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

class ChildTest : public testing::Test {
 protected:
  struct Told {
    std::string output;
    std::string errors;
    ChildEnd end;
  };

  std::unique_ptr<Child> start(const ChildSpec& spec) {
    auto child = loop_.run(Child::spawn(loop_.shard(), spec));
    JUNCTOR_ASSERT(child.has_value());
    return *std::move(child);
  }
  // From its start to its end.
  Told run(const ChildSpec& spec, std::string_view input = {}) {
    const auto child = start(spec);
    Told told;
    bool output_ended = false;
    bool errors_ended = false;
    loop_.spawn(keep_stream(child->output(), told.output, output_ended));
    loop_.spawn(keep_stream(child->errors(), told.errors, errors_ended));
    loop_.spawn(feed_stream(child->input(), input));
    loop_.run_until([&] { return output_ended && errors_ended && child->ended().is_set(); });
    loop_.settle();
    told.end = child->end().value();
    return told;
  }
  // Its next output, up to the end of a line.
  std::string line_of(Child& child) {
    std::string line;
    loop_.run_until([&] {
      char c = '\0';
      while (!line.ends_with('\n') && child.output().try_receive({&c, 1}) == 1) line += c;
      return line.ends_with('\n') || child.ended().is_set();
    });
    if (line.ends_with('\n')) line.pop_back();
    return line;
  }
  pid_t pid_of(Child& child) { return static_cast<pid_t>(std::atoi(line_of(child).c_str())); }

  support::KernelLoop loop_;
};

}  // namespace junctor::rt::test
