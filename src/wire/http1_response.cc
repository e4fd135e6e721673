#include "wire/http1.h"
#include "wire/http1_reader.h"
#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

// What a bad answer of an upstream becomes for the one who asked.
constexpr int kBadGateway = 502;

// Codes beyond 599 exist in the wild but not in RFC 9110 section 15; relaying one would make it
// ours.
Parse read_status(HeadReader& reader, int& status) noexcept {
  constexpr std::size_t kDigits = 3;
  status = 0;
  const char* at = reader.at();
  for (std::size_t i = 0; i < kDigits; ++i, ++at) {
    if (at == reader.end()) return Parse::incomplete;
    if (!is_in(*at, kDigit)) return reader.refuse(kBadGateway, "bad_status");
    status = status * 10 + (*at - '0');
  }
  if (status < 100 || status > 599) return reader.refuse(kBadGateway, "bad_status");
  // We never ask for an upgrade; what would follow is no HTTP/1.
  if (status == 101) return reader.refuse(kBadGateway, "unexpected_upgrade");
  reader.advance_to(at);
  return Parse::complete;
}

// SP [ reason-phrase ]. Servers that have no phrase leave out the blank as well; that is harmless,
// for the line ends where it ends.
Parse read_reason(HeadReader& reader, std::string_view& phrase) noexcept {
  phrase = {};
  if (reader.at() == reader.end()) return Parse::incomplete;
  if (*reader.at() != ' ') return Parse::complete;
  const char* from = reader.at() + 1;
  const char* stop = value_end(from, reader.end());
  if (stop == reader.end()) return Parse::incomplete;
  phrase = {from, static_cast<std::size_t>(stop - from)};
  reader.advance_to(stop);
  return Parse::complete;
}

// No empty line is skipped in front: an answer follows the one before it at once, and what stands
// between would be a body that was longer than it said.
Parse read_status_line(HeadReader& reader, ResponseHead& head) noexcept {
  if (const Parse step = reader.read_version(head.minor); step != Parse::complete) return step;
  if (reader.at() == reader.end()) return Parse::incomplete;
  if (*reader.at() != ' ') return reader.refuse(kBadGateway, "bad_version");
  reader.advance_to(reader.at() + 1);
  if (const Parse step = read_status(reader, head.status); step != Parse::complete) return step;
  if (const Parse step = read_reason(reader, head.reason_phrase); step != Parse::complete) {
    return step;
  }
  return reader.read_line_end("bad_reason");
}

// RFC 9112 section 6.3. A 1xx or 204 that announces a body is refused (RFC 9110 section 8.6 forbids
// it): those bytes would be read as the next answer.
Parse judge_body(HeadReader& reader, RequestKind answered, ResponseHead& head) noexcept {
  const Framing framing = read_framing(head.headers, head.minor);
  if (framing.refusal.status != 0) return reader.refuse(kBadGateway, framing.refusal.reason);
  const bool says_body = framing.body == BodyKind::chunked || framing.content_length != 0;
  const bool never_has_body = head.status < 200 || head.status == 204;
  if (never_has_body && says_body) return reader.refuse(kBadGateway, "body_not_allowed");
  head.content_length = framing.content_length;
  head.keep_alive = read_keep_alive(head.headers, head.minor);
  if (never_has_body || head.status == 304 || answered == RequestKind::head) {
    head.body = BodyKind::none;
  } else if (framing.body == BodyKind::none) {
    head.body = BodyKind::until_close;
    head.keep_alive = false;
  } else {
    head.body = says_body ? framing.body : BodyKind::none;
  }
  JUNCTOR_ASSERT(head.body != BodyKind::until_close || !head.keep_alive);
  return Parse::complete;
}

}  // namespace

// The checks shared with requests name the status for a client's mistake; here it is the
// upstream's.
ParseResult parse_response_head(std::string_view text, const Limits& limits, RequestKind answered,
                                ResponseHead& head) noexcept {
  head.headers.clear();
  HeadReader reader{text, limits};
  Parse step = read_status_line(reader, head);
  if (step == Parse::complete) step = reader.read_fields(head.headers);
  if (step == Parse::complete) step = judge_body(reader, answered, head);
  ParseResult got = reader.result(step);
  JUNCTOR_ASSERT(got.consumed <= text.size());
  if (got.outcome == Parse::refused) got.refusal.status = kBadGateway;
  return got;
}

}  // namespace junctor::wire::http1
