#pragma once
// Writes HTTP/1.1 heads: start line, fields, empty line.
//
// Invariant: nothing leaves here that would be read as more lines than were written; a name that is
//            no token, or a value with CR, LF, NUL or another control byte, refuses the whole head.
//            HeadWriter is the fast form, into room that is there already; the append functions
//            write to a Buffer that grows.
//
// Source:  RFC 9112 sections 3 to 5; RFC 9110 section 15 (reason phrases), section 5.5 (values).
// Limits:  the room given.
// Errors:  invalid_argument ("header_injection"), too_large ("head_too_large").
// Threads: none of its own; one owner at a time.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/error.h"
#include "wire/http1_fields.h"

namespace junctor::wire::http1 {

// The standard phrase of a status, or empty (which the grammar allows).
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

// Writes into fixed room. A failure is kept until finish(), so that twenty calls need one check.
//
//   HeadWriter head{room};
//   head.status_line(200);
//   head.header("Content-Type", "application/json");
//   head.header("Content-Length", body.size());
//   JUNCTOR_TRY(const std::size_t bytes, head.finish());
class HeadWriter {
 public:
  explicit HeadWriter(std::span<char> room) noexcept
      : begin_{room.data()}, at_{room.data()}, end_{room.data() + room.size()} {}

  // `method` is a token; `target` is visible ASCII.
  void request_line(std::string_view method, std::string_view target) noexcept;
  // 100 to 599, with the standard phrase.
  void status_line(int status) noexcept;
  void header(std::string_view name, std::string_view value) noexcept;
  void header(std::string_view name, std::uint64_t number) noexcept;
  void content_length(std::uint64_t bytes) noexcept;
  // A field of a parsed head: what the parser passed is not checked again.
  void field(const Header& field) noexcept;
  // Lines written before by this class, each with its CRLF: a constant block of fields. Not
  // checked.
  void lines(std::string_view text) noexcept;
  // The empty line. Gives the size of the head, or why there is none.
  [[nodiscard]] Result<std::size_t> finish() noexcept;

  // What was written so far; a start or a block of fields without its empty line.
  [[nodiscard]] Result<std::string_view> written() const noexcept;

 private:
  enum class State : std::uint8_t { good, refused, full };

  [[nodiscard]] bool has_room(std::size_t bytes) noexcept;
  void put(std::string_view text) noexcept;
  [[nodiscard]] Result<> outcome() const;

  char* begin_;
  char* at_;
  char* end_;
  State state_ = State::good;
};

// The same, line by line, to a Buffer; a refused line appends nothing.
[[nodiscard]] Result<> append_request_line(Buffer& out, std::string_view method,
                                           std::string_view target);
[[nodiscard]] Result<> append_status_line(Buffer& out, int status);
[[nodiscard]] Result<> append_header(Buffer& out, std::string_view name, std::string_view value);
[[nodiscard]] Result<> append_header(Buffer& out, std::string_view name, std::uint64_t number);
void append_head_end(Buffer& out);

}  // namespace junctor::wire::http1
