// Goal: what is appended is a stream that the decoder reads back as what was meant.
// Method: a table with the bytes expected; each row goes through sse_decoder.h again.

#include "wire/sse_encoder.h"

#include <gtest/gtest.h>

#include <string>

#include "wire/sse_decoder.h"

namespace junctor::wire {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

struct Case {
  std::string_view name;
  SseHead head;
  std::string_view data;
  std::string_view want;
  std::string_view decoded;  // The data as a receiver has it.
};

const Case kCases[] = {
    {"data_alone", {}, "{}", "data: {}\n\n", "{}"},
    {"all_fields",
     {.id = "7", .type = "x", .retry = 500ms},
     "a",
     "id: 7\nevent: x\nretry: 500\ndata: a\n\n",
     "a"},
    {"empty_id", {.id = ""}, "a", "id: \ndata: a\n\n", "a"},
    {"empty_data", {}, "", "data: \n\n", ""},
    {"leading_space_is_kept", {}, " a", "data:  a\n\n", " a"},
    {"line_feed", {}, "a\nb", "data: a\ndata: b\n\n", "a\nb"},
    {"carriage_return", {}, "a\rb", "data: a\ndata: b\n\n", "a\nb"},
    {"crlf_is_one_end", {}, "a\r\nb", "data: a\ndata: b\n\n", "a\nb"},
    {"lf_cr_is_two_ends", {}, "a\n\rb", "data: a\ndata: \ndata: b\n\n", "a\n\nb"},
    {"end_at_the_end", {}, "a\n", "data: a\ndata: \n\n", "a\n"},
    {"end_alone", {}, "\n", "data: \ndata: \n\n", "\n"},
    {"nul", {}, "a\0b"sv, "data: a\0b\n\n"sv, "a\0b"sv},
    {"no_injection", {}, "a\n\nevent: x", "data: a\ndata: \ndata: event: x\n\n", "a\n\nevent: x"},
};

class Encoded : public testing::TestWithParam<Case> {};

TEST_P(Encoded, HasTheBytesOfTheTable) {
  Buffer out;
  append_sse_event(out, GetParam().head, GetParam().data);
  EXPECT_EQ(out.view(), GetParam().want);
}

TEST_P(Encoded, IsDecodedAsOneEvent) {
  const Case& row = GetParam();
  Buffer out;
  append_sse_event(out, row.head, row.data);
  SseDecoder decoder;
  decoder.feed(out.view());
  const auto event = decoder.next();
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->data, row.decoded);
  EXPECT_EQ((*event)->has_id, row.head.id.has_value());
  EXPECT_EQ((*event)->id, row.head.id.value_or(""));
  EXPECT_EQ((*event)->type, row.head.type.empty() ? "message" : row.head.type);
  EXPECT_EQ((*event)->retry, row.head.retry);
  EXPECT_FALSE(*decoder.next());
}

INSTANTIATE_TEST_SUITE_P(Events, Encoded, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(Comment, IsNoEvent) {
  Buffer out;
  append_sse_comment(out, "");
  append_sse_comment(out, "keep\nalive\r\ndata: x");
  EXPECT_EQ(out.view(), ": \n\n: keep alive  data: x\n\n");
  SseDecoder decoder;
  decoder.feed(out.view());
  EXPECT_FALSE(*decoder.next());
  EXPECT_TRUE(decoder.idle());
}

TEST(PrimingEvent, HasAnIdAndEmptyData) {
  Buffer out;
  append_sse_priming_event(out, "s1-0");
  append_sse_priming_event(out, "s1-1", 1000ms);
  EXPECT_EQ(out.view(), "id: s1-0\ndata: \n\nid: s1-1\nretry: 1000\ndata: \n\n");
}

TEST(LargeData, GoesThrough) {
  const std::string data(1'000'000, 'x');
  Buffer out;
  append_sse_event(out, {}, data);
  EXPECT_EQ(out.view(), "data: " + data + "\n\n");
}

TEST(EncoderDeathTest, RefusesFieldsThatWouldBreakTheStream) {
  Buffer out;
  EXPECT_DEATH(append_sse_event(out, {.id = "a\nb"}, ""), "is_one_line");
  EXPECT_DEATH(append_sse_event(out, {.type = "a\rb"}, ""), "is_one_line");
  EXPECT_DEATH(append_sse_priming_event(out, ""), "id.empty");
}

}  // namespace
}  // namespace junctor::wire
