#include "wire/http1_fields.h"

#include "wire/http1_scan.h"

namespace junctor::wire::http1 {
namespace {

// The families: a prefix, and at least one byte behind it.
HeaderId classify_family(std::string_view name) noexcept {
  const char* at = name.data();
  if (name.size() > 10 && is_folded(at, "mcp-param-")) return HeaderId::mcp_param;
  if (name.size() > 12 && is_folded(at, "x-forwarded-")) return HeaderId::x_forwarded;
  if (name.size() > 15 && is_folded(at, "access-control-")) return HeaderId::access_control;
  return HeaderId::other;
}

// By length first: that leaves at most six candidates, each compared in one or two words. Cheaper
// than a hash, which has to read the name and then compare all the same.
HeaderId classify_short(std::string_view name) noexcept {
  using enum HeaderId;
  const char* at = name.data();
  switch (name.size()) {
    case 2: return is_folded(at, "te") ? te : other;
    case 3: return is_folded(at, "via") ? x_forwarded : other;
    case 4:
      if (is_folded(at, "host")) return host;
      if (is_folded(at, "date")) return date;
      if (is_folded(at, "dpop")) return dpop;
      return is_folded(at, "vary") ? vary : other;
    case 5: return is_folded(at, "allow") ? allow : other;
    case 6:
      if (is_folded(at, "accept")) return accept;
      if (is_folded(at, "cookie")) return cookie;
      if (is_folded(at, "origin")) return origin;
      if (is_folded(at, "server")) return server;
      return is_folded(at, "expect") ? expect : other;
    case 7:
      if (is_folded(at, "baggage")) return baggage;
      if (is_folded(at, "trailer")) return trailer;
      return is_folded(at, "upgrade") ? upgrade : other;
    case 8:
      if (is_folded(at, "mcp-name")) return mcp_name;
      return is_folded(at, "location") ? location : other;
    case 9:
      if (is_folded(at, "forwarded")) return forwarded;
      return is_folded(at, "x-real-ip") ? x_forwarded : other;
    default: return other;
  }
}

// From here on a name may belong to a family as well; the shortest member of one has 11 bytes.
HeaderId classify_middle(std::string_view name) noexcept {
  using enum HeaderId;
  const char* at = name.data();
  switch (name.size()) {
    case 10:
      if (is_folded(at, "user-agent")) return user_agent;
      if (is_folded(at, "connection")) return connection;
      if (is_folded(at, "mcp-method")) return mcp_method;
      if (is_folded(at, "keep-alive")) return keep_alive;
      if (is_folded(at, "set-cookie")) return set_cookie;
      return is_folded(at, "tracestate") ? tracestate : other;
    case 11:
      if (is_folded(at, "traceparent")) return traceparent;
      return is_folded(at, "retry-after") ? retry_after : classify_family(name);
    case 12: return is_folded(at, "content-type") ? content_type : classify_family(name);
    case 13:
      if (is_folded(at, "authorization")) return authorization;
      if (is_folded(at, "cache-control")) return cache_control;
      return is_folded(at, "last-event-id") ? last_event_id : classify_family(name);
    case 14:
      if (is_folded(at, "content-length")) return content_length;
      if (is_folded(at, "mcp-session-id")) return mcp_session_id;
      return is_folded(at, "http2-settings") ? http2_settings : classify_family(name);
    case 15:
      if (is_folded(at, "accept-encoding")) return accept_encoding;
      return is_folded(at, "accept-language") ? accept_language : classify_family(name);
    default: return other;
  }
}

HeaderId classify_long(std::string_view name) noexcept {
  using enum HeaderId;
  const char* at = name.data();
  switch (name.size()) {
    case 16:
      if (is_folded(at, "content-encoding")) return content_encoding;
      if (is_folded(at, "www-authenticate")) return www_authenticate;
      return is_folded(at, "proxy-connection") ? proxy_connection : classify_family(name);
    case 17: return is_folded(at, "transfer-encoding") ? transfer_encoding : classify_family(name);
    case 18:
      return is_folded(at, "proxy-authenticate") ? proxy_authenticate : classify_family(name);
    case 19:
      return is_folded(at, "proxy-authorization") ? proxy_authorization : classify_family(name);
    case 20:
      return is_folded(at, "mcp-protocol-version") ? mcp_protocol_version : classify_family(name);
    case 29:
      return is_folded(at, "access-control-request-method") ? access_control_request_method
                                                            : classify_family(name);
    case 30:
      return is_folded(at, "access-control-request-headers") ? access_control_request_headers
                                                             : classify_family(name);
    default: return classify_family(name);
  }
}

// Unlike is_folded(), exact for any byte.
char folded(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
}

}  // namespace

//= mcp 2026-07-28 basic/transports/streamable-http#case-sensitivity:names MUST
// In three parts, of which each is short enough to be read at once.
HeaderId classify(std::string_view name) noexcept {
  if (name.size() < 10) return classify_short(name);
  return name.size() < 16 ? classify_middle(name) : classify_long(name);
}

bool is_token(std::string_view text) noexcept {
  std::uint8_t all = text.empty() ? 0 : kTokenByte;  // Without a branch for each byte.
  for (const char byte : text) all &= byte_classes(byte);
  return all != 0;
}

// ASCII letters alone: a locale could fold other bytes, and two names would become one.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::ranges::equal(a, b, {}, folded, folded);
}

// Room for as many as there may be: growing once is enough.
void Headers::grow() {
  JUNCTOR_ASSERT(more_ == nullptr && count_ <= kHeadersHere);
  more_ = std::make_unique_for_overwrite<Header[]>(kHeadersCapacity);
  std::copy_n(items_, count_, more_.get());
  items_ = more_.get();
}

// Copies the fields that are there and not the room for the others.
Headers& Headers::operator=(const Headers& other) {
  if (this == &other) return *this;
  JUNCTOR_ASSERT(other.count_ <= kHeadersCapacity);
  clear();
  if (other.count_ > kHeadersHere && more_ == nullptr) grow();
  first_ = other.first_;
  repeated_ = other.repeated_;
  count_ = other.count_;
  std::uninitialized_copy_n(other.items_, count_, items_);
  return *this;
}

// For names without an id; the first of several, which is what a list-valued field begins with.
const Header* Headers::find(std::string_view name) const noexcept {
  const auto* found = std::ranges::find_if(
      *this, [name](const Header& header) { return equal_ignoring_case(header.name, name); });
  return found == end() ? nullptr : found;
}

// The sets of seen and repeated ids answer most questions; only "how many" has to look.
std::size_t Headers::count(HeaderId id) const noexcept {
  if (!is_repeated(id)) return find(id) == nullptr ? 0 : 1;
  JUNCTOR_ASSERT(count_ >= 2);
  return static_cast<std::size_t>(std::ranges::count(*this, id, &Header::id));
}

// Several Connection fields are one list (RFC 9110 section 5.3).
bool is_listed_in_connection(const Headers& headers, std::string_view name) noexcept {
  for (const Header& header : headers) {
    if (header.id != HeaderId::connection) continue;
    for (ListReader list{header.value}; list.next();) {
      if (equal_ignoring_case(list.member(), name)) return true;
    }
  }
  return false;
}

// Empty members are given too: whether they are allowed is for the reader of that field to say.
bool ListReader::next() noexcept {
  if (is_over_) return false;
  const std::size_t comma = rest_.find(',');
  member_ = trim_blanks(rest_.substr(0, comma));
  is_over_ = comma == std::string_view::npos;
  if (!is_over_) rest_.remove_prefix(comma + 1);
  return true;
}

std::string_view trim_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace junctor::wire::http1
