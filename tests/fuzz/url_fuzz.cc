// Goal: a URL that is accepted has one meaning. Property: its own text parses to the same parts;
// host, authority and target hold no byte that could end a line or be taken for another part; a
// refusal is a sentence of our own.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "net/url.h"
#include "wire/http1.h"

namespace {

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char byte) { return byte > 0x20 && byte < 0x7F; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using junctor::net::Url;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto url = Url::parse(text);
  if (!url) {
    JUNCTOR_ASSERT(url.error().reason() == "bad_url" && url.error().detail().size() < 100);
    return 0;
  }
  const auto again = Url::parse(url->text());
  JUNCTOR_ASSERT(again && *again == *url);
  JUNCTOR_ASSERT(url->port != 0 && !url->host.empty());
  JUNCTOR_ASSERT(is_visible(url->host) && is_visible(url->authority) && is_visible(url->target));
  JUNCTOR_ASSERT(url->host.find_first_of("/@?#[]\\") == std::string::npos);
  JUNCTOR_ASSERT(url->target.starts_with('/') && url->target.find('#') == std::string::npos);
  JUNCTOR_ASSERT(junctor::wire::http1::is_authority(url->authority));
  return 0;
}
