#include "net/body_reader.h"

#include <algorithm>

namespace junctor::net {

using wire::http1::BodyKind;
using State = wire::http1::ChunkedDecoder::State;

Error body_too_large() {
  return Error{ErrorKind::too_large, "body_too_large", "The request body is over the limit."};
}

// A length over the limit was refused before, without reading a byte of it.
BodyReader::BodyReader(const wire::http1::RequestHead& head, std::size_t bytes_max) noexcept
    : is_chunked_{head.body == BodyKind::chunked},
      length_{head.body == BodyKind::length ? static_cast<std::size_t>(head.content_length) : 0},
      bytes_max_{bytes_max} {
  JUNCTOR_ASSERT(length_ <= bytes_max);
}

bool BodyReader::done() const noexcept {
  return is_chunked_ ? decoder_.state() == State::done : text_.size() == length_;
}

// No more than the body's: what stands behind it is the next request, and stays with the kernel if
// it can.
std::size_t BodyReader::wanted(std::size_t at_most) const noexcept {
  JUNCTOR_ASSERT(!done());
  return is_chunked_ ? at_most : std::min(at_most, length_ - text_.size());
}

Result<std::size_t> BodyReader::take(std::string_view bytes) {
  if (is_chunked_) return take_chunks(bytes);
  const std::string_view own = bytes.substr(0, length_ - text_.size());
  text_.append(own);
  return own.size();
}

// The limit is checked for each piece, before it is kept: a chunked body does not say how long it
// is going to be.
Result<std::size_t> BodyReader::take_chunks(std::string_view bytes) {
  std::string_view rest = bytes;
  while (!rest.empty() && decoder_.state() == State::more) {
    const auto step = decoder_.next(rest);
    rest.remove_prefix(step.consumed);
    if (step.data.size() > bytes_max_ - text_.size()) return std::unexpected{body_too_large()};
    text_.append(step.data);
  }
  if (decoder_.state() == State::refused) {
    return fail(ErrorKind::invalid_argument, decoder_.refusal().reason,
                "The chunked body is malformed.");
  }
  return bytes.size() - rest.size();
}

}  // namespace junctor::net
