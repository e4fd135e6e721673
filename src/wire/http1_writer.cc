#include "wire/http1_writer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "wire/http1_fields.h"
#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kNumberBytesMax = 20;  // Of 2^64 - 1.
constexpr std::size_t kStatusLineBytesMax = 64;

bool is_value(std::string_view text) noexcept {
  return value_end(text.begin(), text.end()) == text.end();
}

// A blank in the target would be the end of it, and the rest a version.
bool is_target(std::string_view text) noexcept {
  return !text.empty() && scan<InvisibleScan>(text.begin(), text.end()) == text.end();
}

struct Phrase {
  int status;
  std::string_view text;
};

// Those of RFC 9110 and of registered extensions, in order. An unknown status gets an empty phrase,
// which every reader must accept.
constexpr Phrase kPhrases[] = {
    {100, "Continue"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

// Writes one line into `out` through `write`, in room for `bytes_max`.
template <class Write>
Result<> append_line(Buffer& out, std::size_t bytes_max, Write write) {
  HeadWriter writer{out.prepare(bytes_max)};
  write(writer);
  JUNCTOR_TRY(const std::string_view line, writer.written());
  JUNCTOR_ASSERT(line.size() <= bytes_max);
  out.commit(line.size());
  return {};
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  if (status == 200) return "OK";
  const auto* found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != std::end(kPhrases) && found->status == status ? found->text : std::string_view{};
}

// The state is sticky: after a refusal or an overflow nothing more is written, and outcome() is
// asked once at the end instead of after each line.
bool HeadWriter::has_room(std::size_t bytes) noexcept {
  if (state_ != State::good) return false;
  if (static_cast<std::size_t>(end_ - at_) >= bytes) return true;
  state_ = State::full;
  return false;
}

// The room was asked for before.
void HeadWriter::put(std::string_view text) noexcept {
  if (!text.empty()) std::memcpy(at_, text.data(), text.size());
  at_ += text.size();
}

// Checked here and in header(), and nowhere else: a line break in a value that came from outside is
// how somebody adds fields of their own.
void HeadWriter::request_line(std::string_view method, std::string_view target) noexcept {
  constexpr std::string_view kTail = " HTTP/1.1\r\n";
  if (!is_token(method) || !is_target(target)) state_ = State::refused;
  if (!has_room(method.size() + 1 + target.size() + kTail.size())) return;
  put(method);
  put(" ");
  put(target);
  put(kTail);
}

void HeadWriter::status_line(int status) noexcept {
  constexpr std::string_view kStart = "HTTP/1.1 ";
  JUNCTOR_ASSERT(status >= 100 && status <= 599);
  const std::string_view phrase = reason_phrase(status);
  if (!has_room(kStart.size() + 4 + phrase.size() + kLineEnd.size())) return;
  put(kStart);
  *at_++ = static_cast<char>('0' + status / 100);
  *at_++ = static_cast<char>('0' + status / 10 % 10);
  *at_++ = static_cast<char>('0' + status % 10);
  *at_++ = ' ';
  put(phrase);
  put(kLineEnd);
}

// The refusal is noted before the room is asked for: a bad field in a buffer that is too small is
// still a bad field.
void HeadWriter::header(std::string_view name, std::string_view value) noexcept {
  if (!is_token(name) || !is_value(value)) [[unlikely]]
    state_ = State::refused;
  if (!has_room(name.size() + 2 + value.size() + kLineEnd.size())) return;
  put(name);
  put(": ");
  put(value);
  put(kLineEnd);
}

void HeadWriter::header(std::string_view name, std::uint64_t number) noexcept {
  std::array<char, kNumberBytesMax> digits = {};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  JUNCTOR_ASSERT(error == std::errc{});
  header(name, std::string_view{digits.data(), end});
}

// Asks for the longest number, so that the digits can go straight to their place.
void HeadWriter::content_length(std::uint64_t bytes) noexcept {
  constexpr std::string_view kName = "Content-Length: ";
  if (!has_room(kName.size() + kNumberBytesMax + kLineEnd.size())) return;
  put(kName);
  at_ = std::to_chars(at_, end_, bytes).ptr;
  put(kLineEnd);
}

// A field that was parsed is clean, and mostly stands in its head as "Name: value": then one copy
// takes all of it.
void HeadWriter::field(const Header& field) noexcept {
  if (!has_room(field.name.size() + 2 + field.value.size() + kLineEnd.size())) return;
  if (field.value.data() == field.name.data() + field.name.size() + 2) {
    // As it stands in the head; the byte behind the colon may be a tab.
    put({field.name.data(), field.name.size() + 2 + field.value.size()});
  } else {
    put(field.name);
    put(": ");
    put(field.value);
  }
  put(kLineEnd);
}

void HeadWriter::lines(std::string_view text) noexcept {
  JUNCTOR_ASSERT(text.empty() || text.ends_with(kLineEnd));
  if (has_room(text.size())) put(text);
}

Result<> HeadWriter::outcome() const {
  if (state_ == State::refused) return fail(ErrorKind::invalid_argument, "header_injection");
  if (state_ == State::full) return fail(ErrorKind::too_large, "head_too_large");
  return {};
}

Result<std::size_t> HeadWriter::finish() noexcept {
  if (has_room(kLineEnd.size())) put(kLineEnd);
  JUNCTOR_CHECK(outcome());
  return static_cast<std::size_t>(at_ - begin_);
}

Result<std::string_view> HeadWriter::written() const noexcept {
  JUNCTOR_CHECK(outcome());
  return std::string_view{begin_, static_cast<std::size_t>(at_ - begin_)};
}

Result<> append_request_line(Buffer& out, std::string_view method, std::string_view target) {
  constexpr std::size_t kAround = 12;  // Blank, blank, version, CRLF.
  return append_line(out, method.size() + target.size() + kAround,
                     [&](HeadWriter& writer) { writer.request_line(method, target); });
}

Result<> append_status_line(Buffer& out, int status) {
  return append_line(out, kStatusLineBytesMax,
                     [&](HeadWriter& writer) { writer.status_line(status); });
}

Result<> append_header(Buffer& out, std::string_view name, std::string_view value) {
  constexpr std::size_t kAround = 4;  // Colon, blank, CRLF.
  return append_line(out, name.size() + value.size() + kAround,
                     [&](HeadWriter& writer) { writer.header(name, value); });
}

Result<> append_header(Buffer& out, std::string_view name, std::uint64_t number) {
  constexpr std::size_t kAround = 4;
  return append_line(out, name.size() + kNumberBytesMax + kAround,
                     [&](HeadWriter& writer) { writer.header(name, number); });
}

void append_head_end(Buffer& out) {
  out.append(kLineEnd);
}

}  // namespace junctor::wire::http1
