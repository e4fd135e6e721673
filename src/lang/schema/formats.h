#pragma once
// The formats of JSON Schema: what a string that names one must look like.
//
// One function each, over the characters of the string. All are strict: they take what the
// specification named beside them takes, and no more.
//
// Source:  JSON Schema 2020-12 validation section 7.3, and the RFC at each function.
// Limits:  none of their own; all are linear in the text.
// Threads: pure; safe from all.

#include <cstdint>
#include <optional>
#include <string_view>

namespace junctor::lang::schema {

enum class Format : std::uint8_t {
  date,
  time,
  date_time,
  duration,
  email,
  idn_email,
  hostname,
  idn_hostname,
  ipv4,
  ipv6,
  uri,
  uri_reference,
  iri,
  iri_reference,
  uri_template,
  uuid,
  json_pointer,
  relative_json_pointer,
  regex,
};

// Nothing: unknown, which is no error. All dialects have all of them: a later one took none away,
// and who writes "date" means a date.
[[nodiscard]] std::optional<Format> format_named(std::string_view name) noexcept;
[[nodiscard]] std::string_view format_name(Format format) noexcept;
// "a date such as 2024-02-29": what follows "must be".
[[nodiscard]] std::string_view format_meaning(Format format) noexcept;
[[nodiscard]] bool has_format(Format format, std::string_view text);

// RFC 3339 section 5.6.
[[nodiscard]] bool is_date(std::string_view text) noexcept;
[[nodiscard]] bool is_time(std::string_view text) noexcept;
[[nodiscard]] bool is_date_time(std::string_view text) noexcept;
// RFC 3339 appendix A.
[[nodiscard]] bool is_duration(std::string_view text) noexcept;
// RFC 5321 section 4.1.2 ("Mailbox"); RFC 6531.
[[nodiscard]] bool is_email(std::string_view text) noexcept;
[[nodiscard]] bool is_idn_email(std::string_view text);
// RFC 1123 section 2.1, with the labels of RFC 5891 that begin in "xn--" decoded and checked.
[[nodiscard]] bool is_hostname(std::string_view text);
// RFC 5890 section 2.3.2.3.
[[nodiscard]] bool is_idn_hostname(std::string_view text);
// RFC 2673 section 3.2; RFC 4291 section 2.2.
[[nodiscard]] bool is_ipv4(std::string_view text) noexcept;
[[nodiscard]] bool is_ipv6(std::string_view text) noexcept;
// RFC 3986; RFC 3987.
[[nodiscard]] bool is_uri(std::string_view text) noexcept;
[[nodiscard]] bool is_uri_reference(std::string_view text) noexcept;
[[nodiscard]] bool is_iri(std::string_view text) noexcept;
[[nodiscard]] bool is_iri_reference(std::string_view text) noexcept;
// RFC 6570.
[[nodiscard]] bool is_uri_template(std::string_view text) noexcept;
// RFC 4122 section 3.
[[nodiscard]] bool is_uuid(std::string_view text) noexcept;
// RFC 6901 section 5; draft-bhutton-relative-json-pointer section 3.
[[nodiscard]] bool is_json_pointer(std::string_view text) noexcept;
[[nodiscard]] bool is_relative_json_pointer(std::string_view text) noexcept;
// ECMA-262, as far as ecma_regex.h translates it.
[[nodiscard]] bool is_regex(std::string_view text);

}  // namespace junctor::lang::schema
