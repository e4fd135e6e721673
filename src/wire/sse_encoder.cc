#include "wire/sse_encoder.h"

#include <algorithm>
#include <cstddef>

#include "base/assert.h"
#include "wire/json_write.h"

namespace junctor::wire {
namespace {

constexpr std::string_view kLineEnds = "\r\n";

bool is_one_line(std::string_view text) noexcept {
  constexpr std::string_view kForbidden{"\r\n\0", 3};
  return text.find_first_of(kForbidden) == std::string_view::npos;
}

void append_field(Buffer& out, std::string_view name, std::string_view value) {
  JUNCTOR_ASSERT(is_one_line(value));
  out.append(name);
  out.append(value);
  out.append('\n');
}

void append_data_line(Buffer& out, std::string_view line) {
  out.append("data: ");
  out.append(line);
  out.append('\n');
}

// Most data is one line of JSON: find() is a vector search, the search for either of two bytes is
// not.
void append_data(Buffer& out, std::string_view data) {
  const bool is_one_line =
      data.find('\n') == std::string_view::npos && data.find('\r') == std::string_view::npos;
  while (!is_one_line) {
    const std::size_t end = data.find_first_of(kLineEnds);
    if (end == std::string_view::npos) break;
    append_data_line(out, data.substr(0, end));
    data.remove_prefix(end + (data.substr(end).starts_with(kLineEnds) ? 2 : 1));
  }
  append_data_line(out, data);
}

}  // namespace

void append_sse_event(Buffer& out, const SseHead& head, std::string_view data) {
  if (head.id) append_field(out, "id: ", *head.id);
  if (!head.type.empty()) append_field(out, "event: ", head.type);
  if (head.retry) {
    JUNCTOR_ASSERT(head.retry->count() >= 0);
    out.append("retry: ");
    append_json_integer(out, head.retry->count());
    out.append('\n');
  }
  append_data(out, data);
  out.append('\n');
}

void append_sse_comment(Buffer& out, std::string_view text) {
  out.append(": ");
  while (!text.empty()) {
    const std::size_t line_bytes = std::min(text.find_first_of(kLineEnds), text.size());
    out.append(text.substr(0, line_bytes));
    text.remove_prefix(line_bytes);
    if (text.empty()) break;
    out.append(' ');
    text.remove_prefix(1);
  }
  out.append("\n\n");
}

void append_sse_priming_event(Buffer& out, std::string_view id,
                              std::optional<std::chrono::milliseconds> retry) {
  JUNCTOR_ASSERT(!id.empty());  // An empty id would reset what the client knows.
  append_sse_event(out, {.id = id, .retry = retry}, {});
}

}  // namespace junctor::wire
