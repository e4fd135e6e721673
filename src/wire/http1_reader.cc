#include "wire/http1_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

constexpr std::string_view kVersionPrefix = "HTTP/";
// As load_word() reads it.
constexpr std::uint16_t kCrlf = std::endian::native == std::endian::little ? 0x0A0D : 0x0D0A;
constexpr std::uint64_t kLengthMax = std::numeric_limits<std::int64_t>::max();

bool is_blank_or_control(char byte) noexcept {
  return static_cast<std::uint8_t>(byte) <= ' ';
}

bool is_digit(char byte) noexcept {
  return is_in(byte, kDigit);
}

// Names that become the name of a length when somebody turns '-' and '_' into one another.
bool is_length_in_disguise(std::string_view name) noexcept {
  const auto disguises = [name](std::string_view known) {
    return std::ranges::equal(name, known, [](char a, char b) {
      return (a == '_' ? '-' : static_cast<char>(a | 0x20)) == b;
    });
  };
  return disguises("content-length") || disguises("transfer-encoding");
}

// 1*DIGIT without leading zeros, up to 2^63 - 1.
bool read_length(std::string_view text, std::uint64_t& length) noexcept {
  if (text.empty() || text.size() > 19 || (text[0] == '0' && text.size() > 1)) return false;
  length = 0;
  for (const char byte : text) {
    if (!is_digit(byte)) return false;
    length = length * 10 + static_cast<std::uint64_t>(byte - '0');  // 19 digits fit into 64 bits.
  }
  return length <= kLengthMax;
}

// "chunked" once is the one framing that we read. A list of codings that we know is still refused
// as bad, one with others as unknown: the first is a mistake, the second might work elsewhere.
Refusal judge_coding(std::string_view value) noexcept {
  if (is_folded(value, "chunked")) return {};
  bool all_chunked = true;
  for (ListReader list{value}; list.next();) {
    if (!is_token(list.member())) return {400, "bad_transfer_encoding"};
    all_chunked = all_chunked && is_folded(list.member(), "chunked");
  }
  return all_chunked ? Refusal{400, "bad_transfer_encoding"} : Refusal{501, "unknown_coding"};
}

}  // namespace

// The limit is the end of the text for all that follows: nothing behind it can be read, and
// `incomplete` there means "too large".
HeadReader::HeadReader(std::string_view text, const Limits& limits) noexcept
    : begin_{text.data()},
      at_{begin_},
      end_{begin_ + std::min(text.size(), limits.head_bytes_max)},
      limits_{limits},
      is_at_limit_{text.size() >= limits.head_bytes_max} {
  JUNCTOR_ASSERT(limits.headers_max <= kHeadersCapacity);
}

ParseResult HeadReader::result(Parse outcome) const noexcept {
  if (outcome == Parse::incomplete && is_at_limit_) {
    return {Parse::refused, 0, {431, "head_too_large"}};
  }
  if (outcome == Parse::refused) {
    JUNCTOR_ASSERT(refusal_.status != 0);
    return {outcome, 0, refusal_};
  }
  return {outcome, outcome == Parse::complete ? static_cast<std::size_t>(at_ - begin_) : 0, {}};
}

// RFC 9112 section 2.2: one empty line in front of a request is skipped, for clients that put one
// behind a body. One, not several: a stream of them would be a way to keep us busy.
Parse HeadReader::skip_empty_line() noexcept {
  if (at_ == end_) return Parse::incomplete;
  return *at_ == '\r' ? read_line_end("bare_cr") : Parse::complete;
}

// CRLF and nothing else: a reader that takes a bare LF or CR for a line end sees other fields than
// one that does not, and such a pair is what smuggling is made of.
Parse HeadReader::read_line_end(std::string_view otherwise) noexcept {
  if (at_ == end_) return Parse::incomplete;
  if (*at_ != '\r') return refuse(400, *at_ == '\n' ? "bare_lf" : otherwise);
  if (left_bytes() < 2) return Parse::incomplete;
  if (at_[1] != '\n') return refuse(400, "bare_cr");
  at_ += 2;
  return Parse::complete;
}

// The whole word at once when it is there. What is cut or wrong is walked byte by byte, so that a
// bad version is refused with its first bad byte, whatever has come.
Parse HeadReader::read_version(int& minor) noexcept {
  constexpr std::size_t kBytes = 8;
  if (left_bytes() >= kBytes && std::memcmp(at_, "HTTP/1.", 7) == 0 &&
      (at_[7] == '1' || at_[7] == '0')) {
    minor = at_[7] - '0';
    at_ += kBytes;
    // One more digit is another version (RFC 9112 section 2.3 knows one digit), not junk.
    if (at_ != end_ && is_digit(*at_)) return refuse(505, "version_not_supported");
    return Parse::complete;
  }
  const std::size_t there = std::min(left_bytes(), kBytes);
  for (std::size_t i = 0; i < there; ++i) {
    if (i < kVersionPrefix.size()) {
      if (at_[i] != kVersionPrefix[i]) return refuse(400, "bad_version");
    } else if (is_digit(at_[i])) {
      const bool known = (i == 5 && at_[i] == '1') || (i == 7 && at_[i] <= '1');
      if (!known) return refuse(505, "version_not_supported");
    } else if (i != 6 || at_[i] != '.') {
      return refuse(400, "bad_version");
    }
  }
  return Parse::incomplete;
}

// The hot loop: what it reads again and again is held in locals.
Parse HeadReader::read_fields(Headers& headers) noexcept {
  JUNCTOR_ASSERT(headers.empty());
  const char* const end = end_;
  const std::size_t headers_max = limits_.headers_max;
  for (const char* at = at_; at != end;) {
    at_ = at;
    if (*at == '\r') return read_line_end("bare_cr");
    if (headers.size() >= headers_max) return refuse(431, "too_many_headers");

    const char* colon = scan<NameEndScan>(at, end);
    if (colon == end || *colon != ':') [[unlikely]]
      return refuse_name(colon, headers);
    const std::string_view name{at, static_cast<std::size_t>(colon - at)};
    const HeaderId id = classify(name);
    // A name known in full is a token; the others are looked at byte by byte.
    if (is_family(id) && !is_good_name(name)) return Parse::refused;

    const char* value = colon + 1;
    while (value != end && is_blank_or_control(*value)) {  // Controls: for the scan to refuse.
      if (!is_blank(*value)) break;
      ++value;
    }
    const char* stop = scan<ControlScan>(value, end);
    if (stop != end && *stop != '\r') [[unlikely]]
      stop = value_end(stop, end);  // A tab?
    if (end - stop < 2) [[unlikely]] {
      return stop == end || *stop == '\r' ? Parse::incomplete : refuse_line_end(stop);
    }
    if (load_word<std::uint16_t>(stop) != kCrlf) [[unlikely]]
      return refuse_line_end(stop);
    at = stop + 2;
    while (stop != value && is_blank_or_control(stop[-1])) --stop;
    headers.add({name, {value, static_cast<std::size_t>(stop - value)}, id});
  }
  return Parse::incomplete;
}

// Refuses what is not.
bool HeadReader::is_good_name(std::string_view name) noexcept {
  std::uint8_t all = kTokenByte;
  std::uint8_t any = 0;
  for (const char byte : name) {
    all &= byte_classes(byte);
    any |= byte_classes(byte);
  }
  if (name.empty()) {
    refuse(400, "empty_name");
  } else if (all == 0) {
    refuse(400, "bad_name");
  } else if ((any & kUnderscore) != 0 && is_length_in_disguise(name)) {
    refuse(400, "underscore_name");
  } else {
    return true;
  }
  return false;
}

// `stop` is the end of the text, or a byte that ends a name and is no colon. A byte before it may
// be no part of a name either, and then it is the first offending one.
Parse HeadReader::refuse_name(const char* stop, const Headers& before) noexcept {
  if (stop == at_ && is_blank(*stop)) {
    return refuse(400, before.empty() ? "leading_blank" : "obs_fold");
  }
  if (!std::all_of(at_, stop, [](char byte) { return is_in(byte, kTokenByte); })) {
    return refuse(400, "bad_name");
  }
  if (stop == end_) return Parse::incomplete;
  if (is_blank(*stop)) return refuse(400, "blank_in_name");
  if (*stop == '\n') return refuse(400, "bare_lf");
  return refuse(400, *stop == '\r' ? "no_colon" : "bad_name");
}

// `at`: a control byte within or behind a value, that is no CRLF.
Parse HeadReader::refuse_line_end(const char* at) noexcept {
  const char byte = *at;
  if (byte == '\r') return refuse(400, "bare_cr");
  if (byte == '\n') return refuse(400, "bare_lf");
  return refuse(400, byte == '\0' ? "nul_in_value" : "control_in_value");
}

// What the fields may say, and what is answered (RFC 9112 section 6.3; where it lets a recipient
// choose, the answer is no):
//   both lengths                     400    two readers, two bodies
//   several Content-Length           400    equal ones too: they were joined by somebody
//   Content-Length: not a plain      400    "+5", "0x5", "5, 5", "", "007", 2^63 and up
//     decimal number
//   Transfer-Encoding in HTTP/1.0    400    the sender cannot mean it
//   several Transfer-Encoding,       400    "chunked, chunked", ",chunked"
//     or not exactly one "chunked"
//   another coding                   501    "gzip, chunked", "identity", "xchunked"
Framing read_framing(const Headers& headers, int minor) noexcept {
  JUNCTOR_ASSERT(minor == 0 || minor == 1);
  const Header* length = headers.find(HeaderId::content_length);
  const Header* coding = headers.find(HeaderId::transfer_encoding);
  Framing framing;
  if (coding != nullptr) {
    if (length != nullptr) {
      framing.refusal = {400, "both_lengths"};
    } else if (minor == 0) {
      framing.refusal = {400, "coding_in_http10"};
    } else if (headers.is_repeated(HeaderId::transfer_encoding)) {
      framing.refusal = {400, "several_codings"};
    } else {
      framing.refusal = judge_coding(coding->value);
    }
    framing.body = BodyKind::chunked;
  } else if (length != nullptr) {
    if (headers.is_repeated(HeaderId::content_length)) {
      framing.refusal = {400, "several_lengths"};
    } else if (!read_length(length->value, framing.content_length)) {
      framing.refusal = {400, "bad_length"};
    }
    framing.body = BodyKind::length;
  }
  return framing;
}

// "close" wins over "keep-alive", and in HTTP/1.0 silence means close (RFC 9112 section 9.3).
bool read_keep_alive(const Headers& headers, int minor) noexcept {
  const Header* first = headers.find(HeaderId::connection);
  if (first == nullptr) return minor == 1;
  if (!headers.is_repeated(HeaderId::connection)) {  // What most say, without walking the list.
    if (is_folded(first->value, "keep-alive")) return true;
    if (is_folded(first->value, "close")) return false;
  }
  if (is_listed_in_connection(headers, "close")) return false;
  return minor == 1 || is_listed_in_connection(headers, "keep-alive");
}

// A head is parsed anew each time, without state; this keeps one that comes byte by byte from
// costing the square of its length. Worth it is the first attempt, a text that has doubled, and one
// that may be complete or broken.
bool HeadScan::is_worth_parsing(std::string_view text, const Limits& limits) noexcept {
  JUNCTOR_ASSERT(text.size() >= seen_bytes_);
  bool is_worth = parsed_bytes_ == 0 || text.size() / 2 >= parsed_bytes_ ||
                  text.size() >= limits.head_bytes_max;
  // A line feed is worth it if it ends an empty line, or is no line end at all. The one of the
  // empty line that may stand in front is neither.
  while (!is_worth && seen_bytes_ < text.size()) {
    const std::size_t lf = text.find('\n', seen_bytes_);
    if (lf == std::string_view::npos) break;
    seen_bytes_ = lf + 1;
    is_worth = lf == 0 || text[lf - 1] != '\r' || (lf >= 2 && text[lf - 2] == '\n');
  }
  seen_bytes_ = text.size();
  if (is_worth) parsed_bytes_ = text.size();
  return is_worth;
}

}  // namespace junctor::wire::http1
