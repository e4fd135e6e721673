// Property: a traceparent that is accepted is sent on as a valid one of version 00 that means the
// same, and equals the input when that was of version 00 with known flags; a tracestate stays
// within its bounds, in members of the input, and bounding it again changes nothing. The input up
// to the first line end is the traceparent, the rest the tracestate.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/trace.h"

namespace {

void check_traceparent(std::string_view text) {
  const auto context = junctor::parse_traceparent(text);
  if (!context) return;
  JUNCTOR_ASSERT(!context->trace_id.is_zero() && !context->parent_id.is_zero());
  const auto sent = junctor::format_traceparent(*context);
  const std::string_view sent_text{sent.data(), sent.size()};
  JUNCTOR_ASSERT(junctor::parse_traceparent(sent_text) == context);
  JUNCTOR_ASSERT(text.substr(3, 50) == sent_text.substr(3, 50));
  if (text.starts_with("00")) JUNCTOR_ASSERT(text.size() == sent_text.size());
}

void check_tracestate(std::string_view text) {
  const std::string kept = junctor::bounded_tracestate(text);
  JUNCTOR_ASSERT(kept.size() <= junctor::kTracestateBytesMax);
  JUNCTOR_ASSERT(junctor::bounded_tracestate(kept) == kept);
  for (std::string_view rest = kept; !rest.empty();) {
    const auto comma = std::min(rest.find(','), rest.size());
    JUNCTOR_ASSERT(text.find(rest.substr(0, comma)) != std::string_view::npos);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const auto line_end = std::min(input.find('\n'), input.size());
  check_traceparent(input.substr(0, line_end));
  check_tracestate(input.substr(std::min(line_end + 1, input.size())));
  return 0;
}
