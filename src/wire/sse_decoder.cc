#include "wire/sse_decoder.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/assert.h"

namespace junctor::wire {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

const char* find_byte(const char* at, const char* end, char byte) noexcept {
  if (at == end) return end;
  const void* found = std::memchr(at, byte, static_cast<std::size_t>(end - at));
  return found == nullptr ? end : static_cast<const char*>(found);
}

std::optional<std::chrono::milliseconds> parse_retry(std::string_view digits) noexcept {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // Too large for the type is too large for anything else: the longest we would wait.
  return error == std::errc{} ? std::chrono::milliseconds{value} : kSseRetryMax;
}

}  // namespace

void SseDecoder::Field::set(std::string_view value) noexcept {
  view = value;
  is_present = true;
  own.reset();
}

// The view outlives the piece from here on. Bytes in front of it (the field's name, when the line
// became the field) go away, so that more data can be put behind it.
void SseDecoder::Field::keep() {
  if (!is_present) return;
  if (own == nullptr) {
    own = std::make_unique<std::string>(view);
  } else if (view.data() != own->data()) {
    own->erase(0, static_cast<std::size_t>(view.data() - own->data()));
  }
  JUNCTOR_ASSERT(own->size() == view.size());
  view = *own;
}

void SseDecoder::Field::reset() noexcept {
  own.reset();
  view = {};
  is_present = false;
}

void SseDecoder::feed(std::string_view piece) noexcept {
  JUNCTOR_ASSERT(at_ == end_ || spent_);  // The piece before is used up.
  if (block_is_given_) drop_block();
  at_ = piece.data();
  end_ = at_ + piece.size();
  line_feed_ = nullptr;
  carriage_return_ = nullptr;
}

Result<std::optional<SseEvent>> SseDecoder::next() {
  if (block_is_given_) drop_block();
  while (!spent_) {
    if (at_ != end_ && std::exchange(after_cr_, false) && *at_ == '\n') ++at_;
    if (at_ == end_) {
      keep_block();
      return std::optional<SseEvent>{};
    }
    JUNCTOR_ASSERT(at_ < end_);
    const char* const line_end = this->line_end();
    const std::string_view part{at_, static_cast<std::size_t>(line_end - at_)};
    if (is_over_limit(line_.size() + part.size())) {
      spent_ = true;
      break;
    }
    const bool is_whole = line_end != end_;
    const bool is_held = !line_.empty() || !is_whole;
    if (is_held) line_.append(part);
    at_ = line_end;
    if (!is_whole) continue;
    after_cr_ = *at_ == '\r';
    ++at_;
    if (is_held ? take_held_line() : take_line(part)) return std::optional{give()};
  }
  JUNCTOR_ASSERT(spent_);
  std::string{}.swap(line_);
  drop_block();
  return fail(ErrorKind::too_large, "sse_event_too_large",
              "an event of the stream is larger than event_bytes_max");
}

// The line without its end is taken as if it had one; a caller that wants whole messages alone
// looks at whether the data is one.
std::optional<SseEvent> SseDecoder::finish() {
  JUNCTOR_ASSERT(at_ == end_ || spent_);
  if (block_is_given_) drop_block();
  after_cr_ = false;
  const bool ended = !line_.empty() && take_held_line();
  JUNCTOR_ASSERT(!ended);  // A held line is not blank, unless it is a byte order mark.
  at_start_ = true;
  if (data_.is_present) return give();
  drop_block();
  return std::nullopt;
}

bool SseDecoder::idle() const noexcept {
  const bool has_block = data_.is_present || type_.is_present || id_.is_present || retry_;
  return line_.empty() && (!has_block || block_is_given_);
}

// A search begins where the last result was passed, so each byte is looked at once for each line
// end.
const char* SseDecoder::line_end() noexcept {
  if (line_feed_ == nullptr || line_feed_ < at_) line_feed_ = find_byte(at_, end_, '\n');
  if (carriage_return_ == nullptr || carriage_return_ < at_) {
    carriage_return_ = find_byte(at_, end_, '\r');
  }
  JUNCTOR_ASSERT(line_feed_ >= at_ && carriage_return_ >= at_);
  return std::min(line_feed_, carriage_return_);
}

bool SseDecoder::take_line(std::string_view line) {
  JUNCTOR_ASSERT(!block_is_given_);
  if (std::exchange(at_start_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    if (data_.is_present || id_.is_present || retry_) return true;
    drop_block();
    return false;
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return false;  // A comment: servers send ":" lines to keep the connection open.
  std::string_view value =
      colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  take_field(line.substr(0, colon), value);
  return false;
}

// The line in line_: what is taken of it must outlive it.
bool SseDecoder::take_held_line() {
  const bool is_first_data = !data_.is_present;
  const bool ended = take_line(line_);
  if (is_first_data && data_.is_present) {
    // A large message that came in pieces: the line becomes the field, its bytes stay where they
    // are.
    const auto offset = data_.view.empty()
                            ? line_.size()
                            : static_cast<std::size_t>(data_.view.data() - line_.data());
    JUNCTOR_ASSERT(offset + data_.view.size() == line_.size());
    data_.own = std::make_unique<std::string>(std::move(line_));
    data_.view = std::string_view{*data_.own}.substr(offset);
  }
  if (type_.own == nullptr) type_.keep();
  if (id_.own == nullptr) id_.keep();
  std::string{}.swap(line_);
  return ended;
}

void SseDecoder::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    take_data(value);
  } else if (name == "event") {
    type_.set(value);
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_.set(value);
  } else if (name == "retry") {
    if (const auto retry = parse_retry(value)) retry_ = retry;
  }
}

// The first data line stays where it is; only a second one makes a copy necessary.
void SseDecoder::take_data(std::string_view value) {
  if (!data_.is_present) {
    data_.set(value);
    return;
  }
  data_.keep();
  JUNCTOR_ASSERT(data_.own != nullptr);
  data_.own->push_back('\n');
  data_.own->append(value);
  data_.view = *data_.own;
}

SseEvent SseDecoder::give() noexcept {
  JUNCTOR_ASSERT(!block_is_given_);
  block_is_given_ = true;
  SseEvent event{.data = data_.view, .id = id_.view, .retry = retry_};
  if (!type_.view.empty()) event.type = type_.view;
  event.has_data = data_.is_present;
  event.has_id = id_.is_present;
  return event;
}

// The piece is used up and its bytes may change: what the unfinished block has is copied, once.
void SseDecoder::keep_block() {
  if (data_.own == nullptr) data_.keep();
  if (type_.own == nullptr) type_.keep();
  if (id_.own == nullptr) id_.keep();
}

void SseDecoder::drop_block() noexcept {
  data_.reset();
  type_.reset();
  id_.reset();
  retry_.reset();
  block_is_given_ = false;
}

// Counts what is kept and the line in progress, and never the piece: else the verdict would depend
// on the cut.
bool SseDecoder::is_over_limit(std::size_t line_bytes) const noexcept {
  const std::size_t held = data_.view.size() + type_.view.size() + id_.view.size();
  return held + line_bytes > limits_.event_bytes_max;
}

}  // namespace junctor::wire
