#include "agent/negotiation.h"

namespace junctor::agent {
namespace {

using wire::http1::equal_ignoring_case;
using wire::http1::trim_blanks;

constexpr std::string_view kBoth = "application/json, text/event-stream";

// The part before ';', and the parameters behind it.
std::string_view cut(std::string_view& rest, char at) noexcept {
  const std::size_t place = rest.find(at);
  const std::string_view head = rest.substr(0, place);
  rest = place == std::string_view::npos ? std::string_view{} : rest.substr(place + 1);
  return trim_blanks(head);
}

bool is_excluded(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    std::string_view value = cut(parameters, ';');
    const std::string_view name = cut(value, '=');
    if (!equal_ignoring_case(name, "q")) continue;
    value = trim_blanks(value);
    return value.starts_with('0') && value.find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

// A range with q=0 says what is not wanted.
enum class Range : std::uint8_t { included, excluded };

// More specific ranges win over wider ones, whatever their order.
struct Verdict {
  int weight = 0;
  bool accepted = false;
  void consider(int specific, Range range) noexcept {
    if (specific < weight) return;
    weight = specific;
    accepted = range == Range::included;
  }
};

}  // namespace

// No Accept at all means everything (RFC 9110 section 12.5.1).
Accepted accepted_types(const wire::http1::Headers& headers) noexcept {
  // What nearly every client sends.
  const auto* first = headers.find(wire::http1::HeaderId::accept);
  if (first == nullptr ||
      (first->value == kBoth && !headers.is_repeated(wire::http1::HeaderId::accept))) {
    return {.json = true, .events = true};
  }
  Verdict json;
  Verdict events;
  bool any = false;
  for (const auto& header : headers) {
    if (header.id != wire::http1::HeaderId::accept) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      std::string_view parameters = cut(rest, ',');
      const std::string_view type = cut(parameters, ';');
      if (type.empty()) continue;
      any = true;
      const Range range = is_excluded(parameters) ? Range::excluded : Range::included;
      if (type == "*/*") {
        json.consider(1, range);
        events.consider(1, range);
      }
      if (equal_ignoring_case(type, "application/*")) json.consider(2, range);
      if (equal_ignoring_case(type, "text/*")) events.consider(2, range);
      if (equal_ignoring_case(type, "application/json")) json.consider(3, range);
      if (equal_ignoring_case(type, "text/event-stream")) events.consider(3, range);
    }
  }
  if (!any) return {.json = true, .events = true};
  return {.json = json.accepted, .events = events.accepted};
}

MediaType media_type(std::string_view content_type) noexcept {
  if (content_type == "application/json") return MediaType::json;
  if (content_type == "text/event-stream") return MediaType::events;
  std::string_view parameters = content_type;
  const std::string_view type = cut(parameters, ';');
  if (type.empty()) return MediaType::none;
  if (equal_ignoring_case(type, "text/event-stream")) return MediaType::events;
  const bool is_json =
      equal_ignoring_case(type, "application/json") ||
      (type.size() > 17 && equal_ignoring_case(type.substr(0, 12), "application/") &&
       equal_ignoring_case(type.substr(type.size() - 5), "+json"));
  if (!is_json) return MediaType::other;
  while (!parameters.empty()) {
    std::string_view value = cut(parameters, ';');
    const std::string_view name = cut(value, '=');
    value = trim_blanks(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (equal_ignoring_case(name, "charset") && !equal_ignoring_case(value, "utf-8") &&
        !equal_ignoring_case(value, "utf8")) {
      return MediaType::other;
    }
  }
  return MediaType::json;
}

}  // namespace junctor::agent
