// Goal: an answer of an upstream is understood in one way or refused, so that nothing of it can be
// taken for the next answer; and its body is framed as RFC 9112 section 6.3 says.
// Method: tables with one named row per rule; each row whole and byte by byte, from memory of
// exactly its size.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/http1.h"

namespace junctor::wire::http1 {
namespace {

using namespace std::string_literals;

struct Outcome {
  Parse outcome = Parse::incomplete;
  std::size_t consumed = 0;
  int status = 0;
  std::string reason;
  std::string head;
  bool operator==(const Outcome&) const = default;
};

// "200 [OK] 1.1 length=5 keep"
std::string describe(const ResponseHead& head) {
  std::string out = std::to_string(head.status);
  out.append(" [").append(head.reason_phrase).append("]");
  out.append(head.minor == 1 ? " 1.1" : " 1.0");
  if (head.body == BodyKind::none) out += " none";
  if (head.body == BodyKind::length) out += " length";
  if (head.body == BodyKind::chunked) out += " chunked";
  if (head.body == BodyKind::until_close) out += " until_close";
  if (head.content_length != 0) out += "=" + std::to_string(head.content_length);
  out += head.keep_alive ? " keep" : " close";
  return out;
}

Outcome parse(std::string_view text, RequestKind answered = RequestKind::other,
              const Limits& limits = {}) {
  const std::vector<char> exact{text.begin(), text.end()};
  ResponseHead head;
  const ParseResult got = parse_response_head({exact.data(), exact.size()}, limits, answered, head);
  Outcome out{got.outcome, got.consumed, got.refusal.status, std::string{got.refusal.reason}, {}};
  if (got.outcome == Parse::complete) out.head = describe(head);
  return out;
}

Outcome parse_dripping(std::string_view text, RequestKind answered = RequestKind::other,
                       const Limits& limits = {}) {
  Outcome got;
  for (std::size_t bytes = 0; bytes <= text.size() && got.outcome == Parse::incomplete; ++bytes) {
    got = parse(text.substr(0, bytes), answered, limits);
  }
  return got;
}

constexpr auto kRowName = [](const auto& row) { return std::string{row.param.name}; };

std::string line(std::string_view status_line) {
  return std::string{status_line} + "\r\n\r\n";
}
std::string ok(std::string_view fields) {
  return "HTTP/1.1 200 OK\r\n" + std::string{fields} + "\r\n";
}

struct RefusedCase {
  std::string_view name;
  std::string text;
  std::string_view reason;
};

class ResponseRefused : public testing::TestWithParam<RefusedCase> {};

TEST_P(ResponseRefused, WholeAndByteByByteAsABadGateway) {
  const RefusedCase& row = GetParam();
  const Outcome whole = parse(row.text);
  EXPECT_EQ(whole.outcome, Parse::refused);
  EXPECT_EQ(whole.status, 502);
  EXPECT_EQ(whole.reason, row.reason);
  EXPECT_EQ(whole, parse_dripping(row.text));
}

const RefusedCase kLineCases[] = {
    {"empty_line_in_front", "\r\nHTTP/1.1 200 OK\r\n\r\n", "bad_version"},
    {"blank_in_front", line(" HTTP/1.1 200 OK"), "bad_version"},
    {"small_letters", line("http/1.1 200 OK"), "bad_version"},
    {"other_protocol", line("ICY 200 OK"), "bad_version"},
    {"http_0_9", "<html>hello</html>", "bad_version"},
    {"version_2", line("HTTP/2 200"), "version_not_supported"},
    {"version_1_2", line("HTTP/1.2 200 OK"), "version_not_supported"},
    {"version_1_32", line("HTTP/1.32 200 OK"), "version_not_supported"},
    {"version_9_9", line("HTTP/9.9 200 OK"), "version_not_supported"},
    {"two_spaces_behind_version", line("HTTP/1.1  200 OK"), "bad_status"},
    {"tab_behind_version", line("HTTP/1.1\t200 OK"), "bad_version"},
    {"no_status", line("HTTP/1.1"), "bad_version"},
    {"status_empty", line("HTTP/1.1 "), "bad_status"},
    {"status_two_digits", line("HTTP/1.1 20 OK"), "bad_status"},
    {"status_four_digits", line("HTTP/1.1 2000 OK"), "bad_reason"},
    {"status_099", line("HTTP/1.1 099 Low"), "bad_status"},
    {"status_600", line("HTTP/1.1 600 High"), "bad_status"},
    {"status_999", line("HTTP/1.1 999 High"), "bad_status"},
    {"status_sign", line("HTTP/1.1 +20 OK"), "bad_status"},
    {"status_letters", line("HTTP/1.1 2OO OK"), "bad_status"},
    {"status_tab", line("HTTP/1.1 200\tOK"), "bad_reason"},
    {"status_dash", line("HTTP/1.1 200-OK"), "bad_reason"},
    {"upgrade", line("HTTP/1.1 101 Switching Protocols"), "unexpected_upgrade"},
    {"reason_bare_lf", "HTTP/1.1 200 OK\nA: b\r\n\r\n", "bare_lf"},
    {"reason_bare_cr", "HTTP/1.1 200 OK\rA: b\r\n\r\n", "bare_cr"},
    {"reason_nul", line("HTTP/1.1 200 O\0K"s), "bad_reason"},
    {"reason_escape", line("HTTP/1.1 200 \x1B[2J"), "bad_reason"},
    {"lf_behind_status", "HTTP/1.1 200\n\r\n", "bare_lf"},
};

const RefusedCase kFieldCases[] = {
    {"bare_lf", ok("A: b\nC: d\r\n"), "bare_lf"},
    {"bare_cr", ok("A: b\rC: d\r\n"), "bare_cr"},
    {"splitting", ok("Location: /\r\r\nSet-Cookie: a=b\r\n"), "bare_cr"},
    {"nul", ok("A: b\0\r\n"s), "nul_in_value"},
    {"obs_fold", ok("A: b\r\n c\r\n"), "obs_fold"},
    {"leading_blank", ok(" A: b\r\n"), "leading_blank"},
    {"blank_before_colon", ok("A : b\r\n"), "blank_in_name"},
    {"no_colon", ok("abc\r\n"), "no_colon"},
    {"empty_name", ok(": b\r\n"), "empty_name"},
    {"bad_name", ok("A[]: b\r\n"), "bad_name"},
    {"underscore_length", ok("Content_Length: 5\r\n"), "underscore_name"},
    {"head_ends_on_cr_x", "HTTP/1.1 200 OK\r\nA: b\r\n\rX", "bare_cr"},
};

const RefusedCase kBodyCases[] = {
    {"both_lengths", ok("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "both_lengths"},
    {"several_equal", ok("Content-Length: 5\r\nContent-Length: 5\r\n"), "several_lengths"},
    {"several_different", ok("Content-Length: 5\r\nContent-Length: 6\r\n"), "several_lengths"},
    {"list", ok("Content-Length: 5, 5\r\n"), "bad_length"},
    {"negative", ok("Content-Length: -5\r\n"), "bad_length"},
    {"too_large", ok("Content-Length: 9223372036854775808\r\n"), "bad_length"},
    {"unknown_coding", ok("Transfer-Encoding: gzip, chunked\r\n"), "unknown_coding"},
    {"chunked_not_last", ok("Transfer-Encoding: chunked, gzip\r\n"), "unknown_coding"},
    {"chunked_twice", ok("Transfer-Encoding: chunked, chunked\r\n"), "bad_transfer_encoding"},
    {"chunked_in_two_lines", ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
     "several_codings"},
    {"coding_in_http10", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
     "coding_in_http10"},
    {"no_content_with_length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
     "body_not_allowed"},
    {"no_content_chunked", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
     "body_not_allowed"},
    {"continue_with_length", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
     "body_not_allowed"},
    {"early_hints_chunked", "HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n",
     "body_not_allowed"},
};

INSTANTIATE_TEST_SUITE_P(Line, ResponseRefused, testing::ValuesIn(kLineCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Field, ResponseRefused, testing::ValuesIn(kFieldCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Body, ResponseRefused, testing::ValuesIn(kBodyCases), kRowName);

struct AcceptedCase {
  std::string_view name;
  RequestKind answered;
  std::string text;
  std::string_view head;
};

class ResponseAccepted : public testing::TestWithParam<AcceptedCase> {};

TEST_P(ResponseAccepted, WholeAndByteByByteAndWithBytesBehind) {
  const AcceptedCase& row = GetParam();
  const Outcome whole = parse(row.text, row.answered);
  EXPECT_EQ(whole.outcome, Parse::complete) << whole.reason;
  EXPECT_EQ(whole.consumed, row.text.size());
  EXPECT_EQ(whole.head, row.head);
  EXPECT_EQ(whole, parse_dripping(row.text, row.answered));
  EXPECT_EQ(whole, parse(row.text + "HTTP/1.1 200 OK\r\n\r\n", row.answered));
}

constexpr RequestKind kOther = RequestKind::other;
constexpr RequestKind kHead = RequestKind::head;

const AcceptedCase kAcceptedCases[] = {
    {"length", kOther, ok("Content-Length: 5\r\n"), "200 [OK] 1.1 length=5 keep"},
    {"length_zero", kOther, ok("Content-Length: 0\r\n"), "200 [OK] 1.1 none keep"},
    {"chunked", kOther, ok("Transfer-Encoding: chunked\r\n"), "200 [OK] 1.1 chunked keep"},
    {"neither_reads_until_close", kOther, ok(""), "200 [OK] 1.1 until_close close"},
    {"neither_overrides_keep_alive", kOther, ok("Connection: keep-alive\r\n"),
     "200 [OK] 1.1 until_close close"},
    {"length_and_close", kOther, ok("Content-Length: 5\r\nConnection: close\r\n"),
     "200 [OK] 1.1 length=5 close"},
    {"http10", kOther, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n",
     "200 [OK] 1.0 length=5 close"},
    {"http10_keep_alive", kOther,
     "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
     "200 [OK] 1.0 length=5 keep"},
    {"http10_until_close", kOther, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n",
     "200 [OK] 1.0 until_close close"},
    {"continue", kOther, line("HTTP/1.1 100 Continue"), "100 [Continue] 1.1 none keep"},
    {"early_hints", kOther, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
     "103 [Early Hints] 1.1 none keep"},
    {"no_content", kOther, line("HTTP/1.1 204 No Content"), "204 [No Content] 1.1 none keep"},
    {"no_content_length_zero", kOther, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
     "204 [No Content] 1.1 none keep"},
    {"not_modified", kOther, line("HTTP/1.1 304 Not Modified"), "304 [Not Modified] 1.1 none keep"},
    {"not_modified_tells_the_length", kOther,
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     "304 [Not Modified] 1.1 none=5 keep"},
    {"not_modified_chunked", kOther,
     "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
     "304 [Not Modified] 1.1 none keep"},
    {"head_tells_the_length", kHead, ok("Content-Length: 5\r\n"), "200 [OK] 1.1 none=5 keep"},
    {"head_chunked", kHead, ok("Transfer-Encoding: chunked\r\n"), "200 [OK] 1.1 none keep"},
    {"head_neither", kHead, ok(""), "200 [OK] 1.1 none keep"},
    {"head_not_found_close", kHead, "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n",
     "404 [No] 1.1 none close"},
    {"reason_empty", kHead, line("HTTP/1.1 200 "), "200 [] 1.1 none keep"},
    {"reason_and_blank_missing", kHead, line("HTTP/1.1 200"), "200 [] 1.1 none keep"},
    {"reason_blanks", kHead, line("HTTP/1.1 200  O\tK "), "200 [ O\tK ] 1.1 none keep"},
    {"reason_obs_text", kHead, line("HTTP/1.1 200 \xC3\x84h"), "200 [\xC3\x84h] 1.1 none keep"},
    {"unknown_status", kHead, line("HTTP/1.1 599 Last"), "599 [Last] 1.1 none keep"},
};

INSTANTIATE_TEST_SUITE_P(Rules, ResponseAccepted, testing::ValuesIn(kAcceptedCases), kRowName);

TEST(ResponseHead, IsUsedAgainWithoutTraces) {
  ResponseHead head;
  const std::string first = ok("Content-Length: 5\r\nConnection: close\r\n");
  ASSERT_EQ(parse_response_head(first, {}, kOther, head).outcome, Parse::complete);
  const std::string second = line("HTTP/1.1 204");
  ASSERT_EQ(parse_response_head(second, {}, kOther, head).outcome, Parse::complete);
  EXPECT_EQ(describe(head), "204 [] 1.1 none keep");
  EXPECT_TRUE(head.headers.empty());
}

TEST(ResponseHead, EveryOneOfAFloodOfInterimHeadsIsReturnedAlone) {
  const std::string interim = line("HTTP/1.1 100 Continue");
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += interim;
  stream += ok("Content-Length: 0\r\n");
  std::string_view rest = stream;
  int heads = 0;
  for (ResponseHead head; !rest.empty(); ++heads) {
    const ParseResult got = parse_response_head(rest, {}, kOther, head);
    ASSERT_EQ(got.outcome, Parse::complete);
    EXPECT_EQ(head.status, heads < 100 ? 100 : 200);
    rest.remove_prefix(got.consumed);
  }
  EXPECT_EQ(heads, 101);
}

TEST(ResponseLimits, HeadAtTheLimitPassesAndOneByteMoreDoesNot) {
  const std::string text = ok("Content-Length: 5\r\n");
  EXPECT_EQ(parse(text, kOther, {.head_bytes_max = text.size()}).outcome, Parse::complete);
  const Limits tight{.head_bytes_max = text.size() - 1};
  EXPECT_EQ(parse(text, kOther, tight).reason, "head_too_large");
  EXPECT_EQ(parse(text, kOther, tight).status, 502);
  EXPECT_EQ(parse(text, kOther, tight), parse_dripping(text, kOther, tight));
}

TEST(ResponseLimits, HeadersAtTheLimitPassAndOneMoreDoesNot) {
  const std::string text = ok("A: b\r\nA: b\r\n");
  EXPECT_EQ(parse(text, kHead, {.headers_max = 2}).outcome, Parse::complete);
  EXPECT_EQ(parse(text, kHead, {.headers_max = 1}).reason, "too_many_headers");
}

}  // namespace
}  // namespace junctor::wire::http1
