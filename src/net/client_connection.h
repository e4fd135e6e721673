#pragma once
// ClientConnection: one connection to an upstream, with the call that is on it or idle in the pool.
//
// States: busy from its making until park(); idle until unpark(); busy again. While it is busy one
// coroutine may wait for bytes to come (ClientCall::read); what could not be sent at once goes out
// beside that, from the socket's own notifications, so an answer that comes early is seen. While it
// is idle anything that the peer does takes it out of the pool. It holds no memory for bytes unless
// some are pending.
//
// Source:  RFC 9112 section 9 (persistence, early closing).
// Limits:  what is unsent is bounded by the request.
// Errors:  as net/http_client.h.
// Threads: one shard.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/error.h"
#include "net/answer_reader.h"
#include "net/http_client.h"
#include "net/stream.h"
#include "rt/socket.h"
#include "rt/timer.h"

namespace junctor::net {

class ClientConnection final : rt::SocketObserver, rt::Timer {
 public:
  ClientConnection(HttpClient& client, std::unique_ptr<Stream> stream) noexcept;
  ~ClientConnection() override;
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Begins a call: writes the request, or the first part of it and keeps the rest. False when the
  // connection was found closed before a byte was written.
  [[nodiscard]] bool try_begin(std::span<const std::string_view> request,
                               wire::http1::RequestKind kind);

  enum class FirstByte : std::uint8_t { came, lost };
  // Until an answer begins, or the connection has ended without one.
  [[nodiscard]] rt::Task<Result<FirstByte>> first_byte(Time deadline);

  enum class Received : std::uint8_t { nothing, more, ended };
  // True: receive() may give something; otherwise await receivable().
  [[nodiscard]] bool maybe_receivable() const noexcept {
    return !ahead_.empty() || stream_->maybe_receivable();
  }
  [[nodiscard]] rt::Socket::Wait receivable(Time deadline) noexcept {
    return stream_->receivable(deadline);
  }
  // One receive into the shard's scratch, told to the sink.
  [[nodiscard]] Result<Received> receive(AnswerSink& sink);

  // After the end of an answer: may another call follow, and how long may it wait for one?
  [[nodiscard]] bool reusable();
  [[nodiscard]] Duration reuse_for() const noexcept { return answer_.reuse_for(); }
  void park(Time until) noexcept;
  // False when its time is over.
  [[nodiscard]] bool unpark(Time now) noexcept;
  // Closes the socket at once; the object may be destroyed later.
  void shut() noexcept;

 private:
  enum class State : std::uint8_t { busy, idle, shut };

  void on_socket(unsigned bits) noexcept override;
  void on_timer() noexcept override;
  void flush() noexcept;
  // True when nothing is there to be read, which is what an idle connection should say.
  [[nodiscard]] bool is_quiet() noexcept;
  Result<Received> hand_on(std::string_view text, AnswerSink& sink);

  HttpClient& client_;
  std::unique_ptr<Stream> stream_;
  AnswerReader answer_;
  Buffer unsent_;  // The rest of the request.
  Buffer ahead_;   // Received by first_byte() and not told yet.
  State state_ = State::busy;
  bool write_failed_ =
      false;  // The rest of the request was not taken; an answer may come all the same.
};

}  // namespace junctor::net
