#include "base/trace.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/text.h"

namespace junctor {
namespace {

// version-traceid-parentid-flags: 2, 32, 16 and 2 digits.
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kParentIdAt = 36;
constexpr std::size_t kFlagsAt = 53;
static_assert(kFlagsAt + 2 == kTraceparentChars);
// Section 3.3.1.5: what is longer should be the first to go.
constexpr std::size_t kLongMemberBytes = 128;

constexpr std::uint8_t kTraceFlags = kTraceSampled | kTraceRandom;
static_assert(kTraceFlags < 10);  // One digit, the same in decimal.
constexpr std::uint8_t kNoDigit = 16;
constexpr auto kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0') + i] = i;
  for (std::uint8_t i = 10; i < 16; ++i) values[static_cast<std::size_t>('a') + i - 10U] = i;
  return values;
}();

// All digits joined by "or": under 16 if there are only digits, and 0 if they are zeros alone. The
// standard allows lowercase, so this is not from_hex(), which is kinder.
unsigned joined_digits(std::string_view text) noexcept {
  unsigned joined = 0;
  for (const char digit : text) joined |= kDigitValues[static_cast<unsigned char>(digit)];
  return joined;
}

bool is_id(std::string_view text) noexcept {
  const unsigned joined = joined_digits(text);
  return joined != 0 && joined < kNoDigit;
}

// Empty members are legal and mean nothing.
std::vector<std::string_view> members_of(std::string_view text) {
  std::vector<std::string_view> members;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto member = trim(text.substr(0, comma)); !member.empty()) members.push_back(member);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return members;
}

// What goes into a header again must not be able to end it.
bool is_printable(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

std::size_t joined_bytes(std::span<const std::string_view> members) noexcept {
  std::size_t bytes = members.size();  // Commas, one too many.
  for (const auto member : members) bytes += member.size();
  return bytes == 0 ? 0 : bytes - 1;
}

}  // namespace

SpanId span_id_of(const std::array<std::uint8_t, 8>& random) noexcept {
  SpanId id;
  write_hex({reinterpret_cast<const char*>(random.data()), random.size()}, id.digits.data());
  if (id.is_zero()) id.digits.back() = '1';
  return id;
}

TraceContext TraceContext::child(SpanId span) const noexcept {
  JUNCTOR_ASSERT(!span.is_zero());
  return {.trace_id = trace_id, .parent_id = span, .flags = flags};
}

//= mcp 2026-07-28 basic#meta:trace MUST
// The values of traceparent and tracestate in `_meta` follow the W3C formats.
std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept {
  if (text.size() < kTraceparentChars) return std::nullopt;
  if (text[2] != '-' || text[kParentIdAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  TraceContext context;
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace_id = text.substr(kTraceIdAt, context.trace_id.digits.size());
  const std::string_view parent_id = text.substr(kParentIdAt, context.parent_id.digits.size());
  const std::string_view flags = text.substr(kFlagsAt, 2);
  // Version ff is forbidden for ever, and zeros mean that there is no id.
  if (joined_digits(version) >= kNoDigit || version == "ff") return std::nullopt;
  if (!is_id(trace_id) || !is_id(parent_id) || joined_digits(flags) >= kNoDigit) {
    return std::nullopt;
  }
  // A later version may have more fields, behind one more dash.
  if (text.size() > kTraceparentChars && (version == "00" || text[kTraceparentChars] != '-')) {
    return std::nullopt;
  }
  std::ranges::copy(trace_id, context.trace_id.digits.begin());
  std::ranges::copy(parent_id, context.parent_id.digits.begin());
  // The flags that are known are in the lower digit.
  context.flags = kDigitValues[static_cast<unsigned char>(flags[1])] & kTraceFlags;
  return context;
}

std::array<char, kTraceparentChars> format_traceparent(const TraceContext& context) noexcept {
  JUNCTOR_ASSERT(!context.trace_id.is_zero() && !context.parent_id.is_zero());
  JUNCTOR_ASSERT((context.flags & ~kTraceFlags) == 0);
  std::array<char, kTraceparentChars> out{'0', '0', '-'};
  std::ranges::copy(context.trace_id.digits, out.data() + kTraceIdAt);
  out[kParentIdAt - 1] = '-';
  std::ranges::copy(context.parent_id.digits, out.data() + kParentIdAt);
  out[kFlagsAt - 1] = '-';
  out[kFlagsAt] = '0';
  out[kFlagsAt + 1] = static_cast<char>('0' + context.flags);
  return out;
}

std::string bounded_tracestate(std::string_view text) {
  if (!is_printable(text)) return {};
  auto members = members_of(text);
  if (text.size() <= kTracestateBytesMax && members.size() <= kTracestateMembersMax) {
    return std::string{text};
  }
  if (joined_bytes(members) > kTracestateBytesMax) {
    std::erase_if(members, [](auto member) { return member.size() > kLongMemberBytes; });
  }
  if (members.size() > kTracestateMembersMax) members.resize(kTracestateMembersMax);
  // The most recent stands at the left; the oldest go first.
  while (joined_bytes(members) > kTracestateBytesMax) members.pop_back();
  std::string out;
  for (const auto member : members) out.append(out.empty() ? "" : ",").append(member);
  JUNCTOR_ASSERT(out.size() <= kTracestateBytesMax);
  return out;
}

}  // namespace junctor
