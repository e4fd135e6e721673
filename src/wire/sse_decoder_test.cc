// Goal: every rule of WHATWG HTML 9.2.6, one row each, and independence from how the stream is cut.
// Method: each row is fed whole, byte by byte and in pieces of other sizes, and must give the same
// events;
//         a piece is overwritten once it is used up, so that a view kept too long shows.

#include "wire/sse_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace junctor::wire {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

// An event as text of its own: "type|id|retry|data", with '-' for what is absent.
std::string describe(const SseEvent& event) {
  std::string out{event.type};
  out += '|' + (event.has_id ? std::string{event.id} : "-");
  out += '|' + (event.retry ? std::to_string(event.retry->count()) : "-");
  out += '|' + (event.has_data ? std::string{event.data} : "-");
  return out;
}

using Events = std::vector<std::string>;

// The events of a stream cut into pieces of that size; "too_large" stands for the error, and the
// event that finish() gives is marked with '~'.
Events decode(std::string_view stream, std::size_t piece_bytes, SseDecoder::Limits limits = {}) {
  SseDecoder decoder{limits};
  Events out;
  while (!stream.empty()) {
    std::string piece{stream.substr(0, piece_bytes)};
    stream.remove_prefix(piece.size());
    decoder.feed(piece);
    while (true) {
      const Result<std::optional<SseEvent>> event = decoder.next();
      if (!event) {
        EXPECT_EQ(event.error().kind(), ErrorKind::too_large);
        out.emplace_back("too_large");
        return out;
      }
      if (!*event) break;
      out.push_back(describe(**event));
    }
    std::ranges::fill(piece, '#');
  }
  if (const std::optional<SseEvent> last = decoder.finish()) out.push_back("~" + describe(*last));
  return out;
}

struct Case {
  std::string_view name;
  std::string_view stream;
  Events want;
};

const Case kCases[] = {
    {"nothing", "", {}},
    {"one_line", "data: a\n\n", {"message|-|-|a"}},
    {"lines_join_with_line_feed", "data: a\ndata: b\ndata:c\n\n", {"message|-|-|a\nb\nc"}},
    {"only_one_leading_space_is_dropped", "data:  a\n\n", {"message|-|-| a"}},
    {"no_space_is_needed", "data:a\n\n", {"message|-|-|a"}},
    {"a_tab_stays", "data:\ta\n\n", {"message|-|-|\ta"}},
    {"colons_in_the_value", "data: a:b: c\n\n", {"message|-|-|a:b: c"}},
    {"field_without_colon", "data\n\n", {"message|-|-|"}},
    {"empty_data", "data:\n\n", {"message|-|-|"}},
    {"two_empty_lines_of_data", "data\ndata\n\n", {"message|-|-|\n"}},
    {"data_ends_with_an_empty_line", "data: a\ndata\n\n", {"message|-|-|a\n"}},
    {"type_alone_is_nothing", "event: ping\n\n", {}},
    {"type_is_not_carried_over",
     "event: x\n\ndata: a\n\nevent: y\ndata: b\n\ndata: c\n\n",
     {"message|-|-|a", "y|-|-|b", "message|-|-|c"}},
    {"empty_type_means_message", "event:\ndata: a\n\n", {"message|-|-|a"}},
    {"last_type_counts", "event: x\nevent: y\ndata: a\n\n", {"y|-|-|a"}},
    {"comment", ": keep-alive\n\n:\n\ndata: a\n\n", {"message|-|-|a"}},
    {"comment_within_an_event", "data: a\n: no\ndata: b\n\n", {"message|-|-|a\nb"}},
    {"unknown_field", "foo: bar\ndata: a\nfoo\n\n", {"message|-|-|a"}},
    {"fields_are_case_sensitive", "Data: a\nDATA: b\n\n", {}},
    {"blank_in_front_of_a_field", " data: a\n\n", {}},
    {"id", "id: 7\ndata: a\n\ndata: b\n\n", {"message|7|-|a", "message|-|-|b"}},
    {"empty_id_resets", "id\ndata: a\n\nid:\ndata: b\n\n", {"message||-|a", "message||-|b"}},
    {"id_with_nul_is_ignored", "id: a\0b\ndata: a\n\n"sv, {"message|-|-|a"}},
    {"id_with_nul_leaves_the_one_before", "id: 1\nid: a\0b\ndata: a\n\n"sv, {"message|1|-|a"}},
    {"id_alone", "id: 9\n\n", {"message|9|-|-"}},
    {"priming_event", "id: 9\ndata:\n\n", {"message|9|-|"}},
    {"retry", "retry: 250\ndata: a\n\n", {"message|-|250|a"}},
    {"retry_alone", "retry: 250\n\n", {"message|-|250|-"}},
    {"retry_needs_digits",
     "retry: 5x\nretry: -1\nretry:\nretry: 1.5\ndata: a\n\n",
     {"message|-|-|a"}},
    {"retry_beyond_all_bounds", "retry: 99999999999999999999999\n\n", {"message|-|60000|-"}},
    {"crlf", "data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", {"message|-|-|a\nb", "message|-|-|c"}},
    {"cr", "data: a\rdata: b\r\rdata: c\r\r", {"message|-|-|a\nb", "message|-|-|c"}},
    {"mixed_line_ends",
     "data: a\r\n\rdata: b\n\r\ndata: c\r\n\n",
     {"message|-|-|a", "message|-|-|b", "message|-|-|c"}},
    {"lf_cr_is_two_ends", "data: a\n\rdata: b\n\n", {"message|-|-|a", "message|-|-|b"}},
    {"byte_order_mark",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     {"message|-|-|a"}},
    {"second_byte_order_mark_is_text",
     "data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     {"message|-|-|a"}},
    {"byte_order_mark_and_blank_line", "\xEF\xBB\xBF\n\ndata: a\n\n", {"message|-|-|a"}},
    {"blank_lines_between", "\n\ndata: a\n\n\n\ndata: b\n\n", {"message|-|-|a", "message|-|-|b"}},
    {"utf8", "data: \xC3\xA4\xF0\x9F\x98\x80\n\n", {"message|-|-|\xC3\xA4\xF0\x9F\x98\x80"}},
    {"nul_in_data", "data: a\0b\n\n"sv, {std::string{"message|-|-|a\0b"sv}}},
    {"endpoint", "event: endpoint\ndata: /m?s=1\n\n", {"endpoint|-|-|/m?s=1"}},
    {"all_fields", "id: 1\nevent: x\nretry: 500\ndata: {}\n\n", {"x|1|500|{}"}},
    {"unfinished_event", "data: a\n\ndata: b\n", {"message|-|-|a", "~message|-|-|b"}},
    {"unfinished_line", "id: 4\ndata: {\"a\":1}", {"~message|4|-|{\"a\":1}"}},
    {"unfinished_line_after_cr", "data: a\r", {"~message|-|-|a"}},
    {"unfinished_without_data", "id: 4\nevent: x", {}},
    {"byte_order_mark_alone", "\xEF\xBB\xBF", {}},
    {"long_fields_are_no_short_strings",
     "id: a-rather-long-identifier\nevent: a-rather-long-type\ndata: "
     "a-rather-long-line-of-data\n\n",
     {"a-rather-long-type|a-rather-long-identifier|-|a-rather-long-line-of-data"}},
};

class Rules : public testing::TestWithParam<Case> {};

TEST_P(Rules, HoldForEveryCut) {
  const Events& want = GetParam().want;
  for (std::size_t piece_bytes = GetParam().stream.size() + 1; piece_bytes > 0; --piece_bytes) {
    EXPECT_EQ(decode(GetParam().stream, piece_bytes), want) << "pieces of " << piece_bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Html, Rules, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string{row.param.name}; });

struct LimitCase {
  std::string_view name;
  std::string_view stream;
  Events want;
};

const LimitCase kLimitCases[] = {
    // event_bytes_max is 16.
    {"line_at_the_limit", "data: 0123456789\n\n", {"message|-|-|0123456789"}},
    {"line_over_the_limit", "data: 0123456789a\n\n", {"too_large"}},
    {"unfinished_line_over_the_limit", "data: 0123456789a", {"too_large"}},
    {"lines_over_the_limit_together", "data: 012345\ndata: 01234\n\n", {"too_large"}},
    {"many_events_are_no_sum",
     "data: 012345\n\ndata: 012345\n\n",
     {"message|-|-|012345", "message|-|-|012345"}},
    {"events_in_front_are_given",
     "data: a\n\ndata: 0123456789abc\n\n",
     {"message|-|-|a", "too_large"}},
    {"id_counts", "id: 0123456789\ndata: 0123\n\n", {"too_large"}},
    {"comment_over_the_limit", ":0123456789abcdef\n\n", {"too_large"}},
    {"comments_are_no_sum", ":0123456\n:0123456\n:0123456\ndata: a\n\n", {"message|-|-|a"}},
};

class Limits : public testing::TestWithParam<LimitCase> {};

TEST_P(Limits, HoldForEveryCut) {
  for (std::size_t piece_bytes = GetParam().stream.size() + 1; piece_bytes > 0; --piece_bytes) {
    EXPECT_EQ(decode(GetParam().stream, piece_bytes, {.event_bytes_max = 16}), GetParam().want)
        << "pieces of " << piece_bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Sixteen, Limits, testing::ValuesIn(kLimitCases),
                         [](const auto& row) { return std::string{row.param.name}; });

TEST(SpentDecoder, StaysSpent) {
  SseDecoder decoder{{.event_bytes_max = 4}};
  decoder.feed("data: a\n\ndata: b\n\n");
  EXPECT_FALSE(decoder.next());
  EXPECT_FALSE(decoder.next());
  decoder.feed("\n");
  EXPECT_FALSE(decoder.next());
  EXPECT_EQ(decoder.finish(), std::nullopt);
  EXPECT_TRUE(decoder.idle());
}

TEST(WholeEvent, IsAViewOfThePiece) {
  const std::string_view piece = "id: 1\nevent: x\ndata: {\"a\":1}\n\n";
  SseDecoder decoder;
  decoder.feed(piece);
  const auto event = decoder.next();
  ASSERT_TRUE(event && *event);
  const auto lies_in_piece = [&](std::string_view view) {
    return view.data() >= piece.data() && view.data() + view.size() <= piece.data() + piece.size();
  };
  EXPECT_TRUE(lies_in_piece((*event)->data));
  EXPECT_TRUE(lies_in_piece((*event)->type));
  EXPECT_TRUE(lies_in_piece((*event)->id));
}

TEST(LargeEvent, IsNotCopiedOnceItIsGathered) {
  const std::string payload(100'000, 'x');
  EXPECT_EQ(decode("data: " + payload + "\n\n", 1000), Events{"message|-|-|" + payload});
  EXPECT_EQ(decode("data: " + payload + "\ndata: y\n\n", 4096),
            Events{"message|-|-|" + payload + "\ny"});
}

TEST(IdleDecoder, HoldsNothing) {
  SseDecoder decoder;
  const auto drain = [&](std::string_view piece) {
    decoder.feed(piece);
    std::size_t events = 0;
    while (*decoder.next()) ++events;
    return events;
  };
  EXPECT_TRUE(decoder.idle());
  EXPECT_EQ(drain("data: a"), 0U);
  EXPECT_FALSE(decoder.idle());
  EXPECT_EQ(drain("\n"), 0U);
  EXPECT_FALSE(decoder.idle());
  EXPECT_EQ(drain("\ndata: b\n\n"), 2U);
  EXPECT_TRUE(decoder.idle());
  EXPECT_EQ(drain(":\n\n"), 0U);
  EXPECT_TRUE(decoder.idle());
  EXPECT_EQ(drain("retry: 5\n"), 0U);
  EXPECT_FALSE(decoder.idle());
}

TEST(FinishedDecoder, ReadsAnotherStream) {
  SseDecoder decoder;
  decoder.feed("data: a\r");
  EXPECT_FALSE(*decoder.next());
  const auto last = decoder.finish();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->data, "a");
  decoder.feed(
      "\xEF\xBB\xBF"
      "data: b\n\n");
  const auto event = decoder.next();
  ASSERT_TRUE(event && *event);
  EXPECT_EQ((*event)->data, "b");
}

TEST(Retry, IsClamped) {
  EXPECT_EQ(clamp_sse_retry(0ms), 100ms);
  EXPECT_EQ(clamp_sse_retry(99ms), 100ms);
  EXPECT_EQ(clamp_sse_retry(100ms), 100ms);
  EXPECT_EQ(clamp_sse_retry(500ms), 500ms);
  EXPECT_EQ(clamp_sse_retry(60s), 60s);
  EXPECT_EQ(clamp_sse_retry(24h), 60s);
}

TEST(ManyLineEnds, AreReadInLinearTime) {
  // Searching the whole piece for the other kind of line end at each line would take minutes.
  for (const std::string_view end : {"\r", "\n"}) {
    std::string stream;
    for (int i = 0; i < 200'000; ++i)
      stream += std::string{"data"} + std::string{end} + std::string{end};
    EXPECT_EQ(decode(stream, stream.size()).size(), 200'000U);
  }
}

}  // namespace
}  // namespace junctor::wire
