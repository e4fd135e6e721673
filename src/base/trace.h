#pragma once
// W3C Trace Context: the ids that join the log lines, spans and metrics of one journey across
// programs.
//
// A TraceContext that exists is valid: neither id is zero. A header that is not valid is answered
// with nullopt, and the caller starts a new trace, as the standard demands; it never fails a
// request.
//
// Source:  W3C Trace Context (Recommendation 2021) sections 3.2 (traceparent) and 3.3 (tracestate);
//          MCP 2026-07-28 puts the same text under `traceparent` and `tracestate` of `_meta`.
// Limits:  tracestate is kept up to kTracestateBytesMax bytes and kTracestateMembersMax members.
// Errors:  nullopt.
// Threads: values; safe from all.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace junctor {

// An id as lowercase hexadecimal digits, the form that headers, log lines and exporters use; all
// zeros mean "none" and are never sent.
template <std::size_t Chars>
struct TraceDigits {
  std::array<char, Chars> digits = filled_with('0');

  [[nodiscard]] static constexpr std::array<char, Chars> filled_with(char digit) noexcept {
    std::array<char, Chars> all{};
    all.fill(digit);
    return all;
  }
  [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == TraceDigits{}; }
  [[nodiscard]] constexpr std::string_view view() const noexcept {
    return {digits.data(), digits.size()};
  }
  friend constexpr bool operator==(const TraceDigits&, const TraceDigits&) = default;
};
using TraceId = TraceDigits<32>;
using SpanId = TraceDigits<16>;

// A new span's id out of random bytes; of zeros, that none may have, it makes another.
[[nodiscard]] SpanId span_id_of(const std::array<std::uint8_t, 8>& random) noexcept;

inline constexpr std::size_t kTraceparentChars = 55;  // Of version 00.
inline constexpr std::size_t kTracestateBytesMax = 512;
inline constexpr std::size_t kTracestateMembersMax = 32;

inline constexpr std::uint8_t kTraceSampled = 0x01;
inline constexpr std::uint8_t kTraceRandom = 0x02;  // The trace id's last 7 bytes are random.

struct TraceContext {
  TraceId trace_id;
  SpanId parent_id;  // The span of the sender; in what we send, our own span.
  std::uint8_t flags = 0;

  [[nodiscard]] constexpr bool sampled() const noexcept { return (flags & kTraceSampled) != 0; }
  // The same trace with `span` as the sender. Expects a span id that is not zero.
  [[nodiscard]] TraceContext child(SpanId span) const noexcept;
  friend constexpr bool operator==(const TraceContext&, const TraceContext&) = default;
};

// Version 00 exactly; of later versions the part that 00 defines, as section 3.2.4 wants it. Flags
// we do not know are dropped.
[[nodiscard]] std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept;
// Always version 00. Expects ids that are not zero.
[[nodiscard]] std::array<char, kTraceparentChars> format_traceparent(
    const TraceContext& context) noexcept;

// The part of a tracestate that is passed on: unchanged when it is within the limits; else members
// over 128 bytes are left out first, then members from the right. Whole members only. Empty when
// the text holds bytes a header may not.
[[nodiscard]] std::string bounded_tracestate(std::string_view text);

}  // namespace junctor
