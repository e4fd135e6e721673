#pragma once
// BodyReader: one request's body, from whatever the network gives to one whole text.
//
// Sans-I/O: take() gets bytes and says how many were the body's; those behind are the next
// request's. Invariant: how the stream is cut changes neither the text nor the error.
//
// Source:  RFC 9112 section 6 (length), 7.1 (chunked).
// Limits:  `bytes_max` of the body; framing has the limits of wire's ChunkedDecoder.
// Errors:  too_large ("body_too_large"), invalid_argument (the decoder's word). The reader is spent
//          then.
// Threads: none of its own; one owner at a time.

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/buffer.h"
#include "base/error.h"
#include "wire/chunked.h"
#include "wire/http1.h"

namespace junctor::net {

[[nodiscard]] Error body_too_large();

class BodyReader {
 public:
  // A length over `bytes_max` is the caller's to refuse: nothing has to be read for that.
  BodyReader(const wire::http1::RequestHead& head, std::size_t bytes_max) noexcept;

  [[nodiscard]] bool done() const noexcept;
  // So many bytes may be received at once: not more than the body's where that is known.
  [[nodiscard]] std::size_t wanted(std::size_t at_most) const noexcept;
  // How many of `bytes` belong to the body.
  [[nodiscard]] Result<std::size_t> take(std::string_view bytes);
  [[nodiscard]] Buffer text() && noexcept { return std::move(text_); }

 private:
  [[nodiscard]] Result<std::size_t> take_chunks(std::string_view bytes);

  bool is_chunked_;
  std::size_t length_;  // Without chunks.
  std::size_t bytes_max_;
  wire::http1::ChunkedDecoder decoder_;
  Buffer text_;
};

}  // namespace junctor::net
