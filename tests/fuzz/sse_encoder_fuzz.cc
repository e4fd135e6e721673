// Property: decode(encode(event)) is the event, with line ends in the data become LF.
// The input is cut into id, type and data at bytes 0xFF; a first byte that is odd adds a retry.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/buffer.h"
#include "wire/sse_decoder.h"
#include "wire/sse_encoder.h"

namespace {

// As far as the next cut, without the characters that no field can hold.
std::string take_field(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\xFF'), rest.size());
  std::string field;
  for (const char byte : rest.substr(0, end)) {
    if (byte != '\r' && byte != '\n' && byte != '\0') field += byte;
  }
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

std::string with_line_feeds(std::string_view data) {
  std::string out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    out += data[i] == '\r' ? '\n' : data[i];
    if (data.substr(i, 2) == "\r\n") ++i;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
  const std::string id = take_field(rest);
  const std::string type = take_field(rest);
  junctor::wire::SseHead head{.id = id, .type = type, .retry = {}};
  if ((data[0] & 1U) != 0) head.retry = std::chrono::milliseconds{data[0]};
  junctor::Buffer out;
  junctor::wire::append_sse_comment(out, rest);
  junctor::wire::append_sse_event(out, head, rest);
  junctor::wire::SseDecoder decoder;
  decoder.feed(out.view());
  const auto event = decoder.next();
  JUNCTOR_ASSERT(event && *event);
  JUNCTOR_ASSERT((*event)->id == id && (*event)->has_id && (*event)->has_data);
  JUNCTOR_ASSERT((*event)->type == (type.empty() ? "message" : type));
  JUNCTOR_ASSERT((*event)->retry == head.retry);
  JUNCTOR_ASSERT((*event)->data == with_line_feeds(rest));
  const auto none = decoder.next();
  JUNCTOR_ASSERT(none && !*none);
  return 0;
}
