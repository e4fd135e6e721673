// Property: how the stream is cut changes neither the lines nor the error, and no line holds a line
// feed or is over the limit. The first byte of the input chooses the size of the pieces. Each piece
// is a copy that is freed when it is used up, so that ASan sees a view kept too long.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "wire/line_decoder.h"

namespace {

constexpr std::size_t kLineBytesMax = 64;

struct Run {
  std::vector<std::string> lines;
  bool failed = false;
  bool operator==(const Run&) const = default;
};

Run decode(std::string_view stream, std::size_t piece_bytes) {
  junctor::wire::LineDecoder decoder{kLineBytesMax};
  Run run;
  while (!stream.empty()) {
    const std::string piece{stream.substr(0, piece_bytes)};
    stream.remove_prefix(piece.size());
    decoder.feed(piece);
    while (true) {
      const auto line = decoder.next();
      if (!line) {
        run.failed = true;
        return run;
      }
      if (!*line) break;
      JUNCTOR_ASSERT((*line)->size() <= kLineBytesMax && !(*line)->contains('\n'));
      run.lines.emplace_back(**line);
    }
  }
  if (const auto last = decoder.finish()) run.lines.emplace_back(*last);
  return run;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_bytes = 1U + data[0] % 100U;
  const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
  const Run whole = decode(stream, size);
  JUNCTOR_ASSERT(whole == decode(stream, piece_bytes));
  JUNCTOR_ASSERT(whole == decode(stream, 1));
  return 0;
}
