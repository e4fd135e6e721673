#include "agent/line_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/negotiation.h"
#include "agent/stdio_message.h"
#include "base/assert.h"
#include "base/text.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

constexpr int kFirstErrorStatus = 400;
constexpr int kNotFound = 404;

bool is_line_end(char byte) noexcept {
  return byte == '\n' || byte == '\r';
}

bool has_line_end(const Pieces& message) noexcept {
  return std::ranges::any_of(message.view(),
                             [](auto piece) { return std::ranges::any_of(piece, is_line_end); });
}

}  // namespace

void LineResponse::send(const net::Answer& answer, std::span<const std::string_view> body) {
  start(answer);
  write(body);
  finish();
}

void LineResponse::start(const net::Answer& answer) {
  JUNCTOR_ASSERT(phase_ == Phase::waiting);
  take_head(answer);
  phase_ = is_events_ ? Phase::events : Phase::body;
  if (is_events_) {
    decoder_ = std::make_unique<wire::SseDecoder>(
        wire::SseDecoder::Limits{.event_bytes_max = limits_.event_bytes_max});
  }
}

// Of an answer's head two fields and the status mean something here; the rest is about HTTP.
void LineResponse::take_head(const net::Answer& answer) {
  status_ = answer.status;
  is_session_lost_ = keeps_loss_back_ && status_ == kNotFound;
  is_events_ = false;
  take_field("Content-Type", answer.content_type);
  std::string_view lines = answer.lines;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(lines.size(), line.size() + 2));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    take_field(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  for (const net::Field& field : answer.fields) take_field(field.name, field.value);
}

void LineResponse::take_field(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (equals_ignoring_case(name, "Content-Type")) {
    is_events_ = media_type(value) == MediaType::events;
  } else if (equals_ignoring_case(name, wire::kSessionIdHeader)) {
    session_id_ = value;
  }
}

void LineResponse::write(std::span<const std::string_view> pieces) {
  for (const auto piece : pieces) take_bytes(piece);
}

// Behind the end, and for a client that has left, there is nothing to say.
void LineResponse::take_bytes(std::string_view piece) {
  if (asked_ == Asked::note || gone() || piece.empty() || is_too_large_) return;
  if (phase_ == Phase::events) return take_events(piece);
  // A stream that was not opened: why is the front's business.
  if (phase_ != Phase::body || asked_ == Asked::stream) return;
  if (piece.size() > limits_.answer_bytes_max - body_.size()) {
    is_too_large_ = true;
    return body_.release();
  }
  body_.append(piece);
}

void LineResponse::take_events(std::string_view piece) {
  decoder_->feed(piece);
  for (;;) {
    const auto event = decoder_->next();
    if (!event) {
      is_too_large_ = true;
      return;
    }
    const std::optional<wire::SseEvent>& got = *event;
    if (!got) return;
    if (got->has_id) last_event_id_ = got->id;
    if (got->retry) retry_ = wire::clamp_sse_retry(*got->retry);
    if (!got->data.empty() && got->type == "message") take_message(got->data);
  }
}

void LineResponse::finish() {
  if (phase_ == Phase::body && !body_.empty() && !gone()) take_message(body_.view());
  if (phase_ == Phase::events && !is_too_large_ && !gone()) {
    if (const auto rest = decoder_->finish(); rest && !rest->data.empty()) take_message(rest->data);
  }
  phase_ = Phase::ended;
  body_.release();
}

// What is no message has no place on the client's pipe: its reader could not go on behind it.
void LineResponse::take_message(std::string_view text) {
  const UpstreamMessage message = read_upstream_message(text);
  if (message.fault != wire::JsonFault::none || message.kind == wire::JsonRpcKind::invalid) return;
  const bool is_awaited = asked_ == Asked::request || asked_ == Asked::own;
  if (is_awaited && message.is_final()) {
    if (is_session_lost_ || std::exchange(is_answered_, true)) return;
    is_error_ = message.kind == wire::JsonRpcKind::error_response;
    if (message.protocol_version.kind == wire::JsonKind::string) {
      version_ = wire::unescape_json_string(message.protocol_version.raw);
    }
  }
  put(repaired(message, id_, wire::Era::legacy));
}

//= mcp 2026-07-28 basic/transports/stdio#top MUST
//= mcp 2025-11-25 basic/transports#stdio MUST
void LineResponse::put(const Pieces& message) {
  ++messages_;
  if (asked_ == Asked::own) return;
  if (has_line_end(message)) {
    std::string text;
    for (const auto piece : message.view()) text += piece;
    std::ranges::replace_if(text, is_line_end, ' ');
    const std::string_view whole = text;
    sink_.put({&whole, 1});
  } else {
    sink_.put(message.view());
  }
  end_ = sink_.put_bytes();
}

// Lines of others that stand in front count too: nothing overtakes them.
std::size_t LineResponse::backlog_bytes() const noexcept {
  const std::uint64_t taken = sink_.taken_bytes();
  return end_ > taken ? end_ - taken : 0;
}

rt::Task<Result<>> LineResponse::drain(Time deadline) {
  while (backlog_bytes() != 0 && !gone()) {
    rt::Event& taken = sink_.taken();
    taken.reset();
    if (backlog_bytes() == 0) break;  // Taken before the question was heard.
    const rt::Wake wake = co_await taken.wait(deadline);
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
    if (wake == rt::Wake::timeout) break;
  }
  if (gone()) co_return fail(ErrorKind::unavailable, "client_gone");
  if (backlog_bytes() != 0) co_return fail(ErrorKind::deadline_exceeded, "write_timeout");
  co_return Result<>{};
}

// Who waits in drain() looks again.
void LineResponse::leave() noexcept {
  if (std::exchange(is_left_, true)) return;
  sink_.taken().set();
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_client_gone();
}

bool LineResponse::may_resume() const noexcept {
  return asked_ == Asked::request && is_events_ && !is_answered_ && !is_forgone_ && !gone() &&
         !is_too_large_ && !last_event_id_.empty();
}

void LineResponse::resume() noexcept {
  phase_ = Phase::waiting;
  listener_ = nullptr;
  decoder_.reset();
  keeps_loss_back_ = false;
}

void LineResponse::conclude() {
  if (asked_ != Asked::request || is_answered_ || is_forgone_ || gone()) return;
  is_answered_ = is_error_ = true;
  Buffer text;
  append_error(text, id_, failure());
  Pieces message;
  message.add(text.view());
  put(message);
}

Error LineResponse::failure() const {
  if (is_too_large_) {
    return Error{ErrorKind::corrupt, "answer_too_large", "The answer is over the limit."};
  }
  if (is_session_lost_) {
    return Error{ErrorKind::unavailable, "session_lost",
                 "The server has lost this session, and a new one could not be begun."};
  }
  if (status_ >= kFirstErrorStatus) {
    return Error{ErrorKind::internal, "http_error",
                 fmt::format("The request was refused with HTTP status {}.", status_)};
  }
  return Error{ErrorKind::corrupt, "no_answer", "The request ended without an answer."};
}

}  // namespace junctor::agent
