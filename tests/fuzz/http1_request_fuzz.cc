// Properties: where the network cuts a request head does not change what becomes of it; what is
// accepted can be written and is read back the same; the vector scans agree with their scalar
// twins.

#include <cstdint>
#include <memory>

#include "http1_fuzz.h"

namespace junctor::wire::http1 {
namespace {

void expect_written_is_read_the_same(const RequestHead& head) {
  if (head.minor == 0) return;  // We write HTTP/1.1, where other rules hold.
  std::array<char, kWriteBytesMax> room{};
  HeadWriter writer{room};
  writer.request_line(head.method_text, head.target);
  for (const Header& header : head.headers) writer.header(header.name, header.value);
  const auto bytes = writer.finish();
  JUNCTOR_ASSERT(bytes.has_value());
  constexpr Limits kRoomy{.head_bytes_max = kWriteBytesMax};
  RequestHead again;
  const ParseResult got = parse_request_head({room.data(), *bytes}, kRoomy, again);
  JUNCTOR_ASSERT(got.outcome == Parse::complete && got.consumed == *bytes);
  expect_same_fields(head.headers, again.headers);
  JUNCTOR_ASSERT(again.method == head.method && again.method_text == head.method_text);
  JUNCTOR_ASSERT(again.target == head.target && again.path == head.path);
  JUNCTOR_ASSERT(again.query == head.query && again.host == head.host);
  JUNCTOR_ASSERT(again.body == head.body && again.content_length == head.content_length);
  JUNCTOR_ASSERT(again.keep_alive == head.keep_alive);
  JUNCTOR_ASSERT(again.expect_continue == head.expect_continue);
}

void expect_sound(const RequestHead& head) {
  JUNCTOR_ASSERT(is_token(head.method_text));
  JUNCTOR_ASSERT(!head.path.empty());
  JUNCTOR_ASSERT(head.host.empty() ? head.minor == 0 : is_authority(head.host));
  JUNCTOR_ASSERT(head.body != BodyKind::until_close);
  JUNCTOR_ASSERT((head.body == BodyKind::length) == (head.content_length != 0));
  JUNCTOR_ASSERT(head.headers.count(HeaderId::host) <= 1);
}

}  // namespace
}  // namespace junctor::wire::http1

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace junctor::wire::http1;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  RequestHead head;
  const auto parse = [](std::string_view there) {
    RequestHead scratch;
    return parse_request_head(there, kFuzzLimits, scratch);
  };
  const ParseResult whole = parse_request_head(text, kFuzzLimits, head);
  expect_cuts_do_not_matter(text, whole, parse);
  expect_scan_finds_the_end(text, whole, parse);
  expect_twins_agree(text);
  if (whole.outcome == Parse::complete) {
    expect_sound(head);
    expect_written_is_read_the_same(head);
  }
  return 0;
}
