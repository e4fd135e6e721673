#include "net/http_connection.h"

#include <algorithm>
#include <cerrno>

#include "net/body_reader.h"
#include "wire/chunked.h"
#include "wire/http1_writer.h"

namespace junctor::net {
namespace {

using wire::http1::BodyKind;
using wire::http1::HeaderId;
using wire::http1::Method;
using wire::http1::Parse;

// How much of a request that nobody reads is taken before the connection is closed, and for how
// long.
constexpr std::size_t kLingerBytesMax = std::size_t{256} << 10;
constexpr Duration kLingerTime = std::chrono::seconds{1};
constexpr std::size_t kHeadBytesMax = std::size_t{16} << 10;  // Of an answer.

// Of a head that was refused: its parsed form means nothing, but the answer to HEAD has no body
// all the same (RFC 9110 section 9.3.2).
bool asks_for_head(std::string_view text) noexcept {
  if (text.starts_with("\r\n")) text.remove_prefix(2);
  return text.starts_with("HEAD ");
}

}  // namespace

// The connection's life. An idle one holds this frame and next_head()'s, a streaming one this
// alone.
rt::Task<void> HttpConnection::run(HttpServer& server, int descriptor, rt::Endpoint peer) {
  HttpConnection self{server, descriptor, std::move(peer)};
  while (co_await self.next_head()) {
    const Time began = server.shard_.now();
    const HttpRoute* const found = self.begin_request();
    if (found != nullptr) co_await found->handler->handle(self, self);
    self.end_answer();
    // Before the next answer, or who never reads would fill memory.
    if (!self.out_.empty()) co_await self.deliver();
    self.end_request(began);
    if (!self.keep_alive_ || self.gone_) break;
  }
  if (!self.out_.empty()) co_await self.deliver();  // A refusal of next_head().
  if (self.breaks_off_) co_return self.stream_.socket().reset_on_close();
  if (!self.gone_ && self.stream_.socket().open()) co_await self.linger();
}

// In the server's list by links of its own: a drain finds every connection, and none costs an
// allocation for that.
HttpConnection::HttpConnection(HttpServer& server, int descriptor, rt::Endpoint peer)
    : server_{server},
      stream_{server.shard_, descriptor},
      peer_{std::move(peer)},
      next_{server.first_},
      out_{stream_, server.options_.limits.backlog_bytes_max} {
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

// Until the client has taken everything, however long, as long as it takes something.
rt::Task<void> HttpConnection::deliver() {
  while (!out_.empty() && !gone_) {
    const Time deadline = server_.shard_.now() + server_.options_.limits.write_timeout;
    const auto step = co_await drain_once(deadline);
    if (!step) break;
  }
  if (!out_.empty()) keep_alive_ = false;
}

// The deadline moves once: from how long a connection may be idle to how long a head may take from
// its first byte. A head that trickles gains no time by it.
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
    auto outcome = Received::nothing;
    // Not by receive(): a frame for each idle connection would double what it costs.
    if (!stream_.maybe_receivable()) outcome = after(co_await stream_.receivable(deadline));
    idle_ = false;
    std::string_view bytes;
    if (outcome == Received::nothing) outcome = receive_now(rt::Shard::kScratchBytes, bytes);
    if (outcome == Received::nothing) continue;
    if (outcome == Received::bytes) in_.append(bytes);
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

// The request is counted from here to end_answer(). Null when it has been refused.
const HttpRoute* HttpConnection::begin_request() {
  const auto one_in = server_.options_.access_one_in;
  if (one_in != 0 && ++server_.request_count_ % one_in == 0) {
    logged_ = std::make_unique<Logged>(std::string{head_->method_text}, std::string{head_->path});
  }
  ++server_.in_flight_;
  server_.cells_.in_flight.add();
  return route();
}

void HttpConnection::end_answer() {
  listener_ = nullptr;
  if (phase_ == Phase::streaming) abort();  // A handler that ends early has not said all.
  if (phase_ == Phase::unanswered && !gone_) refuse(500, "no_answer");
  JUNCTOR_ASSERT(server_.in_flight_ > 0);
  --server_.in_flight_;
  server_.cells_.in_flight.sub();
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
  //= mcp 2026-07-28 basic/transports/streamable-http#security-endpoint:forbidden MUST
  //= mcp 2025-11-25 basic/transports#security-warning:forbidden MUST
  if (origin != nullptr && (head.headers.is_repeated(HeaderId::origin) ||
                            !options.hosts.origin_allowed(origin->value, head.host))) {
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
  for (const std::string& each : found->methods) {
    allow += (allow.empty() ? "" : ", ") + each;
    if (each == "GET") allow += ", HEAD";
  }
  const Field fields[] = {{"Allow", allow}};
  refuse(405, "method_not_allowed", fields);
  return nullptr;
}

// The server's own answers: framing, limits, routing. Short, JSON, and nothing of the request in
// them.
void HttpConnection::refuse(int status, std::string_view reason, std::span<const Field> fields) {
  if (status == 400 || status == 408 || status >= 431) keep_alive_ = false;
  const std::string_view text[] = {R"({"error":")", wire::http1::reason_phrase(status),
                                   R"(","reason":")", reason, "\"}\n"};
  send({.status = status, .content_type = "application/json", .fields = fields}, text);
}

void HttpConnection::log_request(Duration took) {
  const auto logged = std::move(logged_);
  server_.log_.info("request", "served a request",
                    {{"method", logged->method},
                     {"path", logged->path},
                     {"status", status_},
                     {"bytes", out_.bytes_sent() - sent_before_},
                     {"duration_s", std::chrono::duration<double>(took).count()},
                     {"peer", peer_.text()}});
}

// A body that was not read to its end, or an answer that was not, leaves nothing to go on with.
void HttpConnection::end_request(Time began) {
  const Duration took = server_.shard_.now() - began;
  server_.cells_.count_answer(gone_ && phase_ != Phase::finished ? 0 : status_, took);
  if (logged_ != nullptr) log_request(took);
  if (!body_read_ || phase_ != Phase::finished) keep_alive_ = false;
  release();
  phase_ = Phase::unanswered;
  answers_head_ = is_http_1_0_ = false;  // The next head may be refused, and has neither then.
  body_read_ = body_failed_ = false;
  sent_before_ = out_.bytes_sent();
  status_ = 0;
}

// A close with unread bytes resets the connection, and a reset may overtake the answer: so the end
// of ours is told first, and what the client still sends is read and thrown away (RFC 9112 section
// 9.6).
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

// A request under way is finished; its answer says that the connection closes.
void HttpConnection::end_when_idle() noexcept {
  keep_alive_ = false;
  if (idle_) stream_.socket().close();
}

const wire::http1::RequestHead& HttpConnection::head() const noexcept {
  JUNCTOR_ASSERT(head_ != nullptr);  // Not after release_head().
  return *head_;
}

void HttpConnection::release_head() noexcept {
  if (head_ != nullptr) server_.give_head(std::move(head_));
}

// Once a request: what is in in_ afterwards belongs to the next one.
void HttpConnection::release() noexcept {
  if (head_bytes_ == 0) return;
  release_head();
  in_.consume(head_bytes_ + body_bytes_);
  head_bytes_ = body_bytes_ = 0;
  body_in_place_ = false;
  if (late_ == nullptr) return;
  if (!late_->pipelined.empty()) {
    JUNCTOR_ASSERT(in_.empty());
    in_.swap(late_->pipelined);
  }
  late_.reset();
}

// --- reading -----------------------------------------------------------------------------------

rt::Task<std::pair<HttpConnection::Received, std::string_view>> HttpConnection::receive(
    std::size_t bytes_max, Time deadline) {
  using Pair = std::pair<Received, std::string_view>;
  for (;;) {
    auto outcome = Received::nothing;
    if (!stream_.maybe_receivable()) outcome = after(co_await stream_.receivable(deadline));
    std::string_view bytes;
    if (outcome == Received::nothing) outcome = receive_now(bytes_max, bytes);
    if (outcome != Received::nothing) co_return Pair{outcome, bytes};
  }
}

HttpConnection::Received HttpConnection::after(rt::Wake wake) noexcept {
  if (wake == rt::Wake::ready) return Received::nothing;
  return wake == rt::Wake::timeout ? Received::timeout : Received::cancelled;
}

// Into the scratch of the shard: the bytes are to be used or copied before the next wait.
HttpConnection::Received HttpConnection::receive_now(std::size_t bytes_max,
                                                     std::string_view& bytes) {
  const auto room = server_.shard_.scratch().first(std::min(bytes_max, rt::Shard::kScratchBytes));
  const ssize_t got = stream_.try_receive(room);
  if (got == -EAGAIN) return Received::nothing;
  if (got > 0) {
    bytes = {room.data(), static_cast<std::size_t>(got)};
    return Received::bytes;
  }
  if (got < 0) lose();
  return Received::end;
}

// Most requests come in one piece, head and body: then the body is read where it stands, without a
// coroutine.
std::optional<std::string_view> HttpConnection::body_now(std::size_t bytes_max) const {
  if (!body_in_place_ || body_bytes_ > bytes_max ||
      body_bytes_ > server_.options_.limits.body_bytes_max) {
    return std::nullopt;
  }
  return in_.view().substr(head_bytes_, body_bytes_);
}

// May be asked again, and gives the same again. A length over the limit is refused before anything
// of the body is read, and before the client was told to go on.
rt::Task<Result<std::string_view>> HttpConnection::body(std::size_t bytes_max) {
  static constexpr char kNothing[kBufferPadding] = {};  // Padding behind an empty body, too.
  const auto& head = this->head();
  const std::size_t limit = std::min(bytes_max, server_.options_.limits.body_bytes_max);
  if (head.body == BodyKind::length && head.content_length > limit) {
    keep_alive_ = false;
    co_return std::unexpected{body_too_large()};
  }
  if (!body_read_) {
    auto read = co_await read_body(limit);
    if (!read) {
      keep_alive_ = false;
      body_failed_ = true;
      co_return std::unexpected{std::move(read).error()};
    }
    body_read_ = true;
  }
  if (body_in_place_) co_return in_.view().substr(head_bytes_, body_bytes_);
  const bool has_bytes = late_ != nullptr && !late_->body.empty();
  co_return has_bytes ? late_->body.view() : std::string_view{kNothing};
}

// What came with the head is moved: in_ must not grow, since the head's views point into it.
rt::Task<Result<>> HttpConnection::read_body(std::size_t bytes_max) {
  if (body_failed_) {
    co_return fail(ErrorKind::unavailable, "body_lost", "The request body was given up before.");
  }
  send_continue();
  const Time deadline = server_.shard_.now() + server_.options_.limits.body_timeout;
  late_ = std::make_unique<Late>();
  BodyReader reader{*head_, bytes_max};
  JUNCTOR_CO_TRY(body_bytes_, reader.take(in_.view().substr(head_bytes_)));
  while (!reader.done()) {
    const auto [outcome, bytes] =
        co_await receive(reader.wanted(rt::Shard::kScratchBytes), deadline);
    if (outcome != Received::bytes) co_return std::unexpected{body_error(outcome)};
    JUNCTOR_CO_TRY(const std::size_t used, reader.take(bytes));
    late_->pipelined.append(bytes.substr(used));
  }
  late_->body = std::move(reader).text();
  co_return Result<>{};
}

// Three ends that mean three things to a client: too slow, not now, and already gone.
Error HttpConnection::body_error(Received outcome) {
  switch (outcome) {
    case Received::timeout:
      server_.cells_.timeouts.add();
      return Error{ErrorKind::deadline_exceeded, "body_timeout",
                   "The request body came too slowly."};
    case Received::cancelled:
      return Error{ErrorKind::cancelled, "draining", "The server is shutting down."};
    default:
      return Error{ErrorKind::unavailable, "client_gone",
                   "The client left before its body was whole."};
  }
}

// Not when the answer has begun (the client would take it for a part of that), nor when the body
// has.
void HttpConnection::send_continue() {
  if (!head_->expect_continue || in_.size() > head_bytes_ || phase_ != Phase::unanswered) return;
  const std::string_view text[] = {"HTTP/1.1 100 Continue\r\n\r\n"};
  settle(out_.send(text));
}

// --- writing -----------------------------------------------------------------------------------

// `length` is negative when the framing needs none. What cannot be written becomes a 500 without a
// body.
std::size_t HttpConnection::write_head(std::span<char> room, const Answer& answer,
                                       std::int64_t length) {
  // The rest of a body is not looked for behind an answer: it would be read as a request.
  if (!body_read_) keep_alive_ = false;
  wire::http1::HeadWriter head{room};
  head.status_line(answer.status);
  head.lines(server_.date_line());
  head.lines(answer.lines);
  if (!answer.content_type.empty()) head.header("Content-Type", answer.content_type);
  for (const Field& field : answer.fields) head.header(field.name, field.value);
  if (length >= 0) {
    head.content_length(static_cast<std::uint64_t>(length));
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
  framing_ = Framing::no_body;
  return write_head(room, {.status = 500, .content_type = {}, .fields = {}}, 0);
}

namespace {

bool status_has_no_body(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

// Head and body leave with one system call. A second answer is a bug of the handler, and the first
// one stands.
void HttpConnection::send(const Answer& answer, std::span<const std::string_view> body) {
  if (JUNCTOR_BUG(phase_ != Phase::unanswered)) return;
  constexpr std::size_t kPieces = SendQueue::kPiecesMax;
  JUNCTOR_ASSERT(body.size() < kPieces);
  std::int64_t length = 0;
  for (const auto piece : body) length += static_cast<std::int64_t>(piece.size());
  char room[kHeadBytesMax];
  const bool bodiless = status_has_no_body(answer.status);
  framing_ = bodiless || answers_head_ ? Framing::no_body : Framing::length;
  const std::size_t head_bytes = write_head(room, answer, bodiless ? -1 : length);
  phase_ = Phase::finished;
  std::array<std::string_view, kPieces> pieces;
  std::size_t count = 0;
  pieces[count++] = {room, head_bytes};
  if (framing_ == Framing::length) {
    for (const auto piece : body) pieces[count++] = piece;
  }
  if (!gone_) settle(out_.send({pieces.data(), count}));
}

// The head waits for the first piece of the body, to leave with it; flush() sends it alone.
void HttpConnection::start(const Answer& answer) {
  if (JUNCTOR_BUG(phase_ != Phase::unanswered)) return;
  framing_ = answers_head_ || status_has_no_body(answer.status) ? Framing::no_body
             : is_http_1_0_                                     ? Framing::until_close
                                                                : Framing::chunked;
  if (framing_ == Framing::until_close) keep_alive_ = false;
  char room[kHeadBytesMax];
  const std::string_view head[] = {{room, write_head(room, answer, -1)}};
  phase_ = Phase::streaming;
  if (!gone_) settle(out_.hold(head));
}

// Each write is one chunk. Small ones wait for each other until flush(), which the handler calls
// when it has nothing more to say for now.
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
  const std::span<const std::string_view> all{framed.data(), count};
  const bool waits = out_.blocked() || out_.bytes() + bytes <= kHeldBytesMax;  // For company.
  settle(waits ? out_.hold(all) : out_.send(all));
}

void HttpConnection::flush() {
  if (!gone_ && !out_.blocked()) settle(out_.flush());
}

// The last chunk goes with what is held, in one packet.
void HttpConnection::finish() {
  if (JUNCTOR_BUG(phase_ != Phase::streaming)) return;
  phase_ = Phase::finished;
  if (gone_) return;
  const std::string_view last[] = {wire::http1::kLastChunk};
  if (framing_ == Framing::chunked) settle(out_.hold(last));
  flush();
}

// Without the last chunk, and without the length that was announced: the client sees that the
// answer is not whole.
void HttpConnection::abort() {
  if (phase_ == Phase::finished) return;
  phase_ = Phase::aborted;
  keep_alive_ = false;
  breaks_off_ = framing_ == Framing::until_close;
  flush();  // What is whole so far may still be read.
}

void HttpConnection::settle(SendQueue::Outcome outcome) noexcept {
  if (outcome == SendQueue::Outcome::good) [[likely]]
    return;
  if (outcome == SendQueue::Outcome::too_full) server_.cells_.timeouts.add();
  lose();
}

// The handler's way to be slowed by its client: whoever writes faster than this reads would fill
// memory.
rt::Task<Result<>> HttpConnection::drain(Time deadline) {
  while (!out_.empty() && !gone_) JUNCTOR_CO_CHECK(co_await drain_once(deadline));
  if (gone_) co_return fail(ErrorKind::unavailable, "client_gone", "The client reads no more.");
  co_return Result<>{};
}

// Waits until the socket takes more. The observer may have sent it all when the wait ends.
rt::Task<Result<>> HttpConnection::drain_once(Time deadline) {
  const rt::Wake wake = co_await stream_.sendable(deadline);
  if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled, "cancelled");
  if (wake == rt::Wake::timeout) {
    server_.cells_.timeouts.add();
    lose();
    co_return fail(ErrorKind::deadline_exceeded, "write_timeout", "The client reads too slowly.");
  }
  if (!gone_ && !out_.empty()) settle(out_.on_writable());
  co_return Result<>{};
}

// Asked of a const connection; Stream hands out its socket only as one that may be changed.
bool HttpConnection::half_closed() const noexcept {
  return const_cast<Stream&>(stream_).socket().peer_closed();
}

// Nothing can be delivered any more. Closing wakes whoever waits for the socket.
void HttpConnection::lose() noexcept {
  if (gone_) return;
  gone_ = true;
  keep_alive_ = false;
  out_.release();
  stream_.socket().close();
  if (listener_ != nullptr) std::exchange(listener_, nullptr)->on_client_gone();
}

void HttpConnection::on_socket(unsigned bits) noexcept {
  if ((bits & rt::kGone) != 0) return lose();
  if ((bits & rt::kWritable) != 0 && out_.blocked()) settle(out_.on_writable());
  // Once: the kernel repeats the bit with every later event.
  if ((bits & rt::kPeerClosed) != 0 && !std::exchange(half_close_seen_, true)) {
    if (listener_ != nullptr) listener_->on_client_half_closed();
  }
}

}  // namespace junctor::net
