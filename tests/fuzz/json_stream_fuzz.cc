// Property: how a body is cut changes neither the stops nor the verdict, and the verdict is that of
// the scan of the whole text with the same keys; what the envelope notes is what the scan captured.
// The first byte of the input chooses the size of the pieces and whether many documents may follow.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "wire/json_scan.h"
#include "wire/json_stream.h"

namespace {

using junctor::wire::JsonFault;
using junctor::wire::JsonKind;
using junctor::wire::JsonStop;
using junctor::wire::JsonStream;
using junctor::wire::JsonValue;
using junctor::wire::KeyNode;

constexpr KeyNode kResult[] = {{.key = "resultType", .slot = 6}};
constexpr KeyNode kTree[] = {{.key = "jsonrpc", .slot = 0},
                             {.key = "id", .slot = 1},
                             {.key = "method", .slot = 2},
                             {.key = "params", .slot = 3},
                             {.key = "result", .slot = 4, .children = kResult},
                             {.key = "error", .slot = 5}};

using Trace = std::vector<std::pair<JsonStop, std::uint64_t>>;

Trace run(JsonStream& stream, std::string_view text, std::size_t piece_bytes) {
  Trace trace;
  while (!text.empty()) {
    std::string_view piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    while (true) {
      const JsonStream::Step step = stream.feed(piece);
      JUNCTOR_ASSERT(step.used <= piece.size());
      piece.remove_prefix(step.used);
      if (step.stop == JsonStop::more) break;
      trace.emplace_back(step.stop, stream.offset());
      if (step.stop == JsonStop::fault) return trace;
    }
    JUNCTOR_ASSERT(piece.empty());
  }
  const JsonStop last = stream.finish();
  if (last != JsonStop::more) trace.emplace_back(last, stream.offset());
  return trace;
}

void check_envelope(const JsonStream& stream, const std::array<JsonValue, 7>& slots) {
  const auto& envelope = stream.envelope();
  const JsonKind kinds[] = {envelope.jsonrpc, envelope.id,    envelope.method,     envelope.params,
                            envelope.result,  envelope.error, envelope.result_type};
  for (std::size_t i = 0; i < slots.size(); ++i) JUNCTOR_ASSERT(kinds[i] == slots[i].kind);
  const JsonValue& id = slots[1];
  const bool is_scalar = id.kind != JsonKind::object && id.kind != JsonKind::array;
  const bool is_kept = is_scalar && id.raw.size() <= junctor::wire::kJsonIdBytesMax;
  JUNCTOR_ASSERT(stream.id() == (is_kept ? id.raw : std::string_view{}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_bytes = 1U + (data[0] & 0x7FU);
  const bool is_many = (data[0] & 0x80U) != 0;
  const auto documents = is_many ? JsonStream::Documents::many : JsonStream::Documents::one;
  const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  JsonStream whole{documents};
  JsonStream cut{documents};
  JsonStream bytes{documents};
  const Trace trace = run(whole, text, size);
  JUNCTOR_ASSERT(trace == run(cut, text, piece_bytes));
  JUNCTOR_ASSERT(trace == run(bytes, text, 1));
  JUNCTOR_ASSERT(whole.fault() == cut.fault() && whole.fault() == bytes.fault());
  if (is_many) return 0;
  std::array<JsonValue, 7> slots;
  const bool is_valid{junctor::wire::scan_json(text, kTree, slots)};
  JUNCTOR_ASSERT(is_valid == (whole.fault() == JsonFault::none));
  if (is_valid) check_envelope(whole, slots);
  return 0;
}
