// Goal: every way in which two readers could understand one request head differently is refused,
// with the status and word that say why; what is plain is accepted and understood completely.
// Method: tables with one named row per rule. Each row is parsed whole and byte by byte, from
// memory of exactly its size, so that a sanitizer sees a byte read too many; both must agree.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/http1.h"

namespace junctor::wire::http1 {
namespace {

// "POST /path ?query @host 1.1 chunked keep expect\n" and a line per field.
std::string describe(const RequestHead& head) {
  std::string out{head.method_text};
  out.append(" ").append(head.path);
  if (!head.query.empty()) out.append(" ?").append(head.query);
  out.append(" @").append(head.host);
  out.append(head.minor == 1 ? " 1.1" : " 1.0");
  if (head.body == BodyKind::length) out += " length=" + std::to_string(head.content_length);
  if (head.body == BodyKind::chunked) out += " chunked";
  out += head.keep_alive ? " keep" : " close";
  if (head.expect_continue) out += " expect";
  return out;
}

struct Outcome {
  Parse outcome = Parse::incomplete;
  std::size_t consumed = 0;
  int status = 0;
  std::string reason;
  std::string head;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view text, const Limits& limits = {}) {
  const std::vector<char> exact{text.begin(), text.end()};
  RequestHead head;
  const ParseResult got = parse_request_head({exact.data(), exact.size()}, limits, head);
  Outcome out{got.outcome, got.consumed, got.refusal.status, std::string{got.refusal.reason}, {}};
  if (got.outcome == Parse::complete) out.head = describe(head);
  return out;
}

// As the network might bring it: one byte more each time.
Outcome parse_dripping(std::string_view text, const Limits& limits = {}) {
  Outcome got;
  for (std::size_t bytes = 0; bytes <= text.size() && got.outcome == Parse::incomplete; ++bytes) {
    got = parse(text.substr(0, bytes), limits);
  }
  return got;
}

struct RefusedCase {
  std::string_view name;
  std::string text;
  int status;
  std::string_view reason;
};

class RequestRefused : public testing::TestWithParam<RefusedCase> {};

TEST_P(RequestRefused, WholeAndByteByByte) {
  const RefusedCase& row = GetParam();
  const Outcome whole = parse(row.text);
  EXPECT_EQ(whole.outcome, Parse::refused);
  EXPECT_EQ(whole.status, row.status);
  EXPECT_EQ(whole.reason, row.reason);
  EXPECT_EQ(whole, parse_dripping(row.text));
}

constexpr auto kRowName = [](const auto& row) { return std::string{row.param.name}; };

std::string line(std::string_view request_line) {
  return std::string{request_line} + "\r\nHost: a\r\n\r\n";
}
std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}
std::string post(std::string_view fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string{fields} + "\r\n";
}
std::string hosted(std::string_view host_lines) {
  return "GET / HTTP/1.1\r\n" + std::string{host_lines} + "\r\n";
}

using namespace std::string_literals;

const RefusedCase kLineCases[] = {
    {"bare_lf_ends_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "bare_lf"},
    {"lf_within_request_line", "GET /\nx HTTP/1.1\r\n\r\n", 400, "bare_lf"},
    {"lf_within_method", "GE\nT / HTTP/1.1\r\n\r\n", 400, "bare_lf"},
    {"lf_only_message", "\nGET / HTTP/1.1\r\n\r\n", 400, "bare_lf"},
    {"bare_cr_ends_request_line", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400, "bare_cr"},
    {"two_empty_lines_in_front", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400, "bad_method"},
    {"bare_cr_in_front", "\rGET / HTTP/1.1\r\n\r\n", 400, "bare_cr"},
    {"tab_behind_method", line("GET\t/ HTTP/1.1"), 400, "bad_method"},
    {"tab_behind_target", line("GET /\tHTTP/1.1"), 400, "bad_target"},
    {"two_spaces_behind_method", line("GET  / HTTP/1.1"), 400, "bad_target"},
    {"two_spaces_behind_target", line("GET /  HTTP/1.1"), 400, "bad_version"},
    {"blank_in_front", line(" GET / HTTP/1.1"), 400, "bad_method"},
    {"blank_behind_version", line("GET / HTTP/1.1 "), 400, "bad_version"},
    {"quoted_method", line("\"GET\" / HTTP/1.1"), 400, "bad_method"},
    {"colon_in_method", line("GET: / HTTP/1.1"), 400, "bad_method"},
    {"non_ascii_method", line("G\xC3\x89T / HTTP/1.1"), 400, "bad_method"},
    {"nul_in_method", line("G\0T / HTTP/1.1"s), 400, "bad_method"},
    {"method_of_33_bytes", line(std::string(33, 'A') + " / HTTP/1.1"), 501, "unknown_method"},
    {"connect", line("CONNECT a:443 HTTP/1.1"), 501, "connect_refused"},
    {"tls_client_hello", "\x16\x03\x01\x02\x01\x01"s, 400, "bad_method"},
    {"no_version", line("GET /"), 400, "no_version"},
    {"no_target", line("GET HTTP/1.1"), 400, "no_version"},
    {"version_small_letters", line("GET / http/1.1"), 400, "bad_version"},
    {"version_other_protocol", line("GET / ICY/1.1"), 400, "bad_version"},
    {"version_one_digit", line("GET / HTTP/1"), 400, "bad_version"},
    {"version_comma", line("GET / HTTP/1,1"), 400, "bad_version"},
    {"version_no_digit", line("GET / HTTP/x.1"), 400, "bad_version"},
    {"version_minor_no_digit", line("GET / HTTP/1.x"), 400, "bad_version"},
    {"version_1_2", line("GET / HTTP/1.2"), 505, "version_not_supported"},
    {"version_1_32", line("GET / HTTP/1.32"), 505, "version_not_supported"},
    {"version_1_10", line("GET / HTTP/1.10"), 505, "version_not_supported"},
    {"version_1_11", line("GET / HTTP/1.11"), 505, "version_not_supported"},
    {"version_11_1", line("GET / HTTP/11.1"), 505, "version_not_supported"},
    {"version_0_9", line("GET / HTTP/0.9"), 505, "version_not_supported"},
    {"version_2_0_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "bad_target"},
    {"version_2_0", line("GET / HTTP/2.0"), 505, "version_not_supported"},
    {"version_9_9", line("GET / HTTP/9.9"), 505, "version_not_supported"},
    {"version_overflow", line("GET / HTTP/4294967297.1"), 505, "version_not_supported"},
};

const RefusedCase kTargetCases[] = {
    {"nul", line("GET /\0 HTTP/1.1"s), 400, "bad_target"},
    {"control", line("GET /\x01 HTTP/1.1"), 400, "bad_target"},
    {"del", line("GET /\x7F HTTP/1.1"), 400, "bad_target"},
    {"non_ascii", line("GET /\xC3\xA9 HTTP/1.1"), 400, "bad_target"},
    {"fragment", line("GET /a#b HTTP/1.1"), 400, "bad_target"},
    {"fragment_in_query", line("GET /a?b#c HTTP/1.1"), 400, "bad_target"},
    {"relative", line("GET a/b HTTP/1.1"), 400, "bad_target"},
    {"backslash_first", line("GET \\a HTTP/1.1"), 400, "bad_target"},
    {"query_alone", line("GET ?a HTTP/1.1"), 400, "bad_target"},
    {"authority_form", line("GET a:80 HTTP/1.1"), 400, "bad_target"},
    {"asterisk_with_get", line("GET * HTTP/1.1"), 400, "bad_target"},
    {"asterisk_and_more", line("OPTIONS *x HTTP/1.1"), 400, "bad_target"},
    {"other_scheme", line("GET ftp://a/ HTTP/1.1"), 400, "bad_target"},
    {"scheme_without_slashes", line("GET http:a/ HTTP/1.1"), 400, "bad_target"},
    {"scheme_alone", line("GET http:// HTTP/1.1"), 400, "bad_target"},
    {"absolute_no_host", line("GET http:///a HTTP/1.1"), 400, "bad_target"},
    {"absolute_user", line("GET http://u@a/ HTTP/1.1"), 400, "bad_target"},
    {"absolute_user_password", line("GET http://u:p@a/ HTTP/1.1"), 400, "bad_target"},
    {"absolute_bad_port", line("GET http://a:x/ HTTP/1.1"), 400, "bad_target"},
    {"absolute_fragment", line("GET http://a#b HTTP/1.1"), 400, "bad_target"},
    {"absolute_backslash", line("GET http://a\\b/ HTTP/1.1"), 400, "bad_target"},
    {"absolute_other_host", line("GET http://b/ HTTP/1.1"), 400, "host_mismatch"},
    {"absolute_other_port", line("GET http://a:81/ HTTP/1.1"), 400, "host_mismatch"},
    {"absolute_default_port", line("GET http://a:80/ HTTP/1.1"), 400, "host_mismatch"},
    {"absolute_no_host_field", "GET http://a/ HTTP/1.1\r\n\r\n", 400, "no_host"},
    {"over_16_kib", line("GET /" + std::string(std::size_t{16} << 10U, 'a') + " HTTP/1.1"), 414,
     "target_too_long"},
};

const RefusedCase kHostCases[] = {
    {"none", "GET / HTTP/1.1\r\n\r\n", 400, "no_host"},
    {"two", hosted("Host: a\r\nHost: b\r\n"), 400, "several_hosts"},
    {"two_equal", hosted("Host: a\r\nhost: a\r\n"), 400, "several_hosts"},
    {"two_in_http10", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, "several_hosts"},
    {"list", hosted("Host: a, b\r\n"), 400, "bad_host"},
    {"empty", hosted("Host:\r\n"), 400, "bad_host"},
    {"blank", hosted("Host: \t \r\n"), 400, "bad_host"},
    {"user", hosted("Host: user@a\r\n"), 400, "bad_host"},
    {"path", hosted("Host: a/b\r\n"), 400, "bad_host"},
    {"query", hosted("Host: a?b\r\n"), 400, "bad_host"},
    {"scheme", hosted("Host: http://a\r\n"), 400, "bad_host"},
    {"blank_within", hosted("Host: a b\r\n"), 400, "bad_host"},
    {"port_empty", hosted("Host: a:\r\n"), 400, "bad_host"},
    {"port_alone", hosted("Host: :80\r\n"), 400, "bad_host"},
    {"port_zero", hosted("Host: a:0\r\n"), 400, "bad_host"},
    {"port_65536", hosted("Host: a:65536\r\n"), 400, "bad_host"},
    {"port_six_digits", hosted("Host: a:000080\r\n"), 400, "bad_host"},
    {"port_sign", hosted("Host: a:+80\r\n"), 400, "bad_host"},
    {"port_letters", hosted("Host: a:8o\r\n"), 400, "bad_host"},
    {"port_twice", hosted("Host: a:80:80\r\n"), 400, "bad_host"},
    {"label_empty", hosted("Host: a..b\r\n"), 400, "bad_host"},
    {"label_first_empty", hosted("Host: .a\r\n"), 400, "bad_host"},
    {"dot", hosted("Host: .\r\n"), 400, "bad_host"},
    {"percent", hosted("Host: a%2eb\r\n"), 400, "bad_host"},
    {"non_ascii", hosted("Host: b\xC3\xBC\r\n"), 400, "bad_host"},
    {"literal_open", hosted("Host: [::1\r\n"), 400, "bad_host"},
    {"literal_empty", hosted("Host: []\r\n"), 400, "bad_host"},
    {"literal_no_colon", hosted("Host: [1234]\r\n"), 400, "bad_host"},
    {"literal_zone", hosted("Host: [fe80::1%25eth0]\r\n"), 400, "bad_host"},
    {"literal_and_junk", hosted("Host: [::1]x\r\n"), 400, "bad_host"},
    {"literal_bare", hosted("Host: ::1\r\n"), 400, "bad_host"},
};

const RefusedCase kFieldCases[] = {
    {"bare_lf", get("A: b\nC: d\r\n"), 400, "bare_lf"},
    {"bare_lf_ends_head", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "bare_lf"},
    {"lf_lf", "GET / HTTP/1.1\r\nHost: a\n\n", 400, "bare_lf"},
    {"cr_in_value", get("A: b\rc\r\n"), 400, "bare_cr"},
    {"cr_cr_lf", get("A: b\r\r\n"), 400, "bare_cr"},
    {"cr_hides_a_field", get("A: b\rContent-Length: 5\r\n"), 400, "bare_cr"},
    {"cr_x_ends_head", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, "bare_cr"},
    {"nul_in_value", get("A: b\0c\r\n"s), 400, "nul_in_value"},
    {"nul_as_value", get("A: \0\r\n"s), 400, "nul_in_value"},
    {"control_in_value", get("A: b\x01\r\n"), 400, "control_in_value"},
    {"escape_in_value", get("A: \x1B[31m\r\n"), 400, "control_in_value"},
    {"vertical_tab_in_front",
     get("A:\x0B"
         "b\r\n"),
     400, "control_in_value"},
    {"form_feed_behind", get("A: b\x0C\r\n"), 400, "control_in_value"},
    {"del_in_value", get("A: b\x7F\r\n"), 400, "control_in_value"},
    {"del_far_in_value", get("A: " + std::string(40, 'x') + "\x7F\r\n"), 400, "control_in_value"},
    {"obs_fold_space", get("A: b\r\n c\r\n"), 400, "obs_fold"},
    {"obs_fold_tab", get("A: b\r\n\tc\r\n"), 400, "obs_fold"},
    {"obs_fold_empty", get("A: b\r\n \r\n"), 400, "obs_fold"},
    {"obs_fold_hides_length", get("A: b\r\n Content-Length: 5\r\n"), 400, "obs_fold"},
    {"blank_before_first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "leading_blank"},
    {"tab_before_first", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400, "leading_blank"},
    {"blank_before_colon", get("A : b\r\n"), 400, "blank_in_name"},
    {"tab_before_colon", get("A\t: b\r\n"), 400, "blank_in_name"},
    {"blank_before_colon_of_length", post("Content-Length : 5\r\n"), 400, "blank_in_name"},
    {"blank_in_name", get("A b: c\r\n"), 400, "blank_in_name"},
    {"no_colon", get("abc\r\n"), 400, "no_colon"},
    {"no_colon_then_colon", get("abc\r\nd: e\r\n"), 400, "no_colon"},
    {"no_colon_lf", get("abc\nd: e\r\n"), 400, "bare_lf"},
    {"empty_name", get(": b\r\n"), 400, "empty_name"},
    {"name_with_nul", get("A\0: b\r\n"s), 400, "bad_name"},
    {"name_with_parenthesis", get("A(b): c\r\n"), 400, "bad_name"},
    {"name_with_quote", get("\"A\": c\r\n"), 400, "bad_name"},
    {"name_with_quote_then_blank", get("\"A b: c\r\n"), 400, "bad_name"},
    {"name_with_slash", get("A/b: c\r\n"), 400, "bad_name"},
    {"name_with_at", get("A@b: c\r\n"), 400, "bad_name"},
    {"name_with_del", get("A\x7F: c\r\n"), 400, "bad_name"},
    {"name_non_ascii", get("\xC3\x84: c\r\n"), 400, "bad_name"},
    {"name_behind_0x85",
     get("\x85"
         "Content-Length: 5\r\n"),
     400, "bad_name"},
    {"name_behind_0xA0",
     get("\xA0"
         "Content-Length: 5\r\n"),
     400, "bad_name"},
    {"name_ends_with_0xA0", post("Content-Length\xA0: 5\r\n"), 400, "bad_name"},
    {"name_family_with_bad_byte", get("Mcp-Param-A[: c\r\n"), 400, "bad_name"},
    {"name_folds_onto_dash", post("Content\x0DLength: 5\r\n"), 400, "no_colon"},
    {"underscore_coding", post("Transfer_Encoding: chunked\r\n"), 400, "underscore_name"},
    {"underscore_length", post("content_LENGTH: 5\r\n"), 400, "underscore_name"},
};

const RefusedCase kLengthCases[] = {
    {"length_and_coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400,
     "both_lengths"},
    {"coding_and_length", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400,
     "both_lengths"},
    {"coding_and_length_zero", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"), 400,
     "both_lengths"},
    {"length_and_unknown_coding", post("Content-Length: 5\r\nTransfer-Encoding: x\r\n"), 400,
     "both_lengths"},
    {"several_equal", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, "several_lengths"},
    {"several_different", post("Content-Length: 5\r\ncontent-length: 6\r\n"), 400,
     "several_lengths"},
    {"several_apart", post("Content-Length: 5\r\nA: b\r\nContent-Length: 0\r\n"), 400,
     "several_lengths"},
    {"list_equal", post("Content-Length: 5, 5\r\n"), 400, "bad_length"},
    {"list_different", post("Content-Length: 5,6\r\n"), 400, "bad_length"},
    {"empty", post("Content-Length:\r\n"), 400, "bad_length"},
    {"blank", post("Content-Length: \t\r\n"), 400, "bad_length"},
    {"plus", post("Content-Length: +5\r\n"), 400, "bad_length"},
    {"minus", post("Content-Length: -1\r\n"), 400, "bad_length"},
    {"minus_zero", post("Content-Length: -0\r\n"), 400, "bad_length"},
    {"hexadecimal", post("Content-Length: 0x5\r\n"), 400, "bad_length"},
    {"underscore", post("Content-Length: 1_0\r\n"), 400, "bad_length"},
    {"leading_zero", post("Content-Length: 05\r\n"), 400, "bad_length"},
    {"zeros", post("Content-Length: 00\r\n"), 400, "bad_length"},
    {"trailing_junk", post("Content-Length: 5x\r\n"), 400, "bad_length"},
    {"blank_within", post("Content-Length: 5 5\r\n"), 400, "bad_length"},
    {"semicolon", post("Content-Length: 5;\r\n"), 400, "bad_length"},
    {"fraction", post("Content-Length: 5.0\r\n"), 400, "bad_length"},
    {"exponent", post("Content-Length: 1e1\r\n"), 400, "bad_length"},
    {"wide_digit", post("Content-Length: \xEF\xBC\x95\r\n"), 400, "bad_length"},
    {"two_to_63", post("Content-Length: 9223372036854775808\r\n"), 400, "bad_length"},
    {"two_to_64", post("Content-Length: 18446744073709551616\r\n"), 400, "bad_length"},
    {"two_to_64_and_5", post("Content-Length: 18446744073709551621\r\n"), 400, "bad_length"},
    {"of_get", get("Content-Length: 5\r\n"), 400, "body_not_allowed"},
    {"of_head", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 400, "body_not_allowed"},
    {"of_delete", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 400,
     "body_not_allowed"},
    {"of_options", "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 400,
     "body_not_allowed"},
    {"of_trace", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 400,
     "body_not_allowed"},
    {"chunked_get", get("Transfer-Encoding: chunked\r\n"), 400, "body_not_allowed"},
};

const RefusedCase kCodingCases[] = {
    {"empty", post("Transfer-Encoding:\r\n"), 400, "bad_transfer_encoding"},
    {"comma_first", post("Transfer-Encoding: ,chunked\r\n"), 400, "bad_transfer_encoding"},
    {"comma_last", post("Transfer-Encoding: chunked,\r\n"), 400, "bad_transfer_encoding"},
    {"twice_in_list", post("Transfer-Encoding: chunked, chunked\r\n"), 400,
     "bad_transfer_encoding"},
    {"twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400,
     "several_codings"},
    {"and_identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), 400,
     "several_codings"},
    {"identity_and", post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"), 400,
     "several_codings"},
    {"quoted", post("Transfer-Encoding: \"chunked\"\r\n"), 400, "bad_transfer_encoding"},
    {"parameter", post("Transfer-Encoding: chunked;a=b\r\n"), 400, "bad_transfer_encoding"},
    {"blank_within", post("Transfer-Encoding: chun ked\r\n"), 400, "bad_transfer_encoding"},
    {"behind_0xA0",
     post("Transfer-Encoding: \xA0"
          "chunked\r\n"),
     400, "bad_transfer_encoding"},
    {"behind_vertical_tab",
     post("Transfer-Encoding: \x0B"
          "chunked\r\n"),
     400, "control_in_value"},
    {"in_http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "coding_in_http10"},
    {"xchunked", post("Transfer-Encoding: xchunked\r\n"), 501, "unknown_coding"},
    {"chunkedx", post("Transfer-Encoding: chunkedx\r\n"), 501, "unknown_coding"},
    {"identity", post("Transfer-Encoding: identity\r\n"), 501, "unknown_coding"},
    {"gzip", post("Transfer-Encoding: gzip\r\n"), 501, "unknown_coding"},
    {"gzip_chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501, "unknown_coding"},
    {"chunked_gzip", post("Transfer-Encoding: chunked, gzip\r\n"), 501, "unknown_coding"},
};

const RefusedCase kExpectCases[] = {
    {"unknown", post("Expect: 200-ok\r\n"), 417, "unknown_expectation"},
    {"empty", post("Expect:\r\n"), 417, "unknown_expectation"},
    {"list", post("Expect: 100-continue, 100-continue\r\n"), 417, "unknown_expectation"},
    {"parameter", post("Expect: 100-continue;a=b\r\n"), 417, "unknown_expectation"},
    {"twice", post("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417, "unknown_expectation"},
    {"number", post("Expect: 100\r\n"), 417, "unknown_expectation"},
};

INSTANTIATE_TEST_SUITE_P(Line, RequestRefused, testing::ValuesIn(kLineCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Target, RequestRefused, testing::ValuesIn(kTargetCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Host, RequestRefused, testing::ValuesIn(kHostCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Field, RequestRefused, testing::ValuesIn(kFieldCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Length, RequestRefused, testing::ValuesIn(kLengthCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Coding, RequestRefused, testing::ValuesIn(kCodingCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Expect, RequestRefused, testing::ValuesIn(kExpectCases), kRowName);

struct AcceptedCase {
  std::string_view name;
  std::string text;
  std::string_view head;
};

class RequestAccepted : public testing::TestWithParam<AcceptedCase> {};

TEST_P(RequestAccepted, WholeAndByteByByteAndWithABodyBehind) {
  const AcceptedCase& row = GetParam();
  const Outcome whole = parse(row.text);
  EXPECT_EQ(whole.outcome, Parse::complete) << whole.reason;
  EXPECT_EQ(whole.consumed, row.text.size());
  EXPECT_EQ(whole.head, row.head);
  EXPECT_EQ(whole, parse_dripping(row.text));
  EXPECT_EQ(whole, parse(row.text + "GET /smuggled HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(whole, parse(row.text + "\n\n"));
}

const AcceptedCase kAcceptedCases[] = {
    {"get", get(""), "GET / @a 1.1 keep"},
    {"empty_line_in_front", "\r\n" + get(""), "GET / @a 1.1 keep"},
    {"unknown_method", line("PURGE / HTTP/1.1"), "PURGE / @a 1.1 keep"},
    {"method_of_32_bytes", line(std::string(32, 'A') + " / HTTP/1.1"),
     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / @a 1.1 keep"},
    {"small_letters_are_another_method", line("get / HTTP/1.1"), "get / @a 1.1 keep"},
    {"query", line("GET /a/b?c=d?e HTTP/1.1"), "GET /a/b ?c=d?e @a 1.1 keep"},
    {"query_empty", line("GET /a? HTTP/1.1"), "GET /a @a 1.1 keep"},
    {"path_is_raw", line("GET /a%2f..%2e\\;x//. HTTP/1.1"), "GET /a%2f..%2e\\;x//. @a 1.1 keep"},
    {"asterisk", line("OPTIONS * HTTP/1.1"), "OPTIONS * @a 1.1 keep"},
    {"absolute", line("GET http://a/b?c HTTP/1.1"), "GET /b ?c @a 1.1 keep"},
    {"absolute_https", line("GET HTTPS://A/b HTTP/1.1"), "GET /b @a 1.1 keep"},
    {"absolute_no_path", line("GET http://a HTTP/1.1"), "GET / @a 1.1 keep"},
    {"absolute_query_alone", line("GET http://a?b HTTP/1.1"), "GET / ?b @a 1.1 keep"},
    {"absolute_query_with_slash", line("GET http://a?b/c HTTP/1.1"), "GET / ?b/c @a 1.1 keep"},
    {"host_port", hosted("Host: a.b-c_d~e:65535\r\n"), "GET / @a.b-c_d~e:65535 1.1 keep"},
    {"host_root_dot", hosted("Host: a.b.\r\n"), "GET / @a.b. 1.1 keep"},
    {"host_ipv4", hosted("Host: 127.0.0.1:1\r\n"), "GET / @127.0.0.1:1 1.1 keep"},
    {"host_ipv6", hosted("Host: [::1]\r\n"), "GET / @[::1] 1.1 keep"},
    {"host_ipv6_port", hosted("Host: [::ffff:1.2.3.4]:80\r\n"),
     "GET / @[::ffff:1.2.3.4]:80 1.1 keep"},
    {"no_blank_behind_colon", hosted("Host:a\r\n"), "GET / @a 1.1 keep"},
    {"blanks_around_value", hosted("Host: \t a \t \r\n"), "GET / @a 1.1 keep"},
    {"http10_without_host", "GET / HTTP/1.0\r\n\r\n", "GET / @ 1.0 close"},
    {"http10_absolute", "GET http://b/ HTTP/1.0\r\n\r\n", "GET / @b 1.0 close"},
    {"http10_keep_alive", "GET / HTTP/1.0\r\nConnection: a, Keep-Alive\r\n\r\n",
     "GET / @ 1.0 keep"},
    {"http10_keep_alive_alone", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
     "GET / @ 1.0 keep"},
    {"close", get("Connection: close\r\n"), "GET / @a 1.1 close"},
    {"close_in_list", get("Connection: keep-alive , CLOSE\r\n"), "GET / @a 1.1 close"},
    {"close_in_second_line", get("Connection: x\r\nConnection: close\r\n"), "GET / @a 1.1 close"},
    {"close_beside_keep_alive", get("Connection: keep-alive\r\nConnection: close\r\n"),
     "GET / @a 1.1 close"},
    {"close_is_a_whole_word", get("Connection: closed\r\n"), "GET / @a 1.1 keep"},
    {"proxy_connection_means_nothing", get("Proxy-Connection: close\r\n"), "GET / @a 1.1 keep"},
    {"upgrade_means_nothing",
     get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
     "GET / @a 1.1 keep"},
    {"length", post("Content-Length: 5\r\n"), "POST / @a 1.1 length=5 keep"},
    {"length_zero", post("Content-Length: 0\r\n"), "POST / @a 1.1 keep"},
    {"length_zero_of_get", get("Content-Length: 0\r\n"), "GET / @a 1.1 keep"},
    {"length_absent", post(""), "POST / @a 1.1 keep"},
    {"length_most", post("Content-Length: 9223372036854775807\r\n"),
     "POST / @a 1.1 length=9223372036854775807 keep"},
    {"length_of_unknown_method", "QUERY / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
     "QUERY / @a 1.1 length=5 keep"},
    {"length_in_http10", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\n",
     "POST / @ 1.0 length=5 close"},
    {"chunked", post("Transfer-Encoding: chunked\r\n"), "POST / @a 1.1 chunked keep"},
    {"chunked_any_case", post("TRANSFER-ENCODING:\tChunked \r\n"), "POST / @a 1.1 chunked keep"},
    {"expect", post("Content-Length: 5\r\nExpect: 100-Continue\r\n"),
     "POST / @a 1.1 length=5 keep expect"},
    {"expect_without_body", get("Expect: 100-continue\r\n"), "GET / @a 1.1 keep"},
    {"expect_in_http10", "POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: x\r\n\r\n",
     "POST / @ 1.0 length=5 close"},
    {"underscores_elsewhere", get("X_Y: z\r\n"), "GET / @a 1.1 keep"},
};

INSTANTIATE_TEST_SUITE_P(Rules, RequestAccepted, testing::ValuesIn(kAcceptedCases), kRowName);

TEST(RequestHead, KeepsFieldsInOrderAsSent) {
  const std::string text =
      get("X-Tab: a\tb\r\nEmpty:\r\nX-tab: \xC3\xA9 \x80\xFF\r\nZ!#$%&'*+-.^_`|~: \"q\"\r\n");
  RequestHead head;
  ASSERT_EQ(parse_request_head(text, {}, head).outcome, Parse::complete);
  ASSERT_EQ(head.headers.size(), 5U);
  const Header* at = head.headers.begin();
  EXPECT_EQ(at[0].name, "Host");
  EXPECT_EQ(at[0].id, HeaderId::host);
  EXPECT_EQ(at[1].value, "a\tb");
  EXPECT_EQ(at[2].name, "Empty");
  EXPECT_EQ(at[2].value, "");
  EXPECT_EQ(at[3].value, "\xC3\xA9 \x80\xFF");
  EXPECT_EQ(at[4].name, "Z!#$%&'*+-.^_`|~");
  EXPECT_EQ(at[4].value, "\"q\"");
}

TEST(RequestHead, KnowsTheMethods) {
  const struct {
    std::string_view text;
    Method method;
  } kRows[] = {
      {"GET", Method::get},     {"HEAD", Method::head},      {"POST", Method::post},
      {"PUT", Method::put},     {"DELETE", Method::delete_}, {"OPTIONS", Method::options},
      {"PATCH", Method::patch}, {"TRACE", Method::trace},    {"GETS", Method::other},
      {"Post", Method::other},  {"OPTIONSX", Method::other}, {"X", Method::other},
  };
  for (const auto& row : kRows) {
    RequestHead head;
    const std::string text = line(std::string{row.text} + " / HTTP/1.1");
    ASSERT_EQ(parse_request_head(text, {}, head).outcome, Parse::complete) << row.text;
    EXPECT_EQ(head.method, row.method) << row.text;
  }
}

TEST(RequestHead, IsUsedAgainWithoutTraces) {
  RequestHead head;
  const std::string first =
      post("Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n");
  ASSERT_EQ(parse_request_head(first, {}, head).outcome, Parse::complete);
  ASSERT_EQ(parse_request_head(line("GET /x?y HTTP/1.1"), {}, head).outcome, Parse::complete);
  const std::string second = get("");
  ASSERT_EQ(parse_request_head(second, {}, head).outcome, Parse::complete);
  EXPECT_EQ(describe(head), "GET / @a 1.1 keep");
  EXPECT_EQ(head.content_length, 0U);
  EXPECT_EQ(head.headers.size(), 1U);
  EXPECT_EQ(head.headers.find(HeaderId::content_length), nullptr);
}

TEST(RequestLimits, HeadAtTheLimitPassesAndOneByteMoreDoesNot) {
  const std::string text = get("A: " + std::string(100, 'x') + "\r\n");
  EXPECT_EQ(parse(text, {.head_bytes_max = text.size()}).outcome, Parse::complete);
  const Limits tight{.head_bytes_max = text.size() - 1};
  EXPECT_EQ(parse(text, tight).reason, "head_too_large");
  EXPECT_EQ(parse(text, tight).status, 431);
  EXPECT_EQ(parse(text, tight), parse_dripping(text, tight));
}

TEST(RequestLimits, BodyBehindTheHeadDoesNotCount) {
  const std::string text = post("Content-Length: 5000\r\n");
  const Limits limits{.head_bytes_max = text.size()};
  EXPECT_EQ(parse(text + std::string(5000, 'x'), limits).outcome, Parse::complete);
}

TEST(RequestLimits, EndlessLineIsRefusedAtTheLimit) {
  const Limits limits{.head_bytes_max = 1024};
  EXPECT_EQ(parse(std::string(1023, '\r').replace(1, 1022, std::string(1022, 'x')), limits).reason,
            "bare_cr");
  const std::string name = "GET / HTTP/1.1\r\n" + std::string(2000, 'x');
  EXPECT_EQ(parse(name, limits).reason, "head_too_large");
  const std::string value = "GET / HTTP/1.1\r\nA: " + std::string(2000, 'x');
  EXPECT_EQ(parse(value, limits).reason, "head_too_large");
  EXPECT_EQ(parse(value.substr(0, 1023), limits).outcome, Parse::incomplete);
}

TEST(RequestLimits, HeadersAtTheLimitPassAndOneMoreDoesNot) {
  std::string fields;
  for (int i = 0; i < 9; ++i) fields += "A: b\r\n";
  EXPECT_EQ(parse(get(fields), {.headers_max = 10}).outcome, Parse::complete);
  const Outcome over = parse(get(fields + "A: b\r\n"), {.headers_max = 10});
  EXPECT_EQ(over.status, 431);
  EXPECT_EQ(over.reason, "too_many_headers");
  EXPECT_EQ(over, parse_dripping(get(fields + "A: b\r\n"), {.headers_max = 10}));
}

TEST(RequestLimits, CapacityIsFullyUsable) {
  std::string fields;
  for (std::size_t i = 1; i < kHeadersCapacity; ++i) fields += "A: b\r\n";
  EXPECT_EQ(parse(get(fields)).outcome, Parse::complete);
  EXPECT_EQ(parse(get(fields + "A: b\r\n")).reason, "too_many_headers");
}

TEST(RequestLimits, TargetAtTheLimitPassesAndOneByteMoreDoesNot) {
  const Limits limits{.target_bytes_max = 8};
  EXPECT_EQ(parse(line("GET /1234567 HTTP/1.1"), limits).outcome, Parse::complete);
  const std::string over = line("GET /12345678 HTTP/1.1");
  EXPECT_EQ(parse(over, limits).status, 414);
  EXPECT_EQ(parse(over, limits), parse_dripping(over, limits));
  EXPECT_EQ(parse("GET /12345678", limits).status, 414);
  EXPECT_EQ(parse("GET /1234567", limits).outcome, Parse::incomplete);
  EXPECT_EQ(parse("GET /1234567\t", limits).reason, "bad_target");
}

TEST(HeadScan, ParsesADrippingHeadSeldomAndInTime) {
  const std::string text = get("A: " + std::string(3000, 'x') + "\r\nB: c\r\n");
  HeadScan scan;
  int parses = 0;
  Outcome got;
  for (std::size_t bytes = 1; bytes <= text.size() && got.outcome == Parse::incomplete; ++bytes) {
    if (!scan.is_worth_parsing(std::string_view{text}.substr(0, bytes), {})) continue;
    ++parses;
    got = parse(text.substr(0, bytes));
  }
  EXPECT_EQ(got.outcome, Parse::complete);
  EXPECT_LE(parses, 14);  // Doublings of 3 KiB, and the end.
}

TEST(HeadScan, ParsesAtOnceWhatMustBeRefused) {
  const struct {
    std::string_view name, before, more;
  } kRows[] = {
      {"bare_lf", "GET / HTTP/1.1\r\nHost: a\r\nA: b", "\n"},
      {"lf_lf", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n", "\n"},
      {"second_empty_line_in_front", "\r\n\r", "\n"},
      {"end", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r", "\n"},
  };
  for (const auto& row : kRows) {
    const std::string whole = std::string{row.before} + std::string{row.more};
    HeadScan scan;
    EXPECT_TRUE(scan.is_worth_parsing(row.before, {})) << row.name;
    EXPECT_TRUE(scan.is_worth_parsing(whole, {})) << row.name;
    EXPECT_NE(parse(whole).outcome, Parse::incomplete) << row.name;
  }
}

TEST(HeadScan, WaitsForTheEndOfALine) {
  HeadScan scan;
  EXPECT_TRUE(scan.is_worth_parsing("GET / HTTP/1.1\r\nHost", {}));
  EXPECT_FALSE(scan.is_worth_parsing("GET / HTTP/1.1\r\nHost: a\r\n", {}));
  EXPECT_FALSE(scan.is_worth_parsing("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r", {}));
  EXPECT_TRUE(scan.is_worth_parsing("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n", {}));
  scan.reset();
  EXPECT_TRUE(scan.is_worth_parsing("G", {}));
}

TEST(HeadScan, ParsesAtTheLimit) {
  const Limits limits{.head_bytes_max = 20};
  HeadScan scan;
  EXPECT_TRUE(scan.is_worth_parsing("GET / HTTP/1.1\r\n", limits));
  EXPECT_FALSE(scan.is_worth_parsing("GET / HTTP/1.1\r\nHos", limits));
  EXPECT_TRUE(scan.is_worth_parsing("GET / HTTP/1.1\r\nHost", limits));
}

}  // namespace
}  // namespace junctor::wire::http1
