#include "net/answer_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/assert.h"

namespace junctor::net {
namespace {

using wire::http1::BodyKind;
using wire::http1::ChunkedDecoder;
using wire::http1::Parse;
using wire::http1::ResponseHead;

constexpr std::array<char, kBufferPadding> kNothing{};

std::unexpected<Error> invalid(std::string_view why) {
  return fail(ErrorKind::corrupt, "upstream_invalid",
              "The upstream's answer is not valid HTTP/1.1 (" + std::string{why} + ").");
}

std::unexpected<Error> lost(std::string_view when) {
  return fail(ErrorKind::corrupt, "upstream_stream_lost",
              "The upstream closed the connection " + std::string{when} + ".");
}

// "timeout=5, max=100". What cannot be read says nothing.
Duration keep_alive_timeout(std::string_view value) noexcept {
  constexpr std::string_view kTimeout = "timeout=";
  constexpr std::uint32_t kSecondsMax = 1'000'000;
  wire::http1::ListReader list{value};
  while (list.next()) {
    const std::string_view member = list.member();
    if (!wire::http1::equal_ignoring_case(member.substr(0, kTimeout.size()), kTimeout)) continue;
    std::uint32_t seconds = 0;
    const std::string_view digits = member.substr(kTimeout.size());
    const auto [end, fault] = std::from_chars(digits.begin(), digits.end(), seconds);
    if (fault != std::errc{} || end != digits.end() || seconds > kSecondsMax) continue;
    return std::chrono::seconds{seconds};
  }
  return Duration::max();
}

}  // namespace

void AnswerReader::begin(wire::http1::RequestKind kind) noexcept {
  JUNCTOR_ASSERT(kept_.empty());
  at_ = At::head;
  kind_ = kind;
  touched_ = keep_alive_ = overrun_ = false;
  informational_ = 0;
  reuse_for_ = Duration::max();
  scan_.reset();
}

bool AnswerReader::reusable() const noexcept {
  return at_ == At::ended && keep_alive_ && !overrun_;
}

// Touched by any byte at all: from then on the upstream has begun to answer, and the request is not
// safe to send again.
Result<AnswerProgress> AnswerReader::feed(std::string_view text, const wire::http1::Limits& limits,
                                          AnswerSink& sink) {
  JUNCTOR_ASSERT(at_ != At::ended && !text.empty());
  touched_ = true;
  return at_ == At::head ? feed_head(text, limits, sink) : feed_body(text, sink);
}

Result<AnswerProgress> AnswerReader::feed_head(std::string_view text,
                                               const wire::http1::Limits& limits,
                                               AnswerSink& sink) {
  if (!kept_.empty()) {
    kept_.append(text);
    text = kept_.view();
  }
  // 5 KiB, unwritten: on the stack it costs nothing, and no connection holds one.
  ResponseHead head;
  while (true) {
    Parse outcome = Parse::incomplete;
    if (!text.empty() && scan_.is_worth_parsing(text, limits)) {
      const auto got = wire::http1::parse_response_head(text, limits, kind_, head);
      if (got.outcome == Parse::refused) return invalid(got.refusal.reason);
      JUNCTOR_ASSERT(got.consumed <= text.size());
      if (got.outcome == Parse::complete) text.remove_prefix(got.consumed);
      outcome = got.outcome;
    }
    if (outcome == Parse::incomplete) {
      keep(text);
      return AnswerProgress::more;
    }
    scan_.reset();
    if (head.status >= 200) break;
    if (++informational_ > kInformationalMax) return invalid("too_many_informational");
  }
  note_head(head);  // Before the sink: the views in `head` end with this text.
  JUNCTOR_CHECK(sink.on_head(head));
  at_ = At::body;
  auto progress = feed_body(text, sink);
  kept_.release();  // What follows comes from the scratch; a stream holds nothing.
  return progress;
}

// `text` is the end of kept_, or not in it at all.
void AnswerReader::keep(std::string_view text) {
  if (kept_.empty()) return kept_.append(text);
  JUNCTOR_ASSERT(text.size() <= kept_.size());
  kept_.consume(kept_.size() - text.size());
}

void AnswerReader::note_head(const ResponseHead& head) noexcept {
  body_ = head.body;
  left_bytes_ = head.content_length;
  keep_alive_ = head.keep_alive && head.body != BodyKind::until_close;
  if (body_ == BodyKind::chunked) chunks_ = ChunkedDecoder{};
  const auto* field = head.headers.find(wire::http1::HeaderId::keep_alive);
  if (field != nullptr) reuse_for_ = keep_alive_timeout(field->value);
}

Result<AnswerProgress> AnswerReader::feed_body(std::string_view text, AnswerSink& sink) {
  JUNCTOR_ASSERT(at_ == At::body);
  if (body_ == BodyKind::none) return finish(text.substr(0, 0), text, sink);
  if (text.empty()) return AnswerProgress::more;  // An empty piece would say nothing.
  if (body_ == BodyKind::length) return feed_length(text, sink);
  if (body_ == BodyKind::chunked) return feed_chunks(text, sink);
  JUNCTOR_CHECK(sink.on_body(text, Part::more));
  return AnswerProgress::more;
}

// Bytes behind the length are not the body's; finish() notes them, and the connection is not used
// again.
Result<AnswerProgress> AnswerReader::feed_length(std::string_view text, AnswerSink& sink) {
  JUNCTOR_ASSERT(left_bytes_ > 0);
  const std::size_t size = std::min<std::uint64_t>(left_bytes_, text.size());
  left_bytes_ -= size;
  if (left_bytes_ == 0) return finish(text.substr(0, size), text.substr(size), sink);
  JUNCTOR_CHECK(sink.on_body(text, Part::more));
  return AnswerProgress::more;
}

// A piece is handed on when the next one is known, so that a short answer is told as one piece, the
// last.
Result<AnswerProgress> AnswerReader::feed_chunks(std::string_view text, AnswerSink& sink) {
  std::string_view piece = text.substr(0, 0);
  while (!text.empty() && chunks_.state() == ChunkedDecoder::State::more) {
    const ChunkedDecoder::Step step = chunks_.next(text);
    text.remove_prefix(step.consumed);
    if (step.data.empty()) continue;
    if (!piece.empty()) JUNCTOR_CHECK(sink.on_body(piece, Part::more));
    piece = step.data;
  }
  if (chunks_.state() == ChunkedDecoder::State::done) return finish(piece, text, sink);
  if (!piece.empty()) JUNCTOR_CHECK(sink.on_body(piece, Part::more));
  if (chunks_.state() == ChunkedDecoder::State::refused) return invalid(chunks_.refusal().reason);
  return AnswerProgress::more;
}

// Ended before the sink is told: it may give the connection back from within the call.
Result<AnswerProgress> AnswerReader::finish(std::string_view piece, std::string_view behind,
                                            AnswerSink& sink) {
  at_ = At::ended;
  overrun_ = !behind.empty();
  JUNCTOR_CHECK(sink.on_body(piece, Part::last));
  return AnswerProgress::ended;
}

// The end of the stream is the end of a body only where the head announced no other (RFC 9112
// section 8).
Result<AnswerProgress> AnswerReader::close(AnswerSink& sink) {
  JUNCTOR_ASSERT(at_ != At::ended);
  if (at_ == At::head)
    return lost(touched_ ? "within the head of its answer" : "without an answer");
  if (body_ != BodyKind::until_close) return lost("before its answer was complete");
  return finish({kNothing.data(), 0}, {}, sink);
}

}  // namespace junctor::net
