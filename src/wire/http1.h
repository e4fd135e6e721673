#pragma once
// HTTP/1.1 message heads: strict, in one pass, without copies or allocation.
//
// Sans-I/O: text in, views out. Two parties that read the same bytes differently are how requests
// are smuggled, so whatever RFC 9112 lets a recipient repair is refused here instead, and the
// connection is to be closed. Invariant: how the network cuts the text changes neither the outcome
// nor the refusal; only the order of bytes does.
//
// Source:  RFC 9112 (HTTP/1.1), RFC 9110 (semantics).
// Limits:  Limits below: head, number of fields, target. Incomplete heads are refused at the limit.
// Errors:  a Refusal: the status to answer with and a stable word. Of responses the status is 502.
// Threads: none of its own; one owner at a time.
//
//   HeadScan scan;                                   // One per message; resets with it.
//   if (!scan.is_worth_parsing(text, limits)) return 0;     // Linear, however slowly the head
//   drips in. const ParseResult got = parse_request_head(text, limits, head);

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/http1_fields.h"

namespace junctor::wire::http1 {

struct Limits {
  std::size_t head_bytes_max = std::size_t{64} * 1024;    // Start line and fields; more is 431.
  std::size_t headers_max = kHeadersCapacity;             // More is 431; at most kHeadersCapacity.
  std::size_t target_bytes_max = std::size_t{16} * 1024;  // More is 414.

  [[nodiscard]] bool operator==(const Limits& other) const = default;
};

// `other` is a token we have no name for. CONNECT is refused (501): we tunnel nothing.
enum class Method : std::uint8_t {
  get,
  head,
  post,
  put,
  delete_,  // NOLINT(readability-identifier-naming): without the line it is a keyword.
  options,
  patch,
  trace,
  other,
};

// How the body behind a head is framed. `none` is also a Content-Length of 0.
enum class BodyKind : std::uint8_t { none, length, chunked, until_close };

struct Refusal {
  int status = 0;           // 400, 414, 417, 431, 501 or 505; 502 for a response.
  std::string_view reason;  // A stable word such as "bare_lf", of static storage.
};

struct RequestHead {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;  // As sent.
  std::string_view
      path;  // Raw, never decoded; "/" if an absolute target has none; "*" for OPTIONS *.
  std::string_view query;          // Behind the '?', which is not part of it.
  std::string_view host;           // The Host field, port included; empty only with HTTP/1.0.
  int minor = 1;                   // HTTP/1.minor: 0 or 1.
  BodyKind body = BodyKind::none;  // Never until_close.
  bool keep_alive = true;          // The sender would go on with this connection.
  bool expect_continue = false;    // Waits for 100 before it sends the body.
  std::uint64_t content_length = 0;
  Headers headers;
};

struct ResponseHead {
  int status = 0;  // 100 to 599, never 101.
  std::string_view reason_phrase;
  int minor = 1;
  BodyKind body = BodyKind::none;
  bool keep_alive = true;
  // With BodyKind::none (an answer to HEAD, a 304): the length GET would have, if it was said.
  std::uint64_t content_length = 0;
  Headers headers;
};

enum class Parse : std::uint8_t { incomplete, complete, refused };

struct ParseResult {
  Parse outcome = Parse::incomplete;
  std::size_t consumed = 0;  // When complete: bytes of the head, the empty line included.
  Refusal refusal;           // When refused.
};

// `text` begins at the head and need not hold all of it; call again with more of the same text. The
// views in `head` point into `text` (or to static storage). `head` may be used again and again;
// unless the outcome is complete its content means nothing. One empty line before a request is
// skipped (RFC 9112 section 2.2).
[[nodiscard]] ParseResult parse_request_head(std::string_view text, const Limits& limits,
                                             RequestHead& head) noexcept;

// What was asked: an answer to HEAD has no body, whatever its fields say.
enum class RequestKind : std::uint8_t { head, other };

// A 1xx is returned as a head of its own, without body; the final one follows.
[[nodiscard]] ParseResult parse_response_head(std::string_view text, const Limits& limits,
                                              RequestKind answered, ResponseHead& head) noexcept;

// Tells when parsing an incomplete head again is worth it: at the first call, when a line came that
// ends the head or must be refused, when the text has doubled, and at the limit. Looks at a byte
// once.
class HeadScan {
 public:
  // `text`: the head so far; it begins with the text of the call before.
  [[nodiscard]] bool is_worth_parsing(std::string_view text, const Limits& limits) noexcept;
  void reset() noexcept { seen_bytes_ = parsed_bytes_ = 0; }

 private:
  std::size_t seen_bytes_ = 0;
  std::size_t parsed_bytes_ = 0;
};

// True for a path that means the same to everybody who reads it: it starts with '/', has no '%',
// ';', '\' or other byte that somebody decodes or cuts at, and no empty, "." or ".." segment. Only
// such paths are routed; a trailing '/' is plain.
[[nodiscard]] bool is_plain_path(std::string_view path) noexcept;

// uri-host [":" port], as Host carries it (RFC 9110 section 7.2): no user, name or IPv4 of
// unreserved bytes and no empty label, or an IP literal in brackets; port 1 to 65535.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;
// The host of an authority, without the port; brackets of an IP literal stay.
[[nodiscard]] std::string_view host_name(std::string_view authority) noexcept;

}  // namespace junctor::wire::http1
