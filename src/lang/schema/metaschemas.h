#pragma once
// The metaschemas of all dialects, known without a resolver.
//
// Source:  json-schema.org; each metaschemas_*.cc names the draft.
// Threads: constants; safe from all.

#include <span>
#include <string_view>

namespace junctor::lang::schema {

struct Metaschema {
  std::string_view uri;  // Without fragment.
  std::string_view text;
};

[[nodiscard]] std::span<const Metaschema> metaschemas_of_draft4() noexcept;
[[nodiscard]] std::span<const Metaschema> metaschemas_of_draft6() noexcept;
[[nodiscard]] std::span<const Metaschema> metaschemas_of_draft7() noexcept;
[[nodiscard]] std::span<const Metaschema> metaschemas_of_draft2019_09() noexcept;
[[nodiscard]] std::span<const Metaschema> metaschemas_of_draft2020_12() noexcept;

// Empty: no metaschema has that URI.
[[nodiscard]] std::string_view metaschema_text(std::string_view uri) noexcept;

}  // namespace junctor::lang::schema
