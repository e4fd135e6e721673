#pragma once
// A LineSink that keeps its lines, and a reader behind it that takes them at once or when told.
//
// Errors:  a line end inside of a line is a failure of the test.
// Threads: one shard.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/line_sink.h"

namespace junctor::agent::test {

class RecordedLines final : public LineSink {
 public:
  enum class Reader : unsigned char { takes_at_once, waits };

  std::vector<std::string> lines;
  Reader reader = Reader::takes_at_once;

  void take_all() {
    taken_bytes_ = put_bytes_;
    event_.set();
  }
  void leave() {
    is_gone_ = true;
    event_.set();
  }
  // The lines since the last call.
  std::vector<std::string> news() { return std::exchange(lines, {}); }

  void put(std::span<const std::string_view> pieces) override {
    std::string line;
    for (const auto piece : pieces) line += piece;
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    put_bytes_ += line.size() + 1;
    lines.push_back(std::move(line));
    if (reader == Reader::takes_at_once) taken_bytes_ = put_bytes_;
  }
  [[nodiscard]] std::uint64_t put_bytes() const noexcept override { return put_bytes_; }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return taken_bytes_; }
  [[nodiscard]] bool gone() const noexcept override { return is_gone_; }
  [[nodiscard]] rt::Event& taken() noexcept override { return event_; }

 private:
  std::uint64_t put_bytes_ = 0;
  std::uint64_t taken_bytes_ = 0;
  bool is_gone_ = false;
  rt::Event event_;
};

using Lines = std::vector<std::string>;

}  // namespace junctor::agent::test
