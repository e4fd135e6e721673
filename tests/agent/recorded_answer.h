#pragma once
// A request that a test wrote down, and a ResponseWriter that records what becomes of its answer:
// for tests of what stands between a handler and the connection.
//
// Errors:  misuse of the writer (two answers, bytes behind the end) is a failure of the test.
// Threads: one shard.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace junctor::agent::test {

// "POST /mcp" with these fields, each with its line end.
class WrittenRequest final : public net::Request {
 public:
  explicit WrittenRequest(std::string_view fields = {})
      : text_{"POST /mcp HTTP/1.1\r\nHost: gateway\r\n" + std::string{fields} + "\r\n"} {
    const auto parsed = wire::http1::parse_request_head(text_, {}, head_);
    EXPECT_EQ(parsed.outcome, wire::http1::Parse::complete) << text_;
  }
  [[nodiscard]] const wire::http1::RequestHead& head() const noexcept override { return head_; }
  [[nodiscard]] const rt::Endpoint& peer() const noexcept override { return peer_; }
  rt::Task<Result<std::string_view>> body(std::size_t) override { co_return std::string_view{}; }
  [[nodiscard]] std::optional<std::string_view> body_now(std::size_t) const override {
    return std::nullopt;
  }
  void release_head() noexcept override {}
  void release() noexcept override {}

 private:
  std::string text_;
  rt::Endpoint peer_ = rt::Endpoint::ipv4({127, 0, 0, 1}, 40'000);
  wire::http1::RequestHead head_;
};

class RecordedAnswer final : public net::ResponseWriter {
 public:
  enum class End : unsigned char { open, finished, aborted };

  int status = 0;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  End end = End::open;
  std::size_t flushes = 0;
  std::size_t backlog = 0;
  bool is_gone = false;
  bool is_half_closed = false;
  net::ClientListener* listener = nullptr;

  [[nodiscard]] std::string field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value;
    }
    return {};
  }
  void leave() {
    is_gone = true;
    if (listener != nullptr) std::exchange(listener, nullptr)->on_client_gone();
  }
  void half_close() {
    is_half_closed = true;
    if (listener != nullptr) listener->on_client_half_closed();
  }

  void send(const net::Answer& answer, std::span<const std::string_view> pieces) override {
    begin(answer);
    for (const auto piece : pieces) body += piece;
    end = End::finished;
  }
  void start(const net::Answer& answer) override { begin(answer); }
  void write(std::span<const std::string_view> pieces) override {
    EXPECT_TRUE(started()) << "bytes in front of a head";
    EXPECT_EQ(end, End::open) << "bytes behind the end";
    for (const auto piece : pieces) body += piece;
  }
  void flush() override { ++flushes; }
  void finish() override {
    EXPECT_TRUE(started() && end == End::open);
    end = End::finished;
  }
  void abort() override {
    if (end == End::open) end = End::aborted;
  }
  [[nodiscard]] bool started() const noexcept override { return status != 0; }
  [[nodiscard]] std::size_t backlog_bytes() const noexcept override { return backlog; }
  rt::Task<Result<>> drain(Time) override {
    backlog = 0;
    co_return Result<>{};
  }
  [[nodiscard]] bool gone() const noexcept override { return is_gone; }
  [[nodiscard]] bool half_closed() const noexcept override { return is_half_closed; }
  void listen(net::ClientListener* who) noexcept override { listener = who; }

 private:
  void begin(const net::Answer& answer) {
    EXPECT_FALSE(started()) << "two answers to one request";
    status = answer.status;
    content_type = answer.content_type;
    take_lines(answer.lines);
    for (const net::Field& each : answer.fields) fields.emplace_back(each.name, each.value);
  }
  // "Name: value" and a line end each.
  void take_lines(std::string_view lines) {
    while (!lines.empty()) {
      const std::size_t colon = lines.find(": ");
      const std::size_t line_end = lines.find("\r\n");
      ASSERT_TRUE(colon < line_end && line_end != lines.npos) << lines;
      const std::string_view name = lines.substr(0, colon);
      const std::string_view value = lines.substr(colon + 2, line_end - colon - 2);
      if (name == "Content-Type") content_type = value;
      fields.emplace_back(name, value);
      lines.remove_prefix(line_end + 2);
    }
  }
};

}  // namespace junctor::agent::test
