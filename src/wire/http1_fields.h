#pragma once
// Header fields of one HTTP/1 message: known names as small numbers, and a fixed table of views.
//
// Whoever asks for a header asks by HeaderId, which costs one array look-up; the name's text is
// kept for what is relayed. Invariant: a Header's views point into the text that was parsed, and
// its value carries no surrounding blanks.
//
// Source:  RFC 9110 section 5 (fields), 5.6.2 (tokens), 7.6.1 (Connection); RFC 9112 section 5.
// Limits:  kHeadersCapacity fields; the parser refuses a message with more.
// Threads: values; one owner at a time.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/assert.h"

namespace junctor::wire::http1 {

// The names somebody in this house acts on. The last four stand for whole families.
enum class HeaderId : std::uint8_t {
  other,
  host,
  content_length,
  transfer_encoding,
  connection,
  keep_alive,
  te,
  trailer,
  upgrade,
  http2_settings,
  proxy_connection,
  proxy_authorization,
  proxy_authenticate,
  expect,
  content_type,
  content_encoding,
  accept,
  accept_encoding,
  accept_language,
  authorization,
  dpop,
  cookie,
  set_cookie,
  origin,
  user_agent,
  forwarded,
  mcp_protocol_version,
  mcp_session_id,
  mcp_method,
  mcp_name,
  last_event_id,
  traceparent,
  tracestate,
  baggage,
  access_control_request_headers,
  access_control_request_method,
  retry_after,
  location,
  www_authenticate,
  cache_control,
  date,
  server,
  vary,
  allow,
  access_control,  // Any other Access-Control-*.
  mcp_param,       // Mcp-Param-*.
  x_forwarded,     // X-Forwarded-*, X-Real-IP, Via.
};

inline constexpr std::size_t kHeaderIdCount = static_cast<std::size_t>(HeaderId::x_forwarded) + 1;
static_assert(kHeaderIdCount <= 64, "Headers keeps one bit per id");

inline constexpr std::size_t kHeadersCapacity = 128;

struct Header {
  std::string_view name;   // As sent.
  std::string_view value;  // Without surrounding blanks; may hold bytes 0x80 to 0xFF.
  HeaderId id = HeaderId::other;
};

// True for a family (or `other`): several different names share the id.
[[nodiscard]] constexpr bool is_family(HeaderId id) noexcept {
  return id == HeaderId::other || id >= HeaderId::access_control;
}

// True for fields that concern one connection, or how the body is framed on it: consumed here,
// never relayed, made anew on the other side.
[[nodiscard]] constexpr bool is_hop_by_hop(HeaderId id) noexcept {
  return (id >= HeaderId::transfer_encoding && id <= HeaderId::proxy_authenticate) ||
         id == HeaderId::content_length || id == HeaderId::expect;
}

// `name` must be a token (every name in a parsed head is). Ignores case.
[[nodiscard]] HeaderId classify(std::string_view name) noexcept;

// 1*tchar: a method, a field name, a coding.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
// Of ASCII letters alone; bytes from 0x80 are compared as they are.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

// Without surrounding spaces and tabs.
[[nodiscard]] std::string_view trim_blanks(std::string_view text) noexcept;

// The members of a comma-separated value, trimmed; empty ones too. Does not know quoted strings.
class ListReader {
 public:
  explicit ListReader(std::string_view value) noexcept : rest_{value} {}
  // Goes to the next member; a value has at least one.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] std::string_view member() const noexcept { return member_; }

 private:
  std::string_view rest_;
  std::string_view member_;
  bool is_over_ = false;
};

// The fields of one message, in the order sent. Copying copies the views, not the text: a copy
// lives no longer than the text does.
class Headers {
 public:
  // Leaves the table unwritten: it is not cleared for each message.
  Headers() noexcept { items_ = here_.data(); }
  ~Headers() = default;
  Headers(const Headers& other) : Headers{} { *this = other; }
  Headers& operator=(const Headers& other);

  [[nodiscard]] const Header* begin() const noexcept { return items_; }
  [[nodiscard]] const Header* end() const noexcept { return items_ + count_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

  // The first of that id (of that family), or null.
  [[nodiscard]] const Header* find(HeaderId id) const noexcept {
    const std::size_t place = first_[static_cast<std::size_t>(id)];
    return place == 0 ? nullptr : begin() + (place - 1);
  }
  // The first of that name, ignoring case, or null.
  [[nodiscard]] const Header* find(std::string_view name) const noexcept;
  // The first one's value, or nothing.
  [[nodiscard]] std::string_view value(HeaderId id) const noexcept {
    const Header* header = find(id);
    return header == nullptr ? std::string_view{} : header->value;
  }
  // How many fields have that id (belong to that family).
  [[nodiscard]] std::size_t count(HeaderId id) const noexcept;
  // Cheaper than count(id) > 1.
  [[nodiscard]] bool is_repeated(HeaderId id) const noexcept {
    return ((repeated_ >> static_cast<unsigned>(id)) & 1U) != 0;
  }

  // For the parsers: empties the table for the next message, without touching the fields.
  void clear() noexcept {
    first_.fill(0);
    repeated_ = 0;
    count_ = 0;
  }
  // Asked before add(), which takes no more than fits.
  [[nodiscard]] bool is_full() const noexcept { return count_ == kHeadersCapacity; }
  void add(const Header& header) {
    JUNCTOR_ASSERT(!is_full());
    if (count_ == kHeadersHere && items_ == here_.data()) [[unlikely]]
      grow();
    const auto id = static_cast<std::size_t>(header.id);
    std::construct_at(&items_[count_], header);
    ++count_;
    if (first_[id] == 0) {
      first_[id] = static_cast<std::uint8_t>(count_);
    } else {
      repeated_ |= std::uint64_t{1} << id;
    }
  }

 private:
  static_assert(kHeadersCapacity < 255, "first_ holds a place plus one in a byte");
  // What most messages have at most. Room for all is 5 KiB, too much for each of the thousands that
  // wait at a time.
  static constexpr std::size_t kHeadersHere = 24;

  void grow();

  std::array<std::uint8_t, kHeaderIdCount> first_ = {};  // Place plus one; 0 means absent.
  std::uint64_t repeated_ = 0;                           // A bit per id.
  std::size_t count_ = 0;
  union {
    std::array<Header, kHeadersHere> here_;  // Of them only those exist that are fields.
  };
  std::unique_ptr<Header[]> more_;  // For all, once there were too many.
  Header* items_ = nullptr;         // One or the other.
};

// Does a Connection field of this message list `name`? Such a field belongs to the connection too,
// and must not be relayed (RFC 9110 section 7.6.1).
[[nodiscard]] bool is_listed_in_connection(const Headers& headers, std::string_view name) noexcept;

}  // namespace junctor::wire::http1
