#include <algorithm>
#include <cstring>

#include "wire/http1.h"
#include "wire/http1_reader.h"
#include "wire/http1_scan.h"
#include "wire/http1_target.h"

namespace junctor::wire::http1 {
namespace {

// Longer than any registered method; what is longer is answered 501, as one that we do not know.
constexpr std::size_t kMethodBytesMax = 32;

// Methods are case-sensitive (RFC 9110 section 9.1).
Method to_method(std::string_view text) noexcept {
  using enum Method;
  switch (text.size()) {
    case 3: return text == "GET" ? get : text == "PUT" ? put : other;
    case 4: return text == "POST" ? post : text == "HEAD" ? Method::head : other;
    case 5: return text == "PATCH" ? patch : text == "TRACE" ? trace : other;
    case 6: return text == "DELETE" ? delete_ : other;
    case 7: return text == "OPTIONS" ? options : other;
    default: return other;
  }
}

// A body behind these has no meaning (RFC 9110 section 9.3), and is a request to whoever overlooks
// it.
bool may_have_body(Method method) noexcept {
  using enum Method;
  return method == post || method == put || method == patch || method == other;
}

// Unknown methods are passed on to the routes, which answer 405 with what they allow. CONNECT asks
// for a tunnel, which we never are.
Parse read_method(HeadReader& reader, RequestHead& head) noexcept {
  const char* at = reader.at();
  while (at != reader.end() && *at != ' ') {
    if (!is_in(*at, kTokenByte)) return reader.refuse(400, *at == '\n' ? "bare_lf" : "bad_method");
    if (++at - reader.at() > static_cast<std::ptrdiff_t>(kMethodBytesMax)) {
      return reader.refuse(501, "unknown_method");
    }
  }
  if (at == reader.end()) return Parse::incomplete;
  head.method_text = {reader.at(), static_cast<std::size_t>(at - reader.at())};
  if (head.method_text.empty()) return reader.refuse(400, "bad_method");
  if (head.method_text == "CONNECT") return reader.refuse(501, "connect_refused");
  head.method = to_method(head.method_text);
  reader.advance_to(at + 1);
  return Parse::complete;
}

// Looks one byte further than the limit allows, to tell a target of exactly that length from a
// longer one.
Parse read_target(HeadReader& reader, RequestHead& head, std::string_view& authority) noexcept {
  const char* from = reader.at();
  const std::size_t target_bytes_max = reader.limits().target_bytes_max;
  const bool is_cut = reader.left_bytes() > target_bytes_max;
  const char* end = is_cut ? from + target_bytes_max : reader.end();
  const char* stop = scan<InvisibleScan>(from, end);
  if (stop == end) {
    if (!is_cut) return Parse::incomplete;
    if (!InvisibleScan::stops_at(*stop)) return reader.refuse(414, "target_too_long");
  }
  if (*stop == '\n') return reader.refuse(400, "bare_lf");
  if (*stop == '\r') return reader.refuse(400, "no_version");
  if (*stop != ' ' || stop == from) return reader.refuse(400, "bad_target");
  JUNCTOR_ASSERT(static_cast<std::size_t>(stop - from) <= target_bytes_max);
  head.target = {from, static_cast<std::size_t>(stop - from)};
  const Target target = read_target(head.target, head.method);
  if (!target.refused.empty()) return reader.refuse(400, target.refused);
  head.path = target.path;
  head.query = target.query;
  authority = target.authority;
  reader.advance_to(stop + 1);
  return Parse::complete;
}

Parse read_request_line(HeadReader& reader, RequestHead& head,
                        std::string_view& authority) noexcept {
  if (const Parse step = reader.skip_empty_line(); step != Parse::complete) return step;
  if (const Parse step = read_method(reader, head); step != Parse::complete) return step;
  if (const Parse step = read_target(reader, head, authority); step != Parse::complete) return step;
  if (const Parse step = reader.read_version(head.minor); step != Parse::complete) return step;
  return reader.read_line_end("bad_version");
}

// Exactly one valid Host with HTTP/1.1, at most one with HTTP/1.0, and the same as in the target
// (RFC 9112 section 3.2).
Parse judge_host(HeadReader& reader, RequestHead& head, std::string_view authority) noexcept {
  const Header* host = head.headers.find(HeaderId::host);
  if (host == nullptr) {
    head.host = authority;
    return head.minor == 0 ? Parse::complete : reader.refuse(400, "no_host");
  }
  if (head.headers.is_repeated(HeaderId::host)) return reader.refuse(400, "several_hosts");
  if (!is_authority(host->value)) return reader.refuse(400, "bad_host");
  if (!authority.empty() && !equal_ignoring_case(authority, host->value)) {
    return reader.refuse(400, "host_mismatch");
  }
  head.host = host->value;
  return Parse::complete;
}

// An empty body of known length is no body: whoever asks for one need not know the difference.
Parse judge_body(HeadReader& reader, RequestHead& head) noexcept {
  const Framing framing = read_framing(head.headers, head.minor);
  if (framing.refusal.status != 0) {
    return reader.refuse(framing.refusal.status, framing.refusal.reason);
  }
  const bool is_empty = framing.body == BodyKind::length && framing.content_length == 0;
  head.body = is_empty ? BodyKind::none : framing.body;
  head.content_length = framing.content_length;
  if (head.body != BodyKind::none && !may_have_body(head.method)) {
    return reader.refuse(400, "body_not_allowed");
  }
  return Parse::complete;
}

// An expectation in HTTP/1.0 is ignored, and so is one without a body to wait with (RFC 9110
// section 10.1.1).
Parse judge_expect(HeadReader& reader, RequestHead& head) noexcept {
  head.expect_continue = false;
  const Header* expect = head.headers.find(HeaderId::expect);
  if (expect == nullptr || head.minor == 0) return Parse::complete;
  if (head.headers.is_repeated(HeaderId::expect) || !is_folded(expect->value, "100-continue")) {
    return reader.refuse(417, "unknown_expectation");
  }
  head.expect_continue = head.body != BodyKind::none;
  return Parse::complete;
}

}  // namespace

// In the order in which a reader meets the parts, so that the first mistake is the one that is
// told. What the fields mean is judged only when all of them are there.
ParseResult parse_request_head(std::string_view text, const Limits& limits,
                               RequestHead& head) noexcept {
  head.headers.clear();
  HeadReader reader{text, limits};
  std::string_view authority;
  Parse step = read_request_line(reader, head, authority);
  if (step == Parse::complete) step = reader.read_fields(head.headers);
  if (step == Parse::complete) step = judge_host(reader, head, authority);
  if (step == Parse::complete) step = judge_body(reader, head);
  if (step == Parse::complete) step = judge_expect(reader, head);
  JUNCTOR_ASSERT(step != Parse::complete || head.body != BodyKind::until_close);
  JUNCTOR_ASSERT(step != Parse::complete || !head.path.empty());
  if (step == Parse::complete) head.keep_alive = read_keep_alive(head.headers, head.minor);
  return reader.result(step);
}

}  // namespace junctor::wire::http1
