#include "agent/upstream_header.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "wire/http1_fields.h"

namespace junctor::agent {

using wire::http1::HeaderId;

bool is_own_header(std::string_view name) noexcept {
  const HeaderId id = wire::http1::classify(name);
  constexpr HeaderId kOwn[] = {
      HeaderId::host,           HeaderId::content_type,    HeaderId::content_encoding,
      HeaderId::accept,         HeaderId::accept_encoding, HeaderId::origin,
      HeaderId::mcp_session_id, HeaderId::mcp_method,      HeaderId::mcp_protocol_version,
      HeaderId::mcp_name,       HeaderId::last_event_id,   HeaderId::mcp_param};
  return wire::http1::is_hop_by_hop(id) || std::ranges::find(kOwn, id) != std::end(kOwn);
}

bool is_header_value(std::string_view text) noexcept {
  return trim(text).size() == text.size() && std::ranges::all_of(text, [](unsigned char byte) {
           return byte == '\t' || (byte >= ' ' && byte != 0x7F);
         });
}

}  // namespace junctor::agent
