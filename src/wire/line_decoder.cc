#include "wire/line_decoder.h"

#include <cstring>

namespace junctor::wire {
namespace {

// Without the CR of a CRLF.
std::string_view without_cr(std::string_view line) noexcept {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void LineDecoder::feed(std::string_view piece) noexcept {
  JUNCTOR_ASSERT(rest_.empty() || spent_);
  rest_ = piece;
}

std::unexpected<Error> LineDecoder::refuse() noexcept {
  spent_ = true;
  rest_ = {};
  held_.release();
  return fail(ErrorKind::too_large, "line_too_large", "A line is over the limit.");
}

// One byte more than the limit may be the CR of the line's end.
Result<std::optional<std::string_view>> LineDecoder::next() {
  if (spent_) return refuse();
  if (std::exchange(held_is_given_, false)) held_.release();
  while (!rest_.empty()) {
    const void* const found = std::memchr(rest_.data(), '\n', rest_.size());
    if (found == nullptr) {
      if (held_.size() + rest_.size() > line_bytes_max_ + 1) return refuse();
      held_.append(std::exchange(rest_, {}));
      return std::nullopt;
    }
    const auto bytes = static_cast<std::size_t>(static_cast<const char*>(found) - rest_.data());
    std::string_view line = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes + 1);
    if (!held_.empty()) {
      if (held_.size() + bytes > line_bytes_max_ + 1) return refuse();
      held_.append(line);
      line = held_.view();
      held_is_given_ = true;
    }
    line = without_cr(line);
    if (line.size() > line_bytes_max_) return refuse();
    if (!is_blank(line)) return line;
    if (std::exchange(held_is_given_, false)) held_.release();
  }
  return std::nullopt;
}

std::optional<std::string_view> LineDecoder::finish() noexcept {
  if (spent_ || held_is_given_) return std::nullopt;
  const std::string_view line = without_cr(held_.view());
  if (is_blank(line) || line.size() > line_bytes_max_) return std::nullopt;
  return line;
}

}  // namespace junctor::wire
