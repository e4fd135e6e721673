#include "agent/upstream_message.h"

#include <algorithm>

namespace junctor::agent {
namespace {

using wire::JsonKind;
using wire::JsonRpcKind;
using wire::KeyNode;

// The slots behind those of the envelope.
constexpr std::uint8_t kResultType = wire::kJsonRpcSlotCount;
constexpr std::uint8_t kProtocolVersion = kResultType + 1;
constexpr std::uint8_t kErrorCode = kProtocolVersion + 1;
constexpr std::size_t kSlotCount = kErrorCode + 1;

constexpr std::uint8_t slot(wire::JsonRpcSlot which) {
  return static_cast<std::uint8_t>(which);
}

constexpr KeyNode kResultKeys[] = {{"resultType", kResultType},
                                   {"protocolVersion", kProtocolVersion}};
constexpr KeyNode kErrorKeys[] = {{"code", kErrorCode}};
constexpr KeyNode kMessageKeys[] = {
    {"jsonrpc", slot(wire::JsonRpcSlot::jsonrpc)},
    {"id", slot(wire::JsonRpcSlot::id)},
    {"method", slot(wire::JsonRpcSlot::method)},
    {"params", slot(wire::JsonRpcSlot::params)},
    {"result", slot(wire::JsonRpcSlot::result), kResultKeys},
    {"error", slot(wire::JsonRpcSlot::error), kErrorKeys},
};

// Replaces `removed` bytes at `at` by `inserted`.
struct Edit {
  const char* at = nullptr;
  std::size_t removed = 0;
  std::array<std::string_view, 3> inserted{};
};

// JavaScript writes integers from 1e21 on with an exponent, and so does a server that gives a long
// id back. The request's own takes its place.
JsonRpcKind kind_despite_id(const wire::JsonRpcMessage& judged,
                            const wire::JsonValue& id) noexcept {
  if (id.kind != JsonKind::number || judged.method) return JsonRpcKind::invalid;
  if (judged.result && !judged.error) return JsonRpcKind::response;
  const bool is_error = !judged.result && judged.error.kind == JsonKind::object;
  return is_error ? JsonRpcKind::error_response : JsonRpcKind::invalid;
}

}  // namespace

// Kinder than the judgement of clients: `jsonrpc` may be missing, since servers leave it out and
// mean the same.
UpstreamMessage read_upstream_message(std::string_view text) noexcept {
  std::array<wire::JsonValue, kSlotCount> slots;
  const auto scan = wire::scan_json(text, kMessageKeys, slots);
  UpstreamMessage message;
  message.fault = scan.fault;
  message.fault_offset = scan.offset;
  message.text = scan.root.raw;
  if (!scan) return message;
  const auto judged = wire::classify_jsonrpc(scan, std::span{slots}.first(wire::kJsonRpcSlotCount),
                                             wire::JsonRpcVersionRule::missing_is_fine);
  message.id = slots[slot(wire::JsonRpcSlot::id)];
  message.kind =
      judged.flaw == wire::JsonRpcFlaw::id ? kind_despite_id(judged, message.id) : judged.kind;
  message.method = slots[slot(wire::JsonRpcSlot::method)];
  message.result = slots[slot(wire::JsonRpcSlot::result)];
  message.result_type = slots[kResultType];
  message.protocol_version = slots[kProtocolVersion];
  message.error_code = slots[kErrorCode];
  return message;
}

//= mcp 2026-07-28 basic#result-responses:id MUST
//= mcp 2026-07-28 basic#result-responses:result-type MUST
//= mcp 2026-07-28 basic#resulttype:absent MUST
//= mcp 2025-11-25 basic#result-responses:id MUST
// Edits in the order of the text, and between them the upstream's own bytes: nothing is written
// anew.
Pieces repaired(const UpstreamMessage& message, std::string_view id, wire::Era era) noexcept {
  JUNCTOR_ASSERT(!message.text.empty());
  std::array<Edit, 2> edits;
  std::size_t count = 0;
  if (!id.empty() && message.is_final() && message.id.raw != id) {
    if (message.id) {
      edits[count++] = {message.id.raw.data(), message.id.raw.size(), {id}};
    } else {  // Behind the opening brace; an answer has other members.
      edits[count++] = {message.text.data() + 1, 0, {R"("id":)", id, ","}};
    }
  }
  if (era == wire::Era::modern && message.kind == JsonRpcKind::response &&
      message.result.kind == JsonKind::object && !message.result_type) {
    const std::string_view inside = message.result.raw.substr(1, message.result.raw.size() - 2);
    const bool is_empty = inside.find_first_not_of(" \t\r\n") == std::string_view::npos;
    edits[count++] = {message.result.raw.data() + message.result.raw.size() - 1,
                      0,
                      {is_empty ? R"("resultType":"complete")" : R"(,"resultType":"complete")"}};
  }
  std::ranges::sort(std::span{edits}.first(count), {}, &Edit::at);
  Pieces pieces;
  const char* at = message.text.data();
  for (const Edit& edit : std::span{edits}.first(count)) {
    pieces.add({at, static_cast<std::size_t>(edit.at - at)});
    for (const auto piece : edit.inserted) pieces.add(piece);
    at = edit.at + edit.removed;
  }
  pieces.add({at, static_cast<std::size_t>(message.text.data() + message.text.size() - at)});
  return pieces;
}

}  // namespace junctor::agent
