#pragma once
// What request and response heads share: the cursor, the field lines, the framing of the body.
//
// HeadReader walks over the text of one head. Each read_ function consumes one element and returns
// `complete`, or stops with `incomplete` or `refused`; what it refuses depends only on bytes up to
// the offending one, so that a head that comes in pieces is refused with the same word as a whole
// one.
//
// Source:  RFC 9112 sections 2.2, 2.3, 5, 6.
// Limits:  http1::Limits.
// Threads: none of its own; one owner at a time.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/http1.h"

namespace junctor::wire::http1 {

class HeadReader {
 public:
  HeadReader(std::string_view text, const Limits& limits) noexcept;

  [[nodiscard]] const char* at() const noexcept { return at_; }
  [[nodiscard]] const char* end() const noexcept { return end_; }
  [[nodiscard]] std::size_t left_bytes() const noexcept {
    return static_cast<std::size_t>(end_ - at_);
  }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  void advance_to(const char* at) noexcept {
    JUNCTOR_ASSERT(at >= at_ && at <= end_);
    at_ = at;
  }
  Parse refuse(int status, std::string_view reason) noexcept {
    refusal_ = {status, reason};
    return Parse::refused;
  }

  // Skips the empty line that may stand before a request.
  [[nodiscard]] Parse skip_empty_line() noexcept;
  // "HTTP/1.0" or "HTTP/1.1"; nothing behind it is looked at.
  [[nodiscard]] Parse read_version(int& minor) noexcept;
  // CRLF at the cursor; `otherwise` is the word for any other byte but a bare LF.
  [[nodiscard]] Parse read_line_end(std::string_view otherwise) noexcept;
  // All field lines and the empty line behind them.
  [[nodiscard]] Parse read_fields(Headers& headers) noexcept;

  [[nodiscard]] ParseResult result(Parse outcome) const noexcept;

 private:
  [[nodiscard]] bool is_good_name(std::string_view name) noexcept;
  [[nodiscard]] Parse refuse_name(const char* stop, const Headers& before) noexcept;
  [[nodiscard]] Parse refuse_line_end(const char* at) noexcept;

  const char* begin_;
  const char* at_;
  const char* end_;
  const Limits& limits_;
  bool is_at_limit_;
  Refusal refusal_;
};

struct Framing {
  BodyKind body = BodyKind::none;  // `none` if no field says anything.
  std::uint64_t content_length = 0;
  Refusal refusal;  // Status 0: none.
};

// What Content-Length and Transfer-Encoding say, refused unless there is one way to read them.
[[nodiscard]] Framing read_framing(const Headers& headers, int minor) noexcept;

// Would the sender go on with the connection (RFC 9112 section 9.3)?
[[nodiscard]] bool read_keep_alive(const Headers& headers, int minor) noexcept;

}  // namespace junctor::wire::http1
