// Properties: where the network cuts a response head does not change what becomes of it; what is
// accepted can be written and is read back the same; whether a body follows HEAD is never in doubt.

#include <cstdint>

#include "http1_fuzz.h"

namespace junctor::wire::http1 {
namespace {

// The phrase is not compared: the standard one is written.
void expect_written_is_read_the_same(const ResponseHead& head, RequestKind answered) {
  if (head.minor == 0) return;  // We write HTTP/1.1, where other rules hold.
  std::array<char, kWriteBytesMax> room{};
  HeadWriter writer{room};
  writer.status_line(head.status);
  for (const Header& header : head.headers) writer.header(header.name, header.value);
  const auto bytes = writer.finish();
  JUNCTOR_ASSERT(bytes.has_value());
  constexpr Limits kRoomy{.head_bytes_max = kWriteBytesMax};
  ResponseHead again;
  const ParseResult got = parse_response_head({room.data(), *bytes}, kRoomy, answered, again);
  JUNCTOR_ASSERT(got.outcome == Parse::complete && got.consumed == *bytes);
  expect_same_fields(head.headers, again.headers);
  JUNCTOR_ASSERT(again.status == head.status && again.keep_alive == head.keep_alive);
  JUNCTOR_ASSERT(again.body == head.body && again.content_length == head.content_length);
}

void expect_sound(const ResponseHead& head, RequestKind answered) {
  const bool never_has_body = head.status < 200 || head.status == 204 || head.status == 304 ||
                              answered == RequestKind::head;
  JUNCTOR_ASSERT(!never_has_body || head.body == BodyKind::none);
  JUNCTOR_ASSERT(head.status >= 100 && head.status <= 599 && head.status != 101);
  JUNCTOR_ASSERT(head.body != BodyKind::until_close || !head.keep_alive);
  JUNCTOR_ASSERT(head.body != BodyKind::length || head.content_length != 0);
}

void try_kind(std::string_view text, RequestKind answered) {
  ResponseHead head;
  const auto parse = [answered](std::string_view there) {
    ResponseHead scratch;
    return parse_response_head(there, kFuzzLimits, answered, scratch);
  };
  const ParseResult whole = parse_response_head(text, kFuzzLimits, answered, head);
  expect_cuts_do_not_matter(text, whole, parse);
  expect_scan_finds_the_end(text, whole, parse);
  if (whole.outcome == Parse::complete) {
    expect_sound(head, answered);
    expect_written_is_read_the_same(head, answered);
  }
}

}  // namespace
}  // namespace junctor::wire::http1

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace junctor::wire::http1;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  try_kind(text, RequestKind::other);
  try_kind(text, RequestKind::head);
  return 0;
}
