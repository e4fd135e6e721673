#include "agent/answer_relay.h"

#include <charconv>

#include "agent/negotiation.h"
#include "wire/json_text.h"

namespace junctor::agent {
namespace {

using net::Part;
using wire::JsonRpcKind;
using wire::JsonStop;
using wire::http1::HeaderId;

constexpr bool is_get(AnswerRelay::Asked asked) noexcept {
  return asked == AnswerRelay::Asked::events || asked == AnswerRelay::Asked::resumption;
}

// The verdict of read_upstream_message() on a body that was not kept.
bool is_answer(const wire::JsonEnvelope& envelope) noexcept {
  using wire::JsonKind;
  const bool has_id = envelope.id == JsonKind::string || envelope.id == JsonKind::number;
  const bool is_unnamed =
      envelope.method == JsonKind::none &&
      (envelope.jsonrpc == JsonKind::none || envelope.jsonrpc == JsonKind::string);
  if (envelope.root != JsonKind::object || !is_unnamed) return false;
  if (envelope.result != JsonKind::none) return envelope.error == JsonKind::none && has_id;
  // Without an id member there is no place left where the request's could have been written.
  return envelope.error == JsonKind::object && (has_id || envelope.id == JsonKind::null);
}

// What HTTP says of an error that came over another transport.
constexpr int status_of_error(std::int64_t code) noexcept {
  switch (code) {
    //= mcp 2026-07-28 basic/transports/streamable-http#protocol-version-header:method MUST
    case wire::kMethodNotFound: return 404;
    case wire::kHeaderMismatch:
    case wire::kMissingClientCapability:
    case wire::kUnsupportedVersion: return 400;
    default: return 200;
  }
}

// Whole lines of which something has to go out before the body's end: several messages, or one that
// is not the last.
bool are_documents(std::string_view lines) noexcept {
  const UpstreamMessage first = read_upstream_message(lines);
  if (first.fault == wire::JsonFault::trailing) return true;
  return first.kind == JsonRpcKind::notification || first.kind == JsonRpcKind::request;
}

}  // namespace

AnswerRelay::AnswerRelay(const Limits& limits, ClientAnswer* answer, Plan plan)
    : limits_{limits}, answer_{answer}, plan_{plan} {
  JUNCTOR_ASSERT(answer_ != nullptr || (plan_.stream != nullptr && is_get(plan_.asked)));
}

// The first reason stands: what goes wrong afterwards goes wrong because of it.
void AnswerRelay::fail_with(ErrorKind kind, std::string_view reason, std::string detail) {
  if (outcome_ != Outcome::open) return;
  outcome_ = Outcome::failed;
  failure_.emplace(kind, reason, std::move(detail));
}

//= mcp 2026-07-28 basic/transports/streamable-http#sending-messages:both MUST
//= mcp 2025-11-25 basic/transports#sending-messages-to-the-server:both MUST
// Status and type decide together what the body is taken for. A JSON body is read whatever its
// status says: servers put their JSON-RPC errors under 400 and 404, and those are answers.
Result<> AnswerRelay::on_head(const wire::http1::ResponseHead& head) {
  JUNCTOR_ASSERT(body_ == Body::none);
  status_ = head.status;
  body_ = Body::ignored;
  if (plan_.opening != nullptr) {
    plan_.opening->upstream_session_id = head.headers.value(HeaderId::mcp_session_id);
  }
  if ((status_ == 429 || status_ == 503) && answer_ != nullptr)
    answer_->set_retry_after(head.headers.value(HeaderId::retry_after));
  if (plan_.asked == Asked::notification && status_ >= 200 && status_ < 300) {
    outcome_ = Outcome::answered;  // Whatever its body says: 202, 200 and 204 are all seen.
    return {};
  }
  const MediaType type = media_type(head.headers.value(HeaderId::content_type));
  // A server without a stream of its own may have no route for GET: that 404 is no MCP answer.
  const bool is_of_session = type == MediaType::json || !is_get(plan_.asked);
  if (status_ == 404 && plan_.had_session && is_of_session) {
    outcome_ = Outcome::session_lost;
  } else if (status_ == 401 || status_ == 403 || (status_ >= 300 && status_ < 400)) {
    refuse_by_status();
  } else if (type == MediaType::events && status_ == 200) {
    body_ = Body::events;
    events_ = std::make_unique<wire::SseDecoder>(wire::SseDecoder::Limits{limits_.event_bytes_max});
  } else if (type == MediaType::json && status_ != 202 && !is_get(plan_.asked)) {
    body_ = Body::json;
  } else {
    refuse_by_status();
  }
  return {};
}

// What an upstream says by its status alone.
void AnswerRelay::refuse_by_status() {
  const std::string number = std::to_string(status_);
  if (status_ == 401 || status_ == 403) {
    return fail_with(ErrorKind::unavailable, "upstream_auth",
                     "The upstream refused the gateway's credentials (HTTP " + number + ").");
  }
  if (status_ == 429 || status_ == 503) {
    return fail_with(ErrorKind::unavailable, "upstream_busy",
                     "The upstream is overloaded (HTTP " + number + ").");
  }
  if (status_ >= 500) {
    return fail_with(ErrorKind::corrupt, "upstream_error",
                     "The upstream failed (HTTP " + number + ").");
  }
  fail_with(ErrorKind::corrupt, "upstream_invalid",
            "The upstream's answer is no MCP message (HTTP " + number + ").");
}

// An outcome that stands lets the rest go by: the connection can be used again only when the body
// was read to its end.
Result<> AnswerRelay::on_body(std::string_view piece, Part part) {
  body_bytes_ += piece.size();
  if (outcome_ != Outcome::open) return {};
  switch (body_) {
    case Body::events:
      take_events(piece, part);
      if (plan_.stream != nullptr) plan_.stream->flush();  // Its reader need not be `answer_`.
      break;
    case Body::ignored: break;
    default:
      if (body_bytes_ > limits_.answer_bytes_max) {
        fail_with(ErrorKind::corrupt, "upstream_too_large",
                  "The upstream's answer is over the limit.");
        if (body_ == Body::streamed) answer_->abort();
        return fail(ErrorKind::corrupt, "upstream_too_large");
      }
      take_json(piece, part);
  }
  return {};
}

// --- JSON bodies ---------------------------------------------------------------------------------

// One scan when the whole body is there, which is nearly always; else it is held, and streamed from
// a size on.
void AnswerRelay::take_json(std::string_view piece, Part part) {
  switch (body_) {
    case Body::json:
      if (part == Part::last) return take_whole(piece);
      if (piece.size() > kHeldBytesMax && may_stream() && !holds_documents(piece)) {
        begin_streamed();  // Large from the start: not copied in order to be held.
        return take_streamed(piece, part);
      }
      body_ = Body::held;
      [[fallthrough]];
    case Body::held: return take_held(piece, part);
    case Body::streamed: return take_streamed(piece, part);
    default: JUNCTOR_ASSERT(body_ == Body::many); take_documents(piece, part);
  }
}

// A body that is no answer is told by its status where that says more: "overloaded" is better news
// than "not JSON-RPC".
void AnswerRelay::take_whole(std::string_view text) {
  const UpstreamMessage message = read_upstream_message(text);
  if (message.fault == wire::JsonFault::trailing) {
    begin_documents();
    return take_documents(text, Part::last);
  }
  if (is_lost_session(message)) {
    outcome_ = Outcome::session_lost;
    return;
  }
  if (message.is_final()) return deliver_final(message);
  if (status_ >= 400) return refuse_by_status();
  fail_with(ErrorKind::corrupt, "upstream_invalid", "The upstream's answer is no JSON-RPC answer.");
}

// An answer that came in parts is held while it is small, so that it can still become what it turns
// out to be. That of `initialize` always is: the session begins before anything of it goes out.
void AnswerRelay::take_held(std::string_view piece, Part part) {
  const bool was_small = held_.size() <= kHeldBytesMax;
  held_.append(piece);
  Buffer whole;
  if (part == Part::last) {
    whole.swap(held_);
    return take_whole(whole.view());
  }
  if (was_small && holds_documents(held_.view())) {
    begin_documents();
    whole.swap(held_);
    return take_documents(whole.view(), Part::more);
  }
  if (held_.size() <= kHeldBytesMax || !may_stream()) return;
  whole.swap(held_);
  begin_streamed();
  take_streamed(whole.view(), Part::more);
}

// Whole lines, each a document: the body is a stream of messages.
bool AnswerRelay::holds_documents(std::string_view text) {
  // Forwards first: rfind() looks at each byte by itself, 30 us for a large answer without lines.
  if (text.find('\n') == std::string_view::npos) return false;
  return are_documents(text.substr(0, text.rfind('\n')));
}

bool AnswerRelay::may_stream() const {
  return answer_->accepted().json && !answer_->started() && plan_.opening == nullptr;
}

void AnswerRelay::begin_streamed() {
  body_ = Body::streamed;
  json_ = std::make_unique<wire::JsonStream>(wire::JsonStream::Documents::one,
                                             wire::JsonStream::Limits{limits_.answer_bytes_max});
  answer_->begin_json(status_);
}

// The text goes on as it is, but for two places where the tokenizer stops: the upstream's id, which
// is replaced by the client's, and the end of `result`, where a missing member is put in.
void AnswerRelay::take_streamed(std::string_view piece, Part part) {
  for (;;) {
    const auto step = json_->feed(piece);
    if (!in_id_) answer_->json(piece.substr(0, step.used));
    piece.remove_prefix(step.used);
    if (step.stop == JsonStop::more) break;
    if (step.stop == JsonStop::fault) {
      answer_->abort();  // Never completed: the client sees that it is broken.
      return fail_with(ErrorKind::corrupt, "upstream_invalid",
                       "The upstream's answer is no valid JSON.");
    }
    if (step.stop == JsonStop::id_begin && !plan_.id.empty()) {
      answer_->json(plan_.id);
      in_id_ = true;
    }
    if (step.stop == JsonStop::id_end) in_id_ = false;
    const auto& envelope = json_->envelope();
    if (step.stop == JsonStop::result_end && plan_.era == wire::Era::modern &&
        envelope.result_type == wire::JsonKind::none) {
      answer_->json(envelope.result_is_empty ? R"("resultType":"complete")"
                                             : R"(,"resultType":"complete")");
    }
  }
  if (part == Part::last) end_streamed();
}

// What is known only at the end is judged at the end; the client has nearly everything by then, and
// an answer cut short is how it hears that this was none.
void AnswerRelay::end_streamed() {
  const bool is_whole = json_->finish() != JsonStop::fault;
  if (!is_whole || !is_answer(json_->envelope())) {
    answer_->abort();
    return fail_with(ErrorKind::corrupt, "upstream_invalid",
                     is_whole ? "The upstream's answer is no JSON-RPC answer."
                              : "The upstream's answer ended early.");
  }
  is_error_ = json_->envelope().error != wire::JsonKind::none;
  outcome_ = Outcome::answered;
  answer_->end_json();
}

void AnswerRelay::begin_documents() {
  body_ = Body::many;
  json_ = std::make_unique<wire::JsonStream>(wire::JsonStream::Documents::many,
                                             wire::JsonStream::Limits{limits_.answer_bytes_max});
}

// Several JSON documents in one body, as some servers stream: each is a message. What is not whole
// is held.
void AnswerRelay::take_documents(std::string_view piece, Part part) {
  JUNCTOR_ASSERT(body_ == Body::many);
  std::size_t begin = 0;  // Of the document, or of the rest of it, in this piece.
  std::size_t at = 0;
  while (outcome_ == Outcome::open) {
    const auto step = json_->feed(piece.substr(at));
    at += step.used;
    const bool at_end = step.stop == JsonStop::more && part == Part::last &&
                        json_->finish() == JsonStop::document_end;
    if (step.stop == JsonStop::document_end || at_end) {
      Buffer document;
      document.swap(held_);
      document.append(piece.substr(begin, at - begin));
      begin = at;
      take_message(read_upstream_message(document.view()));
    }
    if (step.stop == JsonStop::fault) {
      return fail_with(ErrorKind::corrupt, "upstream_invalid",
                       "The upstream's answer is no valid JSON.");
    }
    if (step.stop == JsonStop::more) break;
  }
  held_.append(piece.substr(begin));
  if (part == Part::last && outcome_ == Outcome::open) outcome_ = Outcome::interrupted;
}

//= mcp 2026-07-28 basic#error-codes:assume MUST NOT
bool AnswerRelay::is_lost_session(const UpstreamMessage& message) const noexcept {
  // Servers of SDK v1 say 400 and -32000 where 404 is due.
  return plan_.had_session && status_ == 400 && message.kind == JsonRpcKind::error_response &&
         message.error_code.raw == "-32000";
}

// --- event streams -------------------------------------------------------------------------------

// The stream may end in the middle of an event; one whose data is a whole message is taken, since
// servers forget the last blank line.
void AnswerRelay::take_events(std::string_view piece, Part part) {
  events_->feed(piece);
  while (outcome_ == Outcome::open) {
    const auto next = events_->next();
    if (!next) {
      return fail_with(ErrorKind::corrupt, "upstream_too_large",
                       "An event of the upstream is over the limit.");
    }
    const std::optional<wire::SseEvent>& event = *next;
    if (!event) break;
    take_event(*event);
  }
  if (part != Part::last || outcome_ != Outcome::open) return;
  if (const auto event = events_->finish(); event) {
    if (read_upstream_message(event->data).kind != JsonRpcKind::invalid) take_event(*event);
  }
  if (outcome_ == Outcome::open) outcome_ = Outcome::interrupted;
}

// Other types of events are for other protocols on the same stream, and mean nothing here.
void AnswerRelay::take_event(const wire::SseEvent& event) {
  if (event.has_id) last_event_id_ = event.id;
  if (event.retry) retry_ = wire::clamp_sse_retry(*event.retry);
  if (event.has_data && event.data.empty()) {
    //= mcp 2025-11-25 basic/transports#sending-messages-to-the-server SHOULD
    if (event.has_id && plan_.stream != nullptr) plan_.stream->prime(event.retry);
    return;
  }
  if (!event.has_data || event.type != "message") return;
  const UpstreamMessage message = read_upstream_message(event.data);
  if (message.kind == JsonRpcKind::invalid) {
    return fail_with(ErrorKind::corrupt, "upstream_invalid",
                     "An event of the upstream is no JSON-RPC message.");
  }
  take_message(message);
}

// A line of a process. It has no status; a client over HTTP gets the one that an HTTP server would
// have given.
void AnswerRelay::take(const UpstreamMessage& message) {
  if (outcome_ != Outcome::open) return;
  body_ = Body::lines;
  status_ = 200;
  if (message.kind == JsonRpcKind::error_response && plan_.era == wire::Era::modern) {
    status_ = status_of_error(wire::json_integer(message.error_code.raw).value_or(0));
  }
  take_message(message);
  if (plan_.stream != nullptr) plan_.stream->flush();
}

//= mcp 2026-07-28 basic/patterns/subscriptions#acknowledgment:first MUST
// Modern servers ask nothing on a stream (they return what they need as a result), so a request
// there is dropped, as the specification lets a client do.
void AnswerRelay::take_message(const UpstreamMessage& message) {
  if (message.kind == JsonRpcKind::invalid) {
    return fail_with(ErrorKind::corrupt, "upstream_invalid",
                     "The upstream's answer is no JSON-RPC message.");
  }
  //= mcp 2025-11-25 basic/transports#listening-for-messages-from-the-server:response MUST NOT
  if (message.is_final() && plan_.asked == Asked::events) return;
  if (message.is_final()) return deliver_final(message);
  //= mcp 2026-07-28 basic/patterns#top:requests MUST NOT
  //= mcp 2026-07-28 basic/transports/streamable-http#receiving-messages:request MUST NOT
  if (message.kind == JsonRpcKind::request && plan_.era == wire::Era::modern) return;
  if (plan_.opening != nullptr) plan_.opening->tell(*plan_.opening);
  if (plan_.stream != nullptr) return plan_.stream->say(message);
  if (answer_->accepted().events) answer_->event({}, repaired(message, {}, plan_.era));
}

//= mcp 2026-07-28 basic/patterns/progress#implementation-notes:stop MUST
//= mcp 2025-11-25 basic/utilities/progress#implementation-notes:stop MUST
// The session has its version before the client has the answer: its next request may come at once.
void AnswerRelay::deliver_final(const UpstreamMessage& message) {
  is_error_ = message.kind == JsonRpcKind::error_response;
  outcome_ = Outcome::answered;
  if (plan_.opening != nullptr && !is_error_) {
    plan_.opening->version = wire::find_version(message.protocol_version);
    plan_.opening->tell(*plan_.opening);
  }
  const Pieces pieces = repaired(message, plan_.id, plan_.era);
  // A stream that the upstream chose stays one, for a client that takes it.
  const bool has_begun = plan_.stream != nullptr ? plan_.stream->has_ids() : answer_->has_events();
  const bool in_stream =
      body_ == Body::events || body_ == Body::many || (body_ == Body::lines && has_begun);
  const bool takes_events = answer_ == nullptr || answer_->accepted().events;
  if (in_stream && plan_.stream != nullptr) {
    plan_.stream->publish(pieces);
    plan_.stream->end();
    if (takes_events) return;
  }
  if (in_stream && takes_events) {
    answer_->event({}, pieces);
    return answer_->end_events();
  }
  answer_->send_final(status_, pieces);
}

}  // namespace junctor::agent
