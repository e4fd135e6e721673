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

constexpr std::uint8_t kNoDigit = 16;
constexpr auto kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0') + i] = i;
  for (std::uint8_t i = 10; i < 16; ++i) values[static_cast<std::size_t>('a') + i - 10U] = i;
  return values;
}();

// The standard allows lowercase alone, so this is not from_hex(), which is kinder; and it writes to
// where the bytes belong.
bool parse_digits(std::string_view digits, std::span<std::uint8_t> out) noexcept {
  JUNCTOR_ASSERT(digits.size() == out.size() * 2);
  unsigned seen = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned high = kDigitValues[static_cast<unsigned char>(digits[2 * i])];
    const unsigned low = kDigitValues[static_cast<unsigned char>(digits[2 * i + 1])];
    seen |= high | low;
    out[i] = static_cast<std::uint8_t>(high << 4U | low);
  }
  return seen < kNoDigit;
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

template <std::size_t Size>
std::string TraceBytes<Size>::hex() const {
  return to_hex(view());
}
template struct TraceBytes<16>;
template struct TraceBytes<8>;

TraceContext TraceContext::child(SpanId span) const noexcept {
  JUNCTOR_ASSERT(!span.is_zero());
  return {.trace_id = trace_id, .parent_id = span, .flags = flags};
}

//= mcp 2026-07-28 basic#meta:trace MUST
// The values of traceparent and tracestate in `_meta` follow the W3C formats.
std::optional<TraceContext> parse_traceparent(std::string_view text) noexcept {
  // The shape first, then the digits: nothing is converted of a text with a dash in the wrong
  // place.
  if (text.size() < kTraceparentChars) return std::nullopt;
  if (text[2] != '-' || text[kParentIdAt - 1] != '-' || text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext context;
  if (!parse_digits(text.substr(0, 2), version) ||
      !parse_digits(text.substr(kTraceIdAt, 32), context.trace_id.bytes) ||
      !parse_digits(text.substr(kParentIdAt, 16), context.parent_id.bytes) ||
      !parse_digits(text.substr(kFlagsAt, 2), flags)) {
    return std::nullopt;
  }
  // Version ff is forbidden for ever, and zeros mean that there is no id.
  if (version[0] == 0xFF || context.trace_id.is_zero() || context.parent_id.is_zero()) {
    return std::nullopt;
  }
  // A later version may have more fields, behind one more dash.
  if (text.size() > kTraceparentChars && (version[0] == 0 || text[kTraceparentChars] != '-')) {
    return std::nullopt;
  }
  context.flags = flags[0] & (kTraceSampled | kTraceRandom);
  return context;
}

std::array<char, kTraceparentChars> format_traceparent(const TraceContext& context) noexcept {
  JUNCTOR_ASSERT(!context.trace_id.is_zero() && !context.parent_id.is_zero());
  std::array<char, kTraceparentChars> out{'0', '0', '-'};
  const char flags = static_cast<char>(context.flags);
  write_hex(context.trace_id.view(), out.data() + kTraceIdAt);
  out[kParentIdAt - 1] = '-';
  write_hex(context.parent_id.view(), out.data() + kParentIdAt);
  out[kFlagsAt - 1] = '-';
  write_hex({&flags, 1}, out.data() + kFlagsAt);
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
