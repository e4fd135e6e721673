#pragma once
// One message of an upstream: read, judged, and written again with as little changed as its reader
// needs.
//
// Every byte passes as it came, but for three repairs: an id that is not the request's (a
// JavaScript server rounds integers above 2^53; an error may carry `null` or none) is replaced by
// the request's own text; a modern result without `resultType` gets "complete", which is what its
// absence means.
//
// Source:  MCP 2026-07-28 basic/messages (resultType is required); JSON-RPC 2.0 section 5.
// Limits:  those of wire/json_scan.h.
// Threads: pure; safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/assert.h"
#include "wire/jsonrpc.h"
#include "wire/mcp.h"

namespace junctor::agent {

// A text in parts, to be written one after the other.
class Pieces {
 public:
  static constexpr std::size_t kMax = 8;
  void add(std::string_view piece) noexcept {
    if (piece.empty()) return;
    JUNCTOR_ASSERT(count_ < kMax);
    pieces_[count_++] = piece;
  }
  [[nodiscard]] std::span<const std::string_view> view() const noexcept {
    return {pieces_.data(), count_};
  }

 private:
  std::array<std::string_view, kMax> pieces_;
  std::size_t count_ = 0;
};

[[nodiscard]] inline std::string text_of(const Pieces& pieces) {
  std::string text;
  for (const auto piece : pieces.view()) text += piece;
  return text;
}

struct UpstreamMessage {
  std::string_view text;  // Without blanks around it.
  wire::JsonRpcKind kind = wire::JsonRpcKind::invalid;
  wire::JsonFault fault = wire::JsonFault::none;
  std::size_t fault_offset = 0;
  wire::JsonValue id;  // As written; may be null or absent.
  wire::JsonValue method;
  wire::JsonValue result;
  wire::JsonValue result_type;
  wire::JsonValue protocol_version;  // Of the result of `initialize`.
  wire::JsonValue error_code;

  [[nodiscard]] bool is_final() const noexcept {
    return kind == wire::JsonRpcKind::response || kind == wire::JsonRpcKind::error_response;
  }
};

[[nodiscard]] UpstreamMessage read_upstream_message(std::string_view text) noexcept;

// The message as the client gets it. `id`: the raw id of the request that it answers; empty for a
// message that answers none. The pieces are views of `message.text`, `id` and constants.
[[nodiscard]] Pieces repaired(const UpstreamMessage& message, std::string_view id,
                              wire::Era era) noexcept;

}  // namespace junctor::agent
