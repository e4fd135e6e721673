#pragma once
// The grammar of json_scan.h as a resumable tokenizer, for bodies that arrive in pieces of any
// size.
//
// It validates every byte, and stops where a relay has something to do: in front of and behind the
// id (so that another id can be written in its place), in front of the closing brace of `result`
// (so that a missing `resultType` can be written there), and behind each document. The relay
// forwards the bytes up to each stop, does its part, and feeds the rest:
//
//   while (true) {
//     const auto step = stream.feed(piece);
//     forward(piece.substr(0, step.used));  piece.remove_prefix(step.used);
//     if (step.stop == JsonStop::more) break;   // The piece is used up.
//     …
//   }
//
// Invariant: how the body is cut changes neither the stops (in absolute offsets) nor the verdict,
//            and the verdict is that of scan_json() with the tree jsonrpc, id, method, params,
//            result{resultType}, error.
//
// Source:  RFC 8259; JSON-RPC 2.0 sections 4 and 5; MCP 2026-07-28 (`resultType` of a result).
// Limits:  depth kJsonDepthMax; body_bytes_max; an id of at most kJsonIdBytesMax is kept.
// Errors:  JsonStop::fault, after which every call answers the same; fault() says which.
// Threads: one owner at a time. Constant memory, allocates nothing.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/json_scan.h"

namespace junctor::wire {

inline constexpr std::size_t kJsonIdBytesMax = 256;

enum class JsonStop : std::uint8_t {
  more,          // The piece is used up.
  id_begin,      // The next byte is the first of the envelope's id.
  id_end,        // The byte before was the last of the id.
  result_end,    // The next byte is the closing brace of the object `result`.
  document_end,  // The byte before was the last of a document.
  fault,
};

// What is known of the top-level object of the current document; kinds are none until the member
// began.
struct JsonEnvelope {
  JsonKind root = JsonKind::none;
  JsonKind id = JsonKind::none;
  JsonKind method = JsonKind::none;
  JsonKind params = JsonKind::none;
  JsonKind result = JsonKind::none;
  JsonKind error = JsonKind::none;
  JsonKind jsonrpc = JsonKind::none;
  JsonKind result_type = JsonKind::none;  // The member `resultType` of an object `result`.
  bool result_is_empty = true;            // No member of `result` was seen.
};

class JsonStream {
 public:
  // many: documents follow each other with or without blanks between, as in newline-delimited JSON.
  enum class Documents : std::uint8_t { one, many };
  struct Limits {
    std::uint64_t body_bytes_max = std::uint64_t{64} * 1024 * 1024;
  };
  struct Step {
    JsonStop stop = JsonStop::more;
    std::size_t used = 0;  // Bytes of this piece that lie before the stop.
  };

  JsonStream() noexcept : JsonStream{Documents::one, Limits{}} {}
  explicit JsonStream(Documents documents) noexcept : JsonStream{documents, Limits{}} {}
  JsonStream(Documents documents, Limits limits) noexcept
      : limits_{limits}, documents_{documents} {}

  // Reads until the next stop. Feed the rest of the piece, if any, after a stop.
  [[nodiscard]] Step feed(std::string_view piece) noexcept;
  // The body has ended: a number at the top level ends with it. document_end when that completed a
  // document, more when there was nothing left to complete, fault when the text is not whole.
  [[nodiscard]] JsonStop finish() noexcept;

  [[nodiscard]] JsonFault fault() const noexcept { return fault_; }
  // Bytes read since the start of the body; at a stop, its absolute offset; after a fault, the
  // offset of the offending byte.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t documents_seen() const noexcept { return documents_seen_; }
  // Of the current document, or of the last one until the next begins.
  [[nodiscard]] const JsonEnvelope& envelope() const noexcept { return envelope_; }
  // The raw id as far as it was read; empty when there is none, or it is over kJsonIdBytesMax (or
  // an object or array).
  [[nodiscard]] std::string_view id() const noexcept;

 private:
  enum class State : std::uint8_t {
    start,    // A byte order mark may come, or what `between` takes.
    between,  // In front of a document.
    value,
    first_value,  // Or the end of the array.
    key,
    first_key,  // Or the end of the object.
    colon,
    after_value,
    string,
    escape,
    hex,
    utf8,
    literal,
    minus,  // The states of a number are named after what was read last.
    zero,
    integer,
    point,
    fraction,
    exponent,
    exponent_sign,
    exponent_digit,
    faulted,
  };
  // The members whose kind is noted.
  enum class Name : std::uint8_t { none, jsonrpc, id, method, params, result, error, result_type };

  // Each of these reads at `at`, changes the state, and returns where it stopped reading.
  const char* step(const char* at, const char* end) noexcept;
  const char* byte_order_mark(const char* at) noexcept;
  const char* structure(const char* at) noexcept;
  const char* begin_value(const char* at) noexcept;
  const char* close(const char* at) noexcept;
  const char* in_string(const char* at, const char* end) noexcept;
  const char* escape(const char* at) noexcept;
  const char* hex_digit(const char* at) noexcept;
  const char* continuation(const char* at) noexcept;
  const char* in_number(const char* at, const char* end) noexcept;
  const char* in_literal(const char* at) noexcept;
  const char* broken(JsonFault fault, const char* at) noexcept;
  bool begin_multibyte(unsigned char lead) noexcept;
  void begin_scalar(JsonKind kind, char first) noexcept;
  void open(JsonKind kind) noexcept;
  void end_value() noexcept;
  const char* end_key(const char* at) noexcept;
  void add_to_key(std::string_view bytes) noexcept;
  void keep_id(std::string_view bytes) noexcept;
  [[nodiscard]] Name name_of_key() const noexcept;
  [[nodiscard]] JsonKind& kind_of(Name name) noexcept;
  [[nodiscard]] bool in_object() const noexcept;
  [[nodiscard]] bool key_matters() const noexcept;
  [[nodiscard]] bool number_is_whole() const noexcept;
  [[nodiscard]] bool number_is_cut() const noexcept;

  Limits limits_;
  std::uint64_t offset_ = 0;
  std::uint64_t documents_seen_ = 0;
  JsonEnvelope envelope_;
  std::array<std::uint64_t, kJsonDepthMax / 64> objects_{};  // Bit n: the container n is an object.
  std::array<char, kJsonIdBytesMax> id_{};
  std::array<char, 16> key_{};  // Unescaped, as far as it may still be one of ours.
  std::uint16_t id_bytes_ = 0;  // Over kJsonIdBytesMax: too long to keep.
  std::uint16_t code_ = 0;      // Of \uXXXX, the digits so far.
  std::uint8_t depth_ = 0;
  std::uint8_t key_bytes_ = 0;  // Over the size of key_: no name of ours.
  std::uint8_t left_ = 0;       // Bytes of an escape, a character or a literal still to come.
  std::uint8_t next_low_ = 0;   // Range of the next byte of a character.
  std::uint8_t next_high_ = 0;
  const char* literal_ = nullptr;  // The rest of the word.
  State state_ = State::start;
  Name name_ = Name::none;  // Of the value that comes next.
  JsonStop reached_ = JsonStop::more;
  JsonFault fault_ = JsonFault::none;
  Documents documents_;
  bool string_is_key_ = false;
  bool in_id_ = false;
  bool in_result_ = false;  // Within the object `result`.
  bool result_end_told_ = false;
};

static_assert(kJsonDepthMax < 256);

}  // namespace junctor::wire
