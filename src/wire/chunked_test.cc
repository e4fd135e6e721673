// Goal: a chunked body gives the same data however it is cut, ends where it says, and every
// deviation from the grammar that two readers could read differently is refused. Method: tables
// with one named row per rule; each row whole, byte by byte, and in pieces of every size, from
// memory of exactly the size of the piece; what is written is decoded again.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "wire/chunked.h"

namespace junctor::wire::http1 {
namespace {

using namespace std::string_literals;
using State = ChunkedDecoder::State;

struct Decoded {
  std::string data;
  State state = State::more;
  std::size_t consumed = 0;
  std::string refused;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view stream, std::size_t piece_bytes_max,
               ChunkedDecoder::Limits limits = {}) {
  ChunkedDecoder decoder{limits};
  Decoded out;
  while (!stream.empty() && out.state == State::more) {
    const std::string_view piece = stream.substr(0, piece_bytes_max);
    stream.remove_prefix(piece.size());
    const std::vector<char> exact{piece.begin(), piece.end()};
    for (std::string_view in{exact.data(), exact.size()}; !in.empty();) {
      const ChunkedDecoder::Step step = decoder.next(in);
      out.data += step.data;
      out.state = step.state;
      if (step.state == State::refused) break;
      out.consumed += step.consumed;
      in.remove_prefix(step.consumed);
      if (step.state == State::done) break;
    }
  }
  EXPECT_EQ(out.state, decoder.state());
  out.refused = decoder.refusal().reason;
  return out;
}

constexpr auto kRowName = [](const auto& row) { return std::string{row.param.name}; };

struct AcceptedCase {
  std::string_view name;
  std::string stream;
  std::string data;
};

class ChunkedAccepted : public testing::TestWithParam<AcceptedCase> {};

TEST_P(ChunkedAccepted, InPiecesOfAnySize) {
  const AcceptedCase& row = GetParam();
  const Decoded want{row.data, State::done, row.stream.size(), {}};
  for (std::size_t piece = 1; piece <= row.stream.size(); ++piece) {
    EXPECT_EQ(decode(row.stream, piece), want) << piece;
    EXPECT_EQ(decode(row.stream + "GET / HTTP/1.1\r\n", piece), want) << piece;
  }
}

const AcceptedCase kAcceptedCases[] = {
    {"empty", "0\r\n\r\n", ""},
    {"zeros", "000\r\n\r\n", ""},
    {"one", "5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"two", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"leading_zeros", "0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"},
    {"small_hex", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
    {"large_hex", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
    {"hex_of_two_digits", "1f\r\n" + std::string(31, 'x') + "\r\n0\r\n\r\n", std::string(31, 'x')},
    {"data_like_framing", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"},
    {"data_of_any_byte", "4\r\n\0\xFF\r\n\r\n0\r\n\r\n"s, "\0\xFF\r\n"s},
    {"extension", "5;a\r\nhello\r\n0\r\n\r\n", "hello"},
    {"extension_value", "5;a=b;c=\"d e\";f\r\nhello\r\n0;g\r\n\r\n", "hello"},
    {"extension_with_blanks", "5; a = b\t\r\nhello\r\n0\r\n\r\n", "hello"},
    {"trailer", "0\r\nA: b\r\n\r\n", ""},
    {"trailers", "1\r\nx\r\n0\r\nA: b\r\nDigest:\t\xC3\xA9\r\nC:\r\n\r\n", "x"},
    {"trailer_of_long_name", "0\r\n" + std::string(300, 'n') + ": b\r\n\r\n", ""},
};

INSTANTIATE_TEST_SUITE_P(Rules, ChunkedAccepted, testing::ValuesIn(kAcceptedCases), kRowName);

struct RefusedCase {
  std::string_view name;
  std::string stream;
  std::string_view reason;
  std::string_view data = {};
};

class ChunkedRefused : public testing::TestWithParam<RefusedCase> {};

TEST_P(ChunkedRefused, InPiecesOfAnySize) {
  const RefusedCase& row = GetParam();
  for (std::size_t piece = 1; piece <= row.stream.size(); ++piece) {
    const Decoded got = decode(row.stream, piece);
    EXPECT_EQ(got.state, State::refused) << piece;
    EXPECT_EQ(got.refused, row.reason) << piece;
    EXPECT_EQ(got.data, row.data) << piece;
  }
}

const RefusedCase kSizeCases[] = {
    {"empty", "\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"prefix_valid", "5x\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"0x", "0x5\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"plus", "+5\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"minus", "-5\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"minus_zero", "-0\r\n\r\n", "bad_chunk_size"},
    {"underscore", "1_0\r\n", "bad_chunk_size"},
    {"underscore_alone", "_\r\n", "bad_chunk_size"},
    {"blank_in_front", " 5\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"blank_behind", "5 \r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"blank_before_extension", "5 ;a\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"tab_behind", "5\t\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"},
    {"nul_behind", "5\0\r\n"s, "bad_chunk_size"},
    {"17_digits", "00000000000000005\r\nhello\r\n0\r\n\r\n", "chunk_size_too_long"},
    {"overflow", "10000000000000005\r\nhello\r\n0\r\n\r\n", "chunk_size_too_long"},
    {"comma", "5,5\r\n", "bad_chunk_size"},
    {"g", "g\r\n", "bad_chunk_size"},
    {"at_sign", "@\r\n", "bad_chunk_size"},
    {"non_ascii", "\xC1\r\n", "bad_chunk_size"},
    {"second_chunk", "1\r\nx\r\ny\r\n", "bad_chunk_size", "x"},
};

const RefusedCase kLineCases[] = {
    {"bare_lf_behind_size", "5\nhello\r\n0\r\n\r\n", "bare_lf"},
    {"bare_cr_behind_size", "5\rhello\r\n0\r\n\r\n", "bare_cr"},
    {"cr_cr_lf_behind_size", "5\r\r\nhello\r\n0\r\n\r\n", "bare_cr"},
    {"bare_lf_behind_data", "5\r\nhello\n0\r\n\r\n", "no_chunk_end", "hello"},
    {"bare_cr_behind_data", "5\r\nhello\r0\r\n\r\n", "no_chunk_end", "hello"},
    {"two_other_bytes_behind_data", "5\r\nhelloXX0\r\n\r\n", "no_chunk_end", "hello"},
    {"data_longer_than_size", "5\r\nhello!\r\n0\r\n\r\n", "no_chunk_end", "hello"},
    {"no_crlf_behind_data", "5\r\nhello0\r\n\r\n", "no_chunk_end", "hello"},
    {"extra_crlf_before_last", "5\r\nhello\r\n\r\n0\r\n\r\n", "bad_chunk_size", "hello"},
    {"lf_ends_the_body", "0\r\n\n", "bare_lf"},
    {"cr_x_ends_the_body", "0\r\n\rX", "bare_cr"},
    {"lf_behind_last_size", "0\n\r\n", "bare_lf"},
};

const RefusedCase kExtensionCases[] = {
    {"bare_lf", "5;a\nhello\r\n0\r\n\r\n", "bare_lf"},
    {"bare_cr", "5;a\rb\r\nhello\r\n0\r\n\r\n", "bare_cr"},
    {"nul", "5;a\0\r\n"s, "bad_chunk_extension"},
    {"control", "5;\x01\r\n", "bad_chunk_extension"},
    {"quoted_lf", "5;a=\"\n\"\r\n", "bare_lf"},
    {"flood", "5;" + std::string(4096, 'a') + "\r\n", "chunk_extension_too_long"},
};

const RefusedCase kTrailerCases[] = {
    {"host", "0\r\nHost: b\r\n\r\n", "forbidden_trailer"},
    {"length", "0\r\nContent-Length: 5\r\n\r\n", "forbidden_trailer"},
    {"coding", "0\r\ntransfer-encoding: chunked\r\n\r\n", "forbidden_trailer"},
    {"authorization", "0\r\nAuthorization: Bearer x\r\n\r\n", "forbidden_trailer"},
    {"cookie", "0\r\nCookie: a=b\r\n\r\n", "forbidden_trailer"},
    {"forwarded", "0\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n", "forbidden_trailer"},
    {"session", "0\r\nMcp-Session-Id: x\r\n\r\n", "forbidden_trailer"},
    {"param", "0\r\nMcp-Param-" + std::string(60, 'x') + ": y\r\n\r\n", "forbidden_trailer"},
    {"second", "0\r\nA: b\r\nHost: b\r\n\r\n", "forbidden_trailer"},
    {"bare_lf", "0\r\nA: b\n\r\n", "bare_lf"},
    {"bare_cr", "0\r\nA: b\rC: d\r\n\r\n", "bare_cr"},
    {"nul", "0\r\nA: \0\r\n\r\n"s, "control_in_value"},
    {"obs_fold", "0\r\nA: b\r\n c\r\n\r\n", "obs_fold"},
    {"leading_blank", "0\r\n A: b\r\n\r\n", "leading_blank"},
    {"blank_in_name", "0\r\nA : b\r\n\r\n", "blank_in_name"},
    {"no_colon", "0\r\nabc\r\n\r\n", "bad_name"},
    {"no_colon_lf", "0\r\nabc\n", "bare_lf"},
    {"empty_name", "0\r\n: b\r\n\r\n", "empty_name"},
    {"bad_name", "0\r\n(: b\r\n\r\n", "bad_name"},
    {"request_behind_missing_crlf", "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "blank_in_name"},
};

INSTANTIATE_TEST_SUITE_P(Size, ChunkedRefused, testing::ValuesIn(kSizeCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Line, ChunkedRefused, testing::ValuesIn(kLineCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Extension, ChunkedRefused, testing::ValuesIn(kExtensionCases), kRowName);
INSTANTIATE_TEST_SUITE_P(Trailer, ChunkedRefused, testing::ValuesIn(kTrailerCases), kRowName);

TEST(ChunkedDecoder, WaitsForWhatIsMissing) {
  const std::string stream = "5;a\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t bytes = 0; bytes < stream.size(); ++bytes) {
    EXPECT_EQ(decode(stream.substr(0, bytes), stream.size()).state, State::more) << bytes;
  }
}

TEST(ChunkedDecoder, GivesViewsOfItsInput) {
  const std::string_view in = "5\r\nhello\r\n0\r\n\r\nrest";
  ChunkedDecoder decoder;
  const auto step = decoder.next(in);
  EXPECT_EQ(step.data, "hello");
  EXPECT_EQ(step.data.data(), in.data() + 3);
  EXPECT_EQ(step.consumed, 8U);
  const auto last = decoder.next(in.substr(step.consumed));
  EXPECT_EQ(last.state, State::done);
  EXPECT_EQ(in.substr(step.consumed + last.consumed), "rest");
  EXPECT_EQ(decoder.next("rest").consumed, 0U);
  EXPECT_EQ(decoder.next("rest").state, State::done);
}

TEST(ChunkedDecoder, StaysRefused) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.next("x").state, State::refused);
  EXPECT_EQ(decoder.refusal().status, 400);
  EXPECT_EQ(decoder.next("0\r\n\r\n").state, State::refused);
  EXPECT_EQ(decoder.next("0\r\n\r\n").consumed, 0U);
  EXPECT_EQ(decoder.refusal().reason, "bad_chunk_size");
}

TEST(ChunkedDecoder, TakesTheLargestSize) {
  ChunkedDecoder decoder;
  const auto step = decoder.next("ffffffffffffffff\r\nabc");
  EXPECT_EQ(step.data, "abc");
  EXPECT_EQ(step.state, State::more);
}

TEST(ChunkedLimits, ExtensionsCountOverTheWholeBody) {
  const ChunkedDecoder::Limits limits{.extension_bytes_max = 4};
  EXPECT_EQ(decode("1;a\r\nx\r\n0;b\r\n\r\n", 100, limits).state, State::done);
  EXPECT_EQ(decode("1;a\r\nx\r\n0;bc\r\n\r\n", 100, limits).refused, "chunk_extension_too_long");
}

TEST(ChunkedLimits, TrailersAreCounted) {
  const ChunkedDecoder::Limits few{.trailers_max = 2};
  EXPECT_EQ(decode("0\r\nA: b\r\nA: b\r\n\r\n", 100, few).state, State::done);
  EXPECT_EQ(decode("0\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", 100, few).refused, "too_many_trailers");
  const ChunkedDecoder::Limits small{.trailer_bytes_max = 8};
  EXPECT_EQ(decode("0\r\nA: b\r\n\r\n", 100, small).state, State::done);
  EXPECT_EQ(decode("0\r\nA: bc\r\n\r\n", 100, small).refused, "trailer_too_large");
}

TEST(ChunkHeader, IsTheSizeInHexadecimal) {
  EXPECT_EQ(ChunkHeader{1}.view(), "1\r\n");
  EXPECT_EQ(ChunkHeader{15}.view(), "f\r\n");
  EXPECT_EQ(ChunkHeader{16}.view(), "10\r\n");
  EXPECT_EQ(ChunkHeader{65536}.view(), "10000\r\n");
  EXPECT_EQ(ChunkHeader{~std::size_t{0}}.view(), "ffffffffffffffff\r\n");
  const ChunkHeader copy = ChunkHeader{0xABC};
  EXPECT_EQ(copy.view(), "abc\r\n");
}

TEST(ChunkEncoder, WritesWhatTheDecoderReads) {
  for (std::size_t bytes = 0; bytes < 40; ++bytes) {
    const std::string data(bytes, 'x');
    Buffer out;
    append_chunk(out, data);
    append_chunk(out, "");
    append_chunk(out, "tail");
    out.append(kLastChunk);
    const Decoded want{data + "tail", State::done, out.size(), {}};
    EXPECT_EQ(decode(out.view(), 3), want);
  }
}

TEST(ChunkEncoder, PiecesForScatteredWritesAreTheSameBytes) {
  const std::string data = "hello";
  Buffer whole;
  append_chunk(whole, data);
  const ChunkHeader header{data.size()};
  std::string pieces;
  for (const std::string_view piece : {header.view(), std::string_view{data}, kChunkEnd}) {
    pieces += piece;
  }
  EXPECT_EQ(pieces, whole.view());
  Buffer head_only;
  append_chunk_header(head_only, data.size());
  EXPECT_EQ(head_only.view(), "5\r\n");
}

// --- every byte at every place
// ---------------------------------------------------------------------

bool is_hex(int byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
         (byte >= 'A' && byte <= 'F');
}
bool is_visible_or_blank(int byte) {
  return byte == '\t' || (byte >= ' ' && byte != 0x7F);
}

struct Place {
  std::string_view name;
  std::string_view before;
  std::string_view behind;
  bool (*is_fine)(int byte);
};
const Place kPlaces[] = {
    {"first_of_a_size", "", "\r\n", [](int byte) { return is_hex(byte); }},
    {"within_a_size", "1", "\r\n", [](int byte) { return is_hex(byte) || byte == ';'; }},
    {"within_an_extension", "1;a", "\r\n", [](int byte) { return is_visible_or_blank(byte); }},
    {"line_feed_of_a_size", "1\r", "", [](int byte) { return byte == '\n'; }},
    {"data", "1\r\n", "\r\n", [](int) { return true; }},
    {"behind_data", "1\r\nx", "\n", [](int byte) { return byte == '\r'; }},
    {"line_feed_of_data", "1\r\nx\r", "", [](int byte) { return byte == '\n'; }},
    {"within_a_trailers_value", "0\r\nA:", "\r\n",
     [](int byte) { return is_visible_or_blank(byte); }},
    {"line_feed_of_the_end", "0\r\n\r", "", [](int byte) { return byte == '\n'; }},
};

TEST(ChunkedDecoder, TakesAtEachPlaceTheBytesOfTheGrammarAlone) {
  for (const Place& place : kPlaces) {
    for (int byte = 0; byte < 256; ++byte) {
      // A line end is itself the end of a line there, followed by what was to follow.
      if (byte == '\r' && place.behind == "\r\n" && place.name != "data") continue;
      const std::string stream =
          std::string{place.before} + static_cast<char>(byte) + std::string{place.behind};
      const bool is_refused = decode(stream, 1).state == State::refused;
      EXPECT_EQ(is_refused, !place.is_fine(byte)) << place.name << ", byte " << byte;
    }
  }
}

TEST(ChunkedDecoder, GivesTheSameWhereverItIsCut) {
  const std::string stream = "3;x=1\r\nabc\r\n10\r\n0123456789ABCDEF\r\n0\r\nT: v\r\n\r\n";
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      ChunkedDecoder decoder;
      std::string data;
      for (const std::string& piece :
           {stream.substr(0, first), stream.substr(first, second - first), stream.substr(second)}) {
        for (std::string_view in = piece; !in.empty();) {
          const ChunkedDecoder::Step step = decoder.next(in);
          data += step.data;
          in.remove_prefix(step.consumed);
        }
      }
      EXPECT_EQ(decoder.state(), State::done) << first << ' ' << second;
      EXPECT_EQ(data, "abc0123456789ABCDEF") << first << ' ' << second;
    }
  }
}

}  // namespace
}  // namespace junctor::wire::http1
