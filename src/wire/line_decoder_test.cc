// Goal: lines are found whole whatever the cuts, blank ones are none, and the limit is exact.
// Method: rows of a stream and its lines; each is fed whole, byte by byte and in small pieces that
// are overwritten once they are used up.

#include "wire/line_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace junctor::wire {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Lines = std::vector<std::string>;

constexpr std::size_t kMax = 8;

// "too_large" stands for the error, '~' marks what finish() gives.
Lines decode(std::string_view stream, std::size_t piece_bytes) {
  LineDecoder decoder{kMax};
  Lines lines;
  while (!stream.empty()) {
    std::string piece{stream.substr(0, piece_bytes)};
    stream.remove_prefix(piece.size());
    decoder.feed(piece);
    while (true) {
      const auto line = decoder.next();
      if (!line) {
        EXPECT_EQ(line.error().kind(), ErrorKind::too_large);
        EXPECT_FALSE(decoder.next().has_value()) << "spent once, spent for good";
        EXPECT_EQ(decoder.finish(), std::nullopt);
        lines.emplace_back("too_large");
        return lines;
      }
      if (!*line) break;
      lines.emplace_back(**line);
    }
    std::ranges::fill(piece, '#');
  }
  if (const auto last = decoder.finish()) lines.push_back("~" + std::string{*last});
  return lines;
}

struct Case {
  std::string_view name;
  std::string_view stream;
  Lines lines;
};

const Case kCases[] = {
    {"nothing", "", {}},
    {"one", "{}\n", {"{}"}},
    {"two", "{}\n[]\n", {"{}", "[]"}},
    {"crlf", "{}\r\n[]\r\n", {"{}", "[]"}},
    {"cr_inside", "a\rb\n", {"a\rb"}},
    {"blank_lines", "\n\r\n \t\n{}\n\n", {"{}"}},
    {"without_end", "{}\n[1]", {"{}", "~[1]"}},
    {"cr_at_the_end", "{}\n[1]\r", {"{}", "~[1]"}},
    {"blanks_at_the_end", "{}\n  ", {"{}"}},
    {"nul", "a\0b\n"sv, {"a\0b"s}},
    {"at_the_limit", "12345678\n", {"12345678"}},
    {"at_the_limit_with_crlf", "12345678\r\n", {"12345678"}},
    {"at_the_limit_without_end", "12345678", {"~12345678"}},
    {"over_the_limit", "123456789\n", {"too_large"}},
    {"over_the_limit_behind_others", "1\n1234567890123\n2\n", {"1", "too_large"}},
    {"over_the_limit_without_end", "1234567890", {"too_large"}},
    {"blanks_over_the_limit", "          \n", {"too_large"}},
};

TEST(LineDecoder, CutsChangeNothing) {
  for (const Case& row : kCases) {
    for (const std::size_t bytes :
         {row.stream.size() + 1, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}}) {
      EXPECT_EQ(decode(row.stream, bytes), row.lines) << row.name << " in pieces of " << bytes;
    }
  }
}

TEST(LineDecoder, ALineThatIsWholeIsAViewOfThePiece) {
  LineDecoder decoder{kMax};
  const std::string piece = "abc\ndef\n";
  decoder.feed(piece);
  EXPECT_EQ((*decoder.next())->data(), piece.data());
  EXPECT_EQ((*decoder.next())->data(), piece.data() + 4);
  EXPECT_EQ(*decoder.next(), std::nullopt);
}

TEST(LineDecoder, HoldsNothingBetweenLines) {
  LineDecoder decoder{kMax};
  EXPECT_TRUE(decoder.idle());
  decoder.feed("ab");
  EXPECT_EQ(*decoder.next(), std::nullopt);
  EXPECT_FALSE(decoder.idle());
  decoder.feed("c\n");
  EXPECT_EQ(*decoder.next(), "abc");
  EXPECT_EQ(*decoder.next(), std::nullopt);
  EXPECT_TRUE(decoder.idle());
}

}  // namespace
}  // namespace junctor::wire
