#pragma once
// References between schemas: URIs split, resolved and compared.
//
// Nothing is normalised but what resolving asks for: two URIs are the same resource when they are
// the same text, as JSON Schema implementations agree on.
//
// Source:  RFC 3986 sections 3 and 5.2; RFC 6901 for the pointers behind '#'.
// Limits:  none of its own; the schema's size bounds the text.
// Threads: pure functions; safe from all.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lang/json_tree.h"

namespace junctor::lang::schema {

// Views of the text. What is absent is empty; the flags tell that from what is there and empty.
struct UriParts {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
  std::string_view fragment;
  bool has_scheme = false;
  bool has_authority = false;
  bool has_query = false;
  bool has_fragment = false;
};
// Any text has parts; whether they are well formed is for the formats to say.
[[nodiscard]] UriParts split_uri(std::string_view uri) noexcept;
[[nodiscard]] bool is_absolute_uri(std::string_view uri) noexcept;

[[nodiscard]] std::string resolve_uri(std::string_view base, std::string_view reference);

struct UriAndFragment {
  std::string_view uri;
  std::string_view fragment;  // Without '#'.
};
[[nodiscard]] UriAndFragment cut_fragment(std::string_view uri) noexcept;

// What is no %XX stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);
// A JSON pointer as it stands in a fragment.
[[nodiscard]] std::string percent_encoded(std::string_view pointer);

// JSON pointers: "/" and the token, with ~0 and ~1.
void append_pointer_token(std::string& pointer, std::string_view token);
[[nodiscard]] std::string unescaped_pointer_token(std::string_view token);
// Of an element; nothing when the token is none.
[[nodiscard]] std::optional<std::size_t> pointer_index(std::string_view token) noexcept;
// The member or the element; none when there is none.
[[nodiscard]] JsonNode pointer_step(JsonNode node, std::string_view token) noexcept;
// The way from the one to the other, which is within it. Linear in what lies between: it is for
// messages, and nobody has to keep it.
[[nodiscard]] std::string pointer_from(JsonNode root, JsonNode node);

}  // namespace junctor::lang::schema
