#pragma once
// The chunked transfer coding: a decoder that hands out pieces of its input, and the framing to
// write.
//
// Sans-I/O and without copies: data is a view of what was fed. Strict as the heads are: sizes are 1
// to 16 hexadecimal digits and nothing else, lines end with CRLF, and trailers are checked and
// thrown away. Invariant: how the network cuts the stream does not change the data or the refusal.
//
// Source:  RFC 9112 section 7.1.
// Limits:  ChunkedDecoder::Limits; the body's own limit is the reader's, who sees every piece.
// Errors:  State::refused, with a Refusal of status 400; the decoder is spent and stays refused.
// Threads: none of its own; one owner at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/buffer.h"
#include "wire/http1.h"

namespace junctor::wire::http1 {

class ChunkedDecoder {
 public:
  struct Limits {
    std::uint32_t extension_bytes_max = 4096;  // Of the whole body.
    std::uint32_t trailer_bytes_max = 8192;
    std::uint32_t trailers_max = 32;
  };
  enum class State : std::uint8_t { more, done, refused };
  struct Step {
    std::size_t consumed = 0;  // Of the input; bytes behind the end of the body are left alone.
    std::string_view data;     // A piece of the body, inside the input.
    State state = State::more;
  };

  ChunkedDecoder() noexcept : ChunkedDecoder{Limits{}} {}
  explicit ChunkedDecoder(Limits limits) noexcept : limits_{limits} {}

  // The next piece of data. While the state is `more`: call again with what was not consumed; when
  // all of it was, with the next bytes of the stream.
  //   while (!in.empty() && step.state == State::more) {
  //     step = decoder.next(in);
  //     in.remove_prefix(step.consumed);
  //     use(step.data);
  //   }
  [[nodiscard]] Step next(std::string_view in) noexcept;

  [[nodiscard]] State state() const noexcept;
  [[nodiscard]] Refusal refusal() const noexcept { return {400, refused_}; }

 private:
  // Where in the grammar the next byte stands.
  enum class At : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_lf,
    end_lf,
    done,
    refused,
  };
  static constexpr std::size_t kNameBytesKept = 40;  // More than the longest name we know.

  void take(char byte) noexcept;
  void take_size(char byte) noexcept;
  void take_extension(char byte) noexcept;
  void take_trailer(char byte) noexcept;
  void end_trailer_name() noexcept;
  void refuse(std::string_view reason) noexcept;

  Limits limits_;
  At at_ = At::size_first;
  std::uint8_t size_digits_ = 0;
  std::uint8_t name_bytes_ = 0;   // Kept of the trailer's name; kNameBytesKept + 1 means longer.
  std::uint64_t left_bytes_ = 0;  // Of the chunk.
  std::uint32_t extension_bytes_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint32_t trailers_ = 0;
  std::string_view refused_;
  std::array<char, kNameBytesKept> name_ = {};
};

// "1a\r\n": what stands before the data of a chunk. Behind the data stands kChunkEnd; a writer that
// scatters sends {header.view(), data, kChunkEnd} without copying the data.
class ChunkHeader {
 public:
  // `data_bytes` > 0: an empty chunk would end the body.
  explicit ChunkHeader(std::size_t data_bytes) noexcept;
  [[nodiscard]] std::string_view view() const noexcept {
    return {text_.data() + begin_, text_.size() - begin_};
  }

 private:
  std::array<char, 18> text_ = {};  // Sixteen digits and CRLF, set to the right.
  std::size_t begin_;
};

inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";  // The last chunk, without trailers.

void append_chunk_header(Buffer& out, std::size_t data_bytes);
// Header, data, end; nothing if `data` is empty.
void append_chunk(Buffer& out, std::string_view data);

}  // namespace junctor::wire::http1
