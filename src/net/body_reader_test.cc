// Goal: a body is the same however it is cut, ends where its framing says, and is refused for the
// same reason in any pieces.
// Method: tables of heads and bytes, each fed whole, byte by byte, and cut once everywhere.

#include "net/body_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace junctor::net {
namespace {

using wire::http1::BodyKind;

struct Case {
  const char* name;
  BodyKind kind;
  std::size_t length;
  std::string bytes;
  std::string text;    // The body, or the reason of the error.
  std::string behind;  // What is not the body's.
};

const Case kCases[] = {
    {"length", BodyKind::length, 5, "hello", "hello", ""},
    {"length_with_more_behind", BodyKind::length, 5, "helloGET /", "hello", "GET /"},
    {"chunks", BodyKind::chunked, 0, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", ""},
    {"chunks_with_more_behind", BodyKind::chunked, 0, "1\r\na\r\n0\r\n\r\nGET /", "a", "GET /"},
    {"no_chunks", BodyKind::chunked, 0, "0\r\n\r\n", "", ""},
    {"trailers", BodyKind::chunked, 0, "1;a=b\r\nz\r\n0\r\nX: y\r\n\r\n", "z", ""},
    {"just_fits", BodyKind::chunked, 0, "8\r\n01234567\r\n0\r\n\r\n", "01234567", ""},
    {"too_large", BodyKind::chunked, 0, "9\r\n012345678\r\n0\r\n\r\n", "body_too_large", ""},
    {"too_large_in_parts", BodyKind::chunked, 0, "5\r\n01234\r\n4\r\n5678\r\n0\r\n\r\n",
     "body_too_large", ""},
    {"bad_size", BodyKind::chunked, 0, "x\r\n", "bad_chunk_size", ""},
    {"huge_size", BodyKind::chunked, 0, "fffffffffffffffff\r\n", "chunk_size_too_long", ""},
    {"no_end", BodyKind::chunked, 0, "1\r\na0\r\n\r\n", "no_chunk_end", ""},
};

// Text or reason, and what is left of `bytes`.
std::pair<std::string, std::string> feed(const Case& each, const std::vector<std::size_t>& cuts) {
  wire::http1::RequestHead head;
  head.body = each.kind;
  head.content_length = each.length;
  BodyReader reader{head, 8};
  std::string behind;
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    const std::string_view piece = std::string_view{each.bytes}.substr(at, cut - at);
    at = cut;
    if (reader.done()) {
      behind += piece;
      continue;
    }
    EXPECT_GT(reader.wanted(100), 0U);
    if (each.kind == BodyKind::length) {
      EXPECT_LE(reader.wanted(100), each.length);
    }
    const auto used = reader.take(piece);
    if (!used) return {std::string{used.error().reason()}, ""};
    behind += piece.substr(*used);
  }
  EXPECT_TRUE(reader.done());
  const Buffer text = std::move(reader).text();
  return {std::string{text.view()}, behind};
}

TEST(BodyReader, CutsChangeNothing) {
  for (const Case& each : kCases) {
    SCOPED_TRACE(each.name);
    const std::pair wanted{each.text, each.behind};
    std::vector<std::size_t> all;
    for (std::size_t cut = 1; cut <= each.bytes.size(); ++cut) {
      all.push_back(cut);
      EXPECT_EQ(feed(each, {cut, each.bytes.size()}), wanted) << "cut at " << cut;
    }
    EXPECT_EQ(feed(each, {each.bytes.size()}), wanted);
    EXPECT_EQ(feed(each, all), wanted) << "byte by byte";
  }
}

TEST(BodyReader, NoMoreIsWantedThanTheLengthSays) {
  wire::http1::RequestHead head;
  head.body = BodyKind::length;
  head.content_length = 10;
  BodyReader reader{head, 10};
  EXPECT_EQ(reader.wanted(4), 4U);
  EXPECT_EQ(reader.wanted(100), 10U);
  EXPECT_EQ(reader.take("abc").value(), 3U);
  EXPECT_EQ(reader.wanted(100), 7U);
  EXPECT_FALSE(reader.done());
}

}  // namespace
}  // namespace junctor::net
