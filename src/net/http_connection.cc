#include "net/http_connection.h"

#include "wire/http1_writer.h"

#include <algorithm>
#include <cerrno>

namespace junctor::net {
namespace {

using wire::http1::BodyKind;
using wire::http1::HeaderId;
using wire::http1::Method;
using wire::http1::Parse;

constexpr std::size_t kLingerBytesMax = std::size_t{256} << 10;
constexpr Duration kLingerTime = std::chrono::seconds{1};

// Of a head that was refused: its parsed form means nothing, but the answer to HEAD has no body
// all the same (RFC 9110 section 9.3.2).
bool asks_for_head(std::string_view text) noexcept {
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  return text.starts_with("HEAD ");
}

}  // namespace

rt::Task<void> HttpConnection::run(HttpServer& server, int descriptor, rt::Endpoint peer) {
  HttpConnection connection{server, descriptor, std::move(peer)};
  co_await connection.serve();
}

HttpConnection::HttpConnection(HttpServer& server, int descriptor, rt::Endpoint peer)
    : server_{server},
      stream_{server.shard_, descriptor},
      peer_{std::move(peer)},
      next_{server.first_} {
  if (next_ != nullptr) next_->previous_ = this;
  server_.first_ = this;
  ++server_.connections_;
  server_.cells_.connections.add();
  stream_.socket().observe(this);
}

HttpConnection::~HttpConnection() {
  if (previous_ != nullptr) previous_->next_ = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  if (server_.first_ == this) server_.first_ = next_;
  JUNCTOR_ASSERT(server_.connections_ > 0);
  --server_.connections_;
  server_.cells_.connections.sub();
  if (head_ != nullptr) server_.give_head(std::move(head_));
}

rt::Task<void> HttpConnection::serve() {
  while (co_await next_head()) {
    const Time began = server_.shard_.now();
    co_await serve_request();
    // The queue must be empty before the next answer, or a client that never reads would fill
    // memory.
    if (!out_.empty()) {
      if (!co_await drain(server_.shard_.now() + server_.options_.limits.write_timeout))
        keep_alive_ = false;
    }
    end_request(began);
    if (!keep_alive_ || gone_) break;
  }
  if (!gone_ && stream_.socket().open()) co_await linger();
}

rt::Task<bool> HttpConnection::next_head() {
  const HttpLimits& limits = server_.options_.limits;
  wire::http1::HeadScan scan;
  Time deadline = server_.shard_.now() + (fresh_ ? limits.head_timeout : limits.idle_timeout);
  bool begun = false;
  for (;;) {
    if (!in_.empty()) {
      if (!begun) deadline = server_.shard_.now() + limits.head_timeout;
      begun = true;
      fresh_ = false;
      if (scan.is_worth_parsing(in_.view(), limits.head)) {
        if (parse_head()) co_return true;
        if (phase_ != Phase::unanswered) co_return false;  // Refused.
      }
    }
    if (server_.draining_ && in_.empty()) co_return false;
    idle_ = in_.empty();
    const auto [outcome, bytes] = co_await receive(rt::Shard::kScratchBytes, deadline);
    if (outcome == Received::bytes) in_.append(bytes);
    idle_ = false;
    if (outcome == Received::timeout && begun) {
      server_.cells_.timeouts.add();
      refuse(408, "head_timeout");
    }
    if (outcome != Received::bytes) co_return false;
  }
}

// True when the head is whole and good; when it is refused, the answer has been sent.
bool HttpConnection::parse_head() {
  if (head_ == nullptr) head_ = server_.take_head();
  const auto parsed =
      wire::http1::parse_request_head(in_.view(), server_.options_.limits.head, *head_);
  if (parsed.outcome == Parse::complete) {
    head_bytes_ = parsed.consumed;
    answers_head_ = head_->method == Method::head;
    is_http_1_0_ = head_->minor == 0;
    keep_alive_ = head_->keep_alive && !server_.draining_;
    const std::size_t behind = in_.size() - head_bytes_;
    if (head_->body == BodyKind::length && head_->content_length <= behind) {
      body_bytes_ = static_cast<std::size_t>(head_->content_length);
      body_read_ = body_in_place_ = true;
    }
    if (head_->body == BodyKind::none) body_read_ = true;
    return true;
  }
  if (parsed.outcome == Parse::refused) {
    server_.cells_.refused_heads.add();
    server_.give_head(std::move(head_));
    answers_head_ = asks_for_head(in_.view());
    refuse(parsed.refusal.status, parsed.refusal.reason);
  }
  return false;
}

rt::Task<void> HttpConnection::serve_request() {
  HttpServer& server = server_;
  ++server.request_count_;
  ++server.in_flight_;
  server.cells_.in_flight.add();
  const HttpRoute* found = route();
  if (found != nullptr) {
    co_await found->handler->handle(*this, *this);
    listener_ = nullptr;
    if (phase_ == Phase::streaming) abort();  // A handler that ends early has not said all.
    if (phase_ == Phase::unanswered && !gone_) refuse(500, "no_answer");
  }
  --server.in_flight_;
  server.cells_.in_flight.sub();
}

// The handler's route; null when the request has been refused.
const HttpRoute* HttpConnection::route() {
  const auto& head = *head_;
  const auto& options = server_.options_;
  if (server_.in_flight_ > options.limits.in_flight_max) {
    server_.cells_.shed.add();
    const Field retry[] = {{"Retry-After", "1"}};
    refuse(503, "overloaded", retry);
    return nullptr;
  }
  const auto* origin = head.headers.find(HeaderId::origin);
  if (!options.hosts.host_allowed(head.host)) {
    refuse(403, "host_not_allowed");
    return nullptr;
  }
  if (origin != nullptr && (head.headers.is_repeated(HeaderId::origin) ||
                            !options.hosts.origin_allowed(origin->value))) {
    refuse(403, "origin_not_allowed");
    return nullptr;
  }
  const HttpRoute* found =
      wire::http1::is_plain_path(head.path) ? server_.router_.find(head.path) : nullptr;
  if (found == nullptr) {
    refuse(404, "no_such_path");
    return nullptr;
  }
  const std::string_view method = head.method == Method::head ? "GET" : head.method_text;
  if (std::ranges::find(found->methods, method) != found->methods.end()) return found;
  std::string allow;
  for (const std::string& each : found->methods) allow += (allow.empty() ? "" : ", ") + each;
  const Field fields[] = {{"Allow", allow}};
  refuse(405, "method_not_allowed", fields);
  return nullptr;
}

// The server's own answers: framing, limits, routing. Short, JSON, and nothing of the request in
// them.
void HttpConnection::refuse(int status, std::string_view reason, std::span<const Field> fields) {
  if (!body_read_) keep_alive_ = false;
  if (status == 400 || status == 408 || status >= 431) keep_alive_ = false;
  const std::string_view text[] = {R"({"error":")", wire::http1::reason_phrase(status),
                                   R"(","reason":")", reason, "\"}\n"};
  send({.status = status, .content_type = "application/json", .fields = fields}, text);
}

void HttpConnection::end_request(Time began) {
  const Duration took = server_.shard_.now() - began;
  server_.cells_.count_answer(gone_ && phase_ != Phase::finished ? 0 : status_, took);
  const auto one_in = server_.options_.access_one_in;
  if (one_in != 0 && server_.request_count_ % one_in == 0 && head_ != nullptr) {
    server_.log_.info("request", "served a request",
                      {{"method", head_->method_text},
                       {"path", head_->path},
                       {"status", status_},
                       {"bytes", sent_bytes_},
                       {"duration_s", std::chrono::duration<double>(took).count()},
                       {"peer", peer_.text()}});
  }
  if (!body_read_ || phase_ != Phase::finished) keep_alive_ = false;
  release();
  phase_ = Phase::unanswered;
  answers_head_ = false;
  body_read_ = false;
  sent_bytes_ = 0;
  half_close_told_ = false;
}

rt::Task<void> HttpConnection::linger() {
  if (!out_.empty()) co_return;
  stream_.socket().shutdown_write();
  const Time deadline = server_.shard_.now() + kLingerTime;
  std::size_t bytes_seen = 0;
  while (bytes_seen < kLingerBytesMax && !stream_.socket().gone()) {
    const auto [outcome, bytes] = co_await receive(rt::Shard::kScratchBytes, deadline);
    if (outcome != Received::bytes) break;
    bytes_seen += bytes.size();
  }
}

void HttpConnection::end_when_idle() noexcept {
  keep_alive_ = false;
  if (idle_) stream_.socket().close();
}

const wire::http1::RequestHead& HttpConnection::head() const noexcept {
  JUNCTOR_ASSERT(head_ != nullptr);  // Not after release().
  return *head_;
}

void HttpConnection::release() noexcept {
  if (head_ == nullptr) return;
  server_.give_head(std::move(head_));
  in_.consume(head_bytes_ + body_bytes_);
  body_.release();
  head_bytes_ = body_bytes_ = 0;
  body_in_place_ = false;
  if (!pipelined_.empty()) {
    JUNCTOR_ASSERT(in_.empty());
    in_.swap(pipelined_);
  }
}

// --- reading -----------------------------------------------------------------------------------

rt::Task<std::pair<HttpConnection::Received, std::string_view>> HttpConnection::receive(
    std::size_t bytes_max, Time deadline) {
  using Pair = std::pair<Received, std::string_view>;
  for (;;) {
    if (!stream_.maybe_receivable()) {
      const rt::Wake wake = co_await stream_.receivable(deadline);
      if (wake == rt::Wake::timeout) co_return Pair{Received::timeout, {}};
      if (wake == rt::Wake::cancelled) co_return Pair{Received::cancelled, {}};
    }
    const auto room = server_.shard_.scratch().first(std::min(bytes_max, rt::Shard::kScratchBytes));
    const ssize_t got = stream_.try_receive(room);
    if (got > 0) co_return Pair{Received::bytes, {room.data(), static_cast<std::size_t>(got)}};
    if (got == -EAGAIN) continue;
    if (got < 0) lose();
    co_return Pair{Received::end, {}};
  }
}

rt::Task<Result<std::string_view>> HttpConnection::body(std::size_t bytes_max) {
  const auto& head = this->head();
  const std::size_t limit = std::min(bytes_max, server_.options_.limits.body_bytes_max);
  const Error too_large{ErrorKind::too_large, "body_too_large",
                        "The request body is over the limit."};
  if (head.body == BodyKind::length && head.content_length > limit) {
    keep_alive_ = false;
    co_return std::unexpected{too_large};
  }
  if (!body_read_) {
    send_continue();
    const Time deadline = server_.shard_.now() + server_.options_.limits.body_timeout;
    auto read = head.body == BodyKind::length
                    ? co_await read_length(static_cast<std::size_t>(head.content_length), deadline)
                    : co_await read_chunked(limit, deadline);
    if (!read) {
      keep_alive_ = false;
      co_return std::unexpected{std::move(read).error()};
    }
    body_read_ = true;
    co_return body_.view();
  }
  co_return body_in_place_ ? in_.view().substr(head_bytes_, body_bytes_) : body_.view();
}

void HttpConnection::send_continue() {
  if (!head_->expect_continue || in_.size() > head_bytes_) return;
  const std::string_view text[] = {"HTTP/1.1 100 Continue\r\n\r\n"};
  send_pieces(text);
}

namespace {

Error body_error(bool timed_out, bool cancelled) {
  if (timed_out)
    return Error{ErrorKind::deadline_exceeded, "body_timeout", "The request body came too slowly."};
  if (cancelled) return Error{ErrorKind::cancelled, "draining", "The server is shutting down."};
  return Error{ErrorKind::unavailable, "client_gone", "The client left before its body was whole."};
}

}  // namespace

rt::Task<Result<>> HttpConnection::read_length(std::size_t length, Time deadline) {
  // What came with the head is moved: in_ must not grow, since the head's views point into it.
  const std::string_view behind = in_.view().substr(head_bytes_);
  body_.append(behind);
  body_bytes_ = behind.size();
  while (body_.size() < length) {
    const auto [outcome, bytes] = co_await receive(length - body_.size(), deadline);
    if (outcome != Received::bytes) {
      co_return std::unexpected{
          body_error(outcome == Received::timeout, outcome == Received::cancelled)};
    }
    body_.append(bytes);
  }
  co_return Result<>{};
}

Result<> HttpConnection::take_chunks(wire::http1::ChunkedDecoder& decoder, std::string_view& rest,
                                     std::size_t bytes_max) {
  using State = wire::http1::ChunkedDecoder::State;
  while (!rest.empty() && decoder.state() == State::more) {
    const auto step = decoder.next(rest);
    rest.remove_prefix(step.consumed);
    if (body_.size() + step.data.size() > bytes_max) {
      return fail(ErrorKind::too_large, "body_too_large", "The request body is over the limit.");
    }
    body_.append(step.data);
  }
  if (decoder.state() == State::refused) {
    return fail(ErrorKind::invalid_argument, decoder.refusal().reason,
                "The chunked body is malformed.");
  }
  return {};
}

rt::Task<Result<>> HttpConnection::read_chunked(std::size_t bytes_max, Time deadline) {
  using State = wire::http1::ChunkedDecoder::State;
  wire::http1::ChunkedDecoder decoder;
  std::string_view rest = in_.view().substr(head_bytes_);
  const std::size_t came_with_head = rest.size();
  JUNCTOR_CO_CHECK(take_chunks(decoder, rest, bytes_max));
  body_bytes_ = came_with_head - rest.size();
  while (decoder.state() == State::more) {
    const auto [outcome, bytes] = co_await receive(rt::Shard::kScratchBytes, deadline);
    if (outcome != Received::bytes) {
      co_return std::unexpected{
          body_error(outcome == Received::timeout, outcome == Received::cancelled)};
    }
    rest = bytes;
    JUNCTOR_CO_CHECK(take_chunks(decoder, rest, bytes_max));
    if (!rest.empty()) pipelined_.append(rest);
  }
  co_return Result<>{};
}

// --- writing -----------------------------------------------------------------------------------

std::size_t HttpConnection::write_head(std::span<char> room, const Answer& answer,
                                       std::int64_t length) {
  wire::http1::HeadWriter head{room};
  head.status_line(answer.status);
  head.lines(server_.date_line());
  if (!answer.content_type.empty()) head.header("Content-Type", answer.content_type);
  for (const Field& field : answer.fields) head.header(field.name, field.value);
  if (length >= 0) {
    head.header("Content-Length", static_cast<std::uint64_t>(length));
  } else if (framing_ == Framing::chunked) {
    head.lines("Transfer-Encoding: chunked\r\n");
  }
  if (!keep_alive_) {
    head.lines("Connection: close\r\n");
  } else if (is_http_1_0_) {
    head.lines("Connection: keep-alive\r\n");  // HTTP/1.0 closes unless told otherwise.
  }
  const auto written = head.finish();
  if (written) {
    status_ = answer.status;
    return *written;
  }
  // A field that came from an upstream and cannot be written as a line.
  server_.log_.error("bad_answer_head", "an answer's fields could not be written",
                     {{"reason", written.error().reason()}});
  JUNCTOR_ASSERT(answer.status != 500);  // Ours has no such fields.
  keep_alive_ = false;
  return write_head(room, {.status = 500, .content_type = {}, .fields = {}}, length);
}

namespace {

bool status_has_no_body(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

void HttpConnection::send(const Answer& answer, std::span<const std::string_view> body) {
  if (JUNCTOR_BUG(phase_ != Phase::unanswered)) return;
  constexpr std::size_t kPieces = 15;
  JUNCTOR_ASSERT(body.size() < kPieces);
  std::int64_t length = 0;
  for (const auto piece : body) length += static_cast<std::int64_t>(piece.size());
  char room[16 * 1024];
  const bool bodiless = status_has_no_body(answer.status);
  const std::size_t head_bytes = write_head(room, answer, bodiless ? -2 : length);
  phase_ = Phase::finished;
  std::array<std::string_view, kPieces> pieces;
  std::size_t count = 0;
  pieces[count++] = {room, head_bytes};
  if (!bodiless && !answers_head_) {
    for (const auto piece : body) pieces[count++] = piece;
  }
  send_pieces({pieces.data(), count});
}

void HttpConnection::start(const Answer& answer) {
  if (JUNCTOR_BUG(phase_ != Phase::unanswered)) return;
  framing_ = answers_head_  ? Framing::no_body
             : is_http_1_0_ ? Framing::until_close
                            : Framing::chunked;
  if (framing_ == Framing::until_close) keep_alive_ = false;
  char room[16 * 1024];
  const std::size_t head_bytes = write_head(room, answer, -1);
  out_.append({room, head_bytes});
  phase_ = Phase::streaming;
}

void HttpConnection::write(std::span<const std::string_view> pieces) {
  constexpr std::size_t kHeldBytesMax = std::size_t{4} << 10;
  constexpr std::size_t kPieces = 14;
  JUNCTOR_ASSERT(pieces.size() <= kPieces - 2);
  if (JUNCTOR_BUG(phase_ != Phase::streaming)) return;
  std::size_t bytes = 0;
  for (const auto piece : pieces) bytes += piece.size();
  if (bytes == 0 || framing_ == Framing::no_body || gone_) return;
  std::array<std::string_view, kPieces> framed;
  std::size_t count = 0;
  const wire::http1::ChunkHeader chunk{bytes};
  if (framing_ == Framing::chunked) framed[count++] = chunk.view();
  for (const auto piece : pieces) framed[count++] = piece;
  if (framing_ == Framing::chunked) framed[count++] = wire::http1::kChunkEnd;
  if (blocked_ || out_.size() + bytes <= kHeldBytesMax) {  // Small: wait for company.
    for (const auto piece : std::span{framed}.first(count)) out_.append(piece);
    return;
  }
  send_pieces({framed.data(), count});
}

void HttpConnection::flush() {
  if (!blocked_ && !out_.empty()) send_pieces({});
}

void HttpConnection::finish() {
  if (JUNCTOR_BUG(phase_ != Phase::streaming)) return;
  phase_ = Phase::finished;
  if (gone_) return;
  if (framing_ == Framing::chunked) out_.append(wire::http1::kLastChunk);
  flush();
}

void HttpConnection::abort() {
  if (phase_ == Phase::finished) return;
  phase_ = Phase::aborted;
  keep_alive_ = false;
  flush();  // What is whole so far may still be read.
}

// Sends what is held, and `pieces` behind it; what the socket does not take is queued.
void HttpConnection::send_pieces(std::span<const std::string_view> pieces) {
  constexpr std::size_t kVectors = 17;
  JUNCTOR_ASSERT(pieces.size() < kVectors);
  if (gone_) return;
  std::array<iovec, kVectors> vectors;
  std::size_t count = 0;
  const std::size_t held = out_.size();
  if (held != 0) vectors[count++] = {out_.data(), held};
  std::size_t total = held;
  for (const auto piece : pieces) {
    if (piece.empty()) continue;
    vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};  // iovec has no const form.
    total += piece.size();
  }
  if (count == 0) return;
  sent_bytes_ += total - held;
  std::size_t sent = 0;
  if (!blocked_) {
    const ssize_t result = stream_.try_send({vectors.data(), count});
    if (result < 0 && result != -EAGAIN) return lose();
    sent = result < 0 ? 0 : static_cast<std::size_t>(result);
    if (sent == total) return out_.release();
    blocked_ = true;
  }
  queue({vectors.data(), count}, sent);
}

// Keeps what is behind the first `sent` bytes; vectors[0] may be out_ itself.
void HttpConnection::queue(std::span<const iovec> pieces, std::size_t sent) {
  const bool holds = !out_.empty();
  const std::size_t of_held = holds ? std::min(sent, out_.size()) : 0;
  if (of_held != 0) out_.consume(of_held);
  sent -= of_held;
  for (const iovec& piece : pieces.subspan(holds ? 1 : 0)) {
    const std::size_t skip = std::min(sent, piece.iov_len);
    sent -= skip;
    out_.append({static_cast<const char*>(piece.iov_base) + skip, piece.iov_len - skip});
  }
  if (out_.size() > server_.options_.limits.backlog_bytes_max) lose();
}

rt::Task<Result<>> HttpConnection::drain(Time deadline) {
  while (!out_.empty() && !gone_) {
    const rt::Wake wake = co_await stream_.sendable(deadline);
    if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
    if (wake == rt::Wake::timeout) {
      server_.cells_.timeouts.add();
      lose();
      break;
    }
    blocked_ = false;
    flush();
  }
  if (gone_) co_return fail(ErrorKind::unavailable, "client_gone", "The client reads no more.");
  co_return Result<>{};
}

bool HttpConnection::half_closed() const noexcept {
  return const_cast<Stream&>(stream_).socket().peer_closed();
}

// Nothing can be delivered any more.
void HttpConnection::lose() noexcept {
  if (gone_) return;
  gone_ = true;
  keep_alive_ = false;
  out_.release();
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_client_gone();
}

void HttpConnection::on_socket(unsigned bits) noexcept {
  if ((bits & rt::kGone) != 0) return lose();
  if ((bits & rt::kWritable) != 0 && blocked_) {
    blocked_ = false;
    flush();
  }
  if ((bits & rt::kPeerClosed) != 0 && listener_ != nullptr && !half_close_told_) {
    half_close_told_ = true;
    listener_->on_client_half_closed();
  }
}

}  // namespace junctor::net
