#pragma once
// InputLines: standard input, a line at a time, for drivers that are asked by a program.
//
// Limits:  none; a line is as long as its writer likes.
// Threads: one owner, and one in a program.

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace junctor::lang {

class InputLines {
 public:
  InputLines() = default;
  InputLines(const InputLines&) = delete;
  InputLines& operator=(const InputLines&) = delete;
  ~InputLines() { std::free(line_); }

  // With its line break, until the next call. Nothing: the end.
  std::optional<std::string_view> next() {
    const ssize_t got = getline(&line_, &capacity_, stdin);
    if (got <= 0) return std::nullopt;
    return std::string_view{line_, static_cast<std::size_t>(got)};
  }

 private:
  char* line_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace junctor::lang
