#pragma once
// Decoder for messages of one line each, the framing of MCP over stdio.
//
// Sans-I/O: pieces in, lines out. Feed a piece, then call next() until it gives nothing. A line
// that lies whole in the piece is a view of it; only others are copied. Lines end with LF or CRLF;
// blank ones are skipped, for they are no message. Invariant: how the pieces were cut changes
// neither the lines nor the error, and between lines the decoder holds no memory.
//
// Source:  MCP 2026-07-28 and 2025-11-25 basic/transports (stdio). CRLF and blank lines: servers
//          made on Windows, and banners.
// Limits:  line_bytes_max bounds a line without its end.
// Errors:  too_large, after which the decoder is spent and every call returns the same error.
// Threads: none of its own; one owner at a time.

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/buffer.h"
#include "base/error.h"

namespace junctor::wire {

class LineDecoder {
 public:
  explicit LineDecoder(std::size_t line_bytes_max) noexcept : line_bytes_max_{line_bytes_max} {}
  LineDecoder(const LineDecoder&) = delete;  // It holds a view.
  LineDecoder& operator=(const LineDecoder&) = delete;

  // The bytes stay readable until next() has returned nothing; the piece before has been used up.
  void feed(std::string_view piece) noexcept;
  // The next whole line, with kBufferPadding readable bytes behind it where the piece has them;
  // nothing when the piece is used up. Valid until the next call of any function.
  [[nodiscard]] Result<std::optional<std::string_view>> next();
  // The stream has ended: what stands behind the last line end, if anything.
  [[nodiscard]] std::optional<std::string_view> finish() noexcept;

  [[nodiscard]] bool idle() const noexcept { return held_.empty() && rest_.empty(); }

 private:
  [[nodiscard]] std::unexpected<Error> refuse() noexcept;

  std::size_t line_bytes_max_;
  std::string_view rest_;  // Of the piece.
  Buffer held_;            // The line that earlier pieces began.
  bool held_is_given_ = false;
  bool spent_ = false;
};

}  // namespace junctor::wire
