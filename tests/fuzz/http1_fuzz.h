#pragma once
// What the fuzz targets of the HTTP/1 heads share: limits small enough to be reached, and the
// comparison of fields and scans.
//
// Threads: pure functions.

#include <algorithm>
#include <array>
#include <string_view>

#include "base/assert.h"
#include "wire/http1.h"
#include "wire/http1_scan.h"
#include "wire/http1_writer.h"

namespace junctor::wire::http1 {

inline constexpr Limits kFuzzLimits{
    .head_bytes_max = 4096, .headers_max = 16, .target_bytes_max = 256};
// Writing adds a blank behind each colon and a version; this is room for that.
inline constexpr std::size_t kWriteBytesMax = 8192;
// Up to here a text is parsed at every length; above, at some.
inline constexpr std::size_t kEveryCutBytesMax = 400;

inline void expect_same_fields(const Headers& a, const Headers& b) {
  const auto is_same = [](const Header& x, const Header& y) {
    return x.name == y.name && x.value == y.value && x.id == y.id;
  };
  JUNCTOR_ASSERT(std::ranges::equal(a, b, is_same));
}

template <class Scan>
void expect_same_scan(std::string_view text) {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end; ++at) {
    const char* want = scan_scalar<Scan>(at, end);
    JUNCTOR_ASSERT(scan<Scan>(at, end) == want);
    at = std::min(want, end - 1);
  }
}

inline void expect_twins_agree(std::string_view text) {
  expect_same_scan<ControlScan>(text);
  expect_same_scan<InvisibleScan>(text);
  expect_same_scan<NameEndScan>(text);
  expect_same_scan<PathEndScan>(text);
}

// Parses longer and longer beginnings of `text` with `parse` until one has an outcome; that must be
// the outcome of the whole.
template <class ParseText>
void expect_cuts_do_not_matter(std::string_view text, const ParseResult& whole, ParseText parse) {
  const std::size_t step = text.size() <= kEveryCutBytesMax ? 1 : 1 + text.size() % 97;
  ParseResult got;
  for (std::size_t bytes = 0; got.outcome == Parse::incomplete; bytes += step) {
    got = parse(text.substr(0, bytes));
    if (bytes >= text.size()) break;
  }
  JUNCTOR_ASSERT(got.outcome == whole.outcome);
  JUNCTOR_ASSERT(got.consumed == whole.consumed);
  JUNCTOR_ASSERT(got.refusal.status == whole.refusal.status);
  JUNCTOR_ASSERT(got.refusal.reason == whole.refusal.reason);
}

// HeadScan may put a refusal off, never the end of a good head.
template <class ParseText>
void expect_scan_finds_the_end(std::string_view text, const ParseResult& whole, ParseText parse) {
  HeadScan scan;
  ParseResult got;
  for (std::size_t bytes = 0; bytes <= text.size() && got.outcome == Parse::incomplete; ++bytes) {
    const std::string_view there = text.substr(0, bytes);
    if (scan.is_worth_parsing(there, kFuzzLimits)) got = parse(there);
  }
  const bool is_complete = whole.outcome == Parse::complete;
  JUNCTOR_ASSERT((got.outcome == Parse::complete) == is_complete);
  JUNCTOR_ASSERT(!is_complete || got.consumed == whole.consumed);
}

}  // namespace junctor::wire::http1
