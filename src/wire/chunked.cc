#include "wire/chunked.h"

#include <algorithm>

#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

// What 64 bits hold. Leading zeros count too: a size that needs more digits is somebody's trick,
// not a size.
constexpr unsigned kSizeDigitsMax = 16;
constexpr int kNotHex = -1;

int hex_value(char byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const char small = static_cast<char>(byte | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : kNotHex;
}

}  // namespace

ChunkedDecoder::State ChunkedDecoder::state() const noexcept {
  if (at_ == At::done) return State::done;
  return at_ == At::refused ? State::refused : State::more;
}

void ChunkedDecoder::refuse(std::string_view reason) noexcept {
  JUNCTOR_ASSERT(at_ != At::refused && at_ != At::done);
  refused_ = reason;
  at_ = At::refused;
}

// Data goes by in whole pieces; the framing between is a few bytes a chunk, and a byte at a time is
// what makes every cut of the network the same.
ChunkedDecoder::Step ChunkedDecoder::next(std::string_view in) noexcept {
  std::size_t used_bytes = 0;
  while (used_bytes < in.size() && state() == State::more) {
    if (at_ == At::data) {
      JUNCTOR_ASSERT(left_bytes_ > 0);
      const std::string_view data = in.substr(used_bytes, left_bytes_);
      left_bytes_ -= data.size();
      if (left_bytes_ == 0) at_ = At::data_cr;
      return {used_bytes + data.size(), data, State::more};
    }
    take(in[used_bytes]);
    ++used_bytes;
  }
  return {used_bytes, {}, state()};
}

// One byte of framing.
void ChunkedDecoder::take(char byte) noexcept {
  JUNCTOR_ASSERT(at_ != At::data && at_ != At::done && at_ != At::refused);
  switch (at_) {
    case At::size_first:
    case At::size: return take_size(byte);
    case At::extension: return take_extension(byte);
    case At::size_lf:
      if (byte != '\n') return refuse("bare_cr");
      at_ = left_bytes_ == 0 ? At::trailer_first : At::data;
      return;
    case At::data_cr:
      if (byte != '\r') return refuse("no_chunk_end");
      at_ = At::data_lf;
      return;
    case At::data_lf:
      if (byte != '\n') return refuse("no_chunk_end");
      at_ = At::size_first;
      return;
    default: return take_trailer(byte);
  }
}

// Blanks around the size are refused like any other byte: RFC 9112 section 7.1 has none, and
// readers that skip them disagree about which.
void ChunkedDecoder::take_size(char byte) noexcept {
  if (at_ == At::size_first) {
    left_bytes_ = 0;
    size_digits_ = 0;
    at_ = At::size;
  }
  const int digit = hex_value(byte);
  if (digit != kNotHex) {
    if (size_digits_ == kSizeDigitsMax) return refuse("chunk_size_too_long");
    ++size_digits_;
    left_bytes_ = left_bytes_ << 4U | static_cast<std::uint64_t>(digit);
    return;
  }
  if (size_digits_ == 0) return refuse("bad_chunk_size");
  if (byte == '\r') {
    at_ = At::size_lf;
  } else if (byte == ';') {
    at_ = At::extension;
    take_extension(byte);  // The semicolon counts.
  } else {
    refuse(byte == '\n' ? "bare_lf" : "bad_chunk_size");
  }
}

// Extensions mean nothing to us; what matters is that they hold no byte somebody takes for a line
// end.
void ChunkedDecoder::take_extension(char byte) noexcept {
  if (byte == '\r') {
    at_ = At::size_lf;
  } else if (byte == '\n') {
    refuse("bare_lf");
  } else if (!may_stand_in_value(byte)) {
    refuse("bad_chunk_extension");
  } else if (++extension_bytes_ > limits_.extension_bytes_max) {
    refuse("chunk_extension_too_long");
  }
}

// The rules are those of fields in a head, and so are the reasons. The budget counts line ends too,
// or empty names would cost nothing.
void ChunkedDecoder::take_trailer(char byte) noexcept {
  if (++trailer_bytes_ > limits_.trailer_bytes_max) return refuse("trailer_too_large");
  switch (at_) {
    case At::trailer_first:
      if (byte == '\r') {
        at_ = At::end_lf;
        return;
      }
      if (is_blank(byte)) return refuse(trailers_ == 0 ? "leading_blank" : "obs_fold");
      if (byte == ':') return refuse("empty_name");
      if (++trailers_ > limits_.trailers_max) return refuse("too_many_trailers");
      name_bytes_ = 0;
      at_ = At::trailer_name;
      [[fallthrough]];
    case At::trailer_name:
      if (byte == ':') return end_trailer_name();
      if (byte == '\n') return refuse("bare_lf");
      if (!is_in(byte, kTokenByte)) return refuse(is_blank(byte) ? "blank_in_name" : "bad_name");
      if (name_bytes_ < kNameBytesKept) name_[name_bytes_] = byte;
      if (name_bytes_ <= kNameBytesKept) ++name_bytes_;
      return;
    case At::trailer_value:
      if (byte == '\r') {
        at_ = At::trailer_lf;
      } else if (!may_stand_in_value(byte)) {
        refuse(byte == '\n' ? "bare_lf" : "control_in_value");
      }
      return;
    default:
      JUNCTOR_ASSERT(at_ == At::trailer_lf || at_ == At::end_lf);
      if (byte != '\n') return refuse("bare_cr");
      at_ = at_ == At::end_lf ? At::done : At::trailer_first;
  }
}

// A trailer is thrown away; one that bears a name somebody acts on in a head is an attempt to have
// it merged there (RFC 9110 section 6.5.1). Those names are all short enough to be kept, families
// too.
void ChunkedDecoder::end_trailer_name() noexcept {
  const std::string_view name{name_.data(), std::min<std::size_t>(name_bytes_, kNameBytesKept)};
  JUNCTOR_ASSERT(!name.empty());
  if (classify(name) != HeaderId::other) return refuse("forbidden_trailer");
  at_ = At::trailer_value;
}

// Written from its end, since the number of digits is known only then.
ChunkHeader::ChunkHeader(std::size_t data_bytes) noexcept : begin_{text_.size() - 2} {
  JUNCTOR_ASSERT(data_bytes > 0);
  text_[begin_] = '\r';
  text_[begin_ + 1] = '\n';
  for (std::size_t left = data_bytes; left != 0; left >>= 4U) {
    text_[--begin_] = "0123456789abcdef"[left & 0xFU];
  }
}

void append_chunk_header(Buffer& out, std::size_t data_bytes) {
  out.append(ChunkHeader{data_bytes}.view());
}

// A chunk without data would be the last one.
void append_chunk(Buffer& out, std::string_view data) {
  if (data.empty()) return;
  append_chunk_header(out, data.size());
  out.append(data);
  out.append(kChunkEnd);
}

}  // namespace junctor::wire::http1
