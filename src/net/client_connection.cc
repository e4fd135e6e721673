#include "net/client_connection.h"

#include <array>
#include <cerrno>
#include <utility>

#include "base/assert.h"

namespace junctor::net {
namespace {

// Takes `bytes` off the front of `pieces`; gives what is left of them.
std::span<iovec> advance(std::span<iovec> pieces, std::size_t bytes) noexcept {
  while (!pieces.empty() && bytes >= pieces.front().iov_len) {
    bytes -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (pieces.empty()) {
    JUNCTOR_ASSERT(bytes == 0);
    return pieces;
  }
  pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + bytes;
  pieces.front().iov_len -= bytes;
  return pieces;
}

}  // namespace

ClientConnection::ClientConnection(HttpClient& client, std::unique_ptr<Stream> stream) noexcept
    : client_{client}, stream_{std::move(stream)} {
  JUNCTOR_ASSERT(stream_ != nullptr);
  stream_->socket().observe(this);
}

ClientConnection::~ClientConnection() {
  stream_->socket().observe(nullptr);  // The stream may still say goodbye.
  if (state_ != State::shut) client_.connection_closed();
}

// Gives false when the peer surely has nothing of the request: then, and only then, it may be sent
// again without asking what it does.
bool ClientConnection::try_begin(std::span<const std::string_view> request,
                                 wire::http1::RequestKind kind) {
  JUNCTOR_ASSERT(state_ == State::busy && unsent_.empty() && ahead_.empty());
  JUNCTOR_ASSERT(request.size() <= kRequestPiecesMax);
  std::array<iovec, kRequestPiecesMax> room{};
  std::size_t count = 0;
  for (const std::string_view piece : request) {
    if (piece.empty()) continue;
    room[count++] = {const_cast<char*>(piece.data()), piece.size()};  // It is only read.
  }
  JUNCTOR_ASSERT(count > 0);
  answer_.begin(kind);
  std::span<iovec> rest{room.data(), count};
  // A short write says nothing; only -EAGAIN promises to be told when there is room again.
  bool anything_sent = false;
  while (!rest.empty()) {
    const ssize_t sent = stream_->try_send(rest);
    if (sent < 0 && sent != -EAGAIN) {
      write_failed_ = true;
      return anything_sent;
    }
    if (sent == -EAGAIN) break;
    anything_sent = true;
    rest = advance(rest, static_cast<std::size_t>(sent));
  }
  // The pieces belong to the caller, who may go on: what is left of a large request is copied.
  for (const iovec& piece : rest) {
    unsent_.append({static_cast<const char*>(piece.iov_base), piece.iov_len});
  }
  return true;
}

// Waits without consuming where it can: what it has to read is kept in ahead_, for receive() to
// begin with.
rt::Task<Result<ClientConnection::FirstByte>> ClientConnection::first_byte(Time deadline) {
  JUNCTOR_ASSERT(state_ == State::busy && ahead_.empty());
  rt::Socket& socket = stream_->socket();
  while (true) {
    if (!stream_->maybe_receivable()) {
      const rt::Wake wake = co_await stream_->receivable(deadline);
      if (wake == rt::Wake::cancelled) co_return fail(ErrorKind::cancelled);
      if (wake == rt::Wake::timeout) {
        co_return fail(ErrorKind::deadline_exceeded, "upstream_timeout",
                       "The upstream did not answer in time.");
      }
    }
    // Readable and not closed is an answer. Under TLS, or with the end behind it, only reading
    // tells.
    const bool ending = socket.peer_closed() || socket.gone() || !socket.open();
    if (!ending && client_.url().scheme == Url::Scheme::http) co_return FirstByte::came;
    const std::span<char> scratch = client_.shard_.scratch();
    const ssize_t got = stream_->try_receive(scratch);
    if (got == -EAGAIN) continue;
    if (got <= 0) co_return FirstByte::lost;
    ahead_.append({scratch.data(), static_cast<std::size_t>(got)});
    co_return FirstByte::came;
  }
}

Result<ClientConnection::Received> ClientConnection::hand_on(std::string_view text,
                                                             AnswerSink& sink) {
  JUNCTOR_TRY(const AnswerProgress progress,
              answer_.feed(text, client_.options_.limits.head, sink));
  return progress == AnswerProgress::ended ? Received::ended : Received::more;
}

// A reset within an answer is a loss even if it would have ended with the stream: nobody can say
// that it was whole.
Result<ClientConnection::Received> ClientConnection::receive(AnswerSink& sink) {
  JUNCTOR_ASSERT(state_ == State::busy);
  if (!ahead_.empty()) {
    const Buffer ahead = std::exchange(ahead_, {});  // Lives as long as the views into it.
    return hand_on(ahead.view(), sink);
  }
  const std::span<char> scratch = client_.shard_.scratch();
  const ssize_t got = stream_->try_receive(scratch);
  if (got == -EAGAIN) return Received::nothing;
  if (got > 0) return hand_on({scratch.data(), static_cast<std::size_t>(got)}, sink);
  if (got < 0) {
    return fail(ErrorKind::corrupt, "upstream_stream_lost",
                answer_.untouched() ? "The connection to the upstream broke before it answered."
                                    : "The connection to the upstream broke within its answer.");
  }
  JUNCTOR_TRY(const AnswerProgress progress, answer_.close(sink));
  JUNCTOR_ASSERT(progress == AnswerProgress::ended);
  return Received::ended;
}

// Bytes on a connection that nobody asked are the answer to something else, or an end: it is not
// used again.
bool ClientConnection::is_quiet() noexcept {
  const rt::Socket& socket = stream_->socket();
  if (!socket.open() || socket.peer_closed() || socket.gone()) return false;
  return !stream_->maybe_receivable() || stream_->try_receive(client_.shard_.scratch()) == -EAGAIN;
}

bool ClientConnection::reusable() {
  JUNCTOR_ASSERT(state_ == State::busy);
  return answer_.reusable() && unsent_.empty() && !write_failed_ && ahead_.empty() && is_quiet();
}

// The timer costs a store; most idle connections are taken again long before it.
void ClientConnection::park(Time until) noexcept {
  JUNCTOR_ASSERT(state_ == State::busy && unsent_.empty());
  state_ = State::idle;
  arm(client_.shard_.timers(), until);
}

bool ClientConnection::unpark(Time now) noexcept {
  JUNCTOR_ASSERT(state_ == State::idle);
  state_ = State::busy;
  const bool in_time = deadline() > now;
  disarm();
  return in_time;
}

// Closed and counted, but not destroyed: its own socket is still calling.
void ClientConnection::shut() noexcept {
  JUNCTOR_ASSERT(state_ != State::shut);
  state_ = State::shut;
  disarm();
  stream_->socket().close();
  client_.connection_closed();
}

// Called from the socket's notifications, so that no second coroutine is needed to write.
void ClientConnection::flush() noexcept {
  while (!unsent_.empty()) {
    const iovec rest{unsent_.data(), unsent_.size()};
    const ssize_t sent = stream_->try_send({&rest, 1});
    if (sent == -EAGAIN) return;
    if (sent < 0) {
      write_failed_ = true;  // The answer may be there already, and says why.
      return unsent_.release();
    }
    unsent_.consume(static_cast<std::size_t>(sent));
  }
}

void ClientConnection::on_socket(unsigned bits) noexcept {
  if (state_ == State::busy) return flush();
  const bool told = (bits & (rt::kReadable | rt::kPeerClosed | rt::kGone)) != 0;
  // What TLS says about itself (tickets) is read and changes nothing.
  if (state_ == State::idle && told && !is_quiet()) client_.lose_idle(*this);
}

void ClientConnection::on_timer() noexcept {
  JUNCTOR_ASSERT(state_ == State::idle);
  // Destroys this connection: nothing follows.
  const auto self = client_.drop_idle(*this, HttpClient::IdleEnd::timeout);
}

}  // namespace junctor::net
