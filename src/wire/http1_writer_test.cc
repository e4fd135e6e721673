// Goal: what is written is read back as it was meant, and nothing that would be read as more than
// was meant is ever written. Method: write, then parse; every byte value at every kind of place;
// room of every size up to enough.

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <string_view>

#include "wire/http1.h"
#include "wire/http1_writer.h"

namespace junctor::wire::http1 {
namespace {

std::string_view text_of(const std::array<char, 1024>& room, const Result<std::size_t>& bytes) {
  EXPECT_TRUE(bytes) << bytes.error().reason();
  return {room.data(), bytes.value_or(0)};
}

TEST(HeadWriter, WritesARequest) {
  std::array<char, 1024> room{};
  HeadWriter writer{room};
  writer.request_line("POST", "/mcp?a=b");
  writer.header("Host", "a:80");
  writer.header("Content-Length", std::uint64_t{327});
  writer.lines("A: b\r\nC: d\r\n");
  writer.lines("");
  EXPECT_EQ(text_of(room, writer.finish()),
            "POST /mcp?a=b HTTP/1.1\r\nHost: a:80\r\nContent-Length: 327\r\nA: b\r\nC: d\r\n\r\n");
}

TEST(HeadWriter, WritesAResponse) {
  std::array<char, 1024> room{};
  HeadWriter writer{room};
  writer.status_line(404);
  writer.header("Empty", "");
  writer.header("X", std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(text_of(room, writer.finish()),
            "HTTP/1.1 404 Not Found\r\nEmpty: \r\nX: 18446744073709551615\r\n\r\n");
}

TEST(HeadWriter, WritesWhatTheParserReads) {
  std::array<char, 1024> room{};
  HeadWriter writer{room};
  writer.request_line("POST", "/mcp");
  writer.header("Host", "a");
  writer.header("X-Text", "\xC3\xA9\tb c");
  writer.header("Content-Length", std::uint64_t{9});
  RequestHead head;
  const std::string_view text = text_of(room, writer.finish());
  const ParseResult got = parse_request_head(text, {}, head);
  ASSERT_EQ(got.outcome, Parse::complete) << got.refusal.reason;
  EXPECT_EQ(got.consumed, text.size());
  EXPECT_EQ(head.headers.find("x-text")->value, "\xC3\xA9\tb c");
  EXPECT_EQ(head.content_length, 9U);
}

TEST(HeadWriter, RefusesEveryByteThatCouldEndALine) {
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    const bool is_control = (value < 0x20 && value != '\t') || value == 0x7F;
    for (const std::string& text : {byte, "a" + byte, byte + "a", std::string(20, 'x') + byte}) {
      std::array<char, 1024> room{};
      HeadWriter writer{room};
      writer.status_line(200);
      writer.header("X", text);
      const auto bytes = writer.finish();
      EXPECT_EQ(bytes.has_value(), !is_control) << value;
      if (bytes) continue;
      EXPECT_EQ(bytes.error().kind(), ErrorKind::invalid_argument);
      EXPECT_EQ(bytes.error().reason(), "header_injection");
    }
  }
}

TEST(HeadWriter, RefusesNamesMethodsAndTargetsThatAreNone) {
  const struct {
    std::string_view name;
    void (*write)(HeadWriter&);
  } kRows[] = {
      {"empty_name", [](HeadWriter& writer) { writer.header("", "a"); }},
      {"name_with_colon", [](HeadWriter& writer) { writer.header("A:b", "a"); }},
      {"name_with_blank", [](HeadWriter& writer) { writer.header("A ", "a"); }},
      {"name_with_line", [](HeadWriter& writer) { writer.header("A: b\r\nC", "a"); }},
      {"value_with_line", [](HeadWriter& writer) { writer.header("A", "b\r\nC: d"); }},
      {"empty_method", [](HeadWriter& writer) { writer.request_line("", "/"); }},
      {"method_with_blank", [](HeadWriter& writer) { writer.request_line("GET /x", "/"); }},
      {"empty_target", [](HeadWriter& writer) { writer.request_line("GET", ""); }},
      {"target_with_blank", [](HeadWriter& writer) { writer.request_line("GET", "/ HTTP/1.0"); }},
      {"target_with_line", [](HeadWriter& writer) { writer.request_line("GET", "/\r\n"); }},
      {"target_non_ascii", [](HeadWriter& writer) { writer.request_line("GET", "/\xC3\xA9"); }},
  };
  for (const auto& row : kRows) {
    std::array<char, 1024> room{};
    HeadWriter writer{room};
    row.write(writer);
    writer.header("Good", "value");  // A later good line does not heal.
    EXPECT_FALSE(writer.written()) << row.name;
    const auto bytes = writer.finish();
    ASSERT_FALSE(bytes) << row.name;
    EXPECT_EQ(bytes.error().reason(), "header_injection") << row.name;
  }
}

TEST(HeadWriter, SaysWhenTheRoomIsTooSmallAndStaysInIt) {
  constexpr std::string_view kWant =
      "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nA: b\r\nC: d\r\n\r\n";
  for (std::size_t room_bytes = 0; room_bytes <= kWant.size(); ++room_bytes) {
    const auto room = std::make_unique<char[]>(room_bytes);
    HeadWriter writer{{room.get(), room_bytes}};
    writer.status_line(200);
    writer.header("Content-Length", std::uint64_t{1234});
    writer.lines("A: b\r\n");
    writer.header("C", "d");
    const auto bytes = writer.finish();
    ASSERT_EQ(bytes.has_value(), room_bytes == kWant.size()) << room_bytes;
    if (bytes) {
      EXPECT_EQ(std::string_view(room.get(), *bytes), kWant);
    } else {
      EXPECT_EQ(bytes.error().kind(), ErrorKind::too_large);
    }
  }
}

TEST(HeadWriter, GivesABlockOfLinesForLater) {
  std::array<char, 64> room{};
  HeadWriter block{room};
  block.header("Server", "junctor");
  const auto lines = block.written();
  ASSERT_TRUE(lines);
  EXPECT_EQ(*lines, "Server: junctor\r\n");
}

TEST(Append, WritesTheSameToABuffer) {
  Buffer out;
  ASSERT_TRUE(append_request_line(out, "GET", "/a"));
  ASSERT_TRUE(append_header(out, "Host", "a"));
  ASSERT_TRUE(append_header(out, "X", std::uint64_t{0}));
  append_head_end(out);
  EXPECT_EQ(out.view(), "GET /a HTTP/1.1\r\nHost: a\r\nX: 0\r\n\r\n");
  out.clear();
  ASSERT_TRUE(append_status_line(out, 299));
  append_head_end(out);
  EXPECT_EQ(out.view(), "HTTP/1.1 299 \r\n\r\n");
}

TEST(Append, HasRoomForTheLongestPhraseAndNumber) {
  for (int status = 100; status <= 599; ++status) {
    Buffer out;
    ASSERT_TRUE(append_status_line(out, status));
    ASSERT_TRUE(append_header(out, "X", std::numeric_limits<std::uint64_t>::max()));
  }
}

TEST(Append, AppendsNothingOfARefusedLine) {
  Buffer out;
  ASSERT_TRUE(append_status_line(out, 200));
  const std::string before{out.view()};
  EXPECT_FALSE(append_header(out, "A", "b\r\nC: d"));
  EXPECT_FALSE(append_header(out, "A\n", "b"));
  EXPECT_FALSE(append_header(out, "", std::uint64_t{1}));
  EXPECT_FALSE(append_request_line(out, "GET", "/ x"));
  EXPECT_EQ(out.view(), before);
}

TEST(ReasonPhrase, IsStandardOrEmptyAndOneLine) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(100), "Continue");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(511), "Network Authentication Required");
  EXPECT_EQ(reason_phrase(418), "");
  EXPECT_EQ(reason_phrase(599), "");
  EXPECT_EQ(reason_phrase(0), "");
  for (int status = 100; status <= 599; ++status) {
    EXPECT_EQ(reason_phrase(status).find_first_of("\r\n"), std::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace junctor::wire::http1
