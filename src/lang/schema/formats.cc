#include "lang/schema/formats.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "lang/schema/ecma_regex.h"

namespace junctor::lang::schema {
namespace {

struct Facts {
  std::string_view name;
  std::string_view meaning;
  bool (*check)(std::string_view) = nullptr;
};

// In the order of Format.
constexpr Facts kFormats[] = {
    {"date", "a date such as 2024-02-29", is_date},
    {"time", "a time with its offset, such as 12:30:00Z", is_time},
    {"date-time", "a date and time with its offset, such as 2024-02-29T12:30:00Z", is_date_time},
    {"duration", "a duration such as P1DT12H", is_duration},
    {"email", "an e-mail address", is_email},
    {"idn-email", "an e-mail address", is_idn_email},
    {"hostname", "a host name", is_hostname},
    {"idn-hostname", "a host name", is_idn_hostname},
    {"ipv4", "an IPv4 address such as 192.0.2.1", is_ipv4},
    {"ipv6", "an IPv6 address such as 2001:db8::1", is_ipv6},
    {"uri", "a URI with a scheme", is_uri},
    {"uri-reference", "a URI or a reference relative to one", is_uri_reference},
    {"iri", "an IRI with a scheme", is_iri},
    {"iri-reference", "an IRI or a reference relative to one", is_iri_reference},
    {"uri-template", "a URI template such as /users/{id}", is_uri_template},
    {"uuid", "a UUID such as 123e4567-e89b-12d3-a456-426614174000", is_uuid},
    {"json-pointer", "a JSON pointer such as /a/0", is_json_pointer},
    {"relative-json-pointer", "a relative JSON pointer such as 1/a", is_relative_json_pointer},
    {"regex", "a regular expression of ECMA-262", is_regex},
};
static_assert(std::size(kFormats) == static_cast<std::size_t>(Format::regex) + 1);

const Facts& facts_of(Format format) noexcept {
  const auto index = static_cast<std::size_t>(format);
  JUNCTOR_ASSERT(index < std::size(kFormats));
  return kFormats[index];
}

bool is_hex_digit(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

std::optional<Format> format_named(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kFormats, name, &Facts::name);
  if (found == std::end(kFormats)) return std::nullopt;
  return static_cast<Format>(found - kFormats);
}

std::string_view format_name(Format format) noexcept {
  return facts_of(format).name;
}

std::string_view format_meaning(Format format) noexcept {
  return facts_of(format).meaning;
}

bool has_format(Format format, std::string_view text) {
  return facts_of(format).check(text);
}

bool is_uuid(std::string_view text) noexcept {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kShape.size() && std::ranges::equal(text, kShape, [](char c, char shape) {
           return shape == '-' ? c == '-' : is_hex_digit(c);
         });
}

bool is_json_pointer(std::string_view text) noexcept {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return true;
}

bool is_relative_json_pointer(std::string_view text) noexcept {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto digits =
      static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
  if (digits == 0 || (digits > 1 && text.front() == '0')) return false;
  text.remove_prefix(digits);
  return text == "#" || is_json_pointer(text);
}

bool is_regex(std::string_view text) {
  return translate_ecma_regex(text).has_value();
}

}  // namespace junctor::lang::schema
