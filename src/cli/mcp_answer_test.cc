// Goal: of what a server sends to one message, the answer is kept byte by byte, the rest goes where
// it belongs, and how it was cut changes nothing. Method: bodies fed whole and byte by byte.

#include "cli/mcp_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace junctor::cli {
namespace {

class Heard final : public McpListener {
 public:
  void on_progress(std::string_view params) override { params_.emplace_back(params); }
  [[nodiscard]] const std::vector<std::string>& params() const { return params_; }

 private:
  std::vector<std::string> params_;
};

struct Case {
  std::string_view name;
  std::string_view content_type;
  std::string body;
  std::string answer;  // Empty: none.
  std::vector<std::string> progress = {};
  std::vector<std::string> requests = {};
  std::string last_event_id = {};
};

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream; charset=utf-8";

const Case kCases[] = {
    {"result", kJson, R"({"jsonrpc":"2.0","id":7,"result":{"a":1.0}})",
     R"({"jsonrpc":"2.0","id":7,"result":{"a":1.0}})"},
    {"blanks_around", kJson, " {\"jsonrpc\":\"2.0\", \"id\":7,\"result\":{} }\n",
     R"({"jsonrpc":"2.0", "id":7,"result":{} })"},
    {"of_another_request", kJson, R"({"jsonrpc":"2.0","id":8,"result":{}})", ""},
    {"a_string_is_not_a_number", kJson, R"({"jsonrpc":"2.0","id":"7","result":{}})", ""},
    {"error", kJson, R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}})",
     R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"x"}})"},
    {"error_of_nobody", kJson, R"({"jsonrpc":"2.0","error":{"code":1,"message":"x"}})",
     R"({"jsonrpc":"2.0","error":{"code":1,"message":"x"}})"},
    {"error_with_null", kJson, R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}})",
     R"({"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}})"},
    {"error_of_another", kJson, R"({"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"x"}})", ""},
    {"no_json", kJson, "<html>", ""},
    {"empty", kJson, "", ""},
    {"a_stream", kEvents, "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n",
     R"({"jsonrpc":"2.0","id":7,"result":{}})"},
    {"a_stream_without_its_last_line", kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n",
     R"({"jsonrpc":"2.0","id":7,"result":{}})"},
    {"progress_first",
     kEvents,
     "data: "
     "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1}}\n\n"
     ": alive\n\n"
     "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{}}\n\n"
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n",
     R"({"jsonrpc":"2.0","id":7,"result":{}})",
     {R"({"progress":1})"}},
    {"progress_that_says_nothing", kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n", ""},
    {"requests_of_the_server",
     kEvents,
     "id: 1\ndata:\n\n"
     "id: 2\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"roots/l\\u0069st\"}\n\n",
     "",
     {},
     {"\"x\" roots/list"},
     "2"},
    {"only_the_first_answer", kEvents,
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n"
     "data: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"b\":1}}\n\n",
     R"({"jsonrpc":"2.0","id":7,"result":{}})"},
    {"other_events", kEvents, "event: ping\ndata: {\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n\n",
     ""},
    {"ended_within", kEvents, "id: a\ndata: {\"jsonrpc\":\"2.0\",\n\n", "", {}, {}, "a"},
};

wire::http1::ResponseHead parse_head(std::string_view text) {
  wire::http1::ResponseHead head;
  const auto parsed =
      wire::http1::parse_response_head(text, {}, wire::http1::RequestKind::other, head);
  EXPECT_EQ(parsed.outcome, wire::http1::Parse::complete);
  return head;
}

void check(const Case& row, std::size_t piece_bytes) {
  Heard heard;
  McpAnswer answer{"7", std::size_t{1} << 20, &heard};
  const std::string text =
      "HTTP/1.1 200 OK\r\nMcp-Session-Id: s1\r\nContent-Type: " + std::string{row.content_type} +
      "\r\n\r\n";
  ASSERT_TRUE(answer.on_head(parse_head(text)).has_value());
  for (std::size_t at = 0; at < row.body.size(); at += piece_bytes) {
    const std::string piece = row.body.substr(at, piece_bytes);
    ASSERT_TRUE(answer.on_body(piece, net::Part::more).has_value());
  }
  ASSERT_TRUE(answer.on_body({}, net::Part::last).has_value());
  EXPECT_EQ(answer.answer().value_or(""), row.answer);
  EXPECT_EQ(answer.is_complete(), !row.answer.empty());
  EXPECT_EQ(heard.params(), row.progress);
  EXPECT_EQ(answer.last_event_id(), row.last_event_id);
  EXPECT_EQ(answer.session_id(), "s1");
  std::vector<std::string> requests;
  for (const auto& each : answer.take_requests()) requests.push_back(each.id + " " + each.method);
  EXPECT_EQ(requests, row.requests);
  EXPECT_TRUE(answer.take_requests().empty());
}

TEST(McpAnswer, IsTheSameHoweverItIsCut) {
  for (const Case& row : kCases) {
    SCOPED_TRACE(row.name);
    check(row, row.body.size() + 1);
    check(row, 1);
  }
}

TEST(McpAnswer, TooLargeIsAnErrorInEitherForm) {
  for (const std::string_view type : {kJson, kEvents}) {
    SCOPED_TRACE(type);
    McpAnswer answer{"7", 64, nullptr};
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Type: " + std::string{type} + "\r\n\r\n";
    ASSERT_TRUE(answer.on_head(parse_head(text)).has_value());
    const auto taken = answer.on_body("data: " + std::string(100, 'x'), net::Part::more);
    ASSERT_FALSE(taken.has_value());
    EXPECT_EQ(taken.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(taken.error().reason(), "answer_too_large");
  }
}

TEST(McpAnswer, RequestsOfTheServerAreBounded) {
  McpAnswer answer{"7", std::size_t{1} << 20, nullptr};
  ASSERT_TRUE(
      answer.on_head(parse_head("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")));
  for (std::size_t i = 0; i < kServerRequestsMax + 10; ++i) {
    ASSERT_TRUE(answer.on_body("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n\n",
                               net::Part::more));
  }
  EXPECT_EQ(answer.take_requests().size(), kServerRequestsMax);
}

TEST(McpAnswer, RetryIsKeptWithinReason) {
  McpAnswer answer{"7", 1024, nullptr};
  EXPECT_EQ(answer.retry(), std::chrono::seconds{1});
  ASSERT_TRUE(
      answer.on_head(parse_head("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")));
  ASSERT_TRUE(answer.on_body("retry: 500\n\n", net::Part::more));
  EXPECT_EQ(answer.retry(), std::chrono::milliseconds{500});
  ASSERT_TRUE(answer.on_body("retry: 0\n\n", net::Part::more));
  EXPECT_EQ(answer.retry(), wire::kSseRetryMin);
}

TEST(McpAnswer, AMessageThatIsOnlyTakenNoteOfIsCompleteAtItsHead) {
  McpAnswer answer{{}, 1024, nullptr};
  EXPECT_FALSE(answer.is_complete());
  ASSERT_TRUE(answer.on_head(parse_head("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")));
  EXPECT_TRUE(answer.is_complete());
  EXPECT_EQ(answer.status(), 202);
}

}  // namespace
}  // namespace junctor::cli
