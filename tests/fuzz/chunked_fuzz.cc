// Properties: how a chunked body is cut changes neither its data, nor its end, nor the refusal;
// what is encoded decodes to itself, whatever the sizes of the chunks.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "wire/chunked.h"

namespace {

using junctor::wire::http1::ChunkedDecoder;
using State = ChunkedDecoder::State;

constexpr ChunkedDecoder::Limits kLimits{
    .extension_bytes_max = 64, .trailer_bytes_max = 256, .trailers_max = 4};

struct Decoded {
  std::string data;
  std::size_t consumed = 0;
  State state = State::more;
  std::string_view refused;
  bool operator==(const Decoded&) const = default;
};

// `consumed` is not compared for refused streams: it stops anywhere up to the offending byte.
Decoded decode(std::string_view stream, std::size_t cut_bytes) {
  ChunkedDecoder decoder{kLimits};
  Decoded out;
  while (!stream.empty() && out.state == State::more) {
    std::string_view piece = stream.substr(0, cut_bytes);
    stream.remove_prefix(piece.size());
    while (!piece.empty() && out.state == State::more) {
      const ChunkedDecoder::Step step = decoder.next(piece);
      JUNCTOR_ASSERT(step.consumed <= piece.size());
      JUNCTOR_ASSERT(step.consumed > 0 || step.state == State::refused);
      out.data += step.data;
      out.consumed += step.consumed;
      out.state = step.state;
      piece.remove_prefix(step.consumed);
    }
  }
  if (out.state == State::refused) out.consumed = 0;
  out.refused = decoder.refusal().reason;
  return out;
}

std::string encode(std::string_view data, std::size_t chunk_bytes) {
  junctor::Buffer out;
  while (!data.empty()) {
    const std::string_view piece = data.substr(0, chunk_bytes);
    junctor::wire::http1::append_chunk(out, piece);
    data.remove_prefix(piece.size());
  }
  out.append(junctor::wire::http1::kLastChunk);
  return std::string{out.view()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream{reinterpret_cast<const char*>(data), size};
  const Decoded whole = decode(stream, size + 1);
  for (const std::size_t cut_bytes :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, 1 + size / 2}) {
    JUNCTOR_ASSERT(decode(stream, cut_bytes) == whole);
  }
  for (const std::size_t chunk_bytes : {std::size_t{1}, std::size_t{17}, size + 1}) {
    const std::string encoded = encode(stream, chunk_bytes);
    const Decoded again = decode(encoded, 5);
    JUNCTOR_ASSERT(again.state == State::done && again.consumed == encoded.size());
    JUNCTOR_ASSERT(again.data == stream);
  }
  return 0;
}
