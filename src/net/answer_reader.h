#pragma once
// AnswerReader: the bytes of one HTTP/1.1 answer become calls of an AnswerSink.
//
// Sans-I/O: feed() takes what has come, close() says that no more will. The body is handed on in
// pieces that are views of what was fed; only an incomplete head is kept, so an answer that streams
// holds no memory. Invariant: how the network cuts the bytes changes neither what the sink is told
// in total nor the refusal.
//
// Source:  RFC 9112 sections 6 to 9; RFC 9110 section 15.2 (1xx).
// Limits:  wire::http1::Limits for heads; kInformationalMax heads of 1xx.
// Errors:  corrupt: upstream_invalid (not HTTP), upstream_stream_lost (ended too early: it may have
//          been executed); and what the sink returns. After an error the reader is spent.
// Threads: none of its own; one owner at a time.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/buffer.h"
#include "base/error.h"
#include "base/time.h"
#include "wire/chunked.h"
#include "wire/http1.h"

namespace junctor::net {

// Whether more of a body is to come behind a piece of it.
enum class Part : std::uint8_t { more, last };

// Receives an answer, in order: on_head once (1xx are skipped), on_body any number of times.
class AnswerSink {
 public:
  // `head` lives until the call returns. An error ends the call; the reader returns it.
  [[nodiscard]] virtual Result<> on_head(const wire::http1::ResponseHead& head) = 0;
  // `piece` has kBufferPadding readable bytes behind it; what is there means nothing.
  // Part::last: the answer ends with this piece, which may be empty. Told exactly once, for an
  // answer without a body too.
  [[nodiscard]] virtual Result<> on_body(std::string_view piece, Part part) = 0;

 protected:
  ~AnswerSink() = default;
};

enum class AnswerProgress : std::uint8_t { more, ended };

class AnswerReader {
 public:
  static constexpr unsigned kInformationalMax = 8;

  // The next bytes are an answer to a request of this kind.
  void begin(wire::http1::RequestKind kind) noexcept;

  // `text` has kBufferPadding readable bytes behind it.
  [[nodiscard]] Result<AnswerProgress> feed(std::string_view text,
                                            const wire::http1::Limits& limits, AnswerSink& sink);
  // The stream has ended; an answer may end by that. Gives `ended` or an error.
  [[nodiscard]] Result<AnswerProgress> close(AnswerSink& sink);

  // Nothing of an answer has come.
  [[nodiscard]] bool untouched() const noexcept { return !touched_; }
  // The answer has ended, and the next one may follow on the same connection ...
  [[nodiscard]] bool reusable() const noexcept;
  // ... for so long, as far as the peer has said (Keep-Alive: timeout); otherwise Duration::max().
  [[nodiscard]] Duration reuse_for() const noexcept { return reuse_for_; }

 private:
  enum class At : std::uint8_t { head, body, ended };

  Result<AnswerProgress> feed_head(std::string_view text, const wire::http1::Limits& limits,
                                   AnswerSink& sink);
  Result<AnswerProgress> feed_body(std::string_view text, AnswerSink& sink);
  Result<AnswerProgress> feed_length(std::string_view text, AnswerSink& sink);
  Result<AnswerProgress> feed_chunks(std::string_view text, AnswerSink& sink);
  // The last piece, and what stands behind it.
  Result<AnswerProgress> finish(std::string_view piece, std::string_view behind, AnswerSink& sink);
  void keep(std::string_view text);
  void note_head(const wire::http1::ResponseHead& head) noexcept;

  At at_ = At::head;
  wire::http1::RequestKind kind_ = wire::http1::RequestKind::other;
  wire::http1::BodyKind body_ = wire::http1::BodyKind::none;
  bool touched_ = false;
  bool keep_alive_ = false;
  bool overrun_ = false;  // Bytes came behind the end.
  std::uint8_t informational_ = 0;
  std::uint64_t left_bytes_ = 0;  // Of a body of known length.
  Duration reuse_for_ = Duration::max();
  wire::http1::HeadScan scan_;
  wire::http1::ChunkedDecoder chunks_;
  Buffer kept_;  // An incomplete head.
};

}  // namespace junctor::net
