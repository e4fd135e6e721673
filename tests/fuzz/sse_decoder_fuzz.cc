// Property: how the network cuts the stream changes neither the events nor the error.
// The first byte of the input chooses the size of the pieces; the rest is the stream. Each piece is
// a copy that is freed when it is used up, so that ASan sees a view kept too long.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "wire/sse_decoder.h"

namespace {

using junctor::wire::SseDecoder;
using junctor::wire::SseEvent;

constexpr SseDecoder::Limits kLimits{.event_bytes_max = 256};

struct Seen {
  std::string data, type, id;
  std::optional<std::chrono::milliseconds> retry;
  bool has_data = false;
  bool has_id = false;
  bool operator==(const Seen&) const = default;
};

Seen seen(const SseEvent& event) {
  return {.data = std::string{event.data},
          .type = std::string{event.type},
          .id = std::string{event.id},
          .retry = event.retry,
          .has_data = event.has_data,
          .has_id = event.has_id};
}

struct Run {
  std::vector<Seen> events;
  bool failed = false;
  bool operator==(const Run&) const = default;
};

Run decode(std::string_view stream, std::size_t piece_bytes) {
  SseDecoder decoder{kLimits};
  Run run;
  while (!stream.empty()) {
    const std::vector<char> piece{
        stream.begin(),
        stream.begin() + static_cast<std::ptrdiff_t>(std::min(piece_bytes, stream.size()))};
    stream.remove_prefix(piece.size());
    decoder.feed({piece.data(), piece.size()});
    while (true) {
      const auto event = decoder.next();
      if (!event) {
        run.failed = true;
        return run;
      }
      if (!*event) break;
      JUNCTOR_ASSERT((*event)->data.size() <= kLimits.event_bytes_max);
      run.events.push_back(seen(**event));
    }
  }
  if (const auto last = decoder.finish()) run.events.push_back(seen(*last));
  return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_bytes = 1U + data[0];
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  const Run whole = decode(stream, size);
  JUNCTOR_ASSERT(whole == decode(stream, piece_bytes));
  JUNCTOR_ASSERT(whole == decode(stream, 1));
  return 0;
}
